//! Events, their variables and their servers.

use chrono::TimeDelta;
use sea_orm::DbErr;
use serde_json::{Value as Json, json};

use super::{
    Plan,
    people::USERS,
    random::{LAST_DAY, Random, cycle, id},
    scripts::{EVENTS, Work, work},
    sink::{Key, Row, Sink},
    tools::SERVERS,
};

/// What the other tables have to know about an event.
pub(super) struct Event {
    pub(super) name: String,
    pub(super) kind: &'static str,
    /// The index of its user.
    pub(super) user: usize,
}

/// Every third event has two variables.
const VARIABLES: usize = 22;
/// Every eighth event runs on two servers.
const ON_SERVERS: usize = 8;

/// Schedules: good ones, ones that no cron reads, and ones that never come.
const SCHEDULES: [Option<&str>; 13] = [
    None,
    Some("0 3 * * *"),
    None,
    Some("*/15 * * * *"),
    Some("not a cron"),
    Some("*/5 9-17 * * 1-5"),
    None,
    Some(""),
    Some("61 25 * * *"),
    Some("@daily"),
    Some("*/30 * * * * *"),
    Some("0 0 31 2 *"),
    Some("0 12 * * MON,WED"),
];

/// Inserts the events with what belongs to them, and gives what the other tables have to know.
pub(super) async fn insert(sink: &mut Sink<'_>, plan: Plan, users: &[String]) -> Result<Vec<Event>, DbErr> {
    let mut random = Random::of("events", plan.rng);
    let mut events = Vec::with_capacity(plan.units * EVENTS);
    let rows = (0..plan.units * EVENTS).map(|at| {
        let (unit, own) = (at / EVENTS, at % EVENTS);
        let work = work(unit, own);
        let event = Event {
            name: if unit == 0 {
                work.name.to_owned()
            } else {
                format!("{} ({unit})", work.name)
            },
            kind: work.kind,
            user: unit * USERS + random.index(USERS),
        };
        let row = event_row(at, &event, work, &users[event.user], &mut random);
        events.push(event);
        row
    });
    sink.insert("events", Key::Counted { gone: 1 }, rows).await?;

    let mut random = Random::of("env_vars", plan.rng);
    let rows = (0..plan.units * VARIABLES).map(|at| variable(at, &mut random));
    sink.insert("env_vars", Key::Counted { gone: 4 }, rows).await?;

    let mut random = Random::of("event_servers", plan.rng);
    let rows = (0..plan.units * ON_SERVERS).map(|at| -> Row<4> {
        let (unit, own) = (at / ON_SERVERS, at % ON_SERVERS);
        // The last pair says the same twice: nothing kept it out.
        let server = if own == ON_SERVERS - 1 { 0 } else { own % 2 };
        [
            ("id", id(at + 1).into()),
            ("event_id", id(unit * EVENTS + (own / 2 + 1) * EVENTS / 4).into()),
            ("server_id", id(unit * SERVERS + server + 1).into()),
            ("created_at", random.days_before(60, 2).into()),
        ]
    });
    sink.insert("event_servers", Key::Counted { gone: 2 }, rows).await?;
    Ok(events)
}

