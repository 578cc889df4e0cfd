//! The history of the schema: a step a line, in the order in which they run.

use sea_orm_migration::{MigrationTrait, MigratorTrait, async_trait};

pub mod m20261122_135926_init;

/// The history.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m20261122_135926_init::Migration)]
    }
}
