//! `#[tokio::main]` and `#[tokio::test]` of a crate that has another name here, on
//! functions of every kind.

#![deny(warnings)]

use std::error::Error;
use std::fmt::{Debug, Display};
use std::rc::Rc;

use tokio as rt;
use tokio::runtime::Handle;
use tokio::time::{Duration, Instant, sleep};

#[tokio::test]
async fn a_test_runs_in_a_runtime() {
    let cup = Rc::new(7);
    assert_eq!(*tokio::spawn(async { cup }).await.unwrap(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_paused_clock_takes_no_time() {
    let began = Instant::now();
    sleep(Duration::from_secs(3600)).await;
    assert_eq!(began.elapsed(), Duration::from_secs(3600));
}

#[tokio::test(
    flavor = "current_thread",
    worker_threads = 1,
    unhandled_panic = "ignore"
)]
async fn what_one_thread_has_is_taken() {
    let panicked = tokio::spawn(async { panic!("it ends this task alone") });
    assert!(panicked.await.unwrap_err().is_panic());
    assert_eq!(Handle::current().name(), None);
}

#[tokio::test(flavor = "local", name = "bar", start_paused = false)]
async fn a_runtime_has_its_name() {
    assert_eq!(Handle::current().name(), Some("bar"));
}

#[tokio::test]
#[should_panic(expected = "no milk")]
async fn a_test_may_have_to_panic() {
    tokio::task::yield_now().await;
    panic!("no milk");
}

#[tokio::test]
#[ignore = "it would fail"]
async fn a_test_may_be_ignored() {
    unreachable!("it is ignored");
}

#[tokio::test]
async fn a_test_may_give_a_result() -> Result<(), Box<dyn Error>> {
    let number: u8 = "7".parse()?;
    if number == 8 {
        return Err("not that".into());
    }
    if number == 9 {
        return Err(Box::new(std::fmt::Error));
    }
    Ok(())
}

#[test]
fn a_whole_program_runs() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_renamed"))
        .output()
        .unwrap();
    assert!(output.status.success());
    assert_eq!(output.stdout, b"1: hello\n2: again\n");
}

mod with_the_attribute_alone {
    use tokio::test;

    #[test]
    async fn it_stands_for_that_of_the_library() {
        super::sleep(super::Duration::ZERO).await;
    }
}

macro_rules! tests {
    ($($name:ident)+) => { $(
        #[tokio::test(start_paused = true)]
        async fn $name() {
            sleep(Duration::from_secs(1)).await;
        }
    )+ };
}
tests! { a_macro_makes_a_test and_another }

#[rt::main]
async fn generic<T>(values: &[T]) -> String
where
    T: Clone + Debug,
{
    #![allow(clippy::unnecessary_to_owned)]
    let own = values.to_vec();
    rt::task::yield_now().await;
    format!("{own:?}")
}

#[rt::main]
async fn changed(mut values: Vec<u8>, (first, second): (u8, u8)) -> Vec<u8> {
    values.extend([first, second]);
    rt::task::yield_now().await;
    let mut all = values;
    all.rotate_left(1);
    all
}

#[rt::main]
async fn first<'a>(text: &'a str, _: &str) -> &'a str {
    rt::task::yield_now().await;
    text.split(' ').next().unwrap_or_default()
}

#[rt::main]
async fn shown(size: u8) -> impl Display {
    rt::task::yield_now().await;
    format!("{size} cups")
}

#[rt::main]
async fn dynamic(is_one: bool) -> Box<dyn Fn() -> u8> {
    if is_one {
        return Box::new(|| 1);
    }
    Box::new(|| 2)
}

#[rt::main]
async fn never() -> ! {
    rt::task::yield_now().await;
    panic!("the end")
}

/// With a method for each way to have itself, in an impl and in a trait.
struct Cup<T>(T);

impl<T: Copy> Cup<T> {
    #[rt::main]
    async fn size(&self) -> T {
        self.0
    }

    #[rt::main]
    async fn fill(&mut self, size: T) {
        self.0 = size;
    }

    #[rt::main]
    async fn taken(self) -> T {
        let Self(size) = self;
        size
    }
}

trait Empty {
    fn empty() -> Self;
}

impl Empty for Cup<u8> {
    #[rt::main]
    async fn empty() -> Self {
        Self(0)
    }
}

#[test]
fn functions_of_every_kind_are_driven() {
    assert_eq!(generic(&["a", "b"]), r#"["a", "b"]"#);
    assert_eq!(changed(vec![1], (2, 3)), [2, 3, 1]);
    assert_eq!(first("one two", "three"), "one");
    assert_eq!(shown(3).to_string(), "3 cups");
    assert_eq!((dynamic(true)(), dynamic(false)()), (1, 2));
    assert!(std::panic::catch_unwind(|| never()).is_err());
    let mut cup = Cup::empty();
    cup.fill(4);
    assert_eq!((cup.size(), cup.taken()), (4, 4));
}

#[test]
fn each_call_has_a_runtime_of_its_own() {
    #[rt::main]
    async fn id() -> rt::runtime::Id {
        Handle::current().id()
    }
    let first = id();
    assert!(Handle::try_current().is_err());
    assert_ne!(first, id());
}
