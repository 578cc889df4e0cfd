//! A squashed step stands for several: what a database is told that has all of them, some, or none; and what is no proof.

use insta::{allow_duplicates, assert_snapshot};
use migration::Migrator;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, Statement};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait};
use seawright::{
    data::require_verified,
    diff::{Decisions, diff},
    emit::statements,
    history::{Error, History, LockFile, Problem, Remark, Runner, prove},
    schema::{Dialect, Schema},
};
use tests::{TestDb, on_every_database};

use super::small::{Sends, history};

const USERS: &[&str] = &["CREATE TABLE users (id integer PRIMARY KEY, name varchar(20))"];
const AGE: &[&str] = &["ALTER TABLE users ADD COLUMN age integer"];
const BOTH: &[&str] = &["CREATE TABLE users (id integer PRIMARY KEY, name varchar(20), age integer)"];
const CITY: &[&str] = &["ALTER TABLE users ADD COLUMN city varchar(20)"];
const ALL: &[&str] = &["CREATE TABLE users (id integer PRIMARY KEY, name varchar(20), age integer, city varchar(20))"];
const NONE: &[&str] = &["DROP TABLE users"];

history!(Long: Sends::up("m1_users", USERS), Sends::up("m2_age", AGE), Sends::up("m3_city", CITY));
history!(Short:
    Box::new(Sends { name: "m2_squashed", up: BOTH, down: NONE }),
    Box::new(Sends { name: "m3_city", up: CITY, down: &["ALTER TABLE users DROP COLUMN city"] }),
);
history!(Shortest: Box::new(Sends { name: "m3_squashed", up: ALL, down: NONE }));

const SHORT: &str = r#"{"version":2,"migrations":[
    {"name":"m2_squashed","kind":"schema","replaces":[["m1_users","m2_age"]]},
    {"name":"m3_city","kind":"schema"}],"schema":{"tables":[]}}"#;
const SHORTEST: &str = r#"{"version":2,"migrations":[
    {"name":"m3_squashed","kind":"schema","replaces":[["m1_users","m2_age","m3_city"],["m2_squashed","m3_city"]]}],"schema":{"tables":[]}}"#;

fn short(db: &DatabaseConnection) -> Runner<'_> {
    Runner::new(db, History::of::<Short>().locked(SHORT)).unwrap()
}

fn shortest(db: &DatabaseConnection) -> Runner<'_> {
    Runner::new(db, History::of::<Shortest>().locked(SHORTEST)).unwrap()
}

async fn long(db: &DatabaseConnection, steps: u32) {
    Runner::new(db, History::of::<Long>())
        .unwrap()
        .up(Some(steps), None)
        .await
        .unwrap();
}

/// The steps that are recorded, with when.
async fn recorded(db: &DatabaseConnection) -> Vec<(String, i64)> {
    let sql = "SELECT version, applied_at FROM seaql_migrations ORDER BY version";
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .unwrap();
    rows.iter()
        .map(|row| {
            (
                row.try_get("", "version").unwrap(),
                row.try_get("", "applied_at").unwrap(),
            )
        })
        .collect()
}

async fn names(db: &DatabaseConnection) -> Vec<String> {
    recorded(db).await.into_iter().map(|(name, _)| name).collect()
}

