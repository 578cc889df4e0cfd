//! `seawright squash`: one migration in the place of the first ones of the history.

mod library;

use std::{fmt::Write as _, path::Path, process::ExitCode};

use sea_orm::{DatabaseConnection, DbBackend};
use serde::Serialize;

use super::{
    Context,
    args::SquashArgs,
    generate::{check_name, formatted, render},
    source::from_nothing,
    writing::{shown, write_all},
};
use crate::{
    diff::{Decisions, Plan},
    emit::{Form, statements},
    history::{Error, Kind, LockFile, LockedMigration, Proof, Result, Runner, StepKind, connect, digest, prove},
    schema::{Dialect, Schema},
};

/// What becomes of the history.
#[derive(Debug, Serialize)]
struct Squashed {
    /// The new step.
    step: String,
    /// The steps in whose place it stands, in their order.
    replaces: Vec<String>,
    /// Those of them that moved data.
    data_steps: Vec<String>,
    /// Those of them that were written by hand.
    manual_steps: Vec<String>,
    /// Where both forms were replayed and found equal, with the number of objects compared.
    proven: Vec<(Dialect, usize)>,
    /// The project's databases where that was not done.
    unproven: Vec<Dialect>,
    /// The files that were, or would be, written.
    written: Vec<String>,
    /// Likewise taken away.
    removed: Vec<String>,
    /// Whether nothing was written.
    dry_run: bool,
}

/// The part of the history that is to go.
struct Part {
    /// Every step of the history with its kind.
    steps: Vec<(String, StepKind)>,
    /// How many of them go.
    many: usize,
    /// How many of the lock file's go: a data step need not be in it.
    many_locked: usize,
}

impl Part {
    fn of(context: &Context, lock: &LockFile, to: &str) -> Result<Self> {
        let steps = context.history()?.listed()?;
        let many = 1 + steps
            .iter()
            .position(|(name, _)| name == to)
            .ok_or_else(|| Error::NoStep(to.to_owned()))?;
        let mut locked = lock.migrations.iter();
        let mut many_locked = 0;
        for (at, (name, kind)) in steps.iter().enumerate() {
            let is_locked = locked.as_slice().first().is_some_and(|locked| locked.name == *name);
            if is_locked {
                locked.next();
                many_locked += usize::from(at < many);
            } else if *kind == StepKind::Schema || lock.migrations.iter().any(|locked| locked.name == *name) {
                return Err(refused(
                    format!("`{name}` is not where the lock file has it"),
                    "`seawright check` tells how the list of `lib.rs` and the lock file differ; nothing was written",
                ));
            }
        }
        if let Some(locked) = locked.next() {
            return Err(refused(
                format!("`{}` is in the lock file and not in the list of `lib.rs`", locked.name),
                "enter it there and build the program again; nothing was written",
            ));
        }
        if many < 2 {
            return Err(refused(
                format!("`{to}` is the first step: one step is what a squash would make of it"),
                "name a later one with --to; nothing was written",
            ));
        }
        Ok(Self {
            steps,
            many,
            many_locked,
        })
    }

    fn gone(&self) -> &[(String, StepKind)] {
        &self.steps[..self.many]
    }

    fn names(&self) -> Vec<String> {
        self.gone().iter().map(|(name, _)| name.clone()).collect()
    }
}

fn refused(what: impl Into<String>, help: impl Into<String>) -> Error {
    Error::Consent {
        what: what.into(),
        help: help.into(),
    }
}

fn failed(path: &Path, reason: &dyn std::fmt::Display, help: &str) -> Error {
    Error::File {
        path: path.display().to_string(),
        reason: reason.to_string(),
        help: help.to_owned(),
    }
}

pub(super) async fn run(context: &Context, args: SquashArgs) -> Result<ExitCode> {
    let dir = context.migration_dir()?;
    let lock = LockFile::read(&dir)?;
    lock.check_sources(&dir)?;
    carries_its_lock_file(context, &dir)?;
    let part = Part::of(context, &lock, &args.to)?;
    let name = named(&args, &lock, &part)?;
    let schema = schema_of(&lock, &part, &dir)?;
    let plan = from_nothing(&schema)?;
    let manual: Vec<String> = lock.migrations[..part.many_locked]
        .iter()
        .filter(|migration| migration.kind == Kind::Manual)
        .map(|migration| migration.name.clone())
        .collect();
    let given = if context.is_url_given() {
        Some(context.connect().await?)
    } else {
        None
    };
    if let Some(db) = &given {
        is_not_halfway(context, db, &part).await?;
    }
    let (proven, unproven) = proven(context, given.as_ref(), &args.to, &plan, &manual).await?;
    let files = files(&dir, lock, &part, &name, &plan)?;
    if !args.dry_run {
        write_all(&files)?;
    }
    let of = |is_written: bool| {
        let chosen = files.iter().filter(|(_, text)| text.is_some() == is_written);
        chosen.map(|(path, _)| shown(path)).collect()
    };
    let data = part.gone().iter().filter(|(_, kind)| *kind == StepKind::Data);
    let squashed = Squashed {
        step: name,
        replaces: part.names(),
        data_steps: data.map(|(name, _)| name.clone()).collect(),
        manual_steps: manual,
        proven,
        unproven,
        written: of(true),
        removed: of(false),
        dry_run: args.dry_run,
    };
    context.output().result(text(&squashed, &args.to), &squashed)?;
    Ok(ExitCode::SUCCESS)
}

