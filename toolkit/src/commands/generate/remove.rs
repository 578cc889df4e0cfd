//! `seawright history remove`: takes the newest migration back, as if it had not been generated.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use serde::Serialize;

use super::{files, formatted, frames};
use crate::{
    commands::{
        Context,
        writing::{shown, write_all},
    },
    freeze::{Shape, Shapes},
    history::{EntitiesBefore, Error, Kind, LockFile, LockedMigration, Result, digest, is_known},
    schema::Schema,
};

#[derive(Serialize)]
struct Removed {
    /// The migration that is no more.
    migration: String,
    /// Its files, which are gone.
    deleted: Vec<String>,
    /// The files that are as they were before it.
    restored: Vec<String>,
    /// Whether a database was asked; it has not applied it then.
    asked: bool,
}

pub(in crate::commands) async fn remove(context: &Context, name: Option<&str>) -> Result<ExitCode> {
    let dir = context.migration_dir()?;
    let mut lock = LockFile::read(&dir)?;
    lock.check_sources(&dir)?;
    let last = newest(&lock, name)?;
    require_generated(&last, &dir)?;
    let asked = require_unknown(context, &last.name).await?;
    let files = changed(&mut lock, &last, &dir)?;
    write_all(&files)?;
    let (deleted, restored): (Vec<_>, Vec<_>) = files.iter().partition(|(_, text)| text.is_none());
    let names = |files: Vec<&(PathBuf, Option<String>)>| files.into_iter().map(|(path, _)| shown(path)).collect();
    let result = Removed {
        migration: last.name,
        deleted: names(deleted),
        restored: names(restored),
        asked,
    };
    let mut text = format!("`{}` is taken back.\n", result.migration);
    for (what, files) in [("Deleted", &result.deleted), ("As before it", &result.restored)] {
        let _ = writeln!(text, "{what}:");
        for file in files {
            let _ = writeln!(text, "  {file}");
        }
    }
    if !asked {
        text += "No database was asked whether it has it: one that does must take it back first (`down`).\n";
    }
    context.output().result(text, &result)?;
    Ok(ExitCode::SUCCESS)
}

fn refused(what: String, help: &str) -> Error {
    Error::Consent {
        what,
        help: help.to_owned(),
    }
}

fn newest(lock: &LockFile, name: Option<&str>) -> Result<LockedMigration> {
    let Some(last) = lock.migrations.last() else {
        return Err(Error::Usage("there is no migration that could be taken back".into()));
    };
    match name {
        Some(name) if name != last.name => {
            if !lock.migrations.iter().any(|migration| migration.name == name) {
                return Err(Error::NoStep(name.to_owned()));
            }
            Err(refused(
                format!("`{name}` is not the newest migration, `{}` is", last.name),
                "take the newer ones back first, the newest at the beginning",
            ))
        }
        _ => Ok(last.clone()),
    }
}

/// Nothing that a person wrote is deleted.
fn require_generated(last: &LockedMigration, dir: &Path) -> Result<()> {
    let name = &last.name;
    if !last.replaces.is_empty() {
        return Err(refused(
            format!("`{name}` stands for the steps that were squashed into it"),
            "take the squash back from version control",
        ));
    }
    match last.kind {
        Kind::Schema => Ok(()),
        Kind::Data => Err(refused(
            format!("`{name}` is a data migration, whose code a person wrote"),
            "take its module out of the data migrations' crate, its entry out of the list of `lib.rs` and out of the lock file, by hand or by version control",
        )),
        Kind::Manual => {
            let title = name.splitn(3, '_').nth(2).unwrap_or_default();
            let frame = formatted(&frames::empty(title).replace("NAME", name), Some(dir));
            let path = LockFile::source_path(dir, name);
            if std::fs::read_to_string(&path).is_ok_and(|text| text == frame) {
                return Ok(());
            }
            Err(refused(
                format!("`{name}` was written by hand, in {}", shown(&path)),
                "if it is to go, take it back to the empty frame first, or delete it by version control",
            ))
        }
    }
}

/// Refuses where the database has the step or has begun it; says whether there was one to ask.
async fn require_unknown(context: &Context, name: &str) -> Result<bool> {
    if !context.is_url_given() && !context.has_embedded() {
        return Ok(false);
    }
    let db = context.connect().await?;
    if is_known(&db, context.history().ok(), name).await? {
        return Err(refused(
            format!(
                "the database {} has `{name}`, or has begun it",
                crate::history::redacted(&context.url())
            ),
            "take it back there first (`seawright down`); where others have it too, write a further migration instead",
        ));
    }
    Ok(true)
}

