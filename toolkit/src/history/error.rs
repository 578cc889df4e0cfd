//! Everything that can go wrong, with what to do and the exit code.

use sea_orm::DbErr;

use super::{
    Holder, Problem,
    message::{message, without_line},
    run_lock::LOST,
};
use crate::{
    data::{DataError, REFUSED},
    ddl::UNFIT,
    declare::DeclareError,
    diff::{Change, DecisionError, Undecided},
    emit::EmitError,
    introspect::IntrospectError,
};

/// The result of what can go wrong.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Something went wrong, was refused, or needs a decision.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The entities make no schema.
    #[error("{0}")]
    Declare(#[from] DeclareError),
    /// The diff has open questions.
    #[error("{0}")]
    Undecided(#[from] Undecided),
    /// A decision that concerns nothing or can't be read.
    #[error("{0}")]
    Decision(#[from] DecisionError),
    /// Values would be lost and nobody consented.
    #[error("values would be lost:\n{}", .0.iter().map(|change| format!("  {change}")).collect::<Vec<_>>().join("\n"))]
    Destructive(Vec<Change>),
    /// A database cannot have what the entities ask.
    #[error("{0}")]
    Emit(#[from] EmitError),
    /// A database could not be read.
    #[error("{0}")]
    Introspect(#[from] IntrospectError),
    /// No connection.
    #[error("no connection to {url}: {reason}")]
    Connect {
        /// The URL without its password.
        url: String,
        /// What the server or the driver says.
        reason: String,
        /// What to do.
        help: String,
    },
    /// The database holds tables that the history knows nothing of.
    #[error("this database holds {} and no history: {}", count(.0.len(), "table", "tables"), shortened(.0))]
    NotAdopted(Vec<String>),
    /// The database is not what any point of the history leads to.
    #[error("this database is at no point of the history; the nearest is after `{nearest}`, from which it differs in {}:\n{}", count(.differences.len(), "point", "points"), told(.differences, .report, .foreign))]
    Differs {
        /// The step after which the history comes nearest.
        nearest: String,
        /// How the database differs from it.
        differences: Vec<super::Difference>,
        /// Every object, beside what is expected there.
        report: Box<super::Comparison>,
        /// The books of other tools.
        foreign: Vec<super::ForeignHistory>,
    },
    /// The way to a point of the history has open questions.
    #[error("on the way to the history's point after `{after}` {undecided}{}", guessed(.guesses))]
    Unreconciled {
        /// The step after which the history leads to that point.
        after: String,
        /// What likeness suggests; nothing was done about it.
        guesses: Vec<String>,
        /// The questions.
        undecided: Undecided,
    },
    /// The way to a point of the history would need changes that no statement of ours makes.
    #[error("between this database and the history's point after `{after}` lies what has to be changed by hand:\n{}", lines(.obstacles))]
    ByHand {
        /// The step after which the history leads to that point.
        after: String,
        /// What differs.
        obstacles: Vec<String>,
    },
    /// A statement of a reconciliation failed. Everything is as it was.
    #[error("a statement of the reconciliation failed: {}\n  {statement}", message(.error))]
    Reconcile {
        /// The statement.
        statement: String,
        /// What the database says.
        error: DbErr,
    },
    /// A reconciliation did not lead to the point. Everything is as it was.
    #[error("after the reconciliation the database would still differ from the history's point after `{after}`:\n{}", lines(.differences))]
    Unequal {
        /// The step after which the history leads to that point.
        after: String,
        /// How.
        differences: Vec<super::Difference>,
    },
    /// A reconciliation would have lost rows. Everything is as it was.
    #[error(
        "after the reconciliation `{table}` would have {found} rows, and not the {expected} that are accounted for"
    )]
    Unaccounted {
        /// The table.
        table: String,
        /// The rows that there must be.
        expected: i64,
        /// The rows that there would be.
        found: i64,
    },
    /// There is no place to replay the history in.
    #[error("{reason}; the history is replayed into an empty database, to compare with")]
    Shadow {
        /// Why.
        reason: String,
    },
    /// There is nothing to adopt.
    #[error("this database has no tables: there is nothing to adopt")]
    NothingToAdopt,
    /// Two steps have one name.
    #[error("two steps of the history have the name `{0}`; rename one of the files and its entry in `lib.rs`")]
    Duplicate(String),
    /// What was applied is not what the history has.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    History(Vec<Problem>),
    /// Another run is under way.
    #[error("another run is under way{}: {}", if *.waited > 0 { format!(", and did not end within {waited} s") } else { String::new() }, .holder.as_ref().map_or_else(|| "it does not say whose".to_owned(), ToString::to_string))]
    Locked {
        /// Whose it is.
        holder: Option<Holder>,
        /// How long it was waited for, in seconds.
        waited: u64,
    },
    /// The connection that held the lock of the run is gone.
    #[error("the run's lock was lost{}, with its connection: {reason}", .step.as_ref().map_or_else(String::new, |step| format!(" in the step `{step}`")))]
    LockLost {
        /// The step.
        step: Option<String>,
        /// What the connection says.
        reason: String,
    },
    /// A step that is named is not there.
    #[error("there is no step `{0}` in the history")]
    NoStep(String),
    /// A step failed. The database is as it was before that step.
    #[error("the step `{step}` failed on the way {direction}{}: {}", .statement.map_or_else(String::new, |number| format!(", at its statement {number}")), message(.error))]
    Step {
        /// The step.
        step: String,
        /// `up` or `down`.
        direction: &'static str,
        /// Whether the database is as it was before the step.
        whole: bool,
        /// What the database says.
        error: DbErr,
        /// The statement at which it failed, from 1, where that is known.
        statement: Option<u32>,
    },
    /// A step refused to run.
    #[error("the step `{step}` refused to run: {reason}")]
    Refused {
        /// The step.
        step: String,
        /// Why, and what to do.
        reason: String,
    },
    /// A data migration failed.
    #[error("{}", without_line(.0.to_string().trim_start_matches(REFUSED)))]
    Data(#[from] DataError),
    /// The database refused a statement.
    #[error("{}", message(.0))]
    Database(#[from] DbErr),
    /// Something that entities declare could not be made in a shadow database.
    #[error("{what} could not be made in the shadow database, in which both sides are read alike: {}", message(.error))]
    Built {
        /// What, with the column where that is known.
        what: String,
        /// What the database says.
        error: DbErr,
    },
    /// Something failed in a shadow database that lacks extensions of the user's.
    #[error("{error}\nextensions of this database could not be made in the shadow:\n{}", lines(&.missing.iter().map(|one| format!("`{}`: {}", one.name, one.reason)).collect::<Vec<_>>()))]
    Extensions {
        /// What failed.
        error: Box<Error>,
        /// The extensions.
        missing: Vec<super::MissingExtension>,
    },
    /// A file could not be read or written.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: String,
        /// Why.
        reason: String,
        /// What to do.
        help: String,
    },
    /// Something is asked in the wrong way.
    #[error("{0}")]
    Usage(String),
    /// Something needs consent.
    #[error("{what}")]
    Consent {
        /// What would happen.
        what: String,
        /// How to consent.
        help: String,
    },
    /// A backup was not taken, or not restored.
    #[error("{reason}")]
    Backup {
        /// Why.
        reason: String,
        /// What to do.
        help: Option<String>,
        /// Whether a decision can change it.
        refused: bool,
    },
    /// What data migrations of the history use cannot be kept as it was.
    #[cfg(feature = "cli")]
    #[error("{0}")]
    Freeze(#[from] crate::freeze::FreezeError),
    /// What the entities' source shows.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Source(Vec<crate::declare::Problem>),
}

impl Error {
    /// The exit code: 1 failed, 2 wrong usage, 4 refused because a decision is needed.
    pub fn exit_code(&self) -> u8 {
        #[cfg(feature = "cli")]
        if let Self::Freeze(error) = self {
            return match error {
                crate::freeze::FreezeError::Obstacles(_) => 4,
                crate::freeze::FreezeError::NoSuch(_) => 2,
                crate::freeze::FreezeError::Unreadable(_) => 1,
            };
        }
        match self {
            Self::Decision(_) | Self::Usage(_) | Self::NoStep(_) => 2,
            Self::Undecided(_)
            | Self::Destructive(_)
            | Self::NotAdopted(_)
            | Self::Differs { .. }
            | Self::Unreconciled { .. }
            | Self::ByHand { .. }
            | Self::NothingToAdopt
            | Self::Refused { .. }
            | Self::History(_)
            | Self::Locked { .. }
            | Self::Data(DataError::Refused(_) | DataError::ChangedSince { .. } | DataError::Stopped { .. })
            | Self::Consent { .. }
            | Self::Backup { refused: true, .. } => 4,
            Self::Extensions { error, .. } => error.exit_code(),
            _ => 1,
        }
    }

    /// What to do, where the message does not already say it.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            #[cfg(feature = "cli")]
            Self::Freeze(crate::freeze::FreezeError::Obstacles(_)) => "copy what is named into the data migration, or let it take values instead of rows, and generate again; --keep-live MODULE leaves a data migration on the entities of today".into(),
            #[cfg(feature = "cli")]
            Self::Freeze(crate::freeze::FreezeError::NoSuch(_)) => "--keep-live takes the name of the module: the data migration's file or folder".into(),
            Self::Undecided(_) => "answer each question with one of the flags below it, or run the command in a terminal to be asked".into(),
            Self::Destructive(_) => "add --allow-destructive if that is meant; the generated step still refuses to drop a table whose rows were not moved".into(),
            Self::Connect { help, .. } | Self::File { help, .. } | Self::Consent { help, .. } => help.clone(),
            Self::Backup { help, .. } => return help.clone(),
            Self::NotAdopted(_) => "if it is the database that this history describes, `seawright adopt` takes it over; \
                 otherwise check the URL: nothing was written"
                .into(),
            Self::Differs { .. } => "nothing was written; `seawright adopt --reconcile --dry-run` shows what would bring it to that point, and what would become of its rows".into(),
            Self::Unreconciled { .. } => "nothing was written; answer each question with one of the flags below it, or run the command in a terminal to be asked".into(),
            Self::Shadow { .. } => "name an empty database of yours with --shadow URL or SEAWRIGHT_SHADOW_URL, or give the role the right with `ALTER ROLE … CREATEDB`".into(),
            Self::ByHand { .. } => "nothing was written; change what is named, or join the history at another point with --to".into(),
            Self::Reconcile { .. } => "everything was taken back, the database is as it was; mend what the message says and run the command again".into(),
            Self::Built { .. } => "correct what is named in the entities; what no extension of the database brings has to be made by an earlier migration".into(),
            Self::Extensions { .. } => "have them made by a role that may do that in an empty database of yours, and name it with --shadow URL or SEAWRIGHT_SHADOW_URL".into(),
            Self::Unequal { .. } | Self::Unaccounted { .. } => "everything was taken back, the database is as it was; this is a fault of Seawright's, please report it with the output of --dry-run".into(),
            Self::NothingToAdopt => "`seawright up` builds the schema".into(),
            Self::History(_) => "nothing was written; `seawright status` shows where the database is".into(),
            Self::Locked { .. } => "wait for its end, or give it longer with --lock-wait; if its process is gone, the database gives the lock back by itself when it notices".into(),
            Self::LockLost { .. } => "nothing was sent after that; run it again, it goes on where it was".into(),
            Self::Step { whole: true, .. } => "nothing of this step was kept; mend what the message says and run `seawright up` again".into(),
            Self::Step { whole: false, direction: "down", .. } => "what was taken back before the failure is kept, and `seawright status` shows where it is; mend what the message says and run `down` again, which goes on from there, or `up`, which applies the step again".into(),
            Self::Step { whole: false, .. } => "what was committed before the failure is kept and is not done again; mend what the message says and run it again".into(),
            Self::Database(DbErr::RecordNotFound(_)) => return None,
            Self::Database(error) if is_denied(error) => "the role lacks the right to do this; ask the database's owner for it, or use another role".into(),
            Self::Source(_) | Self::Declare(_) => "SeaORM accepts these in silence; mend the entities and run the command again".into(),
            _ => return None,
        })
    }

    /// A step's error, told apart from its refusal.
    pub(super) fn of_step(step: &str, direction: &'static str, whole: bool, error: DbErr) -> Self {
        if let DbErr::Migration(text) = &error
            && let Some(reason) = text.strip_prefix(REFUSED)
        {
            return Self::Refused {
                step: step.to_owned(),
                reason: reason.to_owned(),
            };
        }
        if let DbErr::Migration(text) = &error
            && let Some(reason) = text.strip_prefix(LOST)
        {
            return Self::LockLost {
                step: Some(step.to_owned()),
                reason: reason.to_owned(),
            };
        }
        if let Some(reason) = unfit(&error) {
            return Self::Refused {
                step: step.to_owned(),
                reason,
            };
        }
        Self::Step {
            step: step.to_owned(),
            direction,
            whole,
            error,
            statement: None,
        }
    }

    /// With the statement at which it failed, 0 where there was none.
    pub(super) fn at_statement(mut self, number: u32) -> Self {
        if let Self::Step { statement, .. } = &mut self {
            *statement = (number > 0).then_some(number);
        }
        self
    }
}

/// What a guard of ours says that found rows which do not fit.
fn unfit(error: &DbErr) -> Option<String> {
    let (DbErr::Exec(error) | DbErr::Query(error)) = error else {
        return None;
    };
    let sea_orm::RuntimeErr::SqlxError(error) = error else {
        return None;
    };
    let error = error.as_database_error()?;
    if error.code()? != UNFIT {
        return None;
    }
    let hint = error
        .try_downcast_ref::<sea_orm::sqlx::postgres::PgDatabaseError>()
        .and_then(sea_orm::sqlx::postgres::PgDatabaseError::hint);
    Some(hint.map_or_else(
        || error.message().to_owned(),
        |hint| format!("{}. {hint}", error.message()),
    ))
}

/// SQLSTATE 42501, insufficient privilege; SQLite's read-only errors.
pub(super) fn is_denied(error: &DbErr) -> bool {
    let (DbErr::Exec(error) | DbErr::Query(error)) = error else {
        return false;
    };
    let sea_orm::RuntimeErr::SqlxError(error) = error else {
        return false;
    };
    let code = error
        .as_database_error()
        .and_then(|error| error.code().map(std::borrow::Cow::into_owned));
    matches!(code.as_deref(), Some("42501" | "8" | "1032"))
}

fn told(differences: &[super::Difference], report: &super::Comparison, foreign: &[super::ForeignHistory]) -> String {
    let renamed = differences
        .iter()
        .filter(|difference| matches!(difference, super::Difference::Renamed { .. }))
        .map(|difference| format!("{difference}\n"));
    let text: String = renamed
        .chain([report.to_string(), super::foreign::text(foreign)])
        .collect();
    text.trim_end().to_owned()
}

fn guessed(guesses: &[String]) -> String {
    if guesses.is_empty() {
        return String::new();
    }
    format!("\nby their columns:\n{}", lines(guesses))
}

fn lines<T: std::fmt::Display>(items: &[T]) -> String {
    items
        .iter()
        .map(|item| format!("  {item}"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The first names of a list.
fn shortened(names: &[String]) -> String {
    const SHOWN: usize = 6;
    let shown = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > SHOWN {
        format!("{shown} and {} more", names.len() - SHOWN)
    } else {
        shown
    }
}
