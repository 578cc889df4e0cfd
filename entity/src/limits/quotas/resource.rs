//! What holds for each resource.

use chrono::{Datelike as _, Months, NaiveTime, TimeDelta, Timelike as _};
use sea_orm::prelude::DateTime;

use crate::limits::{QuotaConfig, QuotaResource};

/// Over what time a resource is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Period {
    /// A calendar month in UTC.
    Month,
    /// A calendar day in UTC.
    Day,
    /// A minute of the clock.
    Minute,
    /// For ever; what is given back is subtracted.
    Always,
    /// The rows that are there now.
    AtOneTime,
    /// It is not counted: the limit is a setting.
    Setting,
}

/// What happens where a limit would be passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// The request is refused.
    Block,
    /// The request has to wait so long first.
    Throttle(TimeDelta),
    /// The request goes on, and the user is told from so many percent on.
    Warn {
        /// Percent of the limit.
        percent: u8,
    },
    /// Nothing.
    Ignore,
}

impl Period {
    /// The start of the period and its end, which is the start of the next; `None` where it has neither.
    pub fn bounds(self, now: DateTime) -> Option<(DateTime, DateTime)> {
        let day = now.date().and_time(NaiveTime::MIN);
        match self {
            Self::Month => {
                let start = day.with_day(1)?;
                Some((start, start.checked_add_months(Months::new(1))?))
            }
            Self::Day => Some((day, day + TimeDelta::days(1))),
            Self::Minute => {
                let start = now.with_second(0)?.with_nanosecond(0)?;
                Some((start, start + TimeDelta::minutes(1)))
            }
            Self::Always | Self::AtOneTime | Self::Setting => None,
        }
    }
}

impl QuotaResource {
    /// What a user may use if nothing else is said.
    ///
    /// ```
    /// assert_eq!(entity::limits::QuotaResource::ToolActionsPerDay.default_limit(), 1000);
    /// ```
    pub const fn default_limit(self) -> i64 {
        match self {
            Self::ToolActionsPerMonth | Self::EventExecutionsPerMonth => 10_000,
            Self::ToolActionsPerDay | Self::TotalStorageMb => 1000,
            Self::WebhooksPerUser => 10,
            Self::WebhookEventsPerMonth => 50_000,
            Self::EventsPerUser | Self::ApiRequestsPerMinute => 100,
            Self::WorkflowsPerUser => 50,
            Self::WorkflowExecutionsPerMonth => 5000,
            Self::LogRetentionDays => 30,
            Self::ApiRequestsPerMonth => 100_000,
        }
    }

    /// Over what time it is counted.
    pub const fn period(self) -> Period {
        match self {
            Self::ToolActionsPerMonth
            | Self::WebhookEventsPerMonth
            | Self::EventExecutionsPerMonth
            | Self::WorkflowExecutionsPerMonth
            | Self::ApiRequestsPerMonth => Period::Month,
            Self::ToolActionsPerDay => Period::Day,
            Self::ApiRequestsPerMinute => Period::Minute,
            Self::TotalStorageMb => Period::Always,
            Self::WebhooksPerUser | Self::EventsPerUser | Self::WorkflowsPerUser => Period::AtOneTime,
            Self::LogRetentionDays => Period::Setting,
        }
    }

    /// What happens where its limit would be passed.
    pub const fn action(self) -> Action {
        match self {
            Self::ToolActionsPerMonth
            | Self::WebhooksPerUser
            | Self::EventsPerUser
            | Self::WorkflowsPerUser
            | Self::ApiRequestsPerMinute => Action::Block,
            Self::ToolActionsPerDay | Self::WorkflowExecutionsPerMonth | Self::ApiRequestsPerMonth => {
                Action::Throttle(TimeDelta::seconds(1))
            }
            Self::WebhookEventsPerMonth => Action::Warn { percent: 90 },
            Self::EventExecutionsPerMonth => Action::Warn { percent: 80 },
            Self::TotalStorageMb => Action::Warn { percent: 95 },
            Self::LogRetentionDays => Action::Ignore,
        }
    }
}

impl QuotaConfig {
    /// The limit of a resource; the default where it says none.
    pub fn limit(&self, resource: QuotaResource) -> i64 {
        let own = match resource {
            QuotaResource::ToolActionsPerMonth => self.tool_actions_per_month,
            QuotaResource::ToolActionsPerDay => self.tool_actions_per_day,
            QuotaResource::WebhooksPerUser => self.webhooks_per_user,
            QuotaResource::WebhookEventsPerMonth => self.webhook_events_per_month,
            QuotaResource::EventsPerUser => self.events_per_user,
            QuotaResource::EventExecutionsPerMonth => self.event_executions_per_month,
            QuotaResource::WorkflowsPerUser => self.workflows_per_user,
            QuotaResource::WorkflowExecutionsPerMonth => self.workflow_executions_per_month,
            QuotaResource::TotalStorageMb => self.total_storage_mb,
            QuotaResource::LogRetentionDays => self.log_retention_days,
            QuotaResource::ApiRequestsPerMonth => self.api_requests_per_month,
            QuotaResource::ApiRequestsPerMinute => self.api_requests_per_minute,
        };
        own.unwrap_or(resource.default_limit())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_the_calendars() {
        let time = |text: &str| text.parse::<DateTime>().unwrap();
        let now = time("2024-02-29T23:59:59.999");
        let bounds = |period: Period| period.bounds(now).unwrap();
        assert_eq!(
            bounds(Period::Month),
            (time("2024-02-01T00:00:00"), time("2024-03-01T00:00:00"))
        );
        assert_eq!(
            bounds(Period::Day),
            (time("2024-02-29T00:00:00"), time("2024-03-01T00:00:00"))
        );
        assert_eq!(
            bounds(Period::Minute),
            (time("2024-02-29T23:59:00"), time("2024-03-01T00:00:00"))
        );
        let last = time("2024-12-31T12:00:00");
        assert_eq!(Period::Month.bounds(last).unwrap().1, time("2025-01-01T00:00:00"));
    }
}
