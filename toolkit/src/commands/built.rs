//! A declared schema, made in a shadow database, so that a database prints it.

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr};

use super::{Context, source::from_nothing};
use crate::{
    diff::{Change, Plan},
    emit::{Form, statements},
    history::{Error, Result, Shadow, connect, error_position, explained},
    introspect::introspect,
    schema::{Dialect, Schema, Table, UnmanagedKind},
};

/// Makes it beside the database of that URL and reads it. `beside` is what the database has: types, sequences and functions
/// that no entity declares stand in entities, and are made first.
pub(super) async fn built(context: &Context, url: &str, schema: &Schema, beside: &Schema) -> Result<Schema> {
    let db = connect(url, None).await?;
    let dialect = crate::emit::dialect(sea_orm::ConnectionTrait::get_database_backend(&db));
    let statements = by_change(&from_nothing(schema)?, dialect)?;
    let shadow = Shadow::open(&db, url, context.shadow()).await?;
    let outcome = made(shadow.db(), dialect, statements, beside).await;
    let missing = shadow.missing().to_vec();
    shadow.close().await?;
    let mut schema = outcome.map_err(|error| explained(error, &missing))?;
    schema.is_declared = true;
    Ok(schema)
}

async fn made(
    db: &DatabaseConnection,
    dialect: Dialect,
    statements: Vec<(Change, Vec<String>)>,
    beside: &Schema,
) -> Result<Schema> {
    if dialect == Dialect::Postgres {
        prepared(db, beside).await;
    }
    for (change, statements) in statements {
        for statement in statements {
            if let Err(error) = db.execute_unprepared(&statement).await {
                return Err(Error::Built {
                    what: what(&change, &statement, &error),
                    error,
                });
            }
        }
    }
    Ok(introspect(db).await?)
}

/// The statements of every change, made one after the other.
fn by_change(plan: &Plan, dialect: Dialect) -> Result<Vec<(Change, Vec<String>)>> {
    let mut now = plan.before.clone();
    let mut all = Vec::new();
    for change in &plan.changes {
        let one = Plan::new(now, vec![change.clone()]);
        let statements = statements(&one, dialect, Form::Whole)?;
        now = one.after;
        all.push((change.clone(), statements));
    }
    Ok(all)
}

/// Makes what stands in entities by its name alone. What cannot be made without the tables is not needed for them.
async fn prepared(db: &DatabaseConnection, beside: &Schema) {
    let is_needed = |kind| {
        matches!(
            kind,
            UnmanagedKind::Type | UnmanagedKind::Domain | UnmanagedKind::Sequence | UnmanagedKind::Function
        )
    };
    let mut open: Vec<String> = beside
        .unmanaged
        .iter()
        .filter(|one| is_needed(one.kind))
        .map(|one| one.definition.clone())
        .collect();
    // One may be made of another.
    loop {
        let before = open.len();
        let mut left = Vec::new();
        for definition in open {
            let sql = format!("SET LOCAL check_function_bodies = off; {definition}");
            if db.execute_unprepared(&sql).await.is_err() {
                left.push(definition);
            }
        }
        if left.is_empty() || left.len() == before {
            return;
        }
        open = left;
    }
}

/// What could not be made, with the column where the server says where it stopped.
fn what(change: &Change, statement: &str, error: &DbErr) -> String {
    let column = |table: &Table| {
        let position = error_position(error)?;
        let before: String = statement.chars().take(position).collect();
        let begins = |name: &str| before.rfind(&format!("{} ", crate::ddl::quote(name)));
        let (_, name) = table
            .columns
            .iter()
            .filter_map(|column| Some((begins(&column.name)?, &column.name)))
            .max()?;
        Some(name.clone())
    };
    match change {
        Change::CreateTable { table } => match column(table) {
            Some(column) => format!("the table `{0}` (column `{0}.{column}`)", table.name),
            None => format!("the table `{}`", table.name),
        },
        Change::CreateEnum { enumeration } => format!("the enumeration type `{}`", enumeration.name),
        other => other.to_string().trim_start_matches(['+', ' ']).to_owned(),
    }
}