/// The files as they are without it.
fn changed(lock: &mut LockFile, last: &LockedMigration, dir: &Path) -> Result<Vec<(PathBuf, Option<String>)>> {
    let name = &last.name;
    lock.migrations.pop();
    // What is written by hand is history only once something follows it.
    if let Some(before) = lock.migrations.last_mut().filter(|before| before.kind == Kind::Manual) {
        before.checksum = None;
    }
    let mut changed = vec![(LockFile::source_path(dir, name), None)];
    let schema = LockFile::schema_path(dir, name);
    if schema.exists() {
        changed.push((schema, None));
        lock.schema = schema_before(lock, dir)?;
    }
    let library = dir.join("src/lib.rs");
    let text = std::fs::read_to_string(&library).unwrap_or_default();
    let text = files::unregistered(&text, name).ok_or_else(|| {
        refused(
            format!("{} does not list `{name}` as `generate` wrote it", shown(&library)),
            "bring `pub mod …;` and `Box::new(…::Migration),` into lines of their own, once each",
        )
    })?;
    changed.push((library, Some(formatted(&text, Some(dir)))));
    if let Some(change) = entities_before(lock, last, dir)? {
        changed.push(change);
    }
    changed.push((LockFile::path(dir), Some(lock.text()?)));
    Ok(changed)
}

/// The schema that the newest of those that are left led to.
fn schema_before(lock: &LockFile, dir: &Path) -> Result<Schema> {
    let newest = lock
        .migrations
        .iter()
        .rev()
        .map(|migration| (migration, LockFile::schema_path(dir, &migration.name)))
        .find(|(migration, path)| migration.kind == Kind::Schema || path.exists());
    let Some((_, path)) = newest else {
        return Ok(Schema::default());
    };
    let failed = |reason: String| Error::File {
        path: path.display().to_string(),
        reason,
        help: "take it back from version control: it keeps the schema to which this one would be taken back".into(),
    };
    let text = std::fs::read_to_string(&path).map_err(|error| failed(error.to_string()))?;
    Schema::from_json(&text)
        .map(Schema::normalised)
        .map_err(|error| failed(error.to_string()))
}

/// `entities.json` as it was before, where it changed.
fn entities_before(
    lock: &mut LockFile,
    last: &LockedMigration,
    dir: &Path,
) -> Result<Option<(PathBuf, Option<String>)>> {
    const VERSION_CONTROL: &str = "take the files of that migration back by version control";
    let Some(undo) = &last.undo else {
        return match &lock.entities {
            None => Ok(None),
            Some(_) => Err(refused(
                format!(
                    "how the entities were before `{}` was not kept: it was generated by an earlier Seawright",
                    last.name
                ),
                VERSION_CONTROL,
            )),
        };
    };
    if !undo.frozen.is_empty() {
        return Err(refused(
            format!(
                "with `{}` entities were frozen for older data migrations, whose imports were switched: {}",
                last.name,
                undo.frozen.join(", ")
            ),
            VERSION_CONTROL,
        ));
    }
    let Some(before) = &undo.entities else { return Ok(None) };
    let path = LockFile::entities_path(dir);
    let Some(wanted) = &before.digest else {
        lock.entities = None;
        return Ok(Some((path, None)));
    };
    if lock.entities.as_ref() == Some(wanted) {
        return Ok(None);
    }
    let text = restored(&path, before).filter(|text| digest(text) == *wanted);
    let text = text.ok_or_else(|| {
        refused(
            format!(
                "{} was changed again since `{}` was generated, so how it was before is not known",
                shown(&path),
                last.name
            ),
            VERSION_CONTROL,
        )
    })?;
    lock.entities = Some(wanted.clone());
    Ok(Some((path, Some(text))))
}

fn restored(path: &Path, before: &EntitiesBefore) -> Option<String> {
    let mut shapes = Shapes::parse(&std::fs::read_to_string(path).ok()?).ok()?;
    for (entity, shape) in &before.changed {
        match shape {
            Some(shape) => {
                let shape: Shape = serde_json::from_value(shape.clone()).ok()?;
                shapes.entities.insert(entity.clone(), shape);
            }
            None => {
                shapes.entities.remove(entity);
            }
        }
    }
    shapes.text().ok()
}

/// What differs between the entities before and after, as they were before.
pub(super) fn differing(before: Option<&Shapes>, after: &Shapes) -> BTreeMap<String, Option<serde_json::Value>> {
    let Some(before) = before else { return BTreeMap::new() };
    let was = before
        .entities
        .iter()
        .filter(|(path, shape)| after.entities.get(*path) != Some(*shape))
        .map(|(path, shape)| (path.clone(), serde_json::to_value(shape).ok()));
    let new = after
        .entities
        .keys()
        .filter(|path| !before.entities.contains_key(*path));
    was.chain(new.map(|path| (path.clone(), None))).collect()
}
