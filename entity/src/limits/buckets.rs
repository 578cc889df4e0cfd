//! The general limiter: so many requests of a key in a window of time.
//!
//! A window begins with the first request after the last window ended. A request is counted by one statement on the unique
//! key of `rate_limit_buckets`, so however many come at once, no more than the limit get through.

use chrono::TimeDelta;
use sea_orm::{
    ActiveEnum as _, ColumnTrait as _, ConnectionTrait, DbBackend, DbErr, EntityTrait as _, QueryFilter as _,
    QuerySelect as _,
    prelude::{DateTime, Expr},
    sea_query::{ExprTrait as _, InsertStatement, OnConflict, Query},
};
use sha2::{Digest as _, Sha256};

use super::{
    LimitError, RateLimitKeyType, Scope, Verdict,
    error::Counting as _,
    rate_limit_buckets::{Column, Entity},
};
use crate::{World, events::EventType};

const DOING: &str = "counting a request";

/// How many requests a window admits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    limit: i32,
    window_ms: i32,
}

impl Rule {
    /// 100 a minute: what holds if nothing else is said.
    pub const DEFAULT: Self = Self::per_minute(100);
    /// Of a user and a tool, 10 a minute.
    pub const TOOL: Self = Self::per_minute(10);
    /// Of a webhook, 100 a minute.
    pub const WEBHOOK: Self = Self::per_minute(100);
    /// Of a user and a workflow, 5 runs a minute.
    pub const WORKFLOW: Self = Self::per_minute(5);
    /// Of a user and an endpoint of the API, 100 a minute.
    pub const API: Self = Self::per_minute(100);

    const fn per_minute(limit: i32) -> Self {
        Self {
            limit,
            window_ms: 60_000,
        }
    }

    /// Of a user, the runs of events of a type in a minute.
    ///
    /// ```
    /// use entity::{events::EventType, limits::buckets::Rule};
    ///
    /// assert_eq!(Rule::of_events(EventType::Bash).limit(), 20);
    /// ```
    pub const fn of_events(r#type: EventType) -> Self {
        Self::per_minute(match r#type {
            EventType::Bash => 20,
            EventType::Nodejs | EventType::Python => 30,
            EventType::HttpRequest => 100,
            EventType::ToolAction => 50,
        })
    }

    /// A rule of one's own; a limit of 0 refuses all.
    ///
    /// # Errors
    /// [`LimitError::Rule`] for a window under a second or over 2147483647 ms (24 days), or a limit out of range.
    pub fn new(limit: i64, window: TimeDelta) -> Result<Self, LimitError> {
        let window_ms = window.num_milliseconds();
        let wrong = || LimitError::Rule { limit, window_ms };
        Ok(Self {
            limit: i32::try_from(limit)
                .ok()
                .filter(|limit| *limit >= 0)
                .ok_or_else(wrong)?,
            window_ms: i32::try_from(window_ms)
                .ok()
                .filter(|window| *window >= 1000)
                .ok_or_else(wrong)?,
        })
    }

    /// Requests in a window.
    pub const fn limit(self) -> u32 {
        self.limit.unsigned_abs()
    }

    /// How long a window is.
    pub const fn window(self) -> TimeDelta {
        TimeDelta::milliseconds(self.window_ms as i64)
    }
}

/// What requests are counted for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Bucket {
    /// What the identifier identifies.
    pub r#type: RateLimitKeyType,
    /// Whose requests: 1 to 255 characters.
    pub identifier: String,
    /// Which of them: 1 to 255 characters.
    pub sub_identifier: Option<String>,
}

impl Bucket {
    /// The bucket of an identifier.
    pub fn new(r#type: RateLimitKeyType, identifier: impl Into<String>) -> Self {
        Self {
            r#type,
            identifier: identifier.into(),
            sub_identifier: None,
        }
    }

    /// Only some of its requests.
    #[must_use]
    pub fn of(self, sub_identifier: impl Into<String>) -> Self {
        Self {
            sub_identifier: Some(sub_identifier.into()),
            ..self
        }
    }

    /// The bucket for [`Rule::TOOL`]. The case of the tool's name does not matter.
    pub fn tool(user: &str, tool: &str) -> Self {
        Self::new(RateLimitKeyType::Tool, user).of(tool.to_lowercase())
    }

    /// The bucket for [`Rule::WEBHOOK`].
    pub fn webhook(id: i32) -> Self {
        Self::new(RateLimitKeyType::Webhook, id.to_string())
    }

