//! The job that stands for an event which was there before there were jobs.

use std::fmt;

use entity::{
    events::{EventStatus, EventTriggerType, EventType, RunLocation, TimeUnit, env_vars, events},
    jobs::{
        EventTiming, EventVariable, EventWork, JobId, JobMetadata, JobOrigin, JobPayload, JobPriority, JobResult,
        JobStatus, JobTrigger, JobType, Schedule, ScheduleError, jobs,
    },
    values::Document,
};
use sea_orm::prelude::DateTime;

/// An event's job: its next run, or a cancelled one that says why there is none.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct EventEntry {
    /// The job, [`JobId::for_event`].
    pub(super) job: jobs::Model,
    /// What a person should look at.
    pub(super) remark: Option<String>,
}

/// Why nothing runs an event.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Unscheduled {
    /// It is paused, a draft or archived.
    Inactive(EventStatus),
    /// It has a status that is none.
    Status(String),
    /// A person or a program starts it.
    Manual,
    /// It has a trigger that is none.
    Trigger(String),
    /// It has a type that is none.
    Type(String),
    /// It has a place that is none.
    Location(String),
    /// It runs on servers, and has none.
    NoServer,
    /// It makes an HTTP request, and has no method or no URL.
    NoRequest,
    /// It runs a tool action, and its configuration says not which.
    NoAction,
    /// It has run as often as it may.
    Spent {
        /// How often it has run.
        count: i32,
        /// How often it may.
        most: i32,
    },
    /// Its schedule can't be read.
    Schedule(ScheduleError),
    /// Its schedule never comes: 31 February.
    Never,
}

impl EventEntry {
    /// The entry of an event at a moment. `variables` are its rows, by id; `servers` what [`JobPayload::of_event`] takes.
    ///
    /// A queued job is always later than the moment ([`Schedule::next_after`]).
    pub(super) fn new(event: &events::Model, variables: &[env_vars::Model], servers: &[i32], now: DateTime) -> Self {
        let variables: Vec<EventVariable<'_>> = variables.iter().map(variable).collect();
        let payload = JobPayload::of_event(work(event), &variables, servers);
        let next = next_run(event, &payload, now);
        let (metadata, mut job) = (
            JobMetadata {
                event_name: Some(event.name.clone()),
                triggered_by: next.is_ok().then(|| JobTrigger::Schedule.into()),
                origin: Some(JobOrigin::Migration.into()),
                ..JobMetadata::default()
            },
            jobs::Model {
                id: JobId::for_event(event.id),
                event_id: event.id,
                user_id: event.user_id.clone(),
                r#type: JobType::of(&event.r#type),
                status: JobStatus::Queued,
                priority: JobPriority::Normal,
                payload: payload.into(),
                scheduled_for: now,
                orchestrator_id: None,
                started_at: None,
                completed_at: None,
                result: None,
                attempts: 0,
                last_error: None,
                metadata: Document::default(),
                created_at: now,
                updated_at: now,
            },
        );
        job.metadata = metadata.into();
        let remark = match next {
            Ok(next) => {
                job.scheduled_for = next;
                None
            }
            Err(reason) => {
                let (text, remark) = explain(event, &reason);
                job.status = JobStatus::Cancelled;
                job.completed_at = Some(now);
                job.result = Some(Document::Known(JobResult {
                    error: Some(text.clone().into()),
                    ..JobResult::default()
                }));
                job.last_error = Some(text);
                remark
            }
        };
        Self { job, remark }
    }
}

// Field by field, and not by what `entity` makes of its rows of today: those go on changing.

fn work(event: &events::Model) -> EventWork<'_> {
    EventWork {
        r#type: &event.r#type,
        content: event.content.as_deref(),
        http_method: event.http_method.as_deref(),
        http_url: event.http_url.as_deref(),
        http_headers: event.http_headers.as_ref(),
        http_body: event.http_body.as_deref(),
        tool_action_config: event.tool_action_config.as_ref(),
        run_location: &event.run_location,
        server_id: event.server_id,
        timeout_value: event.timeout_value,
        timeout_unit: &event.timeout_unit,
        retries: event.retries,
    }
}

fn variable(variable: &env_vars::Model) -> EventVariable<'_> {
    EventVariable {
        id: variable.id,
        key: &variable.key,
        has_value: !variable.value.is_empty(),
    }
}

