//! The time and chance of a flow.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::Mutex,
    time::Duration,
};

use chrono::{NaiveDate, TimeDelta};
use entity::{
    World,
    vault::{KeyId, Vault, VaultKey},
};
use sea_orm::prelude::DateTime;
use seawright::verify::FlowError;

/// A world whose time goes on when it is told to, and begins before anything that a real database holds.
#[derive(Debug)]
pub(super) struct FlowWorld {
    now: Mutex<DateTime>,
}

impl FlowWorld {
    pub(super) fn new() -> Self {
        let beginning = NaiveDate::from_ymd_opt(2001, 1, 1).unwrap_or_default();
        Self {
            now: Mutex::new(beginning.and_time(chrono::NaiveTime::MIN)),
        }
    }

    /// Lets time pass.
    pub(super) fn pass(&self, span: TimeDelta) {
        *self.now.lock().unwrap_or_else(std::sync::PoisonError::into_inner) += span;
    }

    /// A vault with a key of the flow's own: what it seals is not there for longer than the flow.
    pub(super) fn vault(&self) -> Result<Vault, FlowError> {
        let id = KeyId::parse("seawright-flow").ok_or("the name of the flows' key is none")?;
        Ok(Vault::new(VaultKey::new(id, self.secret()?)))
    }

    /// A name that no row has.
    pub(super) fn name(&self) -> String {
        format!("{:016x}{:016x}", self.random(), self.random())
    }
}

impl World for FlowWorld {
    fn now(&self) -> DateTime {
        *self.now.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn random(&self) -> u64 {
        // The keys of a new hasher are drawn from the operating system.
        RandomState::new().hash_one(std::thread::current().id())
    }

    async fn pause(&self, _: Duration) {
        // Whom a rule waits for is here, and soon done. What it reckons with is the time above, which stands still.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
