//! What can be asked without a database.

use super::{Context, Finding};
use crate::{
    commands::lint::{half_back, linted},
    diff::diff,
    history::{History, Linting, LockFile, Result},
};

/// The checksums of the lock file are those of the files.
pub(super) fn untouched(context: &Context) -> Result<Vec<Finding>> {
    let dir = context.migration_dir()?;
    LockFile::read(&dir)?.check_sources(&dir)?;
    Ok(Vec::new())
}

/// The migrator's list and the lock file have the same steps in the same order, and the schema at the end is that of the newest
/// migration.
pub(super) fn one_head(context: &Context, history: History) -> Result<Vec<Finding>> {
    let dir = context.migration_dir()?;
    let lock = LockFile::read(&dir)?;
    let (path, list) = (LockFile::path(&dir), dir.join("src/lib.rs"));
    let steps = history.names();
    let locked: Vec<&str> = lock
        .migrations
        .iter()
        .map(|migration| migration.name.as_str())
        .collect();
    let mut findings = Vec::new();
    for step in steps.iter().filter(|step| !locked.contains(&step.as_str())) {
        let what = format!(
            "`{step}` is in the list of `lib.rs` and not in the lock file: after a merge, generate again; a step that was written by hand is entered by `seawright generate --empty`"
        );
        findings.push(Finding::in_file(what, &path));
    }
    for step in locked.iter().filter(|step| !steps.iter().any(|other| other == *step)) {
        let what = format!("`{step}` is in the lock file and not in the list of `lib.rs`: enter it there");
        findings.push(Finding::in_file(what, &list));
    }
    if findings.is_empty() && steps != locked {
        let at = steps
            .iter()
            .zip(&locked)
            .position(|(one, other)| one != other)
            .unwrap_or(0);
        let what = format!(
            "the list has `{}` where the lock file has `{}`: bring the list into the lock file's order",
            steps[at], locked[at]
        );
        findings.push(Finding::in_file(what, &list));
    }
    let newest = lock
        .migrations
        .iter()
        .rev()
        .map(|migration| LockFile::schema_path(&dir, &migration.name))
        .find(|path| path.exists());
    if let Some(newest) = newest {
        let text = std::fs::read_to_string(&newest).unwrap_or_default();
        match crate::schema::Schema::from_json(&text) {
            Ok(schema) if schema == lock.schema => {}
            Ok(_) => findings.push(Finding::in_file(
                "the schema of the lock file is not the one that its newest migration led to: two branches have met; take back the file of one of them and generate it again",
                &path,
            )),
            Err(error) => findings.push(Finding::in_file(error.to_string(), &newest)),
        }
    }
    Ok(findings)
}

/// Nothing is left to generate.
pub(super) fn equals_entities(context: &Context) -> Result<Vec<Finding>> {
    let lock = LockFile::read(&context.migration_dir()?)?;
    let declared = context.declared()?;
    let plan = diff(&lock.schema, &declared, &mut crate::diff::Decisions::default())?;
    Ok(plan
        .changes
        .iter()
        .map(|change| {
            Finding::new(format!(
                "{change}: the entities have changed; `seawright generate` writes the step"
            ))
        })
        .collect())
}

/// What lint says of the steps that the database has not applied; of all without one.
/// Asked of the real history, as `lint` asks it: the database has that one's steps.
pub(super) async fn lints_clean(context: &Context) -> Result<Vec<Finding>> {
    let linted = linted(context, context.history()?, &Linting::Pending, None, false).await?;
    let half_back = half_back(context, context.history()?, &Linting::Pending, None).await?;
    let findings = linted.findings.iter().zip(crate::lint::lines(&linted.findings));
    Ok(findings
        .map(|(finding, line)| Finding {
            what: format!("`{}`: {line}; {}", finding.step, finding.page),
            file: finding.file.clone(),
        })
        .chain(half_back.into_iter().map(Finding::new))
        .collect())
}
