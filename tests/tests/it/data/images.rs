//! What a data migration changes can be put back, byte for byte.

use async_trait::async_trait;
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{Set, Unchanged},
    ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, NotSet, QueryFilter as _, Select,
    sea_query::{Condition, Expr, ExprTrait as _, Query},
};
use seawright::data::{Batch, DataError, DataMigration, DataStep, Invariant, Reads};
use tests::on_every_database;

use crate::data::support::{apply, batches, execute, fill, items, make, number, pairs, revert, rows};

/// Changes rows by models: every item gets another value in every column, and a pair; every tenth is deleted.
struct ByRows;

#[async_trait]
impl DataMigration for ByRows {
    type Source = items::Entity;

    fn pending(&self) -> Select<items::Entity> {
        items::Entity::find().filter(items::Column::Done.eq(false))
    }

    async fn migrate(&self, batch: &mut Batch<'_, Self::Source>) -> Result<(), DataError> {
        let made = batch.rows().iter().map(|item| pairs::ActiveModel {
            word: Set(item.name.clone()),
            number: Set(i64::from(item.id)),
            state: Set("made".to_owned()),
        });
        batch.insert(made.collect::<Vec<_>>()).await?;
        let gone: Vec<items::Model> = batch.rows().iter().filter(|item| item.id % 10 == 0).cloned().collect();
        batch.delete::<items::Entity>(&gone).await?;
        let changed = batch.rows().iter().filter(|item| item.id % 10 != 0).map(|item| {
            if item.id % 2 == 0 {
                // Not all columns: the rows of a batch need not be alike.
                return items::ActiveModel {
                    id: Unchanged(item.id),
                    done: Set(true),
                    ..Default::default()
                };
            }
            items::ActiveModel {
                id: Unchanged(item.id),
                name: Set(format!("{} and more", item.name)),
                price: Set(item.price.map(|price| price * 7.0)),
                seen: Set(!item.seen),
                made: Set("1999-12-31T23:59:59".parse().unwrap()),
                tags: Set(Some(serde_json::json!([null, item.name]))),
                raw: Set(None),
                done: Set(true),
            }
        });
        batch.update(changed.collect::<Vec<_>>()).await?;
        Ok(())
    }

    fn invariants(&self) -> Vec<Invariant> {
        let left = Query::select()
            .column(items::Column::Id)
            .from(items::Entity)
            .and_where(items::Column::Done.eq(false))
            .take();
        vec![Invariant::none("an item that is not done", left)]
    }
}

/// The same by statements: a pair for every item, then the items.
struct ByKeys;

#[async_trait]
impl DataMigration for ByKeys {
    type Source = items::Entity;

    fn pending(&self) -> Select<items::Entity> {
        items::Entity::find().filter(items::Column::Done.eq(false))
    }

    fn reads(&self) -> Reads {
        Reads::Keys
    }

    async fn migrate(&self, batch: &mut Batch<'_, Self::Source>) -> Result<(), DataError> {
        let found = Query::select()
            .column(items::Column::Name)
            .expr(items::Column::Id.into_expr().cast_as("bigint"))
            .expr(Expr::val("made"))
            .from(items::Entity)
            .cond_where(batch.scope())
            .take();
        batch
            .insert_select::<pairs::Entity>(
                vec![pairs::Column::Word, pairs::Column::Number, pairs::Column::State],
                found,
            )
            .await?;
        let tenth = Condition::all()
            .add(batch.scope())
            .add(items::Column::Id.into_expr().modulo(10).eq(0));
        batch.delete_where::<items::Entity>(tenth).await?;
        let values = vec![
            (items::Column::Done, Expr::val(true)),
            (items::Column::Price, Expr::cust("price * 7.0")),
        ];
        batch.update_where::<items::Entity>(values, batch.scope()).await?;
        Ok(())
    }
}

/// Works on a table whose key is a text and a number, and changes each row twice.
struct Pairs;

#[async_trait]
impl DataMigration for Pairs {
    type Source = pairs::Entity;

    fn pending(&self) -> Select<pairs::Entity> {
        pairs::Entity::find().filter(pairs::Column::State.ne("second"))
    }

    async fn migrate(&self, batch: &mut Batch<'_, Self::Source>) -> Result<(), DataError> {
        for state in ["first", "second"] {
            let changed = batch.rows().iter().map(|pair| pairs::ActiveModel {
                word: Unchanged(pair.word.clone()),
                number: Unchanged(pair.number),
                state: Set(state.to_owned()),
            });
            batch.update(changed.collect::<Vec<_>>()).await?;
        }
        Ok(())
    }
}

