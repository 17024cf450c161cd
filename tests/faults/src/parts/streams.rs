//! Streams: TCP, Unix, FIFOs. What one side got is a part of what the other has sent, and
//! all of it where both say that they are through.

use std::io;
use std::rc::Rc;

use buzzer::io::{AsyncReadExt, AsyncWriteExt};
use buzzer::net::unix::pipe;
use buzzer::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use rustix::fs::{CWD, Mode, mkfifoat};

use super::{Place, Said};

const BYTES: usize = 300_000;

fn bytes() -> Vec<u8> {
    (0..BYTES).map(|n| (n % 251) as u8).collect()
}

pub async fn tcp(place: Rc<Place>) -> Said {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let sent = bytes();
    let (mut there, mut back) = (Vec::new(), Vec::new());
    let server = async {
        let (mut stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        stream.read_to_end(&mut there).await?;
        stream.write_all(&there).await?;
        stream.shutdown().await
    };
    let client = async {
        let mut stream = TcpStream::connect(address).await?;
        let (mut read, mut write) = stream.split();
        write.write_all(&sent).await?;
        write.shutdown().await?;
        read.read_to_end(&mut back).await?;
        io::Result::Ok(())
    };
    let through = buzzer::try_gather!(server, client).await;
    place.came("TCP, there", &there, &sent);
    place.came("TCP, back", &back, &sent);
    through?;
    let (there, back) = (there.len(), back.len());
    Ok(format!("{there} there, {back} back"))
}

pub async fn many() -> Said {
    const COUNT: u8 = 10;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = async {
        for _ in 0..COUNT {
            let (mut stream, _) = listener.accept().await?;
            let mut number = [0];
            stream.read_exact(&mut number).await?;
            stream.write_all(&[number[0] + 1]).await?;
        }
        io::Result::Ok(0)
    };
    let clients = async {
        let mut sum = 0;
        for number in 0..COUNT {
            let mut stream = TcpStream::connect(address).await?;
            stream.write_all(&[number]).await?;
            let mut answer = [0];
            stream.read_exact(&mut answer).await?;
            sum += u32::from(answer[0]);
        }
        io::Result::Ok(sum)
    };
    let (_, sum) = buzzer::try_gather!(server, clients).await?;
    Ok(format!("{sum} in all"))
}

pub async fn unix(place: Rc<Place>) -> Said {
    let path = place.path("stream");
    let listener = UnixListener::bind(&path)?;
    let sent = bytes();
    let mut got = Vec::new();
    let server = async {
        let (mut stream, _) = listener.accept().await?;
        let credentials = stream.peer_cred()?;
        stream.read_to_end(&mut got).await?;
        io::Result::Ok(credentials.pid() == Some(std::process::id().cast_signed()))
    };
    let client = async {
        let mut stream = UnixStream::connect(&path).await?;
        stream.write_all(&sent).await?;
        stream.shutdown().await?;
        io::Result::Ok(true)
    };
    let through = buzzer::try_gather!(server, client).await;
    place.came("a Unix stream", &got, &sent);
    let (is_us, _) = through?;
    let (mut left, mut right) = UnixStream::pair()?;
    left.write_all(b"coffee").await?;
    drop(left);
    let mut text = String::new();
    right.read_to_string(&mut text).await?;
    let came = got.len();
    Ok(format!("{came} came, {text}, the peer is us: {is_us}"))
}

pub async fn fifo(place: Rc<Place>) -> Said {
    let path = place.path("fifo");
    mkfifoat(CWD, &path, Mode::RUSR | Mode::WUSR)
        .map_err(|error| io::Error::other(format!("own FIFO: {}", io::Error::from(error))))?;
    let mut reader = pipe::OpenOptions::new().open_receiver(&path)?;
    let mut writer = pipe::OpenOptions::new().open_sender(&path)?;
    let sent = bytes();
    let mut got = Vec::new();
    let reading = async {
        reader.read_to_end(&mut got).await?;
        io::Result::Ok(())
    };
    let writing = async {
        writer.write_all(&sent).await?;
        drop(writer);
        Ok(())
    };
    let through = buzzer::try_gather!(reading, writing).await;
    place.came("a FIFO", &got, &sent);
    through?;
    let came = got.len();
    Ok(format!("{came} came"))
}
