//! The ledger as a table, to be understood at once.
//!
//! Owns what is shown of many tasks, and how the columns stand.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

use super::Ledger;
use super::account::{Account, TaskAccount};
use crate::clock::Nanos;
use crate::trace::names::{Count, Span};

/// With more accounts than this, those beyond the first [`ALONE`] are merged by place.
const ROWS: usize = 24;
const ALONE: usize = 12;

/// Of the places, those with the most time have a row each.
const PLACES: usize = 12;

/// A row of the table of tasks.
struct Row {
    account: Account,
    /// What it is called, if it is of several tasks.
    called: Option<String>,
}

impl Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.total == 0 && self.turns == 0 {
            return f.write_str("nothing was kept, or nothing has happened");
        }
        let count = self.tasks.iter().map(|task| task.tasks()).sum();
        let polls = self.tasks.iter().map(TaskAccount::polls).sum();
        write!(
            f,
            "{} by the runtime's clock, {}\n\n",
            Span(self.total),
            Plural(self.turns, "turn")
        )?;
        self.write_parts(f, count, polls)?;
        if self.tasks.is_empty() {
            return Ok(());
        }
        f.write_str("\n\n")?;
        self.write_tasks(f)?;
        f.write_str("\n")?;
        self.write_longest(f)
    }
}

impl Ledger {
    fn write_parts(&self, f: &mut fmt::Formatter<'_>, count: u64, polls: u64) -> fmt::Result {
        let polling = self.tasks.iter().map(|task| task.0.time).sum();
        let of_tasks = format!("{} of {}", Plural(polls, "poll"), Plural(count, "task"));
        let parts = [
            ("polling", polling, of_tasks.as_str()),
            ("parked", self.parked, "asleep, with nothing to do"),
            (
                "the runtime's own",
                self.own,
                "queues, timers, looks at events",
            ),
            (
                "outside the loop",
                self.outside,
                "no block_on or turn under way",
            ),
        ];
        let cells = parts.map(|(name, time, what)| {
            let cells = [name.to_owned(), Span(time).to_string(), self.share(time)];
            cells.into_iter().chain([what.to_owned()]).collect()
        });
        write_table(f, &cells, &[0, 3])
    }

    fn write_tasks(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut cells: Vec<Vec<String>> = vec![
            [
                "time",
                "share",
                "polls",
                "longest",
                "queued p50",
                "p90",
                "p99",
                "max",
                "task",
                "woken by",
            ]
            .map(str::to_owned)
            .to_vec(),
        ];
        cells.extend(self.rows().iter().map(|row| self.cells(row)));
        write_table(f, &cells, &[8, 9])
    }

    fn cells(&self, row: &Row) -> Vec<String> {
        let account = &row.account;
        let delays = &account.delays.0;
        let delay = |delay: Nanos| match delays.count() {
            0 => "-".to_owned(),
            _ => Span(delay).to_string(),
        };
        vec![
            Span(account.time).to_string(),
            self.share(account.time),
            Count(account.polls).to_string(),
            Span(account.longest).to_string(),
            delay(delays.percentile(50.0)),
            delay(delays.percentile(90.0)),
            delay(delays.percentile(99.0)),
            delay(delays.max()),
            match &row.called {
                Some(called) => called.clone(),
                None => Called(account).to_string(),
            },
            woken_by(account),
        ]
    }

    /// Who polled longest, and who waited longest in the queue.
    fn write_longest(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let poll = |account: &Account| account.longest;
        let queued = |account: &Account| account.delays.0.max();
        for (what, length) in [
            ("longest poll", &poll as &dyn Fn(&Account) -> Nanos),
            ("longest in the queue", &queued),
        ] {
            // The first of several that are as long.
            let accounts = self.tasks.iter().map(|task| &task.0).rev();
            if let Some(account) = accounts.max_by_key(|account| length(account))
                && length(account) > 0
            {
                let length = Span(length(account));
                write!(f, "\n{what}: {length}, {}", Called(account))?;
            }
        }
        Ok(())
    }

