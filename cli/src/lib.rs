//! What Seawright's command line is given for Cronium: its entities, its history, its data migrations.

use seawright::cli::Project;

/// Cronium's project.
pub fn project() -> Project {
    Project::new("cronium")
        .entities(entity::schema())
        .migrator::<migration::Migrator>()
}
