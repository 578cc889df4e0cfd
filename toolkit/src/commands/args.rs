//! The arguments.

use std::{path::PathBuf, time::Duration};

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use super::{
    backup::{BackupArgs, FirstArgs},
    restore::RestoreArgs,
};
use crate::{
    data::{RunOptions, Throttle},
    diff::{DecisionError, Decisions},
    schema::Dialect,
};

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// One JSON document on standard output.
    Json,
}

/// How a run tells what it is doing, on standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ProgressArg {
    /// A bar in a terminal, a line a minute elsewhere.
    #[default]
    Auto,
    /// A JSON document a line for everything that happens.
    Json,
    /// Nothing.
    None,
}

/// Schema as code for SeaORM: entities in, proven migrations and moved data out
#[derive(Debug, Parser)]
#[command(version, subcommand_required = true, arg_required_else_help = true)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) globals: Globals,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Clone, Debug, Default, ClapArgs)]
pub(super) struct Globals {
    /// Database URL; without one an embedded SQLite file in the working directory
    #[arg(
        short = 'u',
        long,
        global = true,
        env = "DATABASE_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub(super) database_url: Option<String>,
    /// Database schema (PostgreSQL; public by default)
    #[arg(short = 's', long, global = true, env = "DATABASE_SCHEMA", value_name = "SCHEMA")]
    pub(super) database_schema: Option<String>,
    /// An empty database to replay the history in, where the role may not create one (PostgreSQL)
    #[arg(
        long,
        global = true,
        env = "SEAWRIGHT_SHADOW_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub(super) shadow: Option<String>,
    /// The migration crate; by default the folder `migration` here or in a folder above
    #[arg(short = 'd', long, global = true, env = "MIGRATION_DIR", value_name = "DIR")]
    pub(super) migration_dir: Option<PathBuf>,
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) format: Format,
    /// How a run tells what it is doing, on standard error
    #[arg(long, global = true, value_enum, default_value_t, value_name = "HOW")]
    pub(super) progress: ProgressArg,
    /// How long to wait while another run is under way, or holds what a step has to lock, in seconds
    #[arg(long, global = true, default_value_t = 600, value_name = "SECONDS")]
    pub(super) lock_wait: u64,
    /// How long a statement that keeps no writer waiting (CREATE INDEX CONCURRENTLY, VALIDATE) may wait for others' transactions,
    /// in seconds; without it as long as these take (PostgreSQL)
    #[arg(long, global = true, env = "SEAWRIGHT_ONLINE_WAIT", value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) online_wait: Option<u64>,
    /// How long one try for a lock on a table waits, and others behind it, in milliseconds (PostgreSQL)
    #[arg(long, global = true, default_value_t = 100, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=600_000))]
    pub(super) lock_timeout: u64,
    /// Show the chain of causes of an error
    #[arg(short = 'v', long, global = true)]
    pub(super) verbose: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show what turns one schema into another
    Diff(DiffArgs),
    /// Write the migration that the entities ask for
    Generate(GenerateArgs),
    /// Show which steps a database has
    Status(StatusArgs),
    /// Apply pending steps, data steps included
    Up(UpArgs),
    /// Take back applied steps
    Down(DownArgs),
    /// Drop all tables, then apply everything
    Fresh(FreshArgs),
    /// Take back everything, then apply it again
    Refresh,
    /// Take back everything and forget the history
    Reset,
    /// Take over a database that other means built
    Adopt(AdoptArgs),
    /// Ask all that CI should ask: history untouched, one end, replays, equals the entities, lints clean
    Check(CheckArgs),
    /// Make one migration of the first ones, proven equal by replaying both
    Squash(SquashArgs),
    /// Look at what the database remembers of the history, and put it right
    History(HistoryArgs),
    /// Name what is dangerous in pending steps, written by hand or not
    Lint(LintArgs),
    /// Show in what a database differs from its history
    Drift,
    /// Look at data migrations and run them
    Data(DataArgs),
    /// Prove the integrity of a database: every claim about its schema and rows, as a query with its result
    Verify(VerifyArgs),
    /// Write one state of a database into a file, whole or not at all
    Backup(BackupArgs),
    /// Restore a backup into an empty database, and prove it by reading everything again
    Restore(RestoreArgs),
    /// Fill an empty database for tests and demonstrations
    Seed(SeedArgs),
}