    fn rows(&self) -> Vec<Row> {
        let accounts = self.tasks.iter().map(|task| &task.0);
        if self.tasks.len() <= ROWS {
            return accounts.cloned().map(Row::of).collect();
        }
        let (mut alone, mut places) = (Vec::new(), BTreeMap::new());
        for account in accounts {
            if account.id.is_some() && alone.len() < ALONE {
                alone.push(account.clone());
                continue;
            }
            places
                .entry(account.at)
                .or_insert_with(|| Account::of_site(account.at))
                .merge(account);
        }
        let mut places: Vec<_> = places.into_values().collect();
        places.sort_by(|a, b| b.time.cmp(&a.time));
        let others = places.split_off(PLACES.min(places.len()));
        let more = |place: &Account| match alone.iter().any(|account| account.at == place.at) {
            true => " more",
            false => "",
        };
        let places = places.into_iter().map(|place| Row {
            called: Some(Group(&place, more(&place)).to_string()),
            account: place,
        });
        let mut rows: Vec<_> = alone.iter().cloned().map(Row::of).chain(places).collect();
        rows.sort_by(|a, b| b.account.time.cmp(&a.account.time));
        if !others.is_empty() {
            let mut account = Account::default();
            others.iter().for_each(|place| account.merge(place));
            let tasks = Plural(account.tasks, "task");
            let called = Some(format!(
                "{tasks} of {}",
                Plural(others.len() as u64, "other place")
            ));
            rows.push(Row { account, called });
        }
        rows
    }

    /// Of the whole, with one digit after the point.
    fn share(&self, time: Nanos) -> String {
        let (time, total) = (u128::from(time), u128::from(self.total));
        if total == 0 {
            return "-".to_owned();
        }
        let thousandths = (time * 1_000 + total / 2) / total;
        match thousandths {
            0 if time > 0 => "<0.1 %".to_owned(),
            _ => format!("{}.{} %", thousandths / 10, thousandths % 10),
        }
    }
}

impl Row {
    fn of(account: Account) -> Self {
        let called = None;
        Self { account, called }
    }
}

fn woken_by(account: &Account) -> String {
    let mut causes = account.wakes.by_cause();
    causes.sort_by(|(a, _), (b, _)| b.cmp(a));
    let causes = causes.iter().filter(|(count, _)| *count > 0);
    let mut text: Vec<_> = causes
        .map(|(count, cause)| format!("{cause} {}", Count(*count)))
        .collect();
    if account.wakes.redundant > 0 {
        text.push(format!("redundant {}", Count(account.wakes.redundant)));
    }
    match text.is_empty() {
        true => "-".to_owned(),
        false => text.join(", "),
    }
}

