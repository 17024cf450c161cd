//! A chat: what one client says, all others hear.
//!
//!     cargo run --example chat
//!     cargo run --example chat -- 127.0.0.1:7000     (until Ctrl-C)
//!
//! Without an address it is the server and three clients in one program. A
//! connection is one task that does two things at once: it passes on what its client
//! says, and it writes what others have put into the client's queue.
//!
//! Nobody waits for a client that reads too slowly or not at all: its queue holds 64
//! lines, then the oldest gives way to the newest, and the client is told how many
//! were lost. So it costs a certain amount of memory, and none of the others' time.
//!
//! Next: graceful_shutdown, how a server ends without cutting anyone short.

mod common;

use std::cell::{Cell, RefCell};
use std::env;
use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::rc::Rc;

use async_channel::{Receiver, Sender, bounded};
use buzzer::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use buzzer::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use buzzer::net::{TcpListener, TcpStream};
use buzzer::race;
use buzzer::task::{self, yield_now};
use common::{ended, report, say, usage};

/// Lines that may wait for one client.
const QUEUE: usize = 64;
/// No terminal sends a longer one. Without a limit, a client that never ends its line
/// would fill the memory.
const LONGEST_LINE: usize = 4096;
const LONGEST_NAME: usize = 20;

/// Everyone who is in. All are on one thread, so there is no lock.
#[derive(Default)]
struct Room {
    members: RefCell<Vec<Rc<Member>>>,
}

struct Member {
    name: String,
    /// Where the others put what it is to hear.
    queue: Sender<Rc<str>>,
    /// Lines that gave way since it was told last.
    lost: Cell<usize>,
}

impl Room {
    /// Lets someone in under `name`, or says why not.
    fn enter(self: &Rc<Self>, name: &str) -> Result<Seat, String> {
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            return Err(format!("* a name has 1 to {LONGEST_NAME} characters"));
        }
        if self.member(name).is_some() {
            return Err(format!("* {name} is taken"));
        }
        let names: Vec<_> = self
            .members
            .borrow()
            .iter()
            .map(|m| m.name.clone())
            .collect();
        let (queue, lines) = bounded(QUEUE);
        let member = Rc::new(Member {
            name: name.to_owned(),
            queue,
            lost: Cell::new(0),
        });
        member.hear(&match &names[..] {
            [] => Rc::from("* nobody is here yet"),
            names => Rc::from(format!("* here: {}", names.join(", "))),
        });
        self.members.borrow_mut().push(Rc::clone(&member));
        self.tell_others(name, format!("* {name} is here"));
        let room = Rc::clone(self);
        Ok(Seat {
            room,
            member,
            lines,
        })
    }

    /// Puts `line` into every queue but that of `name`.
    fn tell_others(&self, name: &str, line: String) {
        let line = Rc::from(line);
        let members = self.members.borrow();
        let others = members.iter().filter(|member| member.name != name);
        others.for_each(|member| member.hear(&line));
    }

    fn member(&self, name: &str) -> Option<Rc<Member>> {
        let members = self.members.borrow();
        members.iter().find(|member| member.name == name).cloned()
    }
}

impl Member {
    fn hear(&self, line: &Rc<str>) {
        // `Some`: the oldest had to give way. `Err`: its task has just ended.
        if let Ok(Some(_oldest)) = self.queue.force_send(Rc::clone(line)) {
            self.lost.set(self.lost.get() + 1);
        }
    }
}

/// A place in the room, which is given up when this is dropped, for whatever reason
/// the task has ended.
struct Seat {
    room: Rc<Room>,
    member: Rc<Member>,
    lines: Receiver<Rc<str>>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let name = &self.member.name;
        let members = &self.room.members;
        members.borrow_mut().retain(|member| member.name != *name);
        self.room.tell_others(name, format!("* {name} has left"));
    }
}

/// One client, from its name to its end.
async fn attend(stream: TcpStream, room: Rc<Room>) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    writer.write_all(b"* who are you?\n").await?;
    let Some(name) = read_line(&mut reader).await? else {
        return Ok(());
    };
    match room.enter(&name) {
        // The first to end ends both. What is still in the queue has nobody to read it.
        Ok(seat) => race!(listen(&seat, reader), deliver(&seat, writer)).await,
        Err(why) => writer.write_all(format!("{why}\n").as_bytes()).await,
    }
}

/// Passes on what the client says.
async fn listen(seat: &Seat, mut reader: BufReader<OwnedReadHalf>) -> io::Result<()> {
    let name = &seat.member.name;
    while let Some(line) = read_line(&mut reader).await? {
        seat.room.tell_others(name, format!("{name}: {line}"));
        // A read may have brought a hundred lines. The others' turn comes before the
        // next, or their queues would overflow however fast they read.
        yield_now().await;
    }
    Ok(())
}

/// Writes what the client is to hear.
async fn deliver(seat: &Seat, mut writer: OwnedWriteHalf) -> io::Result<()> {
    // The seat keeps the queue open.
    while let Ok(line) = seat.lines.recv().await {
        // What was lost was older than all that is still in the queue.
        let lost = seat.member.lost.take();
        if lost > 0 {
            let note = format!("* {lost} lines are lost: you were not reading\n");
            writer.write_all(note.as_bytes()).await?;
        }
        writer.write_all(format!("{line}\n").as_bytes()).await?;
    }
    Ok(())
}

/// Without what could move the cursor of the others' terminals, or worse.
fn printable(text: &str) -> String {
    let text = text.trim();
    text.chars().filter(|c| !c.is_control()).collect()
}

