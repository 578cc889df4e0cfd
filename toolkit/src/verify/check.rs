//! A claim and how it is asked after.

use std::fmt;

use async_trait::async_trait;
use sea_orm::{
    ActiveEnum, ColumnTrait, EntityTrait, Iden as _, Iterable as _, PrimaryKeyToColumn as _, QueryFilter as _,
    QuerySelect as _, QueryTrait as _, Select,
    sea_query::{Alias, SelectStatement},
};

use super::{Asking, Found, asking::Rows};
use crate::history::Result;

/// A check that a query alone cannot make: one that opens what is encrypted, or walks through a graph.
#[async_trait]
pub trait Ask: Send + Sync {
    /// Looks, and says what it found. What it sends only reads.
    ///
    /// # Errors
    /// What the database says. A claim that fails is no error: it is found.
    async fn ask(&self, asking: &Asking<'_>) -> Result<Found>;
}

/// A claim about a database.
pub struct Check {
    name: String,
    claim: String,
    help: Option<String>,
    pub(super) question: Question,
}

pub(super) enum Question {
    /// No row may be found.
    None(Box<Rows>),
    Asked(Box<dyn Ask>),
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Check {
    /// A claim that no row refutes: `refuting` selects the rows that would.
    ///
    /// A name is `subject:what`, in small letters. Of the rows found, the primary key is shown, and what
    /// [`showing`](Self::showing) adds. Rows in quarantine that are still as they were put there are told apart.
    pub fn none<E: EntityTrait>(name: impl Into<String>, claim: impl Into<String>, refuting: Select<E>) -> Self {
        let table = E::default().table_name().to_owned();
        let mut select = refuting.select_only();
        let mut key = Vec::new();
        for column in E::PrimaryKey::iter().map(E::PrimaryKey::into_column) {
            let name = column.to_string();
            select = select.column_as(column.into_expr(), name.clone());
            key.push(name);
        }
        let select = select.into_query();
        Self::of(name, claim, Question::None(Box::new(Rows { table, key, select })))
    }

    /// A claim that no row of a table refutes, where there is no entity to say it with.
    pub(super) fn rows(
        name: impl Into<String>,
        claim: impl Into<String>,
        table: &str,
        key: &[String],
        select: SelectStatement,
    ) -> Self {
        let rows = Rows {
            table: table.to_owned(),
            key: key.to_vec(),
            select,
        };
        Self::of(name, claim, Question::None(Box::new(rows)))
    }

    /// A claim that only a program can look into.
    pub fn custom(name: impl Into<String>, claim: impl Into<String>, ask: impl Ask + 'static) -> Self {
        Self::of(name, claim, Question::Asked(Box::new(ask)))
    }

    /// The claim that a column holds only values of an enumeration, or none at all.
    pub fn values<E: EntityTrait, A: ActiveEnum>(column: E::Column) -> Self {
        let table = E::default().table_name().to_owned();
        let name = column.to_string();
        let known: Vec<sea_orm::Value> = A::iter().map(|value| value.to_value().into()).collect();
        let listed: Vec<String> = known.iter().map(ToString::to_string).collect();
        Self::none(
            format!("values:{table}.{name}"),
            format!("every `{table}.{name}` is a value of its enumeration"),
            E::find().filter(column.is_not_in(known)),
        )
        .showing([column])
        .help(format!("make it one of {}", listed.join(", ")))
    }

    fn of(name: impl Into<String>, claim: impl Into<String>, question: Question) -> Self {
        Self {
            name: name.into(),
            claim: claim.into(),
            help: None,
            question,
        }
    }

    /// Shows columns of the rows that it finds. None may hold a secret.
    #[must_use]
    pub fn showing<C: ColumnTrait>(mut self, columns: impl IntoIterator<Item = C>) -> Self {
        if let Question::None(rows) = &mut self.question {
            for column in columns {
                let shown = column.select_as(column.into_expr());
                rows.select.expr_as(shown, Alias::new(column.to_string()));
            }
        }
        self
    }

    /// Says what to do about the rows that it finds.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Its name, `subject:what`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The part of its name before the colon.
    pub fn subject(&self) -> &str {
        self.name.split(':').next().unwrap_or(&self.name)
    }

    /// What it claims.
    pub fn claim(&self) -> &str {
        &self.claim
    }

    pub(super) fn what_to_do(&self) -> Option<&str> {
        self.help.as_deref()
    }
}
