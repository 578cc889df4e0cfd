//! Jobs that are stuck, and jobs that are old.

use chrono::TimeDelta;
use entity::{
    jobs::queue::{
        Claim, Completion, LinkedLogs, Patience, QueueError, Recovered, Retention, Swept, claim, complete, recover,
        release, start, sweep,
    },
    prelude::*,
};
use sea_orm::ActiveValue::Set;

use crate::support::{Db, TestWorld};

on_every_database! {
    async fn who_claims_and_does_not_start_loses_the_job(db: Db) {
        let world = TestWorld::new();
        let event = db.event(|_| {}).await;
        let job = db.job(&world, event).await;
        world.pass(TimeDelta::hours(5));
        claim(&db.0, &world, &Claim::by("o1")).await.unwrap();
        world.pass(TimeDelta::minutes(10));
        let patience = Patience::default();
        // Not a moment before, and however long it had waited in the queue.
        assert_eq!(recover(&db.0, &world, &patience).await.unwrap(), Recovered::default());
        world.pass(TimeDelta::seconds(1));
        assert_eq!(recover(&db.0, &world, &patience).await.unwrap().handed_back, 1);
        let row = db.jobs(&job).await;
        assert_eq!((row.status, row.orchestrator_id, row.attempts), (JobStatus::Queued, None, 0));
        claim(&db.0, &world, &Claim::by("o2")).await.unwrap();
        let late = start(&db.0, &world, &job, "o1").await.unwrap_err();
        assert!(matches!(late, QueueError::Owner { .. }), "{late}");
        release(&db.0, &world, &job, "o2").await.unwrap();
        assert_eq!(claim(&db.0, &world, &Claim::by("o3")).await.unwrap().len(), 1);
    }

    /// No type of a column keeps an unknown value out, and one such row must not keep the others from running.
    async fn a_job_that_nobody_can_read_is_left_alone_and_holds_nobody_up(db: Db) {
        let world = TestWorld::new();
        let event = db.event(|_| {}).await;
        let mut all = Vec::new();
        for _ in 0..5 {
            all.push(db.job(&world, event).await);
        }
        let [odd_type, odd_priority, odd_run, good, running] = &all[..] else { panic!() };
        db.run(&format!("UPDATE jobs SET type = 'script' WHERE id = '{odd_type}'")).await;
        db.run(&format!("UPDATE jobs SET priority = 9 WHERE id = '{odd_priority}'")).await;
        let claimed = claim(&db.0, &world, &Claim::by("o1")).await.unwrap();
        let mut ids: Vec<_> = claimed.iter().map(|job| &job.id).collect();
        let mut expected = vec![odd_run, good, running];
        ids.sort();
        expected.sort();
        assert_eq!(ids, expected);
        for job in [odd_run, running] {
            start(&db.0, &world, job, "o1").await.unwrap();
        }
        complete(&db.0, &world, good, "o1", Completion::default()).await.unwrap_err();
        db.run(&format!("UPDATE jobs SET type = 'SHELL' WHERE id = '{odd_run}'")).await;
        world.pass(TimeDelta::minutes(61));
        let recovered = recover(&db.0, &world, &Patience::default()).await.unwrap();
        assert_eq!(recovered.failed.iter().map(|job| &job.id).collect::<Vec<_>>(), [running]);
        assert_eq!(recovered.handed_back, 1);
    }

    async fn who_runs_too_long_is_tried_again_or_fails(db: Db) {
        let world = TestWorld::new();
        let twice = db.event(|event| event.retries = Set(1)).await;
        let once = db.event(|_| {}).await;
        let long = db.event(|event| (event.timeout_value, event.timeout_unit) = (Set(1), Set(TimeUnit::Days.into()))).await;
        let mut all = Vec::new();
        for event in [twice, once, long] {
            all.push(db.job(&world, event).await);
        }
        claim(&db.0, &world, &Claim::by("o1")).await.unwrap();
        for job in &all {
            start(&db.0, &world, job, "o1").await.unwrap();
        }
        world.pass(TimeDelta::minutes(61));
        let recovered = recover(&db.0, &world, &Patience::default()).await.unwrap();
        let ids = |jobs: &[jobs::Model]| jobs.iter().map(|job| job.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&recovered.again), [all[0].clone()]);
        assert_eq!(ids(&recovered.failed), [all[1].clone()]);
        assert_eq!(db.log(&all[1]).await.status.known(), Some(&LogStatus::Timeout));
        assert_eq!(db.jobs(&all[2]).await.status, JobStatus::Running);
        world.pass(TimeDelta::days(1));
        assert_eq!(ids(&recover(&db.0, &world, &Patience::default()).await.unwrap().failed), [all[2].clone()]);
        let late = complete(&db.0, &world, &all[1], "o1", Completion::default()).await.unwrap_err();
        assert!(matches!(late, QueueError::State { status: JobStatus::Failed, .. }), "{late}");
    }

    async fn old_jobs_go_and_their_logs_stay_or_go(db: Db) {
        let world = TestWorld::new();
        let event = db.event(|_| {}).await;
        for logs in [LinkedLogs::Unlink, LinkedLogs::Delete] {
            let before = db.count::<logs::Entity>().await;
            for _ in 0..5 {
                let job = db.job(&world, event).await;
                claim(&db.0, &world, &Claim::by("o1")).await.unwrap();
                start(&db.0, &world, &job, "o1").await.unwrap();
                db.run(&format!("INSERT INTO logs (event_id, job_id, status) VALUES ({event}, '{job}', 'RUNNING')")).await;
                complete(&db.0, &world, &job, "o1", Completion::default()).await.unwrap();
            }
            world.pass(TimeDelta::days(20));
            // One is young, one waits and has no end.
            let young = db.job(&world, event).await;
            claim(&db.0, &world, &Claim::by("o1")).await.unwrap();
            start(&db.0, &world, &young, "o1").await.unwrap();
            complete(&db.0, &world, &young, "o1", Completion::default()).await.unwrap();
            world.pass(TimeDelta::days(11));
            let waits = db.job(&world, event).await;
            let retention = Retention { logs, batch: 2, ..Retention::default() };
            assert_eq!(sweep(&db.0, &world, &retention).await.unwrap(), Swept { jobs: 5, logs: 10 });
            assert_eq!(db.jobs(&young).await.status, JobStatus::Completed);
            assert_eq!(db.jobs(&waits).await.status, JobStatus::Queued);
            let kept = if logs == LinkedLogs::Unlink { 12 } else { 2 };
            assert_eq!(db.count::<logs::Entity>().await, before + kept);
            db.run("DELETE FROM logs WHERE job_id IS NOT NULL").await;
            db.run("DELETE FROM jobs").await;
        }
    }
}
