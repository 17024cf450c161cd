//! Crates that are made for tokio, unchanged, on buzzer: a line of the manifest gives all
//! of them `executor/tokio/` for tokio.

mod hyper;
mod stream;
mod util;

/// No tokio but ours is in the whole tree, so nothing here can be its doing.
#[test]
fn there_is_one_tokio_and_it_is_buzzer() {
    let lock = include_str!("Cargo.lock");
    let packages = lock.split("[[package]]").skip(1);
    let tokios: Vec<_> = packages
        .filter(|package| package.contains("\nname = \"tokio\"\n"))
        .collect();
    assert_eq!(tokios.len(), 1);
    assert!(tokios[0].contains("dependencies = [\n \"buzzer\",\n]"));
    assert!(!tokios[0].contains("source ="));
}

#[tokio::test]
async fn the_attributes_find_it() {
    let runtime = std::any::type_name_of_val(&tokio::runtime::Handle::current());
    assert_eq!(runtime.split("::").next(), Some("buzzer"));
}
