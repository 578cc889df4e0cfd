//! `conditional_events` → `conditional_actions`.

use crate::support::{Db, ODD_TEXTS, conditional_event, insert, time};
use data_migrations::{CONDITIONAL_EVENTS, conditional_events as step};
use entity::{
    events::conditional_actions,
    legacy::conditional_events::{self, Entity as Events},
    values::Stored,
};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ConnectionTrait as _, DbBackend, EntityTrait as _, Iterable as _,
    ModelTrait as _,
};
use seawright::data::Outcome;

/// The rows of a table as texts, column by column, as the database has them.
async fn cells(db: &Db, table: &str) -> Vec<Vec<Option<String>>> {
    let columns: Vec<String> = conditional_events::Column::iter()
        .map(|column| format!("CAST(\"{}\" AS text)", sea_orm::IdenStatic::as_str(&column)))
        .collect();
    let sql = format!("SELECT {} FROM {table} ORDER BY id", columns.join(", "));
    let rows =
        db.0.query_all_raw(sea_orm::Statement::from_string(db.0.get_database_backend(), sql))
            .await
            .unwrap();
    rows.iter()
        .map(|row| (0..columns.len()).map(|at| row.try_get_by_index(at).unwrap()).collect())
        .collect()
}

/// One row with everything in it, one with nothing, one of every odd text.
async fn fill(db: &Db) {
    let full = conditional_events::ActiveModel {
        id: Set(9),
        r#type: Set(Stored::from_text("SEND_MESSAGE")),
        value: Set(Some("a@example.com".to_owned())),
        success_event_id: Set(Some(1)),
        fail_event_id: Set(Some(2)),
        always_event_id: Set(Some(3)),
        condition_event_id: Set(Some(1)),
        target_event_id: Set(Some(2)),
        tool_id: Set(Some(3)),
        message: Set(Some("it happened".to_owned())),
        email_addresses: Set(Some("a@example.com, b@example.com".to_owned())),
        email_subject: Set(Some("Done".to_owned())),
        created_at: Set(time("2025-06-11T08:13:17.179039")),
        updated_at: Set(time("2025-07-10T09:43:55")),
    };
    let empty = conditional_events::ActiveModel {
        id: Set(3),
        r#type: Set(Stored::from_text("shout")),
        created_at: Set(time("1999-12-31T23:59:59.000001")),
        updated_at: Set(time("1999-12-31T23:59:59")),
        ..Default::default()
    };
    for row in [full, empty] {
        row.insert(&db.0).await.unwrap();
    }
    for (id, text) in (20..).zip(ODD_TEXTS) {
        let mut odd = conditional_event(id);
        odd.value = Set(Some(text.to_owned()));
        odd.message = Set(Some(text.to_owned()));
        odd.insert(&db.0).await.unwrap();
    }
}

