//! A `CREATE TABLE` of SQLite in its parts, each with its author's own words.
//!
//! The IR cannot carry everything that a person may have written into a table (an `ON CONFLICT`, a collation, a
//! deferred key), so a table that is built anew is put together from these texts and not from the IR.

use crate::{
    ddl::quote,
    introspect::sqlite_tokens::{Token, tokens},
};

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Definition {
    /// Its columns.
    pub columns: Vec<Column>,
    /// The constraints that stand behind its columns.
    pub constraints: Vec<Constraint>,
    /// What stands behind the last parenthesis: `STRICT`, `WITHOUT ROWID`.
    pub options: String,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    /// Its name.
    pub name: String,
    /// Its type, as it is written.
    pub data_type: String,
    /// What stands behind the type.
    pub clauses: Vec<Clause>,
}

/// What stands behind a column's type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Clause {
    /// Its kind.
    pub kind: Kind,
    /// The name of the constraint that it is.
    pub name: Option<String>,
    /// Its text without the name.
    pub text: String,
    /// The table and the columns that it refers to.
    pub refers: Option<(String, Vec<String>)>,
}

/// A table's constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Constraint {
    /// Its kind: a key, a check or a reference.
    pub kind: Kind,
    /// Its name.
    pub name: Option<String>,
    /// Its columns; none for a check.
    pub columns: Vec<String>,
    /// Its text without the name.
    pub text: String,
    /// The table and the columns that it refers to.
    pub refers: Option<(String, Vec<String>)>,
}

/// What a clause or a constraint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    PrimaryKey,
    NotNull,
    Null,
    Unique,
    Check,
    Default,
    Collate,
    References,
    Generated,
}

/// Whether two names are one to SQLite.
pub(super) fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

impl Definition {
    /// The statement that makes it.
    pub(super) fn create(&self, table: &str) -> String {
        let columns = self.columns.iter().map(Column::sql);
        let items: Vec<String> = columns.chain(self.constraints.iter().map(Constraint::sql)).collect();
        let options = if self.options.is_empty() {
            String::new()
        } else {
            format!(" {}", self.options)
        };
        format!("CREATE TABLE {} ( {} ){options}", quote(table), items.join(", "))
    }

    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| same(&column.name, name))
    }

    pub(super) fn has_option(&self, option: &str) -> bool {
        let words = self.options.to_ascii_uppercase();
        words.split(',').any(|word| word.trim().starts_with(option))
    }

    /// The columns of the primary key.
    pub(super) fn key(&self) -> Vec<String> {
        let beside = self.columns.iter().find(|column| column.has(Kind::PrimaryKey));
        let behind = self.constraints.iter().find(|own| own.kind == Kind::PrimaryKey);
        match (beside, behind) {
            (Some(column), _) => vec![column.name.clone()],
            (None, Some(key)) => key.columns.clone(),
            (None, None) => Vec::new(),
        }
    }

    /// The column that is another name for the row's number (<https://sqlite.org/lang_createtable.html#rowid>).
    pub(super) fn row_number(&self) -> Option<&Column> {
        let key = self.key();
        let [name] = key.as_slice() else { return None };
        let column = self.column(name)?;
        let beside = column.clause(Kind::PrimaryKey);
        let descends = beside.is_some_and(|clause| has_word(&clause.text, "desc"));
        (same(&column.data_type, "integer") && !descends && !self.has_option("WITHOUT")).then_some(column)
    }

    /// Whether a number is never given twice.
    pub(super) fn counts(&self) -> bool {
        let is_key = |kind| kind == Kind::PrimaryKey;
        let clauses = self.columns.iter().flat_map(|column| &column.clauses);
        let beside = clauses.filter(|clause| is_key(clause.kind)).map(|clause| &clause.text);
        let behind = self
            .constraints
            .iter()
            .filter(|own| is_key(own.kind))
            .map(|own| &own.text);
        beside.chain(behind).any(|text| has_word(text, "autoincrement"))
    }

    /// The name under which the row's number can be had beside the columns; none where there is no such number or
    /// no such name.
    pub(super) fn rowid(&self) -> Option<&'static str> {
        if self.has_option("WITHOUT") {
            return None;
        }
        ["rowid", "_rowid_", "oid"]
            .into_iter()
            .find(|name| self.column(name).is_none())
    }
}

impl Column {
    pub(super) fn clause(&self, kind: Kind) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.kind == kind)
    }

    pub(super) fn has(&self, kind: Kind) -> bool {
        self.clause(kind).is_some()
    }

    /// Puts a clause in the place of those of its kind, or takes them away.
    pub(super) fn set(&mut self, kind: Kind, clause: Option<&Clause>) {
        let at = self.clauses.iter().position(|own| own.kind == kind);
        self.clauses.retain(|own| own.kind != kind);
        if let Some(clause) = clause {
            let at = at.unwrap_or(self.clauses.len()).min(self.clauses.len());
            self.clauses.insert(at, clause.clone());
        }
    }

    pub(super) fn sql(&self) -> String {
        let mut text = quote(&self.name);
        if !self.data_type.is_empty() {
            text += " ";
            text += &self.data_type;
        }
        for clause in &self.clauses {
            text += " ";
            text += &named(clause.name.as_deref(), &clause.text);
        }
        text
    }
}

impl Constraint {
    pub(super) fn sql(&self) -> String {
        named(self.name.as_deref(), &self.text)
    }

    /// Whether it speaks of the column.
    pub(super) fn mentions(&self, column: &str) -> bool {
        self.columns.iter().any(|own| same(own, column)) || self.kind == Kind::Check && mentions(&self.text, column)
    }
}

impl Clause {
    /// The constraint of one column that it is, as it would stand behind the columns.
    pub(super) fn as_constraint(&self, column: &str) -> Constraint {
        Constraint {
            kind: self.kind,
            name: self.name.clone(),
            columns: vec![column.to_owned()],
            text: self.text.clone(),
            refers: self.refers.clone(),
        }
    }
}

fn named(name: Option<&str>, text: &str) -> String {
    name.map_or_else(|| text.to_owned(), |name| format!("CONSTRAINT {} {text}", quote(name)))
}

/// Whether SQL names something.
pub(super) fn mentions(sql: &str, name: &str) -> bool {
    tokens(sql).is_none_or(|tokens| {
        let is_text = |token: &Token<'_>| token.kind == crate::introspect::sqlite_tokens::Kind::Text;
        let mut names = tokens
            .iter()
            .filter(|token| !is_text(token))
            .filter_map(|token| token.name());
        names.any(|own| same(&own, name))
    })
}

fn has_word(sql: &str, word: &str) -> bool {
    tokens(sql).is_some_and(|tokens| tokens.iter().any(|token| token.is_word(word)))
}

/// Whether two texts of SQL are the same but for their spacing, their case and the quotes around names.
pub(super) fn alike(a: &str, b: &str) -> bool {
    let words = |sql: &str| -> Option<Vec<String>> {
        let tokens = tokens(sql)?;
        let text = |token: &Token<'_>| match token.kind {
            crate::introspect::sqlite_tokens::Kind::Text => token.text.to_owned(),
            _ => token
                .name()
                .unwrap_or_else(|| token.text.to_owned())
                .to_ascii_lowercase(),
        };
        Some(tokens.iter().map(text).collect())
    };
    a == b || words(a).is_some_and(|words_of_a| Some(words_of_a) == words(b))
}
