//! Answers as flags give them: read, and held against what is asked.

use super::{Decisions, answers};
use crate::{
    diff::{OnLoss, needs_zone, typed::typed},
    schema::{Column, Expression, Literal, Schema},
};

/// A flag that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecisionError {
    /// A rename in another form.
    #[error("`--rename {0}` is not of the form `table:OLD=NEW`, `column:TABLE.OLD=NEW` or `value:ENUM.OLD=NEW`")]
    Rename(String),
    /// A backfill in another form.
    #[error(
        "`--backfill {0}` is not of the form `TABLE.COLUMN=VALUE`, `TABLE.COLUMN=expr:SQL` or `TABLE.COLUMN=column:NAME`"
    )]
    Fill(String),
    /// A backfill that is no value of its column.
    #[error("`--backfill {0}`: {1}")]
    Value(String, String),
    /// An answer to a loss in another form.
    #[error(
        "`--on-loss {0}` is not of the form `TABLE.COLUMN=refuse`, `=truncate`, `=quarantine` or `=map:SQL`; `*=refuse` answers for all"
    )]
    Loss(String),
    /// A time zone in another form.
    #[error(
        "`--zone {0}` is not of the form `TABLE.COLUMN=ZONE` or `*=ZONE` for all, where the zone is `UTC`, `+02:00` or a name such as `Europe/Berlin`"
    )]
    Zone(String),
    /// An answer to a question that the schemas do not ask.
    #[error("`{0}` answers nothing: {1}")]
    Unused(String, String),
}

