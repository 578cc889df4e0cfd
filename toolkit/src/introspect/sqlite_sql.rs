//! The SQL that SQLite keeps of a table or an index → what its pragmas do not tell.
//!
//! SQLite has accepted the statement, so its clauses can be told apart by their first word and their parentheses;
//! expressions are carried through word for word. A full SQL parser would have to know every type and every operator
//! to say as much: `sqlparser` 0.63 refuses `real(12, 2)`, which is how sea-query spells a decimal. Where a statement
//! has something unexpected, the functions here return nothing rather than a guess.

use super::sqlite_tokens::{Token, render, tokens};
use crate::schema::UnmanagedKind as Kind;

/// What a `CREATE TABLE` says and the pragmas do not.
#[derive(Debug, Default, PartialEq)]
pub(super) struct TableSql {
    /// The columns in their order.
    pub columns: Vec<ColumnSql>,
    /// The primary key's name.
    pub primary_key_name: Option<String>,
    /// Whether the key's column says `AUTOINCREMENT`.
    pub auto_increment: bool,
    /// The unique constraints in their order.
    pub uniques: Vec<UniqueSql>,
    /// The foreign keys in their order.
    pub foreign_keys: Vec<ForeignKeySql>,
    /// The checks in their order: name and expression.
    pub checks: Vec<(Option<String>, String)>,
    /// Everything else that makes a difference: of what kind, what it is about, and its text.
    pub facts: Vec<(Kind, String, String)>,
}

/// What a column's definition says and the pragmas do not.
#[derive(Debug, Default, PartialEq)]
pub(super) struct ColumnSql {
    /// The column's name.
    pub name: String,
    /// The collation.
    pub collation: Option<String>,
    /// The expression that it is computed from.
    pub generated: Option<String>,
}

/// A unique constraint.
#[derive(Debug, PartialEq)]
pub(super) struct UniqueSql {
    /// Its name.
    pub name: Option<String>,
    /// Its columns.
    pub columns: Vec<String>,
}

/// A foreign key.
#[derive(Debug, PartialEq)]
pub(super) struct ForeignKeySql {
    /// Its name.
    pub name: Option<String>,
    /// The columns that refer.
    pub columns: Vec<String>,
    /// The table referred to.
    pub ref_table: String,
    /// The columns referred to; none stands for the other table's primary key.
    pub ref_columns: Vec<String>,
}

/// What a `CREATE INDEX` says and the pragmas do not.
#[derive(Debug, PartialEq)]
pub(super) struct IndexSql {
    /// Its parts without their direction.
    pub parts: Vec<String>,
    /// The rows that it covers.
    pub filter: Option<String>,
}

/// The words that start a clause behind a column's type.
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

/// The words that start a table's constraint.
const TABLE_CLAUSES: &[&str] = &["check", "constraint", "foreign", "primary", "unique"];

/// Reads a `CREATE TABLE`.
pub(super) fn create_table(sql: &str) -> Option<TableSql> {
    let tokens = tokens(sql)?;
    let mut cursor = Cursor { tokens: &tokens };
    cursor.expect("create")?;
    let _ = cursor.eat("temp") || cursor.eat("temporary");
    cursor.expect("table")?;
    cursor.object_name()?;
    let mut table = TableSql::default();
    for item in split(cursor.group()?) {
        let mut item = Cursor { tokens: item };
        if item.peek()?.is_one_of(TABLE_CLAUSES) {
            table_constraints(&mut item, &mut table)?;
        } else {
            column(&mut item, &mut table)?;
        }
    }
    if !cursor.tokens.is_empty() {
        let options = render(cursor.tokens).to_ascii_uppercase();
        table.facts.push((Kind::TableOption, "options".to_owned(), options));
    }
    Some(table)
}

/// Reads a `CREATE INDEX`.
pub(super) fn create_index(sql: &str) -> Option<IndexSql> {
    let tokens = tokens(sql)?;
    let mut cursor = Cursor { tokens: &tokens };
    cursor.expect("create")?;
    cursor.eat("unique");
    cursor.expect("index")?;
    cursor.object_name()?;
    cursor.expect("on")?;
    cursor.object_name()?;
    let parts = split(cursor.group()?);
    let filter = if cursor.tokens.is_empty() {
        None
    } else {
        cursor.expect("where")?;
        Some(render(cursor.tokens))
    };
    Some(IndexSql {
        parts: parts
            .into_iter()
            .map(|part| render(bare(without_direction(part))))
            .collect(),
        filter,
    })
}

