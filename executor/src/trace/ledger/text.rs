//! The ledger as a table, to be understood at once.
//!
//! Owns what stands in which column. Which rows there are is in `rows.rs`.

use std::fmt::{self, Display};

use super::Ledger;
use super::account::{Account, TaskAccount};
use super::rows::{Called, Plural, Row, rows};
use crate::record::time::Nanos;
use crate::trace::names::{Count, Span};

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
        let mut parts = vec![
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
        if self.recording > 0 {
            parts.push((
                "recording",
                self.recording,
                "the trace, and what was reported",
            ));
        }
        let cells = parts.into_iter().map(|(name, time, what)| {
            let cells = [name.to_owned(), Span(time).to_string(), self.share(time)];
            cells.into_iter().chain([what.to_owned()]).collect()
        });
        write_table(f, &cells.collect::<Vec<_>>(), &[0, 3])
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
        cells.extend(rows(&self.tasks).iter().map(|row| self.cells(row)));
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
            row.called.clone(),
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
    use super::super::account::Wakes;
    use super::*;

    #[test]
    fn shares_have_one_digit_and_what_is_little_is_not_nothing() {
        let ledger = Ledger {
            total: 1_000_000_000,
            ..Ledger::default()
        };
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
        let mut account = Account::default();
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
    fn columns_are_as_wide_as_their_widest_cell() {
        let table = fmt::from_fn(|f| {
            let rows = [["a", "b"], ["µµµ", "long"]];
            let rows = rows.map(|row| row.map(str::to_owned).to_vec());
            write_table(f, &rows, &[0])
        });
        assert_eq!(table.to_string(), "  a       b\n  µµµ  long");
    }
}
