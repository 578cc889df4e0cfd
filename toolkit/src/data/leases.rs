//! The sharing of work: ranges of keys that workers lease through the database, on one host or many.
//!
//! A run has a frontier, the key up to which ranges have been given out. Whoever wants work locks the run's row, takes a
//! range behind the frontier, and moves it: no plan of the whole table is made, any kind of key will do, and no range can be
//! given out twice. A lease that is not renewed in time, because its worker died, is taken over with what is left of its
//! range; a batch renews it in its own transaction, and commits only if it is still its worker's.

use std::time::Duration;

use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, DbBackend, DbErr, EntityTrait as _, Order,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Select, Statement,
    sea_query::{Expr, ExprTrait as _, LockBehavior, LockType},
};

use super::{
    DataError,
    keys::{Key, KeySql, clock_sql, from_json, to_json},
    ledger::{
        ranges,
        runs::{self, Control, RunState},
    },
};

/// Batches that a range has, about: between two of them a worker asks for the next.
const BATCHES: u64 = 8;

/// A range that a worker holds.
#[derive(Clone, Debug)]
pub(super) struct Lease {
    pub(super) number: i32,
    pub(super) cursor: Option<Key>,
    pub(super) last: Key,
}

/// What there is to do.
#[derive(Debug)]
pub(super) enum Claim {
    /// A range.
    Range(Lease),
    /// Nothing now, but others are at work and may die.
    Wait,
    /// Nothing: this pass is through.
    Through,
    /// The run has ended, or somebody else has begun another pass of it.
    Ended,
    /// A person has asked for something else.
    Asked(Control),
}

/// One worker's side of the leases of a run.
#[derive(Clone, Debug)]
pub(super) struct Leases {
    pub(super) run: i64,
    pub(super) owner: String,
    pub(super) lease: Duration,
}

impl Leases {
    fn until(&self) -> String {
        self.lease.as_millis().to_string()
    }

    /// The run's row, locked.
    pub(super) async fn lock(&self, db: &DatabaseTransaction) -> Result<runs::Model, DataError> {
        runs::Entity::find_by_id(self.run)
            .lock_exclusive()
            .one(db)
            .await?
            .ok_or_else(|| DataError::Failed(format!("the run {} is gone from the ledger", self.run)))
    }

    /// Takes the next range, or one whose worker is not heard of any more.
    pub(super) async fn claim<E: sea_orm::EntityTrait>(
        &self,
        db: &DatabaseTransaction,
        keys: &KeySql<E>,
        pending: Select<E>,
        batch: u64,
    ) -> Result<Claim, DataError> {
        let run = self.lock(db).await?;
        if run.state != RunState::Running {
            return Ok(Claim::Ended);
        }
        if run.control != Control::Go {
            return Ok(Claim::Asked(run.control));
        }
        let now = now(db).await?;
        let open = ranges::Entity::find()
            .filter(ranges::Column::Run.eq(self.run))
            .filter(ranges::Column::Done.eq(false));
        let expired = open
            .clone()
            .filter(ranges::Column::LeaseUntil.lt(now))
            .order_by_asc(ranges::Column::Number)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .one(db)
            .await?;
        let until = now.saturating_add(i64::try_from(self.lease.as_millis()).unwrap_or(i64::MAX));
        if let Some(found) = expired {
            let lease = Lease {
                number: found.number,
                cursor: found.cursor.as_deref().map(from_json).transpose()?,
                last: from_json(&found.last_key)?,
            };
            let mut taken: ranges::ActiveModel = found.into();
            taken.owner = Set(self.owner.clone());
            taken.lease_until = Set(until);
            taken.update(db).await?;
            return Ok(Claim::Range(lease));
        }
        if !run.exhausted {
            let frontier = run.frontier.as_deref().map(from_json).transpose()?;
            let rest = keys.slice(pending, frontier.as_ref(), None);
            let size = batch.saturating_mul(BATCHES);
            let ahead = KeySql::keys_only(rest.clone().offset(size - 1).limit(1), &Order::Asc);
            let (last, exhausted) = if let Some(row) = db.query_one(&ahead).await? {
                (Some(KeySql::<E>::read(&row, "")?), false)
            } else {
                let end = db.query_one(&KeySql::keys_only(rest.limit(1), &Order::Desc)).await?;
                (end.map(|row| KeySql::<E>::read(&row, "")).transpose()?, true)
            };
            let number = ranges::Entity::find()
                .select_only()
                .column_as(ranges::Column::Number.max(), "number")
                .filter(ranges::Column::Run.eq(self.run))
                .into_tuple::<Option<i32>>()
                .one(db)
                .await?
                .flatten()
                .unwrap_or(0)
                .saturating_add(1);
            let mut moved = runs::ActiveModel {
                run: sea_orm::ActiveValue::Unchanged(self.run),
                exhausted: Set(exhausted),
                ..Default::default()
            };
            if let Some(last) = &last {
                moved.frontier = Set(Some(to_json(last)));
            }
            moved.update(db).await?;
            if let Some(last) = last {
                ranges::Entity::insert(ranges::ActiveModel {
                    run: Set(self.run),
                    number: Set(number),
                    cursor: Set(frontier.as_deref().map(to_json)),
                    last_key: Set(to_json(&last)),
                    owner: Set(self.owner.clone()),
                    lease_until: Set(until),
                    worked: Set(0),
                    done: Set(false),
                })
                .exec_without_returning(db)
                .await?;
                return Ok(Claim::Range(Lease {
                    number,
                    cursor: frontier,
                    last,
                }));
            }
        }
        if open.one(db).await?.is_some() {
            return Ok(Claim::Wait);
        }
        Ok(Claim::Through)
    }

