//! Quotas: how much of a resource a user may use in a month, a day or a minute, in all, or at one time.
//!
//! What is used is the sum of `quota_usage` over the calendar's period in UTC, or the rows that are there. Whoever uses
//! something holds the user's row locked until it is counted, so two at once don't pass the limit.

use sea_orm::{
    ActiveEnum as _, ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, DbBackend, DbErr, EntityTrait, PaginatorTrait as _, QueryFilter as _,
    QuerySelect as _, TransactionSession, TransactionTrait,
    prelude::DateTime,
    sea_query::{LockType, OnConflict},
};
use serde_json::{Value as Json, json};

use super::{LimitError, QuotaConfig, QuotaResource, error::Counting as _, quota_usage, user_quotas};
use crate::{
    World,
    events::events,
    identity::users,
    jobs::queue::begin,
    values::{Document, Object},
    webhooks::webhooks,
    workflows::workflows,
};

mod resource;

pub use resource::{Action, Period};

const DOING: &str = "counting what is used of a quota";

/// How much of a resource is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// The resource.
    pub resource: QuotaResource,
    /// What is used of it in the present period.
    pub used: i64,
    /// What may be used of it; nothing below 0.
    pub limit: i64,
    /// When the period ends, in UTC; absent where it has no end.
    pub resets_at: Option<DateTime>,
}

/// How near the limit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Less than 80 % are used.
    Fine,
    /// 80 % or more are used.
    Warning,
    /// All is used, or more.
    Critical,
}

impl Usage {
    /// What is left.
    pub fn remaining(&self) -> i64 {
        self.limit.saturating_sub(self.used).max(0)
    }

    /// How near the limit is.
    pub fn level(&self) -> Level {
        if self.reaches(100) {
            Level::Critical
        } else if self.reaches(80) {
            Level::Warning
        } else {
            Level::Fine
        }
    }

    /// Whether the user is to be told: from 90 % on, or from where the resource's own [`Action`] says.
    pub fn is_to_be_told(&self) -> bool {
        self.reaches(match self.resource.action() {
            Action::Warn { percent } => percent,
            Action::Block | Action::Throttle(_) | Action::Ignore => 90,
        })
    }

    fn reaches(&self, percent: u8) -> bool {
        i128::from(self.used) * 100 >= i128::from(self.limit) * i128::from(percent)
    }
}

/// Whether something may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consumption {
    /// What becomes of the request.
    pub outcome: Outcome,
    /// What is used, this included if it is counted.
    pub usage: Usage,
}

/// What becomes of a request that uses something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It goes on, and is counted.
    Granted,
    /// It goes on after that time, and is counted: the limit is passed, and the resource's action is to slow down.
    Throttled(chrono::TimeDelta),
    /// It does not go on, and nothing is counted: it would pass the limit.
    Refused,
}

impl Consumption {
    /// Whether the request goes on, at once or later.
    pub fn is_allowed(&self) -> bool {
        self.outcome != Outcome::Refused
    }
}

/// What a user may use of each resource: the defaults, and what the user's row of `user_quotas` says instead.
///
/// # Errors
/// [`LimitError::Unreadable`] for a row that says no limits, [`LimitError::Database`].
pub async fn limits<C: ConnectionTrait>(db: &C, user: &str) -> Result<QuotaConfig, LimitError> {
    let row = user_quotas::Entity::find().filter(user_quotas::Column::UserId.eq(user));
    let row = row.one(db).await.counting("reading a user's quotas")?;
    let config = match row.map(|row| row.quota_config) {
        None => QuotaConfig::default(),
        Some(Document::Known(config)) => config,
        Some(Document::Other(_)) => return Err(unreadable(user)),
    };
    merged(&config, user)
}

fn unreadable(user: &str) -> LimitError {
    LimitError::Unreadable {
        column: "user_quotas.quota_config",
        user: user.to_owned(),
    }
}

/// A configuration with the defaults where it says nothing.
fn merged(config: &QuotaConfig, user: &str) -> Result<QuotaConfig, LimitError> {
    let all: Object = <QuotaResource as sea_orm::Iterable>::iter()
        .map(|of| (of.to_value(), json!(of.default_limit())))
        .collect();
    layered(all, config, user)
}

