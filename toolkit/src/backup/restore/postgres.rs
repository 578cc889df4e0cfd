//! Into PostgreSQL: one transaction from the first drop to the last comparison, so that a restore that fails or is killed
//! leaves the database as it was.

use std::{collections::BTreeMap, path::Path};

use sea_orm::{ConnectionTrait as _, DatabaseConnection};

use super::{RestoreOptions, catalog::catalogs_differ, compared, refuse_what_is_there};
use crate::{
    backup::{
        across::Bridge,
        blocks::{Broken, Codec, Sink, Telling},
        copy,
        error::{BackupError, Result},
        feed::{Contents, Feed},
        meta::Counter,
        session::{Postgres, lines},
        sum::TableSum,
    },
    ddl::{quote, quote_text},
    introspect::catalog_of_all,
    schema::Dialect,
};

const AS_IT_WAS: &str = "everything was taken back, the database is as it was; please report it";

/// What the current schema holds, but for what extensions brought.
const THERE: &str = "
SELECT CASE c.relkind WHEN 'v' THEN 'the view' WHEN 'm' THEN 'the materialized view' WHEN 'S' THEN 'the sequence' WHEN 'f' THEN 'the foreign table' ELSE 'the table' END
       || ' `' || c.relname || '`' AS line
  FROM pg_class c WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('e', 'a', 'i') AND d.classid = 'pg_class'::regclass)
UNION ALL SELECT 'the type `' || t.typname || '`' FROM pg_type t WHERE t.typnamespace = quote_ident(current_schema())::regnamespace AND t.typtype IN ('e', 'd', 'r')
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')
UNION ALL SELECT 'the function `' || p.proname || '`' FROM pg_proc p WHERE p.pronamespace = quote_ident(current_schema())::regnamespace
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype IN ('e', 'i'))
ORDER BY 1";

/// The statements that drop it. None cascades: what another schema has that needs it is not ours to drop.
const DROPS: &str = "
SELECT format('DROP %s %I', CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'FOREIGN TABLE' END, c.relname) AS line
  FROM pg_class c WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND c.relkind IN ('v', 'm', 'f') AND {own}
UNION ALL SELECT 'DROP TABLE ' || string_agg(quote_ident(c.relname), ', ') FROM pg_class c
 WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND c.relkind IN ('r', 'p') AND {own} HAVING count(*) > 0
UNION ALL SELECT format('DROP SEQUENCE %I', c.relname) FROM pg_class c WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND c.relkind = 'S'
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('e', 'a', 'i') AND d.classid = 'pg_class'::regclass)
UNION ALL SELECT format('DROP ROUTINE %I(%s)', c.proname, pg_get_function_identity_arguments(c.oid)) FROM pg_proc c WHERE c.pronamespace = quote_ident(current_schema())::regnamespace
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('e', 'i'))
UNION ALL SELECT format('DROP TYPE %I', c.typname) FROM pg_type c WHERE c.typnamespace = quote_ident(current_schema())::regnamespace AND {own}
   AND (c.typtype IN ('e', 'd', 'r') OR c.typtype = 'c' AND EXISTS (SELECT FROM pg_class k WHERE k.oid = c.typrelid AND k.relkind = 'c'))";

/// What the current schema holds.
pub(in crate::backup) async fn there(session: &Postgres) -> Result<Vec<String>> {
    lines(session, "the catalog cannot be read", THERE).await
}

/// Drops all that the current schema holds.
pub(in crate::backup) async fn drop_all(session: &Postgres) -> Result<()> {
    let own = "NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = c.oid AND e.deptype = 'e')";
    let drops = lines(session, "the catalog cannot be read", &DROPS.replace("{own}", own)).await?;
    run(session, "what the database holds cannot be dropped", drops).await
}

/// Runs statements whose order only the database knows: one that fails is tried again after the others.
async fn run(session: &Postgres, doing: &str, mut statements: Vec<String>) -> Result<()> {
    while !statements.is_empty() {
        let before = statements.len();
        let mut left = Vec::new();
        let mut first = None;
        for statement in statements {
            let script = format!("SAVEPOINT one; {statement}; RELEASE SAVEPOINT one");
            if let Err(error) = session.execute_unprepared(&script).await {
                let back = session.execute_unprepared("ROLLBACK TO SAVEPOINT one").await;
                back.map_err(BackupError::database(doing))?;
                first.get_or_insert((error, statement.clone()));
                left.push(statement);
            }
        }
        if let Some((error, statement)) = first
            && left.len() == before
        {
            return Err(BackupError::database(format!("{doing}, by `{statement}`"))(error));
        }
        statements = left;
    }
    Ok(())
}

