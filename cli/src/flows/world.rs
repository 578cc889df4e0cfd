//! The time and chance of a flow.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::Mutex,
    time::Duration,
};

use chrono::{Datelike as _, NaiveDate, NaiveTime, TimeDelta};
use entity::{
    World,
    jobs::jobs,
    vault::{KeyId, Vault, VaultKey},
    webhooks::webhook_deliveries,
};
use sea_orm::{ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QuerySelect as _, prelude::DateTime};
use seawright::verify::FlowError;

/// No flow passes more time.
const LONGEST_FLOW: TimeDelta = TimeDelta::days(365);

/// A world whose time goes on when it is told to, and begins before anything that a real database holds.
#[derive(Debug)]
pub(super) struct FlowWorld {
    now: Mutex<DateTime>,
}

impl FlowWorld {
    /// A world before 2001, and long before anything of the database's own is due: no rule finds it due in there.
    ///
    /// # Errors
    /// What the database says, or that something is due before there were years.
    pub(super) async fn before(db: &DatabaseTransaction) -> Result<Self, FlowError> {
        let mut earliest = NaiveDate::from_ymd_opt(2001, 1, 1)
            .unwrap_or_default()
            .and_time(NaiveTime::MIN);
        let jobs: Option<Option<DateTime>> = jobs::Entity::find()
            .select_only()
            .column_as(jobs::Column::ScheduledFor.min(), "first")
            .into_tuple()
            .one(db)
            .await?;
        let deliveries: Option<Option<DateTime>> = webhook_deliveries::Entity::find()
            .select_only()
            .column_as(webhook_deliveries::Column::NextAttemptAt.min(), "first")
            .into_tuple()
            .one(db)
            .await?;
        for due in [jobs, deliveries].into_iter().flatten().flatten() {
            earliest = earliest.min(due);
        }
        let now = earliest
            .checked_sub_signed(LONGEST_FLOW)
            .filter(|now| now.year() > 0)
            .ok_or_else(|| {
                format!("something is due at {earliest}, and no flow can go before that: correct its time")
            })?;
        Ok(Self { now: Mutex::new(now) })
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