fn timing(event: &events::Model) -> EventTiming<'_> {
    EventTiming {
        custom_schedule: event.custom_schedule.as_deref(),
        schedule_number: event.schedule_number,
        schedule_unit: &event.schedule_unit,
        start_time: event.start_time,
        last_run_at: event.last_run_at,
        created_at: event.created_at,
    }
}

/// When the event runs next, or why it does not.
fn next_run(event: &events::Model, payload: &JobPayload, now: DateTime) -> Result<DateTime, Unscheduled> {
    match event.status.known() {
        Some(EventStatus::Active) => {}
        Some(status) => return Err(Unscheduled::Inactive(*status)),
        None => return Err(Unscheduled::Status(event.status.to_string())),
    }
    match event.trigger_type.known() {
        Some(EventTriggerType::Schedule) => {}
        Some(EventTriggerType::Manual) => return Err(Unscheduled::Manual),
        None => return Err(Unscheduled::Trigger(event.trigger_type.to_string())),
    }
    match event.r#type.known() {
        Some(EventType::HttpRequest) if payload.http_request.is_none() => return Err(Unscheduled::NoRequest),
        Some(EventType::ToolAction) if payload.tool_action.is_none() => return Err(Unscheduled::NoAction),
        Some(_) => {}
        None => return Err(Unscheduled::Type(event.r#type.to_string())),
    }
    match event.run_location.known() {
        Some(RunLocation::Remote) if payload.target.is_none() => return Err(Unscheduled::NoServer),
        Some(_) => {}
        None => return Err(Unscheduled::Location(event.run_location.to_string())),
    }
    if event.max_executions > 0 && event.execution_count >= event.max_executions {
        return Err(Unscheduled::Spent {
            count: event.execution_count,
            most: event.max_executions,
        });
    }
    Schedule::of(timing(event))
        .map_err(Unscheduled::Schedule)?
        .next_after(now)
        .ok_or(Unscheduled::Never)
}

/// The reason for the job, and what of it goes into the report.
fn explain(event: &events::Model, reason: &Unscheduled) -> (String, Option<String>) {
    let mut text = reason.to_string();
    // A cron line that can't be read will be missed as soon as the event is used again.
    if !matches!(reason, Unscheduled::Schedule(_))
        && let Err(error @ ScheduleError::Cron { .. }) = Schedule::of(timing(event))
    {
        text.push_str(&format!("; also, {error}"));
        return (text.clone(), Some(text));
    }
    let remark = match reason {
        Unscheduled::Inactive(_) | Unscheduled::Spent { .. } => None,
        // Cronium's scheduler ran all active events, and its forms never set the trigger: whoever gave this one a
        // schedule may rely on it.
        Unscheduled::Manual => (has_schedule(event)).then(|| {
            format!("{text}; but it has a schedule, and Cronium's own scheduler did not look at the trigger. Set its trigger to SCHEDULE if it should run by itself")
        }),
        _ => Some(text.clone()),
    };
    (text, remark)
}

/// Whether someone has given the event a schedule: it is not the one that all events begin with.
fn has_schedule(event: &events::Model) -> bool {
    let line = event.custom_schedule.as_deref().unwrap_or_default();
    !line.trim().is_empty() || event.schedule_number != 1 || event.schedule_unit != TimeUnit::Minutes
}

impl fmt::Display for Unscheduled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing is scheduled: ")?;
        match self {
            Self::Inactive(EventStatus::Paused) => f.write_str("the event is paused"),
            Self::Inactive(EventStatus::Draft) => f.write_str("the event is a draft"),
            Self::Inactive(EventStatus::Archived) => f.write_str("the event is archived"),
            Self::Inactive(EventStatus::Active) => f.write_str("the event is active"),
            Self::Status(status) => write!(
                f,
                "the event's status `{status}` is none of ACTIVE, PAUSED, DRAFT and ARCHIVED"
            ),
            Self::Manual => f.write_str("the event is started by hand"),
            Self::Trigger(trigger) => write!(f, "the event's trigger `{trigger}` is neither SCHEDULE nor MANUAL"),
            Self::Type(kind) => write!(
                f,
                "the event's type `{kind}` is none of NODEJS, PYTHON, BASH, HTTP_REQUEST and TOOL_ACTION"
            ),
            Self::Location(location) => write!(f, "the event's place `{location}` is neither LOCAL nor REMOTE"),
            Self::NoServer => f.write_str("the event runs on a server, and has none"),
            Self::NoRequest => f.write_str("the event makes an HTTP request, and has no method or no URL"),
            Self::NoAction => f.write_str("the event runs a tool action, and its configuration can't be read"),
            Self::Spent { count, most } => write!(f, "the event has run {count} times and may run {most} times"),
            Self::Schedule(error) => error.fmt(f),
            Self::Never => f.write_str("the event's schedule names a time that never comes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use entity::{
        events::Tags,
        values::{Sealed, Stored},
    };
    use serde_json::json;

    use super::*;

    fn now() -> DateTime {
        "2025-07-14T10:07:30".parse().unwrap()
    }

    /// An active Bash script that runs every minute and was made on 1 July 2025.
    fn event(id: i32) -> events::Model {
        let made = "2025-07-01T08:00:00".parse().unwrap();
        events::Model {
            id,
            user_id: "ada".to_owned(),
            name: "Backup".to_owned(),
            description: None,
            shared: false,
            r#type: EventType::Bash.into(),
            content: Some("echo".to_owned()),
            http_method: None,
            http_url: None,
            http_headers: None,
            http_body: None,
            tool_action_config: None,
            status: EventStatus::Active.into(),
            trigger_type: EventTriggerType::Schedule.into(),
            schedule_number: 1,
            schedule_unit: TimeUnit::Minutes.into(),
            custom_schedule: None,
            run_location: RunLocation::Local.into(),
            server_id: None,
            timeout_value: 30,
            timeout_unit: TimeUnit::Seconds.into(),
            retries: 0,
            start_time: None,
            execution_count: 0,
            max_executions: 0,
            reset_counter_on_active: false,
            last_run_at: None,
            next_run_at: None,
            success_count: 0,
            failure_count: 0,
            tags: Document::Known(Tags::default()),
            created_at: made,
            updated_at: made,
        }
    }

    /// A variable of that event.
    fn variable_named(id: i32, key: &str, value: &str) -> env_vars::Model {
        let made = "2025-07-01T08:00:00".parse().unwrap();
        env_vars::Model {
            id,
            event_id: 1,
            key: key.to_owned(),
            value: Sealed::from_stored(value),
            created_at: made,
            updated_at: made,
        }
    }

    fn entry(event: &events::Model) -> EventEntry {
        EventEntry::new(event, &[], &[], now())
    }

    #[test]
    fn an_active_scheduled_event_waits_for_its_next_run() {
        let mut event = event(32);
        event.custom_schedule = Some("0 3 * * *".to_owned());
        let EventEntry { job, remark } = EventEntry::new(&event, &[variable_named(4, "TOKEN", "hunter2")], &[], now());
        assert_eq!(remark, None);
        assert_eq!(job.id, JobId::for_event(32));
        assert_eq!((job.event_id, job.user_id.as_str()), (32, "ada"));
        assert_eq!(
            (job.status, job.r#type, job.priority),
            (JobStatus::Queued, JobType::Script, JobPriority::Normal)
        );
        assert_eq!(job.scheduled_for, "2025-07-15T03:00:00".parse().unwrap());
        assert_eq!((job.attempts, job.started_at, job.completed_at), (0, None, None));
        assert_eq!(
            (&job.result, &job.last_error, &job.orchestrator_id),
            (&None, &None, &None)
        );
        assert_eq!((job.created_at, job.updated_at), (now(), now()));
        assert_eq!(
            job.metadata.to_json(),
            json!({"eventName": "Backup", "triggeredBy": "schedule", "origin": "migration"})
        );
        assert_eq!(job.payload.to_json()["environment"], json!({"TOKEN": {"envVar": 4}}));
    }

    /// An event, changed.
    fn changed(change: impl FnOnce(&mut events::Model)) -> events::Model {
        let mut event = event(1);
        change(&mut event);
        event
    }

    #[test]
    fn every_other_event_says_why_it_waits_for_nothing() {
        for (event, reason, looked_at) in [
            (
                changed(|event| event.status = EventStatus::Draft.into()),
                "the event is a draft",
                false,
            ),
            (
                changed(|event| event.status = EventStatus::Paused.into()),
                "the event is paused",
                false,
            ),
            (
                changed(|event| event.status = EventStatus::Archived.into()),
                "the event is archived",
                false,
            ),
            (
                changed(|event| event.status = Stored::from_text("active")),
                "the event's status `active` is none of ACTIVE, PAUSED, DRAFT and ARCHIVED",
                true,
            ),
            (
                changed(|event| event.trigger_type = EventTriggerType::Manual.into()),
                "the event is started by hand",
                false,
            ),
            (
                changed(|event| event.trigger_type = Stored::from_text("WEBHOOK")),
                "the event's trigger `WEBHOOK` is neither SCHEDULE nor MANUAL",
                true,
            ),
            (
                changed(|event| event.r#type = Stored::from_text("PERL")),
                "the event's type `PERL` is none of NODEJS, PYTHON, BASH, HTTP_REQUEST and TOOL_ACTION",
                true,
            ),
            (
                changed(|event| event.r#type = EventType::HttpRequest.into()),
                "the event makes an HTTP request, and has no method or no URL",
                true,
            ),
            (
                changed(|event| event.r#type = EventType::ToolAction.into()),
                "the event runs a tool action, and its configuration can't be read",
                true,
            ),
            (
                changed(|event| event.run_location = RunLocation::Remote.into()),
                "the event runs on a server, and has none",
                true,
            ),
            (
                changed(|event| event.run_location = Stored::from_text("MOON")),
                "the event's place `MOON` is neither LOCAL nor REMOTE",
                true,
            ),
            (
                changed(|event| (event.max_executions, event.execution_count) = (5, 5)),
                "the event has run 5 times and may run 5 times",
                false,
            ),
            (
                changed(|event| event.custom_schedule = Some("not a cron".to_owned())),
                "the cron line `not a cron` can't be read: it has 3 fields, not 5 or 6",
                true,
            ),
            (
                changed(|event| event.schedule_number = -1),
                "the schedule says every -1, and there must be at least 1",
                true,
            ),
            (
                changed(|event| event.custom_schedule = Some("0 0 31 2 *".to_owned())),
                "the event's schedule names a time that never comes",
                true,
            ),
        ] {
            let EventEntry { job, remark } = entry(&event);
            let reason = format!("nothing is scheduled: {reason}");
            assert_eq!(job.status, JobStatus::Cancelled, "{reason}");
            assert_eq!(job.last_error.as_ref(), Some(&reason));
            assert_eq!(job.result.unwrap().to_json(), json!({"error": reason}));
            assert_eq!((job.completed_at, job.scheduled_for), (Some(now()), now()));
            assert_eq!(
                job.metadata.to_json(),
                json!({"eventName": "Backup", "origin": "migration"})
            );
            assert_eq!(job.payload.to_json()["input"], json!({}), "{reason}");
            assert_eq!(remark, looked_at.then_some(reason));
        }
    }

    #[test]
    fn an_event_may_run_until_its_count_is_full() {
        let job = |count, most| {
            let mut event = event(1);
            (event.max_executions, event.execution_count) = (most, count);
            entry(&event).job.status
        };
        assert_eq!(job(4, 5), JobStatus::Queued);
        assert_eq!(job(6, 5), JobStatus::Cancelled);
        // 0 is no limit.
        assert_eq!(job(4_000, 0), JobStatus::Queued);
        assert_eq!(job(4_000, -1), JobStatus::Queued);
    }

    #[test]
    fn a_schedule_that_is_no_longer_looked_at_is_reported() {
        let event = changed(|event| {
            event.trigger_type = EventTriggerType::Manual.into();
            event.schedule_number = 24;
        });
        let EventEntry { job, remark } = entry(&event);
        assert_eq!(job.status, JobStatus::Cancelled);
        let remark = remark.unwrap();
        assert!(remark.contains("Set its trigger to SCHEDULE"), "{remark}");
    }

    #[test]
    fn an_unreadable_cron_line_is_reported_of_every_event() {
        for status in [EventStatus::Paused, EventStatus::Draft, EventStatus::Archived] {
            let event = changed(|event| {
                event.status = status.into();
                event.custom_schedule = Some("61 25 * * *".to_owned());
            });
            let EventEntry { job, remark } = entry(&event);
            let said = job.last_error.unwrap();
            assert!(said.ends_with("; also, the cron line `61 25 * * *` can't be read: its minute `61` can't be read"));
            assert_eq!(remark, Some(said));
        }
    }

    #[test]
    fn the_type_of_a_job_is_that_of_its_event() {
        for (kind, expected) in [
            ("BASH", JobType::Script),
            ("PYTHON", JobType::Script),
            ("NODEJS", JobType::Script),
            ("HTTP_REQUEST", JobType::HttpRequest),
            ("TOOL_ACTION", JobType::ToolAction),
            ("PERL", JobType::Script),
        ] {
            let event = changed(|event| event.r#type = Stored::from_text(kind));
            assert_eq!(entry(&event).job.r#type, expected, "{kind}");
        }
    }
}
