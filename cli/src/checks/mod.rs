//! What must hold of Cronium's rows: a file a subject. What holds for any project (schema, references, sequences, the
//! account of rows) the toolkit brings.

mod executions;
mod follow_ups;
mod jobs;
mod moved;
mod secrets;
mod values;
mod workflows;

use data_migrations::Keys;
use seawright::{history::Result, verify::Check};

/// All of them.
///
/// # Errors
/// Where the environment holds keys that can't be used.
pub fn all() -> Result<Vec<Check>> {
    with(&Keys::environment())
}

/// All of them, where secrets are sealed with those keys.
///
/// # Errors
/// As [`all`].
pub(crate) fn with(keys: &Keys) -> Result<Vec<Check>> {
    let mut checks = values::checks();
    checks.extend(jobs::checks());
    checks.extend(workflows::checks());
    checks.extend(executions::checks());
    checks.extend(follow_ups::checks());
    checks.extend(secrets::checks(keys)?);
    checks.extend(moved::checks());
    Ok(checks)
}
