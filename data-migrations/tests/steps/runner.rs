//! What the steps rely on in the runner, with data migrations made for the purpose.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use entity::{
    events::conditional_actions,
    legacy::{
        conditional_events, sessions,
        templates::{self, Entity as Templates},
    },
    tools::tool_action_templates,
};
use sea_orm::{ActiveValue::Set, ConnectionTrait as _, DatabaseConnection, EntityTrait as _, Select, prelude::Json};
use sea_orm_migration::SchemaManagerConnection;
use seawright::data::{Batch, DataError, DataMigration, DataStep, Outcome};

use crate::support::{Db, conditional_event, insert, template, time};

/// Writes the number of each template into a table that does not take every number.
struct Numbers;

#[async_trait]
impl DataMigration for Numbers {
    type Source = Templates;

    fn pending(&self) -> Select<Templates> {
        Templates::find()
    }

    fn moves_out(&self) -> bool {
        true
    }

    async fn migrate(&self, batch: &mut Batch<'_, Templates>) -> Result<(), DataError> {
        for row in 0..batch.rows().len() {
            let id = batch.rows()[row].id;
            let sql = format!("INSERT INTO numbers (number) VALUES (NULLIF({id}, 3))");
            batch.transaction().execute_unprepared(&sql).await?;
            batch.migrated(row, id);
        }
        Ok(())
    }
}

/// Has another connection change a row while its first batch fails, and remembers the contents that it then sees.
struct Overtaken {
    other: DatabaseConnection,
    failed: AtomicBool,
    seen: Arc<Mutex<Vec<String>>>,
}

#[async_trait]
impl DataMigration for Overtaken {
    type Source = Templates;

    fn pending(&self) -> Select<Templates> {
        Templates::find()
    }

    fn moves_out(&self) -> bool {
        true
    }

    async fn migrate(&self, batch: &mut Batch<'_, Templates>) -> Result<(), DataError> {
        if !self.failed.swap(true, Ordering::Relaxed) {
            let change = "UPDATE templates SET content = 'changed' WHERE id = 2";
            self.other.execute_unprepared(change).await?;
            let violation = "INSERT INTO users (id) VALUES ('ada')";
            batch.transaction().execute_unprepared(violation).await?;
        }
        for row in 0..batch.rows().len() {
            self.seen.lock().unwrap().push(batch.rows()[row].content.clone());
            batch.archived(row, "");
        }
        Ok(())
    }
}

