//! What a change of a column's type says beside the type: which rows it refuses, what values become.

use sea_orm::DbBackend;

use super::{sql::EmitError, statement::Builder};
use crate::{
    ddl::{self, Unfit, Using, values::Retyping},
    diff::{Change, Conversion, Fit, OnLoss, Plan, fit},
    schema::{Column, DataType, Dialect, Expression},
};

/// What stands beside the new type.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Retyped {
    /// Rows that it refuses.
    pub(super) refused: Option<Unfit>,
    /// Rows that go into quarantine before it.
    pub(super) quarantined: Option<Unfit>,
    /// What values become.
    pub(super) using: Option<Using>,
}

pub(super) fn retyped(plan: &Plan, table: &str, from: &Column, to: &Column, conversion: &Conversion) -> Retyped {
    let mut out = Retyped::default();
    if let (None, Some(computed)) = (&from.generated, &to.generated) {
        out.refused = Some(other_than_computed(plan, table, &to.name, computed));
    }
    if from.data_type == to.data_type || to.generated.is_some() {
        return out;
    }
    if let OnLoss::Map(sql) = &conversion.on_loss {
        out.using = Some(Using::all(sql));
        // PostgreSQL holds what the expression gives against the type itself.
        let mapped = Retyping {
            mapped: Some(sql),
            ..retyping(plan, DbBackend::Sqlite, table, from, to, conversion)
        };
        let exists = super::limits::exists(&to.data_type, Dialect::Sqlite);
        out.refused = mapped.unfit(Dialect::Sqlite).filter(|_| exists).map(|condition| Unfit {
            what: format!("what `{}` becomes does not fit into {}", to.name, words(&to.data_type)),
            postgres: None,
            sqlite: Some(condition),
        });
        return out;
    }
    let on = |backend: DbBackend| -> (Option<String>, Option<String>, Option<String>) {
        let dialect = super::dialect(backend);
        if [&from.data_type, &to.data_type]
            .into_iter()
            .any(|own| !super::limits::exists(own, dialect))
        {
            return (None, None, None);
        }
        let retyping = retyping(plan, backend, table, from, to, conversion);
        let truncated = (conversion.on_loss == OnLoss::Truncate)
            .then(|| retyping.truncated(dialect))
            .flatten();
        (retyping.unfit(dialect), retyping.using(dialect), truncated)
    };
    let (postgres, sqlite) = (on(DbBackend::Postgres), on(DbBackend::Sqlite));
    let using = Using {
        postgres: postgres.2.or(postgres.1),
        sqlite: sqlite.2.or(sqlite.1),
    };
    out.using = (using != Using::default()).then_some(using);
    let unfit = Unfit {
        what: format!("`{}` does not fit into {}", to.name, words(&to.data_type)),
        postgres: postgres.0,
        sqlite: sqlite.0,
    };
    let has_condition = unfit.postgres.is_some() || unfit.sqlite.is_some();
    match conversion.on_loss {
        OnLoss::Refuse if has_condition => out.refused = Some(unfit),
        OnLoss::Quarantine if has_condition => out.quarantined = Some(unfit),
        _ => {}
    }
    out
}

/// Rows whose value is not what will be computed.
fn other_than_computed(plan: &Plan, table: &str, column: &str, computed: &Expression) -> Unfit {
    let sql = |backend| {
        let builder = Builder { plan, backend };
        ddl::expression_sql(backend, &builder.expression(computed))
    };
    let name = ddl::quote(column);
    Unfit::rows(&format!("`{column}` is not what it will be computed as"))
        .on_postgres(&format!("{name} IS DISTINCT FROM ({})", sql(DbBackend::Postgres)))
        .on_sqlite(&format!(
            "{}.{name} IS NOT ({})",
            ddl::quote(table),
            sql(DbBackend::Sqlite)
        ))
}

/// The type in words that a person reads.
fn words(data_type: &DataType) -> String {
    match data_type {
        DataType::Enum(name) | DataType::Custom(name) => name.clone(),
        other => other.to_string(),
    }
}

pub(crate) fn retyping<'r>(
    plan: &'r Plan,
    backend: DbBackend,
    table: &'r str,
    from: &'r Column,
    to: &'r Column,
    conversion: &'r Conversion,
) -> Retyping<'r> {
    let builder = Builder { plan, backend };
    Retyping {
        table,
        column: &to.name,
        from: &from.data_type,
        to: &to.data_type,
        mapped: None,
        names: (builder.type_sql(&to.data_type), builder.type_sql(&from.data_type)),
        zone: conversion.zone.as_deref(),
        enums: &plan.after.enums,
    }
}

/// The table and the condition for rows whose value does not fit, of one change on one database.
pub(crate) fn unfit(plan: &Plan, change: &Change, dialect: Dialect) -> Option<(String, Unfit)> {
    let Change::AlterColumn {
        table,
        from,
        to,
        conversion,
    } = change
    else {
        return None;
    };
    let asked = Conversion {
        on_loss: OnLoss::Refuse,
        ..conversion.clone()
    };
    let unfit = retyped(plan, table, from, to, &asked).refused?;
    unfit.condition(super::backend(dialect))?;
    Some((table.clone(), unfit))
}

/// Refuses conversions that a database does not have.
pub(super) fn check(plan: &Plan, dialect: Dialect) -> Result<(), EmitError> {
    for change in &plan.changes {
        let Change::AlterColumn {
            table,
            from,
            to,
            conversion,
        } = change
        else {
            continue;
        };
        let place = || format!("{table}.{}", to.name);
        let is_mapped = matches!(conversion.on_loss, OnLoss::Map(_));
        if to.generated.is_none() && fit(&from.data_type, &to.data_type) == Fit::Never && !is_mapped {
            return Err(EmitError::NoConversion {
                from: from.data_type.to_string(),
                to: to.data_type.to_string(),
                place: place(),
            });
        }
        let retyping = retyping(plan, super::backend(dialect), table, from, to, conversion);
        if dialect == Dialect::Sqlite && !is_mapped && !retyping.has_fixed_zone() {
            return Err(EmitError::Zone {
                zone: conversion.zone.clone().unwrap_or_default(),
                place: place(),
            });
        }
        let is_kept_apart = conversion.on_loss == OnLoss::Quarantine && super::limits::exists(&to.data_type, dialect);
        if is_kept_apart && fit(&from.data_type, &to.data_type) == Fit::Reads && retyping.unfit(dialect).is_none() {
            return Err(EmitError::NoQuery {
                from: from.data_type.to_string(),
                to: to.data_type.to_string(),
                place: place(),
            });
        }
        if dialect == Dialect::Postgres
            && from.data_type != to.data_type
            && let Some(reader) = computed_from(plan, table, &to.name)
        {
            return Err(EmitError::ComputedFrom {
                reader: format!("{table}.{reader}"),
                place: place(),
            });
        }
    }
    Ok(())
}

/// A computed column that reads the column, before and after.
fn computed_from<'p>(plan: &'p Plan, table: &str, column: &str) -> Option<&'p str> {
    let own = plan.before.table(table)?;
    let readers = own.columns.iter().filter(|other| {
        let generated = other.generated.as_ref();
        generated.is_some_and(|generated| generated.mentions(column))
    });
    readers
        .map(|other| other.name.as_str())
        .find(|reader| plan.after.table(table).is_some_and(|own| own.column(reader).is_some()))
}
