//! Cronium's tables as SeaORM entities: a folder a domain, a file a table.
//!
//! [`schema()`] lists the 36 tables that the application works with; [`legacy`] has the three that go away. The rules
//! that hold for all of them stand in `docs/schema.md`.

pub mod events;
#[cfg(feature = "factories")]
pub mod factories;
#[cfg(feature = "rules")]
mod graph;
#[cfg(feature = "http")]
pub mod http;
pub mod identity;
pub mod jobs;
pub mod legacy;
pub mod limits;
mod nanoid;
pub mod oauth;
pub mod prelude;
pub mod settings;
pub mod tools;
pub mod values;
#[cfg(feature = "rules")]
pub mod vault;
pub mod webhooks;
pub mod workflows;
#[cfg(feature = "rules")]
mod world;

#[cfg(feature = "rules")]
pub use world::{NoRandomness, World};

use seawright::{declare::Entities, schema::Convention};

/// The schema that the application works with.
///
/// Its names are drizzle's, because Cronium's database was made by drizzle.
pub fn schema() -> Entities {
    seawright::schema! {
        convention = Convention::DRIZZLE;
        identity::api_tokens::Entity,
        identity::password_reset_tokens::Entity,
        identity::roles::Entity,
        identity::user_settings::Entity,
        identity::user_variables::Entity,
        identity::users::Entity,
        events::conditional_actions::Entity,
        events::env_vars::Entity,
        events::event_servers::Entity,
        events::events::Entity,
        events::logs::Entity,
        events::servers::Entity,
        jobs::jobs::Entity,
        workflows::workflow_connections::Entity,
        workflows::workflow_execution_events::Entity,
        workflows::workflow_executions::Entity,
        workflows::workflow_logs::Entity,
        workflows::workflow_nodes::Entity,
        workflows::workflows::Entity,
        tools::tool_action_logs::Entity,
        tools::tool_action_templates::Entity,
        tools::tool_audit_logs::Entity,
        tools::tool_credentials::Entity,
        oauth::oauth_states::Entity,
        oauth::oauth_tokens::Entity,
        limits::quota_usage::Entity,
        limits::rate_limit_buckets::Entity,
        limits::tool_rate_limits::Entity,
        limits::tool_usage_metrics::Entity,
        limits::user_quotas::Entity,
        limits::user_tool_quotas::Entity,
        webhooks::webhook_deliveries::Entity,
        webhooks::webhook_events::Entity,
        webhooks::webhook_logs::Entity,
        webhooks::webhooks::Entity,
        settings::system_settings::Entity,
    }
}