#[derive(Clone, Debug, Default, ClapArgs)]
pub(super) struct DecisionArgs {
    /// Renamed, not new: `table:OLD=NEW`, `column:TABLE.OLD=NEW` or `value:ENUM.OLD=NEW`
    #[arg(long, value_name = "RENAME")]
    rename: Vec<String>,
    /// New, not renamed: `TABLE`, `TABLE.COLUMN` or `value:ENUM.VALUE`; several by commas
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    create: Vec<String>,
    /// Whatever is not named by --rename is new
    #[arg(long)]
    no_renames: bool,
    /// What rows that are there get: `TABLE.COLUMN=VALUE`, `=expr:SQL` or `=column:NAME`
    #[arg(long, alias = "fill", value_name = "BACKFILL")]
    backfill: Vec<String>,
    /// What becomes of values that do not fit into a new type: `TABLE.COLUMN=refuse`, `=truncate`, `=quarantine` or `=map:SQL`;
    /// `*=refuse` answers for all
    #[arg(long, value_name = "ANSWER")]
    on_loss: Vec<String>,
    /// The time zone of moments that get one or lose it: `TABLE.COLUMN=UTC`; `*=UTC` answers for all
    #[arg(long, value_name = "ZONE")]
    zone: Vec<String>,
    /// Values may be lost
    #[arg(long)]
    pub(super) allow_destructive: bool,
}

impl DecisionArgs {
    pub(super) fn decisions(&self) -> Result<Decisions, DecisionError> {
        let mut decisions = Decisions {
            created: self.create.clone(),
            no_renames: self.no_renames,
            ..Decisions::default()
        };
        for flag in &self.rename {
            decisions.add_rename(flag)?;
        }
        for flag in &self.backfill {
            decisions.add_fill(flag)?;
        }
        for flag in &self.on_loss {
            decisions.add_loss(flag)?;
        }
        for flag in &self.zone {
            decisions.add_zone(flag)?;
        }
        Ok(decisions)
    }
}

/// What a diff prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Emit {
    /// A line a change.
    #[default]
    Summary,
    /// A script that a plain client can run.
    Sql,
    /// The migration as Rust.
    Rust,
    /// The plan as JSON.
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum DialectArg {
    Postgres,
    Sqlite,
}

