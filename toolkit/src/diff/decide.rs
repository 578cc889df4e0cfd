//! What only a person can decide.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::schema::{Column, Expression, Literal, Table};

/// An open question of a diff.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// A table appears while others vanish: is it one of them under a new name?
    Table {
        /// The table that appears.
        appeared: Table,
        /// The tables that vanish, the most similar first.
        vanished: Vec<Table>,
    },
    /// A column appears in a table in which others vanish: is it one of them under a new name?
    Column {
        /// The table.
        table: String,
        /// The column that appears.
        appeared: Column,
        /// The columns that vanish, the most similar first.
        vanished: Vec<Column>,
    },
    /// A column that may not be NULL and has no default is added: what do the rows get that are there?
    Fill {
        /// The table.
        table: String,
        /// The column.
        column: Column,
    },
}

impl Question {
    /// The flags that would answer it, each on its own.
    pub fn flags(&self) -> Vec<String> {
        match self {
            Self::Table { appeared, vanished } => std::iter::once(format!("--create {}", appeared.name))
                .chain(
                    vanished
                        .iter()
                        .map(|old| format!("--rename table:{}={}", old.name, appeared.name)),
                )
                .collect(),
            Self::Column {
                table,
                appeared,
                vanished,
            } => std::iter::once(format!("--create {table}.{}", appeared.name))
                .chain(
                    vanished
                        .iter()
                        .map(|old| format!("--rename column:{table}.{}={}", old.name, appeared.name)),
                )
                .collect(),
            Self::Fill { table, column } => vec![format!("--fill {table}.{}=VALUE", column.name)],
        }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table { appeared, vanished } => {
                let names: Vec<String> = vanished.iter().map(|table| format!("`{}`", table.name)).collect();
                write!(
                    f,
                    "is the table `{}` new, or is it {} under a new name?",
                    appeared.name,
                    names.join(" or ")
                )
            }
            Self::Column {
                table,
                appeared,
                vanished,
            } => {
                let names: Vec<String> = vanished.iter().map(|column| format!("`{}`", column.name)).collect();
                write!(
                    f,
                    "is the column `{table}.{}` new, or is it {} under a new name?",
                    appeared.name,
                    names.join(" or ")
                )
            }
            Self::Fill { table, column } => write!(
                f,
                "what do the rows of `{table}` get in the new column `{}`, which may not be NULL and has no default?",
                column.name
            ),
        }
    }
}

/// Answers the questions of a diff: flags, a prompt, a file or a test.
pub trait Questioner {
    /// The old name of a table that appears; `Some(None)` when it is new, `None` without an answer.
    fn table(&mut self, appeared: &Table, vanished: &[&Table]) -> Option<Option<String>>;

    /// The old name of a column that appears; `Some(None)` when it is new, `None` without an answer.
    fn column(&mut self, table: &str, appeared: &Column, vanished: &[&Column]) -> Option<Option<String>>;

    /// What rows that are there get in a new column that needs a value; `None` without an answer.
    fn fill(&mut self, table: &str, column: &Column) -> Option<Expression>;
}

/// A diff stopped at questions that nobody answered.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{} to be decided:\n{}", count(.0.len()), list(.0))]
pub struct Undecided(pub Vec<Question>);

fn count(questions: usize) -> String {
    if questions == 1 {
        "1 question is".to_owned()
    } else {
        format!("{questions} questions are")
    }
}

fn list(questions: &[Question]) -> String {
    questions
        .iter()
        .map(|question| format!("  {question}\n    {}", question.flags().join("\n    ")))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Answers given beforehand, by flags or by the lock file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Decisions {
    /// Renamed tables: old name, new name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renamed_tables: Vec<(String, String)>,
    /// Renamed columns: table (by its new name), old name, new name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renamed_columns: Vec<(String, String, String)>,
    /// What is new: `table` or `table.column`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub created: Vec<String>,
    /// What rows that are there get: table, column, value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fills: Vec<(String, String, Expression)>,
}

/// A flag that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecisionError {
    /// A rename in another form.
    #[error("`--rename {0}` is not of the form `table:OLD=NEW` or `column:TABLE.OLD=NEW`")]
    Rename(String),
    /// A fill in another form.
    #[error("`--fill {0}` is not of the form `TABLE.COLUMN=VALUE`")]
    Fill(String),
    /// An answer to a question that the schemas do not ask.
    #[error("`{0}` answers nothing: {1}")]
    Unused(String, String),
}

impl Decisions {
    /// Reads the value of a `--rename` flag.
    ///
    /// # Errors
    /// [`DecisionError::Rename`] where it has neither form.
    pub fn add_rename(&mut self, flag: &str) -> Result<(), DecisionError> {
        let wrong = || DecisionError::Rename(flag.to_owned());
        let (kind, names) = flag.split_once(':').ok_or_else(wrong)?;
        let (old, new) = names
            .split_once('=')
            .filter(|(old, new)| !old.is_empty() && !new.is_empty())
            .ok_or_else(wrong)?;
        match kind {
            "table" => self.renamed_tables.push((old.to_owned(), new.to_owned())),
            "column" => {
                let (table, old) = old.rsplit_once('.').ok_or_else(wrong)?;
                // `column:logs.a=logs.b` is what some type; the table may stand on both sides.
                let new = new.strip_prefix(&format!("{table}.")).unwrap_or(new);
                self.renamed_columns
                    .push((table.to_owned(), old.to_owned(), new.to_owned()));
            }
            _ => return Err(wrong()),
        }
        Ok(())
    }