/// `#4 'other work' at src/main.rs:10`, or what merged ones are called.
struct Called<'a>(&'a Account);

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
        match account.at {
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

struct Plural(u64, &'static str);

impl Display for Plural {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(count, one) = *self;
        let s = if count == 1 { "" } else { "s" };
        write!(f, "{} {one}{s}", Count(count))
    }
}

/// Columns two spaces apart, as wide as their widest cell: numbers to the right, those
/// in `left` to the left. The last line has no end.
fn write_table(f: &mut fmt::Formatter<'_>, rows: &[Vec<String>], left: &[usize]) -> fmt::Result {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<_> = (0..columns)
        .map(|column| width(column).unwrap_or(0))
        .collect();
    for (index, row) in rows.iter().enumerate() {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = widths[column];
            line += &match left.contains(&column) {
                true => format!("  {cell:<width$}"),
                false => format!("  {cell:>width$}"),
            };
        }
        f.write_str(line.trim_end())?;
        if index + 1 < rows.len() {
            f.write_str("\n")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::panic::Location;
    use std::rc::Rc;

    use super::super::account::Wakes;
    use super::*;
    use crate::ids::Id;

    #[track_caller]
    fn here() -> &'static Location<'static> {
        Location::caller()
    }

    fn task(count: u64, time: Nanos, at: &'static Location<'static>) -> Account {
        let mut account = Account {
            at: Some(at),
            polls: 2,
            time,
            longest: time,
            ..Account::of(Id::of_runtime(3, count))
        };
        account.delays.0.add(time / 2);
        account
    }

    /// Of a run of one second.
    fn ledger(mut accounts: Vec<Account>) -> Ledger {
        accounts.sort_by_key(|account| std::cmp::Reverse(account.time));
        Ledger {
            total: 1_000_000_000,
            turns: 1,
            tasks: accounts.into_iter().map(TaskAccount).collect(),
            ..Ledger::default()
        }
    }

    /// The columns of the tasks' rows from the ninth on: who it is.
    fn called(ledger: &Ledger) -> Vec<String> {
        let rows = ledger.rows();
        let cells = rows.iter().map(|row| ledger.cells(row)[8].clone());
        // Only the end of the path is the same everywhere.
        cells
            .map(|cell| match cell.split_once(file!()) {
                Some((called, line)) => format!("{called}HERE{line}"),
                None => cell,
            })
            .collect()
    }

    #[test]
    fn shares_have_one_digit_and_what_is_little_is_not_nothing() {
        let ledger = ledger(Vec::new());
        for (time, share) in [
            (1_000_000_000, "100.0 %"),
            (123_400_000, "12.3 %"),
            (123_500_000, "12.4 %"),
            (500_000, "0.1 %"),
            (499_999, "<0.1 %"),
            (1, "<0.1 %"),
            (0, "0.0 %"),
        ] {
            assert_eq!(ledger.share(time), share);
        }
    }

    #[test]
    fn causes_are_told_from_the_most_frequent_on() {
        let mut account = task(1, 0, here());
        assert_eq!(woken_by(&account), "-");
        account.wakes = Wakes {
            readiness: 3,
            timer: 1_204,
            redundant: 9,
            ..Wakes::default()
        };
        let told = woken_by(&account);
        assert_eq!(told, "timer 1,204, readiness 3, redundant 9");
    }

    #[test]
    fn up_to_24_tasks_have_a_row_each() {
        let at = here();
        let mut accounts: Vec<_> = (1..=23).map(|count| task(count, count, at)).collect();
        accounts[4].name = Some(Rc::new("other\nwork".to_owned()));
        let mut merged = Account::of_site(Some(at));
        let mut ended = task(99, 1, at);
        ended.live = 0;
        (0..12_000).for_each(|_| merged.merge(&ended));
        accounts.push(merged);
        let called = called(&ledger(accounts));
        assert_eq!(called.len(), 24);
        let line = at.line();
        assert_eq!(called[0], format!("12,000 ended tasks of HERE:{line}"));
        assert_eq!(called[1], format!("#23 at HERE:{line}"));
        assert_eq!(called[19], format!(r"#5 'other\nwork' at HERE:{line}"));
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
        let ledger = ledger(accounts);
        let called = called(&ledger);
        let (few, many) = (few.line(), many.line());
        let mut expected = vec![format!("99,986 tasks of HERE:{many}")];
        expected.extend((3..=14).rev().map(|n| format!("#{n} at HERE:{few}")));
        expected.push(format!("2 more ended tasks of HERE:{few}"));
        assert_eq!(called, expected);
        let cells = ledger.cells(&ledger.rows()[0]);
        assert_eq!(cells[..4], ["99.986 ms", "10.0 %", "199,972", "1.000 µs"]);
        let polls: u64 = ledger.rows().iter().map(|row| row.account.polls).sum();
        assert_eq!(polls, 200_000);
        assert_eq!(ledger.to_string().lines().count(), 7 + 1 + 14 + 3);
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
        let called = called(&ledger(accounts));
        assert_eq!(called.len(), ALONE + PLACES + 1);
        assert_eq!(called.last().unwrap(), "4 tasks of 2 other places");
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let table = fmt::from_fn(|f| {
            let rows = [["a", "b"], ["µµµ", "long"]];
            let rows = rows.map(|row| row.map(str::to_owned).to_vec());
            write_table(f, &rows, &[0])
        });
        assert_eq!(table.to_string(), "  a       b\n  µµµ  long");
    }
}
