//! buzzer's.

use std::path::Path;

use ::buzzer::fs::{self, File};
use ::buzzer::io::{AsyncReadExt as _, BufReader};
use ::buzzer::process::Command;

use super::System;

pub(crate) enum Buzzer {}

impl System for Buzzer {
    type File = (File, Vec<u8>);
    type Reader = BufReader<File>;

    async fn read_whole(path: &Path) -> anyhow::Result<Vec<u8>> {
        Ok(fs::read(path).await?)
    }

    async fn open(path: &Path, at_a_time: usize) -> anyhow::Result<Self::File> {
        Ok((File::open(path).await?, vec![0; at_a_time]))
    }

    async fn read((file, buffer): &mut Self::File) -> anyhow::Result<&[u8]> {
        let count = file.read(buffer).await?;
        Ok(&buffer[..count])
    }

    async fn open_buffered(path: &Path) -> anyhow::Result<Self::Reader> {
        Ok(BufReader::new(File::open(path).await?))
    }

    async fn read_ten(reader: &mut Self::Reader) -> anyhow::Result<[u8; 10]> {
        let mut ten = [0; 10];
        reader.read_exact(&mut ten).await?;
        Ok(ten)
    }

    async fn lines(path: &Path) -> anyhow::Result<(u64, u64)> {
        let (mut count, mut bytes) = (0, 0);
        let mut lines = File::open(path).await?.lines();
        while let Some(line) = lines.next_line().await? {
            count += 1;
            bytes += line.len() as u64;
        }
        Ok((count, bytes))
    }

    async fn entries(path: &Path) -> anyhow::Result<u64> {
        let mut count = 0;
        let mut entries = fs::read_dir(path).await?;
        while let Some(entry) = entries.next_entry().await? {
            count += u64::from(!entry.file_name().is_empty());
        }
        Ok(count)
    }

    async fn child(program: &str) -> anyhow::Result<bool> {
        Ok(Command::new(program).status().await?.success())
    }
}
