//! Cronium's data migrations: a file each, in the order in which they run.
//!
//! Each is a step of the migrator's list. Those that empty one of the three legacy tables that go stand between the step
//! that makes the new table and the one that drops the old.

mod conditional_events;
pub mod runtime_api;
mod sessions;
mod templates;

pub use conditional_events::{CONDITIONAL_EVENTS, ConditionalEventsToActions};
pub use runtime_api::{EventsToRuntimeApi, RUNTIME_API};
pub use sessions::{SESSIONS, archived_sessions};
pub use templates::{TEMPLATES, TemplatesToToolActionTemplates};

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

/// All steps, in the order of the history.
pub fn all() -> Vec<DataStep> {
    vec![conditional_events(), templates(), sessions(), runtime_api()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_stand_in_the_order_of_their_names() {
        let names: Vec<&str> = all().iter().map(DataStep::step).collect();
        assert_eq!(names, [CONDITIONAL_EVENTS, TEMPLATES, SESSIONS, RUNTIME_API]);
        assert!(names.is_sorted());
    }
}