impl From<DialectArg> for Dialect {
    fn from(dialect: DialectArg) -> Self {
        match dialect {
            DialectArg::Postgres => Self::Postgres,
            DialectArg::Sqlite => Self::Sqlite,
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(super) struct DiffArgs {
    /// Where from: entities, lock, history, live, a database URL or a .json file
    #[arg(long, default_value = "lock", value_name = "SOURCE")]
    pub(super) from: String,
    /// Where to: as for --from
    #[arg(long, default_value = "entities", value_name = "SOURCE")]
    pub(super) to: String,
    /// What to print
    #[arg(long, value_enum, default_value_t)]
    pub(super) emit: Emit,
    /// Whose SQL; by default that of the database URL
    #[arg(long, value_enum, value_name = "DIALECT")]
    pub(super) dialect: Option<DialectArg>,
    #[command(flatten)]
    pub(super) decisions: DecisionArgs,
    /// Renamed columns are in use: both names are served until the contraction
    #[arg(long)]
    pub(super) in_use: bool,
    /// Exit with 3 when there is a difference
    #[arg(long)]
    pub(super) exit_code: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct GenerateArgs {
    /// What the migration is about, in snake_case
    pub(super) name: String,
    /// Where to: entities, live, a database URL or a .json file
    #[arg(long, default_value = "entities", value_name = "SOURCE")]
    pub(super) to: String,
    #[command(flatten)]
    pub(super) decisions: DecisionArgs,
    /// Renamed columns are in use: both names are served until the contraction
    #[arg(long)]
    pub(super) in_use: bool,
    /// Leave the data migration of that module on the entities of today, though they changed
    #[arg(long, value_name = "MODULE")]
    pub(super) keep_live: Vec<String>,
    /// Write an empty migration, to be written by hand
    #[arg(long, conflicts_with = "data")]
    pub(super) empty: bool,
    /// Write the frame of a data migration and its step
    #[arg(long)]
    pub(super) data: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct StatusArgs {
    /// Exit with 3 when steps are pending
    #[arg(long)]
    pub(super) exit_code: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct UpArgs {
    /// At most that many steps
    #[arg(short = 'n', long, value_name = "N")]
    pub(super) num: Option<u32>,
    /// None behind that step
    #[arg(long, value_name = "NAME")]
    pub(super) to: Option<String>,
    /// Print what would be sent, and touch nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// With --dry-run: as if for an empty database of that kind, without a connection
    #[arg(long, value_enum, value_name = "DIALECT", requires = "dry_run")]
    pub(super) dialect: Option<DialectArg>,
    #[command(flatten)]
    pub(super) first: FirstArgs,
    #[command(flatten)]
    pub(super) running: RunningArgs,
}

/// How data steps run.
#[derive(Debug, ClapArgs)]
pub(super) struct RunningArgs {
    /// Rows a batch; without it as many as take the time of --batch-time
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    batch: Option<u64>,
    /// How long a batch should take, in milliseconds: as long may a writer of its rows have to wait
    #[arg(long, default_value_t = 500, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=600_000))]
    batch_time: u64,
    /// Batches side by side in this process; the same command elsewhere joins in (SQLite: one)
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    workers: u16,
    /// Rows a second at most
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u64).range(1..))]
    throttle: Option<u64>,
    /// A pause after each batch, in milliseconds
    #[arg(long, default_value_t = 0, value_name = "MS")]
    pause: u64,
    /// Wait while a replica is further behind, in seconds (PostgreSQL)
    #[arg(long, value_name = "SECONDS")]
    max_lag: Option<u64>,
    /// Wait while this query's value is false or 0
    #[arg(long, value_name = "SQL")]
    health: Option<String>,
    /// What the migrations take for now, UTC: 2026-11-24T12:00:00
    #[arg(long, value_name = "TIME")]
    as_of: Option<sea_orm::prelude::DateTime>,
}

impl RunningArgs {
    pub(super) fn options(&self) -> RunOptions {
        RunOptions {
            batch: self.batch,
            batch_time: Duration::from_millis(self.batch_time),
            workers: usize::from(self.workers),
            throttle: Throttle {
                rows_a_second: self.throttle,
                pause: Duration::from_millis(self.pause),
                max_lag: self.max_lag.map(Duration::from_secs),
                health: self.health.clone(),
            },
            as_of: self.as_of,
            ..RunOptions::default()
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(super) struct DownArgs {
    /// How many steps
    #[arg(short = 'n', long, default_value_t = 1, value_name = "N")]
    pub(super) num: u32,
}

#[derive(Debug, ClapArgs)]
pub(super) struct FreshArgs {
    /// Also drop tables that this history did not make
    #[arg(long)]
    pub(super) allow_destructive: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct AdoptArgs {
    /// Only compare; with --reconcile: show the whole plan and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Bring a database that differs to a point of the history, without losing a row
    #[arg(long)]
    pub(super) reconcile: bool,
    /// To the point after that step; to the nearest without it
    #[arg(long, value_name = "STEP", requires = "reconcile")]
    pub(super) to: Option<String>,
    #[command(flatten)]
    pub(super) decisions: DecisionArgs,
}

#[derive(Debug, ClapArgs)]
pub(super) struct CheckArgs {
    /// Also print what was found as annotations for GitHub, on standard error
    #[arg(long)]
    pub(super) annotations: bool,
}

/// For whom findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Annotations {
    /// A line a finding, as a workflow of GitHub reads them.
    Github,
}

#[derive(Debug, ClapArgs)]
pub(super) struct LintArgs {
    /// Every step, applied or not
    #[arg(long, conflicts_with = "step")]
    pub(super) all: bool,
    /// That step only
    #[arg(long, value_name = "NAME")]
    pub(super) step: Option<String>,
    /// For which database; by default that of the database URL
    #[arg(long, value_enum, value_name = "DIALECT")]
    pub(super) dialect: Option<DialectArg>,
    /// Warnings are shown and do not count
    #[arg(long)]
    pub(super) errors_only: bool,
    /// Ask the rules of taste too
    #[arg(long)]
    pub(super) strict: bool,
    /// Print them as annotations instead
    #[arg(long, value_enum, value_name = "FOR")]
    pub(super) annotations: Option<Annotations>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct VerifyArgs {
    /// Only these checks, by name or by the part before the colon; several by commas
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(super) only: Vec<String>,
    /// All checks but these
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(super) except: Vec<String>,
    /// Run the project's flows too: on the database, in transactions that are rolled back. Needs a role that may write
    #[arg(long)]
    pub(super) flows: bool,
    /// List the checks, and ask nothing
    #[arg(long)]
    pub(super) list: bool,
    /// How long one query may take, in seconds; a claim that takes longer is undecided, and counts as failed
    #[arg(long, default_value_t = 300, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(super) timeout: u64,
    /// Checks side by side (SQLite: one)
    #[arg(long, default_value_t = 4, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(super) workers: u16,
}

#[derive(Debug, ClapArgs)]
pub(super) struct SquashArgs {
    /// The last step that goes; all before it go with it
    #[arg(long, value_name = "STEP")]
    pub(super) to: String,
    /// What the new one is called behind its time stamp, in snake_case; `squashed` without it
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
    /// Prove it and tell what would be written
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct HistoryArgs {
    #[command(subcommand)]
    pub(super) command: HistoryCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum HistoryCommand {
    /// List the steps with when, where, how long and by what they were applied
    List,
    /// Take the newest migration back, as if it had not been generated: no database may have it
    Remove {
        /// Its name, where it is to be sure which one goes
        name: Option<String>,
    },
    /// Have the database know steps that were renamed or changed after they were applied, as they are now
    Repair {
        /// Show what would be put right
        #[arg(long)]
        dry_run: bool,
        /// Do it without asking
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, ClapArgs)]
pub(super) struct DataArgs {
    #[command(subcommand)]
    pub(super) command: DataCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum DataCommand {
    /// List the data steps
    List,
    /// Run data steps, again if need be
    Run(DataRunArgs),
    /// Show how far the data steps have come
    Status,
    /// Prove that nothing is pending and that everything holds that must
    Verify {
        /// The step; all that have run without one
        step: Option<String>,
    },
    /// Put back every row that a step has changed, from the before-images
    Revert {
        /// The step
        step: String,
        /// Let rows be that others have changed since
        #[arg(long)]
        keep_changed: bool,
    },
    /// Have a run wait, from another terminal
    Pause {
        /// The step; whatever runs without one
        step: Option<String>,
    },
    /// Have a run that waits go on
    Resume {
        /// The step; whatever waits without one
        step: Option<String>,
    },
    /// Have a run end after the batch that it is at; `data run` goes on from there
    Cancel {
        /// The step; whatever runs without one
        step: Option<String>,
    },
    /// Look at the rows that could not be migrated, and decide about them
    Quarantine {
        #[command(subcommand)]
        command: QuarantineCommand,
    },
    /// Throw away the before-images of runs that ended long ago: there is no way back after that
    Prune {
        /// The step; all without one
        step: Option<String>,
        /// How long ago, in days
        #[arg(long, value_name = "DAYS")]
        older_than: u32,
    },
}

#[derive(Debug, ClapArgs)]
pub(super) struct DataRunArgs {
    /// The step; all whose turn has come without one
    pub(super) step: Option<String>,
    /// All whose turn has come, said plainly
    #[arg(long, conflicts_with = "step")]
    pub(super) all: bool,
    /// Run the real code, tell what it would do, and take it all back
    #[arg(long)]
    pub(super) dry_run: bool,
    /// With --dry-run: only about that many rows
    #[arg(long, value_name = "ROWS", requires = "dry_run", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) sample: Option<u64>,
    #[command(flatten)]
    pub(super) first: FirstArgs,
    #[command(flatten)]
    pub(super) running: RunningArgs,
}

#[derive(Debug, Subcommand)]
pub(super) enum QuarantineCommand {
    /// The rows with the reasons
    List {
        /// The step; all without one
        step: Option<String>,
        /// The keys of rows; all without one
        key: Vec<String>,
    },
    /// Take rows out of quarantine, and run the step again over them
    Retry {
        /// The step
        step: String,
        /// The keys of rows; all without one
        key: Vec<String>,
        #[command(flatten)]
        running: RunningArgs,
    },
    /// Accept rows as they are; they stay in the ledger, whole
    Accept {
        /// The step
        step: String,
        /// The keys of rows; all without one
        key: Vec<String>,
        /// Why
        #[arg(long, value_name = "TEXT")]
        because: Option<String>,
    },
}

#[derive(Debug, ClapArgs)]
pub(super) struct SeedArgs {
    /// Which kind of database
    pub(super) profile: String,
    /// How many times the usual number of rows
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(super) scale: u32,
    /// The seed of the random numbers
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(super) rng: u64,
}
