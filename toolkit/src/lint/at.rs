//! A place in a history: a statement, with what is known when its turn comes.

use sqlparser::ast::{
    AlterColumnOperation, AlterTableOperation, ColumnDef, DataType, Expr, RenameTableNameKind, Statement,
};

use super::{
    Finding, Lock, Script, is_postgres, locks,
    names::{ident, last, quote},
    rule::{Hit, Rule},
    said::{Said, grammar, read},
    types::ColumnType,
    world::World,
};
use crate::schema::Dialect;

/// A step, read.
pub(super) struct Step<'s> {
    pub(super) script: &'s Script,
    pub(super) dialect: Dialect,
    /// What each of its messages says.
    messages: Vec<Vec<Said>>,
    /// Tables that are built anew beside the old one: the new one's name and the old one's.
    rebuilt: Vec<(String, String)>,
}

impl<'s> Step<'s> {
    pub(super) fn read(script: &'s Script, dialect: Dialect) -> Self {
        let messages: Vec<Vec<Said>> = script.statements.iter().map(|sql| read(sql, dialect)).collect();
        let rebuilt = rebuilt(&messages);
        Self {
            script,
            dialect,
            messages,
            rebuilt,
        }
    }

    /// All that it says.
    pub(super) fn all(&self) -> impl Iterator<Item = &Said> {
        self.messages.iter().flatten()
    }

