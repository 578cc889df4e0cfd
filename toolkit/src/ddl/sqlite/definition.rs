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

const COLUMN_CLAUSES: &[&str] = &[
    "as",
    "check",
    "collate",
    "constraint",
    "default",
    "deferrable",
    "generated",
    "not",
    "null",
    "primary",
    "references",
    "unique",
];

const TABLE_CLAUSES: &[&str] = &["check", "constraint", "foreign", "primary", "unique"];

/// Whether two names are one to SQLite.
pub(super) fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

impl Definition {
    /// Reads a `CREATE TABLE`; nothing where it has something unexpected.
    pub(super) fn parse(sql: &str) -> Option<Self> {
        let tokens = tokens(sql)?;
        let mut all = Reader::new(sql, &tokens);
        all.expect("create")?;
        let _ = all.eat("temp") || all.eat("temporary");
        all.expect("table")?;
        if all.eat("if") {
            all.expect("not")?;
            all.expect("exists")?;
        }
        all.name()?;
        if all.is_sign(".") {
            all.at += 1;
            all.name()?;
        }
        let mut definition = Self::default();
        let (open, close) = all.group()?;
        for item in items(&tokens[open..close]) {
            let mut item = Reader::new(sql, item);
            if item.peek()?.is_one_of(TABLE_CLAUSES) {
                while item.peek().is_some() {
                    definition.constraints.push(item.constraint()?);
                }
            } else {
                definition.columns.push(item.column()?);
            }
        }
        definition.options = all.text(all.at, tokens.len());
        Some(definition)
    }

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
        let names = tokens
            .iter()
            .filter(|token| !is_text(token))
            .filter_map(|token| token.name());
        names.into_iter().any(|own| same(&own, name))
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

/// The parts between the commas that stand in no parentheses.
fn items<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    let mut depth = 0_i32;
    tokens
        .split(|token| {
            depth += i32::from(token.is_sign("(")) - i32::from(token.is_sign(")"));
            depth == 0 && token.is_sign(",")
        })
        .collect()
}

struct Reader<'t, 'a> {
    sql: &'a str,
    tokens: &'t [Token<'a>],
    at: usize,
}

