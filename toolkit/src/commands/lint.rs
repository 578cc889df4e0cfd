//! `seawright lint`: what is dangerous in the steps of the history.

use std::{path::Path, process::ExitCode};

use super::{
    Context,
    args::{Annotations, LintArgs},
    progress::note,
};
use crate::{
    history::{Error, History, Linting, Remark, Result, Runner, scripts},
    lint::{Linted, Script, Severity, annotations, lint, report},
    schema::Dialect,
};

pub(super) async fn run(context: &Context, args: LintArgs) -> Result<ExitCode> {
    let which = match &args.step {
        Some(name) => Linting::Step(name.clone()),
        None if args.all => Linting::All,
        None => Linting::Pending,
    };
    let dialect = args.dialect.map(Dialect::from);
    let history = context.history()?;
    let linted = linted(context, history, &which, dialect, args.strict).await?;
    // They are no danger of a statement's, and no reason to say that all is well.
    let half_back = half_back(context, history, &which, dialect).await?;
    for remark in &half_back {
        note(remark);
    }
    match args.annotations {
        Some(Annotations::Github) => context.output().result(annotations(&linted), &linted)?,
        None => context.output().result(report(&linted), &linted)?,
    }
    let counts = if args.errors_only {
        linted.count(Severity::Error)
    } else {
        linted.findings.len()
    };
    Ok(if counts > 0 || !half_back.is_empty() {
        ExitCode::from(3)
    } else {
        ExitCode::SUCCESS
    })
}

/// What is half taken back in the database whose pending steps are linted.
///
/// # Errors
/// Where the database can't be reached.
pub(super) async fn half_back(
    context: &Context,
    history: History,
    which: &Linting,
    dialect: Option<Dialect>,
) -> Result<Vec<String>> {
    if !asks(context, which, dialect) {
        return Ok(Vec::new());
    }
    let db = context.connect().await?;
    let status = Runner::new(&db, history)?.status().await?;
    let remarks = status.remarks.iter();
    Ok(remarks
        .filter(|remark| matches!(remark, Remark::HalfBack { .. }))
        .map(ToString::to_string)
        .collect())
}

/// Which steps are pending, a database of another kind may say as well; only that one's steps are taken for it.
fn asks(context: &Context, which: &Linting, dialect: Option<Dialect>) -> bool {
    let of_url = context.dialect();
    *which == Linting::Pending && context.is_url_given() && dialect.unwrap_or(of_url) == of_url
}

/// Lints the project's history: pending steps on the database that was named, all without one. Silences are read from the
/// migration crate, if it is there, and from the project's list.
///
/// # Errors
/// Where the database can't be reached.
pub(super) async fn linted(
    context: &Context,
    history: History,
    which: &Linting,
    dialect: Option<Dialect>,
    strict: bool,
) -> Result<Linted> {
    if dialect.unwrap_or_else(|| context.dialect()) == Dialect::Mysql {
        return Err(Error::Usage(
            "MySQL and MariaDB are not supported yet: name another database, or --dialect postgres or sqlite".into(),
        ));
    }
    let db = if asks(context, which, dialect) {
        Some(context.connect().await?)
    } else {
        None
    };
    let dialect = dialect.unwrap_or_else(|| context.dialect());
    let (mut scripts, mut options) = scripts(db.as_ref(), dialect, history, which).await?;
    options.strict = strict;
    scripts.iter_mut().for_each(answered(context));
    Ok(lint(&scripts, &options))
}

/// What puts a person's answers to findings into a step's script: its source, if it is there, and the project's list.
pub(super) fn answered(context: &Context) -> impl Fn(&mut Script) + Sync {
    let dir = context.migration_dir().ok();
    let project = context.project();
    move |script| {
        if let Some(dir) = &dir {
            with_source(script, dir);
        }
        script.allowed = project.allowed_in(&script.step);
    }
}

/// The source of a step, where it is there.
fn with_source(script: &mut Script, dir: &Path) {
    let path = dir.join("src").join(&script.step).with_extension("rs");
    let Ok(source) = std::fs::read_to_string(&path) else {
        return;
    };
    // As a person in the workspace's folder names it, and as a workflow's annotations have to.
    let root = dir.parent().map(Path::to_path_buf).unwrap_or_default();
    let shown = path.strip_prefix(&root).unwrap_or(&path);
    script.file = Some(shown.to_string_lossy().replace('\\', "/"));
    script.source = Some(source);
}
