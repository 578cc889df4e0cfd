//! A dry run of rows tells what would happen and leaves nothing behind.

use async_trait::async_trait;
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, Select,
};
use sea_orm_migration::SchemaManagerConnection;
use seawright::data::{Batch, DataError, DataMigration, DataStep, RunOptions};
use tests::on_every_database;

use crate::data::support::{fill, items, make, number, pairs, rows};

struct Noting;

#[async_trait]
impl DataMigration for Noting {
    type Source = items::Entity;

    fn pending(&self) -> Select<items::Entity> {
        items::Entity::find().filter(items::Column::Done.eq(false))
    }

    async fn migrate(&self, batch: &mut Batch<'_, Self::Source>) -> Result<(), DataError> {
        for row in 0..batch.rows().len() {
            match batch.rows()[row].id {
                4 => batch.note(row, "look at this one"),
                5 => batch.quarantined(row, "five"),
                _ => {}
            }
        }
        let done: Vec<_> = batch.rows().iter().filter(|item| item.id != 5).collect();
        let made = done.iter().map(|item| pairs::ActiveModel {
            word: Set(item.name.clone()),
            number: Set(i64::from(item.id)),
            state: Set("made".to_owned()),
        });
        batch.insert(made.collect::<Vec<_>>()).await?;
        let done = done.iter().map(|item| items::ActiveModel {
            id: Unchanged(item.id),
            done: Set(true),
            ..Default::default()
        });
        batch.update(done.collect::<Vec<_>>()).await?;
        Ok(())
    }
}

on_every_database! {
    async fn it_tells_and_leaves_nothing(db: TestDb) {
        let db = db.connect().await;
        make(&db).await;
        fill(&db, 50).await;
        let before = rows(&db).await;
        let step = DataStep::new("m1_noting", Noting);
        let connection = SchemaManagerConnection::Connection(&db);
        let told = step.migration().rehearse("m1_noting", &connection, RunOptions::default()).await.unwrap();
        assert_eq!((told.pending, told.tried), (50, 50));
        let changes: Vec<_> = told.changes.iter().map(|change| (change.table.as_str(), change.change.as_str(), change.rows)).collect();
        assert_eq!(changes, [("items", "update", 49), ("pairs", "insert", 49)]);
        let update = told.examples.iter().find(|example| example.change == "update").unwrap();
        assert_eq!(update.key, "1");
        let (was, is) = if db.get_database_backend() == sea_orm::DbBackend::Postgres {
            (serde_json::json!({"done": "false"}), serde_json::json!({"done": "true"}))
        } else {
            (serde_json::json!({"done": 0}), serde_json::json!({"done": 1}))
        };
        assert_eq!((update.before.clone(), update.after.clone()), (Some(was), Some(is)));
        let insert = told.examples.iter().find(|example| example.change == "insert").unwrap();
        assert!(insert.before.is_none() && insert.after.as_ref().unwrap().to_string().contains("made"), "{insert:?}");
        assert_eq!(told.notes, [("4".to_owned(), "look at this one".to_owned())]);
        assert_eq!(told.quarantine.len(), 1);
        assert_eq!(told.quarantine[0].reason, "five");
        assert_eq!(told.failure, None);
        assert!(told.checks.iter().all(seawright::data::Checked::holds) && !told.checks.is_empty());
        assert!(told.expected_milliseconds.is_some());

        // On a sample only.
        let options = RunOptions { limit: Some(10), ..RunOptions::default() };
        let told = step.migration().rehearse("m1_noting", &connection, options).await.unwrap();
        assert_eq!((told.pending, told.tried), (50, 10));

        assert_eq!(before, rows(&db).await);
        let tables = "SELECT count(*) FROM ".to_owned()
            + if db.get_database_backend() == sea_orm::DbBackend::Postgres {
                "pg_tables WHERE tablename LIKE 'seawright%'"
            } else {
                "sqlite_schema WHERE name LIKE 'seawright%'"
            };
        assert_eq!(number(&db, &tables).await, 0, "not even the ledger's tables");
        db.close().await.unwrap();
    }
}
