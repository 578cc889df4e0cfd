//! "It is there" means the same definition: what else bears the name is a refusal, before anything is sent.

use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbErr, ExprTrait as _,
    sea_query::{ColumnDef, Expr, ForeignKey, ForeignKeyAction, Index},
};
use sea_orm_migration::SchemaManager;
use seawright::ddl::{AlterTable, online::CreateIndex};
use tests::{TestDb, on_every_database, on_postgres};

const TABLES: &str = "CREATE TABLE books (id integer PRIMARY KEY); CREATE TABLE reviews (id integer PRIMARY KEY); \
    CREATE TABLE notes (id integer PRIMARY KEY, book_id integer, page integer, word varchar(20))";

async fn tables(db: &TestDb) -> DatabaseConnection {
    let db = db.connect().await;
    db.execute_unprepared(TABLES).await.unwrap();
    db
}

/// Makes each change twice, and each of the others under its name never.
async fn judge(db: &DatabaseConnection, change: &AlterTable, undo: &str, others: &[&str]) {
    let manager = SchemaManager::new(db);
    for _ in 0..2 {
        change.clone().online().execute(&manager).await.unwrap();
    }
    for other in others {
        db.execute_unprepared(undo).await.unwrap();
        db.execute_unprepared(other).await.unwrap();
        let refused = change.clone().online().execute(&manager).await;
        assert!(
            matches!(&refused, Err(DbErr::Migration(why)) if why.contains("is there already on `notes` and is another one")),
            "{other}: {refused:?}"
        );
    }
}

fn key() -> AlterTable {
    AlterTable::new("notes").add_foreign_key(
        ForeignKey::create()
            .name("x")
            .from("notes", "book_id")
            .to("books", "id")
            .on_delete(ForeignKeyAction::Cascade),
    )
}

