//! compio's. It lists no directories and looks for no lines.

use std::io::Cursor;
use std::mem;
use std::path::Path;

use ::compio::buf::BufResult;
use ::compio::fs::{self, File};
use ::compio::io::{AsyncRead as _, AsyncReadExt as _, BufReader};
use ::compio::process::Command;

use super::System;

pub(crate) enum Compio {}

impl System for Compio {
    type File = (Cursor<File>, Vec<u8>);
    type Reader = BufReader<Cursor<File>>;

    async fn read_whole(path: &Path) -> anyhow::Result<Vec<u8>> {
        Ok(fs::read(path).await?)
    }

    async fn open(path: &Path, at_a_time: usize) -> anyhow::Result<Self::File> {
        Ok((Cursor::new(File::open(path).await?), vec![0; at_a_time]))
    }

    async fn read((file, buffer): &mut Self::File) -> anyhow::Result<&[u8]> {
        let BufResult(count, read) = file.read(mem::take(buffer)).await;
        *buffer = read;
        Ok(&buffer[..count?])
    }

    async fn open_buffered(path: &Path) -> anyhow::Result<Self::Reader> {
        Ok(BufReader::new(Cursor::new(File::open(path).await?)))
    }

    async fn read_ten(reader: &mut Self::Reader) -> anyhow::Result<[u8; 10]> {
        let BufResult(result, ten) = reader.read_exact([0; 10]).await;
        result?;
        Ok(ten)
    }

    async fn child(program: &str) -> anyhow::Result<bool> {
        Ok(Command::new(program).status().await?.success())
    }
}
