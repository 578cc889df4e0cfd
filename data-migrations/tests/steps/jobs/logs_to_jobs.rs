//! `logs` → `jobs`.

use data_migrations::{LOGS_TO_JOBS, NO_OUTCOME, logs_to_jobs as step};
use entity::{
    events::{
        LogStatus,
        logs::{self, Entity as Logs},
    },
    jobs::{
        JobId, JobPriority, JobStatus, JobType,
        jobs::{self, Entity as Jobs},
    },
    values::{Document, Stored},
};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, EntityTrait as _};
use seawright::data::{Outcome, RunOptions};
use serde_json::{Value as Json, json};

use super::{NOW, job, log, open_log, prepare, rows, up, up_at};
use crate::support::{Db, ODD_TEXTS, insert, time};

async fn job_of(db: &Db, log: i32) -> jobs::Model {
    Jobs::find_by_id(JobId::for_log(log))
        .one(&db.0)
        .await
        .unwrap()
        .unwrap_or_else(|| panic!("the log {log} has no job"))
}

async fn log_of(db: &Db, id: i32) -> logs::Model {
    Logs::find_by_id(id).one(&db.0).await.unwrap().unwrap()
}

fn json_of<T: serde::Serialize>(document: &Document<T>) -> Json {
    document.to_json()
}

fn result(job: &jobs::Model) -> Json {
    job.result.as_ref().map(json_of).unwrap_or_default()
}

