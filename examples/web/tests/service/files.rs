//! `/file/{name}`: what is served, and that nothing else is.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::geteuid;
use tempfile::TempDir;

use crate::service::{Answer, Service, request};

/// A served folder, a secret beside it, and the service.
struct Served {
    service: Service,
    folder: TempDir,
}

impl Served {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("secret"), "secret").expect("it is ours");
        fs::create_dir_all(folder.path().join("served/inner")).expect("it is ours");
        let served = folder.path().join("served");
        let path = served.to_str().expect("a temporary path is text");
        Self {
            service: Service::start(&["--files", path]),
            folder,
        }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join("served").join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).expect("it is ours");
    }

    fn get(&self, name: &str) -> Answer {
        self.service.get(&format!("/file/{name}"))
    }
}

#[test]
fn a_file_comes_with_its_length_and_kind() {
    let served = Served::start();
    served.write("menu.txt", "one espresso\n");
    served.write("inner/empty", "");
    let answer = served.get("menu.txt");
    assert_eq!((answer.status, answer.text()), (200, "one espresso\n"));
    assert_eq!(answer.header("content-length"), Some("13"));
    assert_eq!(answer.header("content-type"), Some("text/plain"));
    let answer = served.get("inner/empty");
    assert_eq!((answer.status, answer.text()), (200, ""));
    assert_eq!(answer.header("content-length"), Some("0"));
    assert_eq!(
        answer.header("content-type"),
        Some("application/octet-stream")
    );
}

#[test]
fn names_with_spaces_and_letters_of_all_kinds_are_found() {
    let served = Served::start();
    served.write("un café #1?", "crème");
    let answer = served.get("un%20caf%C3%A9%20%231%3F");
    assert_eq!((answer.status, answer.text()), (200, "crème"));
}

#[test]
fn a_large_file_arrives_whole() {
    let served = Served::start();
    let content: Vec<u8> = (0..20_000_003_u32).map(|at| (at / 251) as u8).collect();
    served.write("large", &content);
    let answer = served.get("large");
    assert_eq!(answer.status, 200);
    assert!(answer.body == content);
}

#[test]
fn head_tells_a_files_length() {
    let served = Served::start();
    served.write("menu", "espresso");
    let mut client = served.service.connect();
    let close = ["connection: close"];
    client.send(&request("HEAD", "/file/menu", &close, b""));
    let mut text = String::new();
    client.stream.read_to_string(&mut text).expect("it answers");
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
    assert!(text.contains("content-length: 8\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\n"), "{text}");
}

#[test]
fn what_is_not_there_is_not_found() {
    let served = Served::start();
    served.write("menu", "espresso");
    let long = "x".repeat(300);
    for name in [
        "nothing",
        "inner/nothing",
        "menu/more",
        "a%00b",
        "%00",
        &long,
    ] {
        assert_eq!(served.get(name).status, 404, "{name}");
    }
    assert_eq!(served.get("").status, 404);
}

#[test]
fn a_file_is_only_read() {
    let served = Served::start();
    served.write("menu", "espresso");
    for method in ["POST", "PUT", "DELETE"] {
        let answer = served.service.ask(method, "/file/menu", b"x");
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), Some("GET,HEAD"), "{method}");
    }
    assert_eq!(served.get("menu").text(), "espresso");
}

#[test]
fn no_name_leads_out_of_the_folder() {
    let served = Served::start();
    served.write("inner/menu", "espresso");
    let secret = served.folder.path().join("secret");
    let absolute = secret.to_str().expect("text").to_owned();
    let encoded = absolute.replace('/', "%2F");
    for name in [
        "../secret",
        "..",
        "inner/../../secret",
        "inner/..",
        // Stays inside, but nobody honest asks so.
        "inner/../inner/menu",
        "./../secret",
        "%2e%2e/secret",
        "..%2fsecret",
        "%2e%2e%2fsecret",
        "inner%2f..%2f..%2fsecret",
        ".%2e/secret",
        absolute.as_str(),
        encoded.as_str(),
        "//etc/passwd",
        "%2fetc%2fpasswd",
        "/proc/self/environ",
    ] {
        let answer = served.get(name);
        assert_eq!(answer.status, 403, "{name}: {answer:?}");
    }
    // Not names that lead out, so just names that are not there.
    for name in [
        "..%5csecret",
        "%252e%252e/secret",
        ".../secret",
        "..%00/secret",
    ] {
        assert_eq!(served.get(name).status, 404, "{name}");
    }
    // What is no UTF-8 is refused before it is a name.
    for name in ["%c0%ae%c0%ae/secret", "%ff"] {
        assert_eq!(served.get(name).status, 400, "{name}");
    }
}