on_every_database! {
    async fn a_batch_may_have_a_thousand_rows(db: Db) {
        insert(&db, (1..=2300).map(conditional_event)).await;
        insert(&db, (1..=2300).map(|id| template(id, &format!("T{}", id % 7), "SLACK", &id.to_string()))).await;
        for step in [data_migrations::conditional_events(), data_migrations::templates()] {
            db.up(&step).await.unwrap();
        }
        db.run("UPDATE conditional_events SET message = 'changed'").await;
        db.run("UPDATE templates SET subject = 'changed'").await;
        for step in [data_migrations::conditional_events(), data_migrations::templates()] {
            db.up(&step).await.unwrap();
        }
        assert_eq!(db.count::<conditional_actions::Entity>().await, 2300);
        let made: std::collections::HashMap<String, _> = db
            .all::<tool_action_templates::Entity>()
            .await
            .into_iter()
            .map(|row| (row.id.to_string(), row))
            .collect();
        assert_eq!(made.len(), 2300);
        for entry in db.ledger().await.into_iter().filter(|entry| entry.source_table == "templates") {
            let made = &made[&entry.target_key.unwrap()];
            assert_eq!(made.parameters.to_json()["text"], entry.row_key);
        }
    }

    async fn every_kind_of_constraint_is_the_rows_fault(db: Db) {
        db.run("CREATE TABLE numbers (number integer NOT NULL CHECK (number <> 5))").await;
        insert(&db, (1..=7).map(|id| template(id, "T", "SLACK", ""))).await;
        db.up(&DataStep::new("m1_numbers", Numbers)).await.unwrap();
        for id in 1..=7 {
            let quarantined = db.entry(id).await.outcome == Outcome::Quarantined;
            assert_eq!(quarantined, [3, 5].contains(&id), "{id}");
        }
    }

    /// Otherwise nothing would know of it any more: it would stay for ever, and in the way of the row.
    async fn what_an_earlier_run_made_of_a_row_is_remembered_in_quarantine(db: Db) {
        let step = data_migrations::conditional_events();
        insert(&db, (1..=3).map(|id| conditional_events::ActiveModel {
            message: Set(Some(format!("message {id}"))),
            ..conditional_event(id)
        })).await;
        db.up(&step).await.unwrap();
        db.run("CREATE UNIQUE INDEX one_of_a_message ON conditional_actions (message)").await;
        db.run("UPDATE conditional_events SET message = 'message 1' WHERE id = 2").await;
        db.up(&step).await.unwrap();
        let entry = db.entry(2).await;
        assert_eq!((entry.outcome, entry.target_key.as_deref()), (Outcome::Quarantined, Some("2")));
        assert!(entry.row_json.contains("message 1"));

        db.run("UPDATE conditional_events SET message = 'message 4' WHERE id = 2").await;
        db.up(&step).await.unwrap();
        let messages: Vec<_> = db.all::<conditional_actions::Entity>().await.into_iter().map(|row| row.message.unwrap()).collect();
        assert_eq!(messages, ["message 1", "message 4", "message 3"]);
        let entry = db.entry(2).await;
        assert_eq!((entry.outcome, entry.reason), (Outcome::Migrated, None));

        db.run("UPDATE conditional_events SET message = 'message 1' WHERE id = 2").await;
        db.up(&step).await.unwrap();
        db.down(&step).await;
        assert_eq!(db.count::<conditional_actions::Entity>().await, 0);
    }

    async fn a_json_null_comes_back_as_one(db: Db) {
        let session = sessions::ActiveModel {
            sid: Set("a".to_owned()),
            sess: Set(Json::Null),
            expire: Set(time("2025-07-20T00:00:00")),
        };
        insert(&db, [session]).await;
        db.up(&data_migrations::sessions()).await.unwrap();
        db.drop_and_restore(sessions::Entity).await;
        assert_eq!(db.all::<sessions::Entity>().await[0].sess, Json::Null);
        db.require_moved("sessions").await.unwrap();
    }

    async fn a_step_whose_table_has_gone_stays_proven(db: Db) {
        let step = data_migrations::conditional_events();
        insert(&db, [conditional_event(1)]).await;
        db.up(&step).await.unwrap();
        db.run("DROP TABLE conditional_events").await;
        db.run("DELETE FROM conditional_actions").await; // The application's business by now.

        let manager = SchemaManagerConnection::Connection(&db.0);
        let migration = step.migration();
        assert_eq!(migration.pending(step.step(), &manager).await.unwrap(), 0);
        assert_eq!(migration.verify(step.step(), &manager).await.unwrap().migrated, 1);
        db.up(&step).await.unwrap();
        assert_eq!(migration.verify(step.step(), &manager).await.unwrap().migrated, 1);
    }

    async fn a_step_whose_table_never_was_there_says_so(db: Db) {
        db.run("DROP TABLE templates").await;
        let error = db.up(&data_migrations::templates()).await.unwrap_err();
        assert!(error.contains("`templates` is not there"), "{error}");
    }
}

async fn overtaken(db: Db) {
    insert(&db, (1..=2).map(|id| template(id, "T", "SLACK", "as read"))).await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let step = DataStep::new(
        "m1_overtaken",
        Overtaken {
            other: db.0.clone(),
            failed: AtomicBool::new(false),
            seen: Arc::clone(&seen),
        },
    );
    db.up(&step).await.unwrap();
    assert!(db.entry(2).await.row_json.contains("changed"));
    assert_eq!(*seen.lock().unwrap(), ["as read", "changed"]);
    assert_eq!(db.all::<templates::Entity>().await.len(), 2);
}

/// SQLite has one connection in these tests, and one writer anywhere.
#[tokio::test]
async fn a_row_is_migrated_as_the_ledger_keeps_it() {
    crate::support::postgres(overtaken).await;
}
