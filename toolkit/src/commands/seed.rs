//! `seawright seed`: fill an empty database for tests and demonstrations.

use std::process::ExitCode;

use super::{Context, args::SeedArgs};
use crate::{
    history::{Error, Result, table},
    seed::SeedOptions,
};

pub(super) async fn run(context: &Context, args: SeedArgs) -> Result<ExitCode> {
    let Some(profile) = context
        .project()
        .seeds()
        .iter()
        .find(|profile| profile.name() == args.profile)
    else {
        let known: Vec<String> = context
            .project()
            .seeds()
            .iter()
            .map(|profile| format!("  {}: {}", profile.name(), profile.about()))
            .collect();
        return Err(Error::Usage(format!(
            "there is no profile `{}`; these are:\n{}",
            args.profile,
            known.join("\n")
        )));
    };
    let db = context.connect().await?;
    let seeded = profile
        .seed(
            &db,
            SeedOptions {
                scale: args.scale,
                rng: args.rng,
            },
        )
        .await?;
    let rows: Vec<Vec<String>> = seeded
        .tables
        .iter()
        .map(|(name, rows)| vec![name.clone(), rows.to_string()])
        .collect();
    let total: u64 = seeded.tables.iter().map(|(_, rows)| rows).sum();
    let text = format!("{total} rows in {} tables:\n{}", rows.len(), table(&rows, &[1]));
    context.output().result(text, &seeded)?;
    Ok(ExitCode::SUCCESS)
}
