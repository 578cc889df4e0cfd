//! When an event runs next.

use std::{error::Error, fmt};

use chrono::{Datelike as _, TimeDelta};
use sea_orm::prelude::DateTime;

use super::cron::CronLine;
use crate::{
    events::{TimeUnit, events},
    values::Stored,
};

/// What of an event says when it runs: its columns of the same names.
///
/// A row of today becomes it by itself. A data migration fills it in from the rows of its own day.
#[derive(Clone, Copy, Debug)]
pub struct EventTiming<'e> {
    /// A cron line.
    pub custom_schedule: Option<&'e str>,
    /// Every so many …
    pub schedule_number: i32,
    /// … of this unit.
    pub schedule_unit: &'e Stored<TimeUnit>,
    /// When it is to run first.
    pub start_time: Option<DateTime>,
    /// When it ran last.
    pub last_run_at: Option<DateTime>,
    /// When it was made.
    pub created_at: DateTime,
}

impl<'e> From<&'e events::Model> for EventTiming<'e> {
    fn from(event: &'e events::Model) -> Self {
        Self {
            custom_schedule: event.custom_schedule.as_deref(),
            schedule_number: event.schedule_number,
            schedule_unit: &event.schedule_unit,
            start_time: event.start_time,
            last_run_at: event.last_run_at,
            created_at: event.created_at,
        }
    }
}

/// When an event runs, by its [`EventTiming`]. All times are UTC.
///
/// A cron line counts where there is one, number and unit otherwise. Runs that were missed are not made up for: what is
/// next lies in the future, at the place that it has in the series anyway. A series of number and unit goes through the
/// event's last run, or where there is none through its `start_time` or its making; so events that ran apart from each
/// other still do after a long pause, and none of them is due at once.
///
/// `start_time` in the future is the first run, whatever the series. `events.next_run_at` is not looked at: it is what an
/// earlier scheduler noted, and it does not change when the schedule does.
#[derive(Clone, Debug)]
pub struct Schedule {
    series: Series,
    start: Option<DateTime>,
}

#[derive(Clone, Debug)]
enum Series {
    Cron(Box<CronLine>),
    Every { seconds: i64, through: DateTime },
}

/// Why an event has no schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScheduleError {
    /// The cron line is none.
    Cron {
        /// The line.
        line: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The number is 0 or less.
    Number(i32),
    /// The unit is unknown.
    Unit(String),
}

impl Schedule {
    /// The schedule that an event has, whether it is in use or not.
    ///
    /// # Errors
    /// [`ScheduleError`] if it has none. Nothing is guessed.
    pub fn of<'e>(event: impl Into<EventTiming<'e>>) -> Result<Self, ScheduleError> {
        let event = event.into();
        let series = match event.custom_schedule {
            Some(line) if !line.trim().is_empty() => {
                Series::Cron(Box::new(CronLine::parse(line).map_err(|reason| {
                    ScheduleError::Cron {
                        line: line.to_owned(),
                        reason,
                    }
                })?))
            }
            _ => Series::Every {
                seconds: interval(&event)?,
                through: event.last_run_at.or(event.start_time).unwrap_or(event.created_at),
            },
        };
        Ok(Self {
            series,
            start: event.start_time,
        })
    }

    /// The first run that is later than a moment; none if there is none.
    pub fn next_after(&self, moment: DateTime) -> Option<DateTime> {
        if let Some(start) = self.start.filter(|start| *start > moment) {
            return Some(start);
        }
        match &self.series {
            Series::Cron(cron) => cron.next_after(moment),
            Series::Every { seconds, through } => {
                let before = through.checked_add_signed(TimeDelta::try_seconds(
                    (moment - *through).num_seconds().div_euclid(*seconds) * seconds,
                )?)?;
                let next = if before > moment {
                    before
                } else {
                    before.checked_add_signed(TimeDelta::try_seconds(*seconds)?)?
                };
                // Databases write years of five digits in ways of their own.
                (next.year() <= 9999).then_some(next)
            }
        }
    }
}

/// The seconds between two runs.
fn interval(event: &EventTiming<'_>) -> Result<i64, ScheduleError> {
    if event.schedule_number < 1 {
        return Err(ScheduleError::Number(event.schedule_number));
    }
    let unit = event
        .schedule_unit
        .known()
        .ok_or_else(|| ScheduleError::Unit(event.schedule_unit.to_string()))?;
    Ok(i64::from(event.schedule_number) * unit.seconds())
}

