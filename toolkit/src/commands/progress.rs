//! What a run tells while it runs: a bar in a terminal, a line a minute elsewhere, or JSON documents.

use std::{
    collections::VecDeque,
    io::{IsTerminal as _, Write as _},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::ProgressArg;
use crate::data::progress::{Event, Listener, UNWATCHED};

/// How often a run speaks where there is no terminal.
const MINUTE: Duration = Duration::from_mins(1);
/// How many rows a step's quarantine and remarks may have before they are only counted: the report has them.
const SPOKEN: u64 = 20;

/// Tells on standard error.
pub(super) struct Progress {
    how: ProgressArg,
    terminal: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    bar: Option<ProgressBar>,
    eta: Eta,
    spoken: Option<Instant>,
    remarks: u64,
}

impl Progress {
    pub(super) fn new(how: ProgressArg) -> Self {
        Self {
            how,
            terminal: std::io::stderr().is_terminal(),
            state: Mutex::default(),
        }
    }
}

impl Listener for Progress {
    fn hear(&self, event: &Event) {
        match self.how {
            ProgressArg::None => {}
            ProgressArg::Json => {
                if let Ok(line) = serde_json::to_string(event) {
                    say(&line);
                }
            }
            ProgressArg::Auto => {
                let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                state.hear(event, self.terminal);
            }
        }
    }
}

/// Says something that is no part of the result.
pub(super) fn note(text: &str) {
    text.lines().for_each(say);
}

fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

impl State {
    fn hear(&mut self, event: &Event, terminal: bool) {
        match event {
            Event::StepStarted { .. } => {
                *self = Self::default();
                self.spoken = Some(Instant::now());
            }
            Event::DataStarted { step, pending } => {
                *self = Self::default();
                self.spoken = Some(Instant::now());
                if terminal && *pending > 0 {
                    let bar = ProgressBar::with_draw_target(Some(*pending), ProgressDrawTarget::stderr());
                    if let Ok(style) = ProgressStyle::with_template("  {prefix} {wide_bar} {pos}/{len} rows {msg}") {
                        bar.set_style(style);
                    }
                    bar.set_prefix(step.clone());
                    self.bar = Some(bar);
                }
            }
            Event::StepDone { step, milliseconds } => {
                self.clear();
                say(&format!("  {step} ({milliseconds} ms)"));
            }
            Event::Batch { step, done, total, .. } => {
                self.eta.add(Instant::now(), *done);
                let left = self.eta.text(total.saturating_sub(*done));
                if let Some(bar) = &self.bar {
                    bar.set_length(*total);
                    bar.set_position(*done);
                    bar.set_message(left);
                    if done >= total {
                        self.clear();
                    }
                } else if self.spoken.is_none_or(|spoken| spoken.elapsed() >= MINUTE) {
                    self.spoken = Some(Instant::now());
                    say(&format!("  {step}: {done} of {total} rows, {left}"));
                }
            }
            Event::Quarantined { table, key, reason, .. } => self.remark("quarantine", table, key, reason),
            Event::Noted { table, key, note, .. } => self.remark("to look at", table, key, note),
            Event::Locked { holder } => {
                let whose = holder.as_deref().unwrap_or("it does not say whose");
                self.line(&format!("  another run is under way ({whose}): waiting for its end"));
            }
            Event::Held { step, why } => self.line(&format!("  {step} waits: {why}")),
            Event::Unwatched { step } => self.line(&format!("  {step}: {UNWATCHED}")),
            Event::Retried { step, reason } => {
                self.line(&format!("  {step}: a batch is tried again, smaller: {reason}"));
            }
        }
    }

    fn remark(&mut self, kind: &str, table: &str, key: &str, text: &str) {
        self.remarks += 1;
        let key = key.replace('\u{1f}', "/");
        if self.remarks <= SPOKEN {
            self.line(&format!("  {kind}: {table} {key}: {text}"));
        } else if self.remarks == SPOKEN + 1 {
            self.line("  … more of these are counted, and in the report");
        }
    }

    /// A line above the bar, if there is one.
    fn line(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| say(line)),
            None => say(line),
        }
    }

    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// How long is left, between the speed of late and that of all the time: where the two differ, so do the two ends of what is
/// said, and before there is enough to go by nothing is said at all.
#[derive(Debug, Default)]
struct Eta {
    begin: Option<(Instant, u64)>,
    late: VecDeque<(Instant, u64)>,
}

impl Eta {
    /// What counts as late.
    const LATE: Duration = Duration::from_secs(20);
    /// What is enough to go by.
    const ENOUGH: Duration = Duration::from_secs(3);

    fn add(&mut self, now: Instant, done: u64) {
        self.begin.get_or_insert((now, done));
        self.late.push_back((now, done));
        while self
            .late
            .front()
            .is_some_and(|(then, _)| self.late.len() > 2 && now.duration_since(*then) > Self::LATE)
        {
            self.late.pop_front();
        }
    }

    /// Rows a second: of late, and all the time.
    fn rates(&self) -> Option<(f64, f64)> {
        let (now, done) = *self.late.back()?;
        let rate = |(then, before): (Instant, u64)| {
            let seconds = now.duration_since(then).as_secs_f64();
            #[expect(clippy::cast_precision_loss, reason = "a speed is not exact")]
            (seconds > 0.0).then(|| done.saturating_sub(before) as f64 / seconds)
        };
        if now.duration_since(self.begin?.0) < Self::ENOUGH {
            return None;
        }
        Some((rate(*self.late.front()?)?, rate(self.begin?)?))
    }

    fn text(&self, left: u64) -> String {
        let Some((late, all)) = self.rates() else {
            return String::new();
        };
        #[expect(clippy::cast_precision_loss, reason = "a time is not exact")]
        let seconds = |rate: f64| left as f64 / rate.max(f64::MIN_POSITIVE);
        let (soon, long) = (seconds(late.max(all)), seconds(late.min(all)));
        let rate = format!("{late:.0} a second");
        if long > 30.0 * 86_400.0 {
            return format!("{rate}, no end in sight");
        }
        if long < soon * 1.25 {
            return format!("{rate}, about {} left", time(long));
        }
        format!("{rate}, {} to {} left", time(soon), time(long))
    }
}

fn time(seconds: f64) -> String {
    match seconds {
        ..90.0 => format!("{seconds:.0} s"),
        ..5400.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(rows: &[(u64, u64)]) -> Eta {
        let begin = Instant::now();
        let mut eta = Eta::default();
        for (second, done) in rows {
            eta.add(begin + Duration::from_secs(*second), *done);
        }
        eta
    }

    #[test]
    fn nothing_is_said_before_there_is_enough_to_go_by() {
        assert_eq!(Eta::default().text(100), "");
        assert_eq!(after(&[(0, 0), (2, 1000)]).text(100), "");
    }

    #[test]
    fn a_steady_speed_gives_one_time() {
        assert_eq!(
            after(&[(0, 0), (5, 500), (10, 1000)]).text(6000),
            "100 a second, about 60 s left"
        );
    }

    #[test]
    fn a_speed_that_has_changed_gives_two() {
        let eta = after(&[(0, 0), (50, 50_000), (60, 50_100), (70, 50_200)]);
        assert_eq!(eta.text(7200), "10 a second, 10 s to 12 min left");
    }

    #[test]
    fn a_speed_of_nothing_has_no_end() {
        assert_eq!(after(&[(0, 0), (50, 0)]).text(10), "0 a second, no end in sight");
    }
}
