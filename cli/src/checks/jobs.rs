//! Jobs: every event has its entry, and every log the job of its own run.

use std::collections::HashSet;

use async_trait::async_trait;
use data_migrations::{EVENT_JOBS, LOGS_TO_JOBS};
use entity::{
    events::{
        EventType, LogStatus,
        events::{self, Column as Event},
        logs::{self, Column as Log},
    },
    jobs::{
        JobId, JobStatus,
        jobs::{self, Column as Job},
    },
};
use sea_orm::{
    ActiveEnum as _, ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, Iterable as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, ExprTrait as _, Func, Query},
};
use seawright::{
    data::sql,
    history::Result,
    verify::{Ask, Asking, Check, Found, Row},
};

/// What the identifiers of the jobs begin with that were made of logs ([`JobId::for_log`]), and of events.
const OF_LOGS: &str = "job_log-";
const OF_EVENTS: &str = "job_evt-";

pub(super) fn checks() -> Vec<Check> {
    let going_on = [LogStatus::Pending, LogStatus::Running].map(|status| status.to_value());
    vec![
        Check::none(
            "jobs:of-events",
            "every event has its entry among the jobs",
            events::Entity::find().filter(Expr::exists(entry()).not()),
        )
        .showing([Event::Name, Event::Status])
        .help(format!(
            "`seawright data run {EVENT_JOBS}` makes the entries that are missing"
        )),
        Check::none(
            "jobs:of-runs",
            "every run that is over has a job",
            logs::Entity::find()
                .filter(Log::JobId.is_null())
                .filter(Log::Status.is_not_in(going_on)),
        )
        .showing([Log::EventId, Log::Status])
        .help(format!(
            "`seawright data run {LOGS_TO_JOBS}` makes the jobs that are missing"
        )),
        Check::none(
            "jobs:own-event",
            "every log's job is one of the log's own event",
            logs::Entity::find().filter(Expr::exists(of_another_event())),
        )
        .showing([Log::EventId, Log::JobId])
        .help("link the log to the job of its own run: `job_log-` and its id, hexadecimal"),
        Check::none(
            "jobs:own-run",
            "no log's job is one that was made of another log",
            logs::Entity::find().filter(Expr::exists(of_another_log())),
        )
        .showing([Log::EventId, Log::JobId])
        .help("link the log to the job of its own run: `job_log-` and its id, hexadecimal"),
        Check::none(
            "jobs:in-step",
            "every job that was made of a log has ended as the log says",
            logs::Entity::find().filter(Expr::exists(ended_otherwise())),
        )
        .showing([Log::Status, Log::JobId])
        .help("somebody has changed one of the two by hand: the steps of `jobs::queue` change both"),
        Check::custom(
            "jobs:have-logs",
            "every job that was made of a log has that log",
            HaveLogs,
        )
        .help("the log was deleted: bring it back, or delete its job too"),
        Check::none(
            "jobs:identifiers",
            "every job's identifier is `job_` and twelve characters",
            jobs::Entity::find().filter(
                Expr::from(Func::char_length(Job::Id.into_expr()))
                    .ne(16)
                    .or(beginning(Job::Id.into_expr(), 4).ne("job_")),
            ),
        ),
        Check::none(
            "jobs:runtime-api",
            "every script is one for the runtime API",
            events::Entity::find()
                .filter(Event::Type.is_in(EventType::SCRIPTS.map(|script| script.to_value())))
                .filter(Event::Tags.into_expr().cast_as("text").not_like("%runtime:api%")),
        )
        .showing([Event::Name, Event::Type])
        .help("`seawright data run m20261124_130000_runtime_api` rewrites it"),
    ]
}

fn beginning(text: Expr, length: i32) -> Expr {
    Expr::from(Func::cust("substr").args([text, Expr::val(1), Expr::val(length)]))
}

/// The entry of the row of `events`, looked up by its key.
fn entry() -> sea_orm::sea_query::SelectStatement {
    let id = sql::concat([Expr::cust(format!("'{OF_EVENTS}'")), sql::hex(&Event::Id.into_expr())]);
    Query::select()
        .expr(Expr::cust("1"))
        .from(jobs::Entity)
        .and_where(Job::Id.into_expr().eq(id))
        .and_where(Job::EventId.into_expr().eq(Event::Id.into_expr()))
        .take()
}

