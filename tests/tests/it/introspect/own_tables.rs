//! What is the same on every database.

use seawright::schema::ReferentialAction;
use tests::on_every_database;

use super::read_after;

on_every_database! {
    /// The migrations' book-keeping is no part of the schema; a table is not told from it by a wildcard.
    async fn book_keeping_is_left_out(db: TestDb) {
        let schema = read_after(
            &db,
            "CREATE TABLE seaql_migrations (version varchar PRIMARY KEY, applied_at integer);
             CREATE TABLE seawright_checkpoints (id integer);
             CREATE TABLE seawrightXtra (id integer);
             CREATE TABLE b (id integer);
             CREATE TABLE a (id integer);",
        )
        .await;
        let names: Vec<_> = schema.tables.iter().map(|table| table.name.to_lowercase()).collect();
        assert_eq!(names, ["a", "b", "seawrightxtra"]);
    }

    /// The key's order is its own, not the columns'.
    async fn a_composite_key_keeps_its_order(db: TestDb) {
        let schema = read_after(
            &db,
            "CREATE TABLE parent (a integer NOT NULL, b integer NOT NULL, c integer, PRIMARY KEY (b, a));
             CREATE TABLE child (x integer, y integer,
               FOREIGN KEY (y, x) REFERENCES parent (b, a) ON DELETE SET NULL ON UPDATE CASCADE);",
        )
        .await;
        assert_eq!(schema.table("parent").unwrap().key_columns(), ["b", "a"]);
        let key = &schema.table("child").unwrap().foreign_keys[0];
        assert_eq!(key.columns, ["y", "x"]);
        assert_eq!(key.ref_columns, ["b", "a"]);
        assert_eq!((key.on_delete, key.on_update), (ReferentialAction::SetNull, ReferentialAction::Cascade));
    }

    /// Nothing there is nothing read.
    async fn an_empty_database_is_an_empty_schema(db: TestDb) {
        let schema = read_after(&db, "SELECT 1").await;
        assert!(schema.tables.is_empty() && schema.enums.is_empty());
    }
}
