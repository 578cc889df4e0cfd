//! The program `migration`, which `sea-orm-cli migrate` runs.

use std::{process::ExitCode, sync::Arc, time::Duration};

use clap::{Parser, Subcommand};
use sea_orm_migration::MigratorTrait;

use super::{Error, History, Report, Result, Runner, connect, error_text, report_text, status_text};
use crate::{
    data::progress::{Event, Listener, UNWATCHED, listening},
    ddl::online::LockPolicy,
};

/// The arguments that `sea-orm-cli migrate` passes on.
#[derive(Debug, Parser)]
#[command(version, about = "Applies this history to a database")]
struct Args {
    /// Show the cause of errors
    #[arg(short = 'v', long, global = true)]
    verbose: bool,
    /// Database schema (PostgreSQL; public by default)
    #[arg(short = 's', long, global = true, env = "DATABASE_SCHEMA")]
    database_schema: Option<String>,
    /// Database URL
    #[arg(short = 'u', long, global = true, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// How long a statement that keeps no writer waiting may wait for others' transactions, in seconds; without it as long as
    /// these take (PostgreSQL)
    #[arg(long, global = true, env = "SEAWRIGHT_ONLINE_WAIT", value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    online_wait: Option<u64>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Not here: `seawright generate` writes migrations
    Init,
    /// Not here: `seawright generate` writes migrations
    Generate {
        /// The name that was asked for
        name: Option<String>,
    },
    /// Drop all tables, then apply all migrations
    Fresh,
    /// Take back all migrations, then apply them again
    Refresh,
    /// Take back all migrations
    Reset,
    /// Show which migrations are applied
    Status,
    /// Apply pending migrations
    Up {
        /// How many
        #[arg(short, long)]
        num: Option<u32>,
    },
    /// Take back applied migrations
    Down {
        /// How many
        #[arg(short, long, default_value = "1")]
        num: u32,
    },
}

struct Lines;

impl Listener for Lines {
    #[expect(clippy::print_stderr, reason = "the program's progress")]
    fn hear(&self, event: &Event) {
        match event {
            Event::StepStarted { step } => eprintln!("{step} …"),
            Event::StepDone { step, milliseconds } => eprintln!("{step} done in {milliseconds} ms"),
            Event::Locked { holder } => {
                let whose = holder.as_deref().unwrap_or("it does not say whose");
                eprintln!("another run is under way ({whose}): waiting for its end");
            }
            Event::Held { step, why } => eprintln!("{step} waits: {why}"),
            Event::Retried { step, reason } => eprintln!("{step}: a batch is tried again, smaller: {reason}"),
            Event::Unwatched { step } => eprintln!("{step}: {UNWATCHED}"),
            Event::Quarantined { table, key, reason, .. } => eprintln!("  quarantine: {table} {key}: {reason}"),
            _ => {}
        }
    }
}

/// The whole `main` of a migration crate. It understands what `sea-orm-cli migrate` passes on, and runs every step
/// with Seawright's care: whole steps on SQLite too, data steps in their place, refusals, row counts.
pub fn stock<M: MigratorTrait>() -> ExitCode {
    stock_of(History::of::<M>())
}

/// The same for a history that carries its lock file.
pub fn stock_of(history: History) -> ExitCode {
    stock_with(history, std::env::args_os())
}

/// The same with those arguments, the first of which is the program's name.
pub fn stock_with(history: History, arguments: impl IntoIterator<Item = std::ffi::OsString>) -> ExitCode {
    let args = Args::parse_from(arguments);
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::Usage(format!("no runtime: {error}")))
        .and_then(|runtime| {
            let policy = LockPolicy {
                longest_wait: args.online_wait.map(Duration::from_secs),
                ..LockPolicy::current()
            };
            runtime.block_on(listening(Arc::new(Lines), policy.scope(run(&args, history))))
        });
    finish(outcome, args.verbose)
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the program's output")]
fn finish(outcome: Result<String>, verbose: bool) -> ExitCode {
    match outcome {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprint!("{}", error_text(&error, verbose));
            ExitCode::from(error.exit_code())
        }
    }
}

async fn run(args: &Args, history: History) -> Result<String> {
    if let Some(Command::Init | Command::Generate { .. }) = &args.command {
        return Err(Error::Usage(
            "migrations are written by `seawright generate NAME`, from the entities".into(),
        ));
    }
    let url = args
        .database_url
        .as_deref()
        .ok_or_else(|| Error::Usage("no database: set DATABASE_URL or give one with -u".into()))?;
    let db = connect(url, args.database_schema.as_deref()).await?;
    let runner = Runner::new(&db, history)?;
    let done = |report: &Report, what: &str| report_text(report, what);
    Ok(match &args.command {
        Some(Command::Status) => status_text(&runner.status().await?),
        Some(Command::Fresh) => done(&runner.fresh(false).await?, "applied"),
        Some(Command::Refresh) => done(&runner.refresh().await?, "taken back and applied"),
        Some(Command::Reset) => done(&runner.reset().await?, "taken back"),
        Some(Command::Down { num }) => done(&runner.down(Some(*num)).await?, "taken back"),
        Some(Command::Up { num }) => done(&runner.up(*num, None).await?, "applied"),
        _ => done(&runner.up(None, None).await?, "applied"),
    })
}