    /// The bucket for [`Rule::of_events`].
    pub fn events(user: &str, r#type: EventType) -> Self {
        Self::new(RateLimitKeyType::Custom, format!("event:{user}")).of(r#type.to_value())
    }

    /// The bucket for [`Rule::WORKFLOW`].
    pub fn workflow(user: &str, workflow: i32) -> Self {
        Self::new(RateLimitKeyType::Custom, format!("workflow:{user}")).of(workflow.to_string())
    }

    /// The bucket for [`Rule::API`].
    pub fn api(user: &str, endpoint: &str) -> Self {
        Self::new(RateLimitKeyType::User, user).of(endpoint)
    }

    /// The key of its row: `rl:type:identifier[:sub_identifier]`, with `%` and `:` inside of an identifier written as in a
    /// URL, so that no two buckets have one key. What is too long for the column is named by its SHA-256.
    ///
    /// ```
    /// use entity::limits::{RateLimitKeyType::Ip, buckets::Bucket};
    ///
    /// assert_eq!(Bucket::new(Ip, "::1").key(), "rl:ip:%3A%3A1");
    /// assert_eq!(Bucket::tool("ada", "SLACK").key(), "rl:tool:ada:slack");
    /// ```
    pub fn key(&self) -> String {
        let safe = |text: &str| text.replace('%', "%25").replace(':', "%3A");
        let r#type = self.r#type.to_value();
        let mut key = format!("rl:{type}:{}", safe(&self.identifier));
        if let Some(sub) = &self.sub_identifier {
            key = format!("{key}:{}", safe(sub));
        }
        if key.chars().count() <= LONGEST {
            return key;
        }
        // No identifier is empty, so this is nobody else's key.
        format!("rl:{type}::{}", hex::encode(Sha256::digest(&key)))
    }

    fn check(&self) -> Result<(), LimitError> {
        let texts = [Some(&self.identifier), self.sub_identifier.as_ref()];
        match texts.into_iter().flatten().find(|text| !is_name(text)) {
            Some(text) => Err(LimitError::Identifier(text.clone())),
            None => Ok(()),
        }
    }
}

const LONGEST: usize = 255;

fn is_name(text: &str) -> bool {
    // PostgreSQL takes no NUL in a text.
    (1..=LONGEST).contains(&text.chars().count()) && !text.contains('\0')
}

/// Counts a request if there is room for it in its bucket's window.
///
/// In a transaction of the caller's, the bucket is locked until it ends, and the request is not counted if it is rolled back.
/// A rule that has changed holds at once for the limit, and for the window from the next one on.
///
/// # Errors
/// [`LimitError::Identifier`], [`LimitError::Database`]; [`OnFailure`](super::OnFailure) makes a decision of it.
pub async fn take<C: ConnectionTrait>(
    db: &C,
    world: &impl World,
    bucket: &Bucket,
    rule: Rule,
) -> Result<Verdict, LimitError> {
    bucket.check()?;
    let now = world.now();
    let key = bucket.key();
    let counted = match (rule.limit, db.get_database_backend()) {
        (0, _) => None,
        (_, DbBackend::Postgres | DbBackend::Sqlite) => at_once(db, bucket, &key, rule, now).await.counting(DOING)?,
        _ => in_two(db, bucket, &key, rule, now).await.counting(DOING)?,
    };
    if let Some((count, reset_at)) = counted {
        let window = (Scope::Window, rule.limit(), i64::from(count));
        return Ok(Verdict::new(true, window, reset_at, now));
    }
    // The request is refused already; this only says until when.
    let reset_at: Option<DateTime> = Entity::find()
        .filter(Column::Key.eq(key))
        .select_only()
        .column(Column::ResetAt)
        .into_tuple()
        .one(db)
        .await
        .counting(DOING)?;
    let reset_at = match (reset_at, rule.limit) {
        (Some(reset_at), 1..) => reset_at,
        _ => now + rule.window(),
    };
    let window = (Scope::Window, rule.limit(), i64::from(rule.limit));
    Ok(Verdict::new(false, window, reset_at, now))
}

/// A new window for a bucket in which so many requests have been counted.
fn insert(
    bucket: &Bucket,
    key: &str,
    rule: Rule,
    now: DateTime,
    (count, reset_at): (i32, DateTime),
) -> InsertStatement {
    Query::insert()
        .into_table(Entity)
        .columns([
            Column::Key,
            Column::Type,
            Column::Identifier,
            Column::SubIdentifier,
            Column::Count,
            Column::Limit,
            Column::WindowMs,
            Column::ResetAt,
            Column::CreatedAt,
        ])
        .values_panic([
            key.into(),
            bucket.r#type.to_value().into(),
            bucket.identifier.as_str().into(),
            bucket.sub_identifier.clone().into(),
            count.into(),
            rule.limit.into(),
            rule.window_ms.into(),
            reset_at.into(),
            now.into(),
        ])
        .to_owned()
}

fn stored(column: Column) -> Expr {
    Expr::col((Entity, column))
}

/// Whether the window is over: by its own end and not by what this caller would make of it. Clocks differ, and a window
/// that is taken for over too early is one that admits too many.
fn is_over(now: DateTime) -> Expr {
    stored(Column::ResetAt).lte(now)
}

fn has_room(rule: Rule, now: DateTime) -> Expr {
    is_over(now).or(stored(Column::Count).lt(rule.limit))
}

/// One request more. The end of the window comes last: MySQL sets one column after the other.
fn changes(rule: Rule, now: DateTime) -> [(Column, Expr); 4] {
    let or = |new: Expr, old: Column| Expr::case(is_over(now), new).finally(stored(old)).into();
    [
        (Column::Limit, rule.limit.into()),
        (
            Column::Count,
            Expr::case(is_over(now), 1).finally(stored(Column::Count).add(1)).into(),
        ),
        (Column::WindowMs, or(rule.window_ms.into(), Column::WindowMs)),
        (Column::ResetAt, or((now + rule.window()).into(), Column::ResetAt)),
    ]
}

async fn at_once<C: ConnectionTrait>(
    db: &C,
    bucket: &Bucket,
    key: &str,
    rule: Rule,
    now: DateTime,
) -> Result<Option<(i32, DateTime)>, DbErr> {
    let again = OnConflict::column(Column::Key)
        .values(changes(rule, now))
        .action_and_where(has_room(rule, now))
        .to_owned();
    let statement = insert(bucket, key, rule, now, (1, now + rule.window()))
        .on_conflict(again)
        .returning(Query::returning().columns([Column::Count, Column::ResetAt]))
        .to_owned();
    let Some(row) = db.query_one(&statement).await? else {
        return Ok(None);
    };
    Ok(Some((row.try_get("", "count")?, row.try_get("", "reset_at")?)))
}

/// The same for MySQL, whose upsert has no condition: a bucket that is over, if there is none, and a guarded update.
async fn in_two<C: ConnectionTrait>(
    db: &C,
    bucket: &Bucket,
    key: &str,
    rule: Rule,
    now: DateTime,
) -> Result<Option<(i32, DateTime)>, DbErr> {
    let there = OnConflict::column(Column::Key).do_nothing_on([Column::Id]).to_owned();
    let empty = insert(bucket, key, rule, now, (0, now)).on_conflict(there).to_owned();
    db.execute(&empty).await?;
    let count = Query::update()
        .table(Entity)
        .values(changes(rule, now))
        .and_where(stored(Column::Key).eq(key))
        .and_where(has_room(rule, now))
        .to_owned();
    if db.execute(&count).await?.rows_affected() == 0 {
        return Ok(None);
    }
    let bucket = Entity::find().filter(Column::Key.eq(key)).one(db).await?;
    // Swept since: then its window is over.
    Ok(Some(bucket.map_or((1, now), |bucket| (bucket.count, bucket.reset_at))))
}

/// Deletes the buckets whose window is over, and says how many. What is counted does not depend on it.
///
/// # Errors
/// [`LimitError::Database`].
pub async fn sweep<C: ConnectionTrait>(db: &C, world: &impl World) -> Result<u64, LimitError> {
    let over = Entity::delete_many().filter(Column::ResetAt.lt(world.now()));
    Ok(over.exec(db).await.counting("deleting old buckets")?.rows_affected)
}

#[cfg(test)]
mod tests {
    use sea_orm::{Database, Schema};

