//! What has to be found where, and that it is.

use std::{collections::BTreeMap, fmt::Write as _};

use sea_orm::DatabaseConnection;
use seawright::{
    diff::Plan,
    schema::{Column, Dialect, Table},
};

use super::{
    filling::Filled,
    lineage::{Line, Lineage, Source},
    rows::{Place, Row},
};

/// How a plan is played on a database where its beginning stands.
pub(crate) trait Player {
    /// A database of the plan's beginning, without rows.
    async fn start(&self) -> Result<DatabaseConnection, String>;

    /// The way up.
    async fn up(&self, db: &DatabaseConnection) -> Result<(), String>;

    /// The way down; none where there is no way back.
    async fn down(&self, db: &DatabaseConnection) -> Option<Result<(), String>>;
}

/// Plays a plan there, back and there again, and compares every value each time.
pub(crate) async fn there_and_back(
    plan: &Plan,
    lineage: &Lineage,
    filled: &Filled,
    dialect: Dialect,
    player: &impl Player,
    also: impl AsyncFn(&DatabaseConnection, bool) -> Result<(), String>,
) -> Result<(), String> {
    let db = player.start().await?;
    for sql in &filled.inserts {
        put(&db, sql).await?;
    }
    player.up(&db).await.map_err(|why| format!("up: {why}"))?;
    also(&db, true).await.map_err(|why| format!("up: {why}"))?;
    is_after(plan, lineage, filled, &db, dialect)
        .await
        .map_err(|why| format!("up: {why}"))?;
    let Some(down) = player.down(&db).await else {
        return Ok(());
    };
    down.map_err(|why| format!("down: {why}"))?;
    also(&db, false).await.map_err(|why| format!("down: {why}"))?;
    is_before(plan, lineage, filled, &db, dialect)
        .await
        .map_err(|why| format!("down: {why}"))?;
    player.up(&db).await.map_err(|why| format!("up again: {why}"))?;
    is_after(plan, lineage, filled, &db, dialect)
        .await
        .map_err(|why| format!("up again: {why}"))
}

/// Plays a plan over each row that does not fit: it has to be refused, and to leave the rows as they are.
pub(crate) async fn refuses(
    plan: &Plan,
    lineage: &Lineage,
    filled: &Filled,
    dialect: Dialect,
    player: &impl Player,
) -> Result<(), String> {
    for unfit in &filled.unfit {
        let db = player.start().await?;
        for sql in &filled.inserts {
            put(&db, sql).await?;
        }
        // Where a later row took its key, it is no row of the table any more.
        if put(&db, &unfit.insert).await.is_err() {
            continue;
        }
        let place = Place { db: &db, dialect };
        let mut before = BTreeMap::new();
        for (table, columns) in old(plan, lineage) {
            before.insert(&table.name, sorted(place.rows(table, &columns).await?));
        }
        if player.up(&db).await.is_ok() {
            return Err(format!("taken in silence: {}: {}", unfit.insert, unfit.why));
        }
        for (table, columns) in old(plan, lineage) {
            // What was renamed in a step before is found by no old name.
            if let Ok(rows) = place.rows(table, &columns).await
                && sorted(rows) != before[&table.name]
            {
                return Err(format!(
                    "refused, and `{}` has other rows: {}",
                    table.name, unfit.insert
                ));
            }
        }
    }
    Ok(())
}

async fn put(db: &DatabaseConnection, sql: &str) -> Result<(), String> {
    sea_orm::ConnectionTrait::execute_unprepared(db, sql)
        .await
        .map(drop)
        .map_err(|error| format!("{sql}\n  {error}"))
}

/// The tables that stay with their columns that do.
fn old<'p>(plan: &'p Plan, lineage: &Lineage) -> Vec<(&'p Table, Vec<&'p Column>)> {
    let kept = lineage.kept();
    let tables = plan.before.tables.iter().filter_map(|table| {
        let kept = kept.get(&table.name)?;
        let columns = table.columns.iter();
        let columns = columns.filter(|column| column.generated.is_some() || kept.contains(&column.name));
        Some((table, columns.collect()))
    });
    tables.collect()
}

async fn is_before(
    plan: &Plan,
    lineage: &Lineage,
    filled: &Filled,
    db: &DatabaseConnection,
    dialect: Dialect,
) -> Result<(), String> {
    let place = Place { db, dialect };
    for (table, columns) in old(plan, lineage) {
        let at: Vec<usize> = columns
            .iter()
            .map(|column| {
                table
                    .columns
                    .iter()
                    .position(|other| other.name == column.name)
                    .unwrap()
            })
            .collect();
        let expected = filled.before[&table.name].iter();
        let expected = expected
            .map(|row| at.iter().map(|at| row[*at].clone()).collect())
            .collect();
        compare(&table.name, &columns, expected, place.rows(table, &columns).await?)?;
    }
    Ok(())
}

async fn is_after(
    plan: &Plan,
    lineage: &Lineage,
    filled: &Filled,
    db: &DatabaseConnection,
    dialect: Dialect,
) -> Result<(), String> {
    let place = Place { db, dialect };
    for (name, line) in &lineage.0 {
        let table = plan.after.table(name).unwrap();
        let columns: Vec<&Column> = table.columns.iter().collect();
        let found = place.rows(table, &columns).await?;
        if line.before.is_none() {
            compare(name, &columns, Vec::new(), found)?;
            continue;
        }
        let expected = filled.after[name].clone();
        compare(
            name,
            &columns,
            hidden(&columns, line, expected),
            hidden(&columns, line, found),
        )?;
    }
    Ok(())
}

/// What differs from run to run is only asked to be there: a moment, a number that the database gave.
fn hidden(columns: &[&Column], line: &Line, rows: Vec<Row>) -> Vec<Row> {
    let is_free = |column: &Column| match &line.columns[&column.name] {
        Source::Old(_) => false,
        Source::Given(value) => !value.is_constant(),
        Source::Fresh => {
            column.auto_increment.is_on() || column.default.as_ref().is_some_and(|default| !default.is_constant())
        }
    };
    let hide = |(column, value): (&&Column, Option<String>)| {
        if is_free(column) {
            value.map(|_| "…".to_owned())
        } else {
            value
        }
    };
    rows.into_iter()
        .map(|row| columns.iter().zip(row).map(hide).collect())
        .collect()
}

fn sorted(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort();
    rows
}

fn compare(table: &str, columns: &[&Column], expected: Vec<Row>, found: Vec<Row>) -> Result<(), String> {
    let (expected, found) = (sorted(expected), sorted(found));
    if expected == found {
        return Ok(());
    }
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let mut text = format!("`{table}` ({}) has other rows", names.join(", "));
    for (word, rows, others) in [("expected", &expected, &found), ("found", &found, &expected)] {
        let _ = write!(text, "\n  {word} {} rows", rows.len());
        for row in rows.iter().filter(|row| !others.contains(row)).take(3) {
            let values: Vec<String> = row
                .iter()
                .map(|value| {
                    value
                        .as_ref()
                        .map_or("NULL".to_owned(), |value| value.chars().take(60).collect())
                })
                .collect();
            let _ = write!(text, "\n    {}", values.join(" | "));
        }
    }
    Err(text)
}
