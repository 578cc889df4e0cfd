//! A schema that one kind of database has, as another can have it.

use super::expression::translated;
use crate::{
    diff::{Decisions, Plan, diff},
    emit::{Form, statements},
    schema::{AutoIncrement, DataType, Dialect, Expression, Index, IndexKey, Schema, Table, UnmanagedKind},
};

/// The schema for the other kind, or everything that it cannot have.
pub(super) fn mapped(schema: &Schema, from: Dialect, into: Dialect) -> Result<Schema, Vec<String>> {
    let mut mapped = schema.clone();
    let mut obstacles = Vec::new();
    for table in &mut mapped.tables {
        Mapper {
            from,
            into,
            obstacles: &mut obstacles,
        }
        .table(table);
    }
    // Views and functions are named with all else that only the catalog tells.
    for one in std::mem::take(&mut mapped.unmanaged) {
        if matches!(
            one.kind,
            UnmanagedKind::Sequence
                | UnmanagedKind::Domain
                | UnmanagedKind::Type
                | UnmanagedKind::ForeignTable
                | UnmanagedKind::VirtualTable
                | UnmanagedKind::Rule
        ) {
            obstacles.push(format!("{} `{}`: {one}", one.kind, one.name));
        }
    }
    if obstacles.is_empty() {
        Ok(mapped.normalised())
    } else {
        Err(obstacles)
    }
}

struct Mapper<'o> {
    from: Dialect,
    into: Dialect,
    obstacles: &'o mut Vec<String>,
}

impl Mapper<'_> {
    fn table(&mut self, table: &mut Table) {
        let name = table.name.clone();
        self.unmanaged(table);
        for column in &mut table.columns {
            match self.data_type(&column.data_type) {
                Ok(data_type) => column.data_type = data_type,
                Err(reason) => self.obstacles.push(format!("{name}.{}: {reason}", column.name)),
            }
        }
        let shape = table.clone();
        for column in &mut table.columns {
            let place = format!("{name}.{}", column.name);
            if column.auto_increment.is_on() {
                column.auto_increment = AutoIncrement::Yes;
                if self.into == Dialect::Sqlite {
                    // The only column that counts there is the row's number.
                    column.data_type = DataType::BigInteger;
                    if shape.key_columns() != [column.name.clone()] {
                        self.obstacles
                            .push(format!("{place}: it counts and is not the whole primary key"));
                    }
                }
            }
            self.expression(&place, "its default", &shape, column.default.as_mut());
            self.expression(&place, "what it is computed from", &shape, column.generated.as_mut());
        }
        for check in &mut table.checks {
            let what = format!("the check `{}`", check.name);
            self.expression(&name, &what, &shape, Some(&mut check.expression));
        }
        for key in &mut table.foreign_keys {
            key.not_valid = false;
            if key.ref_table.contains('.') {
                self.obstacles
                    .push(format!("{name}: it refers to `{}` in another schema", key.ref_table));
            }
        }
        self.names(table);
        for index in &mut table.indexes {
            self.index(&name, &shape, index);
        }
        // What an interrupted statement left behind serves nobody.
        table.indexes.retain(|index| !index.invalid);
    }

    /// What the IR has no field for: how rows are kept means nothing elsewhere, everything else would be lost. Triggers are
    /// named with all else that only the catalog tells.
    fn unmanaged(&mut self, table: &mut Table) {
        for one in std::mem::take(&mut table.unmanaged) {
            let is_kept_so = one.kind.is_of_storage()
                || one.kind == UnmanagedKind::ColumnOption
                    && self.from == Dialect::Postgres
                    && !one.definition.contains("VIRTUAL");
            if !is_kept_so && one.kind != UnmanagedKind::Trigger {
                self.obstacles
                    .push(format!("{}: {} {}: {one}", table.name, one.kind, one.name));
            }
        }
    }

    /// SQLite keeps no names of unique keys, and PostgreSQL wants one for every constraint.
    fn names(&mut self, table: &mut Table) {
        if self.into != Dialect::Postgres {
            return;
        }
        let name =
            |columns: &[String], ending: &str| crate::ddl::object_name(&table.name, Some(&columns.join("_")), ending);
        for unique in table.uniques.iter_mut().filter(|unique| unique.name.is_empty()) {
            unique.name = name(&unique.columns, "key");
        }
        for key in table.foreign_keys.iter_mut().filter(|key| key.name.is_empty()) {
            key.name = name(&key.columns, "fkey");
        }
        for (at, check) in table
            .checks
            .iter_mut()
            .enumerate()
            .filter(|(_, check)| check.name.is_empty())
        {
            check.name = crate::ddl::object_name(&table.name, Some(&at.to_string()), "check");
        }
    }

    fn index(&mut self, name: &str, shape: &Table, index: &mut Index) {
        let what = format!("the index `{}`", index.name);
        if index.invalid {
            return;
        }
        index.method = None;
        self.expression(name, &what, shape, index.filter.as_mut());
        for part in &mut index.parts {
            if let IndexKey::Expression(expression) = &mut part.key {
                self.expression(name, &what, shape, Some(expression));
            }
        }
    }

    fn expression(&mut self, place: &str, what: &str, table: &Table, expression: Option<&mut Expression>) {
        let Some(expression) = expression else { return };
        let Expression::Sql(text) = &*expression else { return };
        match translated(text, table, self.from) {
            Some(text) => *expression = Expression::Sql(text),
            None => self
                .obstacles
                .push(format!("{place}: {what} is in words of its own: {text}")),
        }
    }

    fn data_type(&self, data_type: &DataType) -> Result<DataType, String> {
        match (data_type, self.into) {
            (DataType::Array(_), Dialect::Sqlite) => Err("SQLite has no arrays".into()),
            (DataType::Custom(name), Dialect::Sqlite) => Err(format!("SQLite has no type `{name}`")),
            (DataType::Custom(name), _) => of_sqlite(name),
            // An unsigned number's whole range fits into the next larger type.
            (DataType::TinyInteger | DataType::TinyUnsigned, Dialect::Postgres) => Ok(DataType::SmallInteger),
            (DataType::SmallUnsigned, Dialect::Postgres) => Ok(DataType::Integer),
            (DataType::Unsigned | DataType::BigUnsigned, Dialect::Postgres) => Ok(DataType::BigInteger),
            (other, _) => Ok(other.clone()),
        }
    }
}

