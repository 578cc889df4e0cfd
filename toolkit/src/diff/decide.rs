//! What only a person can decide.

use std::fmt;

use serde::{Deserialize, Serialize};

mod flags;

pub use flags::DecisionError;

use super::{Fit, OnLoss, fit};
use crate::schema::{Column, Expression, Table};

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
    /// A column gets a type into which not every value may fit: what becomes of those that do not?
    Loss {
        /// The table.
        table: String,
        /// As it is.
        from: Column,
        /// As it will be.
        to: Column,
        /// What was found where a database was at hand: how many of how many rows, and the query that finds them.
        counted: Option<Counted>,
    },
    /// A moment gets a time zone, or loses it: which one is it?
    Zone {
        /// The table.
        table: String,
        /// As it is.
        from: Column,
        /// As it will be.
        to: Column,
    },
    /// A value of an enumeration type appears while others vanish: is it one of them under a new name?
    Value {
        /// The type.
        enumeration: String,
        /// The value that appears.
        appeared: String,
        /// The values that vanish.
        vanished: Vec<String>,
    },
}

/// Rows whose value does not fit, as a database has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// How many rows.
    pub unfit: i64,
    /// Of how many.
    pub rows: i64,
    /// The query that finds them.
    pub query: String,
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of {} {} {} not fit; {}",
            grouped(self.unfit),
            grouped(self.rows),
            if self.rows == 1 { "row" } else { "rows" },
            if self.unfit == 1 { "does" } else { "do" },
            self.query
        )
    }
}

/// A number with its thousands apart.
fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
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
            Self::Fill { table, column } => {
                vec![format!("--backfill {table}.{}=VALUE|expr:SQL|column:NAME", column.name)]
            }
            Self::Loss { table, from, to, .. } => answers(from, to)
                .iter()
                .map(|answer| format!("--on-loss {table}.{}={answer}", to.name))
                .collect(),
            Self::Zone { table, to, .. } => vec![format!("--zone {table}.{}=UTC", to.name)],
            Self::Value {
                enumeration,
                appeared,
                vanished,
            } => std::iter::once(format!("--create value:{enumeration}.{appeared}"))
                .chain(
                    vanished
                        .iter()
                        .map(|old| format!("--rename value:{enumeration}.{old}={appeared}")),
                )
                .collect(),
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
            Self::Loss {
                table,
                from,
                to,
                counted,
            } => {
                if fit(&from.data_type, &to.data_type) == Fit::Never {
                    write!(
                        f,
                        "no database converts {} to {}: what do the values of `{table}.{}` become?",
                        from.data_type, to.data_type, to.name
                    )
                } else {
                    write!(
                        f,
                        "`{table}.{}` becomes {} and was {}: what happens to values that do not fit?",
                        to.name, to.data_type, from.data_type
                    )
                }?;
                counted.as_ref().map_or(Ok(()), |counted| write!(f, " {counted}"))
            }
            Self::Zone { table, from, to } => write!(
                f,
                "`{table}.{}` becomes {} and was {}: in which time zone are the moments without one?",
                to.name, to.data_type, from.data_type
            ),
            Self::Value {
                enumeration,
                appeared,
                vanished,
            } => {
                let names: Vec<String> = vanished.iter().map(|value| format!("`{value}`")).collect();
                write!(
                    f,
                    "is the value `{appeared}` of the enum `{enumeration}` new, or is it {} under a new name?",
                    names.join(" or ")
                )
            }
        }
    }
}

/// What can be answered to a loss.
pub(crate) fn answers(from: &Column, to: &Column) -> Vec<&'static str> {
    match fit(&from.data_type, &to.data_type) {
        Fit::Always => Vec::new(),
        Fit::Never => vec!["map:SQL"],
        // A text that is no number has no part that would be one; whole numbers and array's elements have no end to cut.
        Fit::Reads | Fit::Range(..) => vec!["refuse", "map:SQL", "quarantine"],
        Fit::Length(_) | Fit::Digits(..) | Fit::RoundTrip | Fit::Cut => {
            vec!["refuse", "truncate", "map:SQL", "quarantine"]
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

    /// The time zone of moments that get one or lose it; `None` without an answer.
    fn zone(&mut self, table: &str, from: &Column, to: &Column) -> Option<String>;

    /// What becomes of values that do not fit; `None` without an answer. Where nobody is asked, the change is refused while
    /// there are any.
    fn loss(&mut self, _table: &str, _from: &Column, _to: &Column) -> Option<OnLoss> {
        Some(OnLoss::Refuse)
    }

    /// What rows get where nothing needs to be asked: in a new column with a default, or in the place of NULL.
    fn given(&mut self, _table: &str, _column: &Column) -> Option<Expression> {
        None
    }

    /// The old name of a value of an enumeration type; `Some(None)` when it is new, `None` without an answer.
    fn value(&mut self, _enumeration: &str, _appeared: &str, _vanished: &[String]) -> Option<Option<String>> {
        Some(None)
    }

    /// Renames in which a name is both old and new, so that nothing seems to vanish: tables, and columns by their table.
    fn handed_on(&self) -> Decisions {
        Decisions::default()
    }
}

/// A diff stopped at questions that nobody answered.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{} to be decided:\n{}{}", count(.0.len()), list(.0), none_is_a_rename(.0))]
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
        .map(|question| format!("  {question}\n    {}", shown(&question.flags()).join("\n    ")))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The likeliest answers come first; a person needs no list of all that is possible.
fn shown(flags: &[String]) -> Vec<String> {
    const SHOWN: usize = 5;
    let mut shown: Vec<String> = flags.iter().take(SHOWN).cloned().collect();
    if flags.len() > SHOWN {
        shown.push(format!("… or another of {} old names", flags.len() - 1));
    }
    shown
}

fn none_is_a_rename(questions: &[Question]) -> &'static str {
    let is_rename = |question: &&Question| {
        matches!(
            question,
            Question::Table { .. } | Question::Column { .. } | Question::Value { .. }
        )
    };
    if questions.iter().filter(is_rename).count() > 1 {
        "\n  none of them is a rename: --no-renames"
    } else {
        ""
    }
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
    /// What becomes of values that do not fit: table, column, answer. `*` in both places stands for all others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<(String, String, OnLoss)>,
    /// The time zone of moments that get one or lose it: table, column, zone. `*` in both places stands for all others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<(String, String, String)>,
    /// Renamed values of enumeration types: type, old name, new name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renamed_values: Vec<(String, String, String)>,
    /// Whether all that is not decided otherwise is new. Which names that were is kept in `created`.
    #[serde(skip)]
    pub no_renames: bool,
}

