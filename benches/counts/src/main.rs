//! Counts the instructions of the hot paths, and fails where one takes more than it did.

use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{CellAlignment, Table};
use counts::callgrind;
use counts::figures::{Change, Figures};
use counts::paths::{self, Path};

/// Counts the instructions of buzzer's hot paths by callgrind, beside what they were
#[derive(Parser)]
struct Arguments {
    /// Only these
    #[arg(long, value_delimiter = ',', value_name = "PATH,…")]
    paths: Vec<Path>,
    /// Have the counts of today be those that later ones are compared with
    #[arg(long)]
    write: bool,
    /// Go one path, to be counted from outside
    #[arg(long, hide = true, requires = "times")]
    run: Option<Path>,
    #[arg(long, hide = true)]
    times: Option<u64>,
    /// As cargo says to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

/// How often what seems to take more is counted anew. The least counts.
const RECOUNTS: usize = 2;

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    if let (Some(path), Some(times)) = (arguments.run, arguments.times) {
        paths::run(path, times)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut figures = Figures::read().or_else(|error| match arguments.write {
        true => Ok(Figures::default()),
        false => Err(error),
    })?;
    let paths = match arguments.paths.is_empty() {
        true => Path::value_variants(),
        false => &arguments.paths,
    };
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header(["path", "instructions", "before", ""]);
    for column in table.column_iter_mut().skip(1).take(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let mut changes = Vec::new();
    for path in paths {
        let value = path.to_possible_value().expect("each path has a name");
        let name = value.get_name();
        let mut counted = callgrind::count(*path)?;
        // A socket whose peer's half of the kernel was late takes a turn more.
        for _ in 0..RECOUNTS {
            if figures.change(name, counted) == Change::Slower {
                counted = counted.min(callgrind::count(*path)?);
            }
        }
        let change = figures.change(name, counted);
        let before = figures.0.get(name).map(|before| format!("{before:.0}"));
        table.add_row([
            name.to_owned(),
            format!("{counted:.0}"),
            before.unwrap_or_default(),
            word(change).to_owned(),
        ]);
        changes.push(change);
        if arguments.write {
            figures.0.insert(name.to_owned(), counted.round());
        }
    }
    println!("{table}");
    if arguments.write {
        figures.write()?;
        return Ok(ExitCode::SUCCESS);
    }
    Ok(end(&changes))
}

fn word(change: Change) -> &'static str {
    match change {
        Change::None => "",
        Change::Slower => "MORE",
        Change::Faster => "fewer",
        Change::New => "new",
    }
}

/// Says what is to be done.
fn end(changes: &[Change]) -> ExitCode {
    if changes.contains(&Change::Faster) {
        println!(
            "\nSome take fewer than before: `cargo bench -p buzzer-counts -- --write` keeps it so."
        );
    }
    if !changes.contains(&Change::Slower) {
        return ExitCode::SUCCESS;
    }
    println!(
        "\nSome take more than before. If that pays, write the counts anew with `--write`, and \
         say in the commit what they buy."
    );
    ExitCode::FAILURE
}
