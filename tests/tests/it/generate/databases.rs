//! The databases that the project's migrations run on.

use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use seawright::{
    diff::{Decisions, diff},
    introspect::{catalog, introspect},
    schema::Schema,
};
use tests::{TestDb, psql_dump, skips_postgres, sqlite_dump};

use super::project::Project;

/// One of each kind.
pub(super) struct Databases(Vec<TestDb>);

impl Databases {
    pub(super) async fn new() -> Self {
        let mut all = vec![TestDb::sqlite()];
        if !skips_postgres() {
            all.push(TestDb::postgres().await);
        }
        Self(all)
    }

    /// Runs SQL that all of them understand.
    pub(super) async fn execute(&self, sql: &str) {
        for db in &self.0 {
            let connection = db.connect().await;
            connection.execute_unprepared(sql).await.unwrap();
            connection.close().await.unwrap();
        }
    }

    /// Checks what a query finds, its columns joined by ` | `.
    pub(super) async fn find(&self, sql: &str, expected: &[&str]) {
        for db in &self.0 {
            assert_eq!(rows(db, sql).await, expected, "{sql} on {}", db.url());
        }
    }

    pub(super) async fn dumps(&self) -> Vec<String> {
        let mut dumps = Vec::new();
        for db in &self.0 {
            dumps.push(match db.path() {
                Some(path) => sqlite_dump(&path).await,
                None => psql_dump(db.url()),
            });
        }
        dumps
    }

    /// What each says of itself, without what only looks different.
    pub(super) async fn catalogs(&self) -> Vec<Vec<String>> {
        let mut catalogs = Vec::new();
        for db in &self.0 {
            let connection = db.connect().await;
            catalogs.push(catalog(&connection).await.unwrap());
            connection.close().await.unwrap();
        }
        catalogs
    }

    /// Where they are; PostgreSQL, if there is one, is the last.
    pub(super) fn urls(&self) -> Vec<&str> {
        self.0.iter().map(TestDb::url).collect()
    }

    async fn schemas(&self) -> Vec<Schema> {
        let mut schemas = Vec::new();
        for db in &self.0 {
            let connection = db.connect().await;
            schemas.push(introspect(&connection).await.unwrap());
            connection.close().await.unwrap();
        }
        schemas
    }

    /// Runs the program on each of them; it is to succeed.
    pub(super) fn each(&self, shop: &Project, arguments: &[&str]) {
        for db in &self.0 {
            shop.succeed(&[&["-u", db.url()], arguments].concat());
        }
    }

    /// Runs the program on each of them; it is to fail with those words.
    pub(super) fn refuse(&self, shop: &Project, arguments: &[&str], words: &str) {
        self.refuse_with(1, shop, arguments, words);
    }

    /// As [`refuse`](Self::refuse), with that exit code.
    pub(super) fn refuse_with(&self, code: i32, shop: &Project, arguments: &[&str], words: &str) {
        for db in &self.0 {
            let said = shop.run(&[&["-u", db.url()], arguments].concat());
            assert_eq!(said.code, code, "{said:#?}");
            assert!(said.stderr.contains(words), "{said:#?}");
        }
    }

    /// Applies that many new steps, takes them back and applies them again. The way down leads to where the way up
    /// began, both ways up lead to the same, and entities, history and databases agree.
    pub(super) async fn up_down_up(&self, shop: &Project, steps: usize) {
        let before = self.schemas().await;
        self.each(shop, &["up"]);
        self.agree(shop);
        let dumps = self.dumps().await;
        self.each(shop, &["down", "-n", &steps.to_string()]);
        for (was, is) in before.iter().zip(&self.schemas().await) {
            let plan = diff(was, is, &mut Decisions::default()).unwrap();
            assert!(plan.is_empty(), "the way down leaves {:#?}", plan.changes);
        }
        self.each(shop, &["up"]);
        assert_eq!(self.dumps().await, dumps, "before and after the way down and up again");
        self.agree(shop);
    }

    /// Entities, history and databases are one.
    pub(super) fn agree(&self, shop: &Project) {
        assert_eq!(shop.succeed(&["diff"]), "Nothing to do.\n");
        for db in &self.0 {
            for from in ["history", "entities"] {
                let said = shop.succeed(&["-u", db.url(), "diff", "--from", from, "--to", "live"]);
                assert_eq!(said, "Nothing to do.\n", "from {from} to live on {}", db.url());
            }
        }
    }
}

/// What a query finds, its one column as text.
pub(super) async fn rows(db: &TestDb, sql: &str) -> Vec<String> {
    let backend = if db.is_postgres() {
        DbBackend::Postgres
    } else {
        DbBackend::Sqlite
    };
    let connection = db.connect().await;
    // Every column as text, so that one reading fits all.
    let rows = connection
        .query_all_raw(Statement::from_string(backend, sql))
        .await
        .unwrap();
    let found = rows
        .iter()
        .map(|row| row.try_get_by_index::<String>(0).unwrap())
        .collect();
    connection.close().await.unwrap();
    found
}
