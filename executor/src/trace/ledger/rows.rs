//! Which rows the table has: of a run with many tasks not each its own.
//!
//! Owns [`Row`] and what the tasks are called. Only `text.rs` uses it.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::{self, Display};

use super::account::{Account, TaskAccount};
use crate::trace::names::{Count, is_told};

/// With more accounts than this, those beyond the first [`ALONE`] are merged by place.
const ROWS: usize = 24;
const ALONE: usize = 12;

/// Of the places, those with the most time have a row each.
const PLACES: usize = 12;

/// A row of the table of tasks.
pub(super) struct Row {
    pub(super) account: Account,
    pub(super) called: String,
}

/// The rows of these tasks, which come in the order of their time.
pub(super) fn rows(tasks: &[TaskAccount]) -> Vec<Row> {
    let accounts = tasks.iter().map(|task| &task.0);
    if tasks.len() <= ROWS {
        return accounts.map(Row::alone).collect();
    }
    let (mut alone, mut places) = (Vec::new(), BTreeMap::new());
    for account in accounts {
        if account.id.is_some() && alone.len() < ALONE {
            alone.push(account);
            continue;
        }
        places
            .entry(account.at)
            .or_insert_with(|| Account::of_site(account.at))
            .merge(account);
    }
    let mut places: Vec<_> = places.into_values().collect();
    places.sort_by_key(|place| Reverse(place.time));
    let others = places.split_off(PLACES.min(places.len()));
    let more = |place: &Account| match alone.iter().any(|account| account.at == place.at) {
        true => " more",
        false => "",
    };
    let places = places.into_iter().map(|place| Row {
        called: Group(&place, more(&place)).to_string(),
        account: place,
    });
    let mut rows: Vec<_> = alone
        .iter()
        .copied()
        .map(Row::alone)
        .chain(places)
        .collect();
    rows.sort_by_key(|row| Reverse(row.account.time));
    if !others.is_empty() {
        let mut account = Account::default();
        others.iter().for_each(|place| account.merge(place));
        let tasks = Plural(account.tasks, "task");
        let places = Plural(others.len() as u64, "other place");
        let called = format!("{tasks} of {places}");
        rows.push(Row { account, called });
    }
    rows
}

impl Row {
    fn alone(account: &Account) -> Self {
        let called = Called(account).to_string();
        let account = account.clone();
        Self { account, called }
    }
}

/// `#4 'other work' at src/main.rs:10`, or what merged ones are called.
pub(super) struct Called<'a>(pub(super) &'a Account);

impl Display for Called<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(account) = self;
        let Some(id) = account.id else {
            return Group(account, "").fmt(f);
        };
        write!(f, "#{id}")?;
        match &account.name {
            Some(name) => write!(f, " '{}'", name.escape_debug())?,
            None if id.is_main() => f.write_str(" (block_on)")?,
            None => {}
        }
        if let Some(context) = &account.context {
            write!(f, " [{}]", context.escape_debug())?;
        }
        let name = account.name.as_ref().map(|name| name.as_str());
        match account.at.filter(|at| is_told(name, at)) {
            Some(at) => write!(f, " at {}:{}", at.file(), at.line()),
            None => Ok(()),
        }
    }
}

/// `12,000 ended tasks of src/main.rs:10`.
struct Group<'a>(&'a Account, &'static str);

impl Display for Group<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(account, more) = self;
        let ended = if account.live == 0 { " ended" } else { "" };
        let tasks = if account.tasks == 1 { "task" } else { "tasks" };
        write!(f, "{}{more}{ended} {tasks}", Count(account.tasks))?;
        match account.at {
            Some(at) => write!(f, " of {}:{}", at.file(), at.line()),
            None => Ok(()),
        }
    }
}

/// `12 polls`, or `1 poll`.
pub(super) struct Plural(pub(super) u64, pub(super) &'static str);

impl Display for Plural {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(count, one) = *self;
        let s = if count == 1 { "" } else { "s" };
        write!(f, "{} {one}{s}", Count(count))
    }
}

