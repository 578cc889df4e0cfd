//! `events` → `jobs`.

use data_migrations::event_jobs as step;
use entity::{
    events::{
        EventStatus, EventTriggerType, EventType, RunLocation, Tags, TimeUnit, env_vars, event_servers,
        events::{self, Entity as Events},
    },
    jobs::{
        JobId, JobStatus, JobType,
        jobs::{self, Entity as Jobs},
    },
    values::{Document, Sealed, Stored},
};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, EntityTrait as _};
use seawright::data::{Outcome, RunOptions, ledger::notes};
use serde_json::json;

use super::{NOW, cells, job, prepare, up, up_at};
use crate::support::{Db, ODD_TEXTS, insert, time};

/// An active event of Ada's that runs every quarter of an hour.
fn event(id: i32) -> events::ActiveModel {
    events::ActiveModel {
        id: Set(id),
        user_id: Set("ada".to_owned()),
        name: Set(format!("Event {id}")),
        r#type: Set(EventType::Bash.into()),
        content: Set(Some("echo".to_owned())),
        status: Set(EventStatus::Active.into()),
        trigger_type: Set(EventTriggerType::Schedule.into()),
        schedule_number: Set(15),
        schedule_unit: Set(TimeUnit::Minutes.into()),
        last_run_at: Set(Some(time("2025-07-14T11:50:02"))),
        tags: Set(Document::Known(Tags::default())),
        created_at: Set(time("2025-05-01T08:00:00")),
        updated_at: Set(time("2025-05-01T08:00:00")),
        ..Default::default()
    }
}

async fn entry(db: &Db, event: i32) -> jobs::Model {
    Jobs::find_by_id(JobId::for_event(event))
        .one(&db.0)
        .await
        .unwrap()
        .unwrap_or_else(|| panic!("the event {event} has no entry"))
}

/// The lines of the report: the event and what is said of it.
async fn notes(db: &Db) -> Vec<(String, String)> {
    let mut notes: Vec<_> = db
        .all::<notes::Entity>()
        .await
        .into_iter()
        .map(|note| (note.row_key, note.note))
        .collect();
    notes.sort();
    notes
}

/// Without the three events that every database of these tests has.
async fn empty(db: &Db) {
    prepare(db).await;
    db.run("DELETE FROM events").await;
}

