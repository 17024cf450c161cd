//! Runs a program on both sides, and compares after each step.

use crate::caught::message;
use crate::fault::Fault;
use crate::on_buzzer::Side;
use crate::program::{Program, SLOTS, Step};
use crate::tree;
use crate::twin::{Difference, Twin};
use buzzer::fs::File;
use buzzer::runtime::{Builder, FileIo};
use rustix::fs::{SeekFrom, fcntl_getfl, seek};
use rustix::io::fcntl_getfd;
use std::fs;
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Where a program's strands have their directories: one for buzzer, one for std.
#[derive(Clone, Debug)]
pub struct Roots {
    pub buzzer: PathBuf,
    pub std: PathBuf,
}

/// The first step after which the sides differ, of which strand, and how.
#[derive(Debug)]
pub struct Differs {
    pub strand: usize,
    /// `None` if it is what is left in the end.
    pub step: Option<usize>,
    pub how: Difference,
}

/// `None` if both do the same.
pub fn difference(program: &Program, roots: &Roots, fault: Fault) -> Option<Differs> {
    let is_alone = program.strands.len() == 1;
    let within = |root: &Path, number: usize| {
        let dir = root.join(number.to_string());
        match program.is_bare {
            _ if dir.exists() => {}
            true => fs::create_dir(&dir).expect("a directory for a strand can be made"),
            false => tree::furnish(&dir),
        }
        dir
    };
    let strands = program.strands.iter().enumerate().map(|(number, steps)| {
        let side = Side::new(within(&roots.buzzer, number), is_alone, fault);
        let twin = Twin::new(within(&roots.std, number));
        strand(number, steps.clone(), side, twin, program.ends_early)
    });
    let strands: Vec<_> = strands.collect();
    let ran = catch_unwind(AssertUnwindSafe(|| run(program, strands, fault)));
    ran.unwrap_or_else(|thrown| {
        Some(Differs {
            strand: 0,
            step: None,
            how: format!("the runtime panics: {}", message(thrown.as_ref())),
        })
    })
    .or_else(|| in_the_end(program, roots))
}

/// All strands at once, on a runtime that is dropped afterwards.
fn run(
    program: &Program,
    strands: Vec<impl Future<Output = Option<Differs>> + 'static>,
    fault: Fault,
) -> Option<Differs> {
    let is_alone = strands.len() == 1;
    let runtime = Builder::new_current_thread()
        .file_io(if program.pool {
            FileIo::Pool
        } else {
            FileIo::Auto
        })
        .max_blocking_threads(if is_alone { 1 } else { 3 })
        .build()
        .expect("a runtime can be made");
    let found = runtime.block_on(async {
        let strands: Vec<_> = strands.into_iter().map(buzzer::spawn).collect();
        let mut found = None;
        for (number, strand) in strands.into_iter().enumerate() {
            found = found.or(strand.await.unwrap_or_else(|panic| {
                Some(Differs {
                    strand: number,
                    step: None,
                    how: panic.to_string(),
                })
            }));
        }
        assert!(fault != Fault::RunPanics || is_alone, "{fault:?}");
        found
    });
    drop(runtime);
    assert!(
        fault != Fault::DropPanics || !program.ends_early,
        "{fault:?}"
    );
    found
}

async fn strand(
    number: usize,
    steps: Vec<Step>,
    mut side: Side,
    mut twin: Twin,
    ends_early: bool,
) -> Option<Differs> {
    let mut found = None;
    for (at, step) in steps.iter().enumerate() {
        let (same_side, seen) = side.step(step).await;
        side = same_side;
        let checked = twin.check(step, &seen);
        let compared = match seen.ended_drained {
            true => checked.and_then(|()| handles(&side, &twin)),
            false => checked,
        };
        if let Err(how) = compared {
            found = Some(Differs {
                strand: number,
                step: Some(at),
                how,
            });
            break;
        }
    }
    match ends_early && twin.is_all_handed_over() {
        // The files are closed, then the worker is let go, as the runtime ends.
        true => {
            drop(side);
            twin.close();
        }
        false => side.end().await,
    }
    twin.drain();
    found
}

/// Of each handle: where it is, and how it is open.
fn handles(side: &Side, twin: &Twin) -> Result<(), Difference> {
    for slot in 0..SLOTS {
        let told = |fd: &dyn AsFd| {
            let (fd, again) = (fd.as_fd(), SeekFrom::Current(0));
            let position = seek(fd, again).map_err(|error| error.kind());
            let (status, descriptor) = (fcntl_getfl(fd), fcntl_getfd(fd));
            format!("position {position:?}, flags {status:?}, {descriptor:?}")
        };
        let of_buzzer = side.slots[slot].as_ref().map(|file: &File| told(file));
        let of_std = match twin.file(slot) {
            Some(Ok(file)) => Some(told(&file)),
            Some(Err(error)) => return Err(error.to_string()),
            None => None,
        };
        if of_buzzer != of_std {
            return Err(format!(
                "then h{slot} is {of_buzzer:?} on buzzer, and {of_std:?} on std"
            ));
        }
    }
    Ok(())
}

fn in_the_end(program: &Program, roots: &Roots) -> Option<Differs> {
    (0..program.strands.len()).find_map(|strand| {
        let differs = |how| Differs {
            strand,
            step: None,
            how,
        };
        let told = |root: &Path| tree::told(&root.join(strand.to_string()));
        let (of_buzzer, of_std) = match (told(&roots.buzzer), told(&roots.std)) {
            (Ok(of_buzzer), Ok(of_std)) => (of_buzzer, of_std),
            // Also if both say the same: then nothing behind it was compared.
            (of_buzzer, of_std) => {
                return Some(differs(format!(
                    "in the end not all can be looked at: {:?} on buzzer's side, {:?} on std's",
                    of_buzzer.err(),
                    of_std.err()
                )));
            }
        };
        let pairs = of_buzzer.iter().zip(&of_std);
        let first = pairs.take_while(|(a, b)| a == b).count();
        let line = |lines: &[String]| match lines.get(first) {
            Some(line) => format!("{line:.200}"),
            None => "nothing".to_owned(),
        };
        (of_buzzer != of_std).then(|| {
            differs(format!(
                "in the end there is\n    {}\non buzzer's side, and\n    {}\non std's",
                line(&of_buzzer),
                line(&of_std)
            ))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_looked_at_is_a_difference_though_it_is_so_on_both_sides() {
        let dir = tempfile::tempdir().unwrap();
        let roots = Roots {
            buzzer: dir.path().join("buzzer"),
            std: dir.path().join("std"),
        };
        let program = Program {
            pool: false,
            ends_early: false,
            is_bare: true,
            strands: vec![Vec::new()],
        };
        let found = in_the_end(&program, &roots).unwrap();
        assert!(found.how.contains("not all can be looked at"), "{found:?}");
    }
}
