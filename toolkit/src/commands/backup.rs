//! `seawright backup`: write one state of a database into a file.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, ValueEnum};
use sea_orm::DatabaseConnection;

use super::Context;
use crate::{
    backup::{BackupError, BackupOptions, Form, Taken, backup},
    history::{Error, Result, table},
};

/// In which form a backup is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum FormArg {
    /// For any kind of database, needing no other program.
    #[default]
    Portable,
    /// By the database's own tool, with all that only that kind of database has.
    Native,
}

#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    /// The file to write
    file: PathBuf,
    /// The form: `portable` can be restored into any kind of database, `native` holds what only this kind has
    #[arg(long = "as", value_enum, default_value_t, value_name = "FORM")]
    form: FormArg,
    /// Write over a file of that name
    #[arg(long)]
    replace: bool,
}

/// A backup before something is done to the database.
#[derive(Debug, Args)]
pub(super) struct FirstArgs {
    /// Take a backup into that file first
    #[arg(long, value_name = "FILE")]
    backup: Option<PathBuf>,
    /// A backup was taken by other means
    #[arg(long, conflicts_with = "backup")]
    backup_taken: bool,
}

pub(super) async fn run(context: &Context, args: BackupArgs) -> Result<ExitCode> {
    let db = context.connect().await?;
    let form = match args.form {
        FormArg::Portable => Form::Portable,
        FormArg::Native => Form::Native,
    };
    let options = BackupOptions {
        form,
        replace: args.replace,
    };
    let taken = take(context, &db, &args.file, options).await?;
    context.output().result(text(&taken), &taken)?;
    Ok(ExitCode::SUCCESS)
}

async fn take(context: &Context, db: &DatabaseConnection, file: &Path, options: BackupOptions) -> Result<Taken> {
    // Large, and awaited by all that migrates.
    Box::pin(backup(db, &context.url(), file, options))
        .await
        .map_err(failed)
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it on")]
pub(super) fn failed(error: BackupError) -> Error {
    Error::Backup {
        reason: error.to_string(),
        help: error.help(),
        refused: error.is_refusal(),
    }
}

/// Takes the backup that is asked for before `command` does what it does; refuses where the project asks for one and there is
/// none. `needed` is whether the command would change anything.
pub(super) async fn first(
    context: &Context,
    db: &DatabaseConnection,
    args: &FirstArgs,
    command: &str,
    needed: bool,
) -> Result<()> {
    if let Some(file) = &args.backup {
        let options = BackupOptions {
            form: Form::Portable,
            replace: false,
        };
        let taken = take(context, db, file, options).await?;
        super::progress::note(&text(&taken));
        return Ok(());
    }
    if needed && context.project().requires_backup() && !args.backup_taken {
        return Err(Error::Consent {
            what: format!("this project wants a backup before `{command}`"),
            help: "add --backup FILE, or --backup-taken if there is one already; nothing was written".into(),
        });
    }
    Ok(())
}

/// What a person reads of it.
fn text(taken: &Taken) -> String {
    let mut text = format!(
        "{} rows of {} tables in `{}`, {}, in {:.1} s\n",
        taken.rows,
        taken.tables.len(),
        taken.file,
        size(taken.bytes),
        seconds(taken.milliseconds)
    );
    let rows: Vec<Vec<String>> = taken
        .tables
        .iter()
        .map(|(name, sum)| {
            vec![
                name.clone(),
                sum.rows.to_string(),
                sum.sha256.chars().take(16).collect(),
            ]
        })
        .collect();
    text += &table(&rows, &[1]);
    for note in &taken.notes {
        let _ = writeln!(text, "{note}");
    }
    text
}

#[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
pub(super) fn seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1000.0
}

/// A size in bytes as people read it.
#[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        ..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
        _ => format!("{:.1} GiB", bytes as f64 / 1_073_741_824.0),
    }
}
