//! What Seawright's command line is given for Cronium: its entities, its history, its data migrations, its databases.

pub mod demo;
pub mod seeds;

use data_migrations::{Keys, rotations};
use sea_orm_migration::{MigrationTrait, MigratorTrait as _};
use seawright::cli::Project;

/// Cronium's project.
pub fn project() -> Project {
    Project::new("cronium")
        .entities(entity::schema())
        .migrator::<migration::Migrator>()
        .data([data_migrations::all(), rotations(&Keys::environment())].concat())
        .seed(seeds::Legacy::new(baseline))
        .command(demo::Demo)
}

/// The step of the history that makes the legacy tables: its first.
pub fn baseline() -> Box<dyn MigrationTrait> {
    let mut steps = migration::Migrator::migrations();
    steps.swap_remove(0)
}
