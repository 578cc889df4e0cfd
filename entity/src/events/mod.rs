//! What is automated, where it runs, what follows it and what became of it.

#[cfg(feature = "rules")]
pub mod after_run;
mod documents;
mod enumerations;
#[cfg(feature = "rules")]
pub mod follow_ups;

pub mod conditional_actions;
pub mod env_vars;
pub mod event_servers;
#[expect(clippy::module_inception, reason = "the table is called like its domain")]
pub mod events;
pub mod logs;
pub mod servers;

pub use documents::{HttpHeader, HttpHeaders, Tags, ToolActionConfig};
pub use enumerations::{
    ConditionalActionType, EventStatus, EventTriggerType, EventType, LogStatus, RunLocation, TimeUnit,
};
