//! A job's identifier.

use std::{error::Error, fmt, str::FromStr};

use sea_orm::{DbErr, DeriveValueType, TryFromU64};
use serde::{Deserialize, Serialize};

use crate::nanoid::nanoid;

/// A job's identifier: `job_` and twelve of nanoid's characters (`A-Z a-z 0-9 _ -`).
///
/// Whatever the database holds is read; only [`JobId::parse`] looks at the format.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, Serialize, Deserialize)]
#[sea_orm(column_type = "String(sea_orm::sea_query::StringLen::N(50))")]
#[serde(transparent)]
pub struct JobId(String);

/// A text that is no job's identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobIdError(
    /// The text.
    pub String,
);

impl JobId {
    const PREFIX: &str = "job_";
    const LENGTH: usize = 12;

    /// The identifier that a text is.
    ///
    /// # Errors
    /// [`JobIdError`] for a text of another format.
    pub fn parse(text: impl Into<String>) -> Result<Self, JobIdError> {
        let text = text.into();
        let fits = text.strip_prefix(Self::PREFIX).is_some_and(|suffix| {
            suffix.len() == Self::LENGTH
                && suffix
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        });
        if fits { Ok(Self(text)) } else { Err(JobIdError(text)) }
    }

    /// The identifier of the job that is made for a log of the time before there were jobs.
    ///
    /// The same log always gets the same identifier and no two logs share one, so the work can be done again. One
    /// made at random is like it once in 64¹² times.
    ///
    /// ```
    /// assert_eq!(entity::jobs::JobId::for_log(729).as_str(), "job_log-000002d9");
    /// ```
    pub fn for_log(log_id: i32) -> Self {
        Self(format!("{}log-{log_id:08x}", Self::PREFIX))
    }

    /// The identifier of the job that stands for an event which was there before there were jobs: its next run, or a
    /// word on why there is none.
    ///
    /// As good as [`JobId::for_log`], and never the same as one of those.
    ///
    /// ```
    /// assert_eq!(entity::jobs::JobId::for_event(32).as_str(), "job_evt-00000020");
    /// ```
    pub fn for_event(event_id: i32) -> Self {
        Self(format!("{}evt-{event_id:08x}", Self::PREFIX))
    }

    /// The identifier of the job that runs a node of a workflow's run, by its row of `workflow_execution_events`.
    ///
    /// So no node has two jobs, whoever tries, and its job is found without a column for it.
    ///
    /// ```
    /// assert_eq!(entity::jobs::JobId::for_node(17).as_str(), "job_wfn-00000011");
    /// ```
    pub fn for_node(execution_event_id: i32) -> Self {
        Self(format!("{}wfn-{execution_event_id:08x}", Self::PREFIX))
    }

    /// The identifier that 72 random bits make, the lowest of those given.
    ///
    /// ```
    /// assert_eq!(entity::jobs::JobId::random(0b111111_000001).as_str(), "job_B-AAAAAAAAAA");
    /// ```
    pub fn random(bits: u128) -> Self {
        Self(Self::PREFIX.chars().chain(nanoid(bits, Self::LENGTH)).collect())
    }

    /// Whether it has the format; one that was read from a database may not.
    pub fn is_well_formed(&self) -> bool {
        Self::parse(self.as_str()).is_ok()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for JobId {
    type Err = JobIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFromU64 for JobId {
    fn try_from_u64(_: u64) -> Result<Self, DbErr> {
        Err(DbErr::ConvertFromU64("a job's identifier is made by the application"))
    }
}

impl fmt::Display for JobIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is no job's identifier; it must be `{}` and {} of A-Z a-z 0-9 _ -",
            self.0,
            JobId::PREFIX,
            JobId::LENGTH
        )
    }
}

impl Error for JobIdError {}

#[cfg(test)]
mod tests {
    use sea_orm::{
        ColumnType, Value,
        sea_query::{StringLen, ValueType},
    };

    use super::*;

    #[test]
    fn only_the_format_is_parsed() {
        let id = JobId::parse("job_vqjpKrdGY-_W").unwrap();
        assert_eq!(id.as_str(), "job_vqjpKrdGY-_W");
        for wrong in [
            "",
            "job_",
            "job_vqjpKrdGYXK",
            "job_vqjpKrdGYXKWx",
            "JOB_vqjpKrdGYXKW",
            "job_vqjpKrdGYXKé",
            "job_vqjpKrdGYX.W",
        ] {
            assert_eq!(JobId::parse(wrong), Err(JobIdError(wrong.into())));
        }
        assert_eq!(
            "42".parse::<JobId>().unwrap_err().to_string(),
            "`42` is no job's identifier; it must be `job_` and 12 of A-Z a-z 0-9 _ -"
        );
    }

    #[test]
    fn the_identifier_of_a_log_or_an_event_is_always_the_same() {
        for made in [JobId::for_log, JobId::for_event, JobId::for_node] {
            for row in [i32::MIN, -1, 0, 1, 729, i32::MAX] {
                let id = made(row);
                assert_eq!(id, made(row));
                assert!(id.is_well_formed(), "{id}");
            }
            assert_ne!(made(1), made(16));
        }
        assert_ne!(JobId::for_log(1), JobId::for_event(1));
        assert_ne!(JobId::for_node(1), JobId::for_event(1));
        assert!(JobId::random(u128::MAX).is_well_formed() && JobId::random(0).is_well_formed());
    }

    #[test]
    fn whatever_is_stored_is_read() {
        let read = <JobId as ValueType>::try_from(Value::from("42")).unwrap();
        assert_eq!(read.as_str(), "42");
        assert!(!read.is_well_formed());
        assert_eq!(
            <JobId as ValueType>::column_type(),
            ColumnType::String(StringLen::N(50))
        );
    }
}
