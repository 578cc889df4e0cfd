//! The command line of the post's database.

use std::process::ExitCode;

use seawright::cli::Project;

fn main() -> ExitCode {
    let project = Project::new("post").entities(post_entity::schema());
    #[cfg(feature = "history")]
    let project = project
        .migrator::<post_migration::Migrator>()
        .lock(post_migration::LOCK);
    seawright::cli::run(project)
}
