//! What Seawright's command line is given for Cronium: its entities, its history, its data migrations, its databases.

#[cfg(feature = "history")]
pub mod checks;
#[cfg(feature = "history")]
pub mod demo;
#[cfg(feature = "history")]
pub mod flows;
#[cfg(feature = "history")]
pub mod reasons;
#[cfg(feature = "history")]
pub mod seeds;

#[cfg(feature = "history")]
use data_migrations::{Keys, rotations};
#[cfg(feature = "history")]
use sea_orm_migration::{MigrationTrait, MigratorTrait as _};
use seawright::cli::Project;

/// Cronium's project.
pub fn project() -> Project {
    let project = Project::new("cronium").entities(entity::schema());
    #[cfg(feature = "history")]
    let project = project
        .migrator::<migration::Migrator>()
        .lock(migration::LOCK)
        .trial::<demo::Demonstrated>()
        .data([data_migrations::all(), rotations(&Keys::environment())].concat())
        .seed(seeds::Legacy::new(baseline))
        .seed(seeds::Drifted::over(seeds::Legacy::new(baseline)))
        .seed(seeds::Modern::by(history()))
        .seed(seeds::Demo::by(history()))
        .checks(checks::all)
        .flows(flows::all)
        .command(demo::Demo);
    #[cfg(feature = "history")]
    let project = reasons::REASONS.iter().fold(project, |project, (step, rule, reason)| {
        project.allow(*step, *rule, *reason)
    });
    project
}

/// The history, with what its lock file knows.
#[cfg(feature = "history")]
pub fn history() -> seawright::history::History {
    seawright::history::History::of::<migration::Migrator>().locked(migration::LOCK)
}

/// The step of the history that makes the legacy tables: its first.
#[cfg(feature = "history")]
pub fn baseline() -> Box<dyn MigrationTrait> {
    let mut steps = migration::Migrator::migrations();
    steps.swap_remove(0)
}
