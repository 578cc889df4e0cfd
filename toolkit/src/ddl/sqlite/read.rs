//! The text of a `CREATE TABLE` → its parts.
//!
//! SQLite has accepted the statement, so its clauses can be told apart by their first word and their parentheses.

use super::definition::{Clause, Column, Constraint, Definition, Kind};
use crate::introspect::sqlite_tokens::{Token, tokens};

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

/// What a foreign key refers to: the table and its columns.
type Refers = (String, Vec<String>);

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

    fn clause(&mut self) -> Option<(Kind, Option<Refers>)> {
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
