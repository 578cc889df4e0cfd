//! How jobs are made, claimed and ended.

use chrono::TimeDelta;
use entity::{
    jobs::{
        JobId, JobPayload,
        queue::{
            By, Claim, Completion, Failed, Failure, NewJob, QueueError, When, cancel, claim, complete, create, fail,
            release, report_condition, report_output, start,
        },
    },
    prelude::*,
};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::json;

use crate::support::{Db, TestWorld, time};

async fn running(db: &Db, world: &TestWorld, event: i32) -> JobId {
    let job = db.job(world, event).await;
    claim(&db.0, world, &Claim::by("o1")).await.unwrap();
    start(&db.0, world, &job, "o1").await.unwrap();
    job
}

on_every_database! {
    async fn a_job_and_its_log_know_each_other(db: Db) {
        let world = TestWorld::new();
        let event = db.event(|event| {
            event.retries = Set(2);
            event.http_url = Set(None);
        }).await;
        db.run(&format!("INSERT INTO env_vars (id, event_id, key, value) VALUES (7, {event}, 'TOKEN', 'hunter2')")).await;
        let new = NewJob::manual(event, "bob")
            .priority(JobPriority::High)
            .input(json!({"rows": 3}).as_object().unwrap().clone());
        let created = create(&db.0, &world, &new).await.unwrap();
        let job = db.jobs(&created.job.id).await;
        assert_eq!(job, created.job);
        assert!(job.id.is_well_formed());
        assert_eq!((job.status, job.priority, job.user_id.as_str()), (JobStatus::Queued, JobPriority::High, "bob"));
        assert_eq!(job.scheduled_for, time("2025-07-14T10:00:00"));
        let payload = job.payload.to_json();
        assert_eq!(payload["executionLogId"], created.log_id);
        assert_eq!((&payload["input"], &payload["retries"]), (&json!({"rows": 3}), &json!(2)));
        assert_eq!(payload["environment"], json!({"TOKEN": JobPayload::variable(7)}));
        assert_eq!(job.metadata.to_json(), json!({"eventName": "Backup", "triggeredBy": "manual", "logId": created.log_id}));
        let log = db.log(&job.id).await;
        assert_eq!((log.id, log.job_id, log.event_id), (created.log_id, Some(job.id), event));
        assert_eq!((log.status.known(), log.successful), (Some(&LogStatus::Pending), Some(false)));
        assert_eq!(log.event_name.as_deref(), Some("Backup"));
    }

    /// A process prints what it likes, and PostgreSQL takes no NUL, in a text or in a document.
    async fn a_job_ends_whatever_its_process_has_printed(db: Db) {
        let world = TestWorld::new();
        let event = db.event(|event| event.retries = Set(0)).await;
        let job = running(&db, &world, event).await;
        report_output(&db.0, &world, &job, json!({"a\0": ["\0"]})).await.unwrap();
        let completion = Completion { output: Some(json!("a\0b")), failed_servers: Some("\0".to_owned()), ..Completion::default() };
        let done = complete(&db.0, &world, &job, "o1", completion).await.unwrap();
        assert_eq!(done.status, JobStatus::Completed);
        assert_eq!(db.log(&job).await.output.as_deref(), Some("a\u{FFFD}b"));
        let job = running(&db, &world, event).await;
        let failure = Failure { output: Some(json!({"text": "\0"})), ..Failure::because("exit \0") };
        fail(&db.0, &world, &job, "o1", failure).await.unwrap();
        assert_eq!(db.jobs(&job).await.last_error.as_deref(), Some("exit \u{FFFD}"));
    }

    async fn only_what_may_run_gets_a_job(db: Db) {
        let world = TestWorld::new();
        let refused = async |event: i32, mut new: NewJob| {
            new.event_id = event;
            let error = create(&db.0, &world, &new).await.unwrap_err();
            assert_eq!((db.count::<jobs::Entity>().await, db.count::<logs::Entity>().await), (0, 0));
            error.to_string()
        };
        let draft = db.event(|event| event.status = Set(EventStatus::Draft.into())).await;
        let archived = db.event(|event| event.status = Set(EventStatus::Archived.into())).await;
        let used_up = db.event(|event| (event.max_executions, event.execution_count) = (Set(5), Set(5))).await;
        let odd = db.event(|event| event.custom_schedule = Set(Some("never".to_owned()))).await;
        let over = db.event(|event| event.custom_schedule = Set(Some("0 0 30 2 *".to_owned()))).await;
        let (by_hand, by_schedule) = (|| NewJob::manual(0, "ada"), || NewJob::scheduled(0));
        assert_eq!(refused(99, by_hand()).await, "there is no event 99, so it has no jobs");
        assert!(refused(draft, by_schedule()).await.contains("is DRAFT, and only an active one runs by its schedule"));
        assert!(refused(archived, by_hand()).await.contains("is ARCHIVED, and such an event does not run at all"));
        assert!(refused(used_up, by_hand()).await.contains("may run 5 times and has"));
        assert!(refused(odd, by_schedule()).await.contains("the cron line `never` can't be read"));
        let said = refused(over, by_schedule()).await;
        assert!(said.contains("no next run") || said.contains("can't be read"), "{said}");
        create(&db.0, &world, &NewJob::manual(draft, "ada")).await.unwrap();
    }

    async fn a_run_that_waits_counts_against_the_limit(db: Db) {
        let world = TestWorld::new();
        let event = db.event(|event| event.max_executions = Set(2)).await;
        let first = running(&db, &world, event).await;
        db.job(&world, event).await;
        let third = create(&db.0, &world, &NewJob::manual(event, "ada")).await;
        assert!(matches!(third, Err(QueueError::Exhausted { limit: 2, .. })), "{third:?}");
        complete(&db.0, &world, &first, "o1", Completion::default()).await.unwrap();
        let third = create(&db.0, &world, &NewJob::manual(event, "ada")).await;
        assert!(matches!(third, Err(QueueError::Exhausted { .. })), "{third:?}");
    }

    async fn the_last_run_pauses_the_event(db: Db) {
        let world = TestWorld::new();
        let event = db.event(|event| {
            event.max_executions = Set(1);
            event.next_run_at = Set(Some(time("2025-07-15T00:00:00")));
        }).await;
        let job = running(&db, &world, event).await;
        world.pass(TimeDelta::seconds(3));
        complete(&db.0, &world, &job, "o1", Completion::default()).await.unwrap();
        let event = db.events(event).await;
        assert_eq!((event.status.known(), event.next_run_at), (Some(&EventStatus::Paused), None));
        assert_eq!((event.execution_count, event.success_count, event.failure_count), (1, 1, 0));
        assert_eq!(event.last_run_at, Some(time("2025-07-14T10:00:00")));
        let notes = logs::Entity::find().filter(logs::Column::Status.eq("PAUSED")).all(&db.0).await.unwrap();
        assert_eq!(notes.len(), 1);
        assert_eq!((notes[0].successful, &notes[0].job_id), (Some(false), &None));
    }

    async fn the_next_run_of_a_schedule_is_queued_once(db: Db) {
        let world = TestWorld::new();
        let cron = db.event(|event| event.custom_schedule = Set(Some("30 3 * * *".to_owned()))).await;
        let every = db.event(|event| {
            event.schedule_number = Set(15);
            event.last_run_at = Set(Some(time("2025-07-14T09:50:00")));
        }).await;
        for (event, expected) in [(cron, "2025-07-15T03:30:00"), (every, "2025-07-14T10:05:00")] {
            let job = create(&db.0, &world, &NewJob::scheduled(event)).await.unwrap().job;
            assert_eq!(job.scheduled_for, time(expected));
            assert_eq!(db.events(event).await.next_run_at, Some(time(expected)));
            let again = create(&db.0, &world, &NewJob::scheduled(event)).await.unwrap_err();
            assert!(matches!(again, QueueError::AlreadyQueued { job: same, .. } if same == job.id));
        }
        let late = NewJob::manual(cron, "ada").when(When::At(time("2025-01-01T00:00:00")));
        assert_eq!(create(&db.0, &world, &late).await.unwrap().job.scheduled_for, time("2025-07-14T10:00:00"));
    }

    async fn the_queue_is_drained_by_urgency_then_age(db: Db) {
        let world = TestWorld::new();
        let event = db.event(|_| {}).await;
        let http = db.event(|event| event.r#type = Set(EventType::HttpRequest.into())).await;
        let mut made = Vec::new();
        for (event, priority, minute) in [
            (event, JobPriority::Low, 0), (event, JobPriority::Normal, 4), (http, JobPriority::Normal, 2),
            (event, JobPriority::Critical, 5), (event, JobPriority::Critical, 11),
        ] {
            let at = world_time(&world) + TimeDelta::minutes(minute);
            let new = NewJob::manual(event, "ada").priority(priority).when(When::At(at));
            made.push(create(&db.0, &world, &new).await.unwrap().job.id);
        }
        world.pass(TimeDelta::minutes(10));
        let ids = |jobs: Vec<jobs::Model>| jobs.into_iter().map(|job| job.id).collect::<Vec<_>>();
        let first = claim(&db.0, &world, &Claim::by("o1").limit(1)).await.unwrap();
        assert_eq!((first[0].status, first[0].orchestrator_id.as_deref()), (JobStatus::Claimed, Some("o1")));
        assert_eq!(ids(first), [made[3].clone()]);
        let scripts = Claim::by("o2").types(&[JobType::Script]);
        assert_eq!(ids(claim(&db.0, &world, &scripts).await.unwrap()), [made[1].clone(), made[0].clone()]);
        assert_eq!(ids(claim(&db.0, &world, &Claim::by("o3")).await.unwrap()), [made[2].clone()]);
        assert_eq!(ids(claim(&db.0, &world, &Claim::by("o3")).await.unwrap()), []);
        let nobody = claim(&db.0, &world, &Claim::by("")).await.unwrap_err();
        assert!(nobody.to_string().contains("1 to 255 characters"));
    }

    async fn a_job_without_a_log_gets_it_when_it_is_claimed(db: Db) {
        let world = TestWorld::new();
        let event = db.event(|_| {}).await;
        let id = JobId::for_event(event);
        let waiting = jobs::ActiveModel {
            id: Set(id.clone()),
            event_id: Set(event),
            user_id: Set("ada".to_owned()),
            r#type: Set(JobType::Script),
            payload: Set(JobPayload::default().into()),
            scheduled_for: Set(time("2025-07-14T09:00:00")),
            ..Default::default()
        };
        waiting.insert(&db.0).await.unwrap();
        let claimed = claim(&db.0, &world, &Claim::by("o1")).await.unwrap();
        let log = db.log(&id).await;
        assert_eq!(claimed[0].payload.known().unwrap().execution_log_id, Some(log.id));
        assert_eq!((log.job_id, log.status.known()), (Some(id), Some(&LogStatus::Pending)));
        assert_eq!(db.count::<logs::Entity>().await, 1);
    }

    async fn a_log_follows_its_job(db: Db) {
        let world = TestWorld::new();
        let event = db.event(|_| {}).await;
        let job = db.job(&world, event).await;
        world.pass(TimeDelta::seconds(20));
        claim(&db.0, &world, &Claim::by("o1")).await.unwrap();
        assert_eq!(db.log(&job).await.status.known(), Some(&LogStatus::Pending));
        start(&db.0, &world, &job, "o1").await.unwrap();
        let log = db.log(&job).await;
        assert_eq!((log.status.known(), log.start_time), (Some(&LogStatus::Running), time("2025-07-14T10:00:20")));
        report_output(&db.0, &world, &job, json!({"rows": 3})).await.unwrap();
        report_condition(&db.0, &world, &job, true).await.unwrap();
        world.pass(TimeDelta::milliseconds(1_500));
        let completion = Completion { output: Some(json!("printed")), ..Completion::default() };
        let done = complete(&db.0, &world, &job, "o1", completion).await.unwrap();
        assert_eq!(done, db.jobs(&job).await);
        let result = done.result.unwrap().to_json();
        assert_eq!((&result["output"], &result["logs"]), (&json!({"rows": 3}), &json!("printed")));
        assert_eq!((&result["exitCode"], &result["condition"]), (&json!(0), &json!(true)));
        let log = db.log(&job).await;
        assert_eq!((log.status.known(), log.successful), (Some(&LogStatus::Success), Some(true)));
        assert_eq!((log.duration, log.end_time), (Some(1_500), Some(time("2025-07-14T10:00:21.5"))));
        assert_eq!((log.output.as_deref(), log.error), (Some("printed"), None));
    }

    async fn how_a_run_ended_badly_is_told(db: Db) {
        let world = TestWorld::new();
        let event = db.event(|_| {}).await;
        for (error, status) in [("exit 2", LogStatus::Failure), ("Timed out after 30 s", LogStatus::Timeout)] {
            let job = running(&db, &world, event).await;
            let failed = fail(&db.0, &world, &job, "o1", Failure::because(error)).await.unwrap();
            let Failed::ForGood(failed) = failed else { panic!("{failed:?}") };
            assert_eq!((failed.status, failed.attempts, failed.last_error.as_deref()), (JobStatus::Failed, 1, Some(error)));
            assert_eq!(failed.result.unwrap().to_json(), json!({"exitCode": 1, "error": error}));
            let log = db.log(&job).await;
            assert_eq!((log.status.known(), log.error.as_deref()), (Some(&status), Some(error)));
        }
        let job = running(&db, &world, event).await;
        let partial = Completion { failed_servers: Some("server 4: unreachable".to_owned()), ..Completion::default() };
        assert_eq!(complete(&db.0, &world, &job, "o1", partial).await.unwrap().status, JobStatus::Completed);
        assert_eq!(db.log(&job).await.status.known(), Some(&LogStatus::Partial));
        let event = db.events(event).await;
        assert_eq!((event.execution_count, event.success_count, event.failure_count), (3, 0, 3));
    }

    async fn a_job_is_tried_again_after_growing_pauses(db: Db) {
        let world = TestWorld::new();
        let event = db.event(|event| event.retries = Set(2)).await;
        let job = db.job(&world, event).await;
        for (attempt, (least, most)) in [(4, 6), (8, 12)].into_iter().enumerate() {
            claim(&db.0, &world, &Claim::by("o1")).await.unwrap();
            start(&db.0, &world, &job, "o1").await.unwrap();
            report_condition(&db.0, &world, &job, true).await.unwrap();
            let failed = fail(&db.0, &world, &job, "o1", Failure::because("no")).await.unwrap();
            let Failed::Again(again) = failed else { panic!("{failed:?}") };
            assert_eq!(again, db.jobs(&job).await);
            let pause = again.scheduled_for - world_time(&world);
            assert!(pause >= TimeDelta::seconds(least) && pause <= TimeDelta::seconds(most), "{pause}");
            assert_eq!((again.status, again.orchestrator_id, again.result), (JobStatus::Queued, None, None));
            let log = db.log(&job).await;
            assert_eq!(log.status.known(), Some(&LogStatus::Pending));
            assert_eq!(log.retries, Some(i32::try_from(attempt).unwrap() + 1));
            assert!(claim(&db.0, &world, &Claim::by("o1")).await.unwrap().is_empty());
            world.pass(pause);
        }
        assert_eq!(db.events(event).await.execution_count, 0);
        claim(&db.0, &world, &Claim::by("o1")).await.unwrap();
        let failed = fail(&db.0, &world, &job, "o1", Failure::because("no image")).await.unwrap();
        assert!(matches!(failed, Failed::ForGood(_)));
        let event = db.events(event).await;
        assert_eq!((event.execution_count, event.failure_count), (1, 1));
    }

    async fn a_step_that_may_not_be_is_refused_with_the_present_state(db: Db) {
        let world = TestWorld::new();
        let event = db.event(|_| {}).await;
        let job = running(&db, &world, event).await;
        let foreign = complete(&db.0, &world, &job, "o2", Completion::default()).await.unwrap_err();
        assert!(foreign.to_string().contains("can't be completed by `o2`: it belongs to `o1`"), "{foreign}");
        let foreign = cancel(&db.0, &world, &job, By::User("bob")).await.unwrap_err();
        assert!(foreign.to_string().contains("by `bob`: it belongs to `ada`"), "{foreign}");
        let again = start(&db.0, &world, &job, "o1").await.unwrap_err();
        assert!(again.to_string().contains("it is running, and only a job that is claimed can"), "{again}");
        cancel(&db.0, &world, &job, By::User("ada")).await.unwrap();
        let (row, log) = (db.jobs(&job).await, db.log(&job).await);
        for outcome in [
            complete(&db.0, &world, &job, "o1", Completion::default()).await.map(|_| ()),
            fail(&db.0, &world, &job, "o1", Failure::because("no")).await.map(|_| ()),
            release(&db.0, &world, &job, "o1").await.map(|_| ()),
            report_output(&db.0, &world, &job, json!(1)).await,
            cancel(&db.0, &world, &job, By::System).await.map(|_| ()),
        ] {
            let error = outcome.unwrap_err();
            assert!(matches!(error, QueueError::State { status: JobStatus::Cancelled, .. }), "{error}");
        }
        assert_eq!((row, log.clone()), (db.jobs(&job).await, db.log(&job).await));
        assert_eq!((log.status.known(), log.error.as_deref()), (Some(&LogStatus::Failure), Some("Cancelled")));
        assert_eq!(db.events(event).await.execution_count, 0);
        let gone = start(&db.0, &world, &JobId::for_log(1), "o1").await.unwrap_err();
        assert!(matches!(gone, QueueError::NoJob(_)));
    }
}

fn world_time(world: &TestWorld) -> sea_orm::prelude::DateTime {
    entity::World::now(world)
}
