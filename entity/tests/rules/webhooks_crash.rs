//! Webhooks with many who send at once, and with some who die of it: nothing is lost, nothing is sent by two side by side,
//! and a receiver can tell a repeat.

use std::{
    collections::BTreeMap,
    fs,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use chrono::TimeDelta;
use entity::{
    prelude::*,
    webhooks::{DELIVERY_LEASE, Round},
};
use sea_orm::ActiveValue::Set;
use serde_json::json;

use crate::{
    support::{Db, connect, postgres},
    webhooks_support::{Stage, answer, deliveries},
};

/// Work that ends when it has been looked at so often, wherever it is then. Says whether it came to its own end.
struct Mortal<F> {
    work: Pin<Box<F>>,
    looks: usize,
}

impl<F: Future> Future for Mortal<F> {
    type Output = bool;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<bool> {
        let Some(left) = self.looks.checked_sub(1) else {
            return Poll::Ready(false);
        };
        self.looks = left;
        self.work.as_mut().poll(context).map(|_| true)
    }
}

/// Says whether one came to its end that may look so often.
async fn lives(stage: &Stage, db: &Db, looks: usize) -> bool {
    let hooks = stage.hooks();
    let work = Box::pin(hooks.deliver(&db.0, stage, 100));
    Mortal { work, looks }.await
}

/// A database in a file, which goes with the test.
struct File(String);

impl File {
    fn new(name: &str) -> Self {
        let file = Self(format!(
            "{}/webhooks_{name}_{}.sqlite",
            env!("CARGO_TARGET_TMPDIR"),
            std::process::id()
        ));
        let _ = fs::remove_file(&file.0);
        file
    }

    async fn open(&self) -> Db {
        Db(connect(&format!("sqlite://{}?mode=rwc", self.0), 2).await)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // It is below the folder of the build; a file that stays is no harm.
        let _ = fs::remove_file(&self.0);
    }
}

async fn deaths_at_every_look(db: Db) {
    let (mut deaths, mut repeats) = (0, 0);
    for looks in 0.. {
        let stage = Stage::new();
        db.run("DELETE FROM webhook_events").await;
        db.run("DELETE FROM webhooks").await;
        for _ in 0..2 {
            stage.webhook(&db, |_| {}).await;
        }
        stage.failure(&db).await;
        let lived = lives(&stage, &db, looks).await;
        let before = stage.counts();

        // While the lease lasts, nobody else sends what one may be about to send.
        stage.deliver(&db).await;
        for (id, count) in &before {
            assert_eq!(stage.counts()[id], *count);
        }
        stage.pass(DELIVERY_LEASE);
        stage.deliver(&db).await;

        let rows = deliveries(&db).await;
        assert_eq!(rows.len(), 2);
        for row in rows {
            assert_eq!(
                (row.status, row.leased_until),
                (DeliveryStatus::Success, None),
                "after {looks} looks"
            );
            let count = stage.counts()[&row.delivery_id];
            assert!((1..=2).contains(&count), "{count} after {looks} looks");
            repeats += count - 1;
        }
        let carried = stage.carried();
        assert!(carried.iter().all(|parcel| parcel.body == carried[0].body));
        if lived {
            break;
        }
        deaths += 1;
    }
    // One died before anything was sent, and one between sending and keeping the answer.
    assert!(deaths > 1 && repeats > 0, "{deaths} deaths, {repeats} repeats");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wherever_one_dies_another_sends_the_same_again_and_loses_none_on_sqlite() {
    // In a file: one in memory goes with a connection that is cut.
    let file = File::new("deaths");
    let db = file.open().await;
    deaths_at_every_look(Db::filled(db.0.clone()).await).await;
    db.0.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wherever_one_dies_another_sends_the_same_again_and_loses_none_on_postgres() {
    postgres(3, deaths_at_every_look).await;
}

on_every_database! {
    async fn one_that_died_before_it_sent_anything_is_followed_by_another(db: Db) {
        let stage = Stage::new();
        stage.webhook(&db, |_| {}).await;
        stage.failure(&db).await;
        db.run("UPDATE webhook_deliveries SET leased_until = '2025-07-14 10:01:00'").await;
        stage.pass(TimeDelta::milliseconds(59_999));
        assert_eq!(stage.deliver(&db).await, Round::default());
        stage.pass(TimeDelta::milliseconds(1));
        assert_eq!(stage.deliver(&db).await.delivered, 1);
    }
}

async fn eight_senders(db: Db) {
    let stage = Arc::new(Stage::new());
    for host in ["a", "b", "c", "d", "e", "f"] {
        stage
            .webhook(&db, |row| row.url = Set(format!("https://{host}.example")))
            .await;
    }
    for _ in 0..20 {
        stage.failure(&db).await;
    }
    // Every tenth has to be tried again.
    stage.answers((0..120).map(|number| answer(if number % 10 == 0 { 503 } else { 200 }, "")));
    for _ in 0..2 {
        let all: Vec<_> = (0..8)
            .map(|_| {
                let (stage, db) = (Arc::clone(&stage), db.clone());
                tokio::spawn(async move { stage.hooks().deliver(&db.0, stage.as_ref(), 1000).await })
            })
            .collect();
        for one in all {
            assert_eq!(one.await.unwrap().unwrap().late, 0);
        }
        stage.pass(TimeDelta::seconds(1));
    }
    let rows = deliveries(&db).await;
    assert!(rows.len() == 120 && rows.iter().all(|row| row.status == DeliveryStatus::Success));
    let tried: BTreeMap<String, usize> = rows
        .iter()
        .map(|row| (row.delivery_id.clone(), usize::try_from(row.attempts).unwrap()))
        .collect();
    assert_eq!(stage.counts(), tried);
    assert_eq!(stage.carried().len(), 132);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_eight_that_send_no_two_send_the_same_on_sqlite() {
    eight_senders(Db::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_eight_that_send_no_two_send_the_same_on_postgres() {
    postgres(8, eight_senders).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_in_the_middle_loses_nothing() {
    let file = File::new("restart");
    let stage = Stage::new();
    let db = Db::filled(file.open().await.0).await;
    stage.webhook(&db, |_| {}).await;
    for _ in 0..3 {
        stage.publish(&db, "job.failed", &json!({ "job": 7 })).await.unwrap();
    }
    // One is delivered, one fails, and of one the answer never comes.
    stage.answers([answer(200, "")]);
    assert_eq!(stage.hooks().deliver(&db.0, &stage, 1).await.unwrap().delivered, 1);
    stage.answers([answer(503, "")]);
    assert_eq!(stage.hooks().deliver(&db.0, &stage, 1).await.unwrap().failed, 1);
    *stage.slow.lock().unwrap() = Some(("receiver.example", usize::MAX));
    let mut looks = 1;
    while stage.carried().len() == 2 {
        assert!(!lives(&stage, &db, looks).await);
        if stage.carried().len() == 2 {
            stage.pass(DELIVERY_LEASE);
            looks += 1;
        }
    }
    *stage.slow.lock().unwrap() = None;
    let before = stage.carried();
    db.0.close().await.unwrap();

    let db = file.open().await;
    stage.pass(DELIVERY_LEASE);
    assert_eq!(stage.deliver(&db).await.delivered, 2);
    assert_eq!(stage.deliver(&db).await, Round::default());
    let rows = deliveries(&db).await;
    assert!(rows.len() == 3 && rows.iter().all(|row| row.status == DeliveryStatus::Success));
    let counts: Vec<usize> = rows.iter().map(|row| stage.counts()[&row.delivery_id]).collect();
    assert_eq!(counts.iter().sum::<usize>(), before.len() + 2);
    assert_eq!(counts[0], 1);
    db.0.close().await.unwrap();
}
