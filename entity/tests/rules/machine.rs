//! The states of a job against a model: whatever is done in whatever order, by whomever.

use chrono::TimeDelta;
use entity::{
    World as _,
    jobs::{
        JobId,
        queue::{
            By, Claim, Completion, Failed, Failure, Patience, QueueError, cancel, claim, complete, fail, recover,
            release, report_condition, start,
        },
    },
    prelude::*,
};
use proptest::prelude::*;
use sea_orm::{ActiveValue::Set, prelude::DateTime};

use crate::support::{Db, TestWorld, property};

#[derive(Clone, Copy, Debug)]
enum Act {
    Claim(usize),
    Start(usize),
    Report,
    Complete(usize),
    Fail(usize),
    Release(usize),
    Cancel(usize),
    Recover,
    Pass(i64),
}

const ORCHESTRATORS: [&str; 2] = ["o1", "o2"];
const USERS: [&str; 2] = ["ada", "bob"];

fn acts() -> impl Strategy<Value = (i32, Vec<Act>)> {
    let who = || 0..2_usize;
    let act = prop_oneof![
        4 => who().prop_map(Act::Claim),
        4 => who().prop_map(Act::Start),
        1 => Just(Act::Report),
        1 => who().prop_map(Act::Complete),
        3 => who().prop_map(Act::Fail),
        1 => who().prop_map(Act::Release),
        1 => who().prop_map(Act::Cancel),
        2 => Just(Act::Recover),
        3 => prop::sample::select(vec![1, 7, 11, 700, 3_700]).prop_map(Act::Pass),
    ];
    (0..3_i32, prop::collection::vec(act, 1..24))
}

/// What a job should be.
#[derive(Debug)]
struct Model {
    status: JobStatus,
    owner: Option<usize>,
    failures: i32,
    retries: i32,
    due: DateTime,
    since: DateTime,
    runs: (i32, i32),
}

impl Model {
    /// Whether an orchestrator may do what needs one of those statuses.
    fn may(&self, who: usize, from: &[JobStatus]) -> bool {
        from.contains(&self.status) && self.owner == Some(who)
    }

    /// The job has failed; says whether it is tried again.
    fn fails(&mut self) -> bool {
        self.failures += 1;
        let again = self.failures <= self.retries;
        self.status = if again { JobStatus::Queued } else { JobStatus::Failed };
        if again {
            self.owner = None;
        } else {
            self.runs.1 += 1;
        }
        again
    }

    const fn log(&self) -> LogStatus {
        match self.status {
            JobStatus::Queued | JobStatus::Claimed => LogStatus::Pending,
            JobStatus::Running => LogStatus::Running,
            JobStatus::Completed => LogStatus::Success,
            JobStatus::Failed | JobStatus::Cancelled => LogStatus::Failure,
        }
    }
}

