//! A value for a column, by its type.

use chrono::TimeDelta;
use sea_orm::{
    Value,
    prelude::{ChronoDate, DateTime},
    sea_query::ArrayType,
};

use super::random::{Random, mix};
use crate::schema::{Column, Comparison, DataType, EnumType, Expression, Literal, Table};

/// What is known of a column's values beside its type.
#[derive(Clone, Debug, Default)]
pub(super) struct Hint {
    /// It is one of these.
    pub(super) one_of: Option<Vec<Value>>,
    pub(super) least: Option<i64>,
    pub(super) most: Option<i64>,
}

/// The row that a value is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) seed: u64,
    /// The column's, [`super::random::hash`].
    pub(super) name: u64,
    /// The number of the row in its table, from 0.
    pub(super) row: u64,
    /// How often other values of the row turned out to be taken.
    pub(super) attempt: u64,
    pub(super) at: DateTime,
}

impl Place {
    pub(super) fn random(&self) -> Random {
        Random::nth(self.seed, self.name.wrapping_add(mix(self.attempt)), self.row)
    }

    /// A moment that another row of the factory does not have.
    fn own_moment(&self, data_type: &DataType) -> DateTime {
        let steps = i64::try_from(self.attempt.wrapping_mul(1_009)).unwrap_or(0);
        let since = if *data_type == DataType::Date {
            TimeDelta::try_days(steps.saturating_add(i64::try_from(self.row).unwrap_or(0)))
        } else {
            TimeDelta::try_seconds(steps)
        };
        since
            .and_then(|since| self.at.checked_add_signed(since))
            .unwrap_or(self.at)
    }

    /// What no other row of the seed's has, and none of another seed's either but by a chance of one in 2^30.
    fn tag(&self) -> String {
        let mut bits = mix(self.seed ^ mix(self.attempt));
        let tag: String = std::iter::repeat_with(|| {
            let letter = b"abcdefghijkmnpqrstuvwxyz23456789"[(bits & 31) as usize];
            bits >>= 5;
            char::from(letter)
        })
        .take(6)
        .collect();
        format!("{tag}{}", self.row + 1)
    }
}

/// The hints that a table's checks give, as far as they compare a column with constants.
pub(super) fn hints(table: &Table) -> Vec<Hint> {
    let mut hints = vec![Hint::default(); table.columns.len()];
    for check in &table.checks {
        hint(table, &check.expression, &mut hints);
    }
    hints
}

fn hint(table: &Table, expression: &Expression, hints: &mut [Hint]) {
    let at = |name: &str| table.columns.iter().position(|column| column.name == name);
    match expression {
        Expression::And(parts) => parts.iter().for_each(|part| hint(table, part, hints)),
        Expression::In(inner, values) => {
            if let Expression::Column(name) = &**inner
                && let Some(at) = at(name)
            {
                let values = values
                    .iter()
                    .filter_map(|value| constant(&table.columns[at].data_type, value));
                hints[at].one_of = Some(values.collect());
            }
        }
        Expression::Compare(left, comparison, right) => {
            let (name, comparison, value) = match (&**left, &**right) {
                (Expression::Column(name), Expression::Literal(Literal::Int(value))) => (name, *comparison, *value),
                (Expression::Literal(Literal::Int(value)), Expression::Column(name)) => {
                    (name, turned(*comparison), *value)
                }
                _ => return,
            };
            let Some(hint) = at(name).map(|at| &mut hints[at]) else {
                return;
            };
            match comparison {
                Comparison::Gt => hint.least = hint.least.max(Some(value.saturating_add(1))),
                Comparison::Gte => hint.least = hint.least.max(Some(value)),
                Comparison::Lt => {
                    hint.most = Some(hint.most.map_or(value.saturating_sub(1), |most| most.min(value - 1)));
                }
                Comparison::Lte => hint.most = Some(hint.most.map_or(value, |most| most.min(value))),
                Comparison::Eq => (hint.least, hint.most) = (Some(value), Some(value)),
                Comparison::Ne => {}
            }
        }
        _ => {}
    }
}

fn turned(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Lt => Comparison::Gt,
        Comparison::Lte => Comparison::Gte,
        Comparison::Gt => Comparison::Lt,
        Comparison::Gte => Comparison::Lte,
        same => same,
    }
}

