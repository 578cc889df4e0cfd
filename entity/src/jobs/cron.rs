//! Cron lines, as the scheduler that Cronium ran on read them.

use std::{collections::BTreeSet, fmt::Write as _};

use croner::{Cron, parser::CronParser};
use sea_orm::prelude::DateTime;

/// Days and times that repeat, in UTC.
///
/// A line has five fields, or six with the seconds first. What is read is what node-schedule read (its cron-parser 4):
/// lists, ranges, steps (`5/15` is `5-59/15`), `?` for `*` in the two fields of days, names of months and weekdays, 7 for
/// Sunday, `L` for the month's last day, `5L` for its last Friday, `5#3` for its third, and `@yearly`, `@monthly`,
/// `@weekly`, `@daily` and `@hourly`. Where both days are given, either is enough.
///
/// Everything else is refused, also what other readers of cron lines guess at: fewer fields, years, `W`, `@reboot`,
/// ranges that end before they begin, a day of the month beside `5#3`.
#[derive(Clone, Debug)]
pub struct CronLine(Option<Cron>);

/// A field: its name in messages, its least and its greatest value.
struct Field {
    name: &'static str,
    least: u8,
    greatest: u8,
    names: &'static [&'static str],
}

const FIELDS: [Field; 6] = [
    Field::new("second", 0, 59, &[]),
    Field::new("minute", 0, 59, &[]),
    Field::new("hour", 0, 23, &[]),
    Field::new("day of the month", 1, 31, &[]),
    Field::new(
        "month",
        1,
        12,
        &[
            "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
        ],
    ),
    Field::new("weekday", 0, 7, &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]),
];
const DAY: usize = 3;
const MONTH: usize = 4;
const WEEKDAY: usize = 5;

/// PostgreSQL and SQLite hold later years, but not in the form that everything else reads.
const LAST_YEAR: i32 = 9999;

impl CronLine {
    /// The times that a line names.
    ///
    /// # Errors
    /// What is wrong with it, to be read by a person.
    pub fn parse(line: &str) -> Result<Self, String> {
        let line = line.trim();
        let fields = if line.starts_with('@') {
            nickname(line).ok_or_else(|| {
                format!("`{line}` is none of `@yearly`, `@monthly`, `@weekly`, `@daily` and `@hourly`")
            })?
        } else {
            line
        };
        let mut fields: Vec<&str> = fields.split_whitespace().collect();
        match fields.len() {
            5 => fields.insert(0, "0"),
            6 => {}
            1 => return Err("it has 1 field, not 5 or 6".to_owned()),
            count => return Err(format!("it has {count} fields, not 5 or 6")),
        }
        if fields[WEEKDAY].contains('#') && !matches!(fields[DAY], "*" | "?") {
            return Err("it names a day of the month and a weekday of one of the month's weeks".to_owned());
        }
        // Every field is written out, so that nothing is left for croner to read in a way of its own.
        let mut plain = Vec::with_capacity(fields.len());
        for (at, text) in fields.into_iter().enumerate() {
            plain.push(FIELDS[at].plain(at, &text.to_ascii_uppercase())?);
        }
        let cron = CronParser::new()
            .parse(&plain.join(" "))
            .map_err(|error| error.to_string())?;
        if lacks(&plain[MONTH], &plain[DAY]) {
            if plain[WEEKDAY] == "*" {
                // Croner would look through thousands of years for it.
                return Ok(Self(None));
            }
            if number(&plain[MONTH]).is_some() {
                // It would come on the weekdays of that month, which for Cronium it never did.
                return Err(format!("its month has no day {}", plain[DAY]));
            }
        }
        Ok(Self(Some(cron)))
    }

    /// The first of its times that is later than a moment; none if none ever comes.
    pub fn next_after(&self, moment: DateTime) -> Option<DateTime> {
        use chrono::Datelike as _;
        // Fails after the years that croner looks at.
        let next = self.0.as_ref()?.find_next_occurrence(&moment, false).ok()?;
        (next.year() <= LAST_YEAR).then_some(next)
    }
}

/// Whether none of the listed months ever has one of the listed days.
fn lacks(months: &str, days: &str) -> bool {
    let longest = months.split(',').map(|month| match number(month) {
        Some(2) => 29,
        Some(4 | 6 | 9 | 11) => 30,
        _ => 31,
    });
    let longest = longest.max().unwrap_or(31);
    days.split(',').all(|day| number(day).is_some_and(|day| day > longest))
}

fn nickname(line: &str) -> Option<&'static str> {
    Some(match line {
        "@yearly" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * 0",
        "@daily" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        _ => return None,
    })
}

