//! A receiver of a test's own, and what the rules of webhooks work with.

use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    fmt::{Debug, Display},
    sync::Mutex,
    time::Duration,
};

use chrono::TimeDelta;
use entity::{
    World,
    prelude::*,
    vault::{Place, Vault, VaultKey},
    webhooks::{Audience, Courier, CourierError, Hooks, NewEvent, Parcel, Published, Receipt, Round, WebhookError},
};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, EntityTrait as _, QueryOrder as _, prelude::DateTime};
use serde_json::{Value as Json, json};

use crate::support::{Db, TestWorld, time};

/// What signs, in clear. No row, error or `Debug` may show it.
pub(crate) const SECRET: &str = "hunter2-hunter2";

/// A world that does not wait.
#[derive(Debug)]
pub(crate) struct Clock(pub(crate) TestWorld);

impl World for Clock {
    fn now(&self) -> DateTime {
        self.0.now()
    }

    fn random(&self) -> u64 {
        self.0.random()
    }

    async fn pause(&self, _: Duration) {
        tokio::task::yield_now().await;
    }
}

pub(crate) fn vault(key: &str) -> Vault {
    let key = VaultKey::parse(&format!(
        "{key}:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
    ));
    Vault::new(key.unwrap())
}

/// What belongs together in a test: also who carries, and takes what is carried.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) clock: Clock,
    pub(crate) vault: Vault,
    /// The next answers; after them, 204.
    pub(crate) answers: Mutex<VecDeque<Result<Receipt, CourierError>>>,
    /// All that was carried.
    pub(crate) carried: Mutex<Vec<Parcel>>,
    /// What happens to the database while the next one is carried.
    pub(crate) meanwhile: Mutex<Option<(Db, String)>>,
    /// While one is carried to it, the receiver waits for so many others to be carried elsewhere.
    pub(crate) slow: Mutex<Option<(&'static str, usize)>>,
    /// Deliveries that are being carried.
    under_way: Mutex<HashSet<String>>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self {
            clock: Clock(TestWorld::new()),
            vault: vault("test"),
            answers: Mutex::default(),
            carried: Mutex::default(),
            meanwhile: Mutex::default(),
            slow: Mutex::default(),
            under_way: Mutex::default(),
        }
    }

    pub(crate) fn hooks(&self) -> Hooks<'_, Clock> {
        Hooks {
            world: &self.clock,
            vault: &self.vault,
        }
    }

    pub(crate) fn pass(&self, span: TimeDelta) {
        self.clock.0.pass(span);
    }

    /// An active webhook of Ada's for `job.failed`, with changes.
    pub(crate) async fn webhook(&self, db: &Db, change: impl FnOnce(&mut webhooks::ActiveModel)) -> webhooks::Model {
        let sealed = |user: &str| self.vault.seal(&Place::WebhookSecret.of(user), SECRET).unwrap();
        let mut row = webhooks::ActiveModel {
            user_id: Set("ada".to_owned()),
            name: Set("Alarm".to_owned()),
            url: Set("https://receiver.example/hook".to_owned()),
            key: Set(self.hooks().fresh("ada").unwrap().key),
            events: Set(Document::Known(vec!["job.failed".to_owned()])),
            active: Set(true),
            created_at: Set(time("2025-07-01T08:00:00")),
            updated_at: Set(time("2025-07-01T08:00:00")),
            ..Default::default()
        };
        change(&mut row);
        if row.secret.is_not_set() {
            row.secret = Set(sealed(row.user_id.as_ref()));
        }
        row.insert(&db.0).await.unwrap()
    }

    pub(crate) async fn publish(&self, db: &Db, name: &str, data: &Json) -> Option<Published> {
        let new = NewEvent {
            name,
            data,
            metadata: None,
            audience: Audience::User("ada"),
        };
        self.hooks().publish(&db.0, &new).await.unwrap()
    }

    /// Publishes that a job failed.
    pub(crate) async fn failure(&self, db: &Db) -> i32 {
        let published = self.publish(db, "job.failed", &json!({ "job": 7 })).await;
        published.unwrap().event
    }

    pub(crate) async fn deliver(&self, db: &Db) -> Round {
        self.hooks().deliver(&db.0, self, 100).await.unwrap()
    }

    pub(crate) fn answers(&self, answers: impl IntoIterator<Item = Result<Receipt, CourierError>>) {
        self.answers.lock().unwrap().extend(answers);
    }

    pub(crate) fn carried(&self) -> Vec<Parcel> {
        self.carried.lock().unwrap().clone()
    }

    /// How often each delivery was carried.
    pub(crate) fn counts(&self) -> BTreeMap<String, usize> {
        self.carried().iter().fold(BTreeMap::new(), |mut counts, parcel| {
            *counts.entry(parcel.headers["x-delivery-id"].clone()).or_default() += 1;
            counts
        })
    }

    async fn wait(&self, parcel: &Parcel) {
        let slow = *self.slow.lock().unwrap();
        let Some((host, others)) = slow.filter(|(host, _)| parcel.url.host_str() == Some(host)) else {
            return;
        };
        while {
            let carried = self.carried.lock().unwrap();
            carried
                .iter()
                .filter(|parcel| parcel.url.host_str() != Some(host))
                .count()
                < others
        } {
            tokio::task::yield_now().await;
        }
    }
}

/// Keeps what is under way until it is dropped, by a death too.
struct UnderWay<'a>(&'a Stage, String);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.lock().unwrap().remove(&self.1);
    }
}

impl Courier for Stage {
    async fn carry(&self, parcel: &Parcel) -> Result<Receipt, CourierError> {
        let id = parcel.headers["x-delivery-id"].clone();
        let is_new = self.under_way.lock().unwrap().insert(id.clone());
        assert!(is_new, "{id} is carried by two side by side");
        let _under_way = UnderWay(self, id);
        self.carried.lock().unwrap().push(parcel.clone());
        let meanwhile = self.meanwhile.lock().unwrap().take();
        if let Some((db, sql)) = meanwhile {
            db.run(&sql).await;
        }
        // So that others get on, and a death finds a place.
        tokio::task::yield_now().await;
        self.wait(parcel).await;
        let told = self.answers.lock().unwrap().pop_front();
        told.unwrap_or_else(|| answer(204, ""))
    }
}

#[expect(clippy::unnecessary_wraps, reason = "an answer among others that are none")]
pub(crate) fn answer(status: u16, body: &str) -> Result<Receipt, CourierError> {
    Ok(Receipt {
        status,
        body: body.to_owned(),
    })
}

pub(crate) async fn deliveries(db: &Db) -> Vec<webhook_deliveries::Model> {
    let all = webhook_deliveries::Entity::find().order_by_asc(webhook_deliveries::Column::Id);
    all.all(&db.0).await.unwrap()
}

/// The one delivery.
pub(crate) async fn delivery(db: &Db) -> webhook_deliveries::Model {
    let mut all = deliveries(db).await;
    assert_eq!(all.len(), 1);
    all.remove(0)
}

pub(crate) async fn event(db: &Db, id: i32) -> webhook_events::Model {
    webhook_events::Entity::find_by_id(id)
        .one(&db.0)
        .await
        .unwrap()
        .unwrap()
}

pub(crate) fn shows_no_secret(shown: &(impl Display + Debug)) {
    let shown = format!("{shown} {shown:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
}

/// The error, which must show no secret.
pub(crate) fn error<T: Debug>(outcome: Result<T, WebhookError>) -> WebhookError {
    let error = outcome.unwrap_err();
    shows_no_secret(&error);
    error
}
