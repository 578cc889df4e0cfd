//! Cronium's data migrations: a file each, in the order in which they run.
//!
//! Each is a step of the migrator's list. The first three empty the legacy tables that go, between the step that makes the
//! new table and the one that drops the old. [`rotations`] are in no list: they are due whenever the vault's key changes.

mod conditional_events;
mod jobs;
mod limits;
mod rotation;
pub mod runtime_api;
mod secrets;
mod sessions;
mod templates;
mod workflows;

pub use conditional_events::{CONDITIONAL_EVENTS, ConditionalEventsToActions};
pub use jobs::{EVENT_JOBS, EventsToJobs, GRACE_SECONDS, LOGS_TO_JOBS, LogsToJobs, NO_OUTCOME};
pub use limits::{ONE_BUCKET, ONE_QUOTA, OneBucket, OneQuota};
pub use rotation::{RotateSecrets, rotations};
pub use runtime_api::{EventsToRuntimeApi, RUNTIME_API};
pub use secrets::{
    CREDENTIALS, ChangeOf, ColumnOf, HoldsSecrets, Keys, OAUTH_STATES, OAUTH_TOKENS, RowOf, SealSecrets, SecretTable,
    WEBHOOK_SECRETS,
};
pub use sessions::{SESSIONS, archived_sessions};
pub use templates::{DEFAULT_TEMPLATES, DefaultTemplates, TEMPLATES, TemplatesToToolActionTemplates};
pub use workflows::{
    CONDITIONAL_ACTIONS, ConditionalActions, WORKFLOW_CONNECTIONS, WORKFLOW_EXECUTIONS, WorkflowConnections,
    WorkflowExecutions,
};

use seawright::data::DataStep;

/// The step [`CONDITIONAL_EVENTS`].
pub fn conditional_events() -> DataStep {
    DataStep::new(CONDITIONAL_EVENTS, ConditionalEventsToActions)
}

/// The step [`TEMPLATES`].
pub fn templates() -> DataStep {
    DataStep::new(TEMPLATES, TemplatesToToolActionTemplates)
}

/// The step [`SESSIONS`].
pub fn sessions() -> DataStep {
    DataStep::new(SESSIONS, archived_sessions())
}

/// The step [`RUNTIME_API`].
pub fn runtime_api() -> DataStep {
    DataStep::new(RUNTIME_API, EventsToRuntimeApi)
}

/// The step [`LOGS_TO_JOBS`].
pub fn logs_to_jobs() -> DataStep {
    DataStep::new(LOGS_TO_JOBS, LogsToJobs)
}

/// The step [`EVENT_JOBS`].
pub fn event_jobs() -> DataStep {
    DataStep::new(EVENT_JOBS, EventsToJobs)
}

/// The step [`WORKFLOW_CONNECTIONS`].
pub fn workflow_connections() -> DataStep {
    DataStep::new(WORKFLOW_CONNECTIONS, WorkflowConnections)
}

/// The step [`WORKFLOW_EXECUTIONS`].
pub fn workflow_executions() -> DataStep {
    DataStep::new(WORKFLOW_EXECUTIONS, WorkflowExecutions)
}

/// The step [`CONDITIONAL_ACTIONS`].
pub fn conditional_actions() -> DataStep {
    DataStep::new(CONDITIONAL_ACTIONS, ConditionalActions)
}

/// The step [`DEFAULT_TEMPLATES`].
pub fn default_templates() -> DataStep {
    DataStep::new(DEFAULT_TEMPLATES, DefaultTemplates)
}

/// The step [`CREDENTIALS`].
pub fn credentials(keys: &Keys) -> DataStep {
    DataStep::new(CREDENTIALS, SealSecrets::<secrets::ToolCredentials>::with(keys.clone()))
}

/// The step [`OAUTH_TOKENS`].
pub fn oauth_tokens(keys: &Keys) -> DataStep {
    DataStep::new(OAUTH_TOKENS, SealSecrets::<secrets::OauthTokens>::with(keys.clone()))
}

/// The step [`OAUTH_STATES`].
pub fn oauth_states(keys: &Keys) -> DataStep {
    DataStep::new(OAUTH_STATES, SealSecrets::<secrets::OauthStates>::with(keys.clone()))
}

/// The step [`WEBHOOK_SECRETS`].
pub fn webhook_secrets(keys: &Keys) -> DataStep {
    DataStep::new(WEBHOOK_SECRETS, SealSecrets::<secrets::Webhooks>::with(keys.clone()))
}

/// The step [`ONE_BUCKET`].
pub fn one_bucket() -> DataStep {
    DataStep::new(ONE_BUCKET, OneBucket)
}

/// The step [`ONE_QUOTA`].
pub fn one_quota() -> DataStep {
    DataStep::new(ONE_QUOTA, OneQuota)
}

/// The steps that seal secrets, with those keys.
pub fn sealing(keys: &Keys) -> Vec<DataStep> {
    vec![
        credentials(keys),
        oauth_tokens(keys),
        oauth_states(keys),
        webhook_secrets(keys),
    ]
}

/// All steps, in the order of the history.
pub fn all() -> Vec<DataStep> {
    let mut steps = vec![
        conditional_events(),
        templates(),
        sessions(),
        runtime_api(),
        logs_to_jobs(),
        event_jobs(),
        workflow_connections(),
        workflow_executions(),
        conditional_actions(),
        default_templates(),
    ];
    steps.extend(sealing(&Keys::environment()));
    steps.extend([one_bucket(), one_quota()]);
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_stand_in_the_order_of_their_names() {
        let names: Vec<&str> = all().iter().map(DataStep::step).collect();
        assert_eq!(names[..3], [CONDITIONAL_EVENTS, TEMPLATES, SESSIONS]);
        assert!(names.is_sorted());
    }
}