impl Questioner for Decisions {
    fn table(&mut self, appeared: &Table, vanished: &[&Table]) -> Option<Option<String>> {
        if let Some((old, _)) = self.renamed_tables.iter().find(|(_, new)| *new == appeared.name) {
            return vanished
                .iter()
                .any(|table| table.name == *old)
                .then(|| Some(old.clone()));
        }
        (self.no_renames || self.created.contains(&appeared.name)).then_some(None)
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
        (self.no_renames || self.created.contains(&format!("{table}.{}", appeared.name))).then_some(None)
    }

    fn fill(&mut self, table: &str, column: &Column) -> Option<Expression> {
        self.fill_of(table, &column.name)
    }

    fn zone(&mut self, table: &str, _: &Column, to: &Column) -> Option<String> {
        let own = |(of, name, _): &&(String, String, String)| of == table && *name == to.name;
        let given = self.zones.iter().find(own);
        let given = given.or_else(|| self.zones.iter().find(|(of, ..)| of == "*"));
        given.map(|(.., zone)| zone.clone())
    }

    fn loss(&mut self, table: &str, from: &Column, to: &Column) -> Option<OnLoss> {
        Some(self.loss_of(table, from, to).unwrap_or_default())
    }

    fn given(&mut self, table: &str, column: &Column) -> Option<Expression> {
        self.fill_of(table, &column.name)
    }

    fn value(&mut self, enumeration: &str, appeared: &str, vanished: &[String]) -> Option<Option<String>> {
        let renamed = self
            .renamed_values
            .iter()
            .find(|(of, _, new)| of == enumeration && new == appeared);
        if let Some((_, old, _)) = renamed {
            return vanished.contains(old).then(|| Some(old.clone()));
        }
        (self.no_renames || self.created.contains(&format!("value:{enumeration}.{appeared}"))).then_some(None)
    }

    fn handed_on(&self) -> Decisions {
        let columns = |table: &str| -> Vec<&(String, String, String)> {
            self.renamed_columns.iter().filter(|(of, ..)| of == table).collect()
        };
        Decisions {
            renamed_tables: self
                .renamed_tables
                .iter()
                .filter(|(old, new)| self.renamed_tables.iter().any(|(other, to)| other == new || to == old))
                .cloned()
                .collect(),
            renamed_columns: self
                .renamed_columns
                .iter()
                .filter(|(table, old, new)| columns(table).iter().any(|(_, other, to)| other == new || to == old))
                .cloned()
                .collect(),
            ..Decisions::default()
        }
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
        decisions.add_loss("users.name=map:left(name, 5)").unwrap();
        decisions.add_loss("*=refuse").unwrap();
        decisions.add_zone("users.seen=Europe/Berlin").unwrap();
        decisions.add_rename("value:mood.sad=unhappy").unwrap();
        assert_eq!(
            decisions.renamed_columns,
            [("logs".into(), "script_name".into(), "event_name".into())]
        );
        assert_eq!(decisions.fills[0].2, Expression::text("18"));
        assert_eq!(decisions.losses[0].2, OnLoss::Map("left(name, 5)".into()));
        assert_eq!(decisions.zones[0].2, "Europe/Berlin");
        for wrong in [
            "users.name",
            "users.name=cut",
            "name=refuse",
            "users.name=map:",
            "*=map:1",
        ] {
            assert_eq!(decisions.add_loss(wrong), Err(DecisionError::Loss(wrong.into())));
        }
        for wrong in [
            "users.seen",
            "users.seen=",
            "users.seen=UTC'; DROP TABLE users",
            "seen=UTC",
        ] {
            assert_eq!(decisions.add_zone(wrong), Err(DecisionError::Zone(wrong.into())));
        }
        for wrong in ["logs=logs2", "index:a=b", "table:=b", "column:name=b"] {
            assert_eq!(decisions.add_rename(wrong), Err(DecisionError::Rename(wrong.into())));
        }
    }
}
