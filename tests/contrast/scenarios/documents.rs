//! The two programs of the document this project came from, on real files.

use super::*;
use std::path::Path;

async fn first_ten_bytes(path: &Path) -> String {
    let mut file = fs::File::open(path).await.unwrap();
    let mut content = [0; 10];
    let length = file.read(&mut content).await.unwrap();
    String::from_utf8_lossy(&content[..length]).into_owned()
}

// The document's program blocks its thread for two seconds, which no virtual
// clock can shorten. Awaiting one thing after another has the same shape, and
// the same total: nothing runs while it waits.
pub fn the_synchronous_program_takes_three_seconds() -> Transcript {
    run(async || {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("dummy_sync.txt");
        fs::write(&path, "Hello Synchronous World!").await.unwrap();

        note!("SYNC: Starting tasks.");
        note!("SYNC: Opening dummy_sync.txt...");
        sleep(ms(2000)).await;
        let content1 = first_ten_bytes(&path).await;
        note!("SYNC: Finished reading dummy_sync.txt.");
        note!("SYNC: Got content1: '{content1}'");

        note!("SYNC: Doing other work...");
        sleep(ms(1000)).await;
        note!("SYNC: Other work done.");
    })
}

pub fn the_asynchronous_program_takes_two_seconds() -> Transcript {
    async fn read_file(path: &Path) -> String {
        note!("ASYNC: Coroutine for dummy_async.txt started, opening file...");
        sleep(ms(2000)).await;
        let content = first_ten_bytes(path).await;
        note!("ASYNC: Finished reading dummy_async.txt.");
        content
    }

    async fn do_other_work() -> &'static str {
        note!("ASYNC: Other async work started...");
        sleep(ms(1000)).await;
        note!("ASYNC: Other async work done.");
        "Other work completed"
    }

    run(async || {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("dummy_async.txt");
        fs::write(&path, "Hello Asynchronous World!").await.unwrap();

        note!("ASYNC: Starting tasks.");
        let task1 = spawn(async move { read_file(&path).await });
        let task2 = spawn(do_other_work());
        let (content1, other_work_result) = join!(task1, task2);

        note!("ASYNC: Got content1: '{}'", content1.unwrap());
        note!("ASYNC: Other work result: '{}'", other_work_result.unwrap());
    })
}
