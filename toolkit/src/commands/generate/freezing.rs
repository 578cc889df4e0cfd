//! The part of `generate` that keeps entities as they were: `migration/entities.json`, and what data migrations of the
//! history use of it.

use std::{collections::BTreeSet, fmt::Write as _, path::Path};

use super::{super::Context, files::Files, formatted, remove::differing};
use crate::{
    freeze::{FreezeError, Frozen, Request, Shapes, freeze, users},
    history::{EntitiesBefore, Error, LockFile, Result, digest},
    schema::{Schema, Table},
};

/// Keeps what has to be kept before the entities' new shape takes the place of the old one.
pub(super) fn keep(
    context: &Context,
    files: &mut Files,
    before: &Schema,
    name: &str,
    keep_live: &[String],
) -> Result<Vec<Frozen>> {
    let source = context.entities()?.source();
    // Where the entities' source is not on this machine, what is kept of it stays as it is.
    let Some(live) = Shapes::read(source).map_err(FreezeError::from)? else {
        return Ok(Vec::new());
    };
    let dir = files.dir().to_owned();
    let data = data_crate(&dir);
    let format = |text: &str| formatted(text, Some(&data).filter(|data| data.is_dir()).map(|data| &**data));
    let kept = if files.lock().entities.is_some() {
        Some(read(&dir)?)
    } else {
        None
    };
    let newest = files.names().first().cloned();
    let request = Request {
        entities: source,
        migration: &dir,
        data: &data,
        before: kept.as_ref().unwrap_or(&live),
        by: newest.as_deref().unwrap_or(name),
        keep_live,
        format: &format,
    };
    let frozen = if kept.is_some() {
        let made = freeze(&request).map_err(shown)?;
        for (path, text) in made.files {
            files.replace(path, text);
        }
        files.undo_mut().frozen = made
            .frozen
            .iter()
            .map(|frozen| from_here(&frozen.file.display().to_string()))
            .collect();
        made.frozen
    } else {
        let after = context.entities()?.schema()?;
        require_unchanged(&request, before, &after)?;
        // The entities are what they were, and so is all that is named of them.
        freeze(&request).map_err(shown)?.frozen
    };
    remember(files, &live)?;
    Ok(frozen)
}

/// Keeps the shape of the entities where that was never done and they are what the history leads to.
pub(super) fn begin(context: &Context, files: &mut Files) -> Result<()> {
    if files.lock().entities.is_some() {
        return Ok(());
    }
    let Ok(entities) = context.entities() else {
        return Ok(());
    };
    let is_landed = entities.schema().is_ok_and(|schema| schema == files.lock().schema);
    if is_landed && let Some(live) = Shapes::read(entities.source()).map_err(FreezeError::from)? {
        remember(files, &live)?;
    }
    Ok(())
}

fn remember(files: &mut Files, live: &Shapes) -> Result<()> {
    let text = live.text().map_err(|error| Error::Usage(error.to_string()))?;
    let before = files.lock().entities.clone();
    let kept = before.is_some().then(|| read(files.dir())).transpose()?;
    files.undo_mut().entities = Some(EntitiesBefore {
        digest: before,
        changed: differing(kept.as_ref(), live),
    });
    files.lock_mut().entities = Some(digest(&text));
    let path = LockFile::entities_path(files.dir());
    files.replace(path, text);
    Ok(())
}

fn read(dir: &Path) -> Result<Shapes> {
    let path = LockFile::entities_path(dir);
    let failed = |reason: String| Error::File {
        path: path.display().to_string(),
        reason,
        help: "take it back from version control".into(),
    };
    let text = std::fs::read_to_string(&path).map_err(|error| failed(error.to_string()))?;
    Shapes::parse(&text).map_err(failed)
}

/// Where data migrations live: beside the migration crate.
pub(super) fn data_crate(migration: &Path) -> std::path::PathBuf {
    migration
        .parent()
        .map(|parent| parent.join("data-migrations"))
        .unwrap_or_default()
}

/// The way in for a history of which the entities' shape was never kept: it can be had from the entities only as long
/// as they are what the history leads to.
fn require_unchanged(request: &Request<'_>, before: &Schema, after: &Schema) -> Result<()> {
    let mut lost = BTreeSet::new();
    for (module, tables) in users(request).map_err(shown)? {
        for table in tables {
            // One that the history has not is of no entity that changes with it.
            let Some(was) = before.table(&table) else { continue };
            let is = after.table(&table);
            let is_same = |is: &Table| {
                is.columns.len() == was.columns.len()
                    && was.columns.iter().all(|was| {
                        let is = is.column(&was.name);
                        is.is_some_and(|is| is.data_type == was.data_type && is.nullable == was.nullable)
                    })
            };
            if !is.is_some_and(is_same) {
                lost.insert(format!("`{module}` uses `{table}`"));
            }
        }
    }
    if lost.is_empty() {
        return Ok(());
    }
    Err(Error::Consent {
        what: format!(
            "data migrations of the history use entities that have changed, and how those were was never kept: {}",
            lost.into_iter().collect::<Vec<_>>().join(", ")
        ),
        help: "take the changes of the entities back (`git stash`), run `generate` once, which keeps the entities as they \
               are in `migration/entities.json`, and bring the changes again (`git stash pop`)"
            .into(),
    })
}

/// With paths from where the reader is.
fn shown(error: FreezeError) -> Error {
    let FreezeError::Obstacles(mut obstacles) = error else {
        return error.into();
    };
    for obstacle in &mut obstacles {
        obstacle.place = from_here(&obstacle.place);
        obstacle.what = from_here(&obstacle.what);
    }
    FreezeError::Obstacles(obstacles).into()
}

/// Paths below the workspace as they are from here.
fn from_here(text: &str) -> String {
    let Ok(here) = std::env::current_dir() else {
        return text.to_owned();
    };
    // The entities' crate knows its own folder, which may be written in another way.
    let mut text = text.to_owned();
    for folder in [here.clone(), here.canonicalize().unwrap_or(here)] {
        text = text.replace(&format!("{}/", folder.display()), "");
    }
    text
}

/// What was kept, for people.
pub(super) fn text(frozen: &[Frozen]) -> String {
    if frozen.is_empty() {
        return String::new();
    }
    let mut text = "Frozen, because entities change and history does not:\n".to_owned();
    for frozen in frozen {
        let of = frozen.modules.join(", ");
        let _ = writeln!(text, "  {of}, in {}", from_here(&frozen.file.display().to_string()));
        let width = frozen
            .entities
            .iter()
            .map(|entity| entity.table.len())
            .max()
            .unwrap_or(0);
        for entity in &frozen.entities {
            let columns = entity.columns.len();
            let many = if columns == 1 { " " } else { "s" };
            let changes = entity.changes.join(", ");
            let line = format!("    {:width$}  {columns:>2} column{many}  {changes}", entity.table);
            let _ = writeln!(text, "{}", line.trim_end());
        }
        for live in &frozen.live {
            let _ = writeln!(text, "    stays: {}: {}", from_here(&live.place), from_here(&live.what));
        }
    }
    text
}

/// With paths from where the reader is, for programs.
pub(super) fn paths_from_here(frozen: &mut [Frozen]) {
    for frozen in frozen {
        for path in std::iter::once(&mut frozen.file).chain(&mut frozen.switched) {
            *path = from_here(&path.display().to_string()).into();
        }
        for live in &mut frozen.live {
            live.place = from_here(&live.place);
            live.what = from_here(&live.what);
        }
    }
}