pub(super) async fn portable(
    db: &DatabaseConnection,
    path: &Path,
    contents: &Contents,
    bridge: Option<&Bridge>,
    options: RestoreOptions,
) -> Result<BTreeMap<String, TableSum>> {
    let session = Postgres::writing(db).await?;
    match all(&session, path, contents, bridge, options).await {
        Ok(sums) => {
            session.commit().await?;
            Ok(sums)
        }
        Err(error) => {
            session.close().await;
            Err(error)
        }
    }
}

async fn all(
    session: &Postgres,
    path: &Path,
    contents: &Contents,
    bridge: Option<&Bridge>,
    options: RestoreOptions,
) -> Result<BTreeMap<String, TableSum>> {
    let there = there(session).await?;
    refuse_what_is_there(&there, options)?;
    drop_all(session).await?;
    let own = bridge.map_or(&contents.meta.own, Bridge::own);
    let doing = "the schema cannot be made";
    run(session, doing, own.before.clone()).await?;
    rows(session, path, contents, bridge).await?;
    run(session, doing, own.after.clone()).await?;
    set_counters(session, &own.counters).await?;
    let sums = verified(session, contents, bridge, AS_IT_WAS).await?;
    if bridge.is_none() {
        let differences = schema_differs(session, contents).await?;
        if !differences.is_empty() {
            return Err(BackupError::Unequal {
                differences,
                state: AS_IT_WAS,
            });
        }
    }
    Ok(sums)
}

async fn rows(session: &Postgres, path: &Path, contents: &Contents, bridge: Option<&Bridge>) -> Result<()> {
    let mut feed = Feed::begin(path);
    let mut telling = Telling::begin("restore", contents.end.rows());
    while let Some(name) = feed.table().await {
        let Some(table) = contents.meta.tables.iter().find(|table| table.name == name) else {
            continue;
        };
        copy::write(session, table, &mut feed, &mut telling, |block| match bridge {
            None => {
                let count = Codec::Lines.rows(&block).count();
                Ok((block, count as u64))
            }
            Some(bridge) => bridge.lines(&name, &block),
        })
        .await?;
    }
    feed.end(path).await
}

async fn set_counters(session: &Postgres, counters: &[Counter]) -> Result<()> {
    for counter in counters {
        let sql = format!(
            "SELECT setval({}, {}, {})",
            quote_text(&quote(&counter.name)),
            counter.value,
            counter.given
        );
        let done = session.execute_unprepared(&sql).await;
        done.map_err(BackupError::database(format!(
            "the sequence `{}` cannot be set",
            counter.name
        )))?;
    }
    Ok(())
}

/// Reads all rows again and compares them with the file.
pub(in crate::backup) async fn verified(
    session: &Postgres,
    contents: &Contents,
    bridge: Option<&Bridge>,
    state: &'static str,
) -> Result<BTreeMap<String, TableSum>> {
    let sink = Sink::<std::io::Sink>::adding(Codec::Lines, bridge.map(|bridge| bridge.meaning(Dialect::Postgres)));
    let mut telling = Telling::begin("comparison", contents.end.rows());
    let mut read = Ok(());
    for table in &contents.meta.tables {
        read = copy::read(session, table, &sink, &mut telling).await;
        if read.is_err() {
            break;
        }
    }
    let added = sink.end().await;
    match read {
        Err(Broken::Read(error)) => return Err(error),
        Ok(()) | Err(Broken::Closed) => {}
    }
    let failing = BackupError::file(Path::new("the restored rows"), "they cannot be compared");
    let (_, sums) = added.map_err(failing)?;
    compared(
        contents,
        bridge.map_or(&contents.end.tables, Bridge::expected),
        &sums,
        state,
    )?;
    Ok(sums)
}

/// How the schema differs from that of the backup. Servers of two versions print the same thing in two ways, and a function's
/// text names its schema, so nothing is said of those.
async fn schema_differs(session: &Postgres, contents: &Contents) -> Result<Vec<String>> {
    let version = lines(
        session,
        "the version cannot be read",
        "SELECT current_setting('server_version') AS line",
    );
    let version = version.await?.concat();
    let major = |version: &str| version.split('.').next().unwrap_or_default().to_owned();
    if major(&version) != major(&contents.meta.server) {
        return Ok(Vec::new());
    }
    let found = catalog_of_all(session).await?;
    let renamed = contents.meta.schema_name.as_deref() != Some(session.schema.as_str());
    Ok(catalogs_differ(&contents.meta.catalog, &found, |line| {
        line.starts_with("extension ")
            || line.starts_with("index ") && line.contains(", invalid, comment ")
            || renamed && (line.starts_with("function ") || line.starts_with("index ") || line.contains("TRIGGER "))
    }))
}
