//! The history of the schema: a step a line, in the order in which they run.

use sea_orm_migration::{MigrationTrait, MigratorTrait, async_trait};

pub mod m20261122_134740_baseline;
pub mod m20261122_134825_containers_expand;
pub mod m20261122_134825_containers_online;
pub mod m20261122_134925_containers_contract;
pub mod m20261124_123554_secrets_fit;
pub mod m20261124_221612_flows;
pub mod m20261124_221613_flows_online;

/// The text of the lock file: what is known of each step, and the schema that the newest led to.
pub const LOCK: &str = include_str!("../seawright.lock");

/// The history.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let keys = data_migrations::Keys::environment();
        vec![
            Box::new(m20261122_134740_baseline::Migration),
            Box::new(m20261122_134825_containers_expand::Migration),
            Box::new(m20261122_134825_containers_online::Migration),
            // These empty the tables that the next step drops.
            Box::new(data_migrations::conditional_events()),
            Box::new(data_migrations::templates()),
            Box::new(data_migrations::sessions()),
            Box::new(m20261122_134925_containers_contract::Migration),
            Box::new(m20261124_123554_secrets_fit::Migration),
            Box::new(data_migrations::runtime_api()),
            Box::new(data_migrations::logs_to_jobs()),
            Box::new(data_migrations::event_jobs()),
            Box::new(data_migrations::workflow_connections()),
            Box::new(data_migrations::workflow_executions()),
            Box::new(data_migrations::conditional_actions()),
            Box::new(data_migrations::default_templates()),
            Box::new(data_migrations::credentials(&keys)),
            Box::new(data_migrations::oauth_tokens(&keys)),
            Box::new(data_migrations::oauth_states(&keys)),
            Box::new(data_migrations::webhook_secrets(&keys)),
            // The keys of the next steps ask for one row where there could be more.
            Box::new(data_migrations::one_bucket()),
            Box::new(data_migrations::one_quota()),
            Box::new(m20261124_221612_flows::Migration),
            Box::new(m20261124_221613_flows_online::Migration),
        ]
    }
}
