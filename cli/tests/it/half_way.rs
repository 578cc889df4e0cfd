//! A step that fails half-way leaves the database as it was, on SQLite too.

use sea_orm::ConnectionTrait as _;
use sea_orm_migration::{
    MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait,
    prelude::{ColumnDef, ColumnType, DbErr, Table},
};
use seawright::history::{Error, History, Runner};
use tests::on_every_database;

use crate::support::{dump, number, tables};

struct Makes(&'static str);

impl MigrationName for Makes {
    fn name(&self) -> &str {
        self.0
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Makes {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let id = ColumnDef::new("id").integer().not_null().primary_key().to_owned();
        manager
            .create_table(Table::create().table("first").col(id).to_owned())
            .await
    }
}

/// Creates a table, writes a row, and then asks for what cannot be.
struct Fails;

impl MigrationName for Fails {
    fn name(&self) -> &str {
        "m2_fails"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Fails {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let id = ColumnDef::new("id").integer().not_null().primary_key().to_owned();
        manager
            .create_table(Table::create().table("second").col(id).to_owned())
            .await?;
        manager
            .get_connection()
            .execute_unprepared("INSERT INTO first (id) VALUES (1)")
            .await?;
        manager
            .get_connection()
            .execute_unprepared("INSERT INTO nowhere (id) VALUES (1)")
            .await?;
        Ok(())
    }
}

/// Asks for a type that SQLite lacks, at which sea-query panics.
struct Arrays;

impl MigrationName for Arrays {
    fn name(&self) -> &str {
        "m2_arrays"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Arrays {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .get_connection()
            .execute_unprepared("INSERT INTO first (id) VALUES (2)")
            .await?;
        let tags = ColumnDef::new("tags").array(ColumnType::Text).to_owned();
        manager
            .create_table(Table::create().table("second").col(tags).to_owned())
            .await
    }
}

struct HalfWay;
impl MigratorTrait for HalfWay {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Makes("m1_makes")), Box::new(Fails)]
    }
}

struct Unknown;
impl MigratorTrait for Unknown {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Makes("m1_makes")), Box::new(Arrays)]
    }
}

struct Twice;
impl MigratorTrait for Twice {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Makes("m1_makes")), Box::new(Makes("m1_makes"))]
    }
}

struct Older;
impl MigratorTrait for Older {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![]
    }
}

on_every_database! {
    async fn a_failing_step_leaves_nothing_behind(db: TestDb) {
        let connection = db.connect().await;
        let runner = Runner::new(&connection, History::of::<HalfWay>()).unwrap();
        let error = runner.up(None, None).await.unwrap_err();
        assert_eq!(error.exit_code(), 1);
        assert!(error.to_string().starts_with("the step `m2_fails` failed on the way up"), "{error}");
        assert!(error.help().unwrap().contains("nothing of this step was kept"), "{error}");
        assert_eq!(tables(&connection).await, ["first"]);
        assert_eq!(number(&connection, "SELECT count(*) FROM first").await, 0);
        assert_eq!(number(&connection, "SELECT count(*) FROM seaql_migrations").await, 1);
        let before = dump(&db).await;
        runner.up(None, None).await.unwrap_err();
        assert_eq!(before, dump(&db).await);
        if db.is_sqlite() {
            assert_eq!(number(&connection, "PRAGMA foreign_keys").await, 1, "enforcement is on again");
        }
        connection.close().await.unwrap();
    }

    async fn two_steps_of_one_name(db: TestDb) {
        let connection = db.connect().await;
        let error = Runner::new(&connection, History::of::<Twice>()).unwrap_err();
        assert!(matches!(&error, Error::Duplicate(name) if name == "m1_makes"), "{error}");
        assert_eq!(tables(&connection).await, Vec::<String>::new());
        connection.close().await.unwrap();
    }

    async fn an_older_program_before_a_newer_database(db: TestDb) {
        let connection = db.connect().await;
        Runner::new(&connection, History::of::<HalfWay>()).unwrap().up(Some(1), None).await.unwrap();
        let older = Runner::new(&connection, History::of::<Older>()).unwrap();
        let error = older.up(None, None).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "this program is older than the database: it has no steps at all, and the database has 1 more, up to `m1_makes`; use the newer program"
        );
        assert_eq!(error.exit_code(), 4);
        connection.close().await.unwrap();
    }
}

tests::on_sqlite! {
    /// The panic of a builder becomes the step's error.
    async fn a_type_that_the_database_lacks(db: TestDb) {
        let connection = db.connect().await;
        let error = Runner::new(&connection, History::of::<Unknown>()).unwrap().up(None, None).await.unwrap_err();
        assert!(error.to_string().contains("Array is not available in Sqlite"), "{error}");
        assert_eq!(tables(&connection).await, ["first"]);
        assert_eq!(number(&connection, "SELECT count(*) FROM first").await, 0);
        connection.close().await.unwrap();
    }
}
