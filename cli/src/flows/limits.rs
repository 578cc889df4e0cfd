//! Rate limit: a bucket, a tool and a quota, each used until it is full, refused, and open again when its time has come.

use async_trait::async_trait;
use chrono::TimeDelta;
use entity::{
    limits::{
        QuotaConfig, QuotaResource, RateLimitKeyType, Scope, Verdict,
        buckets::{self, Bucket, Rule},
        quotas,
        rate_limit_buckets::{Column, Entity},
        tools::{self, ToolQuota},
    },
    values::Object,
};
use sea_orm::{ColumnTrait as _, DatabaseTransaction, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};
use seawright::verify::{Flow, FlowError, Seen};

use super::{FlowWorld, user};

pub(super) struct RateLimit;

#[async_trait]
impl Flow for RateLimit {
    fn name(&self) -> &'static str {
        "flows:rate-limit"
    }

    fn claim(&self) -> &'static str {
        "what is limited is refused when the limit is reached, not before, and goes on when its window is over"
    }

    async fn run(&self, db: &DatabaseTransaction, seen: &mut Seen) -> Result<(), FlowError> {
        let world = FlowWorld::before(db).await?;
        let owner = user(db, &world).await?;
        bucket(db, &world, seen, &owner).await?;
        tool(db, &world, seen, &owner).await?;
        quota(db, &world, seen, &owner).await
    }
}

/// Two buckets of a user, of which one is filled.
async fn bucket(db: &DatabaseTransaction, world: &FlowWorld, seen: &mut Seen, owner: &str) -> Result<(), FlowError> {
    const LIMIT: u32 = 5;
    let rule = Rule::new(LIMIT.into(), TimeDelta::minutes(1))?;
    let bucket = Bucket::new(RateLimitKeyType::User, owner).of("/api/events");
    let mut left = Vec::new();
    for _ in 0..LIMIT {
        let verdict = buckets::take(db, world, &bucket, rule).await?;
        left.push((verdict.allowed, verdict.remaining));
        world.pass(TimeDelta::seconds(5));
    }
    seen.must(
        left == (0..LIMIT).rev().map(|left| (true, left)).collect::<Vec<_>>(),
        format!("{LIMIT} requests a minute are admitted, and what is left is counted down"),
        || format!("the verdicts were {left:?}"),
    )?;
    let full = buckets::take(db, world, &bucket, rule).await?;
    refused(seen, full, Scope::Window, TimeDelta::seconds(35), "the next is refused")?;
    let other = Bucket::new(RateLimitKeyType::User, owner).of("/api/logs");
    let other = buckets::take(db, world, &other, rule).await?;
    seen.must(other.allowed, "another endpoint's requests go on", || {
        format!("the verdict was {other:?}")
    })?;
    let rows = Entity::find().filter(Column::Key.eq(bucket.key())).count(db).await?;
    seen.must(rows == 1, "all were counted in one row", || {
        format!("there are {rows} rows of the key {}", bucket.key())
    })?;
    world.pass(full.retry_after);
    let again = buckets::take(db, world, &bucket, rule).await?;
    seen.must(
        (again.allowed, again.remaining) == (true, LIMIT - 1),
        "and when the minute is over, a new one begins",
        || format!("the verdict was {again:?}"),
    )
}

/// A tool by a user's own quota.
async fn tool(db: &DatabaseTransaction, world: &FlowWorld, seen: &mut Seen, owner: &str) -> Result<(), FlowError> {
    let quota = ToolQuota {
        burst: Some(2),
        ..entity::limits::QuotaTier::Pro.into()
    };
    tools::set(db, world, owner, Some("SLACK"), quota).await?;
    let mut admitted = Vec::new();
    for name in ["SLACK", "slack"] {
        admitted.push(tools::take(db, world, owner, name).await?.allowed);
    }
    seen.must(
        admitted == [true, true],
        "a tool takes two requests at once, by a quota of the user's own",
        || format!("it took {admitted:?}"),
    )?;
    let full = tools::take(db, world, owner, "Slack").await?;
    refused(
        seen,
        full,
        Scope::Burst,
        TimeDelta::minutes(1),
        "and the third not, however its name is written",
    )
}

/// A quota over a month.
async fn quota(db: &DatabaseTransaction, world: &FlowWorld, seen: &mut Seen, owner: &str) -> Result<(), FlowError> {
    const RESOURCE: QuotaResource = QuotaResource::ToolActionsPerMonth;
    let change = QuotaConfig {
        tool_actions_per_month: Some(10),
        other: Object::new(),
        ..QuotaConfig::default()
    };
    quotas::set(db, world, owner, &change).await?;
    let mut used = Vec::new();
    for amount in [4, 5] {
        used.push(quotas::consume(db, world, owner, RESOURCE, amount).await?.usage.used);
        world.pass(TimeDelta::days(3));
    }
    seen.must(used == [4, 9], "what is used in a month adds up over its days", || {
        format!("it added up to {used:?}")
    })?;
    let over = quotas::consume(db, world, owner, RESOURCE, 2).await?;
    seen.must(
        !over.is_allowed() && over.usage.used == 9,
        "what would pass the month's limit is refused, and not counted",
        || format!("it was {:?}, with {} used", over.outcome, over.usage.used),
    )?;
    world.pass(TimeDelta::days(31));
    let next = quotas::consume(db, world, owner, RESOURCE, 2).await?;
    seen.must(
        next.is_allowed() && next.usage.used == 2,
        "and the next month begins with nothing used",
        || format!("it was {:?}, with {} used", next.outcome, next.usage.used),
    )
}

fn refused(
    seen: &mut Seen,
    verdict: Verdict,
    scope: Scope,
    retry_after: TimeDelta,
    what: &str,
) -> Result<(), FlowError> {
    seen.must(
        !verdict.allowed && verdict.scope == scope && verdict.retry_after == retry_after,
        format!("{what}, with the word to come again in {} s", retry_after.num_seconds()),
        || format!("the verdict was {verdict:?}"),
    )
}
