//! Rows that cannot be migrated are kept whole, and a person decides about them.

use async_trait::async_trait;
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, Select, TransactionTrait as _,
};
use sea_orm_migration::SchemaManager;
use seawright::data::{Batch, DataError, DataMigration, DataStep, quarantine, require_verified};
use tests::on_every_database;

use crate::data::support::{apply, batches, execute, fill, items, make, number, pairs, rows};

/// Makes a pair of each item; those divisible by 7 it refuses itself, and takes those divisible by 14 out of the table.
struct Sevens {
    tolerates: bool,
}

#[async_trait]
impl DataMigration for Sevens {
    type Source = items::Entity;

    fn pending(&self) -> Select<items::Entity> {
        items::Entity::find().filter(items::Column::Done.eq(false))
    }

    fn tolerates_quarantine(&self) -> bool {
        self.tolerates
    }

    async fn migrate(&self, batch: &mut Batch<'_, Self::Source>) -> Result<(), DataError> {
        let (mut good, mut gone) = (Vec::new(), Vec::new());
        for row in 0..batch.rows().len() {
            let item = batch.rows()[row].clone();
            if item.id % 7 == 0 && !item.seen_as_mended() {
                batch.quarantined(row, format!("{} is divisible by seven", item.id));
                if item.id % 14 == 0 {
                    gone.push(item);
                }
            } else {
                good.push(item);
            }
        }
        batch.delete::<items::Entity>(&gone).await?;
        let made = good.iter().map(|item| pairs::ActiveModel {
            word: Set("item".to_owned()),
            number: Set(i64::from(item.id)),
            state: Set("made".to_owned()),
        });
        batch.insert(made.collect::<Vec<_>>()).await?;
        let done = good.iter().map(|item| items::ActiveModel {
            id: Unchanged(item.id),
            done: Set(true),
            ..Default::default()
        });
        batch.update(done.collect::<Vec<_>>()).await?;
        Ok(())
    }
}

impl items::Model {
    fn seen_as_mended(&self) -> bool {
        self.name == "mended"
    }
}

