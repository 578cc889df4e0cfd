//! What a rule is.

use super::{Effect, Options, Severity, at::At};
use crate::schema::Dialect;

/// PostgreSQL alone.
pub(super) const POSTGRES: &[Dialect] = &[Dialect::Postgres];
/// SQLite alone.
pub(super) const SQLITE: &[Dialect] = &[Dialect::Sqlite];
/// Every database.
pub(super) const EVERY: &[Dialect] = &[Dialect::Postgres, Dialect::Sqlite, Dialect::Mysql];

/// A rule: what it looks for, why that is dangerous, and examples. A new one is a file in `rules/`, a line in its list
/// and a page written from it.
#[derive(Clone, Copy)]
pub struct Rule {
    /// Its code, which stays; the field's usual name where there is one.
    pub code: &'static str,
    /// What it finds, in a line.
    pub title: &'static str,
    /// How bad it usually is.
    pub severity: Severity,
    /// The databases that it is for.
    pub on: &'static [Dialect],
    /// Whether it is a rule of taste, asked only if one wants it.
    pub is_strict: bool,
    /// Why it is dangerous, in a paragraph.
    pub why: &'static str,
    /// Steps in which it finds something. A step that begins with `-- outside of a transaction` sends each line by
    /// itself; a line `-- the next step` parts two steps.
    pub bad: &'static [&'static str],
    /// Steps in which it finds nothing.
    pub good: &'static [&'static str],
    /// What strong_migrations and squawk call it.
    pub peers: &'static [&'static str],
    pub(super) check: fn(&At<'_>, &mut Vec<Hit>),
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rule").field("code", &self.code).finish_non_exhaustive()
    }
}

impl Rule {
    pub(super) fn concerns(&self, options: Options) -> bool {
        self.on.contains(&options.dialect) && (options.strict || !self.is_strict)
    }
}

/// A place where a rule found something.
#[derive(Clone, Debug, Default)]
pub(super) struct Hit {
    pub(super) table: Option<String>,
    pub(super) object: Option<String>,
    pub(super) effect: Option<Effect>,
    pub(super) message: Option<String>,
    pub(super) safe: Option<String>,
    pub(super) helper: Option<String>,
}

impl Hit {
    /// On that table.
    pub(super) fn on(table: impl Into<String>) -> Self {
        Self {
            table: Some(table.into()),
            ..Self::default()
        }
    }

    /// That column, constraint or index of it.
    pub(super) fn object(mut self, object: impl Into<String>) -> Self {
        self.object = Some(object.into());
        self
    }

    /// Every row is read.
    pub(super) fn scans(mut self) -> Self {
        self.effect = Some(Effect::Scans);
        self
    }

    /// Every row is written anew.
    pub(super) fn rewrites(mut self) -> Self {
        self.effect = Some(Effect::Rewrites);
        self
    }

    /// What it is, better than the rule's title says it.
    pub(super) fn says(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// The safe form.
    pub(super) fn safe(mut self, safe: impl Into<String>) -> Self {
        self.safe = Some(safe.into());
        self
    }

    /// The safe form in Rust.
    pub(super) fn helper(mut self, helper: impl Into<String>) -> Self {
        self.helper = Some(helper.into());
        self
    }
}
