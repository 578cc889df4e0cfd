//! Workers share a table: no row twice, none left out, whoever dies.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait as _, ConnectionTrait as _, DatabaseConnection, EntityTrait as _, QueryFilter as _, Select,
    TransactionTrait as _,
};
use seawright::data::{
    Batch, DataError, DataMigration, DataStep, RunOptions, Stop,
    progress::{Event, listening},
};
use tests::{TestDb, on_every_database, on_postgres};

use crate::data::support::{apply, batches, execute, fill, items, listener, make, number, pairs, rows};

/// Makes a pair of each item. Fails at the batch of that number, once; a row that is done twice violates the pairs' key.
#[derive(Default)]
pub(crate) struct Counting {
    batches: Arc<AtomicU64>,
    fails_at: Option<u64>,
    /// Done by another connection before that batch.
    meanwhile: Option<(u64, DatabaseConnection, &'static str)>,
}

#[async_trait]
impl DataMigration for Counting {
    type Source = items::Entity;

    fn pending(&self) -> Select<items::Entity> {
        items::Entity::find().filter(items::Column::Done.eq(false))
    }

    fn tolerates_quarantine(&self) -> bool {
        false
    }

    async fn migrate(&self, batch: &mut Batch<'_, Self::Source>) -> Result<(), DataError> {
        let number = self.batches.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some((at, other, sql)) = &self.meanwhile
            && *at == number
        {
            other.execute_unprepared(sql).await?;
        }
        let made = batch.rows().iter().map(|item| pairs::ActiveModel {
            word: Set("item".to_owned()),
            number: Set(i64::from(item.id)),
            state: Set(item.name.clone()),
        });
        batch.insert(made.collect::<Vec<_>>()).await?;
        let done = batch.rows().iter().map(|item| items::ActiveModel {
            id: Unchanged(item.id),
            done: Set(true),
            ..Default::default()
        });
        batch.update(done.collect::<Vec<_>>()).await?;
        if self.fails_at == Some(number) {
            return Err(DataError::Failed("the power fails".to_owned()));
        }
        Ok(())
    }
}

fn workers(workers: usize, rows: u64) -> RunOptions {
    RunOptions {
        workers,
        ..batches(rows)
    }
}

async fn undisturbed(db: &DatabaseConnection, count: i32) -> std::collections::BTreeMap<&'static str, Vec<String>> {
    make(db).await;
    fill(db, count).await;
    apply(db, &DataStep::new("m1_counting", Counting::default()), batches(1000))
        .await
        .unwrap();
    rows(db).await
}

on_every_database! {
    /// Stopped at each of its batches and gone on with by another number of workers, it ends in the same rows.
    async fn a_run_that_stops_anywhere_goes_on(db: TestDb) {
        let other = if db.is_postgres() { TestDb::postgres().await } else { TestDb::sqlite() };
        let expected_of = other.connect().await;
        let expected = undisturbed(&expected_of, 60).await;
        expected_of.close().await.unwrap();
        let db = db.connect().await;
        make(&db).await;
        for fails_at in 1..=6 {
            execute(&db, "DELETE FROM items").await;
            execute(&db, "DELETE FROM pairs").await;
            fill(&db, 60).await;
            let name: &'static str = format!("m{fails_at}_counting").leak();
            let stops = DataStep::new(name, Counting { fails_at: Some(fails_at), ..Counting::default() });
            let error = apply(&db, &stops, workers(1, 10)).await.unwrap_err().to_string();
            assert!(error.contains("the power fails"), "{error}");
            let done = number(&db, "SELECT count(*) FROM items WHERE done").await;
            assert_eq!(done, i64::try_from(fails_at - 1).unwrap() * 10, "whole batches only");
            let goes_on = DataStep::new(name, Counting::default());
            let summary = apply(&db, &goes_on, workers(3, 7)).await.unwrap();
            assert_eq!(i64::try_from(summary.worked).unwrap(), 60 - done);
            assert_eq!(expected, rows(&db).await);
        }
        db.close().await.unwrap();
    }

    /// A worker that is not heard of any more: what is left of its range is another's, and it can commit nothing itself.
    async fn a_lease_that_ran_out_is_taken_over(db: TestDb) {
        let db = db.connect().await;
        make(&db).await;
        fill(&db, 50).await;
        let step = DataStep::new("m1_counting", Counting { fails_at: Some(3), ..Counting::default() });
        apply(&db, &step, batches(10)).await.unwrap_err();
        // As if the process had died at that moment, on another host, holding its range.
        execute(&db, "UPDATE seawright_data_ranges SET owner = 'another-host 1 worker 1', lease_until = 1").await;
        execute(&db, "UPDATE seawright_data_runs SET state = 'running'").await;
        let step = DataStep::new("m1_counting", Counting::default());
        assert_eq!(apply(&db, &step, batches(10)).await.unwrap().worked, 30);
        assert_eq!(number(&db, "SELECT count(*) FROM pairs").await, 50);
        assert_eq!(number(&db, "SELECT count(*) FROM seawright_data_runs WHERE state = 'done' AND worked = 50").await, 1);
        db.close().await.unwrap();
    }

    async fn a_request_to_stop_is_heard_between_batches(db: TestDb) {
        let db = db.connect().await;
        make(&db).await;
        fill(&db, 50).await;
        let stop = Stop::default();
        stop.ask();
        let options = RunOptions { stop, ..batches(10) };
        let step = DataStep::new("m1_counting", Counting::default());
        let error = apply(&db, &step, options).await.unwrap_err().to_string();
        assert!(error.contains("was stopped at your request") && error.starts_with("refused: "), "{error}");
        assert_eq!(number(&db, "SELECT count(*) FROM seawright_data_runs WHERE state = 'cancelled'").await, 1);
        assert_eq!(apply(&db, &step, batches(10)).await.unwrap().worked, 50);
        db.close().await.unwrap();
    }
}

