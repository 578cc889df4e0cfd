//! The command line of the shop's database.

mod checks;
#[expect(unreachable_pub, reason = "SeaORM makes all of an entity `pub`")]
mod entity;
mod seeds;

use std::process::ExitCode;

use seawright::cli::Project;

fn main() -> ExitCode {
    seawright::cli::run(
        Project::new("shop")
            .entities(entity::schema())
            .migrator::<migration::Migrator>()
            .checks(checks::all)
            .seed(seeds::Small),
    )
}
