//! glommio's buffered files, which use the page cache. It lists no directories but by a call
//! that blocks, and has no children.

use std::path::Path;

use ::futures::{AsyncBufReadExt as _, AsyncReadExt as _, StreamExt as _};
use ::glommio::io::{BufferedFile, ReadResult, StreamReader, StreamReaderBuilder};

use super::System;

pub(crate) enum Glommio {}

/// With the offset of what is next, and what was read last: each read has memory of its own.
pub(crate) struct Reading {
    file: BufferedFile,
    offset: u64,
    at_a_time: usize,
    read: Option<ReadResult>,
}

impl System for Glommio {
    type File = Reading;
    type Reader = StreamReader;

    async fn read_whole(path: &Path) -> anyhow::Result<Vec<u8>> {
        let file = open(path).await?;
        let size = file.file_size().await.map_err(flat)?;
        let read = file.read_at(0, size as usize).await.map_err(flat)?;
        let bytes = read.to_vec();
        file.close().await.map_err(flat)?;
        Ok(bytes)
    }

    async fn open(path: &Path, at_a_time: usize) -> anyhow::Result<Reading> {
        Ok(Reading {
            file: open(path).await?,
            offset: 0,
            at_a_time,
            read: None,
        })
    }

    async fn read(reading: &mut Reading) -> anyhow::Result<&[u8]> {
        let (offset, size) = (reading.offset, reading.at_a_time);
        let read = reading.file.read_at(offset, size).await.map_err(flat)?;
        reading.offset += read.len() as u64;
        Ok(reading.read.insert(read))
    }

    async fn open_buffered(path: &Path) -> anyhow::Result<StreamReader> {
        Ok(StreamReaderBuilder::new(open(path).await?).build())
    }

    async fn read_ten(reader: &mut StreamReader) -> anyhow::Result<[u8; 10]> {
        let mut ten = [0; 10];
        reader.read_exact(&mut ten).await?;
        Ok(ten)
    }

    async fn lines(path: &Path) -> anyhow::Result<(u64, u64)> {
        let (mut count, mut bytes) = (0, 0);
        let mut lines = Self::open_buffered(path).await?.lines();
        while let Some(line) = lines.next().await {
            count += 1;
            bytes += line?.len() as u64;
        }
        Ok((count, bytes))
    }
}

async fn open(path: &Path) -> anyhow::Result<BufferedFile> {
    BufferedFile::open(path).await.map_err(flat)
}

/// Its errors belong to one thread, and anyhow's do not.
fn flat(error: ::glommio::GlommioError<()>) -> anyhow::Error {
    std::io::Error::from(error).into()
}
