# The few commands that matter; each is a line that can be typed as well. CONTRIBUTING.md
# says what for, and tests/front_page.rs that none of them is made up.

# What there is.
default:
    @just --list --unsorted

# The two programs that everyone starts with, drawn and measured.
show:
    cargo run --example side_by_side

# What everybody runs.
test:
    cargo test

# The examples in the docs.
doctest:
    cargo test -p buzzer --doc

# The walls of the house, the names in DESIGN.md, and who has no example.
house:
    cargo test --test house --test design --test documented

# What the compiler and clippy say.
lint:
    cargo fmt --all --check
    cargo clippy --all-targets --all-features -- -D warnings

# The library's pages.
doc:
    cargo doc -p buzzer --no-deps --all-features --open

# The book, at an address that it prints.
book:
    cargo run -p buzzer-book -- serve

# The figures against tokio and the others. Linux.
bench:
    cargo bench -p buzzer-benches

# All that has to hold before a change lands.
all:
    .ci/run
