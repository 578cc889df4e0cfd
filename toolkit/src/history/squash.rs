//! The proof that one migration does what several did: both are replayed, and what comes of it is compared.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait as _, DatabaseConnection, TransactionTrait as _};

use super::{
    Error, History, Result, Runner, compare::differences, counts, extensions, ledger, shadow::in_shadow, tracking,
};
use crate::{
    data::rows_text,
    introspect::{catalog, introspect},
    schema::Schema,
};

/// What both replays led to, as far as it differs: nothing, if it is proven.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// A line a difference.
    pub differences: Vec<String>,
    /// How many objects were compared, as the database's own catalog counts them.
    pub objects: usize,
}

/// A database as it is.
struct Point {
    schema: Schema,
    catalog: Vec<String>,
    rows: BTreeMap<String, i64>,
}

/// Replays a history in two shadow databases: in one as it is, in the other with those statements in the place of all steps up
/// to the one that is named. Compares both after that step and at the end: the schema, the catalog, the number of rows.
///
/// # Errors
/// Where the history itself cannot be replayed. That the other form cannot is a difference.
pub async fn prove(
    beside: &DatabaseConnection,
    url: &str,
    history: History,
    to: &str,
    statements: &[String],
) -> Result<Proof> {
    let old = in_shadow(beside, url, None, async |db| {
        let runner = Runner::new(db, history)?;
        runner.up(None, Some(to)).await?;
        let point = read(&runner).await?;
        runner.up(None, None).await?;
        Ok([point, read(&runner).await?])
    })
    .await?;
    let new = in_shadow(beside, url, None, async |db| {
        squashed(&Runner::new(db, history)?, to, statements).await
    })
    .await?;
    let mut proof = Proof {
        objects: old[0].catalog.len(),
        ..Proof::default()
    };
    let (point, end) = match new {
        Ok([point, end]) => (point, Some(end)),
        Err((point, said)) => {
            proof.differences.push(said);
            match point {
                Some(point) => (point, None),
                None => return Ok(proof),
            }
        }
    };
    compare(&format!("after `{to}`"), &old[0], &point, &mut proof.differences);
    if let Some(end) = end.filter(|_| proof.differences.is_empty()) {
        compare("at the end of the history", &old[1], &end, &mut proof.differences);
    }
    Ok(proof)
}

/// How far the squashed form came, and why not further.
type Replayed = std::result::Result<[Point; 2], (Option<Point>, String)>;

async fn squashed(runner: &Runner<'_>, to: &str, statements: &[String]) -> Result<Replayed> {
    let db = runner.db();
    let transaction = db.begin().await?;
    for statement in statements {
        if let Err(error) = transaction.execute_unprepared(statement).await {
            let error = Error::Database(error);
            if extensions::made_by_a_step(&error).is_some() {
                return Err(error);
            }
            return Ok(Err((
                None,
                format!("the new migration fails: {error}, at: {statement}"),
            )));
        }
    }
    transaction.commit().await?;
    let point = read(runner).await?;
    tracking::install(db, runner.table()).await?;
    ledger::install(db).await?;
    for step in runner.known() {
        tracking::insert(db, runner.table(), step.name()).await?;
        ledger::record(db, step.name(), &step.digests).await?;
        if step.name() == to {
            break;
        }
    }
    if let Err(error) = runner.up(None, None).await {
        return Ok(Err((
            Some(point),
            format!("what comes after it no longer runs in an empty database: {error}"),
        )));
    }
    Ok(Ok([point, read(runner).await?]))
}

async fn read(runner: &Runner<'_>) -> Result<Point> {
    let db = runner.db();
    Ok(Point {
        schema: introspect(db).await?,
        catalog: catalog(db).await?,
        rows: counts::count(db, &tracking::tables(db, runner.table()).await?).await?,
    })
}

/// Says how the second differs from the first.
fn compare(place: &str, old: &Point, new: &Point, said: &mut Vec<String>) {
    let before = said.len();
    said.extend(
        differences(&old.schema, &new.schema)
            .iter()
            .map(|difference| format!("{place}: {difference}")),
    );
    if said.len() == before {
        let only = |one: &[String], other: &[String]| -> Vec<String> {
            one.iter().filter(|line| !other.contains(line)).cloned().collect()
        };
        said.extend(
            only(&old.catalog, &new.catalog)
                .into_iter()
                .map(|line| format!("{place}, missing: {line}")),
        );
        said.extend(
            only(&new.catalog, &old.catalog)
                .into_iter()
                .map(|line| format!("{place}, extra: {line}")),
        );
    }
    for (table, rows) in &old.rows {
        let now = new.rows.get(table).copied().unwrap_or_default();
        if now != *rows {
            said.push(format!(
                "{place}: in an empty database the old steps leave {} in `{table}`, the new one {}",
                rows_text(u64::try_from(*rows).unwrap_or(0)),
                rows_text(u64::try_from(now).unwrap_or(0))
            ));
        }
    }
}
