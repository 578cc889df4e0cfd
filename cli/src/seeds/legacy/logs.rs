//! The log of the events' runs.

use chrono::{NaiveDateTime, TimeDelta};
use sea_orm::DbErr;

use super::{
    Plan,
    events::Event,
    people::GONE,
    random::{LAST_DAY, Random, cycle, id},
    scripts::EVENTS,
    sink::{Key, Row, Sink},
    workflows::WORKFLOWS,
};

/// Logs of a unit.
pub(super) const LOGS: usize = 729;

/// The first logs have one of each, then chance takes from all: more than half went well.
const STATUSES: [&str; 14] = [
    "SUCCESS", "FAILURE", "RUNNING", "PENDING", "PAUSED", "TIMEOUT", "PARTIAL", "SUCCESS", "SUCCESS", "SUCCESS",
    "SUCCESS", "SUCCESS", "SUCCESS", "FAILURE",
];
const OF_EACH: usize = 7;

/// The days that the logs cover.
const DAYS: i64 = 40;

/// Inserts the logs, in the order in which the runs began.
pub(super) async fn insert(sink: &mut Sink<'_>, plan: Plan, users: &[String], events: &[Event]) -> Result<(), DbErr> {
    let mut random = Random::of("logs", plan.rng);
    let count = plan.units * LOGS;
    let apart = TimeDelta::milliseconds(DAYS * 86_400_000 / i64::from(id(count)));
    let mut start = LAST_DAY - TimeDelta::days(DAYS);
    let rows = (0..count).map(|at| {
        start += apart;
        // Within its own part of the time, so that the next begins later.
        let part = u32::try_from(apart.num_milliseconds()).unwrap_or(u32::MAX);
        let moment = start - TimeDelta::milliseconds(i64::from(random.below(part)));
        log(at, moment, users, events, &mut random)
    });
    sink.insert("logs", Key::Counted { gone: 11 }, rows).await
}

fn log(at: usize, start: NaiveDateTime, users: &[String], events: &[Event], random: &mut Random) -> Row<14> {
    let status = if at < OF_EACH {
        STATUSES[at]
    } else {
        random.pick(&STATUSES)
    };
    let of = random.index(events.len());
    let event = &events[of];
    let ended = !matches!(status, "RUNNING" | "PENDING");
    let duration = ended.then(|| {
        if status == "PAUSED" {
            0
        } else {
            random.between(12, 90_000)
        }
    });
    let good = status == "SUCCESS";
    // A few rows come from before the columns were filled.
    let (name, kind) = match random.below(12) {
        0 => (None, None),
        1 => (Some("an earlier name".to_owned()), Some(event.kind)),
        2 => (Some(event.name.clone()), None),
        _ => (Some(event.name.clone()), Some(event.kind)),
    };
    let user = match random.below(40) {
        0 => None,
        1 => Some(GONE),
        _ => Some(users[event.user].as_str()),
    };
    let workflow = random
        .one_in(8)
        .then(|| id(of / EVENTS * WORKFLOWS + random.index(WORKFLOWS) + 1));
    [
        ("id", id(at + 1).into()),
        ("event_id", id(of + 1).into()),
        ("workflow_id", workflow.into()),
        ("status", status.into()),
        (
            "output",
            if status == "PENDING" { None } else { output(at, random) }.into(),
        ),
        ("start_time", start.into()),
        (
            "end_time",
            duration
                .map(|duration| start + TimeDelta::milliseconds(i64::from(duration)))
                .into(),
        ),
        ("duration", duration.into()),
        ("successful", if random.one_in(60) { None } else { Some(good) }.into()),
        ("script_name", name.into()),
        ("script_type", kind.into()),
        (
            "retries",
            cycle(&[Some(0), Some(0), Some(0), Some(2), None], random.index(5)).into(),
        ),
        ("error", error(status, random).into()),
        ("user_id", user.into()),
    ]
}

fn output(at: usize, random: &mut Random) -> Option<String> {
    let word = random.nanoid(12);
    Some(match random.below(20) {
        0 => return None,
        1 => String::new(),
        2 => format!("{{\"n\": {at}, \"word\": \"{word}\"}}"),
        3 => format!("\u{1b}[32mfertig\u{1b}[0m ✅ {word}\r\n"),
        4 => format!("C:\\temp\\{word}\t'a'\t\"b\"\\n is no line end\n"),
        5 if at.is_multiple_of(50) => format!("{word}\n").repeat(400),
        n => (1..n)
            .map(|line| format!("line {line}\t{word}\tÄußerung {}\n", line * 7))
            .collect::<Vec<_>>()
            .concat(),
    })
}

fn error(status: &str, random: &mut Random) -> Option<String> {
    Some(match status {
        "FAILURE" => match random.below(4) {
            0 => "bash: line 3: jq: command not found\n\texit code 127".to_owned(),
            1 => "Traceback (most recent call last):\n  File \"script.py\", line 4, in <module>\nKeyError: 'größe'"
                .to_owned(),
            2 => "connect ETIMEDOUT: the request timed out".to_owned(),
            _ => format!("exit code {}", random.between(1, 127)),
        },
        "TIMEOUT" => "Script execution timeout after 30 seconds".to_owned(),
        "PARTIAL" => "1 of 2 servers failed: Archiv-Büro 1: Permission denied (publickey).".to_owned(),
        "PAUSED" => "Maximum executions reached".to_owned(),
        _ if random.one_in(30) => String::new(),
        _ => return None,
    })
}
