//! A program that can't be run: the error names what was in the way, and keeps the
//! kind and the number of the system's.

#[path = "support/child.rs"]
mod child;
#[path = "support/fifo.rs"]
mod fifo;

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use buzzer::block_on;
use buzzer::process::Command;
use child::in_a_child;
use fifo::make_fifo;

/// A folder with what can't be run in it.
struct Shop(tempfile::TempDir);

impl Shop {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, contents: impl AsRef<[u8]>, mode: u32) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, contents).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    }

    fn folder(&self, name: &str, mode: u32) -> PathBuf {
        let path = self.path(name);
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    }
}

/// What is said of a command that can't be run, of which nothing may run.
#[track_caller]
fn said(command: &mut Command, number: i32) -> String {
    let error = block_on(async { command.spawn().map(drop).unwrap_err() });
    let system = io::Error::from_raw_os_error(number);
    assert_eq!(buzzer::io::raw_os_error(&error), Some(number), "{error}");
    assert_eq!(error.kind(), system.kind());
    let text = error.to_string();
    let end = format!(": {system}");
    let said = text.strip_suffix(&end);
    said.unwrap_or_else(|| panic!("{text} does not end in {end}"))
        .to_owned()
}

/// Gives up the rights of root, which nothing is refused to.
fn as_a_plain_user() {
    if rustix::process::geteuid().is_root() {
        // SAFETY: they take integers, and null for none. Each is the whole process's, which
        // is this test's.
        unsafe {
            assert_eq!(libc::setgroups(0, std::ptr::null()), 0);
            assert_eq!(libc::setgid(65_534), 0);
            assert_eq!(libc::setuid(65_534), 0);
        }
    }
}

#[test]
fn a_working_directory_that_can_not_be_entered_is_named_and_not_the_program() {
    let shop = Shop::new();
    let file = shop.file("file", "", 0o600);
    let around = shop.path("around");
    symlink(&around, &around).unwrap();
    let long = shop.path(&"x".repeat(300));
    let cases = [
        (shop.path("none"), libc::ENOENT),
        (file.clone(), libc::ENOTDIR),
        (file.join("below"), libc::ENOTDIR),
        (around, libc::ELOOP),
        (long, libc::ENAMETOOLONG),
        (PathBuf::new(), libc::ENOENT),
    ];
    for (folder, number) in cases {
        for program in ["true", "/bin/echo", "no-such-program"] {
            let told = said(Command::new(program).current_dir(&folder), number);
            let shown = match folder.as_os_str().is_empty() {
                true => "\"\"".to_owned(),
                false => folder.display().to_string(),
            };
            assert_eq!(told, format!("run {program}: enter the directory {shown}"));
        }
    }
}

#[test]
fn a_working_directory_without_permission_is_named() {
    in_a_child(|| {
        as_a_plain_user();
        let shop = Shop::new();
        for (name, mode) in [("no-search", 0o600), ("nothing", 0)] {
            let closed = shop.folder(name, mode);
            let told = said(Command::new("true").current_dir(&closed), libc::EACCES);
            let expected = format!("run true: enter the directory {}", closed.display());
            assert_eq!(told, expected);
            let told = said(
                Command::new("true").current_dir(closed.join("in")),
                libc::EACCES,
            );
            assert_eq!(told, format!("{expected}/in"));
        }
        // To be removed.
        fs::set_permissions(shop.path("nothing"), Permissions::from_mode(0o700)).unwrap();
    });
}

#[test]
fn a_program_that_is_nowhere_in_path_is_told_with_the_path_that_was_looked_through() {
    let mut command = Command::new("no-such-program");
    let look = "run no-such-program: look for it in PATH, which is";
    let inherited = std::env::var_os("PATH").unwrap();
    let can_enter = |folder: PathBuf| match fs::metadata(folder.join(".")) {
        Err(error) => error.kind() == ErrorKind::NotFound,
        Ok(_) => true,
    };
    // One that can't be looked into is told of by itself.
    if std::env::split_paths(&inherited).all(can_enter) {
        let told = said(&mut command, libc::ENOENT);
        assert_eq!(told, format!("{look} {}", inherited.display()));
    }
    let told = said(command.env("PATH", "/nowhere:/bin"), libc::ENOENT);
    assert_eq!(told, format!("{look} /nowhere:/bin"));
    let told = said(command.env_remove("PATH"), libc::ENOENT);
    assert_eq!(told, format!("{look} /bin:/usr/bin"));
    let told = said(Command::new("no-such-program").env_clear(), libc::ENOENT);
    assert_eq!(told, format!("{look} /bin:/usr/bin"));
    let told = said(&mut Command::new("/no/such/program"), libc::ENOENT);
    assert_eq!(told, "run /no/such/program");
    let told = said(&mut Command::new(""), libc::ENOENT);
    assert_eq!(told, "run \"\"");
}

