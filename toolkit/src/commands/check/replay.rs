//! What can be asked only of a database: one of Seawright's own, which is gone afterwards.

use sea_orm::DatabaseConnection;

use super::{Answer, Context, Finding};
use crate::{
    commands::source::{Read, alike, as_declared},
    history::{self, Error, History, LockFile, Result, Runner, Survey, Wishes, adopt, connect, differences},
    introspect::introspect,
    seed::{SeedOptions, SeedProfile},
};

/// Beside which database the shadows are made: the given one, else in memory.
pub(super) fn url(context: &Context) -> String {
    if context.is_url_given() {
        context.url()
    } else {
        "sqlite::memory:".to_owned()
    }
}

/// Does something in a shadow database; it is dropped in any case.
async fn in_shadow<T>(url: &str, work: impl AsyncFn(&DatabaseConnection) -> Result<T>) -> Result<T> {
    let beside = connect(url, None).await?;
    history::in_shadow(&beside, url, None, work).await
}

fn said(what: &str, differences: &[history::Difference]) -> Vec<Finding> {
    differences
        .iter()
        .map(|difference| Finding::new(format!("{what}: {difference}")))
        .collect()
}

pub(super) async fn from_nothing(context: &Context, history: History, url: &str) -> Result<Vec<Finding>> {
    let lock = LockFile::read(&context.migration_dir()?)?;
    let (empty, first, left, again) = in_shadow(url, async |db| {
        // The extensions of the user's database are there from the start.
        let empty = introspect(db).await?;
        let runner = Runner::new(db, history)?;
        runner.up(None, None).await?;
        let first = introspect(db).await?;
        runner.down(None).await?;
        let left = introspect(db).await?;
        runner.up(None, None).await?;
        Ok((empty, first, left, introspect(db).await?))
    })
    .await?;
    let mut findings = said("after the way back something is left", &differences(&empty, &left));
    findings.extend(said("the second time it leads elsewhere", &differences(&first, &again)));
    let replayed = Read {
        schema: first,
        from_database: true,
    };
    let locked = Read {
        schema: lock.schema,
        from_database: false,
    };
    let (replayed, locked) = alike(context, replayed, locked, Some(url)).await?;
    findings.extend(said(
        "the lock file promises something else",
        &differences(&as_declared(locked), &as_declared(replayed)),
    ));
    Ok(findings)
}

/// From wherever the profile's database stands: one that has recorded no step yet is adopted first, and one that has goes on
/// from there.
pub(super) async fn seeded(history: History, url: &str, profile: &dyn SeedProfile) -> Result<Answer> {
    Box::pin(in_shadow(url, async |db| {
        let runner = Runner::new(db, history)?;
        if profile.fills_tables() {
            runner.up(None, None).await?;
        }
        profile.seed(db, SeedOptions::default()).await?;
        let status = runner.status().await?;
        if !status.problems.is_empty() {
            return Err(Error::History(status.problems));
        }
        let begun = match status.steps.len() - status.pending() {
            0 => match adopted(db, url, history).await {
                Ok(recorded) => recorded,
                Err(error) => return Ok(vec![Finding::new(format!("it cannot be adopted: {error}"))].into()),
            },
            recorded => recorded,
        };
        let steps = runner.names().len() - begun;
        if steps == 0 {
            return Ok(Answer::noted(
                "it is at the end of the history: nothing is pending on it",
            ));
        }
        let before = introspect(db).await?;
        let report = runner.up(None, None).await?;
        let first = introspect(db).await?;
        let mut findings: Vec<Finding> = report
            .checks
            .iter()
            .filter(|check| !check.holds())
            .map(|check| Finding::new(format!("{}: {} ({} rows)", check.step, check.what, check.found)))
            .collect();
        runner.down(u32::try_from(steps).ok()).await?;
        findings.extend(said(
            "the way back leads elsewhere",
            &differences(&before, &introspect(db).await?),
        ));
        findings.extend(rows_differ(db, &report.counts).await?);
        runner.up(None, None).await?;
        findings.extend(said(
            "the second time it leads elsewhere",
            &differences(&first, &introspect(db).await?),
        ));
        Ok(findings.into())
    }))
    .await
}

/// Adopts it, or, where it has drifted, brings it to the nearest point; says how many steps it has then.
async fn adopted(db: &DatabaseConnection, url: &str, history: History) -> Result<usize> {
    match adopt(db, url, history, false).await {
        Err(Error::Differs { .. }) => {}
        other => return Ok(other?.recorded.len()),
    }
    let mut wishes = Wishes::default();
    // The rows are a profile's, made a moment ago: no moment of anybody's is at stake.
    wishes
        .decisions
        .zones
        .push(("*".to_owned(), "*".to_owned(), "UTC".to_owned()));
    let plan = Survey::take(db, url, None, history)
        .await?
        .plan(&wishes, &mut wishes.decisions.clone())?;
    Ok(plan.run(db, history, false).await?.recorded.len())
}

/// After the way back each table has the rows that it had.
async fn rows_differ(db: &DatabaseConnection, counts: &[history::Count]) -> Result<Vec<Finding>> {
    use sea_orm::{ConnectionTrait as _, Statement};
    let mut findings = Vec::new();
    for count in counts {
        let Some(before) = count.before else { continue };
        let sql = format!("SELECT count(*) AS count FROM {}", crate::ddl::quote(&count.table));
        let row = db
            .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
            .await?;
        let now: i64 = row.map_or(Ok(0), |row| row.try_get("", "count")).map_err(Error::from)?;
        if now != before {
            findings.push(Finding::new(format!(
                "`{}` had {before} rows and has {now} after the way back",
                count.table
            )));
        }
    }
    Ok(findings)
}
