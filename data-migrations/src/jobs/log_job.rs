//! The job that a log becomes, as expressions over `logs`, its event and its user.

use entity::{
    events::{
        EventType, LogStatus, TimeUnit,
        events::{self, Column as Event},
        logs::{self, Column as Log},
    },
    identity::users::{self, Column as User},
    jobs::{JobOrigin, JobPriority, JobStatus, JobTrigger, JobType, jobs::Column as Job},
};
use sea_orm::{
    ActiveEnum, ColumnTrait as _, DbBackend, Iterable as _,
    prelude::DateTime,
    sea_query::{CaseStatement, Condition, Expr, ExprTrait as _, Func, JoinType, Query, SelectStatement},
};
use seawright::data::sql;
use serde_json::json;

use super::job_of_log;

/// How long after its event's timeout a run without an end is still taken for one in progress. Cronium's own clean-up
/// gives a job an hour.
pub const GRACE_SECONDS: i64 = 3_600;

/// What the job of a log says that has stayed `RUNNING` or `PENDING` for good: its process is gone, and took with it what
/// became of the run.
pub const NO_OUTCOME: &str = "no outcome of the run was recorded";

/// How logs become jobs on a database, at a moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogJob {
    pub(super) backend: DbBackend,
    pub(super) now: DateTime,
}

impl LogJob {
    /// The jobs of the logs that a condition holds for.
    pub(super) fn select(self, which: Condition) -> (Vec<Job>, SelectStatement) {
        let mut select = Query::select();
        select
            .from(logs::Entity)
            .join(
                JoinType::InnerJoin,
                events::Entity,
                Event::Id.into_expr().eq(Log::EventId.into_expr()),
            )
            .join(
                JoinType::LeftJoin,
                users::Entity,
                User::Id.into_expr().eq(Log::UserId.into_expr()),
            )
            .cond_where(which);
        let columns = self.columns();
        let names = columns.iter().map(|(column, _)| *column).collect();
        for (_, expr) in columns {
            select.expr(expr);
        }
        (names, select)
    }

    fn columns(self) -> Vec<(Job, Expr)> {
        let start = Log::StartTime.into_expr();
        let retries = Expr::from(Func::coalesce([Log::Retries.into_expr(), Expr::cust("0")]));
        vec![
            (Job::Id, job_of_log()),
            (Job::EventId, Log::EventId.into_expr()),
            // No key holds the log's user to a row; who is gone is stood in for by the event's owner.
            (
                Job::UserId,
                Func::coalesce([User::Id.into_expr(), Event::UserId.into_expr()]).into(),
            ),
            (Job::Type, kind()),
            (
                Job::Status,
                self.by_outcome(
                    text(JobStatus::Completed),
                    text(JobStatus::Failed),
                    text(JobStatus::Cancelled),
                    text(JobStatus::Running),
                    text(JobStatus::Failed),
                ),
            ),
            (Job::Priority, number(JobPriority::Normal.into())),
            (Job::Payload, self.payload()),
            (Job::ScheduledFor, start.clone()),
            (Job::OrchestratorId, null()),
            (Job::StartedAt, start.clone()),
            (Job::CompletedAt, self.end()),
            (Job::Result, self.result()),
            (
                Job::Attempts,
                self.by_outcome(
                    retries.clone(),
                    failed_once_more(&retries),
                    retries.clone(),
                    retries.clone(),
                    failed_once_more(&retries),
                ),
            ),
            (
                Job::LastError,
                self.by_outcome(
                    null(),
                    Log::Error.into_expr(),
                    Log::Error.into_expr(),
                    null(),
                    Expr::cust(format!("'{NO_OUTCOME}'")),
                ),
            ),
            (Job::Metadata, self.metadata()),
            (Job::CreatedAt, start.clone()),
            (Job::UpdatedAt, Func::coalesce([self.end(), start]).into()),
        ]
    }

    /// One of five values: for a run that went well, that went badly, that was not made, that is in progress, and that
    /// nobody wrote the end of.
    fn by_outcome(self, well: Expr, badly: Expr, not_made: Expr, in_progress: Expr, unknown: Expr) -> Expr {
        CaseStatement::new()
            .case(is([LogStatus::Success]), well)
            .case(is(LogStatus::iter().filter(|status| went_badly(*status))), badly)
            .case(is([LogStatus::Paused]), not_made)
            .case(self.is_in_progress(), in_progress)
            .finally(unknown)
            .into()
    }