fn event_row(at: usize, event: &Event, work: Work, user: &str, random: &mut Random) -> Row<32> {
    let (unit, number) = (at / EVENTS, at + 1);
    let (made, changed) = random.made_and_changed();
    let schedule = (SCHEDULES.len() + at - unit) % SCHEDULES.len();
    let status = cycle(
        &["ACTIVE", "ACTIVE", "PAUSED", "ACTIVE", "DRAFT", "ARCHIVED", "ACTIVE"],
        at,
    );
    let (location, server) = match number % 8 {
        // On the servers of `event_servers`.
        0 => ("REMOTE", None),
        3 | 6 if number % 3 == 0 => ("REMOTE", Some(id(unit * SERVERS + at % SERVERS + 1))),
        // On none: nothing kept it out.
        5 if number % 4 == 1 && at.is_multiple_of(7) => ("REMOTE", None),
        _ => ("LOCAL", None),
    };
    let good = random.between(0, 400);
    let bad = if random.one_in(3) { random.between(1, 40) } else { 0 };
    let most = cycle(&[0, 0, 500, 0, 5], at);
    let last_run = (good + bad > 0).then(|| random.days_before(4, 0));
    let request = work.request;
    let (method, url, headers, body) = match request {
        Some(request) => (Some(request.method), Some(request.url), request.headers, request.body),
        None => (None, None, None, None),
    };
    [
        ("id", id(number).into()),
        ("user_id", user.into()),
        ("name", event.name.as_str().into()),
        (
            "description",
            cycle(
                &[None, Some("Jeden Tag, „wie immer“"), Some(""), Some("line 1\nline 2")],
                at,
            )
            .into(),
        ),
        ("shared", at.is_multiple_of(4).into()),
        ("type", work.kind.into()),
        ("content", work.content.into()),
        ("http_method", method.into()),
        ("http_url", url.into()),
        ("http_headers", headers.into()),
        ("http_body", body.into()),
        ("status", status.into()),
        // Many scheduled events say MANUAL: the forms never set it.
        (
            "trigger_type",
            cycle(&["MANUAL", "SCHEDULE", "MANUAL", "SCHEDULE", "SCHEDULE"], at).into(),
        ),
        ("schedule_number", cycle(&[24, 1, 15, 5, 30, 7], at).into()),
        (
            "schedule_unit",
            cycle(&["HOURS", "MINUTES", "SECONDS", "MINUTES", "DAYS"], at).into(),
        ),
        ("custom_schedule", SCHEDULES[schedule].into()),
        ("run_location", location.into()),
        ("server_id", server.into()),
        ("timeout_value", cycle(&[30, 30, 5, 2, 1], at).into()),
        (
            "timeout_unit",
            cycle(&["SECONDS", "SECONDS", "MINUTES", "HOURS", "DAYS"], at).into(),
        ),
        ("retries", cycle(&[0, 1, 3, 0, 10], at).into()),
        (
            "start_time",
            (at % 11 == 4).then(|| LAST_DAY + TimeDelta::days(3)).into(),
        ),
        (
            "execution_count",
            (good + bad).min(if most == 0 { i32::MAX } else { most }).into(),
        ),
        ("max_executions", most.into()),
        ("reset_counter_on_active", (at % 6 == 5).into()),
        ("last_run_at", last_run.into()),
        (
            "next_run_at",
            (status == "ACTIVE" && !at.is_multiple_of(3))
                .then(|| random.soon_after(LAST_DAY, 86_400))
                .into(),
        ),
        ("success_count", good.into()),
        ("failure_count", bad.into()),
        ("tags", tags(at).into()),
        ("created_at", made.into()),
        ("updated_at", changed.into()),
    ]
}

/// Labels: lists, and lists that a client had serialised already.
pub(super) fn tags(at: usize) -> Json {
    match at % 10 {
        0 | 4 => json!([]),
        1 | 8 => json!(["ops"]),
        2 => json!(["ops", "nightly"]),
        3 => json!("[\"ops\", \"nächtlich\"]"),
        5 => json!("[]"),
        6 => json!(["Größe", "tag with spaces", "runtime:legacy"]),
        7 => json!(["ops", "ops", ""]),
        _ => json!("[\"billing\"]"),
    }
}

fn variable(at: usize, random: &mut Random) -> Row<6> {
    let (unit, own) = (at / VARIABLES, at % VARIABLES);
    let (key, value) = match own {
        // 26 bytes and the 32 of the encryption; 157, the most that the column takes.
        0 | 4 => ("API_TOKEN", random.base64(58)),
        2 => ("LONGEST", random.base64(189)),
        6 => ("PIN", "4711".to_owned()),
        8 => ("EMPTY", String::new()),
        10 => ("GREETING", "Grüße, 世界".to_owned()),
        12 => ("MAX_255", "x".repeat(255)),
        14 => ("Path With Spaces", "/var/lib/my app/data".to_owned()),
        16 => ("API_URL", "https://example.com/?a=1&b=%20".to_owned()),
        // Names nothing, and is left out when the event runs.
        own if own % 2 == 1 => ("", "ignored".to_owned()),
        _ => ("API_URL", "https://example.com".to_owned()),
    };
    let (made, changed) = random.made_and_changed();
    [
        ("id", id(at + 1).into()),
        ("event_id", id(unit * EVENTS + own / 2 * 3 + 1).into()),
        ("key", key.into()),
        ("value", value.into()),
        ("created_at", made.into()),
        ("updated_at", changed.into()),
    ]
}
