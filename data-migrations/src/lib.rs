//! Cronium's data migrations: a file each, in the order in which they run.
//!
//! Each empties one of the three legacy tables that go, and each is a step of the migrator's list, between the step that
//! makes the new table and the one that drops the old.

mod conditional_events;
mod sessions;
mod templates;
mod workflows;

pub use conditional_events::{CONDITIONAL_EVENTS, ConditionalEventsToActions};
pub use sessions::{SESSIONS, archived_sessions};
pub use templates::{TEMPLATES, TemplatesToToolActionTemplates};
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

/// All steps, in the order of the history.
pub fn all() -> Vec<DataStep> {
    vec![
        conditional_events(),
        templates(),
        sessions(),
        workflow_connections(),
        workflow_executions(),
        conditional_actions(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_stand_in_the_order_of_their_names() {
        let names: Vec<&str> = all().iter().map(DataStep::step).collect();
        assert_eq!(
            names,
            [
                CONDITIONAL_EVENTS,
                TEMPLATES,
                SESSIONS,
                WORKFLOW_CONNECTIONS,
                WORKFLOW_EXECUTIONS,
                CONDITIONAL_ACTIONS,
            ]
        );
        assert!(names.is_sorted());
    }
}