fn of_another_event() -> sea_orm::sea_query::SelectStatement {
    Query::select()
        .expr(Expr::cust("1"))
        .from(jobs::Entity)
        .and_where(Job::Id.into_expr().eq(Log::JobId.into_expr()))
        .and_where(Job::EventId.into_expr().ne(Log::EventId.into_expr()))
        .take()
}

/// The job of the log, if it is one that was made of another log of the same event; another event's is the check's before.
fn of_another_log() -> sea_orm::sea_query::SelectStatement {
    let own = sql::concat([Expr::cust(format!("'{OF_LOGS}'")), sql::hex(&Log::Id.into_expr())]);
    Query::select()
        .expr(Expr::cust("1"))
        .from(jobs::Entity)
        .and_where(Job::Id.into_expr().eq(Log::JobId.into_expr()))
        .and_where(Job::EventId.into_expr().eq(Log::EventId.into_expr()))
        .and_where(beginning(Job::Id.into_expr(), 8).eq(OF_LOGS))
        .and_where(Job::Id.into_expr().ne(own))
        .take()
}

/// The job that was made of the log, if just one of the two went well.
fn ended_otherwise() -> sea_orm::sea_query::SelectStatement {
    let well = |log: LogStatus, job: JobStatus| {
        let (log, job) = (
            Log::Status.into_expr().eq(log.to_value()),
            Job::Status.into_expr().eq(job.to_value()),
        );
        log.clone().and(job.clone().not()).or(log.not().and(job))
    };
    Query::select()
        .expr(Expr::cust("1"))
        .from(jobs::Entity)
        .and_where(Job::Id.into_expr().eq(Log::JobId.into_expr()))
        .and_where(beginning(Job::Id.into_expr(), 8).eq(OF_LOGS))
        .and_where(well(LogStatus::Success, JobStatus::Completed))
        // What is no status says nothing, and is another check's.
        .and_where(
            Log::Status
                .into_expr()
                .is_in(LogStatus::iter().map(|status| status.to_value())),
        )
        .and_where(
            Job::Status
                .into_expr()
                .is_in(JobStatus::iter().map(|status| status.to_value())),
        )
        .take()
}

/// The log's number stands in the identifier in hexadecimal, which no two databases read back in the same way.
struct HaveLogs;

/// How many jobs are read at a time.
const PAGE: u64 = 5000;

#[async_trait]
impl Ask for HaveLogs {
    async fn ask(&self, asking: &Asking<'_>) -> Result<Found> {
        let of_logs = || {
            jobs::Entity::find()
                .select_only()
                .column(Job::Id)
                .filter(beginning(Job::Id.into_expr(), 8).eq(OF_LOGS))
                .order_by_asc(Job::Id)
        };
        let mut found = Found::by(of_logs().build(asking.db().get_database_backend()).to_string());
        let mut after: Option<JobId> = None;
        loop {
            let mut page = of_logs().limit(PAGE);
            if let Some(after) = after.take() {
                page = page.filter(Job::Id.gt(after));
            }
            let ids: Vec<JobId> = page.into_tuple().all(asking.db()).await?;
            let Some(last) = ids.last() else {
                return Ok(found);
            };
            after = Some(last.clone());
            let log_of = |id: &JobId| {
                let digits = id.as_str().get(OF_LOGS.len()..)?;
                u32::from_str_radix(digits, 16).ok().map(u32::cast_signed)
            };
            let there: HashSet<i32> = logs::Entity::find()
                .select_only()
                .column(Log::Id)
                .filter(Log::Id.is_in(ids.iter().filter_map(log_of)))
                .into_tuple()
                .all(asking.db())
                .await?
                .into_iter()
                .collect();
            for id in &ids {
                found.looked_at += 1;
                match log_of(id) {
                    Some(log) if there.contains(&log) => {}
                    Some(log) => found.add(Row::new("jobs", id).because(format!("there is no log {log}"))),
                    None => found.add(Row::new("jobs", id).because("it names no log")),
                }
            }
        }
    }
}