/// A configuration with what another says on top. Its members are the resources' names, so neither is listed here.
fn layered(mut below: Object, above: &QuotaConfig, user: &str) -> Result<QuotaConfig, LimitError> {
    if let Ok(Json::Object(above)) = serde_json::to_value(above) {
        below.extend(above);
    }
    serde_json::from_value(Json::Object(below)).map_err(|_| unreadable(user))
}

/// Sets what a user may use instead of the defaults. What the change leaves out stays as it is; the whole is stored.
///
/// # Errors
/// [`LimitError::NoUser`], [`LimitError::Unreadable`], [`LimitError::Database`].
pub async fn set<C: TransactionTrait>(
    db: &C,
    world: &impl World,
    user: &str,
    change: &QuotaConfig,
) -> Result<QuotaConfig, LimitError> {
    const DOING: &str = "setting a user's quotas";
    let now = world.now();
    let tx = begin(db).await.counting(DOING)?;
    lock(&tx, user).await?;
    let config = match serde_json::to_value(limits(&tx, user).await?) {
        Ok(Json::Object(below)) => layered(below, change, user)?,
        _ => return Err(unreadable(user)),
    };
    let row = user_quotas::ActiveModel {
        user_id: Set(user.to_owned()),
        quota_config: Set(config.clone().into()),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    let again = OnConflict::column(user_quotas::Column::UserId)
        .update_columns([user_quotas::Column::QuotaConfig, user_quotas::Column::UpdatedAt])
        .to_owned();
    let insert = user_quotas::Entity::insert(row).on_conflict(again);
    insert.exec_without_returning(&tx).await.counting(DOING)?;
    tx.commit().await.counting(DOING)?;
    Ok(config)
}

/// How much of a resource a user has used in the present period.
///
/// # Errors
/// [`LimitError::NotCounted`], [`LimitError::Unreadable`], [`LimitError::Database`].
pub async fn usage<C: ConnectionTrait>(
    db: &C,
    world: &impl World,
    user: &str,
    resource: QuotaResource,
) -> Result<Usage, LimitError> {
    let limit = limits(db, user).await?.limit(resource);
    let now = world.now();
    let period = resource.period();
    let used = match period {
        Period::Setting => return Err(LimitError::NotCounted(resource)),
        Period::AtOneTime => there(db, user, resource).await,
        Period::Month | Period::Day | Period::Minute | Period::Always => summed(db, user, resource, now).await,
    };
    Ok(Usage {
        resource,
        used: used.counting(DOING)?,
        limit: limit.max(0),
        resets_at: period.bounds(now).map(|(_, end)| end),
    })
}

/// The rows of a user that are there.
async fn there<C: ConnectionTrait>(db: &C, user: &str, resource: QuotaResource) -> Result<i64, DbErr> {
    let rows = match resource {
        QuotaResource::EventsPerUser => {
            events::Entity::find()
                .filter(events::Column::UserId.eq(user))
                .count(db)
                .await?
        }
        QuotaResource::WorkflowsPerUser => {
            let own = workflows::Entity::find().filter(workflows::Column::UserId.eq(user));
            own.count(db).await?
        }
        _ => {
            webhooks::Entity::find()
                .filter(webhooks::Column::UserId.eq(user))
                .count(db)
                .await?
        }
    };
    Ok(i64::try_from(rows).unwrap_or(i64::MAX))
}

async fn summed<C: ConnectionTrait>(db: &C, user: &str, resource: QuotaResource, now: DateTime) -> Result<i64, DbErr> {
    use quota_usage::Column;
    let mut all = quota_usage::Entity::find()
        .select_only()
        .column_as(Column::Amount.sum(), "used")
        .filter(Column::UserId.eq(user))
        .filter(Column::Resource.eq(resource));
    if let Some((start, end)) = resource.period().bounds(now) {
        all = all
            .filter(Column::CreatedAt.gte(start))
            .filter(Column::CreatedAt.lt(end));
    }
    let used: Option<Option<i64>> = all.into_tuple().one(db).await?;
    Ok(used.flatten().unwrap_or(0))
}

/// Uses something, in a transaction of its own. What counts by the month, day or minute, or in all.
///
/// # Errors
/// As [`consume_in`]; [`LimitError::AtOneTime`] for what counts the rows that are there.
pub async fn consume<C: TransactionTrait>(
    db: &C,
    world: &impl World,
    user: &str,
    resource: QuotaResource,
    amount: i32,
) -> Result<Consumption, LimitError> {
    if resource.period() == Period::AtOneTime {
        return Err(LimitError::AtOneTime(resource));
    }
    let tx = begin(db).await.counting(DOING)?;
    let consumption = consume_in(&tx, world, user, resource, amount).await?;
    tx.commit().await.counting(DOING)?;
    Ok(consumption)
}

/// Uses something in the transaction of what it is used for: both happen or neither does. Whoever else uses something of the
/// same user waits until it ends.
///
/// For what counts the rows that are there, it says whether there is room for so many more; make them before the
/// transaction ends.
///
/// # Errors
/// [`LimitError::Amount`], [`LimitError::NoUser`], [`LimitError::NotCounted`], [`LimitError::Unreadable`],
/// [`LimitError::Database`].
pub async fn consume_in<T: ConnectionTrait + TransactionSession>(
    tx: &T,
    world: &impl World,
    user: &str,
    resource: QuotaResource,
    amount: i32,
) -> Result<Consumption, LimitError> {
    if amount < 1 {
        return Err(LimitError::Amount(amount));
    }
    lock(tx, user).await?;
    let mut usage = usage(tx, world, user, resource).await?;
    let has_room = usage.used.saturating_add(amount.into()) <= usage.limit;
    let outcome = match resource.action() {
        _ if has_room => Outcome::Granted,
        Action::Throttle(pause) => Outcome::Throttled(pause),
        Action::Warn { .. } => Outcome::Granted,
        Action::Block | Action::Ignore => Outcome::Refused,
    };
    if outcome != Outcome::Refused && resource.period() != Period::AtOneTime {
        add(tx, world, user, resource, amount).await?;
        usage.used += i64::from(amount);
    }
    Ok(Consumption { outcome, usage })
}

/// Gives back what is no longer used, of what counts in all ([`Period::Always`]).
///
/// # Errors
/// [`LimitError::NotCounted`] for any other resource, [`LimitError::NotUsed`] for more than is used, and as [`consume_in`].
pub async fn give_back<C: TransactionTrait>(
    db: &C,
    world: &impl World,
    user: &str,
    resource: QuotaResource,
    amount: i32,
) -> Result<Usage, LimitError> {
    if resource.period() != Period::Always {
        return Err(LimitError::NotCounted(resource));
    }
    if amount < 1 {
        return Err(LimitError::Amount(amount));
    }
    let tx = begin(db).await.counting(DOING)?;
    lock(&tx, user).await?;
    let mut usage = usage(&tx, world, user, resource).await?;
    if usage.used < i64::from(amount) {
        return Err(LimitError::NotUsed {
            resource,
            used: usage.used,
            amount,
        });
    }
    add(&tx, world, user, resource, -amount).await?;
    tx.commit().await.counting(DOING)?;
    usage.used -= i64::from(amount);
    Ok(usage)
}

async fn add<C: ConnectionTrait>(
    tx: &C,
    world: &impl World,
    user: &str,
    resource: QuotaResource,
    amount: i32,
) -> Result<(), LimitError> {
    let row = quota_usage::ActiveModel {
        user_id: Set(user.to_owned()),
        resource: Set(resource),
        amount: Set(amount),
        created_at: Set(world.now()),
        ..Default::default()
    };
    row.insert(tx).await.counting(DOING)?;
    Ok(())
}

/// Locks the row of a user, so that one at a time counts what it uses. On SQLite the transaction has the only write lock.
pub(super) async fn lock<C: ConnectionTrait>(tx: &C, user: &str) -> Result<(), LimitError> {
    let lock = match tx.get_database_backend() {
        // Rows that refer to the user can still be made meanwhile.
        DbBackend::Postgres => LockType::NoKeyUpdate,
        _ => LockType::Update,
    };
    let found = users::Entity::find_by_id(user)
        .lock(lock)
        .one(tx)
        .await
        .counting(DOING)?;
    found.map(drop).ok_or_else(|| LimitError::NoUser(user.to_owned()))
}
