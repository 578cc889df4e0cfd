//! The history.

use sea_orm_migration::{MigrationTrait, MigratorTrait, async_trait};

pub mod m20261124_125345_init;

/// The text of the lock file.
pub const LOCK: &str = include_str!("../seawright.lock");

/// The history.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261124_125345_init::Migration),
            Box::new(data_migrations::shipments()),
            Box::new(seawright::data::DataStep::new(
                data_migrations::remarks::STEP,
                data_migrations::remarks::Remarks,
            )),
        ]
    }
}