/// The next line, without its end; `None` when the client sends no more. What
/// `AsyncBufReadExt::lines` does, but within a limit.
async fn read_line(reader: &mut BufReader<OwnedReadHalf>) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    loop {
        let received = reader.fill_buf().await?;
        let end = received.iter().position(|&byte| byte == b'\n');
        let length = end.map_or(received.len(), |end| end + 1);
        line.extend_from_slice(&received[..length]);
        reader.consume(length);
        if line.len() > LONGEST_LINE {
            return Err(io::Error::other("a line is too long"));
        }
        if end.is_some() || length == 0 {
            let text = String::from_utf8_lossy(&line);
            return Ok((!line.is_empty()).then(|| printable(&text)));
        }
    }
}

async fn serve(listener: TcpListener, room: Rc<Room>) -> io::Result<()> {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let room = Rc::clone(&room);
                let client = async move {
                    if let Err(error) = attend(stream, room).await {
                        report(format_args!("{peer}: {error}"));
                    }
                };
                // `spawn(client)` would do. With a name, those who watch the run know the
                // task again.
                let name = format!("client {peer}");
                task::Builder::new().name(&name).spawn(client)?;
            }
            // There were too many at once, say; the next accept waits a little.
            Err(error) => report(error),
        }
    }
}

/// A client in the demonstration, with a column of the screen.
struct Client {
    name: &'static str,
    column: usize,
    lines: Lines<BufReader<OwnedReadHalf>>,
    writer: OwnedWriteHalf,
}

impl Client {
    async fn join(name: &'static str, column: usize, server: SocketAddr) -> io::Result<Self> {
        let (reader, writer) = TcpStream::connect(server).await?.into_split();
        let lines = BufReader::new(reader).lines();
        let mut client = Self {
            name,
            column,
            lines,
            writer,
        };
        client.hears().await?;
        client.says(name).await?;
        client.hears().await?;
        Ok(client)
    }

    fn show(&self, line: &str) -> io::Result<()> {
        let indent = 27 * self.column;
        say(format_args!("{:indent$}{line}", ""))
    }

    async fn says(&mut self, line: &str) -> io::Result<()> {
        self.show(&format!("> {line}"))?;
        self.send(line).await
    }

    async fn hears(&mut self) -> io::Result<()> {
        let line = self.receive().await?;
        self.show(&line)
    }

    async fn send(&mut self, line: &str) -> io::Result<()> {
        self.writer.write_all(format!("{line}\n").as_bytes()).await
    }

    async fn receive(&mut self) -> io::Result<String> {
        let ended = || io::Error::other(format!("{} was put out of the room", self.name));
        self.lines.next_line().await?.ok_or_else(ended)
    }
}

async fn talk(server: SocketAddr, room: Rc<Room>) -> io::Result<()> {
    let mut ada = Client::join("Ada", 0, server).await?;
    let mut grace = Client::join("Grace", 1, server).await?;
    ada.hears().await?;
    let mut edsger = Client::join("Edsger", 2, server).await?;
    ada.hears().await?;
    grace.hears().await?;
    ada.says("Good morning!").await?;
    grace.hears().await?;
    edsger.hears().await?;
    edsger.says("Is there any coffee?").await?;
    ada.hears().await?;
    grace.hears().await?;
    paste(&mut grace, &mut ada, &mut edsger, room).await?;
    drop(edsger);
    ada.hears().await?;
    grace.hears().await?;
    drop(grace);
    ada.hears().await
}

/// `from` pastes, `fast` reads each line at once, and `slow` reads nothing until it
/// has lost a hundred.
async fn paste(
    from: &mut Client,
    fast: &mut Client,
    slow: &mut Client,
    room: Rc<Room>,
) -> io::Result<()> {
    say(format_args!("\n{} now pastes a long text.", from.name))?;
    let seat = room.member(slow.name).expect("it has joined");
    let text = "#".repeat(4000);
    let mut pasted = 0;
    while seat.lost.get() < 100 {
        from.send(&text).await?;
        fast.receive().await?;
        pasted += 1;
    }
    say(format_args!(
        "{} reads each of the {pasted} lines, {} none.",
        fast.name, slow.name
    ))?;

    let mut before = 0;
    let note = loop {
        match slow.receive().await? {
            note if note.starts_with('*') => break note,
            _ => before += 1,
        }
    };
    for _ in 0..QUEUE {
        slow.receive().await?;
    }
    say(format_args!(
        "{} then reads {before}, which the network held,",
        slow.name
    ))?;
    say(format_args!("     {note:?}"))?;
    say(format_args!("     and {QUEUE} that were in the queue.\n"))
}

async fn demonstrate() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let room = Rc::<Room>::default();
    say("What three clients say (>) and hear:\n")?;
    say(format_args!("{:<27}{:<27}{}", "ADA", "GRACE", "EDSGER"))?;
    // The talk comes to an end and the server does not, so it is dropped then.
    race!(serve(listener, Rc::clone(&room)), talk(address, room)).await?;
    say("\nNow you. In one terminal, and in two others:")?;
    say("    cargo run --example chat -- 127.0.0.1:7000")?;
    say("    nc 127.0.0.1 7000")
}

async fn serve_at(address: &str) -> io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    say(format_args!("Chatting at {}", listener.local_addr()?))?;
    serve(listener, Rc::default()).await
}

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(|argument| argument.to_str()).collect();
    let result = match &arguments[..] {
        [] => buzzer::block_on(demonstrate()),
        [Some(address)] if address.contains(':') => buzzer::block_on(serve_at(address)),
        _ => return usage("[ADDRESS:PORT]"),
    };
    ended(result)
}