    /// Moves a lease's cursor and renews it, in the transaction of the batch; says whether the lease is still its worker's.
    /// The row stays locked until that transaction's end, so that nobody can take the range over meanwhile.
    pub(super) async fn advance(
        &self,
        db: &DatabaseTransaction,
        number: i32,
        cursor: &Key,
        rows: u64,
        done: bool,
    ) -> Result<bool, DbErr> {
        let until = format!("{} + {}", clock_sql(db.get_database_backend()), self.until());
        let moved = ranges::Entity::update_many()
            .col_expr(ranges::Column::Cursor, Expr::value(to_json(cursor)))
            .col_expr(ranges::Column::LeaseUntil, Expr::cust(until))
            .col_expr(
                ranges::Column::Worked,
                ranges::Column::Worked
                    .into_expr()
                    .add(i64::try_from(rows).unwrap_or(i64::MAX)),
            )
            .col_expr(ranges::Column::Done, Expr::value(done))
            .filter(ranges::Column::Run.eq(self.run))
            .filter(ranges::Column::Number.eq(number))
            .filter(ranges::Column::Owner.eq(self.owner.as_str()))
            .exec(db)
            .await?;
        Ok(moved.rows_affected == 1)
    }

    /// Gives back what this worker holds, so that nobody has to wait for the lease's end.
    pub(super) async fn release(&self, db: &DatabaseTransaction) -> Result<(), DbErr> {
        ranges::Entity::update_many()
            .col_expr(ranges::Column::LeaseUntil, Expr::value(0_i64))
            .filter(ranges::Column::Run.eq(self.run))
            .filter(ranges::Column::Owner.eq(self.owner.as_str()))
            .filter(ranges::Column::Done.eq(false))
            .exec(db)
            .await?;
        Ok(())
    }

    /// Gives back what processes of this host hold that are not there any more.
    pub(super) async fn release_the_dead(&self, db: &DatabaseTransaction) -> Result<(), DataError> {
        let owners: Vec<String> = ranges::Entity::find()
            .select_only()
            .column(ranges::Column::Owner)
            .distinct()
            .filter(ranges::Column::Run.eq(self.run))
            .filter(ranges::Column::Done.eq(false))
            .into_tuple()
            .all(db)
            .await?;
        for owner in owners.into_iter().filter(|owner| is_dead(owner)) {
            Self { owner, ..self.clone() }.release(db).await?;
        }
        Ok(())
    }
}

/// The database's clock, in milliseconds since 1970.
async fn now(db: &DatabaseTransaction) -> Result<i64, DbErr> {
    let backend: DbBackend = db.get_database_backend();
    let clock = Statement::from_string(backend, format!("SELECT {}", clock_sql(backend)));
    db.query_one_raw(clock)
        .await?
        .map_or(Ok(0), |row| row.try_get_by_index(0))
}

/// This process, as leases name it: host and process.
pub(super) fn process() -> String {
    format!(
        "{} {}",
        gethostname::gethostname().to_string_lossy(),
        std::process::id()
    )
}

/// Whether an owner is a process of this host that has ended, as far as the host tells (Linux does).
fn is_dead(owner: &str) -> bool {
    let host = gethostname::gethostname().to_string_lossy().into_owned();
    let Some(process) = owner.strip_prefix(&format!("{host} ")) else {
        return false;
    };
    let Some(id) = process
        .split(' ')
        .next()
        .filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()))
    else {
        return false;
    };
    std::path::Path::new("/proc/self").exists() && !std::path::Path::new(&format!("/proc/{id}")).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_process_of_this_host_can_be_known_to_be_dead() {
        assert!(!is_dead(&format!("{} worker 1", process())));
        assert!(!is_dead("another-host 4194305 worker 1"));
        if std::path::Path::new("/proc/self").exists() {
            let host = gethostname::gethostname().to_string_lossy().into_owned();
            // Linux numbers processes up to 4194304 (PID_MAX_LIMIT).
            assert!(is_dead(&format!("{host} 4194305 worker 1")));
        }
    }
}
