//! Runs a program on both sides, and compares after each step.

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
        let strands = program.strands.iter().enumerate().map(|(number, steps)| {
            let within = |root: &Path| {
                let dir = root.join(number.to_string());
                match program.is_bare {
                    _ if dir.exists() => {}
                    true => fs::create_dir(&dir).expect("a directory for a strand can be made"),
                    false => tree::furnish(&dir),
                }
                dir
            };
            let side = Side::new(within(&roots.buzzer), is_alone, fault);
            let twin = Twin::new(within(&roots.std));
            buzzer::spawn(strand(
                number,
                steps.clone(),
                side,
                twin,
                program.ends_early,
            ))
        });
        let mut found = None;
        for strand in strands.collect::<Vec<_>>() {
            found = found.or(strand.await.unwrap_or_else(|panic| {
                Some(Differs {
                    strand: 0,
                    step: None,
                    how: panic.to_string(),
                })
            }));
        }
        found
    });
    drop(runtime);
    found.or_else(|| in_the_end(program, roots))
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
        let told = |root: &Path| {
            let lines = tree::told(&root.join(strand.to_string()));
            lines.unwrap_or_else(|error| vec![error.to_string()])
        };
        let (of_buzzer, of_std) = (told(&roots.buzzer), told(&roots.std));
        let pairs = of_buzzer.iter().zip(&of_std);
        let first = pairs.take_while(|(a, b)| a == b).count();
        let line = |lines: &[String]| match lines.get(first) {
            Some(line) => format!("{line:.200}"),
            None => "nothing".to_owned(),
        };
        (of_buzzer != of_std).then(|| Differs {
            strand,
            step: None,
            how: format!(
                "in the end there is\n    {}\non buzzer's side, and\n    {}\non std's",
                line(&of_buzzer),
                line(&of_std)
            ),
        })
    })
}
