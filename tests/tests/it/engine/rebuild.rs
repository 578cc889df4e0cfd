//! SQLite's rebuild of a table on a live database: what no plan knows of must outlive it.

use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbBackend, Statement, TransactionTrait as _,
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

    /// Whatever a person has made of the table outlives a change of something else.
    async fn what_was_made_by_hand_outlives_a_rebuild(db: TestDb) {
        let db = db.connect().await;
        db.execute_unprepared(BY_HAND).await.unwrap();
        widened().execute(&SchemaManager::new(&db)).await.unwrap();
        let made = text(&db, "SELECT sql FROM sqlite_schema WHERE name = 'Customers'").await;
        insta::assert_snapshot!(made);
        assert_eq!(
            text(&db, "SELECT group_concat(rowid || name || coalesce(phone, '-') || loud, ' ') FROM customers").await,
            "10annnoneANN 20ben2BEN"
        );
        assert_eq!(
            text(&db, "SELECT group_concat(c.name) FROM found f JOIN customers c ON c.rowid = f.rowid WHERE found MATCH 'ben'").await,
            "ben"
        );
        let objects = "SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'found%' ORDER BY name)";
        assert_eq!(text(&db, objects).await, "Customers,by_phone,idx_name,names,told");
        // The rules that came by hand still rule.
        db.execute_unprepared("INSERT INTO customers (name, email) VALUES ('cid', '')").await.unwrap_err();
        db.execute_unprepared("INSERT INTO customers (name, email) VALUES ('ANN', 'x')").await.unwrap_err();
        db.execute_unprepared("INSERT INTO customers (name, email) VALUES (1, x'00')").await.unwrap_err();
    }

    /// A column that the change starts from is not there: SQLite would take its name for a text.
    async fn a_table_that_has_another_column_is_not_rebuilt(db: TestDb) {
        let db = db.connect().await;
        db.execute_unprepared("CREATE TABLE customers (name text, email text); INSERT INTO customers VALUES ('ann', 'a'); ALTER TABLE customers RENAME COLUMN name TO full_name").await.unwrap();
        let error = widened().execute(&SchemaManager::new(&db)).await.unwrap_err();
        insta::assert_snapshot!(error);
        assert_eq!(text(&db, "SELECT full_name FROM customers").await, "ann");
        db.execute_unprepared("ALTER TABLE customers DROP COLUMN email").await.unwrap();
        let error = widened().execute(&SchemaManager::new(&db)).await.unwrap_err();
        insta::assert_snapshot!(error);
        db.execute_unprepared("DROP TABLE customers").await.unwrap();
        let error = widened().execute(&SchemaManager::new(&db)).await.unwrap_err();
        insta::assert_snapshot!(error);
    }

    /// What speaks of a column that goes is named before the column is gone.
    async fn what_speaks_of_a_dropped_column_stops_the_rebuild(db: TestDb) {
        let db = db.connect().await;
        for by_hand in [
            "CREATE INDEX mine ON customers (email)",
            "CREATE VIEW mine AS SELECT \"email\" FROM customers",
            "CREATE TRIGGER mine AFTER INSERT ON customers BEGIN SELECT new.email; END",
            "CREATE TRIGGER mine AFTER INSERT ON other BEGIN UPDATE customers SET name = \"email\"; END",
            "ALTER TABLE customers ADD COLUMN mine text AS (email || 'x')",
            "ALTER TABLE customers ADD COLUMN mine text CHECK (email <> mine)",
        ] {
            db.execute_unprepared("DROP TABLE IF EXISTS customers; DROP TABLE IF EXISTS other; DROP VIEW IF EXISTS mine; CREATE TABLE other (a text); CREATE TABLE customers (name text, email text); INSERT INTO customers VALUES ('ann', 'a')").await.unwrap();
            db.execute_unprepared(by_hand).await.unwrap();
            let transaction = db.begin().await.unwrap();
            let error = without_email().execute(&SchemaManager::new(&transaction)).await.unwrap_err().to_string();
            transaction.rollback().await.unwrap();
            assert!(error.contains("mine") && error.contains("nothing was changed"), "{by_hand}: {error}");
            assert_eq!(text(&db, "SELECT email FROM customers").await, "a");
        }
        // What has nothing to do with it stays.
        db.execute_unprepared("DROP TABLE customers; CREATE TABLE customers (name text, email text); CREATE VIEW mine AS SELECT name, 'email' AS k FROM customers").await.unwrap();
        without_email().execute(&SchemaManager::new(&db)).await.unwrap();
        db.execute_unprepared("SELECT * FROM mine").await.unwrap();
    }

    /// SQLite's tables do not tell the name of a key that sea-query wrote.
    async fn only_the_constraint_that_is_meant_goes(db: TestDb) {
        let db = db.connect().await;
        let made = "CREATE TABLE customers (name text REFERENCES names (name), email text, CHECK (name <> ''), FOREIGN KEY (email) REFERENCES mails (mail))";
        let sql = "SELECT sql FROM sqlite_schema WHERE name = 'customers'";
        db.execute_unprepared("PRAGMA foreign_keys = OFF; CREATE TABLE names (name text PRIMARY KEY); CREATE TABLE mails (mail text PRIMARY KEY)").await.unwrap();
        db.execute_unprepared(made).await.unwrap();
        without_key("customers_email_mails_mail_fk").execute(&SchemaManager::new(&db)).await.unwrap();
        assert_eq!(text(&db, sql).await, "CREATE TABLE \"customers\" ( \"name\" text REFERENCES names (name), \"email\" text, CHECK (name <> '') )");
        db.execute_unprepared(&format!("DROP TABLE customers; {made}")).await.unwrap();
        let error = without_key("some_key").execute(&SchemaManager::new(&db)).await.unwrap_err();
        insta::assert_snapshot!(error);
    }

    /// Rows that do not fit are counted before anything is changed.
    async fn rows_that_do_not_fit_stop_a_rebuild(db: TestDb) {
        let db = db.connect().await;
        db.execute_unprepared("CREATE TABLE customers (name text, email text); INSERT INTO customers VALUES ('ann', 'a'), ('benjamin', 'b')").await.unwrap();
        let rebuild = |sql: Option<&str>| {
            let rebuild = Rebuild::new(&mut customers()).refuse_where("every name is shorter than 6", "length(name) >= 6");
            match sql {
                Some(sql) => Rebuild::new(&mut customers()).convert("name", sql),
                None => rebuild,
            }
        };
        let change = |sql| AlterTable::new("customers").set_type(ColumnDef::new("name").string_len(5)).rebuild_on_sqlite(rebuild(sql));
        let error = change(None).execute(&SchemaManager::new(&db)).await.unwrap_err();
        insta::assert_snapshot!(error);
        change(Some("substr(name, 1, 5)")).execute(&SchemaManager::new(&db)).await.unwrap();
        assert_eq!(text(&db, "SELECT group_concat(name || email) FROM customers").await, "anna,benjab");
    }

    /// A new key is the number that every row has anyway.
    async fn a_new_key_numbers_the_rows_as_they_are(db: TestDb) {
        let db = db.connect().await;
        db.execute_unprepared("CREATE TABLE customers (name text, email text); INSERT INTO customers (rowid, name) VALUES (7, 'ann'), (9, 'ben')").await.unwrap();
        let mut table = customers();
        table.col(ColumnDef::new("id").integer().not_null().auto_increment().primary_key());
        AlterTable::new("customers")
            .add_column(ColumnDef::new("id").integer().not_null().auto_increment())
            .add_primary_key("customers_pkey", ["id"])
            .rebuild_on_sqlite(Rebuild::new(&mut table).added(["id"]))
            .execute(&SchemaManager::new(&db))
            .await
            .unwrap();
        assert_eq!(text(&db, "SELECT group_concat(id || name) FROM customers").await, "7ann,9ben");
    }
}

