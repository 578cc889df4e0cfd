//! The jobs of the time before there were jobs: one a log, and one an event.

mod entry;
mod event_jobs;
mod log_job;
mod logs_to_jobs;

use entity::events::{events, logs};
use sea_orm::{ColumnTrait as _, sea_query::Expr};
use seawright::data::sql;

pub use event_jobs::{EVENT_JOBS, EventsToJobs};
pub use log_job::{GRACE_SECONDS, NO_OUTCOME};
pub use logs_to_jobs::{LOGS_TO_JOBS, LogsToJobs};

/// What the identifiers of jobs begin with that [`JobId::for_log`](entity::jobs::JobId::for_log) makes.
const OF_LOGS: &str = "job_log-";
/// And those that [`JobId::for_event`](entity::jobs::JobId::for_event) makes.
const OF_EVENTS: &str = "job_evt-";

/// [`JobId::for_log`](entity::jobs::JobId::for_log) of the row of `logs`, in SQL.
fn job_of_log() -> Expr {
    sql::concat([
        Expr::cust(format!("'{OF_LOGS}'")),
        sql::hex(&logs::Column::Id.into_expr()),
    ])
}

/// [`JobId::for_event`](entity::jobs::JobId::for_event) of the row of `events`, in SQL.
fn job_of_event() -> Expr {
    sql::concat([
        Expr::cust(format!("'{OF_EVENTS}'")),
        sql::hex(&events::Column::Id.into_expr()),
    ])
}

#[cfg(test)]
mod tests {
    use entity::jobs::JobId;

    use super::*;

    #[test]
    fn the_identifiers_begin_as_they_are_said_to() {
        assert!(JobId::for_log(7).as_str().starts_with(OF_LOGS));
        assert!(JobId::for_event(7).as_str().starts_with(OF_EVENTS));
    }
}
