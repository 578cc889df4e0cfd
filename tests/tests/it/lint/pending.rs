//! The same pending steps get the same findings, whoever asks: `lint` and `up --dry-run`, with a database and without.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait};
use seawright::{
    history::{Error, History, Linting, Runner, rehearsed, scripts},
    lint::lint,
    schema::Dialect,
};
use tests::{TestDb, on_every_database};

struct Sends(&'static str, &'static [&'static str]);

impl MigrationName for Sends {
    fn name(&self) -> &str {
        self.0
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Sends {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for sql in self.1 {
            manager.get_connection().execute_unprepared(sql).await?;
        }
        Ok(())
    }
}

macro_rules! history {
    ($name:ident: $($step:expr),* $(,)?) => {
        struct $name;
        impl MigratorTrait for $name {
            fn migrations() -> Vec<Box<dyn MigrationTrait>> {
                vec![$(Box::new($step)),*]
            }
        }
    };
}

const USERS: Sends = Sends(
    "m1_users",
    &["CREATE TABLE users (id integer PRIMARY KEY, name varchar(20))"],
);
const ROWS: Sends = Sends("m2_rows", &["INSERT INTO users (id, name) VALUES (1, 'Ada')"]);
const TAGS: Sends = Sends(
    "m3_tags",
    &["CREATE TABLE tags (id integer PRIMARY KEY, name varchar(20))"],
);
/// What is dangerous to a table in use: to one that an earlier step made, whichever it is.
const DANGEROUS: Sends = Sends(
    "m4_dangerous",
    &[
        "CREATE INDEX users_id ON users (id)",
        "ALTER TABLE users DROP COLUMN name",
        "ALTER TABLE tags DROP COLUMN name",
        "DELETE FROM users",
    ],
);
const HARMLESS: Sends = Sends("m5_harmless", &["CREATE TABLE notes (id integer PRIMARY KEY)"]);

history!(Baseline: USERS, ROWS, TAGS);
history!(WithoutTags: USERS, ROWS);
history!(All: USERS, ROWS, TAGS, DANGEROUS, HARMLESS);
history!(Squashed: Sends("m3_squashed", &[
    "CREATE TABLE users (id integer PRIMARY KEY, name varchar(20))",
    "CREATE TABLE tags (id integer PRIMARY KEY, name varchar(20))",
]), DANGEROUS, HARMLESS);

const SQUASHED: &str = r#"{"version":2,"migrations":[
    {"name":"m3_squashed","kind":"schema","replaces":[["m1_users","m2_rows","m3_tags"]]},
    {"name":"m4_dangerous","kind":"schema"},{"name":"m5_harmless","kind":"schema"}],"schema":{"tables":[]}}"#;

type Found = BTreeSet<(String, Option<usize>, &'static str)>;

fn dialect(db: &TestDb) -> Dialect {
    if db.is_postgres() {
        Dialect::Postgres
    } else {
        Dialect::Sqlite
    }
}

/// What `lint` finds, in those steps.
async fn linted(db: Option<&DatabaseConnection>, dialect: Dialect, history: History, of: &[String]) -> Found {
    let (scripts, options) = scripts(db, dialect, history, &Linting::Pending).await.unwrap();
    let findings = lint(&scripts, &options).findings.into_iter();
    findings
        .filter(|finding| of.contains(&finding.step))
        .map(|finding| (finding.step, finding.statement, finding.code))
        .collect()
}

/// What `up --dry-run` shows of those steps.
async fn shown(db: Option<&DatabaseConnection>, dialect: Dialect, history: History, of: &[String]) -> Found {
    let told = rehearsed(db, dialect, history, None, None, &|_| ()).await.unwrap();
    if db.is_some() {
        let pending: Vec<String> = told.steps.iter().map(|step| step.name.clone()).collect();
        assert_eq!(pending, of, "the dry run has the steps that `status` calls pending");
    }
    let findings = told.steps.into_iter().flat_map(|step| step.findings);
    findings
        .filter(|finding| of.contains(&finding.step))
        .map(|finding| (finding.step, finding.statement, finding.code))
        .collect()
}

/// What all of them say, which must be one thing.
async fn said(db: &TestDb, history: History) -> Found {
    let connection = db.connect().await;
    let status = Runner::new(&connection, history).unwrap().status().await.unwrap();
    let pending: Vec<String> = status
        .steps
        .iter()
        .filter(|step| step.applied_at.is_none())
        .map(|step| step.name.clone())
        .collect();
    let dialect = dialect(db);
    let found = linted(Some(&connection), dialect, history, &pending).await;
    assert_eq!(
        found,
        linted(None, dialect, history, &pending).await,
        "`lint` without a database"
    );
    assert_eq!(
        found,
        shown(Some(&connection), dialect, history, &pending).await,
        "`up --dry-run`"
    );
    assert_eq!(
        found,
        shown(None, dialect, history, &pending).await,
        "`up --dry-run` without a database"
    );
    found
}

fn is_about_the_dangerous_one(found: &Found, db: &TestDb) {
    assert!(found.iter().all(|(step, ..)| step == "m4_dangerous"), "{found:?}");
    let codes: Vec<&str> = found.iter().map(|(.., code)| *code).collect();
    let dropped = codes.iter().filter(|code| **code == "ban-drop-column").count();
    assert_eq!(dropped, 2, "of both tables: {found:?}");
    assert!(codes.contains(&"unbounded-delete"), "{found:?}");
    assert_eq!(
        codes.contains(&"require-concurrent-index-creation"),
        db.is_postgres(),
        "{found:?}"
    );
}

on_every_database! {
    /// The tables of the last applied step are in use.
    async fn one_applied_and_one_pending(db: TestDb) {
        let connection = db.connect().await;
        Runner::new(&connection, History::of::<Baseline>()).unwrap().up(None, None).await.unwrap();
        is_about_the_dangerous_one(&said(&db, History::of::<All>()).await, &db);
    }

    async fn nothing_applied(db: TestDb) {
        is_about_the_dangerous_one(&said(&db, History::of::<All>()).await, &db);
    }

    async fn a_hole(db: TestDb) {
        let connection = db.connect().await;
        Runner::new(&connection, History::of::<Baseline>()).unwrap().up(None, None).await.unwrap();
        connection.execute_unprepared("DELETE FROM seaql_migrations WHERE version = 'm3_tags'").await.unwrap();
        connection.execute_unprepared("DROP TABLE tags").await.unwrap();
        let without = Runner::new(&connection, History::of::<WithoutTags>()).unwrap();
        assert_eq!(without.status().await.unwrap().pending(), 0);
        is_about_the_dangerous_one(&said(&db, History::of::<All>()).await, &db);
    }

    /// The database has the steps that a squashed one stands for, and not its name.
    async fn a_squashed_one(db: TestDb) {
        let connection = db.connect().await;
        Runner::new(&connection, History::of::<Baseline>()).unwrap().up(None, None).await.unwrap();
        is_about_the_dangerous_one(&said(&db, History::of::<Squashed>().locked(SQUASHED)).await, &db);
    }

    async fn nothing_pending(db: TestDb) {
        let connection = db.connect().await;
        Runner::new(&connection, History::of::<All>()).unwrap().up(None, None).await.unwrap();
        assert_eq!(said(&db, History::of::<All>()).await, Found::new());
    }

    /// A limit takes steps away, not findings.
    async fn some_of_them(db: TestDb) {
        let connection = db.connect().await;
        let history = History::of::<All>();
        Runner::new(&connection, history).unwrap().up(Some(3), None).await.unwrap();
        let dialect = dialect(&db);
        let all = rehearsed(Some(&connection), dialect, history, None, None, &|_| ()).await.unwrap();
        let by_number = rehearsed(Some(&connection), dialect, history, Some(1), None, &|_| ()).await.unwrap();
        let by_name = rehearsed(Some(&connection), dialect, history, None, Some("m4_dangerous"), &|_| ()).await.unwrap();
        assert_eq!(by_number, by_name);
        assert_eq!(by_number.steps[..], all.steps[..1]);
        assert!(!all.steps[0].findings.is_empty());
    }

    /// What `up` refuses, `lint` does not call harmless.
    async fn a_record_of_another_history(db: TestDb) {
        let connection = db.connect().await;
        Runner::new(&connection, History::of::<All>()).unwrap().up(None, None).await.unwrap();
        let dialect = dialect(&db);
        let error = scripts(Some(&connection), dialect, History::of::<Baseline>(), &Linting::Pending).await.unwrap_err();
        assert!(matches!(error, Error::History(_)), "{error:?}");
        let error = rehearsed(Some(&connection), dialect, History::of::<Baseline>(), None, None, &|_| ()).await.unwrap_err();
        assert!(matches!(error, Error::History(_)), "{error:?}");
    }
}
