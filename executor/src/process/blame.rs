//! What a program that could not be started has failed on.
//!
//! Owns the errors of a start. The system says one number for all that may be wrong:
//! "no such file" of the working directory, the program, the interpreter of a script.
//! So once a start has failed, the things it has touched are looked at, in its order,
//! and the first that gives the same number is named. Where none does, as when all has
//! changed meanwhile, the program is.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process;

use super::interpreter;
use crate::io::error::named;
use crate::sys::process::{USUAL_PATH, is_unknown_kind, may_execute};

/// A script's interpreter may be a script. The kernel follows as many: exec(2).
const NESTED: usize = 4;

/// What std's command was told and does not tell.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    pub(super) uid: Option<u32>,
    pub(super) gid: Option<u32>,
    pub(super) process_group: Option<i32>,
    pub(super) is_env_cleared: bool,
    /// Whether code of the program runs before its program does.
    pub(super) has_pre_exec: bool,
}

/// Names the program, and beyond it what `error` is about.
#[cold]
pub(super) fn blame(command: &process::Command, told: Told, error: io::Error) -> io::Error {
    let start = Start { command, told };
    let program = Path::new(command.get_program());
    named("run", shown(program), start.about(program, error))
}

struct Start<'a> {
    command: &'a process::Command,
    told: Told,
}

impl Start<'_> {
    fn about(&self, program: &Path, error: io::Error) -> io::Error {
        let Some(number) = error.raw_os_error() else {
            return self.about_words(error);
        };
        match number {
            libc::EAGAIN | libc::ENOMEM => return named("make", "another process", error),
            libc::EMFILE | libc::ENFILE => return named("open", "its pipes", error),
            libc::E2BIG => return named("pass", "its arguments and its environment", error),
            libc::EPERM | libc::EINVAL | libc::ESRCH => {
                if let Some((what, whom)) = self.identity() {
                    return named(what, whom, error);
                }
            }
            _ => {}
        }
        if let Some(folder) = self.command.get_current_dir()
            && let Some(error) = self.about_folder(folder, number)
        {
            return error;
        }
        let Some(found) = self.find(program, number) else {
            let path = self.path();
            let path = format_args!("PATH, which is {}", path.display());
            return named("look for it in", path, error);
        };
        let (_, inner) = self.about_file(&found, error, NESTED);
        let met = shown(&found);
        match self.told.uid {
            // What another user may do can't be looked at.
            Some(uid) if number == libc::EACCES => {
                let folder = self.command.get_current_dir().map(shown);
                let folder = folder.map_or_else(String::new, |folder| format!(" in {folder}"));
                named(
                    "execute",
                    format_args!("{met}{folder} as user {uid}"),
                    inner,
                )
            }
            _ if self.told.has_pre_exec => {
                named("do what pre_exec asks for, or execute", met, inner)
            }
            _ if found == program => inner,
            _ => named("execute", met, inner),
        }
    }

    /// What std itself refuses: a zero byte, which ends the words that a program gets.
    fn about_words(&self, error: io::Error) -> io::Error {
        let refused = OsStr::new("<string-with-nul>");
        match self.command.get_args().position(|arg| arg == refused) {
            Some(index) => named("pass", format_args!("argument {}", index + 1), error),
            None => error,
        }
    }

    /// As whom or what the child was to run.
    fn identity(&self) -> Option<(&'static str, String)> {
        let user = self.told.uid.map(|uid| format!("user {uid}"));
        let group = self.told.gid.map(|gid| format!("group {gid}"));
        let told: Vec<String> = [user, group].into_iter().flatten().collect();
        let process_group = self.told.process_group;
        let process_group = process_group.map(|id| ("join", format!("process group {id}")));
        match told.is_empty() {
            true => process_group,
            false => Some(("become", told.join(" and "))),
        }
    }

    /// A folder may be there, and not let us in: hence the dot.
    fn about_folder(&self, folder: &Path, number: i32) -> Option<io::Error> {
        let met = fs::metadata(folder).and_then(|_| fs::metadata(folder.join(".")));
        let error = met
            .err()
            .filter(|error| error.raw_os_error() == Some(number))?;
        Some(named("enter the directory", shown(folder), error))
    }

    /// Against what the child takes a path that is relative.
    fn resolve(&self, path: &Path) -> PathBuf {
        match self.command.get_current_dir() {
            Some(folder) => folder.join(path),
            None => path.to_owned(),
        }
    }

    /// The file that was to be executed: the first in PATH that could be it.
    fn find(&self, program: &Path, number: i32) -> Option<PathBuf> {
        let name = program.as_os_str();
        if name.as_encoded_bytes().contains(&b'/') {
            return Some(self.resolve(program));
        }
        if name.is_empty() {
            return Some(program.to_owned());
        }
        let path = self.path();
        let places = std::env::split_paths(&path).map(|folder| self.resolve(&folder.join(name)));
        let mut places: Vec<PathBuf> = places.collect();
        // A folder in PATH that can't be looked into, or is in a program's place, is
        // passed over for the next, and told of if there is none.
        let is_met = |place: &PathBuf| match fs::metadata(place) {
            Ok(_) => true,
            Err(error) => number != libc::ENOENT && error.raw_os_error() == Some(number),
        };
        let at = places.iter().position(|place| place.is_file());
        let at = at.or_else(|| places.iter().position(is_met))?;
        Some(places.swap_remove(at))
    }

    /// The PATH that is looked through: the child's, if it has one of its own.
    fn path(&self) -> OsString {
        let mut told = self.command.get_envs();
        let inherited = || match self.told.is_env_cleared {
            true => None,
            false => std::env::var_os("PATH"),
        };
        let path = match told.find(|(name, _)| *name == "PATH") {
            Some((_, value)) => value.map(OsStr::to_owned),
            None => inherited(),
        };
        path.unwrap_or_else(|| USUAL_PATH.into())
    }

    /// Whether this file, or what is started in its place, has met `error`; and then
    /// with the name of the latter.
    fn about_file(&self, file: &Path, error: io::Error, nested: usize) -> (bool, io::Error) {
        let number = error.raw_os_error();
        let denied = number == Some(libc::EACCES);
        match fs::metadata(file) {
            Err(met) => return (met.raw_os_error() == number, error),
            Ok(met) if met.is_dir() && denied => {
                return (true, named("execute", "a directory", error));
            }
            // Anything but a file may have the look into it wait.
            Ok(met) if !met.is_file() => return (denied, error),
            Ok(_) if denied && !may_execute(file) => return (true, error),
            Ok(_) => {}
        }
        // The kernel knows no such kind of file.
        let is_unknown = number.is_some_and(is_unknown_kind);
        let Some((what, other)) = interpreter::of(file).filter(|_| nested > 0) else {
            return (is_unknown, error);
        };
        let (met, inner) = self.about_file(&self.resolve(&other), error, nested - 1);
        match met || is_unknown {
            true => (true, named(what, shown(&other), inner)),
            false => (false, inner),
        }
    }
}

/// A path as text. Where it has what can't be seen, such as the `\r` that another
/// system's line ends with, that is escaped.
fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    match text.is_empty() || text.contains(char::is_control) {
        true => format!("{text:?}"),
        false => text.into_owned(),
    }
}