    /// Goes through the step. The world is as before the step at first, and as after it in the end.
    pub(super) fn walk(&self, world: &mut World, mut visit: impl FnMut(&At<'_>)) {
        let mut before: Vec<&Said> = Vec::new();
        let mut held: Vec<(String, Lock)> = Vec::new();
        let mut turns = 0;
        let mut is_begun = false;
        for (at, message) in self.messages.iter().enumerate() {
            if !self.script.in_transaction && !is_begun {
                before.clear();
                held.clear();
                turns = 0;
            }
            // One that ends transactions of its own can stand in no other.
            let ends_its_own = message.contains(&Said::BlockEnds);
            for said in message {
                if *said == Said::BlockEnds {
                    before.clear();
                    held.clear();
                    turns = 0;
                    continue;
                }
                let takes: Vec<(String, Lock)> = locks::of(said, world, self.dialect)
                    .into_iter()
                    .filter(|(table, _)| !world.is_new(table) && !is_made(said, table))
                    .collect();
                visit(&At {
                    step: self,
                    number: at + 1,
                    said,
                    world,
                    before: &before,
                    held: &held,
                    turns,
                    takes: &takes,
                    in_transaction: self.script.in_transaction || is_begun || (message.len() > 1 && !ends_its_own),
                    commits_as_it_goes: ends_its_own,
                });
                world.apply(said);
                if let Some((_, old)) = self.rebuild_ending_with(said) {
                    world.is_in_use(old);
                }
                let is_strong = |lock: Lock| lock >= Lock::ShareRowExclusive;
                let known = |table: &String| held.iter().any(|(on, lock)| on == table && is_strong(*lock));
                if takes.iter().any(|(table, lock)| is_strong(*lock) && !known(table)) {
                    turns += 1;
                }
                held.extend(takes);
                before.push(said);
                if let Said::Sql(statement) = said {
                    match **statement {
                        Statement::StartTransaction { .. } => is_begun = true,
                        Statement::Commit { .. } | Statement::Rollback { savepoint: None, .. } => {
                            is_begun = false;
                            before.clear();
                            held.clear();
                            turns = 0;
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    fn rebuild_ending_with(&self, said: &Said) -> Option<&(String, String)> {
        let (from, to) = renamed(said)?;
        self.rebuilt.iter().find(|(new, old)| *new == from && *old == to)
    }
}

/// Whether a statement makes that table.
fn is_made(said: &Said, table: &str) -> bool {
    matches!(said, Said::Sql(statement) if matches!(&**statement, Statement::CreateTable(create) if last(&create.name) == table))
}

fn renamed(said: &Said) -> Option<(String, String)> {
    let Said::Sql(statement) = said else { return None };
    let Statement::AlterTable(alter) = &**statement else {
        return None;
    };
    alter.operations.iter().find_map(|operation| match operation {
        AlterTableOperation::RenameTable {
            table_name: RenameTableNameKind::As(new) | RenameTableNameKind::To(new),
        } => Some((last(&alter.name), last(new))),
        _ => None,
    })
}

/// The way in which SQLite's manual changes a table: a new one, the rows copied, the old one dropped, the name taken over.
fn rebuilt(messages: &[Vec<Said>]) -> Vec<(String, String)> {
    let all: Vec<&Said> = messages.iter().flatten().collect();
    let position = |wanted: &dyn Fn(&Statement) -> bool| {
        all.iter()
            .position(|said| matches!(said, Said::Sql(statement) if wanted(statement)))
    };
    let mut found = Vec::new();
    for (at, said) in all.iter().enumerate() {
        let Some((new, old)) = renamed(said) else { continue };
        let made =
            position(&|statement| matches!(statement, Statement::CreateTable(create) if last(&create.name) == new));
        let gone = position(
            &|statement| matches!(statement, Statement::Drop { names, .. } if names.iter().any(|name| last(name) == old)),
        );
        if let (Some(made), Some(gone)) = (made, gone)
            && made < gone
            && gone < at
        {
            found.push((new, old));
        }
    }
    found
}

/// A column that gets another type.
pub(super) struct Retyped<'a> {
    pub(super) table: String,
    pub(super) column: String,
    pub(super) data_type: &'a DataType,
    /// What each value becomes, where that is said.
    pub(super) using: Option<&'a Expr>,
    /// The type that it has, where a step of this history says it.
    pub(super) old: Option<&'a ColumnType>,
}

/// A statement whose turn it is.
pub(super) struct At<'a> {
    pub(super) step: &'a Step<'a>,
    /// The number of its message in the step, from 1.
    pub(super) number: usize,
    pub(super) said: &'a Said,
    /// What was known before it.
    pub(super) world: &'a World,
    /// What was said before it in the same transaction.
    pub(super) before: &'a [&'a Said],
    /// The locks on tables in use that its transaction holds by now.
    pub(super) held: &'a [(String, Lock)],
    /// How many statements of it brought in a table whose writers have to wait for it.
    pub(super) turns: usize,
    /// Those that it takes.
    pub(super) takes: &'a [(String, Lock)],
    /// Whether other statements share its transaction, or may.
    pub(super) in_transaction: bool,
    /// Whether it stands in a block that ends transactions of its own.
    pub(super) commits_as_it_goes: bool,
}

impl<'a> At<'a> {
    /// What a rule finds here.
    pub(super) fn ask(&self, rule: &Rule) -> Vec<Finding> {
        let mut hits = Vec::new();
        (rule.check)(self, &mut hits);
        hits.into_iter().map(|hit| self.finding(rule, hit)).collect()
    }

    fn finding(&self, rule: &Rule, hit: Hit) -> Finding {
        let lock = hit.table.as_ref().and_then(|table| self.lock_on(table));
        Finding {
            code: rule.code,
            severity: rule.severity,
            step: self.step.script.step.clone(),
            statement: Some(self.number),
            beginning: beginning(self.sql()),
            table: hit.table,
            object: hit.object,
            lock,
            effect: hit.effect,
            message: hit.message.unwrap_or_else(|| rule.title.to_owned()),
            explanation: rule.why.to_owned(),
            safe: hit.safe,
            helper: hit.helper,
            page: page(rule.code),
            file: self.step.script.file.clone(),
            line: None,
        }
    }

    fn lock_on(&self, table: &str) -> Option<Lock> {
        if self.step.dialect == Dialect::Sqlite {
            return Some(Lock::WholeDatabase);
        }
        let taken = self.takes.iter().filter(|(on, _)| on == table);
        taken.map(|(_, lock)| *lock).max()
    }

    pub(super) fn is_postgres(&self) -> bool {
        is_postgres(self.step.dialect)
    }

    pub(super) fn is_sqlite(&self) -> bool {
        self.step.dialect == Dialect::Sqlite
    }

    /// The text of its message.
    pub(super) fn sql(&self) -> &'a str {
        &self.step.script.statements[self.number - 1]
    }

    /// The statement as the parser read it, which within a block is a part of its message.
    pub(super) fn said_text(&self) -> String {
        self.statement()
            .map_or_else(|| self.sql().to_owned(), ToString::to_string)
    }

    /// What the parser read.
    pub(super) fn statement(&self) -> Option<&'a Statement> {
        match self.said {
            Said::Sql(statement) => Some(statement),
            _ => None,
        }
    }

    /// The changes of a table that is in use, with its name.
    pub(super) fn altered(&self) -> Vec<(String, &'a AlterTableOperation)> {
        match self.statement() {
            Some(Statement::AlterTable(alter)) => {
                let table = last(&alter.name);
                if self.world.is_new(&table) {
                    return Vec::new();
                }
                alter
                    .operations
                    .iter()
                    .map(|operation| (table.clone(), operation))
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// The columns of tables in use that get another type.
    pub(super) fn retyped(&self) -> Vec<Retyped<'a>> {
        let all = self
            .altered()
            .into_iter()
            .filter_map(|(table, operation)| match operation {
                AlterTableOperation::AlterColumn {
                    column_name,
                    op: AlterColumnOperation::SetDataType { data_type, using, .. },
                } => {
                    let column = ident(column_name);
                    Some(Retyped {
                        old: self.world.column(&table, &column).map(|old| &old.kind),
                        using: using.as_ref(),
                        table,
                        column,
                        data_type,
                    })
                }
                _ => None,
            });
        all.collect()
    }

    /// The columns that are added to a table in use.
    pub(super) fn added(&self) -> Vec<(String, &'a ColumnDef)> {
        let altered = self.altered().into_iter();
        altered
            .filter_map(|(table, operation)| match operation {
                AlterTableOperation::AddColumn { column_def, .. } => Some((table, column_def)),
                _ => None,
            })
            .collect()
    }

    /// Every column that gets a type, on a new table or an old one.
    pub(super) fn typed(&self) -> Vec<(String, &'a ColumnDef, ColumnType)> {
        let (table, columns): (String, Vec<&ColumnDef>) = match self.statement() {
            Some(Statement::CreateTable(create)) => {
                let table = last(&create.name);
                // What is built in the place of a table has the table's columns.
                if self.step.rebuilt.iter().any(|(new, _)| *new == table) {
                    return Vec::new();
                }
                (table, create.columns.iter().collect())
            }
            Some(Statement::AlterTable(alter)) => {
                let added = alter.operations.iter().filter_map(|operation| match operation {
                    AlterTableOperation::AddColumn { column_def, .. } => Some(column_def),
                    _ => None,
                });
                (last(&alter.name), added.collect())
            }
            _ => return Vec::new(),
        };
        columns
            .into_iter()
            .map(|column| (table.clone(), column, ColumnType::of(&column.data_type)))
            .collect()
    }

    /// The rebuild that the statement is a part of: the table that is built, and the one whose place it takes.
    pub(super) fn rebuild(&self) -> Option<&'a (String, String)> {
        let step: &'a Step<'a> = self.step;
        let concerned: Vec<String> = match self.statement()? {
            Statement::CreateTable(create) => vec![last(&create.name)],
            Statement::Drop { names, .. } => names.iter().map(last).collect(),
            Statement::AlterTable(alter) => vec![last(&alter.name)],
            other => locks::written(other).into_iter().collect(),
        };
        let is_drop = matches!(self.statement(), Some(Statement::Drop { .. }));
        step.rebuilt
            .iter()
            .find(|(new, old)| concerned.iter().any(|table| table == new || (is_drop && table == old)))
    }

    /// The rebuild that ends here.
    pub(super) fn ended_rebuild(&self) -> Option<&'a (String, String)> {
        let step: &'a Step<'a> = self.step;
        step.rebuild_ending_with(self.said)
    }

    /// The table in use whose rows the statement writes.
    pub(super) fn written(&self) -> Option<String> {
        let table = locks::written(self.statement()?)?;
        let is_ours = table.starts_with("seawright_") || table == "sqlite_sequence" || table == "seaql_migrations";
        (!self.world.is_new(&table) && !is_ours && self.rebuild().is_none()).then_some(table)
    }

    /// The first function in a text that gives another value at every call.
    pub(super) fn volatile(&self, text: &str) -> Option<String> {
        super::words::volatile(text, grammar(self.step.dialect))
    }
}

/// The page of a rule.
pub(super) fn page(code: &str) -> String {
    format!("docs/lint/{code}.md")
}

/// How a statement begins.
pub(super) fn beginning(sql: &str) -> String {
    const LONGEST: usize = 120;
    let line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LONGEST {
        return line;
    }
    line.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// `ALTER TABLE "table" what`.
pub(super) fn alter(table: &str, what: &str) -> String {
    format!("ALTER TABLE {} {what}", quote(table))
}
