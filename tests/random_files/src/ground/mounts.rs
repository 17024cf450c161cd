//! File systems that are mounted for a run, where nobody else sees them.
//!
//! All lies on a tmpfs in a mount namespace of this process. When the process ends, however
//! it ends, so does the namespace, and with it every mount, the image of the disk and its
//! loop device. `mod.rs` calls it, before the process has a second thread.

use super::Ground;
use super::limits::with_all_rights;
use crate::run::Roots;
use crate::tree;
use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_change, mount_remount, unmount,
};
use rustix::thread::{UnshareFlags, unshare_unsafe};
use std::ffi::CStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is hidden below the tmpfs. It is there on every system.
const BASE: &str = "/mnt";

/// How many programs an overlay serves before it is mounted anew: each has files below that
/// no other has touched.
const BELOW: usize = 500;

#[derive(Debug)]
pub(super) enum Kind {
    /// As it is.
    Plain,
    /// Mounted anew when all that is below was used.
    Overlay { next: usize },
    /// Filled, and then read-only.
    ReadOnly,
}

/// `Err` says why it can't be had here.
pub(super) fn make(name: &str) -> Result<Ground, String> {
    private()?;
    let base = PathBuf::from(BASE);
    let (kind, roots) = match name {
        "tmpfs" => (Kind::Plain, both(&base)),
        "ext4" => (Kind::Plain, both(&disk(&base)?)),
        "overlay" => {
            for number in 0..BELOW {
                for root in ["one", "two"] {
                    tree::furnish(&base.join(format!("below/{number}/{root}/0")));
                }
            }
            let roots = both(&base.join("merged/0"));
            (Kind::Overlay { next: BELOW }, roots)
        }
        // Full after some tens of pages, or some files.
        "small" | "read-only" => {
            let roots = both(&base);
            for root in [&roots.buzzer, &roots.std] {
                fs::create_dir(root).map_err(told)?;
                tmpfs(root, c"size=160k,nr_inodes=30,mode=755")?;
            }
            match name {
                "small" => (Kind::Plain, roots),
                _ => (Kind::ReadOnly, roots),
            }
        }
        _ => {
            return Err(format!(
                "{name} is none of the file systems that can be made"
            ));
        }
    };
    Ok(Ground {
        name: name.to_owned(),
        roots,
        is_small: name == "small",
        kind,
        _dir: None,
    })
}

fn both(dir: &Path) -> Roots {
    Roots {
        buzzer: dir.join("one"),
        std: dir.join("two"),
    }
}

fn private() -> Result<(), String> {
    // SAFETY: the process has one thread as yet, so none is left behind elsewhere.
    unsafe { unshare_unsafe(UnshareFlags::NEWNS) }.map_err(told)?;
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", private).map_err(told)?;
    tmpfs(Path::new(BASE), c"size=512m,mode=755")
}

fn tmpfs(at: &Path, options: &CStr) -> Result<(), String> {
    mount("tmpfs", at, "tmpfs", MountFlags::empty(), options).map_err(told)
}

/// A disk of some MiB.
fn disk(base: &Path) -> Result<PathBuf, String> {
    let (image, at) = (base.join("image"), base.join("disk"));
    fs::create_dir(&at).map_err(told)?;
    let file = fs::File::create(&image).map_err(told)?;
    file.set_len(64 << 20).map_err(told)?;
    run(Command::new("mkfs.ext4").arg("-q").arg(&image))?;
    run(Command::new("mount")
        .args(["-o", "loop"])
        .arg(&image)
        .arg(&at))?;
    Ok(at)
}

fn run(command: &mut Command) -> Result<(), String> {
    let done = command
        .status()
        .map_err(|error| format!("{command:?}: {error}"))?;
    match done.success() {
        true => Ok(()),
        false => Err(format!("{command:?}: {done}")),
    }
}

impl Ground {
    /// What is in both directories when a program begins.
    pub(super) fn begin(&mut self) -> Roots {
        match &mut self.kind {
            Kind::Plain => self.empty(),
            Kind::Overlay { next } => {
                if *next == BELOW {
                    *next = 0;
                    with_all_rights(overlay_anew).expect("an overlay can be mounted");
                }
                self.roots = both(&Path::new(BASE).join(format!("merged/{next}")));
                *next += 1;
            }
            Kind::ReadOnly => {
                self.remount(MountFlags::empty());
                self.empty();
                for root in [&self.roots.buzzer, &self.roots.std] {
                    // So many strands there may be.
                    for strand in ["0", "1", "2"] {
                        tree::furnish(&root.join(strand));
                    }
                }
                self.remount(MountFlags::RDONLY);
            }
        }
        self.roots.clone()
    }

    fn remount(&self, flags: MountFlags) {
        for root in [&self.roots.buzzer, &self.roots.std] {
            mount_remount(root, flags, c"").expect("what is closed can be remounted");
        }
    }
}

fn overlay_anew() -> Result<(), String> {
    let base = Path::new(BASE);
    let merged = base.join("merged");
    // There is none yet, the first time.
    _ = unmount(&merged, UnmountFlags::empty());
    for dir in ["above", "work"] {
        tree::remove(&base.join(dir));
        fs::create_dir(base.join(dir)).map_err(told)?;
    }
    fs::create_dir_all(&merged).map_err(told)?;
    let options = c"lowerdir=/mnt/below,upperdir=/mnt/above,workdir=/mnt/work";
    mount("overlay", &merged, "overlay", MountFlags::empty(), options).map_err(told)
}

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}
