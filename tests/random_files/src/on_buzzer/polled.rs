//! What is done to an open file through the traits.

use crate::outcome::Outcome;
use crate::program::Polled;
use buzzer::fs::File;
use buzzer::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use std::io::IoSlice;

/// By the methods of the traits, not by those of the file that are called the same.
pub async fn apply(file: &mut File, op: &Polled) -> Outcome {
    match op {
        Polled::Read(count) => {
            let mut buffer = vec![0; *count];
            let read = AsyncReadExt::read(file, &mut buffer).await;
            Outcome::of(read, |count| Outcome::Bytes(buffer[..count].to_vec()))
        }
        Polled::Write(data) => {
            let bytes = data.bytes();
            // By parts now and then, which makes no difference.
            if data.tag.is_multiple_of(2) {
                let (one, two) = bytes.split_at(bytes.len() / 3);
                let parts = [IoSlice::new(one), IoSlice::new(two)];
                return Outcome::count(AsyncWriteExt::write_vectored(file, &parts).await);
            }
            Outcome::count(AsyncWriteExt::write(file, &bytes).await)
        }
        Polled::Flush => Outcome::done(AsyncWriteExt::flush(file).await),
        Polled::Seek(to) => Outcome::number(AsyncSeekExt::seek(file, *to).await),
    }
}