on_every_database! {
    async fn a_scheduled_event_waits_for_its_next_run(db: Db) {
        empty(&db).await;
        let mut by_cron = event(32);
        by_cron.custom_schedule = Set(Some("0 3 * * *".to_owned()));
        let mut later = event(33);
        later.start_time = Set(Some(time("2025-08-01T00:00:00")));
        insert(&db, [event(31)]).await;
        insert(&db, [by_cron]).await;
        insert(&db, [later]).await;
        up(&db, &step()).await.unwrap();
        for (id, expected) in [
            (31, "2025-07-14T12:05:02"),
            (32, "2025-07-15T03:00:00"),
            (33, "2025-08-01T00:00:00"),
        ] {
            let made = entry(&db, id).await;
            assert_eq!((made.status, made.scheduled_for), (JobStatus::Queued, time(expected)), "{id}");
            assert_eq!((made.event_id, made.user_id.as_str(), made.r#type), (id, "ada", JobType::Script));
            assert_eq!((made.created_at, made.updated_at), (time(NOW), time(NOW)));
            assert_eq!(
                made.payload.to_json(),
                json!({
                    "executionLogId": null,
                    "input": {},
                    "target": {"containerImage": "cronium/bash:latest"},
                    "timeout": {"value": 30, "unit": "SECONDS"},
                    "script": {"type": "BASH", "content": "echo"},
                })
            );
            assert_eq!(
                made.metadata.to_json(),
                json!({"eventName": format!("Event {id}"), "triggeredBy": "schedule", "origin": "migration"})
            );
        }
        assert!(notes(&db).await.is_empty());
    }

    async fn long_missed_runs_are_no_stampede(db: Db) {
        empty(&db).await;
        // A year without a scheduler; each event ran at a minute of its own.
        insert(&db, (1..=40).map(|id| events::ActiveModel {
            schedule_number: Set(1),
            schedule_unit: Set(TimeUnit::Hours.into()),
            last_run_at: Set(Some(time(&format!("2024-07-14T09:{id:02}:00")))),
            ..event(id)
        }))
        .await;
        up(&db, &step()).await.unwrap();
        for id in 1..=40 {
            assert_eq!(entry(&db, id).await.scheduled_for, time(&format!("2025-07-14T12:{id:02}:00")));
        }
    }

    async fn every_other_event_has_a_cancelled_entry_that_says_why(db: Db) {
        empty(&db).await;
        let cases = [
            (events::ActiveModel { status: Set(EventStatus::Draft.into()), ..event(1) }, "the event is a draft", false),
            (events::ActiveModel { status: Set(EventStatus::Paused.into()), ..event(2) }, "the event is paused", false),
            (events::ActiveModel { status: Set(EventStatus::Archived.into()), ..event(3) }, "the event is archived", false),
            (events::ActiveModel { status: Set(Stored::from_text("ON")), ..event(4) }, "the event's status `ON`", true),
            (
                events::ActiveModel { trigger_type: Set(EventTriggerType::Manual.into()), ..event(5) },
                "the event is started by hand",
                true,
            ),
            (
                events::ActiveModel { max_executions: Set(5), execution_count: Set(5), ..event(6) },
                "the event has run 5 times and may run 5 times",
                false,
            ),
            (
                events::ActiveModel { custom_schedule: Set(Some("not a cron".to_owned())), ..event(7) },
                "the cron line `not a cron` can't be read",
                true,
            ),
            (
                events::ActiveModel { custom_schedule: Set(Some("0 0 31 2 *".to_owned())), ..event(8) },
                "the event's schedule names a time that never comes",
                true,
            ),
            (
                events::ActiveModel { run_location: Set(RunLocation::Remote.into()), ..event(9) },
                "the event runs on a server, and has none",
                true,
            ),
            (
                events::ActiveModel { r#type: Set(EventType::HttpRequest.into()), content: Set(None), ..event(10) },
                "the event makes an HTTP request, and has no method or no URL",
                true,
            ),
        ];
        let mut noted = Vec::new();
        for (event, reason, looked_at) in &cases {
            event.clone().insert(&db.0).await.unwrap();
            noted.extend(looked_at.then(|| (event.id.clone().unwrap().to_string(), *reason)));
        }
        up(&db, &step()).await.unwrap();
        for (event, reason, _) in cases {
            let made = entry(&db, event.id.unwrap()).await;
            assert_eq!((made.status, made.completed_at), (JobStatus::Cancelled, Some(time(NOW))), "{reason}");
            let said = made.last_error.unwrap();
            assert!(said.starts_with(&format!("nothing is scheduled: {reason}")), "{said}");
            assert_eq!(made.result.unwrap().to_json(), json!({"error": said}));
        }
        noted.sort();
        let notes = notes(&db).await;
        assert_eq!(notes.len(), noted.len(), "{notes:?}");
        for ((event, note), (expected, reason)) in notes.iter().zip(noted) {
            assert_eq!(*event, expected);
            assert!(note.contains(reason), "{note}");
        }
    }

    async fn secrets_are_referred_to_and_servers_all_kept(db: Db) {
        empty(&db).await;
        for id in [1, 2] {
            db.run(&format!(
                "INSERT INTO servers (id, user_id, name, address, ssh_key) VALUES ({id}, 'ada', 'S', 'a.example.com', 'k')"
            ))
            .await;
        }
        let remote = |id| events::ActiveModel { run_location: Set(RunLocation::Remote.into()), ..event(id) };
        insert(&db, [remote(1), remote(2)]).await;
        insert(&db, [event(3)]).await;
        insert(&db, [(1, 2), (1, 1), (1, 2), (2, 1), (3, 1)].map(|(event, server)| event_servers::ActiveModel {
            event_id: Set(event),
            server_id: Set(server),
            created_at: Set(time(NOW)),
            ..Default::default()
        }))
        .await;
        let variables = [(7, 1, "TOKEN", "hunter2"), (8, 1, "", "hunter2"), (9, 1, "EMPTY", ""), (10, 2, "TOKEN", "hunter2")];
        insert(&db, variables.map(|(id, event, key, value)| env_vars::ActiveModel {
            id: Set(id),
            event_id: Set(event),
            key: Set(key.to_owned()),
            value: Set(Sealed::from_stored(value)),
            created_at: Set(time(NOW)),
            updated_at: Set(time(NOW)),
        }))
        .await;
        up(&db, &step()).await.unwrap();
        let payloads = [entry(&db, 1).await, entry(&db, 2).await, entry(&db, 3).await].map(|made| made.payload.to_json());
        assert_eq!(payloads[0]["target"], json!({"serverIds": [2, 1]}));
        assert_eq!(payloads[1]["target"], json!({"serverId": 1}));
        assert_eq!(payloads[2]["target"], json!({"containerImage": "cronium/bash:latest"}));
        assert_eq!(payloads[0]["environment"], json!({"TOKEN": {"envVar": 7}}));
        assert_eq!(payloads[1]["environment"], json!({"TOKEN": {"envVar": 10}}));
        assert!(payloads[2].get("environment").is_none());
        let stored = format!("{:?}", cells::<Jobs>(&db).await);
        assert!(!stored.contains("hunter2"));
    }

    async fn texts_arrive_as_they_were(db: Db) {
        empty(&db).await;
        insert(&db, (1..).zip(ODD_TEXTS).map(|(id, text)| events::ActiveModel {
            name: Set(text.to_owned()),
            content: Set(Some(text.to_owned())),
            ..event(id)
        }))
        .await;
        up(&db, &step()).await.unwrap();
        for (id, text) in (1..).zip(ODD_TEXTS) {
            let made = entry(&db, id).await;
            assert_eq!(made.payload.to_json()["script"]["content"], text);
            assert_eq!(made.metadata.to_json()["eventName"], text);
        }
    }

    async fn a_second_run_changes_nothing_and_a_new_event_gets_its_entry(db: Db) {
        empty(&db).await;
        insert(&db, [i32::MIN, -1, 1, i32::MAX].map(event)).await;
        up(&db, &step()).await.unwrap();
        let after = (cells::<Jobs>(&db).await, cells::<Events>(&db).await);
        assert_eq!(after.0.len(), 4);
        up(&db, &step()).await.unwrap();
        assert_eq!((cells::<Jobs>(&db).await, cells::<Events>(&db).await), after);
        // What has become of an entry is the application's business.
        db.run("UPDATE jobs SET status = 'completed' WHERE event_id = 1").await;
        insert(&db, [event(2)]).await;
        up(&db, &step()).await.unwrap();
        assert_eq!(entry(&db, 1).await.status, JobStatus::Completed);
        assert_eq!(entry(&db, 2).await.scheduled_for, time("2025-07-14T12:05:02"));
        assert_eq!(db.count::<Jobs>().await, 5);
    }

    async fn other_jobs_of_an_event_are_no_entry(db: Db) {
        empty(&db).await;
        insert(&db, [event(1)]).await;
        insert(&db, [job("job_log-00000001", 1), job("job_vqjpKrdGYXKW", 1)]).await;
        up(&db, &step()).await.unwrap();
        assert_eq!(entry(&db, 1).await.status, JobStatus::Queued);
        assert_eq!(db.count::<Jobs>().await, 3);
    }

    async fn small_batches_make_the_same_of_it(db: Db) {
        empty(&db).await;
        insert(&db, (1..=23).map(event)).await;
        insert(&db, (1..=23).map(|id| env_vars::ActiveModel {
            id: Set(100 + id),
            event_id: Set(id),
            key: Set("TOKEN".to_owned()),
            value: Set(Sealed::from_stored("hunter2")),
            created_at: Set(time(NOW)),
            updated_at: Set(time(NOW)),
        }))
        .await;
        let options = RunOptions { batch: Some(4), workers: 2, as_of: Some(time(NOW)), ..RunOptions::default() };
        options.scope(db.up(&step())).await.unwrap();
        for id in 1..=23 {
            let environment = json!({"TOKEN": {"envVar": 100 + id}});
            assert_eq!(entry(&db, id).await.payload.to_json()["environment"], environment);
        }
    }

    async fn another_moment_makes_other_entries(db: Db) {
        empty(&db).await;
        insert(&db, [event(1)]).await;
        up_at(&db, &step(), "2025-07-14T12:05:02").await.unwrap();
        assert_eq!(entry(&db, 1).await.scheduled_for, time("2025-07-14T12:20:02"));
    }

    async fn down_takes_the_entries_away_and_nothing_else(db: Db) {
        empty(&db).await;
        insert(&db, (1..4).map(event)).await;
        insert(&db, [job("job_vqjpKrdGYXKW", 1)]).await;
        let before = (cells::<Jobs>(&db).await, cells::<Events>(&db).await);
        up(&db, &step()).await.unwrap();
        db.down(&step()).await;
        assert_eq!((cells::<Jobs>(&db).await, cells::<Events>(&db).await), before);
        assert!(notes(&db).await.is_empty());
    }

    async fn an_entry_that_was_due_before_it_was_made_is_found(db: Db) {
        empty(&db).await;
        insert(&db, [event(1)]).await;
        up(&db, &step()).await.unwrap();
        db.run("UPDATE jobs SET scheduled_for = '2025-07-14 11:59:59' WHERE event_id = 1").await;
        let error = up(&db, &step()).await.unwrap_err();
        assert!(error.contains("an entry that was due before it was made: 1 row"), "{error}");
    }

    async fn an_entry_of_another_event_is_found(db: Db) {
        empty(&db).await;
        insert(&db, [event(1), event(2)]).await;
        up(&db, &step()).await.unwrap();
        db.run("UPDATE jobs SET event_id = 2 WHERE event_id = 1").await;
        let error = up(&db, &step()).await.unwrap_err();
        assert!(error.contains("an event whose entry belongs to another: 1 row"), "{error}");
    }
}

/// SQLite lets a row refer to nothing where nobody has asked it not to; asked again, it is the row that is at fault.
#[tokio::test]
async fn an_event_without_its_user_goes_into_quarantine() {
    let db = Db::sqlite().await;
    empty(&db).await;
    insert(&db, (1..4).map(event)).await;
    db.run("PRAGMA foreign_keys = OFF").await;
    db.run("UPDATE events SET user_id = 'gone' WHERE id = 2").await;
    db.run("PRAGMA foreign_keys = ON").await;
    up(&db, &step()).await.unwrap();
    assert_eq!(db.count::<Jobs>().await, 2);
    assert_eq!(db.entry(2).await.outcome, Outcome::Quarantined);
}