on_every_database! {
    async fn models_and_back(db: TestDb) {
        let db = db.connect().await;
        make(&db).await;
        fill(&db, 250).await;
        let before = rows(&db).await;
        let step = DataStep::new("m1_by_rows", ByRows);
        for size in [1000, 33, 7] {
            let summary = apply(&db, &step, batches(size)).await.unwrap();
            assert_eq!(summary.worked, 250);
            assert_eq!(number(&db, "SELECT count(*) FROM items WHERE done").await, 225);
            assert_eq!(number(&db, "SELECT count(*) FROM pairs").await, 250);
            let after = rows(&db).await;
            assert_eq!(apply(&db, &step, batches(size)).await.unwrap().worked, 0, "a second run changes nothing");
            assert_eq!(after, rows(&db).await);
            revert(&db, &step, false).await.unwrap();
            assert_eq!(before, rows(&db).await, "batches of {size}");
            assert_eq!(number(&db, "SELECT count(*) FROM seawright_data_images").await, 0);
        }
        db.close().await.unwrap();
    }

    async fn statements_and_back(db: TestDb) {
        let db = db.connect().await;
        make(&db).await;
        fill(&db, 250).await;
        let before = rows(&db).await;
        let step = DataStep::new("m1_by_keys", ByKeys);
        for size in [1000, 33] {
            assert_eq!(apply(&db, &step, batches(size)).await.unwrap().worked, 250);
            assert_eq!(number(&db, "SELECT count(*) FROM items WHERE done").await, 225);
            assert_eq!(number(&db, "SELECT count(*) FROM pairs").await, 250);
            assert_eq!(apply(&db, &step, batches(size)).await.unwrap().worked, 0);
            revert(&db, &step, false).await.unwrap();
            assert_eq!(before, rows(&db).await, "batches of {size}");
        }
        db.close().await.unwrap();
    }

    /// The newest change is taken back first, so that the oldest value is what remains.
    async fn a_row_that_was_changed_twice_and_a_key_of_two_columns(db: TestDb) {
        let db = db.connect().await;
        make(&db).await;
        let many = (0..90_i64).map(|at| pairs::ActiveModel {
            word: Set(crate::data::support::ODD_TEXTS[usize::try_from(at).unwrap() % 9].to_owned()),
            number: Set(i64::MAX - at / 9),
            state: Set(format!("state {at}")),
        });
        pairs::Entity::insert_many(many).exec_without_returning(&db).await.unwrap();
        let before = rows(&db).await;
        let step = DataStep::new("m1_pairs", Pairs);
        assert_eq!(apply(&db, &step, batches(7)).await.unwrap().worked, 90);
        assert_eq!(number(&db, "SELECT count(*) FROM pairs WHERE state = 'second'").await, 90);
        revert(&db, &step, false).await.unwrap();
        assert_eq!(before, rows(&db).await);
        db.close().await.unwrap();
    }

    async fn rows_that_others_have_changed_since_are_named_and_nothing_is_touched(db: TestDb) {
        let db = db.connect().await;
        make(&db).await;
        fill(&db, 60).await;
        let before = rows(&db).await;
        let step = DataStep::new("m1_by_rows", ByRows);
        apply(&db, &step, batches(25)).await.unwrap();
        execute(&db, "UPDATE items SET name = 'changed by a person' WHERE id = 7").await;
        execute(&db, "UPDATE pairs SET state = 'changed too' WHERE number IN (8, 9)").await;
        let after = rows(&db).await;

        let error = revert(&db, &step, false).await.unwrap_err().to_string();
        assert!(error.starts_with("refused: "), "{error}");
        assert!(error.contains("`pairs`") || error.contains("`items` has been changed since"), "{error}");
        assert_eq!(after, rows(&db).await, "nothing half-done");
        execute(&db, "UPDATE pairs SET state = 'made'").await;
        let error = revert(&db, &step, false).await.unwrap_err().to_string();
        assert!(error.contains("1 row of `items` has been changed since `m1_by_rows` changed them") && error.contains(": 7."), "{error}");

        // A column that the step did not change is everybody's to change.
        execute(&db, "UPDATE items SET name = 'mine' WHERE id = 8").await;
        revert(&db, &step, true).await.unwrap();
        assert_eq!(number(&db, "SELECT count(*) FROM items WHERE name = 'changed by a person' AND done").await, 1);
        assert_eq!(number(&db, "SELECT count(*) FROM items WHERE NOT done").await, 59);
        assert_eq!(number(&db, "SELECT count(*) FROM items WHERE name = 'mine' AND NOT done").await, 1);
        assert_eq!(number(&db, "SELECT count(*) FROM pairs").await, 0);
        assert_eq!(before["items"].len(), 60);
        db.close().await.unwrap();
    }

    async fn before_images_that_were_thrown_away_are_missed(db: TestDb) {
        let db = db.connect().await;
        make(&db).await;
        fill(&db, 9).await;
        let step = DataStep::new("m1_by_rows", ByRows);
        apply(&db, &step, batches(5)).await.unwrap();
        let long_ago = "2020-01-01T00:00:00".parse().unwrap();
        assert_eq!(seawright::data::quarantine::prune(&db, None, long_ago).await.unwrap(), 0);
        let later = "2999-01-01T00:00:00".parse().unwrap();
        assert_eq!(seawright::data::quarantine::prune(&db, Some("m1_by_rows"), later).await.unwrap(), 1);
        let error = revert(&db, &step, false).await.unwrap_err().to_string();
        assert!(error.contains("thrown away"), "{error}");
        assert_eq!(number(&db, "SELECT count(*) FROM items WHERE done").await, 9);
        db.close().await.unwrap();
    }

    /// Rows whose keys the database gives can be put back too, and a row without its key is refused.
    async fn rows_are_inserted_with_and_without_their_keys(db: TestDb) {
        struct Keyless;

        #[async_trait]
        impl DataMigration for Keyless {
            type Source = items::Entity;

            fn pending(&self) -> Select<items::Entity> {
                ByKeys.pending()
            }

            async fn migrate(&self, batch: &mut Batch<'_, Self::Source>) -> Result<(), DataError> {
                let mut item = batch.rows()[0].clone().into_active_model().reset_all();
                item.id = NotSet;
                batch.insert([item]).await
            }
        }
        let db = db.connect().await;
        make(&db).await;
        fill(&db, 3).await;
        let error = apply(&db, &DataStep::new("m1_keyless", Keyless), batches(5)).await.unwrap_err().to_string();
        assert!(error.contains("does not say its `id`"), "{error}");
        db.close().await.unwrap();
    }
}
