//! The limiter of tools: so many requests of a user and a kind of tool in a minute, an hour and a day.
//!
//! A window is a minute of the clock, one row of `tool_rate_limits`. The hour and the day before now are the sums of their
//! windows' requests. Whoever counts holds the user's row locked, so no limit is passed. A kind of tool is the same in any
//! case of letters.

use chrono::{TimeDelta, Timelike as _};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, FromQueryResult, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, TransactionSession as _, TransactionTrait,
    prelude::{DateTime, Expr},
    sea_query::{ExprTrait as _, Func, OnConflict},
};

use super::{
    CustomLimits, LimitError, QuotaTier, Scope, Verdict, error::Counting as _, quotas::lock, tool_rate_limits,
    user_tool_quotas,
};
use crate::{
    World,
    jobs::queue::begin,
    values::{Document, Stored},
};

const DOING: &str = "counting a request of a tool";
const WINDOW: TimeDelta = TimeDelta::seconds(60);
const HOUR: TimeDelta = TimeDelta::hours(1);
const DAY: TimeDelta = TimeDelta::days(1);

/// Requests that a user has of a kind of tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ToolLimits {
    /// In the 24 hours before now.
    pub daily: u32,
    /// In the hour before now.
    pub hourly: u32,
    /// At once, that is in a window of 60 seconds.
    pub burst: u32,
}

impl QuotaTier {
    /// What a tier gives.
    pub const fn limits(self) -> ToolLimits {
        let (daily, hourly, burst) = match self {
            Self::Free => (1000, 100, 20),
            Self::Pro => (10_000, 1000, 100),
            Self::Enterprise => (100_000, 10_000, 1000),
        };
        ToolLimits { daily, hourly, burst }
    }
}

/// Requests that a kind of tool takes of a user in 60 seconds, whatever the tier.
///
/// ```
/// use entity::limits::tools::per_window;
///
/// assert_eq!(per_window("SLACK"), 60);
/// assert_eq!(per_window("gopher"), 30);
/// ```
pub fn per_window(tool: &str) -> u32 {
    match tool.to_lowercase().as_str() {
        "slack" | "discord" => 60,
        "google-sheets" | "trello" => 100,
        "notion" | "teams" => 50,
        _ => 30,
    }
}

/// The name under which a kind of tool is counted.
fn named(tool: &str) -> Result<String, LimitError> {
    let name = tool.to_lowercase();
    // PostgreSQL takes no NUL in a text.
    if (1..=50).contains(&name.chars().count()) && !name.contains('\0') {
        Ok(name)
    } else {
        Err(LimitError::Tool(tool.to_owned()))
    }
}

/// What a user may use of a kind of tool: by the quota for the tool, else by the one for all tools, else as [`QuotaTier::Free`].
/// The one for all tools holds for each of them, and doesn't add them up.
///
/// What a quota's `custom_limits` say goes before its columns, and those before its tier.
///
/// # Errors
/// [`LimitError::Tool`], [`LimitError::Unreadable`], [`LimitError::Database`].
pub async fn limits<C: ConnectionTrait>(db: &C, user: &str, tool: &str) -> Result<ToolLimits, LimitError> {
    use user_tool_quotas::Column;
    let these = Condition::any()
        .add(is_tool(Column::ToolType, &named(tool)?))
        .add(Column::ToolType.is_null());
    let rows = user_tool_quotas::Entity::find()
        .filter(Column::UserId.eq(user))
        .filter(these)
        .order_by_desc(Column::Id);
    let rows = rows.all(db).await.counting("reading a user's quota of a tool")?;
    let own = rows.iter().find(|row| row.tool_type.is_some());
    let Some(row) = own.or(rows.first()) else {
        return Ok(QuotaTier::Free.limits());
    };
    let custom = match &row.custom_limits {
        None => CustomLimits::default(),
        Some(Document::Known(custom)) => custom.clone(),
        Some(Document::Other(_)) => return Err(unreadable("user_tool_quotas.custom_limits", user)),
    };
    let tier = match custom.tier.as_ref().unwrap_or(&row.tier) {
        Stored::Known(tier) => tier.limits(),
        Stored::Unknown(_) => return Err(unreadable("user_tool_quotas.tier", user)),
    };
    let said = |custom: Option<i64>, column: Option<i32>, tier: u32| match custom.or(column.map(i64::from)) {
        Some(limit) => u32::try_from(Ord::max(limit, 0)).unwrap_or(u32::MAX),
        None => tier,
    };
    Ok(ToolLimits {
        daily: said(custom.daily, row.daily_limit, tier.daily),
        hourly: said(custom.hourly, row.hourly_limit, tier.hourly),
        burst: said(custom.burst, row.burst_limit, tier.burst),
    })
}

