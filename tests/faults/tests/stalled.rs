//! A file system that stalls: its server (FUSE, in this process) has a request and doesn't
//! answer, as one does whose network is gone.
//!
//! Who waits for it is the same binary once more, and must not be this process: what waits
//! in the kernel can't be ended while the server is within it. The two talk by lines.
//!
//! While a request is open the loop goes on, the task that waits for it can be aborted, and
//! the end of the runtime doesn't wait longer than it was told.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use buzzer::fs::{self, File, OpenOptions};
use buzzer::runtime::{Builder, FileIo, Runtime};
use buzzer::time::sleep;
use fuser::{
    Config, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation, INodeNo,
    LockOwner, OpenFlags, ReplyAttr, ReplyData, ReplyEmpty, ReplyEntry, ReplyOpen, ReplyWrite,
    Request, WriteFlags,
};

#[path = "../../support/child.rs"]
mod child;
mod support {
    pub mod needs;
}
use support::needs;

/// What has not come by then never will.
const LIMIT: Duration = Duration::from_secs(30);
const PATH: &str = "STALLED_PATH";
const SIZE: u64 = 8_192;
const FILE: INodeNo = INodeNo(2);

/// Which request stalls, and the answers that are held back.
#[derive(Default)]
struct Gate {
    stalls: Option<String>,
    held: Vec<Box<dyn FnOnce() + Send>>,
}

/// A file system of one file. Paths and attributes are cached for as long as it lives.
struct Stalling {
    gate: Arc<Mutex<Gate>>,
    begun: Sender<String>,
}

impl Stalling {
    fn answer(&self, request: &str, answer: impl FnOnce() + Send + 'static) {
        let mut gate = self.gate.lock().unwrap();
        if gate.stalls.as_deref() != Some(request) {
            drop(gate);
            return answer();
        }
        gate.held.push(Box::new(answer));
        let _ = self.begun.send(format!("stalled {request}"));
    }
}

fn attributes(inode: INodeNo) -> FileAttr {
    let (kind, perm) = match inode {
        FILE => (FileType::RegularFile, 0o666),
        _ => (FileType::Directory, 0o777),
    };
    FileAttr {
        ino: inode,
        size: SIZE,
        blocks: 1,
        atime: UNIX_EPOCH,
        mtime: UNIX_EPOCH,
        ctime: UNIX_EPOCH,
        crtime: UNIX_EPOCH,
        kind,
        perm,
        nlink: 1,
        uid: 0,
        gid: 0,
        rdev: 0,
        flags: 0,
        blksize: 512,
    }
}

impl Filesystem for Stalling {
    fn lookup(&self, _: &Request, _: INodeNo, name: &OsStr, reply: ReplyEntry) {
        match name == "file" {
            true => self.answer("lookup", || {
                reply.entry(&LIMIT, &attributes(FILE), Generation(0));
            }),
            false => reply.error(Errno::ENOENT),
        }
    }

    fn getattr(&self, _: &Request, inode: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        self.answer("getattr", move || reply.attr(&LIMIT, &attributes(inode)));
    }

    fn open(&self, _: &Request, _: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        self.answer("open", || reply.opened(FileHandle(0), FopenFlags::empty()));
    }

    fn read(
        &self,
        _: &Request,
        _: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let left = SIZE.saturating_sub(offset).min(size.into());
        self.answer("read", move || reply.data(&vec![b'x'; left as usize]));
    }

    fn write(
        &self,
        _: &Request,
        _: INodeNo,
        _: FileHandle,
        _: u64,
        bytes: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        let count = bytes.len() as u32;
        self.answer("write", move || reply.written(count));
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        self.answer("flush", || reply.ok());
    }

    fn fsync(&self, _: &Request, _: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        self.answer("fsync", || reply.ok());
    }
}