/// A database is told by the lock file what a squashed step stands for, so the program must have it, and as it is now.
fn carries_its_lock_file(context: &Context, dir: &Path) -> Result<()> {
    let Some(carried) = context.project().lock_text() else {
        return Err(refused(
            "this program does not carry its lock file, and by that a database learns what a squashed step stands for",
            "add `pub const LOCK: &str = include_str!(\"../seawright.lock\");` to the migration crate's `lib.rs`, \
             `.lock(migration::LOCK)` to the project in `main`, and `.locked(migration::LOCK)` to every other `History`; \
             nothing was written",
        ));
    };
    let path = LockFile::path(dir);
    let text =
        std::fs::read_to_string(&path).map_err(|error| failed(&path, &error, "check that the file can be read"))?;
    if text.replace("\r\n", "\n") != carried.replace("\r\n", "\n") {
        return Err(refused(
            "this program is older than the lock file, and would prove another history than the one that it changes",
            "build it again; nothing was written",
        ));
    }
    Ok(())
}

/// The new step's name: with the time stamp of the last that goes, so that it sorts in its place.
fn named(args: &SquashArgs, lock: &LockFile, part: &Part) -> Result<String> {
    let name = args.name.as_deref().unwrap_or("squashed");
    check_name(name)?;
    let is_stamp =
        |stamp: &str| stamp.starts_with('m') && stamp[1..].bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let stamp = args.to.get(..16).filter(|stamp| is_stamp(stamp)).unwrap_or(&args.to);
    let name = format!("{stamp}_{name}");
    let older = lock
        .migrations
        .iter()
        .flat_map(|migration| &migration.replaces)
        .flatten();
    if part
        .steps
        .iter()
        .map(|(name, _)| name)
        .chain(older)
        .any(|other| *other == name)
    {
        return Err(Error::Usage(format!(
            "there is or was a step `{name}`: give the new one another name with --name"
        )));
    }
    Ok(name)
}

/// The schema that the part leads to: that of the last of its steps that has one.
fn schema_of(lock: &LockFile, part: &Part, dir: &Path) -> Result<Schema> {
    let path = lock.migrations[..part.many_locked]
        .iter()
        .rev()
        .map(|migration| LockFile::schema_path(dir, &migration.name))
        .find(|path| path.is_file())
        .ok_or_else(|| {
            refused(
                "the schema after none of these steps is kept, so nothing can be made of them",
                "only steps that `seawright generate` wrote can be squashed; nothing was written",
            )
        })?;
    let help = "take it back from version control";
    let text = std::fs::read_to_string(&path).map_err(|error| failed(&path, &error, help))?;
    Schema::from_json(&text).map_err(|error| failed(&path, &error, help))
}

/// The database that is given must be before the part or behind it.
async fn is_not_halfway(context: &Context, db: &DatabaseConnection, part: &Part) -> Result<()> {
    let status = Runner::new(db, context.history()?)?.status().await?;
    if !status.problems.is_empty() {
        return Err(Error::History(status.problems));
    }
    let applied = status.steps[..part.many]
        .iter()
        .filter(|step| step.applied_at.is_some())
        .count();
    if applied == 0 || applied == part.many {
        return Ok(());
    }
    let (to, _) = &part.steps[part.many - 1];
    Err(refused(
        format!(
            "this database has {applied} of the {} steps that would become one, and the one could not be applied to it",
            part.many
        ),
        format!("bring it up to `{to}` first (`seawright up --to {to}`), and every other one too; nothing was written"),
    ))
}

/// Replays both forms wherever that can be done, and refuses where what comes of them differs.
async fn proven(
    context: &Context,
    given: Option<&DatabaseConnection>,
    to: &str,
    plan: &Plan,
    manual: &[String],
) -> Result<(Vec<(Dialect, usize)>, Vec<Dialect>)> {
    let mut proven = Vec::new();
    let mut unproven = Vec::new();
    let history = context.trial()?;
    for dialect in context.databases() {
        let new = statements(plan, *dialect, Form::Whole)?;
        let proof = match (dialect, given) {
            (Dialect::Sqlite, _) => {
                let url = "sqlite::memory:";
                prove(&connect(url, None).await?, url, history, to, &new).await?
            }
            (Dialect::Postgres, Some(db)) if db.get_database_backend() == DbBackend::Postgres => {
                prove(db, &context.url(), history, to, &new).await?
            }
            _ => {
                unproven.push(*dialect);
                continue;
            }
        };
        if !proof.differences.is_empty() {
            return Err(differs(*dialect, &proof));
        }
        proven.push((*dialect, proof.objects));
    }
    let names: Vec<&str> = unproven.iter().map(|dialect| dialect.name()).collect();
    let help = format!(
        "name a database of that kind with -u ({}); nothing was written",
        names.join(", ")
    );
    if proven.is_empty() {
        return Err(refused("nothing is squashed that was not replayed in a database", help));
    }
    if !unproven.is_empty() && !manual.is_empty() {
        let what = format!(
            "steps that were written by hand may do something else on each kind of database, and not all could be tried: {}",
            manual.join(", ")
        );
        return Err(refused(what, help));
    }
    Ok((proven, unproven))
}