#[test]
fn a_program_that_was_found_and_may_not_be_executed_is_named_by_its_place() {
    let shop = Shop::new();
    let plain = shop.file("bin/tool", "#!/bin/sh\n", 0o600);
    let folder = plain.parent().unwrap();
    let command = &mut Command::new("tool");
    let told = said(command.env("PATH", folder), libc::EACCES);
    assert_eq!(told, format!("run tool: execute {}", plain.display()));
    // A folder in a program's place is passed over.
    let before = shop.folder("before", 0o700);
    fs::create_dir(before.join("tool")).unwrap();
    let both = std::env::join_paths([&*before, folder]).unwrap();
    let told = said(command.env("PATH", both), libc::EACCES);
    assert_eq!(told, format!("run tool: execute {}", plain.display()));
    let told = said(command.env("PATH", &before), libc::EACCES);
    let place = before.display();
    assert_eq!(
        told,
        format!("run tool: execute {place}/tool: execute a directory")
    );
    let told = said(&mut Command::new(&plain), libc::EACCES);
    assert_eq!(told, format!("run {}", plain.display()));
    let told = said(&mut Command::new(folder), libc::EACCES);
    let place = folder.display();
    assert_eq!(told, format!("run {place}: execute a directory"));
    // A relative path is the child's.
    let told = said(Command::new("./tool").current_dir(folder), libc::EACCES);
    assert_eq!(told, format!("run ./tool: execute {place}/./tool"));
    let told = said(Command::new("bin/none").current_dir(folder), libc::ENOENT);
    assert_eq!(told, format!("run bin/none: execute {place}/bin/none"));
    let told = said(&mut Command::new(plain.join("below")), libc::ENOTDIR);
    assert_eq!(told, format!("run {}/below", plain.display()));
}

#[test]
fn a_folder_of_path_that_can_not_be_looked_into_is_named() {
    in_a_child(|| {
        as_a_plain_user();
        let shop = Shop::new();
        let closed = shop.folder("closed", 0);
        let command = &mut Command::new("tool");
        let told = said(command.env("PATH", &closed), libc::EACCES);
        assert_eq!(told, format!("run tool: execute {}/tool", closed.display()));
    });
}

#[test]
fn the_interpreter_of_a_scripts_first_line_is_named_and_not_only_the_script() {
    let shop = Shop::new();
    let plain = shop.file("plain", "", 0o600);
    let around = shop.path("around");
    symlink(&around, &around).unwrap();
    let none = shop.path("none");
    let cases = [
        (none.clone(), libc::ENOENT),
        (plain.clone(), libc::EACCES),
        (around, libc::ELOOP),
        (plain.join("below"), libc::ENOTDIR),
    ];
    for (interpreter, number) in cases {
        let line = format!("#!{} -x\n", interpreter.display());
        let script = shop.file("script", line, 0o700);
        let told = said(&mut Command::new(&script), number);
        let start = format!("start its interpreter {}", interpreter.display());
        assert_eq!(told, format!("run {}: {start}", script.display()));
    }
    let folder = shop.file("script", format!("#!{}\n", shop.0.path().display()), 0o700);
    let told = said(&mut Command::new(&folder), libc::EACCES);
    let ends = "start its interpreter";
    let of = shop.0.path().display();
    assert_eq!(
        told,
        format!("run {}: {ends} {of}: execute a directory", folder.display())
    );
    // Line ends of another system.
    let script = shop.file("script", "#!/bin/sh\r\nexit\r\n", 0o700);
    let told = said(&mut Command::new(&script), libc::ENOENT);
    assert_eq!(
        told,
        format!("run {}: {ends} \"/bin/sh\\r\"", script.display())
    );
    // Found through PATH; and a script whose interpreter is one.
    let inner = shop.file("inner", format!("#!{}\n", none.display()), 0o700);
    let outer = shop.file("bin/outer", format!("#!{}\n", inner.display()), 0o700);
    let command = &mut Command::new("outer");
    let told = said(command.env("PATH", outer.parent().unwrap()), libc::ENOENT);
    let expected = format!(
        "run outer: execute {}: {ends} {}: {ends} {}",
        outer.display(),
        inner.display(),
        none.display()
    );
    assert_eq!(told, expected);
    // Relative to where the child is.
    let script = shop.file("script", "#!none\n", 0o700);
    let told = said(
        Command::new(&script).current_dir(shop.0.path()),
        libc::ENOENT,
    );
    assert_eq!(told, format!("run {}: {ends} none", script.display()));
}

#[test]
fn what_the_kernel_knows_no_kind_of_is_named() {
    let shop = Shop::new();
    let data = shop.file("data", "latte", 0o700);
    let told = said(&mut Command::new(&data), libc::ENOEXEC);
    assert_eq!(told, format!("run {}", data.display()));
    let script = shop.file("script", format!("#!{}\n", data.display()), 0o700);
    let told = said(&mut Command::new(&script), libc::ENOEXEC);
    let inner = data.display();
    assert_eq!(
        told,
        format!("run {}: start its interpreter {inner}", script.display())
    );
}

