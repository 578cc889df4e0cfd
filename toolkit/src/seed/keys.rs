//! The unique keys of a table, and rows that have them already.

use std::collections::HashSet;

use sea_orm::{
    Condition, ConnectionTrait, Value,
    sea_query::{Alias, Expr, ExprTrait as _, Query, SelectStatement},
};

use super::{
    SeedError,
    error::Doing as _,
    factory::Known,
    row::{Row, Values, shown},
    value::is_free,
};
use crate::schema::{Comparison, DataType, Expression, IndexKey, Literal, Table};

/// Columns that no two rows may have alike.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) columns: Vec<usize>,
    /// The rows that it is for; all without one.
    filter: Option<Expression>,
}

pub(super) fn keys(table: &Table) -> Vec<Key> {
    let place = |name: &String| table.columns.iter().position(|column| column.name == *name);
    let mut keys = Vec::new();
    let mut add = |columns: Option<Vec<usize>>, filter: Option<Expression>| {
        if let Some(columns) = columns.filter(|columns| !columns.is_empty()) {
            keys.push(Key { columns, filter });
        }
    };
    add(table.key_columns().iter().map(place).collect(), None);
    for unique in &table.uniques {
        add(unique.columns.iter().map(place).collect(), None);
    }
    for index in table.indexes.iter().filter(|index| index.unique) {
        let columns = index.parts.iter().map(|part| match &part.key {
            IndexKey::Column(name) => place(name),
            // What an expression makes of two values only the database knows.
            IndexKey::Expression(_) => None,
        });
        add(columns.collect(), index.filter.clone());
    }
    keys
}

impl Key {
    /// Whether the key is for a row at all: one with NULL in it has no other like it.
    pub(super) fn holds(&self, table: &Table, row: &Row) -> bool {
        self.columns.iter().all(|column| row.has(*column))
            && self
                .filter
                .as_ref()
                .is_none_or(|filter| is_true(table, filter, &row.values) == Some(true))
    }

    pub(super) fn text(&self, values: &Values) -> String {
        let texts = self
            .columns
            .iter()
            .map(|column| values[*column].as_ref().map(shown).unwrap_or_default());
        texts.collect::<Vec<_>>().join("\u{1f}")
    }

    /// The error of two rows that have it alike.
    pub(super) fn taken(&self, table: &Table, row: &Row) -> SeedError {
        let names = self.columns.iter().map(|column| table.columns[*column].name.as_str());
        let values = self.columns.iter().map(|column| match &row.values[*column] {
            Some(value) => format!("`{}`", shown(value)),
            None => "NULL".to_owned(),
        });
        SeedError::Taken {
            table: table.name.clone(),
            columns: names.collect::<Vec<_>>().join(", "),
            values: values.collect::<Vec<_>>().join(", "),
            given: self.columns.iter().all(|column| !row.made_up[*column]),
        }
    }

    /// The column to change for another key: the factory's own, and no reference.
    pub(super) fn movable(&self, known: &Known, row: &Row) -> Option<usize> {
        let made_up = || {
            let columns = self.columns.iter().copied();
            columns.filter(|column| row.made_up[*column] && !known.is_reference(*column))
        };
        made_up()
            .find(|column| is_free(&known.table.columns[*column].data_type))
            .or_else(|| made_up().next())
    }

    fn is(&self, table: &Table, row: &Row) -> Condition {
        self.columns.iter().fold(Condition::all(), |all, column| {
            let own = &table.columns[*column];
            let value = row.values[*column].clone().unwrap_or(Value::String(None));
            all.add(match own.data_type {
                // What SeaORM has no value for goes as text.
                DataType::Uuid | DataType::Decimal(_) | DataType::Enum(_) | DataType::Custom(_) => {
                    Expr::col(Alias::new(&own.name)).cast_as("text").eq(shown(&value))
                }
                _ => Expr::col(Alias::new(&own.name)).eq(value),
            })
        })
    }

    fn find(table: &Table, condition: Condition) -> SelectStatement {
        Query::select()
            .expr(Expr::cust("1"))
            .from(Alias::new(&table.name))
            .cond_where(condition)
            .limit(1)
            .take()
    }

    /// Which of the rows have it like one that is in the database.
    pub(super) async fn in_database<C: ConnectionTrait>(
        &self,
        db: &C,
        table: &Table,
        rows: &[&Row],
    ) -> Result<HashSet<usize>, SeedError> {
        let doing = || format!("looking for rows of {}", table.name);
        let mut taken = HashSet::new();
        // A long list of alternatives is slow to plan.
        for (chunk, some) in rows.chunks(100).enumerate() {
            let any = some
                .iter()
                .fold(Condition::any(), |any, row| any.add(self.is(table, row)));
            if db.query_one(&Self::find(table, any)).await.doing(doing)?.is_none() {
                continue;
            }
            for (at, row) in some.iter().enumerate() {
                let this = Self::find(table, self.is(table, row));
                if db.query_one(&this).await.doing(doing)?.is_some() {
                    taken.insert(chunk * 100 + at);
                }
            }
        }
        Ok(taken)
    }
}

/// Whether an index's filter holds for a row; none where only the database knows.
fn is_true(table: &Table, expression: &Expression, values: &Values) -> Option<bool> {
    let value = |inner: &Expression| match inner {
        Expression::Column(name) => {
            let at = table.columns.iter().position(|column| column.name == *name)?;
            Some(values[at].as_ref().filter(|value| value.is_some()).map(shown))
        }
        Expression::Literal(Literal::Null) => Some(None),
        Expression::Literal(Literal::Text(text)) => Some(Some(text.clone())),
        Expression::Literal(other) => Some(Some(other.to_string())),
        _ => None,
    };
    match expression {
        Expression::And(parts) => {
            let parts: Option<Vec<bool>> = parts.iter().map(|part| is_true(table, part, values)).collect();
            Some(parts?.into_iter().all(|part| part))
        }
        Expression::Or(parts) => {
            let parts: Option<Vec<bool>> = parts.iter().map(|part| is_true(table, part, values)).collect();
            Some(parts?.into_iter().any(|part| part))
        }
        Expression::Not(inner) => is_true(table, inner, values).map(|inner| !inner),
        Expression::IsNull(inner) => Some(value(inner)?.is_none()),
        Expression::IsNotNull(inner) => Some(value(inner)?.is_some()),
        Expression::In(inner, list) => {
            let value = value(inner)?;
            let texts = list.iter().map(|literal| match literal {
                Literal::Text(text) => text.clone(),
                other => other.to_string(),
            });
            Some(value.is_some_and(|value| texts.into_iter().any(|text| text == value)))
        }
        Expression::Compare(left, Comparison::Eq, right) => Some(value(left)?? == value(right)??),
        Expression::Compare(left, Comparison::Ne, right) => Some(value(left)?? != value(right)??),
        Expression::Column(_) => Some(value(expression)?.as_deref() == Some("true")),
        _ => None,
    }
}