struct Reaped(Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs `body` in a process of its own, with the path of the file that may stall.
fn with_a_stalling_file(body: impl FnOnce(&Path)) {
    let Some(mut again) = child::again() else {
        return body(Path::new(&std::env::var_os(PATH).unwrap()));
    };
    let dir = tempfile::tempdir().unwrap();
    let gate = Arc::new(Mutex::new(Gate::default()));
    let (begun, told) = mpsc::channel();
    let server = Stalling {
        gate: gate.clone(),
        begun: begun.clone(),
    };
    let mounted = match fuser::spawn_mount(server, dir.path(), &Config::default()) {
        Ok(mounted) => mounted,
        Err(error) => return needs::skip(format_args!("no file system of our own: {error}")),
    };
    let path: PathBuf = dir.path().join("file");
    let child = again
        .env(PATH, path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = Reaped(child.unwrap());
    let stdout = BufReader::new(child.0.stdout.take().unwrap());
    let mut to_child = child.0.stdin.take().unwrap();
    // Lines of the child, and what the server has got, in the order in which they come.
    let lines = thread::spawn(move || {
        for line in stdout.lines().map_while(Result::ok) {
            let _ = begun.send(line);
        }
        let _ = begun.send("ended".to_owned());
    });
    let said = serve(&told, &gate, &mut to_child);
    let held = std::mem::take(&mut gate.lock().unwrap().held);
    held.into_iter().for_each(|answer| answer());
    let is_well = said
        .as_ref()
        .is_ok_and(|said| said.iter().any(|line| line.contains("1 passed")));
    if !is_well {
        let _ = child.0.kill();
    }
    let _ = child.0.wait();
    let _ = lines.join();
    drop(mounted);
    assert!(is_well, "{said:#?}");
}

/// Does what the child asks for, until it has ended. An error says what it had said when
/// it hung.
fn serve(
    told: &Receiver<String>,
    gate: &Mutex<Gate>,
    to_child: &mut impl Write,
) -> Result<Vec<String>, Vec<String>> {
    let mut said = Vec::new();
    loop {
        let Ok(line) = told.recv_timeout(LIMIT) else {
            return Err(said);
        };
        if let Some((_, request)) = line.split_once("stall: ") {
            gate.lock().unwrap().stalls = Some(request.to_owned());
            let _ = to_child.write_all(b"yes\n");
        } else if line.starts_with("stalled ") {
            let _ = to_child.write_all(b"stalled\n");
        } else if line.contains("go on") {
            let mut gate = gate.lock().unwrap();
            gate.stalls = None;
            let held = std::mem::take(&mut gate.held);
            held.into_iter().for_each(|answer| answer());
        } else if line == "ended" {
            return Ok(said);
        }
        said.push(line);
    }
}

/// The child's side: what it asks of the server.
fn ask(line: &str) {
    println!("{line}");
}

/// Waits for the server's next word, on a thread where the loop is to go on.
fn answer() -> String {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

fn runtime(way: FileIo) -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.file_io(way).build().unwrap()
}

async fn does(request: &str, mut file: File, path: &Path) {
    match request {
        "read" => drop(file.read(&mut [0; 100]).await),
        "write" => drop(file.write_all(b"text").await),
        "fsync" => drop(file.sync_all().await),
        "open" => drop(File::open(path).await),
        // The close of its last descriptor, in the way that the docs of `fs` name.
        "flush" => {
            let std = file.into_std().await;
            drop(buzzer::task::spawn_blocking(move || drop(std)).await);
        }
        _ => unreachable!("{request}"),
    }
}

/// With `request` open: timers and jobs go on, the task is aborted, the shutdown is in time.
fn stalls_nobody_else(request: &'static str, way: FileIo) {
    with_a_stalling_file(|path| {
        let path = path.to_owned();
        let runtime = runtime(way);
        runtime.block_on(async {
            let file = OpenOptions::new().read(true).write(true).open(&path).await;
            let file = file.unwrap();
            ask(&format!("stall: {request}"));
            assert_eq!(answer(), "yes");
            let path = path.clone();
            let task = buzzer::spawn(async move { does(request, file, &path).await });
            // It has begun when the server has it.
            let stalled = buzzer::task::spawn_blocking(answer).await.unwrap();
            assert_eq!(stalled, "stalled");
            for _ in 0..5 {
                sleep(Duration::from_millis(1)).await;
            }
            assert_eq!(
                fs::read("/proc/self/comm").await.unwrap().last(),
                Some(&b'\n')
            );
            assert!(!task.is_finished(), "it was answered");
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
        });
        let ended = runtime.shutdown_timeout(Duration::from_millis(10));
        let held_up = ended.unwrap_err().to_string();
        assert!(held_up.contains("still running"), "{held_up}");
        ask("go on");
    });
}

#[test]
fn a_read_that_stalls_holds_up_nobody_else() {
    stalls_nobody_else("read", FileIo::default());
}

#[test]
fn a_write_that_stalls_holds_up_nobody_else() {
    stalls_nobody_else("write", FileIo::default());
}

#[test]
fn a_sync_that_stalls_holds_up_nobody_else() {
    stalls_nobody_else("fsync", FileIo::default());
}

/// Of a cached path the first try may ask the server, as the docs of `fs` say.
#[test]
fn an_open_that_stalls_holds_up_nobody_else_where_it_is_a_workers() {
    stalls_nobody_else("open", FileIo::Pool);
}

#[test]
fn a_close_that_stalls_holds_up_nobody_else_where_it_is_a_workers() {
    stalls_nobody_else("flush", FileIo::default());
}