    use super::*;

    #[tokio::test]
    async fn in_two_statements_it_counts_the_same() {
        let db = Database::connect("sqlite::memory:").await.unwrap();
        let table = Schema::new(DbBackend::Sqlite).create_table_from_entity(Entity);
        db.execute(&table).await.unwrap();
        let bucket = Bucket::webhook(7);
        let rule = Rule::new(2, TimeDelta::seconds(10)).unwrap();
        let start: DateTime = "2025-07-14T10:00:00".parse().unwrap();
        let mut counts = Vec::new();
        for second in [0, 4, 9, 10, 10, 11, 21] {
            let now = start + TimeDelta::seconds(second);
            let counted = in_two(&db, &bucket, &bucket.key(), rule, now).await.unwrap();
            counts.push(counted.map(|(count, reset_at)| (count, (reset_at - start).num_seconds())));
        }
        let full = None;
        assert_eq!(
            counts,
            [
                Some((1, 10)),
                Some((2, 10)),
                full,
                Some((1, 20)),
                Some((2, 20)),
                full,
                Some((1, 31))
            ]
        );
    }

    #[test]
    fn no_two_buckets_share_a_key() {
        let new = |identifier: &str, sub: Option<&str>| Bucket {
            r#type: RateLimitKeyType::Ip,
            identifier: identifier.to_owned(),
            sub_identifier: sub.map(str::to_owned),
        };
        let long = "x".repeat(255);
        let all = [
            new("a", Some("b")),
            new("a:b", None),
            new("a%3Ab", None),
            new("a", None),
            new("a", Some("b:c")),
            new("a:b", Some("c")),
            new(&long, Some("a")),
            new(&long, Some("b")),
            new(&long, None),
        ];
        let keys: std::collections::HashSet<String> = all.iter().map(Bucket::key).collect();
        assert_eq!(keys.len(), all.len());
        assert!(keys.iter().all(|key| key.len() <= LONGEST));
    }
}