/// A type that SQLite's table declares and SeaORM does not write there; SQLite itself takes any word.
fn of_sqlite(declared: &str) -> Result<DataType, String> {
    let lower = declared.to_ascii_lowercase();
    let (word, size) = match lower.split_once('(') {
        Some((word, size)) => (word.trim(), size.trim_end_matches(')').trim()),
        None => (lower.trim(), ""),
    };
    let sizes: Vec<u32> = size
        .split(',')
        .filter_map(|number| number.trim().parse().ok())
        .collect();
    Ok(match word {
        "int" | "bigint" | "int8" | "mediumint" | "unsigned big int" => DataType::BigInteger,
        "int2" => DataType::SmallInteger,
        "int4" => DataType::Integer,
        "real" | "double precision" | "float" | "double" => DataType::Double,
        "numeric" | "decimal" => DataType::Decimal(match sizes.as_slice() {
            [precision, scale] => Some((*precision, *scale)),
            [precision] => Some((*precision, 0)),
            _ => None,
        }),
        "bool" => DataType::Boolean,
        "datetime" => DataType::DateTime,
        "timestamp" => DataType::Timestamp,
        "date" => DataType::Date,
        "time" => DataType::Time,
        "json" => DataType::Json,
        "uuid" => DataType::Uuid,
        "clob" | "enum_text" | "nvarchar" | "varchar" | "character" | "nchar" | "text" => DataType::Text,
        "" => return Err("it declares no type, so that it may hold anything".into()),
        _ if lower.contains(" collate ") => return Err(format!("PostgreSQL has no `{declared}`")),
        _ => return Err(format!("PostgreSQL has no type `{declared}`")),
    })
}

/// What is sent before the rows and after them.
pub(super) struct Scripts {
    pub(super) before: Vec<String>,
    pub(super) after: Vec<String>,
}

/// The statements that make a schema. Indexes are quicker to make of rows that are there. PostgreSQL checks every row against
/// its foreign keys when it comes, and rows come in no order that they know; SQLite can be told to look later, and can't add
/// them later.
pub(super) fn scripts(schema: &Schema, into: Dialect) -> Result<Scripts, String> {
    let mut first = schema.clone();
    for table in &mut first.tables {
        table.indexes.clear();
        if into == Dialect::Postgres {
            table.foreign_keys.clear();
        }
    }
    let plan = |from: &Schema, to: &Schema| -> Result<Plan, String> {
        diff(from, to, &mut Decisions::default()).map_err(|error| error.to_string())
    };
    let sql = |plan: &Plan| statements(plan, into, Form::Whole).map_err(|error| error.to_string());
    Ok(Scripts {
        before: sql(&plan(&Schema::default(), &first)?)?,
        after: sql(&plan(&first, schema)?)?,
    })
}