on_every_database! {
    /// Constraint failures are found by halving, down to the row; the rest goes on.
    async fn the_run_goes_on_and_the_rows_are_kept_whole(db: TestDb) {
        let db = db.connect().await;
        make(&db).await;
        fill(&db, 100).await;
        execute(&db, "INSERT INTO pairs (word, number, state) VALUES ('item', 5, 'in the way'), ('item', 6, 'in the way'), ('item', 64, 'in the way')").await;
        let before = rows(&db).await;
        let step = DataStep::new("m1_sevens", Sevens { tolerates: true });
        let summary = apply(&db, &step, batches(40)).await.unwrap();
        assert_eq!((summary.quarantined, summary.worked), (14 + 3, 100));
        assert_eq!(number(&db, "SELECT count(*) FROM items").await, 93, "seven were taken out");
        assert_eq!(number(&db, "SELECT count(*) FROM items WHERE done").await, 83);
        let held = quarantine::list(&db, Some("m1_sevens"), &[]).await.unwrap();
        assert_eq!(held.len(), 17);
        let five = held.iter().find(|row| row.key == "5").unwrap();
        assert!(five.reason.to_lowercase().contains("unique"), "{}", five.reason);
        let fourteen = held.iter().find(|row| row.key == "14").unwrap();
        assert_eq!(fourteen.reason, "14 is divisible by seven");
        assert_eq!(fourteen.row["name"], crate::data::support::ODD_TEXTS[14 % 9], "kept whole though it has left its table");

        // A second run leaves them alone while they are unchanged.
        assert_eq!(apply(&db, &step, batches(40)).await.unwrap().worked, 0);

        // Accepted ones are not asked about again, and stay whole.
        assert_eq!(quarantine::accept(&db, "m1_sevens", &["5".into(), "6".into()], Some("let them be")).await.unwrap(), 2);
        let accepted = quarantine::list(&db, None, &["5".into()]).await.unwrap();
        assert!(accepted[0].accepted && accepted[0].reason.ends_with("(accepted: let them be)"));
        assert_eq!(apply(&db, &step, batches(40)).await.unwrap().worked, 0);

        // One that was mended is tried again, by the next run of itself or when asked.
        execute(&db, "UPDATE items SET name = 'mended' WHERE id = 7").await;
        let summary = apply(&db, &step, batches(40)).await.unwrap();
        assert_eq!((summary.worked, summary.quarantined, summary.accepted), (1, 14, 2));
        execute(&db, "DELETE FROM pairs WHERE number = 64").await;
        let transaction = db.begin().await.unwrap();
        assert_eq!(quarantine::retry(&transaction, "m1_sevens", &["64".into(), "14".into()]).await.unwrap(), 2);
        transaction.commit().await.unwrap();
        assert_eq!(number(&db, "SELECT count(*) FROM items WHERE id = 14").await, 1, "put back to be tried");
        let summary = apply(&db, &step, batches(40)).await.unwrap();
        assert_eq!((summary.worked, summary.quarantined), (2, 13));
        assert_eq!(number(&db, "SELECT count(*) FROM items WHERE id = 14").await, 0);

        crate::data::support::revert(&db, &step, true).await.unwrap();
        assert_eq!(rows(&db).await["items"].len(), before["items"].len());
        assert_eq!(quarantine::list(&db, None, &[]).await.unwrap(), []);
        db.close().await.unwrap();
    }

    async fn a_migration_that_tolerates_none_stops_at_the_first(db: TestDb) {
        let db = db.connect().await;
        make(&db).await;
        fill(&db, 30).await;
        let step = DataStep::new("m1_sevens", Sevens { tolerates: false });
        let error = apply(&db, &step, batches(5)).await.unwrap_err().to_string();
        assert!(error.contains("7: 7 is divisible by seven") && error.contains("tolerates none"), "{error}");
        assert_eq!(number(&db, "SELECT count(*) FROM items WHERE done").await, 5, "the batch before it is kept");
        assert_eq!(number(&db, "SELECT count(*) FROM seawright_data_runs WHERE state = 'failed' AND reason LIKE '%seven%'").await, 1);

        // When the rows are mended, the run goes on where it stopped.
        execute(&db, "UPDATE items SET name = 'mended'").await;
        assert_eq!(apply(&db, &step, batches(5)).await.unwrap().worked, 25);
        assert_eq!(number(&db, "SELECT count(*) FROM seawright_data_runs").await, 1);
        db.close().await.unwrap();
    }

    /// A schema step can demand that a data step is done, proven, and its quarantine resolved.
    async fn a_gate_asks_for_the_proof(db: TestDb) {
        let db = db.connect().await;
        make(&db).await;
        fill(&db, 8).await;
        let manager = SchemaManager::new(&db);
        let ask = || async { require_verified(&manager, "m1_sevens").await.map_err(|error| error.to_string()) };
        assert!(ask().await.unwrap_err().contains("has not begun"));
        let step = DataStep::new("m1_sevens", Sevens { tolerates: true });
        apply(&db, &step, batches(5)).await.unwrap();
        let refused = ask().await.unwrap_err();
        assert!(refused.contains("refused: ") && refused.contains("1 row are in quarantine"), "{refused}");
        quarantine::accept(&db, "m1_sevens", &[], None).await.unwrap();
        ask().await.unwrap();
        // A proof that fails later takes the first one back.
        execute(&db, "INSERT INTO items SELECT 9, name, price, seen, made, tags, raw, done FROM items WHERE id = 7").await;
        let connection = sea_orm_migration::SchemaManagerConnection::Connection(&db);
        step.migration().verify("m1_sevens", &connection).await.unwrap_err();
        assert!(ask().await.unwrap_err().contains("not proven"));
        db.close().await.unwrap();
    }
}