fn without_direction<'t, 'a>(mut part: &'t [Token<'a>]) -> &'t [Token<'a>] {
    if let [rest @ .., nulls, place] = part
        && nulls.is_word("nulls")
        && place.is_one_of(&["first", "last"])
    {
        part = rest;
    }
    match part {
        [rest @ .., last] if last.is_one_of(&["asc", "desc"]) => rest,
        _ => part,
    }
}

/// What stands in parentheses that hold all of it: whoever writes it anew puts its own around it.
fn bare<'t, 'a>(part: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let mut whole = Cursor { tokens: part };
    match whole.group() {
        Some(inside) if part.first().is_some_and(|token| token.is_sign("(")) && whole.tokens.is_empty() => bare(inside),
        _ => part,
    }
}

/// Parts between the commas that stand in no parentheses.
fn split<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    let mut depth = 0_i32;
    tokens
        .split(|token| {
            depth += i32::from(token.is_sign("(")) - i32::from(token.is_sign(")"));
            depth == 0 && token.is_sign(",")
        })
        .collect()
}

fn column(item: &mut Cursor<'_, '_>, table: &mut TableSql) -> Option<()> {
    let mut column = ColumnSql {
        name: item.name()?,
        ..ColumnSql::default()
    };
    while item.peek().is_some_and(|token| !token.is_one_of(COLUMN_CLAUSES)) {
        if item.peek()?.is_sign("(") {
            item.group()?;
        } else {
            item.name()?;
        }
    }
    let mut constraint_name = None;
    while let Some(clause) = item.next() {
        let name = constraint_name.take();
        match clause.text.to_ascii_lowercase().as_str() {
            "constraint" => constraint_name = Some(item.name()?),
            "primary" => {
                item.expect("key")?;
                table.primary_key_name = name;
                if item.eat("desc") {
                    let order = (Kind::PrimaryKey, column.name.clone(), "PRIMARY KEY DESC".to_owned());
                    table.facts.push(order);
                } else {
                    item.eat("asc");
                }
                item.on_conflict("primary key", table)?;
                table.auto_increment |= item.eat("autoincrement");
            }
            "not" if item.eat("deferrable") => item.not_deferrable()?,
            "not" => {
                item.expect("null")?;
                item.on_conflict(&format!("{} not null", column.name), table)?;
            }
            "null" => item.on_conflict(&format!("{} null", column.name), table)?,
            "unique" => {
                item.on_conflict(&format!("{} unique", column.name), table)?;
                table.uniques.push(UniqueSql {
                    name,
                    columns: vec![column.name.clone()],
                });
            }
            "check" => table.checks.push((name, render(item.group()?))),
            "default" if item.peek()?.is_sign("(") => {
                item.group()?;
            }
            "default" => {
                let first = item.next()?;
                if first.is_sign("-") || first.is_sign("+") {
                    item.next()?;
                }
            }
            "collate" => column.collation = Some(item.name()?),
            "references" => {
                let columns = vec![column.name.clone()];
                item.references(name, columns, table)?;
            }
            "deferrable" => item.deferrable(&column.name, table)?,
            "generated" => {
                item.expect("always")?;
                item.expect("as")?;
                column.generated = Some(item.generated()?);
            }
            "as" => column.generated = Some(item.generated()?),
            _ => return None,
        }
    }
    table.columns.push(column);
    Some(())
}

