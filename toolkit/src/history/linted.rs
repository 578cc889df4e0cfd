//! The steps of a history as the linter takes them.

use sea_orm::DatabaseConnection;

use super::{
    History, Result,
    runner::{Known, Runner},
};
use crate::{
    lint::{Options, Script},
    schema::Dialect,
};

/// Which steps are linted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Linting {
    /// Those that the database has not applied; all without a database.
    #[default]
    Pending,
    /// All.
    All,
    /// That one.
    Step(String),
}

/// The steps of a history, in their order, with what they send to that kind of database, and how to lint them. A database
/// is only read.
///
/// # Errors
/// [`Error::NoStep`](super::Error::NoStep) where no step is called so; [`Error::History`](super::Error::History) where what was
/// applied is not what this history has; what the database says.
pub async fn scripts(
    db: Option<&DatabaseConnection>,
    dialect: Dialect,
    history: History,
    which: &Linting,
) -> Result<(Vec<Script>, Options)> {
    let steps = Known::all(history, crate::emit::backend(dialect))?;
    if let Linting::Step(name) = which
        && !steps.iter().any(|step| step.name() == name)
    {
        return Err(super::Error::NoStep(name.clone()));
    }
    let status = match (which, db) {
        // Where the record is not this history's, nobody can say what is pending: `up` refuses it as well.
        (Linting::Pending, Some(db)) => Some(Runner::new(db, history)?.sound().await?),
        _ => None,
    };
    let is_applied = |at: usize| {
        status
            .as_ref()
            .is_some_and(|status| status.steps[at].applied_at.is_some())
    };
    let scripts = steps.iter().enumerate().map(|(at, step)| {
        let is_linted = match which {
            Linting::Step(name) => step.name() == name,
            _ => !is_applied(at),
        };
        script(step, is_linted)
    });
    Ok((scripts.collect(), Options::of(dialect)))
}

/// A step as the linter takes it.
pub(super) fn script(step: &Known, is_linted: bool) -> Script {
    let recording = step.recording.clone();
    Script {
        step: step.name().to_owned(),
        statements: recording.statements,
        in_transaction: !step.is_online,
        is_data: recording.data.is_some(),
        broken_off: recording.broken_off,
        is_linted,
        ..Script::default()
    }
}