const BY_HAND: &str = "
    CREATE TABLE Customers (name text COLLATE NOCASE NOT NULL UNIQUE ON CONFLICT ABORT, email text CONSTRAINT filled CHECK (email <> ''),
        phone text DEFAULT 'none', loud text AS (upper(name)) STORED, CONSTRAINT whole UNIQUE (email, phone)) STRICT;
    CREATE INDEX idx_name ON customers (name DESC);
    CREATE INDEX by_phone ON customers (phone COLLATE NOCASE) WHERE phone IS NOT NULL;
    CREATE VIRTUAL TABLE found USING fts5 (name, content=customers);
    CREATE TRIGGER told AFTER INSERT ON CUSTOMERS BEGIN INSERT INTO found (rowid, name) VALUES (new.rowid, new.name); END;
    CREATE VIEW names AS SELECT name FROM customers;
    INSERT INTO customers (rowid, name, email) VALUES (10, 'ann', 'a');
    INSERT INTO customers (rowid, name, email, phone) VALUES (20, 'ben', 'b', '2');";

/// `customers (name, email)` as a history has it.
fn customers() -> sea_orm::sea_query::TableCreateStatement {
    let mut table = Table::create();
    table
        .table("customers")
        .col(ColumnDef::new("name").text())
        .col(ColumnDef::new("email").text());
    table
}

/// `customers.email` gets a default.
fn widened() -> AlterTable {
    let mut table = Table::create();
    table
        .table("customers")
        .col(ColumnDef::new("name").text())
        .col(ColumnDef::new("email").text().default("x"));
    let rebuild = Rebuild::new(&mut table).index(Index::create().name("idx_name").table("customers").col("name"));
    AlterTable::new("customers")
        .set_default("email", "x")
        .rebuild_on_sqlite(rebuild)
}

/// `customers.email` goes.
fn without_email() -> AlterTable {
    let mut table = Table::create();
    table.table("customers").col(ColumnDef::new("name").text());
    AlterTable::new("customers")
        .drop_column("email")
        .rebuild_on_sqlite(Rebuild::new(&mut table))
}

fn without_key(name: &str) -> AlterTable {
    AlterTable::new("customers")
        .drop_constraint(name)
        .rebuild_on_sqlite(Rebuild::new(&mut customers()))
}
