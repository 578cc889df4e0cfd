//! Jobs whose orchestrator is gone.

use chrono::TimeDelta;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, TransactionTrait, prelude::DateTime,
};

use super::{
    Doing as _, QueueError,
    transitions::{By, Failed, Failure, fail_if},
};
use crate::{
    World,
    events::TimeUnit,
    jobs::{JobStatus, jobs},
    values::Stored,
};

const DOING: &str = "looking for stuck jobs";

/// How many running jobs are read at once.
const PAGE: u64 = 500;

/// How long jobs may take before they are taken to be stuck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// From claim to start; who has waited longer goes back into the queue. 10 minutes by default.
    pub claimed: TimeDelta,
    /// From start to end; who takes longer fails, which may mean another try. 1 hour by default, or the job's own timeout
    /// where that is longer.
    pub running: TimeDelta,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            claimed: TimeDelta::minutes(10),
            running: TimeDelta::hours(1),
        }
    }
}

/// What became of the jobs that were stuck.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recovered {
    /// How many are in the queue again as if nobody had claimed them.
    pub handed_back: u64,
    /// Those that wait for their next try.
    pub again: Vec<jobs::Model>,
    /// Those that have failed for good.
    pub failed: Vec<jobs::Model>,
}

/// Takes stuck jobs from their orchestrators. One that turns out to be alive is told that the job is no longer its own.
///
/// A job that waits in the queue is not stuck, however long: it runs when there is an orchestrator again. Several may look at
/// the same time; each job is taken once.
///
/// # Errors
/// [`QueueError::Database`]. What was taken until then stays taken.
pub async fn recover<C>(db: &C, world: &impl World, patience: &Patience) -> Result<Recovered, QueueError>
where
    C: ConnectionTrait + TransactionTrait,
{
    let now = world.now();
    // There is no column for the time of the claim, but nothing else touches a job between claim and start.
    let back = jobs::ActiveModel {
        status: Set(JobStatus::Queued),
        orchestrator_id: Set(None),
        updated_at: Set(now),
        ..Default::default()
    };
    let back = jobs::Entity::update_many()
        .set(back)
        .filter(jobs::Column::Status.eq(JobStatus::Claimed))
        .filter(jobs::Column::UpdatedAt.lt(now - patience.claimed));
    let mut recovered = Recovered {
        handed_back: back.exec(db).await.doing(DOING)?.rows_affected,
        ..Recovered::default()
    };
    let mut after = None;
    loop {
        let mut page = jobs::Entity::find()
            .filter(jobs::Column::Status.eq(JobStatus::Running))
            .filter(super::readable())
            .filter(jobs::Column::StartedAt.lt(now - patience.running))
            .order_by_asc(jobs::Column::Id)
            .limit(PAGE);
        if let Some(after) = after {
            page = page.filter(jobs::Column::Id.gt(after));
        }
        let page = page.all(db).await.doing(DOING)?;
        let Some(last) = page.last() else { return Ok(recovered) };
        after = Some(last.id.clone());
        for job in page.iter().filter(|job| is_overdue(job, now)) {
            // It may have ended, or have been taken and started anew, since it was read.
            let same = Condition::all()
                .add(jobs::Column::Status.eq(JobStatus::Running))
                .add(jobs::Column::StartedAt.eq(job.started_at));
            let failure = Failure::because("Job timeout - stuck in running state");
            match fail_if(db, world, &job.id, By::System, same, failure).await {
                Ok(Failed::Again(job)) => recovered.again.push(job),
                Ok(Failed::ForGood(job)) => recovered.failed.push(job),
                Err(QueueError::State { .. } | QueueError::NoJob(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// Whether a job has run longer than it may by its own timeout; without one it has.
fn is_overdue(job: &jobs::Model, now: DateTime) -> bool {
    let timeout = job.payload.known().and_then(|payload| payload.timeout.as_ref());
    let Some((timeout, started)) = timeout.zip(job.started_at) else {
        return true;
    };
    let seconds = match &timeout.unit {
        Stored::Known(unit) => unit.seconds(),
        Stored::Unknown(_) => TimeUnit::Seconds.seconds(),
    };
    let own = TimeDelta::try_seconds(i64::from(timeout.value).saturating_mul(seconds));
    own.is_some_and(|own| now - started > own)
}