#[test]
fn the_loader_that_a_program_asks_for_is_named_if_it_is_missing() {
    let shop = Shop::new();
    let mut program = fs::read(std::env::current_exe().unwrap()).unwrap();
    let loader = b"/lib64/ld-linux-x86-64.so.2";
    let Some(at) = program
        .windows(loader.len())
        .position(|name| name == loader)
    else {
        eprintln!("skipped: no program for this loader");
        return;
    };
    program[at..at + loader.len()].copy_from_slice(b"/lib64/ld-minus-x86-64.so.2");
    let program = shop.file("program", program, 0o700);
    let told = said(&mut Command::new(&program), libc::ENOENT);
    let missing = "start its loader /lib64/ld-minus-x86-64.so.2";
    assert_eq!(told, format!("run {}: {missing}", program.display()));
}

#[test]
fn what_a_program_is_given_too_much_of_or_may_not_be_is_named() {
    in_a_child(|| {
        as_a_plain_user();
        let huge = "x".repeat(4 << 20);
        let told = said(Command::new("true").arg(huge), libc::E2BIG);
        assert_eq!(told, "run true: pass its arguments and its environment");
        let told = said(Command::new("true").uid(0), libc::EPERM);
        assert_eq!(told, "run true: become user 0");
        let told = said(Command::new("true").gid(0), libc::EPERM);
        assert_eq!(told, "run true: become group 0");
        let told = said(Command::new("true").process_group(i32::MAX), libc::EPERM);
        assert_eq!(told, format!("run true: join process group {}", i32::MAX));
        let none = rustix::process::Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        rustix::process::setrlimit(rustix::process::Resource::Nproc, none).unwrap();
        let told = said(&mut Command::new("true"), libc::EAGAIN);
        assert_eq!(told, "run true: make another process");
    });
}

#[test]
fn a_program_that_another_user_may_not_run_is_told_with_the_user() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: only root can start programs as another user");
        return;
    }
    let shop = Shop::new();
    let folder = shop.folder("closed", 0o700);
    let told = said(
        Command::new("/bin/echo").uid(65_534).current_dir(&folder),
        libc::EACCES,
    );
    let expected = format!(
        "run /bin/echo: execute /bin/echo in {} as user 65534",
        folder.display()
    );
    assert_eq!(told, expected);
    let tool = shop.file("closed/tool", "#!/bin/sh\n", 0o755);
    let told = said(Command::new(&tool).uid(65_534), libc::EACCES);
    let tool = tool.display();
    assert_eq!(told, format!("run {tool}: execute {tool} as user 65534"));
}

#[test]
fn an_argument_with_a_zero_byte_is_named_by_its_place() {
    block_on(async {
        let error = Command::new("echo")
            .args(["tea", "mo\0cha"])
            .spawn()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let text = error.to_string();
        assert!(text.starts_with("run echo: pass argument 2: "), "{text}");
        let error = Command::new("ec\0ho").spawn().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    });
}

#[test]
fn a_pipe_for_a_program_that_can_be_run_is_in_nobodys_way() {
    // What is looked at after a failure must not be waited for.
    let shop = Shop::new();
    let fifo = shop.path("fifo");
    make_fifo(&fifo);
    let told = said(&mut Command::new(&fifo), libc::EACCES);
    assert_eq!(told, format!("run {}", fifo.display()));
    let script = shop.file("script", format!("#!{}\n", fifo.display()), 0o700);
    let told = said(&mut Command::new(&script), libc::EACCES);
    let start = format!("start its interpreter {}", fifo.display());
    assert_eq!(
        told,
        format!("run {}: {start}", Path::new(&script).display())
    );
}

#[test]
fn a_pipe_that_nobody_reads_any_more_is_named_with_its_child() {
    use buzzer::io::AsyncWriteExt;
    use buzzer::process::ChildStdin;
    use std::process::Stdio;
    // A child of another test, on its way to its program, would have it open.
    in_a_child(|| {
        block_on(async {
            let mut command = Command::new("true");
            let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
            let id = child.id().unwrap();
            let mut pipe = child.stdin.take().unwrap();
            child.wait().await.unwrap();
            let of_child = format!("write standard input of child {id}: ");
            for _ in 0..2 {
                // By the pipe that is broken, and then by the shutdown.
                let error = pipe.write_all(b"latte").await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::BrokenPipe);
                assert!(error.to_string().starts_with(&of_child), "{error}");
                pipe.shutdown().await.unwrap();
            }
            let mut child = command.as_std_mut().spawn().unwrap();
            let mut pipe = ChildStdin::from_std(child.stdin.take().unwrap()).unwrap();
            child.wait().unwrap();
            let error = pipe
                .write_vectored(&[io::IoSlice::new(b"tea")])
                .await
                .unwrap_err();
            let text = error.to_string();
            assert!(
                text.starts_with("write standard input of a child: "),
                "{text}"
            );
            assert_eq!(buzzer::io::raw_os_error(&error), Some(libc::EPIPE));
        })
    });
}
