//! Rows of any table, and the active models that they are for those who know the table's type.

use std::marker::PhantomData;

use sea_orm::{ActiveModelTrait, ActiveValue, EntityTrait, IdenStatic, Iterable as _, Value};

use super::SeedError;
use crate::schema::{DataType, Table};

/// The values of a row in the order of its table's columns; none where the database is left to choose.
pub(super) type Values = Vec<Option<Value>>;

/// A row that is being made.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) values: Values,
    /// Whether the factory made the value up, and may make up another.
    pub(super) made_up: Vec<bool>,
    /// The number of the row in its table, from 0.
    pub(super) number: u64,
    pub(super) attempt: u64,
}

impl Row {
    pub(super) fn has(&self, column: usize) -> bool {
        self.values[column].as_ref().is_some_and(Value::is_some)
    }
}

/// An entity's columns and where the row has them.
pub(super) struct Typed<E: EntityTrait> {
    places: Vec<(E::Column, usize)>,
    entity: PhantomData<fn() -> E>,
}

impl<E: EntityTrait<Column: IdenStatic>> Typed<E> {
    pub(super) fn new(table: &Table) -> Self {
        let place = |column: E::Column| {
            let name = column.as_str().to_owned();
            let at = table.columns.iter().position(|own| own.name == name)?;
            Some((column, at))
        };
        Self {
            places: E::Column::iter().filter_map(place).collect(),
            entity: PhantomData,
        }
    }

    pub(super) fn read(&self, table: &Table, values: &Values) -> Result<E::ActiveModel, SeedError> {
        let mut model = <E::ActiveModel as ActiveModelTrait>::default();
        for (column, at) in &self.places {
            let Some(value) = &values[*at] else { continue };
            if model.try_set(*column, value.clone()).is_ok() {
                continue;
            }
            let own = &table.columns[*at];
            let other = other_form(&own.data_type, value);
            let set = model.try_set(*column, other.unwrap_or_else(|| value.clone()));
            set.map_err(|error| {
                let what = format!(
                    "`{}` is no value for it ({error}): say which are with `Factory::values`, or give one with `Factory::define`",
                    shown(value)
                );
                SeedError::column(&table.name, &own.name, what)
            })?;
        }
        Ok(model)
    }

    /// Takes over what has changed.
    pub(super) fn write(&self, model: &E::ActiveModel, row: &mut Row) {
        for (column, at) in &self.places {
            let value = match model.get(*column) {
                ActiveValue::Set(value) | ActiveValue::Unchanged(value) => Some(value),
                ActiveValue::NotSet => None,
            };
            if value != row.values[*at] && !same_moment(value.as_ref(), row.values[*at].as_ref()) {
                row.values[*at] = value;
                row.made_up[*at] = false;
            }
        }
    }
}

/// A moment is one of two types, by the field's choice.
fn other_form(data_type: &DataType, value: &Value) -> Option<Value> {
    match (data_type, value) {
        (DataType::TimestampTz, Value::ChronoDateTimeWithTimeZone(Some(moment))) => {
            Some(Value::ChronoDateTimeUtc(Some(moment.to_utc())))
        }
        _ => None,
    }
}

fn same_moment(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (Some(Value::ChronoDateTimeUtc(Some(left))), Some(Value::ChronoDateTimeWithTimeZone(Some(right)))) => {
            left == right
        }
        _ => false,
    }
}

/// A value for people.
pub(super) fn shown(value: &Value) -> String {
    crate::data::text_of(value).unwrap_or_else(|| "NULL".to_owned())
}
