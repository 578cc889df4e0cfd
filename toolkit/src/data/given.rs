//! Rows built in Rust, as statements take them by the thousand.

use sea_orm::{
    ActiveModelTrait, ActiveValue, DbErr, EntityTrait, IdenStatic as _, Iterable as _, ModelTrait as _, Value,
};

use super::{
    DataError,
    keys::KeySql,
    rows::Shape,
    values::{array_literal, text_of},
};
use crate::ddl::quote;

/// Rows that give values to the same columns.
pub(super) struct Alike<E: EntityTrait> {
    pub(super) columns: Vec<E::Column>,
    pub(super) rows: Vec<Vec<Value>>,
}

/// Puts the rows together that give values to the same columns: a column that one row leaves out would get NULL in it
/// instead of its default or what it has.
pub(super) fn alike<A: ActiveModelTrait>(models: impl IntoIterator<Item = A>) -> Vec<Alike<A::Entity>> {
    let all: Vec<<A::Entity as EntityTrait>::Column> = <A::Entity as EntityTrait>::Column::iter().collect();
    let keys: Vec<String> = KeySql::<A::Entity>::columns()
        .map(|column| column.as_str().to_owned())
        .collect();
    let mut groups: Vec<(Vec<bool>, Alike<A::Entity>)> = Vec::new();
    for model in models {
        let values: Vec<ActiveValue<Value>> = all.iter().map(|column| model.get(*column)).collect();
        let given: Vec<bool> = all
            .iter()
            .zip(&values)
            .map(|(column, value)| {
                value.is_set() || (value.is_unchanged() && keys.iter().any(|key| key == column.as_str()))
            })
            .collect();
        let row: Vec<Value> = values
            .into_iter()
            .zip(&given)
            .filter(|(_, given)| **given)
            .filter_map(|(value, _)| value.into_value())
            .collect();
        if let Some((_, group)) = groups.iter_mut().find(|(own, _)| *own == given) {
            group.rows.push(row);
        } else {
            let columns = all
                .iter()
                .zip(&given)
                .filter(|(_, given)| **given)
                .map(|(column, _)| *column)
                .collect();
            groups.push((
                given,
                Alike {
                    columns,
                    rows: vec![row],
                },
            ));
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

pub(super) fn key_of<E: EntityTrait>(row: &E::Model) -> Vec<Value> {
    KeySql::<E>::columns().map(|column| row.get(column)).collect()
}

/// The primary keys of rows that give one.
pub(super) fn keys_of<E: EntityTrait>(alike: &Alike<E>) -> Result<Vec<Vec<Value>>, DataError> {
    let mut places = Vec::new();
    for key in KeySql::<E>::columns() {
        let place = alike.columns.iter().position(|column| column.as_str() == key.as_str());
        places.push(place.ok_or_else(|| {
            DataError::Failed(format!(
                "a row for `{}` does not say its `{}`; set it, or insert with `insert_returning`",
                E::default().table_name(),
                key.as_str()
            ))
        })?);
    }
    Ok(alike
        .rows
        .iter()
        .map(|row| places.iter().filter_map(|place| row.get(*place).cloned()).collect())
        .collect())
}

pub(super) fn names<C: sea_orm::ColumnTrait>(columns: &[C]) -> String {
    let names: Vec<String> = columns.iter().map(|column| quote(column.as_str())).collect();
    names.join(", ")
}

/// PostgreSQL: the rows as a table, by an array a column.
pub(super) fn unnested<E: EntityTrait>(shape: &Shape, alike: &Alike<E>) -> Result<(String, Vec<Value>), DataError> {
    let (mut arrays, mut values) = (Vec::new(), Vec::new());
    for (at, column) in alike.columns.iter().enumerate() {
        let kind = shape
            .type_of(column.as_str())
            .ok_or_else(|| DataError::Failed(format!("`{}` has no column `{}`", shape.table, column.as_str())))?;
        arrays.push(format!("CAST(CAST(${} AS text) AS {kind}[])", at + 1));
        let literal = array_literal(alike.rows.iter().map(|row| row.get(at).and_then(text_of)));
        values.push(Value::String(Some(literal)));
    }
    Ok((format!("UNNEST({})", arrays.join(", ")), values))
}

/// SQLite: that a row's key is in the list of keys that the statement's next parameter holds.
pub(super) fn among(shape: &Shape) -> String {
    let table = quote(&shape.table);
    let own: Vec<String> = shape
        .key
        .iter()
        .map(|column| format!("{table}.{}", quote(column)))
        .collect();
    let parts: Vec<String> = (0..shape.key.len())
        .map(|at| format!("json_extract(value, '$[{at}]')"))
        .collect();
    format!(
        "({}) IN (SELECT {} FROM json_each(?))",
        own.join(", "),
        parts.join(", ")
    )
}

/// SQLite: keys as JSON.
pub(super) fn key_list(keys: &[Vec<Value>]) -> Value {
    let part = |value: &Value| match value {
        Value::TinyInt(Some(number)) => serde_json::json!(number),
        Value::SmallInt(Some(number)) => serde_json::json!(number),
        Value::Int(Some(number)) => serde_json::json!(number),
        Value::BigInt(Some(number)) => serde_json::json!(number),
        Value::Unsigned(Some(number)) => serde_json::json!(number),
        other => serde_json::json!(text_of(other)),
    };
    let keys: Vec<Vec<serde_json::Value>> = keys.iter().map(|key| key.iter().map(part).collect()).collect();
    serde_json::json!(keys).to_string().into()
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that `map_err` asks for")]
pub(super) fn built(error: sea_orm::sea_query::error::Error) -> DataError {
    DataError::Database(DbErr::Query(sea_orm::RuntimeErr::Internal(error.to_string())))
}