async fn act(db: &Db, world: &TestWorld, job: &JobId, model: &mut Model, act: Act) -> Result<(), String> {
    use JobStatus::{Claimed, Completed, Queued, Running};
    let now = world.now();
    let is = |expected: bool, outcome: Result<(), QueueError>| match outcome {
        Ok(()) if expected => Ok(()),
        Err(QueueError::State { .. } | QueueError::Owner { .. }) if !expected => Ok(()),
        other => Err(format!("{act:?}: {other:?}, and the model has {expected}")),
    };
    match act {
        Act::Claim(who) => {
            let expected = model.status == Queued && model.due <= now;
            let claimed = claim(&db.0, world, &Claim::by(ORCHESTRATORS[who])).await.unwrap();
            if (claimed.len() == 1) != expected {
                return Err(format!("claimed {}, and the model has {expected}", claimed.len()));
            }
            if expected {
                (model.status, model.owner, model.since) = (Claimed, Some(who), now);
            }
        }
        Act::Start(who) => {
            let may = model.may(who, &[Claimed]);
            is(may, start(&db.0, world, job, ORCHESTRATORS[who]).await.map(drop))?;
            if may {
                (model.status, model.since) = (Running, now);
            }
        }
        Act::Report => is(model.status == Running, report_condition(&db.0, world, job, true).await)?,
        Act::Complete(who) => {
            let may = model.may(who, &[Running]);
            let outcome = complete(&db.0, world, job, ORCHESTRATORS[who], Completion::default()).await;
            is(may, outcome.map(drop))?;
            if may {
                model.status = Completed;
                model.runs.0 += 1;
            }
        }
        Act::Fail(who) => {
            let may = model.may(who, &[Claimed, Running]);
            let outcome = fail(&db.0, world, job, ORCHESTRATORS[who], Failure::because("no")).await;
            if may {
                match (model.fails(), outcome) {
                    (true, Ok(Failed::Again(job))) => model.due = job.scheduled_for,
                    (false, Ok(Failed::ForGood(_))) => {}
                    (again, other) => return Err(format!("{other:?}, and the model has again {again}")),
                }
            } else {
                is(false, outcome.map(drop))?;
            }
        }
        Act::Release(who) => {
            let may = model.may(who, &[Claimed]);
            is(may, release(&db.0, world, job, ORCHESTRATORS[who]).await.map(drop))?;
            if may {
                (model.status, model.owner) = (Queued, None);
            }
        }
        Act::Cancel(who) => {
            let may = who == 0 && [Queued, Claimed, Running].contains(&model.status);
            is(may, cancel(&db.0, world, job, By::User(USERS[who])).await.map(drop))?;
            if may {
                model.status = JobStatus::Cancelled;
            }
        }
        Act::Recover => {
            let recovered = recover(&db.0, world, &Patience::default()).await.unwrap();
            let waited = now - model.since;
            if model.status == Claimed && waited > TimeDelta::minutes(10) {
                (model.status, model.owner) = (Queued, None);
            } else if model.status == Running && waited > TimeDelta::hours(1) && model.fails() {
                model.due = recovered.again[0].scheduled_for;
            }
        }
        Act::Pass(seconds) => world.pass(TimeDelta::seconds(seconds)),
    }
    Ok(())
}

async fn holds(db: &Db, retries: i32, acts: Vec<Act>) -> Result<(), String> {
    let world = TestWorld::new();
    db.run("DELETE FROM logs").await;
    db.run("DELETE FROM jobs").await;
    let event = db.event(|event| event.retries = Set(retries)).await;
    let job = db.job(&world, event).await;
    let mut model = Model {
        status: JobStatus::Queued,
        owner: None,
        failures: 0,
        retries,
        due: world.now(),
        since: world.now(),
        runs: (0, 0),
    };
    for one in acts {
        let was = db.jobs(&job).await;
        act(db, &world, &job, &mut model, one).await?;
        let row = db.jobs(&job).await;
        let owner = model.owner.map(|who| ORCHESTRATORS[who]);
        if (row.status, row.attempts, row.orchestrator_id.as_deref()) != (model.status, model.failures, owner) {
            return Err(format!("after {one:?} the row is {row:?}, and the model {model:?}"));
        }
        if JobStatus::FINISHED.contains(&was.status) && was != row {
            return Err(format!("{one:?} changed what was over: {was:?} to {row:?}"));
        }
        if row.completed_at.is_some() != JobStatus::FINISHED.contains(&row.status) {
            return Err(format!(
                "after {one:?} it ended at {:?} and is {:?}",
                row.completed_at, row.status
            ));
        }
        let log = db.log(&job).await;
        let is_timeout = log.status == LogStatus::Timeout && model.status == JobStatus::Failed;
        if log.status != model.log() && !is_timeout {
            return Err(format!(
                "after {one:?} the log is {:?}, and the job {:?}",
                log.status, row.status
            ));
        }
    }
    let event = db.events(event).await;
    let counted = (event.success_count, event.failure_count);
    if counted != model.runs || event.execution_count != model.runs.0 + model.runs.1 {
        return Err(format!("the event counts {counted:?}, and the model {:?}", model.runs));
    }
    Ok(())
}

on_every_database! {
    async fn no_illegal_step_is_possible(db: Db) {
        property(64, &acts(), |(retries, acts)| {
            let db = db.clone();
            async move { holds(&db, retries, acts).await }
        });
    }
}