#[test]
fn links_may_point_about_within_the_folder_but_not_out_of_it() {
    let served = Served::start();
    served.write("inner/menu", "espresso");
    let secret = served.folder.path().join("secret");
    let links: [(&Path, &str, u16); 7] = [
        (Path::new("inner/menu"), "inside", 200),
        (Path::new("../served/inner/menu"), "out_and_in", 403),
        (&secret, "absolute", 403),
        (Path::new("../secret"), "relative", 403),
        (Path::new("/"), "root", 403),
        (Path::new("loop"), "loop", 403),
        (Path::new("nothing"), "dangling", 404),
    ];
    for (target, name, status) in links {
        symlink(target, served.path(name)).expect("it is ours");
        assert_eq!(served.get(name).status, status, "{name}");
    }
    // A folder on the way may be such a link too.
    assert_eq!(served.get("root/etc/passwd").status, 403);
    symlink("..", served.path("inner/up")).expect("it is ours");
    assert_eq!(served.get("inner/up/inner/menu").status, 200);
    symlink("/proc/self/root", served.path("magic")).expect("it is ours");
    assert_eq!(served.get("magic/etc/passwd").status, 403);
}

#[test]
fn what_is_no_plain_file_is_not_served_and_not_waited_for() {
    let served = Served::start();
    assert_eq!(served.get("inner").status, 403);
    assert_eq!(served.get(".").status, 403);
    mknodat(CWD, served.path("fifo"), FileType::Fifo, Mode::RUSR, 0).expect("it is ours");
    assert_eq!(served.get("fifo").status, 403);
    let _listener = UnixListener::bind(served.path("socket")).expect("it is ours");
    assert_eq!(served.get("socket").status, 403);
}

#[test]
fn a_file_without_permission_is_forbidden() {
    // Root may read everything.
    if geteuid().is_root() {
        return;
    }
    let served = Served::start();
    served.write("closed", "secret");
    let nobody = fs::Permissions::from_mode(0o000);
    fs::set_permissions(served.path("closed"), nobody).expect("it is ours");
    assert_eq!(served.get("closed").status, 403);
}

#[test]
fn a_file_that_shrinks_while_it_is_sent_breaks_the_connection_off() {
    let served = Served::start();
    // Far more than the sockets' buffers hold, so that it is read bit by bit.
    served.write("large", vec![b'x'; 64 * 1024 * 1024]);
    let mut client = served.service.connect();
    client.send(&request("GET", "/file/large", &[], b""));
    let mut first = [0; 1024];
    client.stream.read_exact(&mut first).expect("it begins");
    served.write("large", "short");
    let mut rest = Vec::new();
    // Reset or ended, but not held: the promised length can't be kept.
    _ = client.stream.read_to_end(&mut rest);
    assert!(rest.len() < 64 * 1024 * 1024);
    assert_eq!(served.get("large").text(), "short");
}

#[test]
fn a_file_that_grows_while_it_is_sent_is_sent_up_to_its_promised_length() {
    let served = Served::start();
    let size = 32 * 1024 * 1024;
    served.write("large", vec![b'x'; size]);
    let mut client = served.service.connect();
    client.send(&request("GET", "/file/large", &["connection: close"], b""));
    let mut first = [0; 1024];
    client.stream.read_exact(&mut first).expect("it begins");
    let mut file = fs::OpenOptions::new()
        .append(true)
        .open(served.path("large"))
        .expect("it is ours");
    file.write_all(&[b'y'; 1024]).expect("it is ours");
    let mut rest = Vec::new();
    client.stream.read_to_end(&mut rest).expect("it ends");
    assert!(!rest.contains(&b'y') || !rest.ends_with(b"y"));
    assert!(rest.len() >= size - 1024 && rest.len() < size + 1024);
}

#[test]
fn without_a_folder_the_route_says_so() {
    let service = Service::start(&[]);
    let answer = service.get("/file/menu");
    assert_eq!(answer.status, 501);
    assert_eq!(answer.text(), "this service was started without --files\n");
}
