//! Event → job: made by its schedule, claimed, failed, tried again, done, with its log beside it.

use async_trait::async_trait;
use chrono::TimeDelta;
use entity::{
    World as _,
    events::{EventTriggerType, LogStatus, TimeUnit, events, logs},
    jobs::{
        JobId, JobStatus, jobs,
        queue::{
            By, Claim, Completion, Failed, Failure, NewJob, QueueError, cancel, claim, complete, create, fail, start,
        },
    },
};
use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait as _};
use seawright::verify::{Flow, FlowError, Seen};

use super::{FlowWorld, ORCHESTRATOR, event, user};

pub(super) struct EventToJob;

#[async_trait]
impl Flow for EventToJob {
    fn name(&self) -> &'static str {
        "flows:event-to-job"
    }

    fn claim(&self) -> &'static str {
        "an event becomes a job by its schedule, and its log goes with it to the end"
    }

    async fn run(&self, db: &DatabaseTransaction, seen: &mut Seen) -> Result<(), FlowError> {
        let world = FlowWorld::before(db).await?;
        let owner = user(db, &world).await?;
        let event = event(db, &owner, |event| {
            event.trigger_type = Set(EventTriggerType::Schedule.into());
            event.schedule_number = Set(5);
            event.schedule_unit = Set(TimeUnit::Minutes.into());
            event.retries = Set(1);
        })
        .await?;
        seen.step(format!(
            "the event {event}, to be run every 5 minutes, once more if it fails"
        ));

        let created = create(db, &world, &NewJob::scheduled(event)).await?;
        let job = created.job.id.clone();
        let wait = created.job.scheduled_for - world.now();
        seen.must(
            wait > TimeDelta::zero() && wait <= TimeDelta::minutes(5),
            format!("the job {job} waits for the next run"),
            || format!("it is due in {} s", wait.num_seconds()),
        )?;
        log_is(db, seen, created.log_id, &job, LogStatus::Pending).await?;
        let early = claimed(db, &world).await?;
        seen.must(early.is_empty(), "nobody gets it before", || {
            format!("{} jobs were claimed", early.len())
        })?;

        world.pass(wait);
        claim_it(db, &world, seen, &job).await?;
        log_is(db, seen, created.log_id, &job, LogStatus::Running).await?;
        let failed = fail(db, &world, &job, ORCHESTRATOR, Failure::because("exit 1")).await?;
        let Failed::Again(again) = failed else {
            return Err("it has a try left, and failed for good".into());
        };
        seen.step("the first try fails, and the job waits for the second");

        world.pass(again.scheduled_for - world.now());
        claim_it(db, &world, seen, &job).await?;
        let done = complete(db, &world, &job, ORCHESTRATOR, Completion::default()).await?;
        seen.must(done.status == JobStatus::Completed, "the second try ends well", || {
            format!("its status is {:?}", done.status)
        })?;
        log_is(db, seen, created.log_id, &job, LogStatus::Success).await?;
        let counted = events::Entity::find_by_id(event)
            .one(db)
            .await?
            .ok_or("the event is gone")?;
        seen.must(
            (counted.execution_count, counted.success_count) == (1, 1),
            "the event counts one run, and that it ended well",
            || format!("it counts {} and {}", counted.execution_count, counted.success_count),
        )?;
        let late = cancel(db, &world, &job, By::User(&owner)).await;
        seen.must(
            matches!(late, Err(QueueError::State { .. })),
            "a job that is done can't be cancelled",
            || format!("{late:?}"),
        )
    }
}

async fn claimed(db: &DatabaseTransaction, world: &FlowWorld) -> Result<Vec<jobs::Model>, FlowError> {
    Ok(claim(db, world, &Claim::by(ORCHESTRATOR)).await?)
}

/// Claims what is due, which is that job, and starts it.
async fn claim_it(db: &DatabaseTransaction, world: &FlowWorld, seen: &mut Seen, job: &JobId) -> Result<(), FlowError> {
    let got = claimed(db, world).await?;
    let ids: Vec<String> = got.iter().map(|job| job.id.to_string()).collect();
    seen.must(
        got.len() == 1 && got[0].id == *job,
        "the orchestrator that asks gets it",
        || format!("it got {ids:?}"),
    )?;
    start(db, world, job, ORCHESTRATOR).await?;
    Ok(())
}

async fn log_is(
    db: &DatabaseTransaction,
    seen: &mut Seen,
    log: i32,
    job: &JobId,
    status: LogStatus,
) -> Result<(), FlowError> {
    let log = logs::Entity::find_by_id(log).one(db).await?.ok_or("the log is gone")?;
    seen.must(
        log.job_id.as_ref() == Some(job) && log.status.known() == Some(&status),
        format!("its log {} is {}", log.id, log.status),
        || {
            format!(
                "it is of the job {:?} and {}, and should be {status:?}",
                log.job_id, log.status
            )
        },
    )
}