fn differs(dialect: Dialect, proof: &Proof) -> Error {
    let mut what = format!(
        "one migration made from the kept schema would not do what these steps do, on {}:",
        dialect.name()
    );
    for difference in &proof.differences {
        let _ = write!(what, "\n  {difference}");
    }
    refused(
        what,
        "what was written by hand is in no kept schema, and rows are in none; squash up to a step before that (--to). Nothing was written",
    )
}

/// The new contents of every file that changes, none for those that go; the lock file is the last.
fn files(
    dir: &Path,
    mut lock: LockFile,
    part: &Part,
    name: &str,
    plan: &Plan,
) -> Result<Vec<(std::path::PathBuf, Option<String>)>> {
    let source = render(plan, name, Form::Whole, dir)?;
    let json = plan
        .after
        .to_json()
        .map_err(|error| failed(dir, &error, "report this"))?;
    let library_path = dir.join("src/lib.rs");
    let library = std::fs::read_to_string(&library_path)
        .map_err(|error| failed(&library_path, &error, "check that the file can be read"))?;
    let modules: Vec<Option<&str>> = part
        .steps
        .iter()
        .map(|(name, kind)| (*kind == StepKind::Schema).then_some(name.as_str()))
        .collect();
    let library = library::squashed(&library, &modules, part.many, name).map_err(|reason| {
        failed(
            &library_path,
            &reason,
            "keep `fn migrations()` with one `vec![…]`, an element a step; nothing was written",
        )
    })?;
    let mut files = vec![
        (LockFile::source_path(dir, name), Some(source.clone())),
        (LockFile::schema_path(dir, name), Some(json)),
        (library_path, Some(formatted(&library, Some(dir)))),
    ];
    for migration in &lock.migrations[..part.many_locked] {
        let both = [
            LockFile::source_path(dir, &migration.name),
            LockFile::schema_path(dir, &migration.name),
        ];
        files.extend(both.into_iter().filter(|path| path.is_file()).map(|path| (path, None)));
    }
    lock.squash(
        part.many_locked,
        &part.names(),
        LockedMigration {
            name: name.to_owned(),
            kind: Kind::Schema,
            checksum: Some(digest(&source)),
            gated: false,
            online: false,
            decisions: Decisions::default(),
            replaces: Vec::new(),
            undo: None,
        },
    );
    files.push((LockFile::path(dir), Some(lock.text()?)));
    Ok(files)
}

fn text(squashed: &Squashed, to: &str) -> String {
    let would = if squashed.dry_run { "would stand" } else { "stands" };
    let mut text = format!(
        "{} {would} in the place of {} steps:\n",
        squashed.step,
        squashed.replaces.len()
    );
    for name in &squashed.replaces {
        let kind = if squashed.data_steps.contains(name) {
            "  data"
        } else if squashed.manual_steps.contains(name) {
            "  written by hand"
        } else {
            ""
        };
        let _ = writeln!(text, "  {name}{kind}");
    }
    text += "\nReplayed in both forms and found equal, in the schema, in the database's own catalog and in the rows:\n";
    for (dialect, objects) in &squashed.proven {
        let _ = writeln!(
            text,
            "  {}: {objects} objects after {to}, and the whole history from there",
            dialect.name()
        );
    }
    for dialect in &squashed.unproven {
        let _ = writeln!(text, "  {}: not tried, because -u names none", dialect.name());
    }
    let _ = writeln!(
        text,
        "\nA database that has all of these steps needs nothing: the next run records the new one in their place.\n\
         A database that has only some of them cannot go on with this history: bring it to `{to}` before, with the program as it was."
    );
    if !squashed.data_steps.is_empty() {
        text += "The data steps among them leave the list; what they did stays in each database's ledger. Their code is yours to delete.\n";
    }
    if !squashed.manual_steps.is_empty() {
        text += "What was written by hand among them is gone from the history with them.\n";
    }
    let heads = if squashed.dry_run {
        ["Would be written", "Would be taken away"]
    } else {
        ["Written", "Taken away"]
    };
    for (head, files) in heads.into_iter().zip([&squashed.written, &squashed.removed]) {
        let _ = writeln!(text, "\n{head}:");
        text.extend(files.iter().map(|file| format!("  {file}\n")));
    }
    text
}