/// A constant in the form that a column of the type has.
fn constant(data_type: &DataType, literal: &Literal) -> Option<Value> {
    Some(match (data_type, literal) {
        (DataType::Boolean, Literal::Bool(value)) => (*value).into(),
        (DataType::Float, Literal::Double(value)) => {
            #[expect(clippy::cast_possible_truncation, reason = "the column holds no more")]
            let value = *value as f32;
            value.into()
        }
        (DataType::Double, Literal::Double(value)) => (*value).into(),
        (DataType::Double, Literal::Int(value)) => f64::from(i32::try_from(*value).ok()?).into(),
        (_, Literal::Int(value)) => integer(data_type, *value)?,
        (DataType::Json | DataType::JsonBinary, Literal::Text(text)) => {
            serde_json::from_str::<serde_json::Value>(text).ok()?.into()
        }
        (DataType::Char(_) | DataType::Varchar(_) | DataType::Text | DataType::Enum(_), Literal::Text(text)) => {
            text.clone().into()
        }
        (DataType::Date, Literal::Text(text)) => text.parse::<ChronoDate>().ok()?.into(),
        (DataType::DateTime | DataType::Timestamp, Literal::Text(text)) => {
            text.replacen(' ', "T", 1).parse::<DateTime>().ok()?.into()
        }
        _ => return None,
    })
}

fn integer(data_type: &DataType, value: i64) -> Option<Value> {
    Some(match data_type {
        DataType::TinyInteger => i8::try_from(value).ok()?.into(),
        DataType::SmallInteger => i16::try_from(value).ok()?.into(),
        DataType::Integer => i32::try_from(value).ok()?.into(),
        DataType::BigInteger => value.into(),
        DataType::TinyUnsigned => u8::try_from(value).ok()?.into(),
        DataType::SmallUnsigned => u16::try_from(value).ok()?.into(),
        DataType::Unsigned => u32::try_from(value).ok()?.into(),
        DataType::BigUnsigned => u64::try_from(value).ok()?.into(),
        _ => return None,
    })
}

/// The value that the database gives a row which names none: a constant, or the moment that the factory was given. None
/// where only the database can tell.
pub(super) fn default(column: &Column, at: DateTime) -> Option<Value> {
    match column.default.as_ref()? {
        Expression::Literal(literal) => constant(&column.data_type, literal),
        Expression::CurrentTimestamp | Expression::Now | Expression::CurrentDate | Expression::CurrentTime => {
            moment(&column.data_type, at)
        }
        _ => None,
    }
}

fn moment(data_type: &DataType, at: DateTime) -> Option<Value> {
    Some(match data_type {
        DataType::Date => at.date().into(),
        DataType::Time => at.time().into(),
        DataType::DateTime | DataType::Timestamp => at.into(),
        DataType::TimestampTz => at.and_utc().fixed_offset().into(),
        _ => return None,
    })
}

/// Whether a column of the type has enough values for any number of rows.
pub(super) fn is_free(data_type: &DataType) -> bool {
    !matches!(
        data_type,
        DataType::Boolean | DataType::Enum(_) | DataType::Array(_) | DataType::Json | DataType::JsonBinary
    )
}

/// Whether unique values of the type are made from the row's number, so that those of one factory differ.
pub(super) fn is_wide(data_type: &DataType) -> bool {
    match data_type {
        DataType::Integer | DataType::BigInteger | DataType::Unsigned | DataType::BigUnsigned | DataType::Text => true,
        DataType::Varchar(length) => length.is_none_or(|length| length >= 20),
        _ => false,
    }
}