on_every_database! {
    async fn a_run_that_went_well_is_a_completed_job(db: Db) {
        prepare(&db).await;
        let mut run = log(729, LogStatus::Success);
        run.workflow_id = Set(Some(5));
        run.retries = Set(Some(2));
        insert(&db, [run]).await;
        let before = log_of(&db, 729).await;
        up(&db, &step()).await.unwrap();
        let start = time("2025-07-12T03:00:00.000123");
        let end = time("2025-07-12T03:00:02.500123");
        let made = job_of(&db, 729).await;
        assert_eq!(
            json_of(&made.payload),
            json!({"executionLogId": 729, "input": {}, "workflowId": 5})
        );
        assert_eq!(
            json_of(&made.metadata),
            json!({"eventName": "Backup", "triggeredBy": "workflow", "logId": 729, "workflowId": 5, "origin": "migration"})
        );
        assert_eq!(result(&made), json!({"output": "done\n", "exitCode": 0}));
        assert!(made.payload.known().is_some() && made.metadata.known().is_some());
        assert_eq!(
            jobs::Model { payload: Document::default(), metadata: Document::default(), result: None, ..made },
            jobs::Model {
                id: JobId::for_log(729),
                event_id: 1,
                user_id: "bob".to_owned(),
                r#type: JobType::Script,
                status: JobStatus::Completed,
                priority: JobPriority::Normal,
                payload: Document::default(),
                scheduled_for: start,
                orchestrator_id: None,
                started_at: Some(start),
                completed_at: Some(end),
                result: None,
                attempts: 2,
                last_error: None,
                metadata: Document::default(),
                created_at: start,
                updated_at: end,
            }
        );
        // The log is linked, and is otherwise what it was.
        assert_eq!(log_of(&db, 729).await, logs::Model { job_id: Some(JobId::for_log(729)), ..before });
    }

    async fn the_status_of_a_job_follows_from_the_logs(db: Db) {
        prepare(&db).await;
        let cases = [
            (LogStatus::Success, JobStatus::Completed, 0, json!(0), None),
            (LogStatus::Failure, JobStatus::Failed, 1, json!(1), Some("it broke")),
            (LogStatus::Timeout, JobStatus::Failed, 1, json!(1), Some("it broke")),
            (LogStatus::Partial, JobStatus::Failed, 1, json!(1), Some("it broke")),
            (LogStatus::Paused, JobStatus::Cancelled, 0, Json::Null, Some("it broke")),
        ];
        insert(&db, (1..).zip(&cases).map(|(id, (status, ..))| logs::ActiveModel {
            error: Set(Some("it broke".to_owned())),
            retries: Set(None),
            ..log(id, *status)
        }))
        .await;
        up(&db, &step()).await.unwrap();
        for (id, (from, to, attempts, exit_code, last_error)) in (1..).zip(cases) {
            let made = job_of(&db, id).await;
            assert_eq!((made.status, made.attempts), (to, attempts), "{from:?}");
            assert_eq!(made.last_error.as_deref(), last_error);
            let mut expected = json!({"output": "done\n", "error": "it broke", "exitCode": exit_code});
            expected.as_object_mut().unwrap().retain(|_, value| !value.is_null());
            assert_eq!(result(&made), expected, "{from:?}");
            assert_eq!(made.completed_at, Some(time("2025-07-12T03:00:02.500123")));
        }
    }

    async fn texts_arrive_as_they_were(db: Db) {
        prepare(&db).await;
        insert(&db, (1..).zip(ODD_TEXTS).map(|(id, text)| logs::ActiveModel {
            output: Set(Some(text.to_owned())),
            error: Set(Some(text.to_owned())),
            event_name: Set(Some(text.to_owned())),
            ..log(id, LogStatus::Failure)
        }))
        .await;
        let mut bare = log(20, LogStatus::Failure);
        (bare.output, bare.error) = (Set(None), Set(None));
        insert(&db, [bare]).await;
        up(&db, &step()).await.unwrap();
        for (id, text) in (1..).zip(ODD_TEXTS) {
            let made = job_of(&db, id).await;
            assert_eq!(result(&made), json!({"output": text, "exitCode": 1, "error": text}));
            assert_eq!(made.last_error.as_deref(), Some(text));
            assert_eq!(json_of(&made.metadata)["eventName"], text);
        }
        let made = job_of(&db, 20).await;
        assert_eq!((result(&made), made.last_error), (json!({"exitCode": 1}), None));
    }

    async fn the_smallest_and_the_largest_log_have_their_jobs(db: Db) {
        prepare(&db).await;
        let ids = [i32::MIN, -729, -1, 0, 1, i32::MAX];
        insert(&db, ids.map(|id| logs::ActiveModel {
            retries: Set(Some(i32::MAX)),
            duration: Set(Some(i32::MAX)),
            end_time: Set(None),
            ..log(id, LogStatus::Failure)
        }))
        .await;
        up(&db, &step()).await.unwrap();
        assert_eq!(db.count::<Jobs>().await, 6);
        for id in ids {
            let made = job_of(&db, id).await;
            assert_eq!(json_of(&made.payload)["executionLogId"], id);
            assert_eq!(made.attempts, i32::MAX);
            assert_eq!(log_of(&db, id).await.job_id, Some(made.id));
        }
    }

    async fn a_job_belongs_to_the_logs_user_or_else_to_the_events(db: Db) {
        prepare(&db).await;
        insert(&db, (1..).zip([Some("bob"), Some("gone"), None]).map(|(id, user)| logs::ActiveModel {
            user_id: Set(user.map(str::to_owned)),
            ..log(id, LogStatus::Success)
        }))
        .await;
        up(&db, &step()).await.unwrap();
        for (id, user) in (1..).zip(["bob", "ada", "ada"]) {
            assert_eq!(job_of(&db, id).await.user_id, user);
        }
        assert_eq!(log_of(&db, 2).await.user_id.as_deref(), Some("gone"));
    }

    async fn name_and_type_are_those_of_the_run_or_else_of_the_event(db: Db) {
        prepare(&db).await;
        db.run("UPDATE events SET type = 'HTTP_REQUEST' WHERE id = 1").await;
        let cases = [
            (Some("BASH"), JobType::Script),
            (Some("NODEJS"), JobType::Script),
            (Some("HTTP_REQUEST"), JobType::HttpRequest),
            (Some("TOOL_ACTION"), JobType::ToolAction),
            (Some("PERL"), JobType::Script),
            (None, JobType::HttpRequest),
        ];
        insert(&db, (1..).zip(cases).map(|(id, (kind, _))| logs::ActiveModel {
            event_type: Set(kind.map(Stored::from_text)),
            event_name: Set(None),
            ..log(id, LogStatus::Success)
        }))
        .await;
        up(&db, &step()).await.unwrap();
        for (id, (kind, expected)) in (1..).zip(cases) {
            let made = job_of(&db, id).await;
            assert_eq!(made.r#type, expected, "{kind:?}");
            assert_eq!(
                json_of(&made.metadata),
                json!({"eventName": "Event 1", "logId": id, "origin": "migration"})
            );
            assert_eq!(json_of(&made.payload), json!({"executionLogId": id, "input": {}}));
        }
    }

    async fn a_run_in_progress_is_not_declared_dead(db: Db) {
        prepare(&db).await;
        // Half an hour may pass, and an hour more.
        db.run("UPDATE events SET timeout_value = 30, timeout_unit = 'MINUTES' WHERE id = 1").await;
        insert(&db, [
            open_log(1, LogStatus::Running, "2025-07-14T11:59:00"),
            open_log(2, LogStatus::Pending, "2025-07-14T10:30:01"),
            open_log(3, LogStatus::Running, "2025-07-14T10:29:59"),
            open_log(4, LogStatus::Pending, "2025-07-01T08:00:00"),
            // Its clock was wrong.
            open_log(5, LogStatus::Running, "2025-07-14T12:30:00"),
        ])
        .await;
        up(&db, &step()).await.unwrap();
        for id in [1, 2, 5] {
            let made = job_of(&db, id).await;
            assert_eq!(made.status, JobStatus::Running, "{id}");
            assert_eq!((&made.result, &made.last_error, made.completed_at), (&None, &None, None));
            assert_eq!(made.updated_at, made.created_at);
        }
        for (id, end) in [(3, "2025-07-14T10:59:59"), (4, "2025-07-01T08:30:00")] {
            let made = job_of(&db, id).await;
            assert_eq!((made.status, made.attempts), (JobStatus::Failed, 1), "{id}");
            assert_eq!(made.last_error.as_deref(), Some(NO_OUTCOME));
            assert_eq!(result(&made), json!({"output": "done\n", "error": NO_OUTCOME}));
            // It had to be over then.
            assert_eq!(made.completed_at, Some(time(end)));
        }
        for id in 1..=5 {
            assert_eq!(log_of(&db, id).await.job_id, Some(JobId::for_log(id)));
        }
    }

    async fn a_unit_that_is_none_is_the_longest(db: Db) {
        prepare(&db).await;
        db.run("UPDATE events SET timeout_value = 2147483647, timeout_unit = 'DAYS' WHERE id = 1").await;
        db.run("UPDATE events SET timeout_value = 1, timeout_unit = 'WEEKS' WHERE id = 2").await;
        let mut other = open_log(2, LogStatus::Running, "2025-07-13T11:30:00");
        other.event_id = Set(2);
        insert(&db, [open_log(1, LogStatus::Running, "1999-01-01T00:00:00"), other]).await;
        up(&db, &step()).await.unwrap();
        assert_eq!(job_of(&db, 1).await.status, JobStatus::Running);
        assert_eq!(job_of(&db, 2).await.status, JobStatus::Running);
    }

    async fn the_end_comes_later(db: Db) {
        prepare(&db).await;
        insert(&db, [
            open_log(1, LogStatus::Running, "2025-07-14T11:59:50"),
            open_log(2, LogStatus::Pending, "2025-07-14T11:59:50"),
            // Taken for dead, and was not.
            open_log(3, LogStatus::Running, "2025-07-14T08:00:00"),
            open_log(4, LogStatus::Running, "2025-07-14T11:59:50"),
            log(5, LogStatus::Success),
        ])
        .await;
        up(&db, &step()).await.unwrap();
        let untouched = (job_of(&db, 4).await, job_of(&db, 5).await);
        db.run("UPDATE logs SET status = 'SUCCESS', end_time = '2025-07-14 12:00:10', output = 'at last' WHERE id IN (1, 3)")
            .await;
        db.run("UPDATE logs SET status = 'FAILURE', end_time = '2025-07-14 12:00:20', error = 'no' WHERE id = 2").await;
        up(&db, &step()).await.unwrap();
        for id in [1, 3] {
            let made = job_of(&db, id).await;
            assert_eq!((made.status, &made.last_error), (JobStatus::Completed, &None));
            assert_eq!(result(&made), json!({"output": "at last", "exitCode": 0}));
            assert_eq!(made.completed_at, Some(time("2025-07-14T12:00:10")));
            assert_eq!(log_of(&db, id).await.job_id, Some(made.id));
        }
        let made = job_of(&db, 2).await;
        assert_eq!((made.status, made.last_error.as_deref()), (JobStatus::Failed, Some("no")));
        assert_eq!((job_of(&db, 4).await, job_of(&db, 5).await), untouched);
        let after = rows(&db).await;
        up(&db, &step()).await.unwrap();
        assert_eq!(rows(&db).await, after);
    }

    async fn a_run_that_says_itself_that_it_has_no_outcome_is_done_once(db: Db) {
        prepare(&db).await;
        let mut run = log(1, LogStatus::Failure);
        run.error = Set(Some(NO_OUTCOME.to_owned()));
        insert(&db, [run]).await;
        up(&db, &step()).await.unwrap();
        up(&db, &step()).await.unwrap();
        assert_eq!(job_of(&db, 1).await.last_error.as_deref(), Some(NO_OUTCOME));
    }

    async fn the_end_of_a_run_is_what_is_known_of_it(db: Db) {
        prepare(&db).await;
        let mut by_duration = log(1, LogStatus::Success);
        by_duration.end_time = Set(None);
        let mut by_nothing = log(2, LogStatus::Failure);
        (by_nothing.end_time, by_nothing.duration) = (Set(None), Set(None));
        // It has an end, and nobody wrote down which.
        let half_written = log(3, LogStatus::Running);
        insert(&db, [by_duration, by_nothing, half_written]).await;
        up(&db, &step()).await.unwrap();
        let start = time("2025-07-12T03:00:00.000123");
        let end = job_of(&db, 1).await.completed_at.unwrap();
        // SQLite counts in milliseconds.
        assert_eq!((end - time("2025-07-12T03:00:02.5")).num_milliseconds(), 0);
        assert_eq!(job_of(&db, 2).await.completed_at, Some(start));
        let made = job_of(&db, 3).await;
        assert_eq!((made.status, made.last_error.as_deref()), (JobStatus::Failed, Some(NO_OUTCOME)));
        assert_eq!(made.completed_at, Some(time("2025-07-12T03:00:02.500123")));
    }

    async fn a_second_run_changes_nothing(db: Db) {
        prepare(&db).await;
        let statuses = [LogStatus::Success, LogStatus::Failure, LogStatus::Paused];
        insert(&db, (1..40).zip(statuses.into_iter().cycle()).map(|(id, status)| log(id, status))).await;
        insert(&db, (40..50).map(|id| open_log(id, LogStatus::Running, "2025-07-14T11:59:50"))).await;
        up(&db, &step()).await.unwrap();
        let (after, ledger) = (rows(&db).await, db.ledger().await);
        assert_eq!(after.1.len(), 49);
        up(&db, &step()).await.unwrap();
        // What was in progress stays so, however late it has become.
        db.up(&step()).await.unwrap();
        assert_eq!((rows(&db).await, db.ledger().await), (after, ledger));
    }

    async fn small_batches_make_the_same_of_it(db: Db) {
        prepare(&db).await;
        insert(&db, (1..=23).map(|id| log(id * 1000, LogStatus::Success))).await;
        let options = RunOptions { batch: Some(4), workers: 2, as_of: Some(time(NOW)), ..RunOptions::default() };
        options.scope(db.up(&step())).await.unwrap();
        assert_eq!(db.count::<Jobs>().await, 23);
        for id in 1..=23 {
            assert_eq!(log_of(&db, id * 1000).await.job_id, Some(JobId::for_log(id * 1000)));
        }
    }

    async fn what_the_application_has_linked_stays(db: Db) {
        prepare(&db).await;
        let own = job("job_vqjpKrdGYXKW", 1);
        let own = own.insert(&db.0).await.unwrap();
        let mut linked = open_log(1, LogStatus::Running, "2025-07-01T08:00:00");
        linked.job_id = Set(Some(own.id.clone()));
        let mut ended = log(2, LogStatus::Success);
        ended.job_id = Set(Some(own.id.clone()));
        insert(&db, [linked, ended, log(3, LogStatus::Success)]).await;
        up(&db, &step()).await.unwrap();
        assert_eq!(db.count::<Jobs>().await, 2);
        for id in [1, 2] {
            assert_eq!(log_of(&db, id).await.job_id, Some(own.id.clone()));
        }
        assert_eq!(Jobs::find_by_id(own.id.clone()).one(&db.0).await.unwrap(), Some(own));
    }

    async fn a_status_that_is_none_goes_into_quarantine(db: Db) {
        prepare(&db).await;
        insert(&db, (1..=9).map(|id| log(id, LogStatus::Success))).await;
        db.run("UPDATE logs SET status = 'ok' WHERE id IN (4, 9)").await;
        up(&db, &step()).await.unwrap();
        assert_eq!(db.count::<Jobs>().await, 7);
        for id in [4, 9] {
            let entry = db.entry(id).await;
            assert_eq!(entry.outcome, Outcome::Quarantined);
            assert_eq!(
                entry.reason.unwrap(),
                "its status `ok` is none of PENDING, SUCCESS, FAILURE, RUNNING, PAUSED, TIMEOUT, PARTIAL"
            );
            assert_eq!(log_of(&db, id).await.job_id, None);
        }
        // A second run lets it be, and does what has come beside it.
        insert(&db, [log(20, LogStatus::Success)]).await;
        db.run("UPDATE logs SET job_id = NULL WHERE id = 3").await;
        up(&db, &step()).await.unwrap();
        assert_eq!((db.count::<Jobs>().await, db.ledger().await.len()), (8, 2));
        // Once it is mended, it is done.
        db.run("UPDATE logs SET status = 'SUCCESS' WHERE id = 4").await;
        up(&db, &step()).await.unwrap();
        assert_eq!(job_of(&db, 4).await.status, JobStatus::Completed);
        assert_eq!(db.ledger().await.len(), 1);
    }

    async fn a_job_that_lost_its_log_gets_it_back(db: Db) {
        prepare(&db).await;
        insert(&db, [-3, -2, 1, 2, 900].map(|id| log(id, LogStatus::Success))).await;
        up(&db, &step()).await.unwrap();
        let after = rows(&db).await;
        db.run("UPDATE logs SET job_id = NULL WHERE id IN (-3, 2, 900)").await;
        up(&db, &step()).await.unwrap();
        assert_eq!(rows(&db).await, after);
    }

    async fn a_log_that_the_application_linked_meanwhile_has_one_job(db: Db) {
        prepare(&db).await;
        insert(&db, [1, 2].map(|id| open_log(id, LogStatus::Pending, "2025-07-14T11:59:59"))).await;
        up(&db, &step()).await.unwrap();
        let own = job("job_vqjpKrdGYXKW", 1).insert(&db.0).await.unwrap();
        db.run("UPDATE logs SET job_id = 'job_vqjpKrdGYXKW' WHERE id = 1").await;
        up(&db, &step()).await.unwrap();
        let left: Vec<JobId> = db.all::<Jobs>().await.into_iter().map(|job| job.id).collect();
        assert_eq!(left, [JobId::for_log(2), own.id]);
    }

    async fn down_takes_back_the_jobs_and_the_links(db: Db) {
        prepare(&db).await;
        job("job_vqjpKrdGYXKW", 1).insert(&db.0).await.unwrap();
        insert(&db, (1..9).map(|id| log(id, LogStatus::Success))).await;
        insert(&db, [open_log(9, LogStatus::Running, "2025-07-14T11:59:50")]).await;
        let before = rows(&db).await;
        up(&db, &step()).await.unwrap();
        db.run("UPDATE logs SET status = 'SUCCESS', end_time = '2025-07-14 12:00:10' WHERE id = 9").await;
        up(&db, &step()).await.unwrap();
        db.run("UPDATE logs SET status = 'RUNNING', end_time = NULL WHERE id = 9").await;
        db.down(&step()).await;
        assert_eq!(rows(&db).await, before);
        assert!(db.ledger().await.is_empty());
        up(&db, &step()).await.unwrap();
        assert_eq!(db.count::<Jobs>().await, 10);
    }

    async fn a_log_with_another_events_job_is_found(db: Db) {
        prepare(&db).await;
        insert(&db, [log(1, LogStatus::Success)]).await;
        let mut wrong = log(2, LogStatus::Success);
        wrong.job_id = Set(Some(job("job_vqjpKrdGYXKW", 2).insert(&db.0).await.unwrap().id));
        insert(&db, [wrong]).await;
        let error = up(&db, &step()).await.unwrap_err();
        assert!(error.contains("a log linked to another event's job: 1 row"), "{error}");
    }

    async fn an_empty_table_is_done_at_once(db: Db) {
        prepare(&db).await;
        up(&db, &step()).await.unwrap();
        assert_eq!(db.count::<Jobs>().await, 0);
    }

    async fn another_moment_makes_no_other_jobs_of_what_has_ended(db: Db) {
        prepare(&db).await;
        insert(&db, (1..5).map(|id| log(id, LogStatus::Success))).await;
        up_at(&db, &step(), "2025-07-14T12:00:00").await.unwrap();
        let after = rows(&db).await;
        db.down(&step()).await;
        up_at(&db, &step(), "2031-01-01T00:00:00").await.unwrap();
        assert_eq!(rows(&db).await, after);
    }
}

/// SQLite lets a row refer to nothing where nobody has asked it not to.
#[tokio::test]
async fn a_log_without_its_event_goes_into_quarantine() {
    let db = Db::sqlite().await;
    prepare(&db).await;
    insert(&db, (1..5).map(|id| log(id, LogStatus::Success))).await;
    db.run("PRAGMA foreign_keys = OFF").await;
    db.run("UPDATE logs SET event_id = 404 WHERE id = 2").await;
    for _ in 0..2 {
        up(&db, &step()).await.unwrap();
        assert_eq!(db.count::<Jobs>().await, 3);
        let entry = db.entry(2).await;
        assert_eq!(
            (entry.step.as_str(), entry.outcome),
            (LOGS_TO_JOBS, Outcome::Quarantined)
        );
        assert_eq!(
            entry.reason.as_deref(),
            Some("the event that it is a run of is not there")
        );
    }
}

/// SQLite keeps a time as the text that was written, which is not always how a driver would write it.
#[tokio::test]
async fn times_in_another_spelling_are_copied_as_they_are() {
    let db = Db::sqlite().await;
    prepare(&db).await;
    insert(
        &db,
        [
            log(1, LogStatus::Success),
            open_log(2, LogStatus::Running, "2025-07-14T11:00:00"),
        ],
    )
    .await;
    db.run("UPDATE logs SET start_time = '2025-07-13T02:11:32.5', end_time = '2025-07-13 02:12' WHERE id = 1")
        .await;
    db.run("UPDATE logs SET start_time = '2025-07-14T11:58:00.5' WHERE id = 2")
        .await;
    up(&db, &step()).await.unwrap();
    let (_, jobs) = rows(&db).await;
    let of = |row: usize, text: &str| jobs[row].iter().flatten().filter(|cell| *cell == text).count();
    // Scheduled, started, made; then completed and changed.
    assert_eq!((of(0, "2025-07-13T02:11:32.5"), of(0, "2025-07-13 02:12")), (3, 2));
    assert_eq!(job_of(&db, 2).await.status, JobStatus::Running);
}
