//! Programs that the compiler takes, each as a crate of its own: whatever name the library
//! has there, and in every edition.

#[path = "../support/compiler.rs"]
mod compiler;
use compiler::{Compiler, Program};

const PROBE: &str = "#[buzzer::test] async fn probe() {}
                     async fn select() { buzzer::select! { _ = async {} => {} } }";

#[test]
fn an_attribute_finds_the_library_under_any_name() {
    let compiler = Compiler::with_library_for(PROBE);
    let programs = [
        "#[NAME::main] async fn function() {}",
        "#[::NAME::main(start_paused = true)] async fn function() {}",
        "use NAME as other; #[other::main] async fn function() {}",
        "use NAME::main as entry; #[entry] async fn function() {}",
        "mod deep { pub use NAME as other; } #[deep::other::test] async fn function() {}",
        "mod deep { pub mod NAME {} #[::NAME::main] async fn function() {} }",
        "#[cfg_attr(all(), NAME::main)] async fn function() {}",
        "#[NAME::main(crate = \"NAME\")] async fn function() {}",
        "macro_rules! made { ($path:path) => { #[$path] async fn function() {} } }
         made!(NAME::main);",
    ];
    for name in ["buzzer", "tokio", "r#yield"] {
        for program in programs {
            let program = program.replace("NAME", name);
            let said = compiler.told(name.trim_start_matches("r#"), &program);
            assert_eq!(said, "", "{program}");
        }
    }
}

#[test]
fn an_attribute_finds_the_library_where_another_crate_passes_it_on() {
    let compiler = Compiler::with_library_for(PROBE);
    let library = compiler.library();
    let other = "pub use tokio;
                 pub use tokio::main;
                 pub mod rt { pub use tokio::*; }
                 #[macro_export]
                 macro_rules! made {
                     ($name:ident) => {
                         #[$crate::tokio::main(crate = \"other::tokio\")]
                         async fn $name() {}
                     };
                 }";
    let said = compiler.compile(Program {
        source: other,
        edition: "2024",
        crates: &[("tokio", library)],
        arguments: &["--crate-type=lib", "--crate-name=other"],
    });
    assert_eq!(said, "");
    let user = "#[other::tokio::main]
                async fn first() {}
                #[other::rt::main(start_paused = true)]
                async fn second() {}
                other::made!(third);
                #[other::main(crate = \"other::tokio\")]
                async fn main() {}";
    let said = compiler.compile(Program {
        source: &format!("#![allow(dead_code)]\n{user}"),
        edition: "2024",
        crates: &[("other", &compiler.made("other"))],
        arguments: &[],
    });
    assert_eq!(said, "");
}

#[test]
fn of_two_names_the_one_that_is_written_is_meant() {
    let compiler = Compiler::with_library_for(PROBE);
    let library = compiler.library();
    let source = "fn first() -> buzzer::runtime::Id { one() }
                  #[buzzer::main] async fn one() -> buzzer::runtime::Id { unimplemented!() }
                  #[tokio::main] async fn main() { let _ = first; }";
    let said = compiler.compile(Program {
        source,
        edition: "2024",
        crates: &[("buzzer", library), ("tokio", library)],
        arguments: &[],
    });
    assert_eq!(said, "");
}

#[test]
fn every_edition_takes_the_macros_without_a_warning() {
    let compiler = Compiler::with_library_for(PROBE);
    let source = "#![deny(warnings, unused_qualifications)]
        use std::error::Error;

        #[tokio::main]
        async fn main() -> Result<(), Box<dyn Error>> {
            use std::future::ready;
            fn is_send<F: Send>(future: F) -> F { future }
            let mut list = vec![1];
            let length = is_send(async {
                tokio::select! {
                    Ok(mut n) | Err(mut n) = ready(Err::<u8, u8>(4)) => { n += 1; n }
                    Some(ref mut m) = async { list.pop() }, if true => *m,
                    _ = std::future::pending::<std::convert::Infallible>() => 0,
                    else => 0,
                }
            });
            assert!(length.await > 0);
            tokio::select! { biased; _ = async { list.push(2) } => list.push(3), }
            let _ = tokio::join!(ready(1), async { list.len() });
            \"7\".parse::<u8>()?;
            let sleep = tokio::time::sleep(std::time::Duration::ZERO);
            tokio::pin!(sleep);
            tokio::select! { () = &mut sleep => Ok(()) }
        }";
    for edition in ["2018", "2021", "2024"] {
        let said = compiler.compile(Program {
            source,
            edition,
            crates: &[("tokio", compiler.library())],
            arguments: &[],
        });
        assert_eq!(said, "", "{edition}");
    }
}
