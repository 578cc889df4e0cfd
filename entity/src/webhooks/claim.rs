//! Who sends which delivery.

use chrono::TimeDelta;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait as _, FromQueryResult as _,
    Iterable as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _, TransactionSession as _,
    TransactionTrait,
    prelude::{DateTime, Expr},
    sea_query::{CommonTableExpression, ExprTrait as _, LockBehavior, LockType, Query, SelectStatement, WithClause},
};

use super::webhook_deliveries::{Column, Entity, Model};
use crate::jobs::queue::begin;

/// How long one has a delivery for oneself: a minute, twice what the receiver has for its answer. One that dies loses it by
/// that.
pub const DELIVERY_LEASE: TimeDelta = TimeDelta::minutes(1);

/// Takes the delivery that has been due the longest, of none of those webhooks, and has it until the lease ends.
pub(super) async fn claim<C>(db: &C, now: DateTime, but: &[i32]) -> Result<Option<Model>, DbErr>
where
    C: ConnectionTrait + TransactionTrait,
{
    match db.get_database_backend() {
        DbBackend::Postgres | DbBackend::Sqlite => at_once(db, now, but).await,
        _ => in_turns(db, now, but).await,
    }
}

/// The next delivery, locked as far as the database can. Only what is to be sent has a `next_attempt_at`.
fn due(now: DateTime, but: &[i32]) -> SelectStatement {
    let free = Condition::any()
        .add(Column::LeasedUntil.is_null())
        .add(Column::LeasedUntil.lte(now));
    let mut due = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::NextAttemptAt.lte(now))
        .filter(free)
        .order_by_asc(Column::NextAttemptAt)
        .limit(1);
    if !but.is_empty() {
        due = due.filter(Column::WebhookId.is_not_in(but.iter().copied()));
    }
    due.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_query()
}

async fn at_once<C: ConnectionTrait>(db: &C, now: DateTime, but: &[i32]) -> Result<Option<Model>, DbErr> {
    // With a name of its own it is run once; a subquery could be run again, and would lock another.
    let next = CommonTableExpression::new()
        .table_name("next")
        .column("id")
        .query(due(now, but))
        .to_owned();
    let update = Query::update()
        .table(Entity)
        .value(Column::LeasedUntil, now + DELIVERY_LEASE)
        .and_where(Expr::col(Column::Id).in_subquery(Query::select().column("id").from("next").to_owned()))
        .returning(Query::returning().columns(Column::iter()))
        .to_owned();
    let row = db
        .query_one(&update.with(WithClause::new().cte(next).to_owned()))
        .await?;
    row.map(|row| Model::from_query_result(&row, "")).transpose()
}

async fn in_turns<C: TransactionTrait>(db: &C, now: DateTime, but: &[i32]) -> Result<Option<Model>, DbErr> {
    let tx = begin(db).await?;
    let Some(row) = tx.query_one(&due(now, but)).await? else {
        return Ok(None);
    };
    let id: i32 = row.try_get("", "id")?;
    let update = Query::update()
        .table(Entity)
        .value(Column::LeasedUntil, now + DELIVERY_LEASE)
        .and_where(Expr::col(Column::Id).eq(id))
        .to_owned();
    tx.execute(&update).await?;
    let claimed = Entity::find_by_id(id).one(&tx).await?;
    tx.commit().await?;
    Ok(claimed)
}

#[cfg(test)]
mod tests {
    use sea_orm::{
        Database, Schema,
        sea_query::{MysqlQueryBuilder, PostgresQueryBuilder},
    };

    use super::*;
    use crate::webhooks::{DELIVERY_TIMEOUT, webhook_events, webhooks};

    #[test]
    fn a_lease_is_longer_than_the_wait_for_an_answer() {
        assert_eq!(DELIVERY_LEASE.to_std().unwrap(), 2 * DELIVERY_TIMEOUT);
    }

    #[tokio::test]
    async fn in_turns_it_claims_the_same() {
        let db = Database::connect("sqlite::memory:").await.unwrap();
        let schema = Schema::new(DbBackend::Sqlite);
        for table in [
            schema.create_table_from_entity(webhooks::Entity),
            schema.create_table_from_entity(webhook_events::Entity),
            schema.create_table_from_entity(Entity),
        ] {
            db.execute(&table).await.unwrap();
        }
        db.execute_unprepared(
            "PRAGMA foreign_keys = OFF;
             INSERT INTO webhook_deliveries (id, webhook_id, webhook_event_id, delivery_id, status, next_attempt_at, leased_until)
             VALUES (1, 1, 1, 'a', 'dead', NULL, NULL),
                    (2, 1, 1, 'b', 'failed', '2025-07-14 10:00:01', NULL),
                    (3, 1, 1, 'c', 'pending', '2025-07-14 10:00:00', '2025-07-14 10:00:30'),
                    (4, 2, 1, 'd', 'pending', '2025-07-14 10:00:00', NULL)",
        )
        .await
        .unwrap();
        let mut claimed = Vec::new();
        for (second, but) in [
            (0, vec![2]),
            (0, vec![]),
            (0, vec![]),
            (1, vec![]),
            (30, vec![]),
            (61, vec![1]),
        ] {
            let now: DateTime = "2025-07-14T10:00:00".parse().unwrap();
            let now = now + TimeDelta::seconds(second);
            let one = in_turns(&db, now, &but).await.unwrap();
            claimed.push(one.map(|one| {
                assert_eq!(one.leased_until, Some(now + DELIVERY_LEASE));
                one.id
            }));
        }
        assert_eq!(claimed, [None, Some(4), None, Some(2), Some(3), Some(4)]);
    }

    #[test]
    fn the_queue_is_read_in_the_order_of_its_index_and_locked() {
        let now = "2025-07-14T10:00:00".parse().unwrap();
        let end = r#"ORDER BY "webhook_deliveries"."next_attempt_at" ASC LIMIT 1 FOR UPDATE SKIP LOCKED"#;
        let postgres = due(now, &[]).to_string(PostgresQueryBuilder);
        assert!(postgres.ends_with(end) && !postgres.contains("NOT IN"), "{postgres}");
        let without = due(now, &[3, 4]).to_string(PostgresQueryBuilder);
        assert!(without.contains(r#""webhook_id" NOT IN (3, 4)"#), "{without}");
        assert!(
            due(now, &[])
                .to_string(MysqlQueryBuilder)
                .ends_with("FOR UPDATE SKIP LOCKED")
        );
    }
}