on_every_database! {
    async fn one_that_has_all_of_them_needs_nothing(db: TestDb) {
        let db = db.connect().await;
        long(&db, 2).await;
        db.execute_unprepared("UPDATE seaql_migrations SET applied_at = 100 + length(version)").await.unwrap();
        let status = short(&db).status().await.unwrap();
        assert_eq!(status.problems, []);
        assert_eq!(status.pending(), 1);
        let said: Vec<String> = status.remarks.iter().map(ToString::to_string).collect();
        allow_duplicates! { assert_snapshot!(said.join("\n"), @"`m2_squashed` counts as applied: this database has the 2 steps that it stands for, `m1_users` to `m2_age`; the next run records it in their place"); }
        assert_eq!(names(&db).await, ["m1_users", "m2_age"], "looking writes nothing");
        short(&db).up(Some(0), None).await.unwrap();
        // That of the last.
        assert_eq!(recorded(&db).await, [("m2_squashed".to_owned(), 108)]);
        let ran = short(&db).up(None, None).await.unwrap();
        assert_eq!(ran.steps.len(), 1);
        assert_eq!(names(&db).await, ["m2_squashed", "m3_city"]);
        assert_eq!(short(&db).status().await.unwrap().remarks, []);
        short(&db).down(None).await.unwrap();
        assert_eq!(names(&db).await, Vec::<String>::new());
        short(&db).up(None, None).await.unwrap();
    }

    async fn one_that_has_some_is_told_what_to_do(db: TestDb) {
        let db = db.connect().await;
        long(&db, 1).await;
        let error = short(&db).up(None, None).await.unwrap_err();
        assert_eq!(error.exit_code(), 4);
        allow_duplicates! { assert_snapshot!(error, @"`m2_squashed` stands for 2 older steps, of which this database has 1, up to `m1_users`: take the program from before the squash and apply the others with it (`up --to m2_age`), then come back with this one"); }
        assert_eq!(names(&db).await, ["m1_users"]);
        long(&db, 1).await;
        short(&db).up(None, None).await.unwrap();
        assert_eq!(names(&db).await, ["m2_squashed", "m3_city"]);
    }

    async fn one_that_has_either_form_goes_on_after_a_second_squash(db: TestDb) {
        let db = db.connect().await;
        long(&db, 3).await;
        let remarks = shortest(&db).status().await.unwrap().remarks;
        assert!(matches!(&remarks[..], [Remark::Squashed { replaces, .. }] if replaces.len() == 3), "{remarks:?}");
        short(&db).up(None, None).await.unwrap();
        let remarks = shortest(&db).status().await.unwrap().remarks;
        assert!(matches!(&remarks[..], [Remark::Squashed { replaces, .. }] if replaces.len() == 2), "{remarks:?}");
        shortest(&db).up(None, None).await.unwrap();
        assert_eq!(names(&db).await, ["m3_squashed"]);
        // The program from before does not take it for its own.
        let Err(Error::History(problems)) = short(&db).up(None, None).await else { panic!("it ran") };
        assert!(matches!(&problems[..], [Problem::Missing { .. } | Problem::Newer { .. }]), "{problems:?}");
        shortest(&db).down(None).await.unwrap();
    }

    async fn a_way_back_begins_with_the_new_name(db: TestDb) {
        let db = db.connect().await;
        long(&db, 3).await;
        let back = shortest(&db).down(Some(1)).await.unwrap();
        assert_eq!(back.steps[0].name, "m3_squashed");
        assert_eq!(names(&db).await, Vec::<String>::new());
    }

    async fn equal_forms_are_proven(db: TestDb) {
        assert_eq!(differences::<Long>(&db, "m2_age", BOTH).await, Vec::<String>::new());
        assert_eq!(differences::<Long>(&db, "m3_city", ALL).await, Vec::<String>::new());
    }

    async fn a_column_less_is_none(db: TestDb) {
        let said = differences::<Long>(&db, "m2_age", USERS).await;
        allow_duplicates! { assert_snapshot!(said.join("\n"), @"after `m2_age`: missing: column users.age"); }
    }

    async fn a_view_less_is_none(db: TestDb) {
        let said = differences::<WithView>(&db, "m2_view", USERS).await;
        assert!(!said.is_empty() && said.iter().all(|line| line.starts_with("after `m2_view`: missing: unmanaged view names")), "{said:?}");
    }

    async fn rows_less_are_none(db: TestDb) {
        let said = differences::<WithRows>(&db, "m2_rows", USERS).await;
        allow_duplicates! { assert_snapshot!(said.join("\n"), @"after `m2_rows`: in an empty database the old steps leave 1 row in `users`, the new one 0 rows"); }
    }

    async fn what_relies_on_a_data_step_that_goes_is_none(db: TestDb) {
        let said = differences::<Relying>(&db, "m2_age", BOTH).await;
        allow_duplicates! { assert_snapshot!(said.join("\n"), @"what comes after it no longer runs in an empty database: the step `m3_relies` refused to run: this step relies on the data step `m2_moves`, and it has not begun: `seawright up`"); }
    }

    async fn cronium_up_to_its_contraction(db: TestDb) {
        let to = "m20261122_134925_containers_contract";
        let path = LockFile::schema_path(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../migration")), to);
        let schema = Schema::from_json(&std::fs::read_to_string(path).unwrap()).unwrap();
        let plan = diff(&Schema::default(), &schema, &mut Decisions::default()).unwrap();
        let connection = db.connect().await;
        let dialect = match connection.get_database_backend() {
            DbBackend::Sqlite => Dialect::Sqlite,
            _ => Dialect::Postgres,
        };
        let new = statements(&plan, dialect, seawright::emit::Form::Whole).unwrap();
        let proof = prove(&connection, db.url(), History::of::<Migrator>(), to, &new).await.unwrap();
        assert_eq!(proof.differences, Vec::<String>::new());
        assert!(proof.objects > 60, "{}", proof.objects);
    }
}

history!(WithView: Sends::up("m1_users", USERS), Sends::up("m2_view", &["CREATE VIEW names AS SELECT name FROM users"]));
history!(WithRows: Sends::up("m1_users", USERS), Sends::up("m2_rows", &["INSERT INTO users (id, name) VALUES (1, 'root')"]));
history!(Relying: Sends::up("m1_users", USERS), Sends::up("m2_age", AGE), Box::new(Relies));

/// Relies on a data step that only the old form has; it plays its part here by a table.
struct Relies;

impl MigrationName for Relies {
    fn name(&self) -> &str {
        "m3_relies"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Relies {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The old form is recognised by what its ledger has of the first step.
        let sql = "SELECT step FROM seawright_history WHERE step = 'm1_users' AND started_at IS NOT NULL";
        let db = manager.get_connection();
        let ran = db
            .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
            .await?;
        if ran.is_some() {
            return Ok(());
        }
        require_verified(manager, "m2_moves").await
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}

async fn differences<M: MigratorTrait>(db: &TestDb, to: &str, new: &[&str]) -> Vec<String> {
    let connection = db.connect().await;
    let new: Vec<String> = new.iter().map(|sql| (*sql).to_owned()).collect();
    let proof = prove(&connection, db.url(), History::of::<M>(), to, &new)
        .await
        .unwrap();
    proof.differences
}