#[cfg(test)]
mod tests {
    use std::panic::Location;
    use std::sync::Arc;

    use super::*;
    use crate::record::ids::Id;
    use crate::record::time::Nanos;

    #[track_caller]
    fn here() -> &'static Location<'static> {
        Location::caller()
    }

    fn task(count: u64, time: Nanos, at: &'static Location<'static>) -> Account {
        Account {
            at: Some(at),
            polls: 2,
            time,
            longest: time,
            ..Account::of(Id::of_runtime(3, count))
        }
    }

    fn rows_of(mut accounts: Vec<Account>) -> Vec<Row> {
        accounts.sort_by_key(|account| Reverse(account.time));
        let tasks: Vec<_> = accounts.into_iter().map(TaskAccount).collect();
        rows(&tasks)
    }

    /// What they are called. Only the end of the path is the same everywhere.
    fn called(rows: &[Row]) -> Vec<String> {
        let called = rows.iter().map(|row| row.called.replace(file!(), "HERE"));
        called.collect()
    }

    #[test]
    fn up_to_24_tasks_have_a_row_each() {
        let at = here();
        let mut accounts: Vec<_> = (1..=23).map(|count| task(count, count, at)).collect();
        accounts[4].name = Some(Arc::new("other\nwork".to_owned()));
        let mut merged = Account::of_site(Some(at));
        let mut ended = task(99, 1, at);
        ended.live = 0;
        (0..12_000).for_each(|_| merged.merge(&ended));
        accounts.push(merged);
        let called = called(&rows_of(accounts));
        assert_eq!(called.len(), 24);
        let line = at.line();
        assert_eq!(called[0], format!("12,000 ended tasks of HERE:{line}"));
        assert_eq!(called[1], format!("#23 at HERE:{line}"));
        // This place is one of the library, where a name says more.
        assert_eq!(called[19], r"#5 'other\nwork'");
    }

    #[test]
    fn of_100_000_tasks_the_first_twelve_have_a_row_and_the_others_one_for_each_place() {
        let (few, many) = (here(), here());
        let tasks = |count| match count {
            ..=14 => task(count, 1_000_000 * count, few),
            _ => task(count, 1_000, many),
        };
        let mut accounts: Vec<_> = (1..=100_000).map(tasks).collect();
        for account in &mut accounts[..2] {
            account.live = 0;
        }
        let rows = rows_of(accounts);
        let called = called(&rows);
        let (few, many) = (few.line(), many.line());
        let mut expected = vec![format!("99,986 tasks of HERE:{many}")];
        expected.extend((3..=14).rev().map(|n| format!("#{n} at HERE:{few}")));
        expected.push(format!("2 more ended tasks of HERE:{few}"));
        assert_eq!(called, expected);
        assert_eq!(
            (rows[0].account.tasks, rows[0].account.time),
            (99_986, 99_986_000)
        );
        assert_eq!(rows[0].account.longest, 1_000);
        let polls: u64 = rows.iter().map(|row| row.account.polls).sum();
        assert_eq!(polls, 200_000);
    }

    #[test]
    fn of_many_places_those_with_least_time_are_one_row() {
        // Each is a place of its own: they differ in their columns.
        let places = [
            [here(), here(), here(), here(), here(), here(), here()],
            [here(), here(), here(), here(), here(), here(), here()],
        ];
        let tasks = places.as_flattened().iter().zip((1..).map(|n| 100 * n));
        let mut accounts: Vec<_> = tasks
            .flat_map(|(at, time)| [0, 1].map(|more| task(time, time + more, at)))
            .collect();
        let first = here();
        accounts.extend((0..ALONE as u64).map(|count| task(count, 1_000_000, first)));
        let called = called(&rows_of(accounts));
        assert_eq!(called.len(), ALONE + PLACES + 1);
        assert_eq!(called.last().unwrap(), "4 tasks of 2 other places");
    }
}
