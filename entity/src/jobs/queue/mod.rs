//! The life of a job: made for an event, claimed by an orchestrator, started, ended, tried again, forgotten.
//!
//! Every step is one guarded `UPDATE` of the job, so of two that want the same one wins and the other is told why not. The
//! log that sums the job up and the counters of its event follow in the same transaction.
//!
//! ```text
//! queued ──claim──▶ claimed ──start──▶ running ──complete──▶ completed
//!    ▲ ▲               │ │                │ │
//!    │ └───release─────┘ └──────fail──────┘ └── (cancel, from each of the three) ──▶ cancelled
//!    └─────────── while retries are left ──────── else ──▶ failed
//! ```

mod claim;
mod create;
mod error;
mod log;
mod report;
mod retention;
mod retry;
mod stuck;
mod transitions;

pub use claim::{Claim, claim};
pub use create::{Created, NewJob, When, create};
pub(crate) use create::{Part, create_in};
pub(crate) use error::Doing;
pub use error::{Deed, QueueError};
pub(crate) use log::{log_of, milliseconds};
pub(crate) use report::iso;
pub use report::{report_condition, report_output};
pub use retention::{LinkedLogs, Retention, Swept, sweep};
pub use retry::{BACKOFF_CEILING, BACKOFF_START, MOST_RETRIES, backoff};
pub use stuck::{Patience, Recovered, recover};
pub(crate) use transitions::cancel_in;
pub use transitions::{By, Completion, Failed, Failure, cancel, complete, fail, release, start};

use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait, Iterable as _, SqliteTransactionMode,
    TransactionOptions, TransactionTrait, UpdateMany, sea_query::ExprTrait as _,
};

use super::{JobPriority, JobType, jobs};

/// The jobs whose type and priority are known values. Nothing but their columns' types keeps others out, and one that can't be
/// read must not keep the rest from running; `seawright verify` names it.
fn readable() -> Condition {
    // A range, since that leaves the order of the index as it is, which a list would not.
    let priorities = i32::from(JobPriority::Low)..=i32::from(JobPriority::Critical);
    Condition::all().add(jobs::Column::Type.is_in(JobType::iter())).add(
        jobs::Column::Priority
            .into_expr()
            .between(*priorities.start(), *priorities.end()),
    )
}

/// Begins a transaction that will write.
///
/// On SQLite it takes the write lock at once: one that read first could find its reading out of date when it writes.
pub(crate) async fn begin<C: TransactionTrait>(db: &C) -> Result<C::Transaction, DbErr> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    db.begin_with_options(options).await
}

/// Updates rows and returns them as they are afterwards; where the database can't (MySQL), `again` reads them.
async fn returning<E: EntityTrait, C: ConnectionTrait>(
    tx: &C,
    update: UpdateMany<E>,
    again: sea_orm::Select<E>,
) -> Result<Option<E::Model>, DbErr> {
    if tx.support_returning() {
        return Ok(update.exec_with_returning(tx).await?.into_iter().next());
    }
    if update.exec(tx).await?.rows_affected == 0 {
        return Ok(None);
    }
    again.one(tx).await
}
