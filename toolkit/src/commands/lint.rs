//! `seawright lint`: what is dangerous in the steps of the history.

use std::{path::Path, process::ExitCode};

use super::{
    Context,
    args::{Annotations, LintArgs},
};
use crate::{
    history::{Error, History, Linting, Result, scripts},
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
    let linted = linted(context, context.history()?, &which, dialect, args.strict).await?;
    match args.annotations {
        Some(Annotations::Github) => context.output().result(annotations(&linted), &linted)?,
        None => context.output().result(report(&linted), &linted)?,
    }
    let counts = if args.errors_only {
        linted.count(Severity::Error)
    } else {
        linted.findings.len()
    };
    Ok(if counts > 0 {
        ExitCode::from(3)
    } else {
        ExitCode::SUCCESS
    })
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
    let of_url = context.dialect();
    let dialect = dialect.unwrap_or(of_url);
    if dialect == Dialect::Mysql {
        return Err(Error::Usage(
            "MySQL and MariaDB are not supported yet: name another database, or --dialect postgres or sqlite".into(),
        ));
    }
    // Which steps are pending, a database of another kind may say as well; only that one's steps are taken for it.
    let asks = *which == Linting::Pending && context.is_url_given() && dialect == of_url;
    let db = if asks { Some(context.connect().await?) } else { None };
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
