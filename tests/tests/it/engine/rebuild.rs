//! SQLite's rebuild of a table on a live database: what no plan knows of must outlive it.

use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbBackend, Statement,
    sea_query::{ColumnDef, ForeignKey, Index, Table},
};
use sea_orm_migration::SchemaManager;
use seawright::ddl::{AlterTable, Rebuild};
use tests::on_sqlite;

/// `users.name` gets a default.
fn change() -> AlterTable {
    let mut table = Table::create();
    table
        .table("users")
        .col(ColumnDef::new("id").integer().not_null().auto_increment().primary_key())
        .col(ColumnDef::new("name").text().not_null().default("x"))
        .col(ColumnDef::new("boss").integer())
        .foreign_key(ForeignKey::create().from("users", "boss").to("users", "id"));
    let rebuild = Rebuild::new(&mut table).index(Index::create().name("idx_users_name").table("users").col("name"));
    AlterTable::new("users")
        .set_default("name", "x")
        .rebuild_on_sqlite(rebuild)
}

const BEFORE: &str = "
    CREATE TABLE users (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, name text NOT NULL, boss integer REFERENCES users (id));
    CREATE TABLE posts (id integer PRIMARY KEY, user_id integer REFERENCES users (id) ON DELETE CASCADE);
    CREATE TABLE notes (id integer PRIMARY KEY, user_id integer REFERENCES users (id) ON DELETE SET NULL);
    CREATE TABLE log (what text);
    CREATE INDEX idx_users_name ON users (name);
    CREATE INDEX by_hand ON users (name COLLATE NOCASE) WHERE boss IS NULL;
    CREATE TRIGGER told AFTER INSERT ON users BEGIN INSERT INTO log VALUES (NEW.name); END;
    CREATE VIEW names AS SELECT name FROM users;
    INSERT INTO users (name, boss) VALUES ('ann', NULL), ('ben', 1), ('cid', 2);
    DELETE FROM users WHERE name = 'cid';
    INSERT INTO posts VALUES (1, 1), (2, 2);
    INSERT INTO notes VALUES (1, 1), (2, 2);";

async fn text(db: &DatabaseConnection, sql: &str) -> String {
    let row = db
        .query_one_raw(Statement::from_string(DbBackend::Sqlite, sql))
        .await
        .unwrap()
        .unwrap();
    row.try_get_by_index(0).unwrap()
}

on_sqlite! {
    /// Child rows, hand-made indexes, triggers, views and the highest number ever given.
    async fn a_rebuild_loses_nothing(db: TestDb) {
        let db = db.connect().await;
        db.execute_unprepared(BEFORE).await.unwrap();
        db.execute_unprepared("PRAGMA foreign_keys = OFF").await.unwrap();
        change().execute(&SchemaManager::new(&db)).await.unwrap();
        db.execute_unprepared("PRAGMA foreign_keys = ON").await.unwrap();
        let names = "SELECT group_concat(type || ' ' || name, ', ') FROM \
                     (SELECT * FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name)";
        assert_eq!(
            text(&db, names).await,
            "index by_hand, index idx_users_name, table log, table notes, table posts, table users, trigger told, view names"
        );
        assert_eq!(text(&db, "SELECT sql FROM sqlite_schema WHERE name = 'by_hand'").await, "CREATE INDEX by_hand ON users (name COLLATE NOCASE) WHERE boss IS NULL");
        assert_eq!(text(&db, "SELECT group_concat(user_id) FROM posts").await, "1,2");
        assert_eq!(text(&db, "SELECT group_concat(user_id) FROM notes").await, "1,2");
        db.execute_unprepared("INSERT INTO users (boss) VALUES (1)").await.unwrap();
        // 3 was cid's, who is gone: it is not given again, and the trigger fires, but not for rows that were copied.
        assert_eq!(text(&db, "SELECT group_concat(id || name, ' ') FROM users").await, "1ann 2ben 4x");
        assert_eq!(text(&db, "SELECT group_concat(what) FROM log").await, "ann,ben,cid,x");
        assert_eq!(text(&db, "SELECT group_concat(name) FROM names").await, "ann,ben,x");
    }

    /// While foreign keys are enforced, dropping the old table would delete what refers to it.
    async fn a_rebuild_that_would_cascade_is_refused(db: TestDb) {
        let db = db.connect().await;
        db.execute_unprepared(BEFORE).await.unwrap();
        db.execute_unprepared("PRAGMA foreign_keys = ON").await.unwrap();
        let error = change().execute(&SchemaManager::new(&db)).await.unwrap_err();
        insta::assert_snapshot!(error);
        assert_eq!(text(&db, "SELECT group_concat(user_id) FROM posts").await, "1,2");
    }

    /// Rows that refer to nothing are told before they are sealed in.
    async fn rows_that_refer_to_nothing_stop_a_rebuild(db: TestDb) {
        let db = db.connect().await;
        db.execute_unprepared(BEFORE).await.unwrap();
        db.execute_unprepared("PRAGMA foreign_keys = OFF; UPDATE users SET boss = 99 WHERE id = 1").await.unwrap();
        let error = change().execute(&SchemaManager::new(&db)).await.unwrap_err();
        insta::assert_snapshot!(error);
    }
}
