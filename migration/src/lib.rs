//! The history of the schema: a step a line, in the order in which they run.

use sea_orm_migration::{MigrationTrait, MigratorTrait, async_trait};

pub mod m20261122_134740_baseline;
pub mod m20261122_134825_containers_expand;
pub mod m20261122_134925_containers_contract;
pub mod m20261124_123554_secrets_fit;

/// The history.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_134740_baseline::Migration),
            Box::new(m20261122_134825_containers_expand::Migration),
            // Data steps go here, between what adds and what destroys.
            Box::new(data_migrations::conditional_events()),
            Box::new(data_migrations::templates()),
            Box::new(data_migrations::sessions()),
            Box::new(m20261122_134925_containers_contract::Migration),
            Box::new(m20261124_123554_secrets_fit::Migration),
        ]
    }
}
