//! std's blocking calls: the limit.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::Command;

use super::System;

pub(crate) enum Bare {}

impl System for Bare {
    type File = (File, Vec<u8>);
    type Reader = BufReader<File>;

    async fn read_whole(path: &Path) -> anyhow::Result<Vec<u8>> {
        Ok(fs::read(path)?)
    }

    async fn open(path: &Path, at_a_time: usize) -> anyhow::Result<Self::File> {
        Ok((File::open(path)?, vec![0; at_a_time]))
    }

    async fn read((file, buffer): &mut Self::File) -> anyhow::Result<&[u8]> {
        let count = file.read(buffer)?;
        Ok(&buffer[..count])
    }

    async fn open_buffered(path: &Path) -> anyhow::Result<Self::Reader> {
        Ok(BufReader::new(File::open(path)?))
    }

    async fn read_ten(reader: &mut Self::Reader) -> anyhow::Result<[u8; 10]> {
        let mut ten = [0; 10];
        reader.read_exact(&mut ten)?;
        Ok(ten)
    }

    async fn lines(path: &Path) -> anyhow::Result<(u64, u64)> {
        let (mut count, mut bytes) = (0, 0);
        for line in BufReader::new(File::open(path)?).lines() {
            count += 1;
            bytes += line?.len() as u64;
        }
        Ok((count, bytes))
    }

    async fn entries(path: &Path) -> anyhow::Result<u64> {
        let mut count = 0;
        for entry in fs::read_dir(path)? {
            count += u64::from(!entry?.file_name().is_empty());
        }
        Ok(count)
    }

    async fn child(program: &str) -> anyhow::Result<bool> {
        Ok(Command::new(program).status()?.success())
    }
}