on_postgres! {
    async fn a_foreign_key(db: TestDb) {
        let db = tables(&db).await;
        judge(&db, &key(), "ALTER TABLE notes DROP CONSTRAINT x", &[
            "ALTER TABLE notes ADD CONSTRAINT x FOREIGN KEY (book_id) REFERENCES reviews (id) ON DELETE CASCADE",
            "ALTER TABLE notes ADD CONSTRAINT x FOREIGN KEY (book_id) REFERENCES books (id)",
            "ALTER TABLE notes ADD CONSTRAINT x FOREIGN KEY (page) REFERENCES books (id) ON DELETE CASCADE",
            "ALTER TABLE notes ADD CONSTRAINT x FOREIGN KEY (book_id) REFERENCES books (id) ON DELETE CASCADE DEFERRABLE",
            "ALTER TABLE notes ADD CONSTRAINT x CHECK (book_id > 0)",
        ]).await;
    }

    async fn a_check(db: TestDb) {
        let db = tables(&db).await;
        let change = AlterTable::new("notes").add_check("x", Expr::col("page").gt(0));
        judge(&db, &change, "ALTER TABLE notes DROP CONSTRAINT x", &[
            "ALTER TABLE notes ADD CONSTRAINT x CHECK (page >= 0)",
            "ALTER TABLE notes ADD CONSTRAINT x UNIQUE (page)",
        ]).await;
    }

    async fn a_unique_key(db: TestDb) {
        let db = tables(&db).await;
        let change = AlterTable::new("notes").add_unique("x", ["page", "book_id"]);
        judge(&db, &change, "ALTER TABLE notes DROP CONSTRAINT x", &[
            "ALTER TABLE notes ADD CONSTRAINT x UNIQUE (book_id, page)",
            "ALTER TABLE notes ADD CONSTRAINT x UNIQUE (page, book_id) DEFERRABLE",
            "ALTER TABLE notes ADD CONSTRAINT x UNIQUE (page, book_id) INCLUDE (word)",
        ]).await;
    }

    async fn a_column(db: TestDb) {
        let db = tables(&db).await;
        let change = AlterTable::new("notes").add_column(ColumnDef::new("x").string_len(20).not_null().default("a"));
        judge(&db, &change, "ALTER TABLE notes DROP COLUMN x", &[
            "ALTER TABLE notes ADD COLUMN x varchar(30) NOT NULL DEFAULT 'a'",
            "ALTER TABLE notes ADD COLUMN x text NOT NULL DEFAULT 'a'",
            "ALTER TABLE notes ADD COLUMN x varchar(20) NOT NULL DEFAULT 'b'",
            "ALTER TABLE notes ADD COLUMN x varchar(20) GENERATED ALWAYS AS (word) STORED",
        ]).await;
    }

    /// The check by which NOT NULL is proven has a name of its own, and is taken away at the end.
    async fn a_check_of_somebody_else_s_is_not_taken_away(db: TestDb) {
        let db = tables(&db).await;
        db.execute_unprepared("ALTER TABLE notes ADD CONSTRAINT notes_page_is_set CHECK (page > 5)").await.unwrap();
        let manager = SchemaManager::new(&db);
        let change = AlterTable::new("notes").set_not_null("page");
        change.clone().online().execute(&manager).await.unwrap_err();
        db.execute_unprepared("ALTER TABLE notes ALTER COLUMN page SET NOT NULL").await.unwrap();
        change.online().execute(&manager).await.unwrap();
        db.execute_unprepared("ALTER TABLE notes DROP CONSTRAINT notes_page_is_set").await.unwrap();
    }

    async fn a_name_that_is_taken_is_no_rename_that_is_done(db: TestDb) {
        let db = tables(&db).await;
        let rename = || AlterTable::new("notes").rename_constraint("x", "y").online();
        let manager = SchemaManager::new(&db);
        key().online().execute(&manager).await.unwrap();
        rename().execute(&manager).await.unwrap();
        rename().execute(&manager).await.unwrap();
        key().online().execute(&manager).await.unwrap();
        let refused = rename().execute(&manager).await.unwrap_err().to_string();
        assert!(refused.contains("another constraint has that name"), "{refused}");
    }

    /// Within a transaction what is asked leaves no trace either.
    async fn an_index_of_postgres_s_kinds(db: TestDb) {
        let db = tables(&db).await;
        let index = |using: bool| {
            let mut index = Index::create().name("x").table("notes").col("page").take();
            if using {
                index.index_type(sea_orm::sea_query::IndexType::Hash);
            }
            index
        };
        let manager = SchemaManager::new(&db);
        for _ in 0..2 {
            CreateIndex::new(&mut index(true)).execute(&manager).await.unwrap();
        }
        let refused = CreateIndex::new(&mut index(false)).execute(&manager).await.unwrap_err().to_string();
        assert!(refused.contains("USING hash"), "{refused}");
        db.execute_unprepared("DROP INDEX x; CREATE INDEX x ON notes (page) INCLUDE (word)").await.unwrap();
        CreateIndex::new(&mut index(false)).execute(&manager).await.unwrap_err();
    }
}

on_every_database! {
    async fn an_index(db: TestDb) {
        let db = tables(&db).await;
        let manager = SchemaManager::new(&db);
        let index = || CreateIndex::new(Index::create().name("x").table("notes").col("page").col("word"));
        for _ in 0..2 {
            index().execute(&manager).await.unwrap();
        }
        for other in [
            "CREATE INDEX x ON notes (page, word DESC)",
            "CREATE INDEX x ON notes (page, word) WHERE page > 0",
            "CREATE INDEX x ON notes (page, lower(word))",
            "CREATE UNIQUE INDEX x ON notes (page, word)",
            "CREATE INDEX x ON notes (word, page)",
            "CREATE INDEX x ON books (id)",
        ] {
            db.execute_unprepared("DROP INDEX x").await.unwrap();
            db.execute_unprepared(other).await.unwrap();
            let refused = index().execute(&manager).await;
            assert!(
                matches!(&refused, Err(DbErr::Migration(why)) if why.contains("is there already and is another one")),
                "{other}: {refused:?}"
            );
        }
    }

    async fn an_index_over_expressions(db: TestDb) {
        let db = tables(&db).await;
        let manager = SchemaManager::new(&db);
        let index = |filter: &str| {
            let sql = format!("CREATE INDEX \"x\" ON \"notes\" ((lower(\"word\"))) WHERE {filter}");
            CreateIndex::of_sql("x", "notes", &sql, &sql)
        };
        for _ in 0..2 {
            index("\"page\" > 0").execute(&manager).await.unwrap();
        }
        index("\"page\" > 1").execute(&manager).await.unwrap_err();
    }
}