impl Decisions {
    /// Reads the value of a `--rename` flag.
    ///
    /// # Errors
    /// [`DecisionError::Rename`] where it has no such form.
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
            "value" => {
                let (enumeration, old) = old.split_once('.').ok_or_else(wrong)?;
                let new = new.strip_prefix(&format!("{enumeration}.")).unwrap_or(new);
                self.renamed_values
                    .push((enumeration.to_owned(), old.to_owned(), new.to_owned()));
            }
            _ => return Err(wrong()),
        }
        Ok(())
    }

    /// Reads the value of a `--backfill` flag. It is text until [`check`](Self::check) reads it as its column's type.
    ///
    /// # Errors
    /// [`DecisionError::Fill`] where it is of another form.
    pub fn add_fill(&mut self, flag: &str) -> Result<(), DecisionError> {
        let (table, column, value) = placed(flag).ok_or_else(|| DecisionError::Fill(flag.to_owned()))?;
        self.fills.push((table, column, Expression::text(value)));
        Ok(())
    }

    /// Reads the value of an `--on-loss` flag.
    ///
    /// # Errors
    /// [`DecisionError::Loss`] where it is of another form.
    pub fn add_loss(&mut self, flag: &str) -> Result<(), DecisionError> {
        let wrong = || DecisionError::Loss(flag.to_owned());
        let (table, column, answer) = match flag.strip_prefix("*=") {
            Some(answer) => ("*".to_owned(), "*".to_owned(), answer.to_owned()),
            None => placed(flag).ok_or_else(wrong)?,
        };
        let answer = OnLoss::read(&answer).ok_or_else(wrong)?;
        if table == "*" && matches!(answer, OnLoss::Map(_)) {
            return Err(wrong());
        }
        self.losses.push((table, column, answer));
        Ok(())
    }

    /// Reads the value of a `--zone` flag.
    ///
    /// # Errors
    /// [`DecisionError::Zone`] where it is of another form.
    pub fn add_zone(&mut self, flag: &str) -> Result<(), DecisionError> {
        let wrong = || DecisionError::Zone(flag.to_owned());
        let (table, column, zone) = match flag.strip_prefix("*=") {
            Some(zone) => ("*".to_owned(), "*".to_owned(), zone.to_owned()),
            None => placed(flag).ok_or_else(wrong)?,
        };
        let is_zone = zone
            .chars()
            .next()
            .is_some_and(|sign| sign.is_ascii_alphabetic() || "+-".contains(sign))
            && zone
                .chars()
                .all(|sign| sign.is_ascii_alphanumeric() || "+-:_/".contains(sign));
        if !is_zone {
            return Err(wrong());
        }
        self.zones.push((table, column, zone));
        Ok(())
    }

    /// The old name of a column, by its table's new one.
    pub(super) fn old_column<'d>(&'d self, table: &str, column: &'d str) -> &'d str {
        let renamed = self
            .renamed_columns
            .iter()
            .find(|(of, _, new)| of == table && new == column);
        renamed.map_or(column, |(_, old, _)| old)
    }

    pub(super) fn old_table<'d>(&'d self, table: &'d str) -> &'d str {
        let renamed = self.renamed_tables.iter().find(|(_, new)| new == table);
        renamed.map_or(table, |(old, _)| old)
    }

    /// A column as it was and as it will be.
    pub(super) fn both<'s>(
        &self,
        from: &'s Schema,
        to: &'s Schema,
        table: &str,
        column: &str,
    ) -> Option<(&'s Column, &'s Column)> {
        let after = to.table(table)?.column(column)?;
        let before = from
            .table(self.old_table(table))?
            .column(self.old_column(table, column))?;
        Some((before, after))
    }

    /// Checks that every answer concerns something that is asked, and reads backfills as values of their columns: a slip
    /// of the pen in a flag must not silently become "drop and add".
    ///
    /// # Errors
    /// [`DecisionError::Unused`] with the first answer that concerns nothing, [`DecisionError::Value`] with a backfill that
    /// is no value.
    pub fn check(&mut self, from: &Schema, to: &Schema) -> Result<(), DecisionError> {
        self.check_renames(from, to)?;
        self.check_created(from, to)?;
        self.check_fills(from, to)?;
        let unused = |flag: String, why: String| Err(DecisionError::Unused(flag, why));
        for (table, column, answer) in &self.losses {
            if table == "*" {
                continue;
            }
            let flag = format!("--on-loss {table}.{column}={answer}");
            let Some((before, after)) = self.both(from, to, table, column) else {
                return unused(
                    flag,
                    format!("there is no column `{table}.{column}` that was there before"),
                );
            };
            let possible = answers(before, after);
            if possible.is_empty() {
                return unused(
                    flag,
                    format!("every value of {} fits into {}", before.data_type, after.data_type),
                );
            }
            let word = answer.to_string();
            let is_possible = |possible: &&str| possible.split(':').next() == word.split(':').next();
            if !possible.iter().any(is_possible) {
                return unused(flag, format!("it can be answered by {}", possible.join(", ")));
            }
        }
        for (table, column, zone) in self.zones.iter().filter(|(table, ..)| table != "*") {
            let flag = format!("--zone {table}.{column}={zone}");
            let Some((before, after)) = self.both(from, to, table, column) else {
                return unused(
                    flag,
                    format!("there is no column `{table}.{column}` that was there before"),
                );
            };
            if !needs_zone(&before.data_type, &after.data_type) {
                return unused(
                    flag,
                    format!("from {} to {} no zone is asked for", before.data_type, after.data_type),
                );
            }
        }
        for (enumeration, old, new) in &self.renamed_values {
            let flag = format!("--rename value:{enumeration}.{old}={new}");
            let has = |schema: &Schema, value: &String| {
                let own = schema.enums.iter().find(|own| own.name == *enumeration);
                own.is_some_and(|own| own.values.contains(value))
            };
            if !has(from, old) {
                return unused(flag, format!("the enum `{enumeration}` had no value `{old}`"));
            }
            if !has(to, new) {
                return unused(flag, format!("the enum `{enumeration}` has no value `{new}`"));
            }
            if has(to, old) || has(from, new) {
                return unused(flag, "both values are there before or after".to_owned());
            }
        }
        Ok(())
    }

    pub(super) fn check_renames(&self, from: &Schema, to: &Schema) -> Result<(), DecisionError> {
        let unused = |flag: String, why: String| Err(DecisionError::Unused(flag, why));
        let missing = |schema: &Schema, table: &str| schema.table(table).is_none();
        for (old, new) in &self.renamed_tables {
            let flag = format!("--rename table:{old}={new}");
            if missing(from, old) {
                return unused(flag, format!("there was no table `{old}`"));
            }
            if missing(to, new) {
                return unused(flag, format!("there is no table `{new}`"));
            }
            // The old name may be another table's new one.
            if !missing(to, old) && !self.renamed_tables.iter().any(|(_, other)| other == old) {
                return unused(flag, format!("the table `{old}` is still there"));
            }
            if !missing(from, new) && !self.renamed_tables.iter().any(|(other, _)| other == new) {
                return unused(
                    flag,
                    format!("there was a table `{new}` already, and it is not renamed"),
                );
            }
        }
        for (table, old, new) in &self.renamed_columns {
            let flag = format!("--rename column:{table}.{old}={new}");
            let before = from.table(self.old_table(table));
            if before.is_none_or(|before| before.column(old).is_none()) {
                return unused(flag, format!("there was no column `{table}.{old}`"));
            }
            if to.table(table).is_none_or(|after| after.column(new).is_none()) {
                return unused(flag, format!("there is no column `{table}.{new}`"));
            }
            let own = || self.renamed_columns.iter().filter(|(of, ..)| of == table);
            if to.table(table).is_some_and(|after| after.column(old).is_some())
                && !own().any(|(_, _, other)| other == old)
            {
                return unused(flag, format!("the column `{table}.{old}` is still there"));
            }
            if before.is_some_and(|before| before.column(new).is_some()) && !own().any(|(_, other, _)| other == new) {
                return unused(
                    flag,
                    format!("there was a column `{table}.{new}` already, and it is not renamed"),
                );
            }
        }
        Ok(())
    }

    pub(super) fn check_created(&self, from: &Schema, to: &Schema) -> Result<(), DecisionError> {
        for name in &self.created {
            let is_new =
                if let Some((enumeration, value)) = name.strip_prefix("value:").and_then(|name| name.split_once('.')) {
                    let has = |schema: &Schema| {
                        let own = schema.enums.iter().find(|own| own.name == enumeration);
                        own.is_some_and(|own| own.values.iter().any(|other| other == value))
                    };
                    has(to) && !has(from)
                } else {
                    match name.rsplit_once('.') {
                        None => to.table(name).is_some() && from.table(name).is_none(),
                        Some((table, column)) => {
                            let has = |schema: &Schema, table: &str| {
                                schema.table(table).is_some_and(|table| table.column(column).is_some())
                            };
                            has(to, table) && !has(from, self.old_table(table))
                        }
                    }
                };
            if !is_new {
                return Err(DecisionError::Unused(
                    format!("--create {name}"),
                    "nothing of that name appears".to_owned(),
                ));
            }
        }
        Ok(())
    }

    pub(super) fn check_fills(&mut self, from: &Schema, to: &Schema) -> Result<(), DecisionError> {
        let mut read = Vec::new();
        for (table, column, value) in &self.fills {
            let shown = match value {
                Expression::Literal(Literal::Text(text)) => text.clone(),
                other => other.to_string(),
            };
            let flag = format!("{table}.{column}={shown}");
            let unused = |why: String| DecisionError::Unused(format!("--backfill {flag}"), why);
            let Some(after) = to.table(table).and_then(|table| table.column(column)) else {
                return Err(unused(format!("there is no column `{table}.{column}`")));
            };
            let Some(was) = from.table(self.old_table(table)) else {
                return Err(unused(format!("the table `{table}` is new and has no rows")));
            };
            if after.generated.is_some() || after.auto_increment.is_on() {
                return Err(unused(format!("the database gives `{table}.{column}` its values")));
            }
            if let Some(before) = was.column(self.old_column(table, column))
                && (!before.nullable || after.nullable)
            {
                return Err(unused(format!(
                    "`{table}.{column}` is there already, and no row that has NULL has to lose it"
                )));
            }
            let value = match value {
                Expression::Literal(Literal::Text(text)) => {
                    typed(text, &after.data_type, &to.enums).map_err(|why| DecisionError::Value(flag.clone(), why))?
                }
                other => other.clone(),
            };
            if let Expression::Column(other) = &value {
                let is_there = |column: &str| column == other;
                let kept = to
                    .table(table)
                    .is_some_and(|own| own.columns.iter().any(|own| is_there(&own.name)));
                if !kept && was.column(other).is_none() || other == column {
                    return Err(DecisionError::Value(
                        flag,
                        format!("`{table}` has no other column `{other}`"),
                    ));
                }
            }
            read.push((table.clone(), column.clone(), value));
        }
        self.fills = read;
        Ok(())
    }

    /// What was given for a column's rows.
    pub(super) fn fill_of(&self, table: &str, column: &str) -> Option<Expression> {
        let given = self.fills.iter().find(|(of, name, _)| of == table && name == column);
        given.map(|(.., value)| value.clone())
    }

    /// What was answered to a loss.
    pub(crate) fn loss_of(&self, table: &str, from: &Column, to: &Column) -> Option<OnLoss> {
        let own = self.losses.iter().find(|(of, name, _)| of == table && *name == to.name);
        let all = || self.losses.iter().find(|(of, ..)| of == "*");
        let word = |answer: &OnLoss| answer.to_string();
        let fits = |answer: &OnLoss| {
            let (word, possible) = (word(answer), answers(from, to));
            possible
                .iter()
                .any(|possible| possible.split(':').next() == word.split(':').next())
        };
        let all = all().map(|(.., answer)| answer).filter(|answer| fits(answer));
        own.map(|(.., answer)| answer).or(all).cloned()
    }
}

/// `TABLE.COLUMN=VALUE`; a table's name may hold points.
fn placed(flag: &str) -> Option<(String, String, String)> {
    let (place, value) = flag.split_once('=')?;
    let (table, column) = place.rsplit_once('.')?;
    (!table.is_empty() && !column.is_empty()).then(|| (table.to_owned(), column.to_owned(), value.to_owned()))
}
