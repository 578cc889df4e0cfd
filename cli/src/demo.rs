//! `seawright demo`: a legacy database, made, adopted, migrated and verified before the reader's eyes.

use std::{collections::BTreeMap, fmt::Write as _, process::ExitCode};

use async_trait::async_trait;
use data_migrations::Keys;
use entity::{
    events::{conditional_actions, logs},
    tools::tool_action_templates,
    vault::{Vault, VaultError, VaultKey},
};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseConnection, DbErr, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Statement,
};
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use seawright::{
    cli::{Context, ExtraCommand},
    history::{Adoption, Error, History, Report, Result, Runner, adopt, connect, differences, replay},
    introspect::introspect,
    seed::{SeedOptions, SeedProfile as _, Seeded},
    verify::{Options, Verification, flows::run_flows, verify},
};
use serde::Serialize;

use crate::seeds::Legacy;

/// The command.
#[derive(Debug)]
pub struct Demo;

/// The history, with secrets sealed by a key that the demonstration makes up.
pub(crate) struct Demonstrated;

impl MigratorTrait for Demonstrated {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let Ok(keys) = made_up() else {
            return migration::Migrator::migrations();
        };
        let sealing = data_migrations::sealing(&keys);
        migration::Migrator::migrations()
            .into_iter()
            .map(|step| match sealing.iter().find(|own| own.step() == step.name()) {
                Some(own) => Box::new(own.clone()) as Box<dyn MigrationTrait>,
                None => step,
            })
            .collect()
    }
}

/// A key that is good for nothing else.
fn made_up() -> Result<Keys, VaultError> {
    let key = VaultKey::parse(&format!("demo:{}", "5ea3".repeat(16)))?;
    Ok(Keys::of(Vault::new(key)))
}

/// One claim and what the database says to it.
#[derive(Debug, Serialize)]
struct Check {
    claim: &'static str,
    holds: bool,
    found: String,
}

/// Everything that the demonstration did.
#[derive(Debug, Serialize)]
struct Demonstration {
    database: String,
    seeded: Seeded,
    refusal: String,
    adoption: Adoption,
    migration: Report,
    checks: Vec<Check>,
    verification: Verification,
}

/// What the legacy database held, to be held against the migrated one.
struct Before {
    logs: BTreeMap<i32, (Option<String>, Option<String>)>,
    conditional_events: Vec<i32>,
    templates: u64,
    sessions: u64,
}

#[async_trait]
impl ExtraCommand for Demo {
    fn name(&self) -> &'static str {
        "demo"
    }

    fn about(&self) -> &'static str {
        "Make a legacy database, adopt it, migrate it and verify the result, on the embedded database"
    }

    async fn run(&self, context: &Context) -> Result<ExitCode> {
        let path = std::env::temp_dir().join(format!("seawright-demo-{}.db", std::process::id()));
        let url = format!("sqlite://{}?mode=rwc", path.display());
        let db = connect(&url, None).await?;
        // Without a key of its own, the demonstration takes one that is good for nothing else.
        let (history, keys) = match Vault::from_env() {
            Ok(vault) if vault.current().is_some() => (context.history()?, Keys::environment()),
            _ => {
                let keys = made_up().map_err(|error| Error::Usage(error.to_string()))?;
                (History::of::<Demonstrated>(), keys)
            }
        };

        let seeded = Legacy::new(crate::baseline).seed(&db, SeedOptions::default()).await?;
        let before = before(&db).await?;
        let refusal = match Runner::new(&db, history)?.up(None, None).await {
            Err(error @ Error::NotAdopted(_)) => error.to_string(),
            Err(other) => return Err(other),
            Ok(_) => return Err(Error::Usage("`up` ran on a database that nobody adopted".into())),
        };
        let adoption = adopt(&db, &url, history, false).await?;
        let migration = Runner::new(&db, history)?.up(None, None).await?;
        let checks = checks(&db, &url, history, &before, &migration).await?;
        let options = Options::default();
        let mut verification = verify(&db, crate::checks::with(&keys)?, options).await?;
        run_flows(&db, &crate::flows::all()?, true, options.timeout, &mut verification).await?;
        db.close().await?;

        let failed = checks.iter().any(|check| !check.holds) || !verification.holds();
        let shown = Demonstration {
            database: path.display().to_string(),
            seeded,
            refusal,
            adoption,
            migration,
            checks,
            verification,
        };
        context.output().result(text(&shown), &shown)?;
        Ok(if failed { ExitCode::from(3) } else { ExitCode::SUCCESS })
    }
}