/// A value for a column; one of its own for each row where it is `unique`. None for a type that nothing is known of.
pub(super) fn made(column: &Column, hint: &Hint, enums: &[EnumType], place: Place, unique: bool) -> Option<Value> {
    let mut random = place.random();
    if let Some(values) = &hint.one_of {
        return (!values.is_empty()).then(|| random.pick(values));
    }
    Some(match &column.data_type {
        DataType::Boolean => random.one_in(2).into(),
        DataType::Float | DataType::Double if !unique => {
            let number = f64::from(random.below(10_000)) / 100.0;
            if column.data_type == DataType::Double {
                number.into()
            } else {
                #[expect(clippy::cast_possible_truncation, reason = "four digits")]
                let number = number as f32;
                number.into()
            }
        }
        DataType::Float => f32::from(u16::try_from(place.row + place.attempt * 1_009).ok()?).into(),
        DataType::Double => f64::from(u32::try_from(place.row + place.attempt * 1_000_003).ok()?).into(),
        DataType::Decimal(_) => format!("{}", random.below(100)).into(),
        DataType::Char(length) => text(column, length.or(Some(1)), place, unique, &mut random).into(),
        DataType::Varchar(length) => text(column, *length, place, unique, &mut random).into(),
        DataType::Text => text(column, None, place, unique, &mut random).into(),
        DataType::Blob | DataType::VarBinary(_) => random.bits().to_be_bytes().to_vec().into(),
        DataType::Binary(length) => {
            let bytes = std::iter::repeat_with(|| random.bits().to_be_bytes()[0]);
            bytes.take(*length as usize).collect::<Vec<u8>>().into()
        }
        DataType::Json | DataType::JsonBinary => serde_json::json!({}).into(),
        DataType::Uuid => random.uuid().into(),
        DataType::Enum(name) => {
            let values = &enums.iter().find(|own| own.name == *name)?.values;
            if values.is_empty() {
                return None;
            }
            random.pick(values).into()
        }
        DataType::Array(element) => Value::Array(array_type(element)?, Some(Box::default())),
        data_type => match moment(data_type, if unique { place.own_moment(data_type) } else { place.at }) {
            Some(moment) => moment,
            None => integer(data_type, number(data_type, hint, place, unique, &mut random))?,
        },
    })
}

fn array_type(element: &DataType) -> Option<ArrayType> {
    Some(match element {
        DataType::Boolean => ArrayType::Bool,
        DataType::SmallInteger => ArrayType::SmallInt,
        DataType::Integer => ArrayType::Int,
        DataType::BigInteger => ArrayType::BigInt,
        DataType::Float => ArrayType::Float,
        DataType::Double => ArrayType::Double,
        DataType::Char(_) | DataType::Varchar(_) | DataType::Text => ArrayType::String,
        DataType::Json | DataType::JsonBinary => ArrayType::Json,
        _ => return None,
    })
}

fn number(data_type: &DataType, hint: &Hint, place: Place, unique: bool, random: &mut Random) -> i64 {
    let largest = match data_type {
        DataType::TinyInteger => i64::from(i8::MAX),
        DataType::TinyUnsigned => i64::from(u8::MAX),
        DataType::SmallInteger => i64::from(i16::MAX),
        DataType::SmallUnsigned => i64::from(u16::MAX),
        DataType::Integer => i64::from(i32::MAX),
        DataType::Unsigned => i64::from(u32::MAX),
        _ => i64::MAX,
    };
    let least = hint.least.unwrap_or(0);
    let most = hint
        .most
        .unwrap_or(if unique { largest } else { least.saturating_add(99) })
        .min(largest);
    let width = most.saturating_sub(least).unsigned_abs().saturating_add(1);
    let offset = if unique {
        // Another seed counts from elsewhere.
        let start = mix(place.seed ^ mix(place.attempt)) % (width / 2).max(1);
        start.wrapping_add(place.row) % width
    } else {
        random.bits() % width
    };
    least.saturating_add_unsigned(offset)
}

/// A text that says what it is: the column's name and the row's number, as far as there is room.
fn text(column: &Column, length: Option<u32>, place: Place, unique: bool, random: &mut Random) -> String {
    let number = if unique {
        place.tag()
    } else {
        (place.row + 1).to_string()
    };
    let name = column.name.as_str();
    let long = if name.ends_with("email") {
        format!("{name}-{number}@example.com")
    } else if name.ends_with("url") || name.ends_with("uri") {
        format!("https://example.com/{number}")
    } else {
        format!("{name} {number}")
    };
    let room = length.map_or(usize::MAX, |length| length as usize);
    if long.chars().count() <= room {
        return long;
    }
    if !unique {
        return long.chars().take(room).collect();
    }
    if number.len() <= room {
        return number;
    }
    // What is left is to try: a text that is taken is made anew.
    random.letters(room)
}
