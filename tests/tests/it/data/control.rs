//! A word to a run from another terminal, and what holds it back.

use std::{sync::Arc, time::Duration};

use sea_orm::DatabaseConnection;
use seawright::data::{
    DataStep, RunOptions, Throttle,
    progress::{Event, listening},
};
use tests::{on_every_database, on_postgres};

use super::{
    sharing::Counting,
    support::{Heard, apply, batches, execute, fill, listener, make, number},
};

/// Waits until that was heard.
async fn until(heard: &Arc<Heard>, wanted: impl Fn(&Event) -> bool) {
    while !heard.0.lock().unwrap().iter().any(&wanted) {
        tokio::task::yield_now().await;
    }
}

async fn ask(db: &DatabaseConnection, control: &str) {
    let sql = format!("UPDATE seawright_data_runs SET control = '{control}' WHERE state = 'running'");
    execute(db, &sql).await;
}

on_every_database! {
    async fn paused_it_waits_and_resumed_it_goes_on(db: TestDb) {
        let (one, terminal) = (db.connect().await, db.connect().await);
        make(&one).await;
        fill(&one, 60).await;
        let heard = listener();
        let step = DataStep::new("m1_counting", Counting::default());
        // Slow enough that the other terminal can come in between.
        let throttle = Throttle { pause: Duration::from_millis(100), ..Throttle::default() };
        let options = RunOptions { throttle, ..batches(10) };
        let running = listening(heard.clone(), apply(&one, &step, options));
        let controlling = async {
            until(&heard, |event| matches!(event, Event::Batch { .. })).await;
            ask(&terminal, "pause").await;
            until(&heard, |event| matches!(event, Event::Held { .. })).await;
            let done = number(&terminal, "SELECT count(*) FROM items WHERE done").await;
            assert!((10..60).contains(&done), "it waits in the middle: {done}");
            assert_eq!(number(&terminal, "SELECT count(*) FROM seawright_data_ranges WHERE lease_until > 0 AND NOT done").await, 0, "and holds nothing");
            ask(&terminal, "go").await;
        };
        let (summary, ()) = tokio::join!(running, controlling);
        assert_eq!(summary.unwrap().worked, 60);
        one.close().await.unwrap();
        terminal.close().await.unwrap();
    }

    async fn called_off_it_ends_and_the_next_goes_on(db: TestDb) {
        let (one, terminal) = (db.connect().await, db.connect().await);
        make(&one).await;
        fill(&one, 60).await;
        let heard = listener();
        let step = DataStep::new("m1_counting", Counting::default());
        let throttle = Throttle { pause: Duration::from_millis(100), ..Throttle::default() };
        let options = RunOptions { throttle, ..batches(10) };
        let running = listening(heard.clone(), apply(&one, &step, options));
        let controlling = async {
            until(&heard, |event| matches!(event, Event::Batch { .. })).await;
            ask(&terminal, "cancel").await;
        };
        let (ended, ()) = tokio::join!(running, controlling);
        let error = ended.unwrap_err().to_string();
        assert!(error.contains("was stopped from another terminal"), "{error}");
        assert_eq!(number(&one, "SELECT count(*) FROM seawright_data_runs WHERE state = 'cancelled'").await, 1);
        let done = number(&one, "SELECT count(*) FROM items WHERE done").await;
        assert!((10..60).contains(&done));
        let summary = apply(&one, &step, batches(10)).await.unwrap();
        assert_eq!(i64::try_from(summary.worked).unwrap(), 60 - done);
        one.close().await.unwrap();
        terminal.close().await.unwrap();
    }

    async fn it_waits_while_the_database_is_not_well(db: TestDb) {
        let (one, terminal) = (db.connect().await, db.connect().await);
        make(&one).await;
        fill(&one, 30).await;
        execute(&one, "CREATE TABLE health (busy integer); ").await;
        execute(&one, "INSERT INTO health (busy) VALUES (0)").await;
        let heard = listener();
        let step = DataStep::new("m1_counting", Counting::default());
        let throttle = Throttle { health: Some("SELECT busy FROM health".to_owned()), ..Throttle::default() };
        let options = RunOptions { throttle, ..batches(10) };
        let running = listening(heard.clone(), apply(&one, &step, options));
        let controlling = async {
            until(&heard, |event| matches!(event, Event::Held { .. })).await;
            assert_eq!(number(&terminal, "SELECT count(*) FROM items WHERE done").await, 0);
            execute(&terminal, "UPDATE health SET busy = 1").await;
        };
        let (summary, ()) = tokio::join!(running, controlling);
        assert_eq!(summary.unwrap().worked, 30);

        let throttle = Throttle { health: Some("SELECT missing FROM health".to_owned()), ..Throttle::default() };
        execute(&one, "UPDATE items SET done = false").await;
        let options = RunOptions { throttle, ..batches(10) };
        let error = apply(&one, &DataStep::new("m2_counting", Counting::default()), options).await.unwrap_err().to_string();
        assert!(error.contains("the health query cannot be asked"), "{error}");
        one.close().await.unwrap();
        terminal.close().await.unwrap();
    }
}

on_postgres! {
    /// Writers of the same rows and of new ones go on while it runs; none of them waits longer than the longest batch, and
    /// what they write is done too before anything is proven.
    async fn writers_wait_no_longer_than_a_batch(db: TestDb) {
        let (one, writer) = (db.connect().await, db.connect().await);
        make(&one).await;
        fill(&one, 4000).await;
        let heard = listener();
        let step = DataStep::new("m1_counting", Counting::default());
        let options = RunOptions { batch: None, batch_time: Duration::from_millis(100), workers: 2, ..RunOptions::default() };
        let running = listening(heard.clone(), apply(&one, &step, options));
        let writing = async {
            let mut longest = Duration::ZERO;
            for number in 0_u32.. {
                if heard.0.lock().unwrap().iter().any(|event| matches!(event, Event::Batch { done, .. } if *done >= 4000)) {
                    break;
                }
                let id = 1 + number * 37 % 4000;
                let clock = std::time::Instant::now();
                execute(&writer, &format!("UPDATE items SET seen = NOT seen WHERE id = {id}")).await;
                if number < 200 {
                    execute(&writer, &format!("INSERT INTO items SELECT {}, name, price, seen, made, tags, raw, false FROM items WHERE id = 1", -1 - i64::from(number))).await;
                }
                longest = longest.max(clock.elapsed());
            }
            longest
        };
        let (summary, longest) = tokio::join!(running, writing);
        let written = number(&one, "SELECT count(*) FROM items WHERE id < 0").await;
        assert!(written > 0, "the writer came to write");
        assert_eq!(i64::try_from(summary.unwrap().worked).unwrap(), 4000 + written, "what came in is done too");
        let slowest = heard.0.lock().unwrap().iter().filter_map(|event| match event {
            Event::Batch { milliseconds, .. } => Some(*milliseconds),
            _ => None,
        }).max().unwrap();
        // Two statements, each behind a batch at most; the rest is the machine's.
        let most = Duration::from_millis(slowest) * 2 + Duration::from_millis(250);
        assert!(longest <= most, "a writer waited {longest:?}, the longest batch took {slowest} ms");
        one.close().await.unwrap();
        writer.close().await.unwrap();
    }
}
