//! A step that wants to lock a table which others use.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait as _, TransactionTrait as _};
use seawright::{
    data::progress::{Event, Listener, listening},
    ddl::online::LockPolicy,
    history::{History, Runner},
};
use tests::on_postgres;

use super::small::{Sends, history};

history!(Adds:
    Sends::up("m1_users", &["CREATE TABLE users (id serial PRIMARY KEY)"]),
    Sends::up("m2_age", &["CREATE TABLE ages (id integer)", "ALTER TABLE users ADD COLUMN age integer"]),
);

#[derive(Default)]
struct Heard {
    waits: Mutex<Vec<String>>,
    enough: tokio::sync::Notify,
}

impl Listener for Heard {
    fn hear(&self, event: &Event) {
        if let Event::Held { why, .. } = event {
            let mut waits = self.waits.lock().unwrap();
            waits.push(why.clone());
            if waits.len() == 4 {
                self.enough.notify_one();
            }
        }
    }
}

fn policy(patience: Duration) -> LockPolicy {
    LockPolicy {
        timeout: Duration::from_millis(50),
        patience,
        first_pause: Duration::from_millis(20),
        longest_pause: Duration::from_millis(40),
        ..LockPolicy::default()
    }
}

on_postgres! {
    async fn it_waits_in_short_tries_and_says_for_whom_while_writers_go_on(db: TestDb) {
        let connection = db.connect().await;
        let runner = Runner::new(&connection, History::of::<Adds>()).unwrap();
        runner.up(Some(1), None).await.unwrap();
        let report = seawright::history::connect(&format!("{}?application_name=report", db.url()), None).await.unwrap();
        let reading = report.begin().await.unwrap();
        reading.execute_unprepared("SELECT count(*), 'a secret' FROM users").await.unwrap();

        let heard = Arc::new(Heard::default());
        let (listener, url) = (Arc::clone(&heard), db.url().to_owned());
        let running = tokio::spawn(async move {
            let connection = seawright::history::connect(&url, None).await.unwrap();
            let runner = Runner::new(&connection, History::of::<Adds>()).unwrap();
            let up = policy(Duration::from_secs(60)).scope(runner.up(None, None));
            listening(listener, up).await.map(|report| report.steps.len())
        });
        let (mut longest, mut written) = (Duration::ZERO, 0);
        let until = heard.enough.notified();
        tokio::pin!(until);
        loop {
            let clock = Instant::now();
            connection.execute_unprepared("INSERT INTO users DEFAULT VALUES").await.unwrap();
            longest = longest.max(clock.elapsed());
            written += 1;
            if tokio::time::timeout(Duration::from_millis(5), &mut until).await.is_ok() {
                break;
            }
        }
        // Four tries of 50 ms, each of which a writer may have to wait behind, on a machine that does other things too.
        assert!(written > 4 && longest < Duration::from_secs(2), "{written} rows, {longest:?}");
        reading.rollback().await.unwrap();
        assert_eq!(running.await.unwrap().unwrap(), 1);
        let waits = heard.waits.lock().unwrap().clone();
        assert!(waits[0].starts_with("`m2_age` waits for a lock (1 try"), "{}", waits[0]);
        assert!(waits[0].contains("of `report` as postgres, idle in transaction") || !db.url().contains("postgres@"), "{}", waits[0]);
        assert!(waits.iter().all(|wait| !wait.contains("secret")), "{waits:?}");
    }

    async fn it_gives_up_with_nothing_kept(db: TestDb) {
        let connection = db.connect().await;
        let runner = Runner::new(&connection, History::of::<Adds>()).unwrap();
        runner.up(Some(1), None).await.unwrap();
        let other = db.connect().await;
        let reading = other.begin().await.unwrap();
        reading.execute_unprepared("SELECT count(*) FROM users").await.unwrap();
        let error = policy(Duration::from_millis(100)).scope(runner.up(None, None)).await.unwrap_err();
        assert!(error.to_string().contains("given up"), "{error}");
        assert_eq!(runner.status().await.unwrap().pending(), 1);
        let made = connection.execute_unprepared("SELECT count(*) FROM ages").await;
        assert!(made.is_err(), "nothing of the step is kept");
        reading.rollback().await.unwrap();
        runner.up(None, None).await.unwrap();
    }
}
