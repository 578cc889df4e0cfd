//! What was applied is not what the history has: each case is named, with what to do, and nothing is written.

use insta::{allow_duplicates, assert_snapshot};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};
use sea_orm_migration::MigratorTrait;
use seawright::history::{Error, History, Problem, Remark, Runner, repair};
use tests::{TestDb, on_every_database};

use super::small::{Sends, history};

const USERS: &[&str] = &["CREATE TABLE users (id integer PRIMARY KEY, name varchar(20))"];
const AGE: &[&str] = &["ALTER TABLE users ADD COLUMN age integer"];

history!(Two: Sends::up("m1_users", USERS), Sends::up("m2_age", AGE));

async fn apply<M: MigratorTrait>(db: &DatabaseConnection) -> Result<(), Error> {
    Runner::new(db, History::of::<M>())
        .unwrap()
        .up(None, None)
        .await
        .map(|_| ())
}

async fn problems<M: MigratorTrait>(db: &DatabaseConnection) -> (Vec<Problem>, Vec<Remark>) {
    let status = Runner::new(db, History::of::<M>()).unwrap().status().await.unwrap();
    (status.problems, status.remarks)
}

/// What is said, and that nothing is written meanwhile.
async fn refused<M: MigratorTrait>(db: &DatabaseConnection) -> String {
    let before = steps(db).await;
    let error = apply::<M>(db).await.unwrap_err();
    assert_eq!(error.exit_code(), 4, "{error}");
    assert_eq!(before, steps(db).await);
    error.to_string()
}

async fn steps(db: &DatabaseConnection) -> Vec<String> {
    let sql = "SELECT version FROM seaql_migrations ORDER BY version";
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .unwrap();
    rows.iter().map(|row| row.try_get("", "version").unwrap()).collect()
}

history!(OnlyFirst: Sends::up("m1_users", USERS));
history!(WithoutFirst: Sends::up("m2_age", AGE), Sends::up("m3_none", &[]));
history!(RenamedStep: Sends::up("m1_users", USERS), Sends::up("m2_years_of_life", AGE));
history!(EditedStep:
    Sends::up("m1_users", &["CREATE TABLE users (id integer PRIMARY KEY, name varchar(30))"]),
    Sends::up("m2_age", AGE),
);
history!(SpacedStep:
    Sends::up("m1_users", &["CREATE TABLE users\n    (id integer PRIMARY KEY, name varchar(20));"]),
    Sends::up("m2_age", AGE),
);
history!(Merged:
    Sends::up("m1_users", USERS),
    Sends::up("m1a_city", &["ALTER TABLE users ADD COLUMN city varchar(20)"]),
    Sends::up("m2_age", AGE),
);
history!(AtOdds:
    Sends::up("m1_users", USERS),
    Sends::up("m1a_age", &["ALTER TABLE users ADD COLUMN age bigint"]),
    Sends::up("m2_age", AGE),
);

