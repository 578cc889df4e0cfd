//! `seawright generate`: write the migration that the entities ask for.

mod answers;
mod files;
mod frames;
mod freezing;
mod losses;
mod remove;

pub(super) use remove::remove;

use std::{io::Write as _, path::Path, process::ExitCode};

use serde::Serialize;

use self::{
    answers::{Agreed, Answer, answered, written},
    files::{Files, Registered},
};
use super::{
    Context,
    args::GenerateArgs,
    prompt::Prompt,
    source::{as_declared, read, writable},
};
use crate::{
    diff::{Decisions, InStepsError, Plan, diff, in_steps},
    emit::{Form, Part, Source, parts, rust, statements},
    freeze::Frozen,
    history::{Error, Kind, LockFile, LockedMigration, Result, digest},
    lint::Finding,
    schema::Schema,
};

#[derive(Serialize)]
struct Written {
    /// The names of the new migrations.
    migrations: Vec<String>,
    /// The files that were written.
    files: Vec<String>,
    /// What was kept of entities as it was, for data migrations that are history.
    frozen: Vec<Frozen>,
    /// What `lint` finds in them and their source does not answer.
    findings: Vec<Finding>,
}

pub(super) async fn run(context: &Context, args: GenerateArgs) -> Result<ExitCode> {
    let dir = context.migration_dir()?;
    let lock = LockFile::read(&dir)?;
    lock.check_sources(&dir)?;
    check_name(&args.name)?;
    let mut files = Files::new(&dir, lock)?;
    let stamp = files.next_stamp(sea_orm::prelude::ChronoUtc::now().naive_utc());
    let mut frozen = Vec::new();
    let mut findings = Vec::new();
    if args.empty {
        freezing::begin(context, &mut files)?;
        files.manual(&format!("m{stamp}_{}", args.name), &frames::empty(&args.name));
    } else if args.data {
        freezing::begin(context, &mut files)?;
        files.data(&format!("m{stamp}_{}", args.name), &args.name)?;
    } else {
        let before = files.lock().schema.clone();
        findings = schema(context, &args, &mut files, &stamp).await?;
        if args.to == "entities" {
            frozen = freezing::keep(context, &mut files, &before, &args.name, &args.keep_live)?;
        }
    }
    freezing::paths_from_here(&mut frozen);
    let result = Written {
        migrations: files.names(),
        files: files.write()?,
        frozen,
        findings,
    };
    let mut text = freezing::text(&result.frozen);
    if result.files.is_empty() {
        text += "Nothing to do.\n";
    } else {
        text += "Written:\n";
        text.extend(result.files.iter().map(|file| format!("  {file}\n")));
    }
    if !result.findings.is_empty() {
        text += "What `lint` finds in it:\n";
        let lines = crate::lint::lines(&result.findings);
        let steps = result.findings.iter().map(|finding| &finding.step);
        text.extend(steps.zip(lines).map(|(step, line)| format!("  {step}: {line}\n")));
    }
    context.output().result(text, &result)?;
    Ok(ExitCode::SUCCESS)
}

/// Plans and renders.
async fn schema(context: &Context, args: &GenerateArgs, files: &mut Files, stamp: &str) -> Result<Vec<Finding>> {
    let from = files.lock().schema.clone();
    let to = read(context, &args.to).await?;
    let to = if to.from_database {
        let (schema, left_out) = writable(to.schema);
        if !left_out.is_empty() {
            let lines: String = left_out.iter().map(|line| format!("  {line}\n")).collect();
            let text =
                format!("Left out, since Seawright does not manage it; make it in a migration of your own:\n{lines}");
            let _ = std::io::stderr().write_all(text.as_bytes());
        }
        as_declared(schema)
    } else {
        to.schema
    };
    let mut decisions = args.decisions.decisions()?;
    decisions.check(&from, &to)?;
    let decisions = if args.to == "entities" {
        with_hints(context, decisions, &from, &to)?
    } else {
        decisions
    };
    let mut prompt = Prompt::new(decisions, context.output().is_json()).asking_for_losses();
    // Whoever is asked sees what is at stake.
    if let Some(mut nobody) = prompt.unanswered()
        && let Err(Error::Undecided(mut undecided)) = planned(&from, &to, &mut nobody, args.in_use)
    {
        losses::count(context, &from, &to, &mut undecided).await;
        prompt = prompt.counted(undecided);
    }
    let plan = match planned(&from, &to, &mut prompt, args.in_use) {
        Err(Error::Undecided(mut undecided)) => {
            losses::count(context, &from, &to, &mut undecided).await;
            return Err(undecided.into());
        }
        planned => planned?,
    };
    if plan.is_empty() {
        return Ok(Vec::new());
    }
    let lost: Vec<_> = plan.destructive().cloned().collect();
    if !lost.is_empty() && !args.decisions.allow_destructive {
        return Err(Error::Destructive(lost));
    }
    for dialect in context.databases() {
        // A type that one of the project's databases lacks is refused before anything is written.
        statements(&plan, *dialect, Form::Gated)?;
    }
    super::types::check(context, &plan).await?;
    let _ = std::io::stderr().write_all(plan.to_string().as_bytes());
    let parts = parts(&plan);
    let is_split = parts.len() > 1 && parts.iter().any(|part| part.form == Form::Gated);
    let agreed = Agreed {
        loss: args.decisions.allow_destructive,
        in_steps: args.in_use,
    };
    let mut findings = Vec::new();
    let stamps = files.stamps(stamp, parts.len(), is_split);
    for (part, stamp) in parts.iter().zip(stamps) {
        let suffix = match part.form {
            // What a person asked for bears the name, what makes it fit a big table says so.
            Form::Online if parts.len() > 1 => "_online",
            Form::Whole if part.is_for_enum_values(&parts) => "_values",
            Form::Whole if is_split => "_expand",
            Form::Gated if is_split => "_contract",
            _ => "",
        };
        let decisions = match part.form {
            // In steps, nothing is renamed any more.
            Form::Whole if !args.in_use => used(&prompt.decisions, &part.plan),
            _ => Decisions::default(),
        };
        if part.form == Form::Gated && is_split {
            files.place_for_data();
        }
        let name = format!("m{stamp}_{}{suffix}", args.name);
        let (answers, open) = answered(part, &name, context.databases(), agreed)?;
        findings.extend(open);
        files.schema(&name, part, &answers, decisions)?;
    }
    Ok(findings)
}