async fn rows(db: &DatabaseConnection, sql: &str) -> Result<Vec<sea_orm::QueryResult>, DbErr> {
    db.query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
}

async fn number(db: &DatabaseConnection, sql: &str) -> Result<u64, DbErr> {
    let rows = rows(db, sql).await?;
    let number: i64 = rows.first().map_or(Ok(0), |row| row.try_get_by_index(0))?;
    Ok(u64::try_from(number).unwrap_or(0))
}

async fn before(db: &DatabaseConnection) -> Result<Before, DbErr> {
    let mut logs = BTreeMap::new();
    for row in rows(db, "SELECT id, script_name, script_type FROM logs").await? {
        logs.insert(
            row.try_get("", "id")?,
            (row.try_get("", "script_name")?, row.try_get("", "script_type")?),
        );
    }
    let mut conditional_events = Vec::new();
    for row in rows(db, "SELECT id FROM conditional_events ORDER BY id").await? {
        conditional_events.push(row.try_get("", "id")?);
    }
    Ok(Before {
        logs,
        conditional_events,
        templates: number(db, "SELECT count(*) FROM templates").await?,
        sessions: number(db, "SELECT count(*) FROM sessions").await?,
    })
}

/// Asks the migrated database, through the entities wherever a row is read.
async fn checks(
    db: &DatabaseConnection,
    url: &str,
    history: History,
    before: &Before,
    report: &Report,
) -> Result<Vec<Check>> {
    let mut checks = Vec::new();
    let mut check = |claim, holds, found: String| checks.push(Check { claim, holds, found });

    let live = introspect(db).await?;
    let expected = replay(db, url, history)
        .await?
        .into_iter()
        .next_back()
        .map(|(_, schema)| schema)
        .unwrap_or_default();
    let different = differences(&expected, &live);
    check(
        "the schema is the history's, in every column, key and index",
        different.is_empty() && !live.tables.is_empty(),
        format!("{} tables, {} differences", live.tables.len(), different.len()),
    );

    let logs: Vec<(i32, Option<String>, Option<String>)> = logs::Entity::find()
        .select_only()
        .columns([logs::Column::Id, logs::Column::EventName, logs::Column::EventType])
        .into_tuple()
        .all(db)
        .await?;
    let same = logs
        .iter()
        .filter(|(id, name, kind)| before.logs.get(id) == Some(&(name.clone(), kind.clone())))
        .count();
    check(
        "every log kept the name and type of its script",
        same == before.logs.len() && logs.len() == same,
        format!("{same} of {} logs", before.logs.len()),
    );

    let actions: Vec<i32> = conditional_actions::Entity::find()
        .select_only()
        .column(conditional_actions::Column::Id)
        .order_by_asc(conditional_actions::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    let held: u64 = report
        .moved
        .iter()
        .filter(|summary| summary.source == "conditional_actions")
        .map(|summary| summary.quarantined)
        .sum();
    check(
        "every conditional event is a conditional action under its id, or whole in quarantine with the reason",
        actions.iter().all(|id| before.conditional_events.contains(id))
            && (actions.len()..=actions.len() + usize::try_from(held).unwrap_or(0))
                .contains(&before.conditional_events.len()),
        format!(
            "{} of {}, {held} in quarantine",
            actions.len(),
            before.conditional_events.len()
        ),
    );

    let of = |table: &str| {
        report
            .moved
            .iter()
            .find(|summary| summary.source == table)
            .cloned()
            .unwrap_or_default()
    };
    let templates = of("templates");
    let made = tool_action_templates::Entity::find()
        .filter(tool_action_templates::Column::Name.starts_with("[Migrated] "))
        .count(db)
        .await?;
    check(
        "every template is migrated, or whole in quarantine with the reason",
        templates.migrated == made && templates.migrated + templates.quarantined == before.templates,
        format!(
            "{} migrated, {} in quarantine, of {}",
            templates.migrated, templates.quarantined, before.templates
        ),
    );
    let sessions = of("sessions");
    check(
        "every session is archived whole",
        sessions.archived == before.sessions,
        format!("{} of {}", sessions.archived, before.sessions),
    );

    let quarantined = |table: &str| {
        let all = report.moved.iter().filter(|summary| summary.source == table);
        i64::try_from(all.map(|summary| summary.quarantined).sum::<u64>()).unwrap_or(0)
    };
    let lost: Vec<&str> = report
        .counts
        .iter()
        .filter(|count| match (count.before, count.after) {
            (Some(before), Some(after)) => after > before || before - after > quarantined(&count.table),
            _ => false,
        })
        .map(|count| count.table.as_str())
        .collect();
    check(
        "no other table gained a row, or lost one that is not in quarantine",
        lost.is_empty(),
        if lost.is_empty() {
            "none".into()
        } else {
            lost.join(", ")
        },
    );

    for (claim, all, good) in [
        (
            "every log has its job, and no job is another event's",
            "SELECT count(*) FROM logs",
            "SELECT count(*) FROM logs JOIN jobs ON jobs.id = logs.job_id AND jobs.event_id = logs.event_id",
        ),
        (
            "every event has an entry among the jobs",
            "SELECT count(*) FROM events",
            "SELECT count(DISTINCT event_id) FROM jobs WHERE id LIKE 'job_evt-%'",
        ),
        (
            "every script speaks to the runtime API, or a person is asked to look",
            "SELECT count(*) FROM events WHERE type IN ('BASH', 'PYTHON', 'NODEJS')",
            "SELECT count(*) FROM events WHERE tags LIKE '%\"runtime:api\"%'",
        ),
        (
            "every credential is sealed",
            "SELECT count(*) FROM tool_credentials",
            "SELECT count(*) FROM tool_credentials WHERE encrypted AND credentials LIKE 'v1:%'",
        ),
    ] {
        let (all, good) = (number(db, all).await?, number(db, good).await?);
        check(claim, all == good, format!("{good} of {all}"));
    }

    let proven = report.checks.iter().filter(|check| check.holds()).count();
    check(
        "everything holds that the data steps have to prove",
        proven == report.checks.len(),
        format!("{proven} of {} queries", report.checks.len()),
    );

    let orphans = rows(db, "PRAGMA foreign_key_check").await?.len();
    check(
        "no row refers to one that is not there",
        orphans == 0,
        format!("{orphans} such rows"),
    );
    Ok(checks)
}

fn text(shown: &Demonstration) -> String {
    let mut text = String::new();
    let rows: u64 = shown.seeded.tables.iter().map(|(_, rows)| rows).sum();
    let _ = writeln!(
        text,
        "1. A legacy database is made: {rows} rows in {} tables.",
        shown.adoption.counts.len()
    );
    let _ = writeln!(
        text,
        "\n2. `seawright up` refuses, for nobody adopted it:\n   {}",
        shown.refusal
    );
    let _ = writeln!(text, "\n3. `seawright adopt`\n{}", shown.adoption);
    let _ = writeln!(text, "4. `seawright up`\n{}", shown.migration);
    text += "5. What the migrated database says:\n";
    for check in &shown.checks {
        let _ = writeln!(
            text,
            "   {} {}: {}",
            if check.holds { "ok  " } else { "FAIL" },
            check.claim,
            check.found
        );
    }
    let _ = write!(
        text,
        "\n6. What `seawright verify --flows` asks of Cronium's rows, and what the database is for:\n{}",
        shown.verification
    );
    let _ = writeln!(
        text,
        "\nThe database is {}; look at it with `seawright -u sqlite://… status`.",
        shown.database
    );
    text
}
