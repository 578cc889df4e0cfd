//! Many workers at once, some of which die.

use std::{collections::HashMap, sync::Arc};

use chrono::TimeDelta;
use entity::{
    jobs::{
        JobId,
        queue::{Claim, Completion, Failure, Patience, claim, complete, fail, recover, start},
    },
    prelude::*,
};
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};

use crate::support::{Db, TestWorld, postgres};

const JOBS: u64 = 2_000;
const WORKERS: usize = 8;

/// How a worker died, if it did, and the jobs that it ended and still had in hand.
struct Worker {
    ended: Vec<JobId>,
    in_hand: Vec<JobId>,
}

/// Works until nothing is due, or until it dies: the odd ones after some batches, half of them with jobs that they have begun.
async fn work(db: Db, world: Arc<TestWorld>, number: usize) -> Worker {
    let name = format!("o{number}");
    let mut ended = Vec::new();
    for turn in 0.. {
        let jobs = claim(&db.0, world.as_ref(), &Claim::by(&name)).await.unwrap();
        if jobs.is_empty() {
            break;
        }
        let dies = number % 2 == 1 && turn == number;
        if dies && number % 4 == 1 {
            return Worker {
                ended,
                in_hand: jobs.into_iter().map(|job| job.id).collect(),
            };
        }
        for job in &jobs {
            start(&db.0, world.as_ref(), &job.id, &name).await.unwrap();
        }
        if dies {
            return Worker {
                ended,
                in_hand: jobs.into_iter().map(|job| job.id).collect(),
            };
        }
        for (at, job) in jobs.into_iter().enumerate() {
            if at % 5 == 4 {
                let failure = Failure::because("exit 1");
                fail(&db.0, world.as_ref(), &job.id, &name, failure).await.unwrap();
            } else {
                let done = Completion::default();
                complete(&db.0, world.as_ref(), &job.id, &name, done).await.unwrap();
            }
            ended.push(job.id);
        }
    }
    Worker {
        ended,
        in_hand: Vec::new(),
    }
}

async fn crew(db: &Db, world: &Arc<TestWorld>, numbers: impl IntoIterator<Item = usize>) -> Vec<Worker> {
    let all: Vec<_> = numbers
        .into_iter()
        .map(|number| tokio::spawn(work(db.clone(), Arc::clone(world), number)))
        .collect();
    let mut ended = Vec::new();
    for one in all {
        ended.push(one.await.unwrap());
    }
    ended
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_job_runs_once_and_those_of_the_dead_come_back() {
    postgres(u32::try_from(WORKERS).unwrap(), |db| async move {
        let world = Arc::new(TestWorld::new());
        let mut events = Vec::new();
        for _ in 0..10 {
            events.push(db.event(|_| {}).await);
        }
        let (first, count) = (events[0], events.len());
        db.run(&format!(
            "INSERT INTO jobs (id, event_id, user_id, type, payload, scheduled_for)
             SELECT 'job_' || lpad(n::text, 12, '0'), {first} + n % {count}, 'ada', 'SCRIPT',
                 jsonb_build_object('executionLogId', n, 'input', '{{}}'::jsonb), timestamp '2025-07-14 09:00'
             FROM generate_series(1, {JOBS}) n;
             INSERT INTO logs (id, event_id, job_id, status)
             SELECT n, {first} + n % {count}, 'job_' || lpad(n::text, 12, '0'), 'PENDING' FROM generate_series(1, {JOBS}) n"
        ))
        .await;
        let first = crew(&db, &world, 0..WORKERS).await;
        let lost: usize = first.iter().map(|worker| worker.in_hand.len()).sum();
        assert!(lost > 0, "somebody has to have died");

        // Nobody touches what the dead have in hand until patience ends.
        world.pass(TimeDelta::minutes(5));
        assert!(crew(&db, &world, [10]).await[0].ended.is_empty());
        world.pass(TimeDelta::hours(1));
        // Two look at the same time; each job is taken once.
        let patience = Patience::default();
        let (one, other) = tokio::join!(
            recover(&db.0, world.as_ref(), &patience),
            recover(&db.0, world.as_ref(), &patience)
        );
        let (one, other) = (one.unwrap(), other.unwrap());
        let begun = one.failed.len() + other.failed.len();
        let back = usize::try_from(one.handed_back + other.handed_back).unwrap();
        assert_eq!(back + begun, lost);
        let second = crew(&db, &world, [20, 22]).await;
        assert_eq!(second.iter().map(|worker| worker.ended.len()).sum::<usize>(), back);

        let mut times: HashMap<JobId, u32> = HashMap::new();
        for job in first.iter().chain(&second).flat_map(|worker| &worker.ended) {
            *times.entry(job.clone()).or_default() += 1;
        }
        assert!(times.values().all(|times| *times == 1));
        assert_eq!(times.len() + begun, usize::try_from(JOBS).unwrap());
        let open = jobs::Entity::find().filter(jobs::Column::Status.is_not_in(JobStatus::FINISHED));
        assert_eq!(open.count(&db.0).await.unwrap(), 0);
        let counted: i32 = {
            let events = events::Entity::find().all(&db.0).await.unwrap();
            events.iter().map(|event| event.execution_count).sum()
        };
        assert_eq!(u64::try_from(counted).unwrap(), JOBS);
        let open = logs::Entity::find().filter(logs::Column::Status.is_in(["PENDING", "RUNNING"]));
        assert_eq!(open.count(&db.0).await.unwrap(), 0);
    })
    .await;
}