impl Field {
    const fn new(name: &'static str, least: u8, greatest: u8, names: &'static [&'static str]) -> Self {
        Self {
            name,
            least,
            greatest,
            names,
        }
    }

    /// The field as a star or as a list of all its values.
    fn plain(&self, at: usize, text: &str) -> Result<String, String> {
        let days = at == DAY || at == WEEKDAY;
        let mut values = BTreeSet::new();
        let mut special = Vec::new();
        // Which days count where both are given depends on whether a field is a star, and this is half of one.
        if days && text.contains(',') && text.contains(['*', '?']) {
            return Err(format!("its {} `{text}` lists others beside all", self.name));
        }
        for item in text.split(',') {
            let wrong = || format!("its {} `{text}` can't be read", self.name);
            if at == DAY && item == "L" {
                special.push("L".to_owned());
                continue;
            }
            if at == WEEKDAY
                && let Some(weekday) = item.strip_suffix('L')
            {
                special.push(format!("{}L", self.value(weekday).ok_or_else(wrong)? % 7));
                continue;
            }
            if at == WEEKDAY
                && let Some((weekday, week)) = item.split_once('#')
            {
                let week = number(week).filter(|week| (1..=5).contains(week));
                if text.contains(',') {
                    return Err(wrong());
                }
                special.push(format!(
                    "{}#{}",
                    self.value(weekday).ok_or_else(wrong)? % 7,
                    week.ok_or_else(wrong)?
                ));
                continue;
            }
            let (range, step) = match item.split_once('/') {
                Some((range, step)) => (range, Some(number(step).filter(|step| *step > 0).ok_or_else(wrong)?)),
                None => (item, None),
            };
            let (first, last) = match range.split_once('-') {
                Some((first, last)) => (
                    self.value(first).ok_or_else(wrong)?,
                    self.value(last).ok_or_else(wrong)?,
                ),
                None if range == "*" || (range == "?" && days) => (self.least, self.greatest),
                None => {
                    let first = self.value(range).ok_or_else(wrong)?;
                    (first, if step.is_some() { self.greatest } else { first })
                }
            };
            if first > last {
                return Err(format!(
                    "its {} `{text}` has a range that ends before it begins",
                    self.name
                ));
            }
            values.extend((first..=last).step_by(usize::from(step.unwrap_or(1))));
            // Sunday is in every range up to 7, whatever the step: cron-parser puts it in first.
            if at == WEEKDAY && last == 7 {
                values.insert(0);
            }
        }
        // As for cron-parser, a full field is a star. Of weekdays only one that names Sunday twice is full.
        if special.is_empty() && values.len() == usize::from(self.greatest - self.least) + 1 {
            return Ok("*".to_owned());
        }
        if at == WEEKDAY {
            values = values.into_iter().map(|weekday| weekday % 7).collect();
        }
        let mut plain = String::new();
        for value in values.iter().map(u8::to_string).chain(special) {
            let comma = if plain.is_empty() { "" } else { "," };
            let _ = write!(plain, "{comma}{value}"); // A String takes everything.
        }
        Ok(plain)
    }

    /// The value that a number or a name stands for, if the field may have it.
    fn value(&self, text: &str) -> Option<u8> {
        if let Some(at) = self.names.iter().position(|name| *name == text) {
            return u8::try_from(at).ok().map(|at| at + self.least);
        }
        number(text).filter(|value| (self.least..=self.greatest).contains(value))
    }
}

fn number(text: &str) -> Option<u8> {
    // `parse` would also read a sign.
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Monday.
    const NOW: &str = "2025-07-14T10:07:30";

    fn next(line: &str) -> String {
        match CronLine::parse(line) {
            Ok(cron) => cron
                .next_after(NOW.parse().unwrap())
                .map_or("never".to_owned(), |next| next.to_string()),
            Err(error) => error,
        }
    }

    #[test]
    fn a_line_says_when_it_is_next() {
        for (line, expected) in [
            ("* * * * *", "2025-07-14 10:08:00"),
            ("* * * * * *", "2025-07-14 10:07:31"),
            ("*/15 * * * *", "2025-07-14 10:15:00"),
            ("5/15 * * * *", "2025-07-14 10:20:00"),
            ("7 10 * * *", "2025-07-15 10:07:00"),
            ("30 7 10 * * *", "2025-07-15 10:07:30"),
            ("*/30 * * * * *", "2025-07-14 10:08:00"),
            ("*/5 9-17 * * 1-5", "2025-07-14 10:10:00"),
            ("  0\t3 * *  * ", "2025-07-15 03:00:00"),
            ("0 12 * * MON,WED", "2025-07-14 12:00:00"),
            ("0 9 * * mon-fri", "2025-07-15 09:00:00"),
            ("0 0 * * 7", "2025-07-20 00:00:00"),
            ("0 0 * * 5-7", "2025-07-18 00:00:00"),
            ("0 0 * * SUN", "2025-07-20 00:00:00"),
            ("0 0 1 JAN ?", "2026-01-01 00:00:00"),
            ("0 0 ? jan,feb MON", "2026-01-05 00:00:00"),
            ("0 0 L * *", "2025-07-31 00:00:00"),
            ("0 0 15,L * *", "2025-07-15 00:00:00"),
            ("0 0 * * 5L", "2025-07-25 00:00:00"),
            ("0 0 * * FRI#3", "2025-07-18 00:00:00"),
            ("0 0 29 2 *", "2028-02-29 00:00:00"),
            // Either day is enough, unless one of them is any day.
            ("0 0 16 * 5", "2025-07-16 00:00:00"),
            ("0 0 1-31 * 5", "2025-07-18 00:00:00"),
            ("0 0 */1 * 5", "2025-07-18 00:00:00"),
            ("0 0 20 * 0-7", "2025-07-20 00:00:00"),
            ("@hourly", "2025-07-14 11:00:00"),
            ("@daily", "2025-07-15 00:00:00"),
            ("@weekly", "2025-07-20 00:00:00"),
            ("@monthly", "2025-08-01 00:00:00"),
            ("@yearly", "2026-01-01 00:00:00"),
            // No month has that day.
            ("0 0 31 2 *", "never"),
            ("0 0 30,31 2 *", "never"),
            ("0 0 31 4,6,9,11 *", "never"),
        ] {
            assert_eq!(next(line), expected, "{line}");
        }
    }

    #[test]
    fn what_is_no_line_is_refused() {
        for (line, expected) in [
            ("", "it has 0 fields, not 5 or 6"),
            ("*", "it has 1 field, not 5 or 6"),
            ("not a cron", "it has 3 fields, not 5 or 6"),
            ("0 0 0 1 1 * 2026", "it has 7 fields, not 5 or 6"),
            ("61 25 * * *", "its minute `61` can't be read"),
            ("0 24 * * *", "its hour `24` can't be read"),
            ("0 0 0 * *", "its day of the month `0` can't be read"),
            ("0 0 32 * *", "its day of the month `32` can't be read"),
            ("0 0 * 13 *", "its month `13` can't be read"),
            ("0 0 * * 8", "its weekday `8` can't be read"),
            ("0 0 * MON *", "its month `MON` can't be read"),
            ("0 0 * * JAN", "its weekday `JAN` can't be read"),
            ("0 0 * * MONDAY", "its weekday `MONDAY` can't be read"),
            ("0 0 15W * *", "its day of the month `15W` can't be read"),
            ("0 0 LW * *", "its day of the month `LW` can't be read"),
            ("0 0 * * L", "its weekday `L` can't be read"),
            ("0 0 * * 5#6", "its weekday `5#6` can't be read"),
            ("0 0 * * 5#1,5#3", "its weekday `5#1,5#3` can't be read"),
            ("L * * * *", "its minute `L` can't be read"),
            ("? * * * *", "its minute `?` can't be read"),
            ("*/0 * * * *", "its minute `*/0` can't be read"),
            ("*/ * * * *", "its minute `*/` can't be read"),
            ("/5 * * * *", "its minute `/5` can't be read"),
            ("+5 * * * *", "its minute `+5` can't be read"),
            ("-5 * * * *", "its minute `-5` can't be read"),
            ("1,,2 * * * *", "its minute `1,,2` can't be read"),
            ("1-2-3 * * * *", "its minute `1-2-3` can't be read"),
            ("1/2/3 * * * *", "its minute `1/2/3` can't be read"),
            ("* 22-2 * * *", "its hour `22-2` has a range that ends before it begins"),
            (
                "0 0 * * FRI-SUN",
                "its weekday `FRI-SUN` has a range that ends before it begins",
            ),
            (
                "0 0 13 * 5#2",
                "it names a day of the month and a weekday of one of the month's weeks",
            ),
            (
                "@reboot",
                "`@reboot` is none of `@yearly`, `@monthly`, `@weekly`, `@daily` and `@hourly`",
            ),
            ("ä * * * *", "its minute `ä` can't be read"),
        ] {
            assert_eq!(next(line), expected, "{line}");
        }
    }

    #[test]
    fn the_moment_itself_is_not_next() {
        let cron = CronLine::parse("0 12 * * *").unwrap();
        for (moment, expected) in [
            ("2025-07-14T11:59:59.999999", "2025-07-14T12:00:00"),
            ("2025-07-14T12:00:00", "2025-07-15T12:00:00"),
            ("2025-07-14T12:00:00.000001", "2025-07-15T12:00:00"),
        ] {
            assert_eq!(
                cron.next_after(moment.parse().unwrap()),
                Some(expected.parse().unwrap())
            );
        }
    }
}
