//! The answer to whether a request is within its limit.

use chrono::TimeDelta;
use sea_orm::prelude::DateTime;

use super::LimitError;

/// The limit that an answer is about: the one that leaves the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Requests in a window.
    Window,
    /// Requests of a user's tier at once: in a window.
    Burst,
    /// Requests of a user's tier in an hour.
    Hour,
    /// Requests of a user's tier in a day.
    Day,
}

/// Whether a request is within its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is; it has been counted then, and only then.
    pub allowed: bool,
    /// The limit that this is about.
    pub scope: Scope,
    /// Requests that the limit admits.
    pub limit: u32,
    /// Requests that are left.
    pub remaining: u32,
    /// When more are left, in UTC: the window ends, or the oldest requests are out of the hour or day.
    pub reset_at: DateTime,
    /// How long to wait before the next request; nothing if this one is within the limit.
    pub retry_after: TimeDelta,
}

impl Verdict {
    pub(super) fn new(
        allowed: bool,
        (scope, limit, used): (Scope, u32, i64),
        reset_at: DateTime,
        now: DateTime,
    ) -> Self {
        let left = (i64::from(limit) - used).max(0);
        Self {
            allowed,
            scope,
            limit,
            remaining: u32::try_from(left).unwrap_or(u32::MAX),
            reset_at,
            retry_after: if allowed {
                TimeDelta::zero()
            } else {
                (reset_at - now).max(TimeDelta::zero())
            },
        }
    }
}

/// What holds for a request where the database can't say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OnFailure {
    /// It is refused: nothing gets past the limit, and nothing works while the database is away.
    Refuse,
    /// It is let through, uncounted.
    Allow,
}

/// What becomes of a request, the failure of the database included.
#[derive(Debug)]
pub enum Decision {
    /// The limit was asked.
    Asked(Verdict),
    /// The limit could not be asked.
    Failed {
        /// Whether the request may go on nevertheless.
        allowed: bool,
        /// Why. It is worth a line in a log whatever becomes of the request.
        error: LimitError,
    },
}

impl Decision {
    /// Whether the request may go on.
    pub const fn is_allowed(&self) -> bool {
        match self {
            Self::Asked(verdict) => verdict.allowed,
            Self::Failed { allowed, .. } => *allowed,
        }
    }

    /// The answer, if the limit was asked.
    pub const fn verdict(&self) -> Option<&Verdict> {
        match self {
            Self::Asked(verdict) => Some(verdict),
            Self::Failed { .. } => None,
        }
    }

    /// Why the limit could not be asked.
    pub const fn error(&self) -> Option<&LimitError> {
        match self {
            Self::Asked(_) => None,
            Self::Failed { error, .. } => Some(error),
        }
    }
}

impl OnFailure {
    /// What becomes of a request. Only a failure of the database lets one through: a bucket that has no name, or a user that
    /// is not there, is no failure of the database.
    pub fn decide(self, answer: Result<Verdict, LimitError>) -> Decision {
        match answer {
            Ok(verdict) => Decision::Asked(verdict),
            Err(error) => Decision::Failed {
                allowed: self == Self::Allow && matches!(error, LimitError::Database { .. }),
                error,
            },
        }
    }
}
