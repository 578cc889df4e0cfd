//! What a run would send, without sending it.

use std::fmt;

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
use serde::Serialize;

use super::{
    Error, HalfBack, History, Linting, Result, StepKind,
    branches::Footprint,
    linted::scripts,
    runner::{Known, Runner},
};
use crate::{
    ddl::{asked, quote},
    lint::{self, Finding, Held, Script, lint},
    schema::Dialect,
};

/// The pending steps, with what they would send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DryRun {
    /// The database that it was made for.
    pub dialect: Dialect,
    /// Whether a database was looked at: without one everything counts as pending.
    pub looked: bool,
    /// The steps.
    pub steps: Vec<DryStep>,
}

/// A pending step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DryStep {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: StepKind,
    /// Whether it runs outside of a transaction.
    pub online: bool,
    /// Where taking it back has stopped half-way: what is still there is left out of what is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub half_back: Option<HalfBack>,
    /// What it would send, in this order.
    pub statements: Vec<String>,
    /// How often it asks the database first; what it then sends may differ.
    pub questions: usize,
    /// The table that a data step reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reads: Option<String>,
    /// The rows of the tables that are there and that it touches.
    pub rows: Vec<(String, i64)>,
    /// Rows that do not fit into what comes, as the database has them now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unfit: Vec<UnfitRows>,
    /// The locks that it will take on tables in use.
    pub locks: Vec<Held>,
    /// What `lint` finds in it and nobody has answered.
    pub findings: Vec<Finding>,
    /// Why its statements can't be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broken_off: Option<String>,
}

/// Rows that stand in the way of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnfitRows {
    /// What is wrong with them.
    pub what: String,
    /// How many there are; none where only an earlier pending step makes the table or the column.
    pub rows: Option<i64>,
    /// The query that finds them.
    pub query: String,
}

/// What [`Runner::up`] would do. It touches nothing: a database, if there is one, is only read. What a person has answered
/// to findings is put into each script by `answered`.
///
/// # Errors
/// As [`Runner::up`], before it writes.
pub async fn rehearsed(
    db: Option<&DatabaseConnection>,
    dialect: Dialect,
    history: History,
    limit: Option<u32>,
    to: Option<&str>,
    answered: &(dyn Fn(&mut Script) + Sync),
) -> Result<DryRun> {
    let mut steps = Vec::new();
    let which = if db.is_some() { Linting::Pending } else { Linting::All };
    let (mut scripts, options) = scripts(db, dialect, history, &which).await?;
    scripts.iter_mut().for_each(answered);
    if let Some(db) = db {
        let runner = Runner::new(db, history)?;
        let status = runner.sound().await?;
        if !status.unknown_tables.is_empty() {
            return Err(Error::NotAdopted(status.unknown_tables));
        }
        let there = super::tracking::tables(db, runner.table()).await?;
        for step in runner.pending(&status, limit, to)? {
            let rows = at_stake(db, &there, &step.footprint).await?;
            let mut told = told(step, rows);
            told.unfit = unfit_rows(db, step).await;
            let own = status.steps.iter().find(|status| status.name == step.name());
            told.half_back = own.and_then(|own| own.half_back.clone());
            steps.push(told);
        }
    } else {
        let known = Known::all(history, crate::emit::backend(dialect))?;
        let last = match to {
            None => known.len(),
            Some(name) => known
                .iter()
                .position(|step| step.name() == name)
                .map(|at| at + 1)
                .ok_or_else(|| Error::NoStep(name.to_owned()))?,
        };
        let limit = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        steps.extend(known.iter().take(last).take(limit).map(|step| told(step, Vec::new())));
    }
    let mut findings = lint(&scripts, &options).findings;
    let mut locks = lint::locks(&scripts, &options);
    for step in &mut steps {
        step.findings = findings.extract_if(.., |finding| finding.step == step.name).collect();
        step.locks = locks.extract_if(.., |held| held.step == step.name).collect();
    }
    Ok(DryRun {
        dialect,
        looked: db.is_some(),
        steps,
    })
}

fn told(step: &Known, rows: Vec<(String, i64)>) -> DryStep {
    DryStep {
        name: step.name().to_owned(),
        kind: step.kind,
        online: step.is_online,
        half_back: None,
        statements: step.recording.statements.clone(),
        questions: step.recording.questions.len(),
        reads: step.recording.data.as_ref().map(|facts| facts.source.clone()),
        rows,
        unfit: Vec::new(),
        locks: Vec::new(),
        findings: Vec::new(),
        broken_off: step.recording.broken_off.clone(),
    }
}