on_every_database! {
    async fn every_row_is_copied_under_its_id_with_all_columns(db: Db) {
        fill(&db).await;
        db.up(&step()).await.unwrap();
        let rows = cells(&db, "conditional_events").await;
        assert_eq!(rows.len(), 10);
        assert_eq!(cells(&db, "conditional_actions").await, rows);
        let ledger = db.ledger().await;
        assert_eq!(ledger.len(), 10);
        for entry in ledger {
            assert_eq!((entry.step.as_str(), entry.outcome), (CONDITIONAL_EVENTS, Outcome::Migrated));
            assert_eq!(entry.target_key, Some(entry.row_key));
        }
    }

    async fn an_empty_table_is_done_at_once(db: Db) {
        db.up(&step()).await.unwrap();
        assert!(db.ledger().await.is_empty());
        db.require_moved("conditional_events").await.unwrap();
    }

    async fn the_new_table_counts_on_from_where_the_old_one_was(db: Db) {
        // The old counter has reached 41, the highest row that is left is 2.
        insert(&db, [conditional_event(2)]).await;
        if db.0.get_database_backend() == DbBackend::Postgres {
            db.run("SELECT setval('conditional_events_id_seq', 41)").await;
        } else {
            db.run("UPDATE sqlite_sequence SET seq = 41 WHERE name = 'conditional_events'").await;
        }
        db.up(&step()).await.unwrap();
        db.up(&step()).await.unwrap();
        let next = conditional_actions::ActiveModel { r#type: Set(Stored::from_text("NONE")), ..Default::default() };
        assert_eq!(next.insert(&db.0).await.unwrap().id, 42);
    }

    async fn the_new_table_counts_on_from_the_highest_row(db: Db) {
        insert(&db, [conditional_event(7)]).await; // PostgreSQL's counter knows nothing of it.
        db.up(&step()).await.unwrap();
        let next = conditional_actions::ActiveModel { r#type: Set(Stored::from_text("NONE")), ..Default::default() };
        assert_eq!(next.insert(&db.0).await.unwrap().id, 8);
    }

    async fn a_second_run_changes_nothing(db: Db) {
        fill(&db).await;
        db.up(&step()).await.unwrap();
        let (actions, ledger) = (db.all::<conditional_actions::Entity>().await, db.ledger().await);
        db.up(&step()).await.unwrap();
        assert_eq!(db.all::<conditional_actions::Entity>().await, actions);
        assert_eq!(db.ledger().await, ledger);
    }

    async fn a_changed_row_is_done_again_and_a_new_one_too(db: Db) {
        fill(&db).await;
        db.up(&step()).await.unwrap();
        db.run("UPDATE conditional_events SET message = 'changed', tool_id = NULL WHERE id = 9").await;
        insert(&db, [conditional_event(50)]).await;
        db.up(&step()).await.unwrap();
        assert_eq!(cells(&db, "conditional_actions").await, cells(&db, "conditional_events").await);
        assert_eq!(db.count::<conditional_actions::Entity>().await, 11);
        assert_eq!(db.ledger().await.len(), 11);
    }

    async fn an_action_of_the_new_application_stays_and_the_event_goes_into_quarantine(db: Db) {
        insert(&db, (1..=7).map(conditional_event)).await;
        let own = conditional_actions::ActiveModel {
            id: Set(4),
            r#type: Set(Stored::from_text("NONE")),
            message: Set(Some("mine".to_owned())),
            ..Default::default()
        };
        own.insert(&db.0).await.unwrap();
        db.up(&step()).await.unwrap();
        let kept = conditional_actions::Entity::find_by_id(4).one(&db.0).await.unwrap().unwrap();
        assert_eq!(kept.message.as_deref(), Some("mine"));
        assert_eq!(db.count::<conditional_actions::Entity>().await, 7);
        for id in [1, 2, 3, 5, 6, 7] {
            assert_eq!(db.entry(id).await.outcome, Outcome::Migrated);
        }
        let entry = db.entry(4).await;
        assert_eq!((entry.outcome, entry.target_key), (Outcome::Quarantined, None));
        assert!(entry.row_json.contains("2025-07-13"));
        let reason = entry.reason.unwrap().to_lowercase();
        assert!(reason.contains("unique") && reason.contains("conditional_actions"), "{reason}");
        db.require_moved("conditional_events").await.unwrap();
        // It is asked about again when its row has changed, and can go when the id is free.
        kept.delete(&db.0).await.unwrap();
        db.run("UPDATE conditional_events SET message = 'again' WHERE id = 4").await;
        db.up(&step()).await.unwrap();
        assert_eq!(db.entry(4).await.outcome, Outcome::Migrated);
        assert_eq!(cells(&db, "conditional_actions").await, cells(&db, "conditional_events").await);
    }

    async fn the_table_may_go_only_when_every_row_is_accounted_for(db: Db) {
        fill(&db).await;
        let refusal = db.require_moved("conditional_events").await.unwrap_err();
        assert!(refusal.contains("10 rows of `conditional_events`"), "{refusal}");
        db.up(&step()).await.unwrap();
        db.require_moved("conditional_events").await.unwrap();

        db.run("UPDATE conditional_events SET email_subject = '' WHERE id = 3").await; // It was NULL.
        assert!(db.require_moved("conditional_events").await.unwrap_err().contains("1 row of"));
        insert(&db, [conditional_event(60)]).await;
        assert!(db.require_moved("conditional_events").await.unwrap_err().contains("2 rows of"));
        db.up(&step()).await.unwrap();
        db.require_moved("conditional_events").await.unwrap();
    }

    async fn the_rows_come_back_as_they_were(db: Db) {
        fill(&db).await;
        let (rows, bytes) = (db.all::<Events>().await, cells(&db, "conditional_events").await);
        db.up(&step()).await.unwrap();
        db.drop_and_restore(Events).await;
        assert_eq!(db.all::<Events>().await, rows);
        assert_eq!(cells(&db, "conditional_events").await, bytes);
        // And are accounted for as before: nothing is done twice.
        db.require_moved("conditional_events").await.unwrap();
        // The next row does not collide.
        let mut next = conditional_event(0);
        next.id = sea_orm::NotSet;
        assert_eq!(next.insert(&db.0).await.unwrap().id, 28);
    }

    async fn down_takes_back_what_was_copied_and_nothing_else(db: Db) {
        fill(&db).await;
        let own = conditional_actions::ActiveModel {
            id: Set(100),
            r#type: Set(Stored::from_text("NONE")),
            ..Default::default()
        };
        own.insert(&db.0).await.unwrap();
        db.up(&step()).await.unwrap();
        db.down(&step()).await;
        let left = db.all::<conditional_actions::Entity>().await;
        assert_eq!(left.iter().map(|action| action.id).collect::<Vec<_>>(), [100]);
        assert!(db.ledger().await.is_empty());
        assert!(db.require_moved("conditional_events").await.is_err());
        db.up(&step()).await.unwrap();
        assert_eq!(db.count::<conditional_actions::Entity>().await, 11);
    }

    async fn down_without_a_run_does_nothing(db: Db) {
        fill(&db).await;
        db.down(&step()).await;
        assert_eq!(db.count::<Events>().await, 10);
    }

    async fn a_copy_that_differs_is_found(db: Db) {
        fill(&db).await;
        db.up(&step()).await.unwrap();
        for change in ["message = NULL", "message = 'x'", "always_event_id = 2", "updated_at = '2020-01-01 00:00:00'"] {
            db.run("UPDATE conditional_actions SET message = 'it happened', always_event_id = 3, updated_at = '2025-07-10 09:43:55' WHERE id = 9").await;
            db.up(&step()).await.unwrap();
            db.run(&format!("UPDATE conditional_actions SET {change} WHERE id = 9")).await;
            let error = db.up(&step()).await.unwrap_err();
            assert!(error.contains("without an equal conditional action: 1 row"), "{error}");
            // What is not verified does not let the table go.
            assert!(db.require_moved("conditional_events").await.is_err());
        }
    }
}

/// SQLite keeps a time as the text that was written, which is not always how a driver would write it.
#[tokio::test]
async fn times_in_another_spelling_are_copied_as_they_are() {
    let db = Db::sqlite().await;
    insert(&db, [conditional_event(1)]).await;
    db.run("UPDATE conditional_events SET created_at = '2025-07-13T02:11:32.5', updated_at = '2025-07-13 02:11'")
        .await;
    let bytes = cells(&db, "conditional_events").await;
    db.up(&step()).await.unwrap();
    assert_eq!(cells(&db, "conditional_actions").await, bytes);
}
