//! monoio's, by io_uring: reads at an offset, and no more.

use std::mem;
use std::path::Path;

use ::monoio::fs::{self, File};

use super::System;

pub(crate) enum Monoio {}

/// With the offset of what is next.
pub(crate) struct Reading {
    file: File,
    offset: u64,
    buffer: Vec<u8>,
}

impl System for Monoio {
    type File = Reading;
    type Reader = ();

    async fn read_whole(path: &Path) -> anyhow::Result<Vec<u8>> {
        Ok(fs::read(path).await?)
    }

    async fn open(path: &Path, at_a_time: usize) -> anyhow::Result<Reading> {
        Ok(Reading {
            file: File::open(path).await?,
            offset: 0,
            buffer: vec![0; at_a_time],
        })
    }

    async fn read(reading: &mut Reading) -> anyhow::Result<&[u8]> {
        let buffer = mem::take(&mut reading.buffer);
        let (count, read) = reading.file.read_at(buffer, reading.offset).await;
        reading.buffer = read;
        let count = count?;
        reading.offset += count as u64;
        Ok(&reading.buffer[..count])
    }
}