fn table_constraints(item: &mut Cursor<'_, '_>, table: &mut TableSql) -> Option<()> {
    let mut constraint_name = None;
    // SQLite takes constraints with no comma between them.
    while let Some(clause) = item.next() {
        let name = constraint_name.take();
        match clause.text.to_ascii_lowercase().as_str() {
            "constraint" => constraint_name = Some(item.name()?),
            "primary" => {
                item.expect("key")?;
                let group = item.group()?;
                if let [rest @ .., last] = group
                    && last.is_word("autoincrement")
                {
                    table.auto_increment = true;
                    plain_columns("primary key", rest, table)?;
                } else {
                    plain_columns("primary key", group, table)?;
                }
                table.primary_key_name = name;
                item.on_conflict("primary key", table)?;
            }
            "unique" => {
                let group = item.group()?;
                let about = format!("unique ({})", render(group));
                let columns = plain_columns(&about, group, table)?;
                item.on_conflict(&about, table)?;
                table.uniques.push(UniqueSql { name, columns });
            }
            "check" => {
                table.checks.push((name, render(item.group()?)));
                item.on_conflict("check", table)?;
            }
            "foreign" => {
                item.expect("key")?;
                let columns = names(item.group()?)?;
                item.expect("references")?;
                item.references(name, columns, table)?;
            }
            _ => return None,
        }
    }
    Some(())
}