/// What a step asks about rows that do not fit, asked of the database as it is now.
async fn unfit_rows(db: &DatabaseConnection, step: &Known) -> Vec<UnfitRows> {
    let sent = step.recording.statements.iter().chain(&step.recording.questions);
    let mut found = Vec::new();
    for (what, from) in sent.filter_map(|sql| asked(sql)) {
        let backend = db.get_database_backend();
        let counted = Statement::from_string(backend, format!("SELECT count(*) AS count FROM {from}"));
        let row = db.query_one_raw(counted).await.ok().flatten();
        found.push(UnfitRows {
            what,
            rows: row.and_then(|row| row.try_get("", "count").ok()),
            query: format!("SELECT * FROM {from}"),
        });
    }
    found
}

/// How many rows the tables have that a step touches; PostgreSQL's estimate, where it has one, because counting a large table
/// takes as long as reading it.
async fn at_stake(db: &DatabaseConnection, there: &[String], footprint: &Footprint) -> Result<Vec<(String, i64)>> {
    let mut rows = Vec::new();
    for table in footprint
        .changed_tables()
        .filter(|table| there.iter().any(|name| name == table))
    {
        let backend = db.get_database_backend();
        let counted = format!("SELECT count(*) AS count FROM {}", quote(table));
        let sql = if backend == DbBackend::Postgres {
            let name = crate::ddl::quote_text(&quote(table));
            format!(
                "SELECT CASE WHEN reltuples >= 100000 THEN reltuples::bigint ELSE (SELECT count(*) FROM {}) END AS count \
                 FROM pg_class WHERE oid = {name}::regclass",
                quote(table)
            )
        } else {
            counted
        };
        let row = db.query_one_raw(Statement::from_string(backend, sql)).await?;
        rows.push((table.to_owned(), row.map_or(Ok(0), |row| row.try_get("", "count"))?));
    }
    Ok(rows)
}

impl fmt::Display for DryRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() {
            return f.write_str("Nothing to do.\n");
        }
        if !self.looked {
            f.write_str("-- For an empty database; none was looked at.\n\n")?;
        }
        for step in &self.steps {
            let kind = match (step.kind, step.online) {
                (StepKind::Data, _) => "data step",
                (StepKind::Schema, true) if self.dialect == Dialect::Postgres => {
                    "schema step, each statement by itself"
                }
                (StepKind::Schema, _) => "schema step, in one transaction",
            };
            writeln!(f, "-- {}: {kind}", step.name)?;
            if let Some(half) = &step.half_back {
                writeln!(
                    f,
                    "--   it is half taken back: `down` has stopped {}. What is still there is left out; `down` would go on",
                    half.at()
                )?;
            }
            if let Some(table) = &step.reads {
                writeln!(
                    f,
                    "--   it moves rows of `{table}`, in batches; `seawright data run --dry-run` rehearses it"
                )?;
            }
            for (table, rows) in &step.rows {
                writeln!(f, "--   `{table}` has {rows} rows")?;
            }
            for unfit in &step.unfit {
                match unfit.rows {
                    Some(0) => {}
                    Some(rows) => writeln!(
                        f,
                        "--   it will be refused: {} in {rows} {}; find them with: {}",
                        unfit.what,
                        if rows == 1 { "row" } else { "rows" },
                        unfit.query
                    )?,
                    None => writeln!(
                        f,
                        "--   it may be refused: {}; an earlier step makes the table",
                        unfit.what
                    )?,
                }
            }
            for held in &step.locks {
                writeln!(f, "--   it locks `{}`: {}", held.table, held.lock)?;
            }
            for line in lint::lines(&step.findings) {
                writeln!(f, "--   {line}")?;
            }
            if step.questions > 0 {
                writeln!(
                    f,
                    "--   it asks the database {} first, and may send something else by the answers",
                    if step.questions == 1 {
                        "once".to_owned()
                    } else {
                        format!("{} times", step.questions)
                    }
                )?;
            }
            for sql in &step.statements {
                writeln!(f, "{};", sql.trim_end().trim_end_matches(';'))?;
            }
            if let Some(why) = &step.broken_off {
                writeln!(f, "--   what comes after that can't be told without a database: {why}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