impl<'t, 'a> Reader<'t, 'a> {
    fn new(sql: &'a str, tokens: &'t [Token<'a>]) -> Self {
        Self { sql, tokens, at: 0 }
    }

    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.at).copied()
    }

    fn next(&mut self) -> Option<Token<'a>> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    fn eat(&mut self, word: &str) -> bool {
        let is_there = self.peek().is_some_and(|token| token.is_word(word));
        self.at += usize::from(is_there);
        is_there
    }

    fn expect(&mut self, word: &str) -> Option<()> {
        self.eat(word).then_some(())
    }

    fn is_sign(&self, sign: &str) -> bool {
        self.peek().is_some_and(|token| token.is_sign(sign))
    }

    fn name(&mut self) -> Option<String> {
        self.next()?.name()
    }

    /// Where the inside of the parentheses begins and ends that open here.
    fn group(&mut self) -> Option<(usize, usize)> {
        let open = self.at;
        let mut depth = 0_i32;
        while let Some(token) = self.next() {
            depth += i32::from(token.is_sign("(")) - i32::from(token.is_sign(")"));
            if depth == 0 {
                return (self.at > open + 1).then_some((open + 1, self.at - 1));
            }
        }
        None
    }

    /// The source from one token up to another, with what its author put between them.
    fn text(&self, from: usize, to: usize) -> String {
        let start_of = |token: &Token<'a>| token.text.as_ptr() as usize - self.sql.as_ptr() as usize;
        match self.tokens.get(from..to) {
            Some([first, .., last]) => {
                let end = start_of(last) + last.text.len();
                self.sql.get(start_of(first)..end).unwrap_or_default().to_owned()
            }
            Some([only]) => only.text.to_owned(),
            _ => String::new(),
        }
    }

    /// The names in parentheses, each with what may stand behind it.
    fn names(&mut self) -> Option<Vec<String>> {
        let (open, close) = self.group()?;
        items(&self.tokens[open..close])
            .into_iter()
            .map(|part| part.first()?.name())
            .collect()
    }

    fn column(&mut self) -> Option<Column> {
        let name = self.name()?;
        let from = self.at;
        while self.peek().is_some_and(|token| !token.is_one_of(COLUMN_CLAUSES)) {
            if self.is_sign("(") {
                self.group()?;
            } else {
                self.name()?;
            }
        }
        let mut column = Column {
            name,
            data_type: self.text(from, self.at),
            clauses: Vec::new(),
        };
        while self.peek().is_some() {
            let name = if self.eat("constraint") {
                Some(self.name()?)
            } else {
                None
            };
            let from = self.at;
            let (kind, refers) = self.clause()?;
            column.clauses.push(Clause {
                kind,
                name,
                text: self.text(from, self.at),
                refers,
            });
        }
        Some(column)
    }

    fn clause(&mut self) -> Option<(Kind, Option<(String, Vec<String>)>)> {
        let first = self.next()?;
        let kind = match first.text.to_ascii_lowercase().as_str() {
            "primary" => {
                self.expect("key")?;
                let _ = self.eat("asc") || self.eat("desc");
                self.on_conflict()?;
                self.eat("autoincrement");
                Kind::PrimaryKey
            }
            "not" => {
                self.expect("null")?;
                self.on_conflict()?;
                Kind::NotNull
            }
            "null" => {
                self.on_conflict()?;
                Kind::Null
            }
            "unique" => {
                self.on_conflict()?;
                Kind::Unique
            }
            "check" => {
                self.group()?;
                self.on_conflict()?;
                Kind::Check
            }
            "default" if self.is_sign("(") => {
                self.group()?;
                Kind::Default
            }
            "default" => {
                let first = self.next()?;
                if first.is_sign("-") || first.is_sign("+") {
                    self.next()?;
                }
                Kind::Default
            }
            "collate" => {
                self.name()?;
                Kind::Collate
            }
            "references" => {
                let refers = self.refers()?;
                return Some((Kind::References, Some(refers)));
            }
            "generated" => {
                self.expect("always")?;
                self.expect("as")?;
                self.computed()?;
                Kind::Generated
            }
            "as" => {
                self.computed()?;
                Kind::Generated
            }
            _ => return None,
        };
        Some((kind, None))
    }

    fn computed(&mut self) -> Option<()> {
        self.group()?;
        let _ = self.eat("stored") || self.eat("virtual");
        Some(())
    }

    fn on_conflict(&mut self) -> Option<()> {
        if self.eat("on") {
            self.expect("conflict")?;
            self.name()?;
        }
        Some(())
    }

    /// What follows `REFERENCES`, to its end.
    fn refers(&mut self) -> Option<(String, Vec<String>)> {
        let table = self.name()?;
        let columns = if self.is_sign("(") { self.names()? } else { Vec::new() };
        loop {
            if self.eat("on") {
                self.next()?;
                if self.next()?.is_one_of(&["set", "no"]) {
                    self.next()?;
                }
            } else if self.eat("match") {
                self.name()?;
            } else if self.eat("deferrable") || self.eats_not_deferrable() {
                if self.eat("initially") {
                    self.next()?;
                }
            } else {
                return Some((table, columns));
            }
        }
    }

    fn eats_not_deferrable(&mut self) -> bool {
        let next = self.tokens.get(self.at + 1);
        let is_there = self.peek().is_some_and(|token| token.is_word("not"))
            && next.is_some_and(|token| token.is_word("deferrable"));
        self.at += if is_there { 2 } else { 0 };
        is_there
    }

    fn constraint(&mut self) -> Option<Constraint> {
        let name = if self.eat("constraint") {
            Some(self.name()?)
        } else {
            None
        };
        let from = self.at;
        let first = self.next()?;
        let (kind, columns, refers) = match first.text.to_ascii_lowercase().as_str() {
            "primary" => {
                self.expect("key")?;
                let columns = self.names()?;
                self.on_conflict()?;
                (Kind::PrimaryKey, columns, None)
            }
            "unique" => {
                let columns = self.names()?;
                self.on_conflict()?;
                (Kind::Unique, columns, None)
            }
            "check" => {
                self.group()?;
                self.on_conflict()?;
                (Kind::Check, Vec::new(), None)
            }
            "foreign" => {
                self.expect("key")?;
                let columns = self.names()?;
                self.expect("references")?;
                let refers = self.refers()?;
                (Kind::References, columns, Some(refers))
            }
            _ => return None,
        };
        Some(Constraint {
            kind,
            name,
            columns,
            text: self.text(from, self.at),
            refers,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQL: &str = "CREATE TABLE \"t\" (a INTEGER PRIMARY KEY /* the, number */ AUTOINCREMENT, b real(12, 2) DEFAULT - 1.5 NOT NULL \
        CHECK (b > 0), c VARCHAR(10) COLLATE NOCASE CONSTRAINT uq UNIQUE ON CONFLICT IGNORE, \
        d TEXT GENERATED ALWAYS AS (c || ')') STORED, 'e' DEFAULT (1, 2) REFERENCES p ON DELETE SET NULL \
        DEFERRABLE INITIALLY DEFERRED, f, CONSTRAINT pos CHECK (a IN (1, 2)) CHECK (b), \
        CONSTRAINT fk FOREIGN KEY (a, \"b\") REFERENCES [p q] (x, y)) STRICT";

    #[test]
    fn every_part_keeps_its_words() {
        let table = Definition::parse(SQL).unwrap();
        assert_eq!(
            table.create("n"),
            "CREATE TABLE \"n\" ( \"a\" INTEGER PRIMARY KEY /* the, number */ AUTOINCREMENT, \"b\" real(12, 2) DEFAULT - 1.5 NOT NULL \
             CHECK (b > 0), \"c\" VARCHAR(10) COLLATE NOCASE CONSTRAINT \"uq\" UNIQUE ON CONFLICT IGNORE, \
             \"d\" TEXT GENERATED ALWAYS AS (c || ')') STORED, \"e\" DEFAULT (1, 2) REFERENCES p ON DELETE SET NULL \
             DEFERRABLE INITIALLY DEFERRED, \"f\", CONSTRAINT \"pos\" CHECK (a IN (1, 2)), CHECK (b), \
             CONSTRAINT \"fk\" FOREIGN KEY (a, \"b\") REFERENCES [p q] (x, y) ) STRICT"
        );
        assert_eq!(Definition::parse(&table.create("t")).as_ref(), Some(&table));
        assert!(table.counts());
        assert_eq!(table.row_number().unwrap().name, "a");
        assert!(table.has_option("STRICT") && !table.has_option("WITHOUT"));
        assert_eq!(table.constraints[2].refers.as_ref().unwrap().0, "p q");
    }

    #[test]
    fn what_is_not_understood_is_not_guessed() {
        assert_eq!(Definition::parse("CREATE TABLE t (a INTEGER NOT SURE)"), None);
        assert_eq!(Definition::parse("CREATE TABLE t (a INTEGER"), None);
    }

    #[test]
    fn a_row_s_number_has_another_name_only_where_sqlite_says_so() {
        let named = |sql: &str| Definition::parse(sql).unwrap().row_number().is_some();
        assert!(named("CREATE TABLE t (a INTEGER, PRIMARY KEY (a))"));
        assert!(!named("CREATE TABLE t (a INT PRIMARY KEY)"));
        assert!(!named("CREATE TABLE t (a INTEGER PRIMARY KEY DESC)"));
        assert!(!named("CREATE TABLE t (a INTEGER PRIMARY KEY) WITHOUT ROWID"));
        assert!(!named("CREATE TABLE t (a INTEGER, b INTEGER, PRIMARY KEY (a, b))"));
    }
}