    /// Whether a run that has no end may still get one: it is not much older than it may become.
    fn is_in_progress(self) -> Expr {
        let age = sql::seconds(self.backend, Log::StartTime.into_expr(), Expr::val(self.now));
        Log::EndTime
            .is_null()
            .and(age.lt(timeout_seconds().add(Expr::cust(GRACE_SECONDS.to_string()))))
    }

    /// When the run ended: as was written down, or as long after its start as it took, or when it had to be over.
    fn end(self) -> Expr {
        let start = || Log::StartTime.into_expr();
        let recorded = || {
            let by_duration = sql::after(self.backend, start(), Log::Duration.into_expr());
            [Log::EndTime.into_expr(), by_duration]
        };
        let ended = Expr::from(Func::coalesce(recorded().into_iter().chain([start()])));
        let had_to_end = sql::after(self.backend, start(), timeout_seconds().mul(Expr::cust("1000")));
        let lost = Expr::from(Func::coalesce(recorded().into_iter().chain([had_to_end])));
        self.by_outcome(ended.clone(), ended.clone(), ended, null(), lost)
    }

    /// Not the script of today: it is not what ran.
    fn payload(self) -> Expr {
        sql::json_object(
            self.backend,
            [
                ("executionLogId", Log::Id.into_expr()),
                ("input", sql::json(self.backend, &json!({}))),
                ("workflowId", Log::WorkflowId.into_expr()),
            ],
        )
    }

    fn metadata(self) -> Expr {
        let in_workflow = CaseStatement::new()
            .case(Log::WorkflowId.is_not_null(), text(JobTrigger::Workflow))
            .finally(null());
        sql::json_object(
            self.backend,
            [
                (
                    "eventName",
                    Func::coalesce([Log::EventName.into_expr(), Event::Name.into_expr()]).into(),
                ),
                // What else made a run, no log says.
                ("triggeredBy", in_workflow.into()),
                ("logId", Log::Id.into_expr()),
                ("workflowId", Log::WorkflowId.into_expr()),
                ("origin", text(JobOrigin::Migration)),
            ],
        )
    }

    /// None while the run is in progress.
    fn result(self) -> Expr {
        let exit_code = self.by_outcome(number(0), number(1), null(), null(), null());
        let no_outcome = Expr::cust(format!("'{NO_OUTCOME}'"));
        let error = || Log::Error.into_expr();
        let result = sql::json_object(
            self.backend,
            [
                ("output", Log::Output.into_expr()),
                ("exitCode", exit_code),
                ("error", self.by_outcome(error(), error(), error(), null(), no_outcome)),
            ],
        );
        CaseStatement::new()
            .case(
                is([LogStatus::Running, LogStatus::Pending]).and(self.is_in_progress()),
                null(),
            )
            .finally(result)
            .into()
    }
}

/// How long a run of the event may take. Of a unit that is none, nobody knows; so it is the longest.
fn timeout_seconds() -> Expr {
    let unit = TimeUnit::iter().fold(CaseStatement::new(), |unit, known| {
        unit.case(
            Event::TimeoutUnit.into_expr().eq(text(known)),
            Expr::cust(known.seconds().to_string()),
        )
    });
    Event::TimeoutValue
        .into_expr()
        .cast_as("bigint")
        .mul(unit.finally(Expr::cust(TimeUnit::Days.seconds().to_string())))
}

fn kind() -> Expr {
    let of_run = Func::coalesce([Log::EventType.into_expr(), Event::Type.into_expr()]);
    let of_run = || Expr::from(of_run.clone());
    CaseStatement::new()
        .case(of_run().eq(text(EventType::HttpRequest)), text(JobType::HttpRequest))
        .case(of_run().eq(text(EventType::ToolAction)), text(JobType::ToolAction))
        .finally(text(JobType::Script))
        .into()
}

/// Whether a status is one of those under which a run failed.
fn went_badly(status: LogStatus) -> bool {
    matches!(status, LogStatus::Failure | LogStatus::Timeout | LogStatus::Partial)
}

/// Whether the log has one of the statuses.
pub(super) fn is(statuses: impl IntoIterator<Item = LogStatus>) -> Expr {
    Log::Status.into_expr().is_in(statuses.into_iter().map(text))
}

fn failed_once_more(retries: &Expr) -> Expr {
    // The largest number stays what it is.
    Expr::from(Func::least([retries.clone(), number(i32::MAX - 1)])).add(number(1))
}

/// An enumeration's value as a text in the statement itself: as a parameter its type would have to be guessed.
fn text<E: ActiveEnum<Value = String>>(value: E) -> Expr {
    Expr::cust(format!("'{}'", value.into_value()))
}

fn number(value: i32) -> Expr {
    Expr::cust(value.to_string())
}

fn null() -> Expr {
    Expr::cust("NULL")
}