    /// Reads the value of a `--fill` flag: `true`, `false` and numbers are themselves, everything else is text.
    ///
    /// # Errors
    /// [`DecisionError::Fill`] where it is of another form.
    pub fn add_fill(&mut self, flag: &str) -> Result<(), DecisionError> {
        let wrong = || DecisionError::Fill(flag.to_owned());
        let (place, value) = flag.split_once('=').ok_or_else(wrong)?;
        let (table, column) = place.rsplit_once('.').ok_or_else(wrong)?;
        let literal = match value {
            "true" => Literal::Bool(true),
            "false" => Literal::Bool(false),
            _ => value
                .parse()
                .map_or_else(|_| Literal::Text(value.to_owned()), Literal::Int),
        };
        self.fills
            .push((table.to_owned(), column.to_owned(), Expression::Literal(literal)));
        Ok(())
    }

    /// Checks that every answer concerns something that really appears or vanishes: a slip of the pen in a flag must
    /// not silently become "drop and add".
    ///
    /// # Errors
    /// [`DecisionError::Unused`] with the first answer that concerns nothing.
    pub fn check(&self, from: &crate::schema::Schema, to: &crate::schema::Schema) -> Result<(), DecisionError> {
        let unused = |flag: String, why: String| Err(DecisionError::Unused(flag, why));
        let missing = |schema: &crate::schema::Schema, table: &str| schema.table(table).is_none();
        for (old, new) in &self.renamed_tables {
            let flag = format!("--rename table:{old}={new}");
            if missing(from, old) {
                return unused(flag, format!("there was no table `{old}`"));
            }
            if missing(to, new) {
                return unused(flag, format!("there is no table `{new}`"));
            }
            if !missing(to, old) {
                return unused(flag, format!("the table `{old}` is still there"));
            }
        }
        let old_name = |table: &str| {
            self.renamed_tables
                .iter()
                .find(|(_, new)| new == table)
                .map_or_else(|| table.to_owned(), |(old, _)| old.clone())
        };
        for (table, old, new) in &self.renamed_columns {
            let flag = format!("--rename column:{table}.{old}={new}");
            if from
                .table(&old_name(table))
                .is_none_or(|before| before.column(old).is_none())
            {
                return unused(flag, format!("there was no column `{table}.{old}`"));
            }
            if to.table(table).is_none_or(|after| after.column(new).is_none()) {
                return unused(flag, format!("there is no column `{table}.{new}`"));
            }
            if to.table(table).is_some_and(|after| after.column(old).is_some()) {
                return unused(flag, format!("the column `{table}.{old}` is still there"));
            }
        }
        for name in &self.created {
            let is_there = match name.rsplit_once('.') {
                None => !missing(to, name),
                Some((table, column)) => to.table(table).is_some_and(|table| table.column(column).is_some()),
            };
            if !is_there {
                return unused(format!("--create {name}"), "nothing of that name appears".to_owned());
            }
        }
        Ok(())
    }
}

impl Questioner for Decisions {
    fn table(&mut self, appeared: &Table, vanished: &[&Table]) -> Option<Option<String>> {
        if let Some((old, _)) = self.renamed_tables.iter().find(|(_, new)| *new == appeared.name) {
            return vanished
                .iter()
                .any(|table| table.name == *old)
                .then(|| Some(old.clone()));
        }
        self.created.contains(&appeared.name).then_some(None)
    }

    fn column(&mut self, table: &str, appeared: &Column, vanished: &[&Column]) -> Option<Option<String>> {
        let renamed = self
            .renamed_columns
            .iter()
            .find(|(of, _, new)| of == table && *new == appeared.name);
        if let Some((_, old, _)) = renamed {
            return vanished
                .iter()
                .any(|column| column.name == *old)
                .then(|| Some(old.clone()));
        }
        self.created
            .contains(&format!("{table}.{}", appeared.name))
            .then_some(None)
    }

    fn fill(&mut self, table: &str, column: &Column) -> Option<Expression> {
        self.fills
            .iter()
            .find(|(of, name, _)| of == table && *name == column.name)
            .map(|(.., value)| value.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_or_refused() {
        let mut decisions = Decisions::default();
        decisions
            .add_rename("table:conditional_events=conditional_actions")
            .unwrap();
        decisions.add_rename("column:logs.script_name=event_name").unwrap();
        decisions.add_fill("users.age=18").unwrap();
        assert_eq!(
            decisions.renamed_columns,
            [("logs".into(), "script_name".into(), "event_name".into())]
        );
        assert_eq!(decisions.fills[0].2, Expression::Literal(Literal::Int(18)));
        for wrong in ["logs=logs2", "index:a=b", "table:=b", "column:name=b"] {
            assert_eq!(decisions.add_rename(wrong), Err(DecisionError::Rename(wrong.into())));
        }
    }
}
