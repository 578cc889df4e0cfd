//! How long jobs are kept that are over.

use chrono::TimeDelta;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, TransactionSession as _,
    TransactionTrait,
    prelude::Expr,
    sea_query::{LockBehavior, LockType},
};

use super::{Doing as _, QueueError, begin};
use crate::{
    World,
    events::logs,
    jobs::{JobId, JobStatus, jobs},
};

const DOING: &str = "deleting old jobs";

/// What becomes of the logs of a job that is deleted. They refer to it, so they can't stay as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkedLogs {
    /// They stay and refer to no job, as those of the time before there were jobs.
    #[default]
    Unlink,
    /// They go too.
    Delete,
}

/// Which jobs are deleted and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// How long a job is kept after its end. 30 days by default.
    pub keep: TimeDelta,
    /// What becomes of its logs.
    pub logs: LinkedLogs,
    /// How many jobs go in one transaction, 1 to 10,000. 1000 by default.
    pub batch: u64,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            keep: TimeDelta::days(30),
            logs: LinkedLogs::Unlink,
            batch: 1000,
        }
    }
}

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Jobs deleted.
    pub jobs: u64,
    /// Logs unlinked or deleted.
    pub logs: u64,
}

/// Deletes the jobs that ended long ago, batch by batch, each with its logs' links in one transaction.
///
/// Jobs that have no end are kept: those that wait, and those that the migration made for events that nothing runs.
///
/// # Errors
/// [`QueueError::Database`]. The batches before stay deleted.
pub async fn sweep<C: TransactionTrait>(
    db: &C,
    world: &impl World,
    retention: &Retention,
) -> Result<Swept, QueueError> {
    let end = world.now() - retention.keep;
    let mut swept = Swept::default();
    loop {
        let tx = begin(db).await.doing(DOING)?;
        let ids: Vec<JobId> = jobs::Entity::find()
            .select_only()
            .column(jobs::Column::Id)
            .filter(jobs::Column::Status.is_in(JobStatus::FINISHED))
            .filter(jobs::Column::CompletedAt.lt(end))
            .order_by_asc(jobs::Column::CompletedAt)
            .limit(retention.batch.clamp(1, 10_000))
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .into_tuple()
            .all(&tx)
            .await
            .doing(DOING)?;
        if ids.is_empty() {
            return Ok(swept);
        }
        let theirs = logs::Column::JobId.is_in(ids.iter().cloned());
        swept.logs += match retention.logs {
            LinkedLogs::Unlink => {
                let unlink = logs::Entity::update_many()
                    .col_expr(logs::Column::JobId, Expr::value(None::<String>))
                    .filter(theirs);
                unlink.exec(&tx).await.doing(DOING)?.rows_affected
            }
            LinkedLogs::Delete => {
                let delete = logs::Entity::delete_many().filter(theirs);
                delete.exec(&tx).await.doing(DOING)?.rows_affected
            }
        };
        let delete = jobs::Entity::delete_many().filter(jobs::Column::Id.is_in(ids));
        swept.jobs += delete.exec(&tx).await.doing(DOING)?.rows_affected;
        tx.commit().await.doing(DOING)?;
    }
}