fn unreadable(column: &'static str, user: &str) -> LimitError {
    LimitError::Unreadable {
        column,
        user: user.to_owned(),
    }
}

fn is_tool(column: impl sea_orm::ColumnTrait, name: &str) -> Expr {
    Expr::expr(Func::lower(column.into_expr())).eq(name)
}

/// What a user has used of a kind of tool.
#[derive(Debug, FromQueryResult)]
struct Used {
    window: Option<i64>,
    hour: Option<i64>,
    day: Option<i64>,
    oldest_of_hour: Option<DateTime>,
    oldest_of_day: Option<DateTime>,
}

async fn used<C: ConnectionTrait>(tx: &C, user: &str, tool: &str, now: DateTime) -> Result<Used, DbErr> {
    use tool_rate_limits::Column;
    // A window counts as long as any of its requests may be so young.
    let in_hour = || Column::WindowStart.gte(window_of(now) - HOUR);
    let requests = || Column::RequestCount.into_expr();
    let counted = |which: Expr| -> Expr { Expr::case(which, requests()).finally(0).into() };
    let in_hour_only: Expr = Expr::case(in_hour(), Column::WindowStart.into_expr()).into();
    let used = tool_rate_limits::Entity::find()
        .select_only()
        .column_as(counted(Column::WindowStart.gte(window_of(now))).sum(), "window")
        .column_as(counted(in_hour()).sum(), "hour")
        .column_as(requests().sum(), "day")
        .column_as(in_hour_only.min(), "oldest_of_hour")
        .column_as(Column::WindowStart.min(), "oldest_of_day")
        .filter(Column::UserId.eq(user))
        .filter(is_tool(Column::ToolType, tool))
        .filter(Column::WindowStart.gte(window_of(now) - DAY));
    let used = used.into_model::<Used>().one(tx).await?;
    used.ok_or_else(|| DbErr::RecordNotFound("a sum over no rows is a row".to_owned()))
}

/// The window that a moment is in.
fn window_of(now: DateTime) -> DateTime {
    let minute = now.with_second(0).and_then(|now| now.with_nanosecond(0));
    minute.unwrap_or(now)
}

/// Counts a request of a user to a kind of tool, if it is within all limits.
///
/// The answer is about the limit that leaves the least or, for a request that is refused, the one that lasts longest.
///
/// # Errors
/// [`LimitError::Tool`], [`LimitError::NoUser`], [`LimitError::Unreadable`], [`LimitError::Database`];
/// [`OnFailure`](super::OnFailure) makes a decision of it.
pub async fn take<C: TransactionTrait>(
    db: &C,
    world: &impl World,
    user: &str,
    tool: &str,
) -> Result<Verdict, LimitError> {
    let name = named(tool)?;
    let now = world.now();
    let tx = begin(db).await.counting(DOING)?;
    lock(&tx, user).await?;
    let limits = limits(&tx, user, &name).await?;
    let used = used(&tx, user, &name, now).await.counting(DOING)?;
    let verdict = verdict(&name, limits, &used, now);
    if verdict.allowed {
        add(&tx, user, name, now).await.counting(DOING)?;
        tx.commit().await.counting(DOING)?;
    }
    Ok(verdict)
}

fn verdict(tool: &str, limits: ToolLimits, used: &Used, now: DateTime) -> Verdict {
    let window = (used.window.unwrap_or(0), window_of(now) + WINDOW);
    let hour = (
        used.hour.unwrap_or(0),
        window_of(used.oldest_of_hour.unwrap_or(now)) + HOUR + WINDOW,
    );
    let day = (
        used.day.unwrap_or(0),
        window_of(used.oldest_of_day.unwrap_or(now)) + DAY + WINDOW,
    );
    let all = [
        (Scope::Window, per_window(tool), window),
        (Scope::Burst, limits.burst, window),
        (Scope::Hour, limits.hourly, hour),
        (Scope::Day, limits.daily, day),
    ];
    let full = all
        .iter()
        .filter(|(_, limit, (used, _))| *used >= i64::from(*limit))
        .max_by_key(|(_, _, (_, reset_at))| *reset_at);
    if let Some(&(scope, limit, (used, reset_at))) = full {
        return Verdict::new(false, (scope, limit, used), reset_at, now);
    }
    let [first, rest @ ..] = all;
    let (scope, limit, (used, reset_at)) = rest.into_iter().fold(first, |least, other| {
        let left = |(_, limit, (used, _)): (Scope, u32, (i64, DateTime))| i64::from(limit) - used;
        if left(other) < left(least) { other } else { least }
    });
    Verdict::new(true, (scope, limit, used + 1), reset_at, now)
}

