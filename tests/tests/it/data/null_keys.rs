//! SQLite lets NULL into a key that is no whole number: such a row cannot be moved, and is named.

use async_trait::async_trait;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, Select};
use seawright::data::{Batch, DataError, DataMigration, DataStep};
use tests::on_sqlite;

use crate::data::support::{apply, batches, execute, pairs};

/// Marks every pair.
struct Marks;

#[async_trait]
impl DataMigration for Marks {
    type Source = pairs::Entity;

    fn pending(&self) -> Select<pairs::Entity> {
        pairs::Entity::find().filter(pairs::Column::State.eq("new"))
    }

    async fn migrate(&self, batch: &mut Batch<'_, Self::Source>) -> Result<(), DataError> {
        batch.delete::<pairs::Entity>(batch.rows()).await?;
        Ok(())
    }
}

on_sqlite! {
    async fn a_row_without_a_key_is_named(db: TestDb) {
        let db = db.connect().await;
        execute(&db, "CREATE TABLE pairs (word text, number integer, state text NOT NULL, PRIMARY KEY (word, number))").await;
        execute(&db, "INSERT INTO pairs VALUES ('a', 1, 'new'), (NULL, 2, 'new')").await;
        let error = apply(&db, &DataStep::new("m20000101_000000_marks", Marks), batches(10)).await.unwrap_err();
        let error = error.to_string();
        assert!(error.contains("`pairs` has a row whose key is NULL") && error.contains("\"word\" IS NULL"), "{error}");
    }
}