on_every_database! {
    async fn an_older_program(db: TestDb) {
        let db = db.connect().await;
        apply::<Two>(&db).await.unwrap();
        let said = refused::<OnlyFirst>(&db).await;
        allow_duplicates! { assert_snapshot!(said, @"this program is older than the database: it ends at `m1_users`, and the database has 1 more, up to `m2_age`; use the newer program"); }
    }

    async fn a_step_that_is_gone(db: TestDb) {
        let db = db.connect().await;
        apply::<Two>(&db).await.unwrap();
        let said = refused::<WithoutFirst>(&db).await;
        allow_duplicates! { assert_snapshot!(said, @"`m1_users` was applied and this history does not have it: take it back from version control, or use the branch that has it"); }
    }

    async fn a_step_under_another_name(db: TestDb) {
        let db = db.connect().await;
        apply::<Two>(&db).await.unwrap();
        let said = refused::<RenamedStep>(&db).await;
        allow_duplicates! { assert_snapshot!(said, @"`m2_age` was applied and is called `m2_years_of_life` now: give it its name back, or have the database know the new one with `seawright history repair`"); }
        let runner = Runner::new(&db, History::of::<RenamedStep>()).unwrap();
        assert_eq!(repair(&runner, true).await.unwrap().repaired.len(), 1);
        assert_eq!(steps(&db).await, ["m1_users", "m2_age"], "a dry run writes nothing");
        repair(&runner, false).await.unwrap();
        assert_eq!(steps(&db).await, ["m1_users", "m2_years_of_life"]);
        apply::<RenamedStep>(&db).await.unwrap();
    }

    async fn a_step_that_does_something_else_now(db: TestDb) {
        let db = db.connect().await;
        apply::<Two>(&db).await.unwrap();
        let said = refused::<EditedStep>(&db).await;
        allow_duplicates! { assert_snapshot!(said, @r"
        `m1_users` was changed after it was applied: take the change back and write a further migration, or say with `seawright history repair` that the database is right as it is
            - CREATE TABLE users (id integer PRIMARY KEY, name varchar(20))
            + CREATE TABLE users (id integer PRIMARY KEY, name varchar(30))
        "); }
        let runner = Runner::new(&db, History::of::<EditedStep>()).unwrap();
        repair(&runner, false).await.unwrap();
        apply::<EditedStep>(&db).await.unwrap();
        refused::<Two>(&db).await;
    }

    async fn a_step_that_only_looks_different(db: TestDb) {
        let db = db.connect().await;
        apply::<Two>(&db).await.unwrap();
        assert_eq!(problems::<SpacedStep>(&db).await, (vec![], vec![]));
        apply::<SpacedStep>(&db).await.unwrap();
    }

    async fn a_step_of_another_branch_that_gets_along(db: TestDb) {
        let db = db.connect().await;
        apply::<Two>(&db).await.unwrap();
        let (problems, remarks) = problems::<Merged>(&db).await;
        assert_eq!(problems, []);
        let said: Vec<String> = remarks.iter().map(ToString::to_string).collect();
        assert_eq!(said, ["`m1a_city` is pending and stands before `m2_age`; they touch nothing in common, so it is applied out of order"]);
        apply::<Merged>(&db).await.unwrap();
        assert_eq!(steps(&db).await, ["m1_users", "m1a_city", "m2_age"]);
    }

    async fn a_step_of_another_branch_that_does_not(db: TestDb) {
        let db = db.connect().await;
        apply::<Two>(&db).await.unwrap();
        let said = refused::<AtOdds>(&db).await;
        allow_duplicates! { assert_snapshot!(said, @r"
        `m1a_age` is pending and stands before `m2_age`, which was applied; they come from two branches, and both touch the same:
            `users.age`, changed by `m1a_age` and by `m2_age`
            give `m1a_age` a name behind `m2_age` and mend it so that it follows it
        "); }
    }

    /// What stock tools have applied is taken as it is when we come to it.
    async fn a_database_from_before_the_ledger(db: TestDb) {
        let db = db.connect().await;
        OnlyFirst::up(&db, None).await.unwrap();
        assert_eq!(problems::<EditedStep>(&db).await, (vec![], vec![]));
        apply::<Two>(&db).await.unwrap();
        refused::<EditedStep>(&db).await;
    }
}

/// The same step with two lock files: its file has changed.
#[test]
fn a_comment_that_was_changed_is_no_other_step() {
    const LOCK: &str = r#"{"version":1,"migrations":[{"name":"m1_users","kind":"schema","checksum":"sha256:aa"},{"name":"m2_age","kind":"schema","checksum":"sha256:bb"}],"schema":{"tables":[]}}"#;
    const CHANGED: &str = r#"{"version":1,"migrations":[{"name":"m1_users","kind":"schema","checksum":"sha256:cc"},{"name":"m2_age","kind":"schema","checksum":"sha256:bb"}],"schema":{"tables":[]}}"#;
    tests::block_on(async {
        let db = TestDb::sqlite();
        let db = db.connect().await;
        Runner::new(&db, History::of::<Two>().locked(LOCK))
            .unwrap()
            .up(None, None)
            .await
            .unwrap();
        let changed = Runner::new(&db, History::of::<Two>().locked(CHANGED)).unwrap();
        let status = changed.status().await.unwrap();
        assert_eq!(status.problems, []);
        assert_eq!(
            status.remarks,
            [Remark::Rewritten {
                step: "m1_users".to_owned()
            }]
        );
        let done = repair(&changed, false).await.unwrap();
        assert_eq!(done.rewritten, ["m1_users"]);
        assert_eq!(changed.status().await.unwrap().remarks, []);
    });
}
