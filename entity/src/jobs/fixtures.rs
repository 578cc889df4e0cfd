//! Rows for the tests of the rules.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

use crate::{
    events::{EventStatus, EventTriggerType, EventType, RunLocation, Tags, TimeUnit, env_vars, events},
    values::{Document, Sealed},
};

/// An active Bash script that runs every minute and was made on 1 July 2025.
pub(super) fn event(id: i32) -> events::Model {
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
pub(super) fn variable(id: i32, key: &str, value: &str) -> env_vars::Model {
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