/// The columns of a key; an order or a collation of its own is kept as a fact.
fn plain_columns(about: &str, group: &[Token<'_>], table: &mut TableSql) -> Option<Vec<String>> {
    let parts = split(group);
    if parts.iter().any(|part| part.len() > 1) {
        let kind = if about == "primary key" {
            Kind::PrimaryKey
        } else {
            Kind::Unique
        };
        table.facts.push((kind, about.to_owned(), render(group)));
    }
    parts.iter().map(|part| part.first()?.name()).collect()
}

fn names(group: &[Token<'_>]) -> Option<Vec<String>> {
    split(group)
        .into_iter()
        .map(|part| match part {
            [name] => name.name(),
            _ => None,
        })
        .collect()
}

struct Cursor<'t, 'a> {
    tokens: &'t [Token<'a>],
}

impl<'t, 'a> Cursor<'t, 'a> {
    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.first().copied()
    }

    fn next(&mut self) -> Option<Token<'a>> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(*first)
    }

    fn eat(&mut self, word: &str) -> bool {
        let is_there = self.peek().is_some_and(|token| token.is_word(word));
        if is_there {
            self.next();
        }
        is_there
    }

    fn expect(&mut self, word: &str) -> Option<()> {
        self.eat(word).then_some(())
    }

    fn name(&mut self) -> Option<String> {
        self.next()?.name()
    }

    /// `[IF NOT EXISTS] [schema.]name`
    fn object_name(&mut self) -> Option<()> {
        if self.eat("if") {
            self.expect("not")?;
            self.expect("exists")?;
        }
        self.name()?;
        if self.peek().is_some_and(|token| token.is_sign(".")) {
            self.next();
            self.name()?;
        }
        Some(())
    }

    /// What stands in the parentheses that open here.
    fn group(&mut self) -> Option<&'t [Token<'a>]> {
        let mut depth = 0_i32;
        for (at, token) in self.tokens.iter().enumerate() {
            depth += i32::from(token.is_sign("(")) - i32::from(token.is_sign(")"));
            if depth == 0 {
                let inside = self.tokens.get(1..at)?;
                self.tokens = &self.tokens[at + 1..];
                return Some(inside);
            }
        }
        None
    }

    fn generated(&mut self) -> Option<String> {
        let expression = render(self.group()?);
        let _ = self.eat("stored") || self.eat("virtual");
        Some(expression)
    }

    fn on_conflict(&mut self, about: &str, table: &mut TableSql) -> Option<()> {
        if self.eat("on") {
            self.expect("conflict")?;
            let text = format!("ON CONFLICT {}", self.name()?.to_ascii_uppercase());
            table.facts.push((Kind::ColumnOption, about.to_owned(), text));
        }
        Some(())
    }

    /// What follows `REFERENCES`.
    fn references(&mut self, name: Option<String>, columns: Vec<String>, table: &mut TableSql) -> Option<()> {
        let ref_table = self.name()?;
        let ref_columns = if self.peek().is_some_and(|token| token.is_sign("(")) {
            names(self.group()?)?
        } else {
            Vec::new()
        };
        let about = columns.join(", ");
        table.foreign_keys.push(ForeignKeySql {
            name,
            columns,
            ref_table,
            ref_columns,
        });
        loop {
            if self.eat("on") {
                // The pragma tells the action: one word, or two after SET and NO.
                self.next()?;
                if self.next()?.is_one_of(&["set", "no"]) {
                    self.next()?;
                }
            } else if self.eat("match") {
                self.name()?;
            } else if self.eat("deferrable") {
                self.deferrable(&about, table)?;
            } else if let [not, deferrable, ..] = self.tokens
                && not.is_word("not")
                && deferrable.is_word("deferrable")
            {
                self.tokens = &self.tokens[2..];
                self.not_deferrable()?;
            } else {
                return Some(());
            }
        }
    }

    /// What follows `NOT DEFERRABLE`, which is what a key is anyway.
    fn not_deferrable(&mut self) -> Option<()> {
        if self.eat("initially") {
            self.next()?;
        }
        Some(())
    }

    /// What follows `DEFERRABLE`; only `INITIALLY DEFERRED` makes a difference in SQLite.
    fn deferrable(&mut self, about: &str, table: &mut TableSql) -> Option<()> {
        if self.eat("initially") && self.next()?.is_word("deferred") {
            let text = "DEFERRABLE INITIALLY DEFERRED".to_owned();
            table
                .facts
                .push((Kind::ForeignKey, format!("foreign key ({about})"), text));
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_are_told_apart() {
        let table = create_table(
            "CREATE TABLE \"t\" (a INTEGER PRIMARY KEY /* AUTOINCREMENT, */, b real(12, 2) DEFAULT -1.5 NOT NULL \
             CHECK (b > 0), c VARCHAR(10) COLLATE NOCASE CONSTRAINT uq UNIQUE ON CONFLICT IGNORE, \
             d TEXT GENERATED ALWAYS AS (c || ')') STORED, 'e' DEFAULT (1, 2) REFERENCES p ON DELETE SET NULL \
             DEFERRABLE INITIALLY DEFERRED, CONSTRAINT pos CHECK (a IN (1, 2)) CHECK (b), \
             CONSTRAINT fk FOREIGN KEY (a, \"b\") REFERENCES [p q] (x, y)) WITHOUT ROWID, STRICT",
        )
        .unwrap();
        let columns: Vec<_> = table.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(columns, ["a", "b", "c", "d", "e"]);
        assert!(!table.auto_increment);
        assert_eq!(table.columns[2].collation.as_deref(), Some("NOCASE"));
        assert_eq!(table.columns[3].generated.as_deref(), Some("c || ')'"));
        assert_eq!(
            table.checks,
            [
                (None, "b > 0".to_owned()),
                (Some("pos".to_owned()), "a IN (1, 2)".to_owned()),
                (None, "b".to_owned())
            ]
        );
        assert_eq!(table.uniques[0].name.as_deref(), Some("uq"));
        assert_eq!(table.foreign_keys[1].name.as_deref(), Some("fk"));
        assert_eq!(table.foreign_keys[1].ref_table, "p q");
        assert_eq!(
            table.facts,
            [
                (
                    Kind::ColumnOption,
                    "c unique".to_owned(),
                    "ON CONFLICT IGNORE".to_owned()
                ),
                (
                    Kind::ForeignKey,
                    "foreign key (e)".to_owned(),
                    "DEFERRABLE INITIALLY DEFERRED".to_owned()
                ),
                (
                    Kind::TableOption,
                    "options".to_owned(),
                    "WITHOUT ROWID, STRICT".to_owned()
                ),
            ]
        );
    }

    #[test]
    fn an_index_reads_the_same_with_parentheses_and_without() {
        let parts = |sql: &str| create_index(sql).unwrap().parts;
        for sql in ["lower(n)", "(lower(n))", "((lower(n))) DESC"] {
            assert_eq!(parts(&format!("CREATE INDEX i ON t ({sql}, a)")), ["lower(n)", "a"]);
        }
        assert_eq!(parts("CREATE INDEX i ON t ((a) + (b), (a))"), ["(a) + (b)", "a"]);
    }

    #[test]
    fn what_is_not_understood_is_not_guessed() {
        assert_eq!(create_table("CREATE TABLE t (a INTEGER NOT SURE)"), None);
        assert_eq!(create_table("CREATE TABLE t (a INTEGER"), None);
        assert_eq!(create_index("CREATE INDEX i ON t (a) USING hash"), None);
    }
}