impl TimeUnit {
    /// How many seconds it has.
    pub const fn seconds(self) -> i64 {
        match self {
            Self::Seconds => 1,
            Self::Minutes => 60,
            Self::Hours => 3_600,
            Self::Days => 86_400,
        }
    }
}

impl fmt::Display for ScheduleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cron { line, reason } => write!(f, "the cron line `{line}` can't be read: {reason}"),
            Self::Number(number) => write!(f, "the schedule says every {number}, and there must be at least 1"),
            Self::Unit(unit) => write!(
                f,
                "the schedule's unit `{unit}` is none of SECONDS, MINUTES, HOURS and DAYS"
            ),
        }
    }
}

impl Error for ScheduleError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::jobs::fixtures::event;

    fn time(text: &str) -> DateTime {
        text.parse().unwrap()
    }

    #[test]
    fn number_and_unit_go_on_in_step_with_the_last_run() {
        let now = time("2025-07-14T10:07:30");
        for (number, unit, last_run, expected) in [
            // On time.
            (15, "MINUTES", "2025-07-14T10:00:02.5", "2025-07-14T10:15:02.5"),
            (24, "HOURS", "2025-07-14T00:00:00.012", "2025-07-15T00:00:00.012"),
            (1, "SECONDS", "2025-07-14T10:07:29.25", "2025-07-14T10:07:30.25"),
            // Overdue by a few runs or by a year: in step, and not now.
            (15, "MINUTES", "2025-07-14T09:00:02.5", "2025-07-14T10:15:02.5"),
            (1, "HOURS", "2024-07-14T00:41:00", "2025-07-14T10:41:00"),
            (7, "DAYS", "2025-06-01T03:30:00", "2025-07-20T03:30:00"),
            (30, "SECONDS", "2025-07-01T00:00:00", "2025-07-14T10:08:00"),
            // Due at this very moment: the next one is.
            (5, "MINUTES", "2025-07-14T10:02:30", "2025-07-14T10:12:30"),
            // A clock was wrong.
            (1, "DAYS", "2025-07-17T12:00:00", "2025-07-14T12:00:00"),
        ] {
            let mut event = event(1);
            event.schedule_number = number;
            event.schedule_unit = Stored::from_text(unit);
            event.last_run_at = Some(time(last_run));
            let next = Schedule::of(&event).unwrap().next_after(now);
            assert_eq!(next, Some(time(expected)), "{number} {unit} since {last_run}");
        }
    }

    #[test]
    fn an_event_that_never_ran_goes_by_its_start_or_its_making() {
        let now = time("2025-07-14T10:07:30");
        let mut event = event(1);
        event.schedule_unit = TimeUnit::Hours.into();
        event.created_at = time("2025-05-01T08:20:10");
        assert_eq!(
            Schedule::of(&event).unwrap().next_after(now),
            Some(time("2025-07-14T10:20:10"))
        );
        event.start_time = Some(time("2025-06-01T00:30:00"));
        assert_eq!(
            Schedule::of(&event).unwrap().next_after(now),
            Some(time("2025-07-14T10:30:00"))
        );
    }

    #[test]
    fn a_start_in_the_future_is_the_first_run() {
        let (now, start) = (time("2025-07-14T10:07:30"), time("2025-07-17T00:00:00"));
        let mut event = event(1);
        event.start_time = Some(start);
        event.last_run_at = Some(now);
        for line in [None, Some("*/5 * * * *".to_owned()), Some("0 0 31 2 *".to_owned())] {
            event.custom_schedule = line;
            assert_eq!(Schedule::of(&event).unwrap().next_after(now), Some(start));
        }
        // Once it has begun, the series goes on.
        event.custom_schedule = Some("*/5 * * * *".to_owned());
        assert_eq!(
            Schedule::of(&event).unwrap().next_after(start),
            Some(time("2025-07-17T00:05:00"))
        );
    }

    #[test]
    fn a_cron_line_counts_instead_of_number_and_unit() {
        let now = time("2025-07-14T10:07:30");
        let mut event = event(1);
        event.schedule_number = 0;
        event.custom_schedule = Some("0 3 * * *".to_owned());
        assert_eq!(
            Schedule::of(&event).unwrap().next_after(now),
            Some(time("2025-07-15T03:00:00"))
        );
        // A blank line is none.
        event.schedule_number = 1;
        event.last_run_at = Some(time("2025-07-14T10:07:10"));
        for blank in ["", "  \t"] {
            event.custom_schedule = Some(blank.to_owned());
            assert_eq!(
                Schedule::of(&event).unwrap().next_after(now),
                Some(time("2025-07-14T10:08:10"))
            );
        }
    }

    #[test]
    fn what_can_not_be_read_is_said() {
        let mut event = event(1);
        let said = |event: &events::Model| Schedule::of(event).unwrap_err().to_string();
        event.custom_schedule = Some("not a cron".to_owned());
        assert_eq!(
            said(&event),
            "the cron line `not a cron` can't be read: it has 3 fields, not 5 or 6"
        );
        event.custom_schedule = None;
        event.schedule_number = 0;
        assert_eq!(said(&event), "the schedule says every 0, and there must be at least 1");
        event.schedule_number = 2;
        event.schedule_unit = Stored::from_text("WEEKS");
        assert_eq!(
            said(&event),
            "the schedule's unit `WEEKS` is none of SECONDS, MINUTES, HOURS and DAYS"
        );
    }

    #[test]
    fn a_series_without_an_end_that_can_be_written_has_no_next_run() {
        let mut event = event(1);
        event.schedule_number = i32::MAX;
        event.schedule_unit = TimeUnit::Days.into();
        event.last_run_at = Some(time("2025-07-14T10:00:00"));
        let schedule = Schedule::of(&event).unwrap();
        assert_eq!(schedule.next_after(time("2025-07-14T10:07:30")), None);
        event.schedule_unit = TimeUnit::Seconds.into();
        let schedule = Schedule::of(&event).unwrap();
        assert_eq!(
            schedule.next_after(time("2025-07-14T10:07:30")),
            Some(time("2093-08-01T13:14:07"))
        );
    }

    fn moments() -> impl Strategy<Value = DateTime> {
        // From 1990 to 2060, to the microsecond.
        (631_152_000_000_000_i64..2_840_140_800_000_000)
            .prop_map(|micros| chrono::DateTime::from_timestamp_micros(micros).unwrap().naive_utc())
    }

    proptest! {
        #[test]
        fn the_next_run_of_an_interval_is_the_first_in_step_after_the_moment(
            number in 1_i32..2_000,
            unit in prop::sample::select(vec![TimeUnit::Seconds, TimeUnit::Minutes, TimeUnit::Hours, TimeUnit::Days]),
            through in moments(),
            now in moments(),
        ) {
            let mut event = event(1);
            event.schedule_number = number;
            event.schedule_unit = unit.into();
            event.last_run_at = Some(through);
            let schedule = Schedule::of(&event).unwrap();
            let next = schedule.next_after(now).unwrap();
            let interval = TimeDelta::seconds(i64::from(number) * unit.seconds());
            prop_assert!(next > now && next - interval <= now);
            let micros = interval.num_microseconds().unwrap();
            prop_assert_eq!((next - through).num_microseconds().unwrap() % micros, 0);
            prop_assert_eq!(schedule.next_after(now), Some(next));
        }

        #[test]
        fn the_next_run_of_a_cron_line_is_in_the_future(
            minute in "(\\*|[0-9]|[1-5][0-9]|\\*/[1-9]|[0-9]-5[0-9]/[1-9])",
            hour in "(\\*|[0-9]|1[0-9]|2[0-3]|\\*/[1-9])",
            day in "(\\*|[1-9]|[12][0-9]|3[01]|L|\\?)",
            month in "(\\*|[1-9]|1[0-2]|JAN|\\*/3)",
            weekday in "(\\*|[0-7]|MON-FRI|SUN,WED|5L|\\?)",
            now in moments(),
        ) {
            let mut event = event(1);
            event.custom_schedule = Some(format!("{minute} {hour} {day} {month} {weekday}"));
            // Some months lack some days.
            let Ok(schedule) = Schedule::of(&event) else { return Ok(()) };
            let next = schedule.next_after(now);
            prop_assert!(next.is_none_or(|next| next > now));
            prop_assert_eq!(schedule.next_after(now), next);
        }

        #[test]
        fn no_text_is_too_strange_to_be_refused(line in "\\PC{0,24}") {
            let mut event = event(1);
            event.custom_schedule = Some(line);
            if let Ok(schedule) = Schedule::of(&event) {
                let _ = schedule.next_after(event.created_at);
            }
        }
    }
}