on_postgres! {
    async fn several_workers_and_processes_do_no_row_twice(db: TestDb) {
        let (one, two) = (db.connect().await, db.connect().await);
        make(&one).await;
        fill(&one, 3000).await;
        let step = DataStep::new("m1_counting", Counting::default());
        // Two connections to one database are two hosts, as far as it knows.
        let (first, second) = tokio::join!(apply(&one, &step, workers(3, 20)), apply(&two, &step, workers(2, 33)));
        assert_eq!(first.unwrap().worked + second.unwrap().worked, 3000);
        assert_eq!(number(&one, "SELECT count(*) FROM pairs").await, 3000);
        assert_eq!(number(&one, "SELECT count(*) FROM seawright_data_runs WHERE worked > 0").await, 1, "they joined one run");
        one.close().await.unwrap();
        two.close().await.unwrap();
    }

    /// While its rows are changed under it: the batch sees a conflict and is done again, smaller, with the new values.
    async fn a_row_that_changes_under_a_batch_is_done_as_it_is_then(db: TestDb) {
        let (one, other) = (db.connect().await, db.connect().await);
        make(&one).await;
        fill(&one, 40).await;
        let meanwhile = Some((2, other.clone(), "UPDATE items SET name = 'changed meanwhile' WHERE id = 15"));
        let step = DataStep::new("m1_counting", Counting { meanwhile, ..Counting::default() });
        let heard = listener();
        listening(heard.clone(), apply(&one, &step, batches(10))).await.unwrap();
        assert_eq!(number(&one, "SELECT count(*) FROM pairs WHERE number = 15 AND state = 'changed meanwhile'").await, 1);
        assert_eq!(number(&one, "SELECT count(*) FROM pairs").await, 40);
        assert!(heard.0.lock().unwrap().iter().any(|event| matches!(event, Event::Retried { .. })));
        one.close().await.unwrap();
        other.close().await.unwrap();
    }

    /// Rows that come in behind the workers are done before anything is proven.
    async fn rows_that_come_in_meanwhile_are_done_too(db: TestDb) {
        let (one, other) = (db.connect().await, db.connect().await);
        make(&one).await;
        fill(&one, 40).await;
        let sql = "INSERT INTO items SELECT id - 100, name, price, seen, made, tags, raw, done FROM items WHERE id <= 5";
        execute(&one, "UPDATE items SET done = false").await;
        let step = DataStep::new("m1_counting", Counting { meanwhile: Some((3, other.clone(), sql)), ..Counting::default() });
        let summary = apply(&one, &step, batches(10)).await.unwrap();
        // The five are copies of done rows by then.
        assert_eq!(summary.worked, 40);
        let sql = "INSERT INTO items SELECT id - 200, name, price, seen, made, tags, raw, false FROM items WHERE id BETWEEN 1 AND 5";
        execute(&one, "UPDATE items SET done = false WHERE id > 20").await;
        execute(&one, "DELETE FROM pairs").await;
        let step = DataStep::new("m2_counting", Counting { meanwhile: Some((2, other.clone(), sql)), ..Counting::default() });
        assert_eq!(apply(&one, &step, batches(10)).await.unwrap().worked, 25);
        one.close().await.unwrap();
        other.close().await.unwrap();
    }

    /// Somebody holds a row locked: the batch waits for it no longer than its time and is tried again.
    async fn a_lock_is_waited_for_and_the_batch_done_again(db: TestDb) {
        let (one, other) = (db.connect().await, db.connect().await);
        make(&one).await;
        fill(&one, 20).await;
        let holder = other.begin().await.unwrap();
        holder.execute_unprepared("SELECT 1 FROM items WHERE id = 5 FOR UPDATE").await.unwrap();
        let heard = listener();
        let step = DataStep::new("m1_counting", Counting::default());
        let running = listening(heard.clone(), apply(&one, &step, batches(10)));
        let releasing = async {
            // As soon as the first attempt has given up.
            loop {
                if heard.0.lock().unwrap().iter().any(|event| matches!(event, Event::Retried { .. })) {
                    break;
                }
                tokio::task::yield_now().await;
            }
            holder.commit().await.unwrap();
        };
        let (summary, ()) = tokio::join!(running, releasing);
        assert_eq!(summary.unwrap().worked, 20);
        one.close().await.unwrap();
        other.close().await.unwrap();
    }
}