/// What turns one schema into the other, with renames in steps where they are asked for.
pub(super) fn planned(from: &Schema, to: &Schema, prompt: &mut Prompt, in_use: bool) -> Result<Plan> {
    let plan = diff(from, to, prompt)?;
    if !in_use {
        return Ok(plan);
    }
    in_steps(from, to, &prompt.decisions).map_err(|error| match error {
        InStepsError::Undecided(undecided) => undecided.into(),
        other => Error::Usage(other.to_string()),
    })
}

/// The decisions that the plan needed; a flag that it did not need is not history.
fn used(decisions: &Decisions, plan: &Plan) -> Decisions {
    let mut used = decisions.clone();
    used.created.retain(
        |name| match name.rsplit_once('.').filter(|_| !name.starts_with("value:")) {
            None => plan.before.table(name).is_none(),
            Some((table, column)) => plan
                .before
                .table(table)
                .is_none_or(|table| table.column(column).is_none()),
        },
    );
    used
}

/// The renames that the entities tell of themselves (`renamed_from`), where they are still to be made.
pub(super) fn with_hints(context: &Context, mut decisions: Decisions, from: &Schema, to: &Schema) -> Result<Decisions> {
    for (table, old, new) in context.entities()?.renames() {
        let before = decisions
            .renamed_tables
            .iter()
            .find(|(_, to)| *to == table)
            .map_or_else(|| table.clone(), |(old, _)| old.clone());
        let is_open = from
            .table(&before)
            .is_some_and(|before| before.column(&old).is_some() && before.column(&new).is_none())
            && to.table(&table).is_some_and(|after| after.column(&old).is_none());
        let is_answered = decisions
            .renamed_columns
            .iter()
            .any(|(of, _, to)| *of == table && *to == new);
        if is_open && !is_answered {
            decisions.renamed_columns.push((table, old, new));
        }
    }
    Ok(decisions)
}

pub(super) fn check_name(name: &str) -> Result<()> {
    let fits = !name.is_empty()
        && name.len() <= 60
        && name.starts_with(|letter: char| letter.is_ascii_lowercase())
        && name
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
    if fits {
        return Ok(());
    }
    Err(Error::Usage(format!(
        "`{name}` is no name for a migration: use small letters, digits and `_`, at most 60 of them, a letter first"
    )))
}

/// A rendered migration as rustfmt lays it out, by the configuration of its crate. Without rustfmt as it is.
pub(crate) fn formatted(text: &str, dir: Option<&Path>) -> String {
    use std::process::{Command, Stdio};
    let mut command = Command::new("rustfmt");
    command
        .args(["--edition", "2024", "--emit", "stdout"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if let Some(dir) = dir {
        command.current_dir(dir);
    }
    let Ok(mut child) = command.spawn() else {
        return text.to_owned();
    };
    if let Some(mut stdin) = child.stdin.take()
        && stdin.write_all(text.as_bytes()).is_err()
    {
        return text.to_owned();
    }
    match child.wait_with_output() {
        Ok(output) if output.status.success() => String::from_utf8(output.stdout).unwrap_or_else(|_| text.to_owned()),
        _ => text.to_owned(),
    }
}

/// Renders a migration just as `generate` writes it.
///
/// # Errors
/// Where a database cannot have what the plan asks.
pub fn render(plan: &Plan, name: &str, form: Form, dir: &Path) -> Result<String> {
    Ok(formatted(&rust(plan, &Source { name, form })?, Some(dir)))
}

impl Files {
    fn schema(&mut self, name: &str, part: &Part, answers: &[Answer], decisions: Decisions) -> Result<()> {
        let text = written(&render(&part.plan, name, part.form, self.dir())?, answers);
        let locked = LockedMigration {
            name: name.to_owned(),
            kind: Kind::Schema,
            checksum: Some(digest(&text)),
            gated: part.form == Form::Gated,
            online: part.form == Form::Online,
            decisions,
            replaces: Vec::new(),
            undo: None,
        };
        self.add_schema(locked, text, part.plan.after.clone())
    }

    fn manual(&mut self, name: &str, text: &str) {
        let text = formatted(&text.replace("NAME", name), Some(self.dir()));
        self.add_source(name, text, Registered::Module);
        self.lock_mut().migrations.push(LockedMigration {
            name: name.to_owned(),
            kind: Kind::Manual,
            checksum: None,
            gated: false,
            online: false,
            decisions: Decisions::default(),
            replaces: Vec::new(),
            undo: None,
        });
    }
}