async fn add<C: ConnectionTrait>(tx: &C, user: &str, tool: String, now: DateTime) -> Result<(), DbErr> {
    use tool_rate_limits::{ActiveModel, Column, Entity};
    let row = ActiveModel {
        user_id: Set(user.to_owned()),
        tool_type: Set(tool),
        window_start: Set(window_of(now)),
        request_count: Set(1),
        last_request: Set(Some(now)),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    let again = OnConflict::columns([Column::UserId, Column::ToolType, Column::WindowStart])
        .value(Column::RequestCount, Expr::col((Entity, Column::RequestCount)).add(1))
        .update_columns([Column::LastRequest, Column::UpdatedAt])
        .to_owned();
    Entity::insert(row)
        .on_conflict(again)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// What a user is to have of one kind of tool, or of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToolQuota {
    /// The tier, for what is not said below.
    pub tier: QuotaTier,
    /// Requests in 24 hours, up to 2147483647 as all of these.
    pub daily: Option<u32>,
    /// Requests in an hour.
    pub hourly: Option<u32>,
    /// Requests in 60 seconds.
    pub burst: Option<u32>,
}

impl From<QuotaTier> for ToolQuota {
    fn from(tier: QuotaTier) -> Self {
        Self {
            tier,
            daily: None,
            hourly: None,
            burst: None,
        }
    }
}

/// Sets what a user may use of a kind of tool, or of each kind that has no quota of its own (`None`), instead of what was set
/// before.
///
/// # Errors
/// [`LimitError::Tool`], [`LimitError::NoUser`], [`LimitError::Database`].
pub async fn set<C: TransactionTrait>(
    db: &C,
    world: &impl World,
    user: &str,
    tool: Option<&str>,
    quota: ToolQuota,
) -> Result<(), LimitError> {
    use user_tool_quotas::{ActiveModel, Column, Entity};
    const DOING: &str = "setting a user's quota of a tool";
    let now = world.now();
    let tool = tool.map(named).transpose()?;
    let stored = |limit: Option<u32>| limit.map(|limit| i32::try_from(limit).unwrap_or(i32::MAX));
    let [daily, hourly, burst] = [quota.daily, quota.hourly, quota.burst].map(stored);
    let custom = (daily.or(hourly).or(burst).is_some()).then(|| CustomLimits {
        daily: daily.map(i64::from),
        hourly: hourly.map(i64::from),
        burst: burst.map(i64::from),
        tier: Some(quota.tier.into()),
        ..CustomLimits::default()
    });
    let row = ActiveModel {
        daily_limit: Set(daily),
        hourly_limit: Set(hourly),
        burst_limit: Set(burst),
        tier: Set(quota.tier.into()),
        custom_limits: Set(custom.map(Document::Known)),
        updated_at: Set(now),
        ..Default::default()
    };
    let tx = begin(db).await.counting(DOING)?;
    lock(&tx, user).await?;
    // Rows of before the names were put in one case are found in theirs.
    let same = match &tool {
        Some(name) => is_tool(Column::ToolType, name),
        None => Column::ToolType.is_null(),
    };
    let update = Entity::update_many()
        .set(row.clone())
        .filter(Column::UserId.eq(user))
        .filter(same);
    if update.exec(&tx).await.counting(DOING)?.rows_affected == 0 {
        let row = ActiveModel {
            user_id: Set(user.to_owned()),
            tool_type: Set(tool),
            created_at: Set(now),
            ..row
        };
        row.insert(&tx).await.counting(DOING)?;
    }
    tx.commit().await.counting(DOING)?;
    Ok(())
}

/// Deletes the windows that no limit looks at any more, those of more than 24 hours ago, and says how many.
///
/// # Errors
/// [`LimitError::Database`].
pub async fn sweep<C: ConnectionTrait>(db: &C, world: &impl World) -> Result<u64, LimitError> {
    let old = tool_rate_limits::Column::WindowStart.lt(window_of(world.now()) - DAY);
    let delete = tool_rate_limits::Entity::delete_many().filter(old);
    Ok(delete
        .exec(db)
        .await
        .counting("deleting old windows of tools")?
        .rows_affected)
}
