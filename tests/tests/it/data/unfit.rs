//! Rows that a schema migration takes out of a table, since a value does not fit into its column's new type.

use sea_orm::{DatabaseConnection, DbErr, EntityTrait as _, QueryOrder as _, TransactionTrait as _};
use sea_orm_migration::SchemaManager;
use seawright::{
    data::{bring_back, quarantine},
    ddl::Unfit,
};
use tests::on_every_database;

use crate::data::support::{execute, fill, items, make, number};

/// Rows by their number; of the odd ones of [`fill`], every kind of value is among them.
fn by(divisor: u32) -> Unfit {
    let condition = format!("id % {divisor} = 0");
    Unfit::rows("`name` does not fit")
        .on_postgres(&condition)
        .on_sqlite(&condition)
}

/// As the runner calls it, in the transaction of its migration.
async fn put_apart(db: &DatabaseConnection, table: &'static str, unfit: Unfit) -> Result<(), DbErr> {
    let transaction = db.begin().await?;
    quarantine(&SchemaManager::new(&transaction), "m1_narrow", table, unfit).await?;
    transaction.commit().await
}

on_every_database! {
    /// Two tables of one migration, with the same keys.
    async fn rows_go_into_quarantine_whole_and_come_back(db: TestDb) {
        let db = db.connect().await;
        make(&db).await;
        fill(&db, 100).await;
        execute(&db, "CREATE TABLE notes (id integer PRIMARY KEY, body text)").await;
        execute(&db, "INSERT INTO notes SELECT id, 'of ' || id FROM items WHERE id <= 20").await;
        // Kept with fewer digits it would be another number.
        execute(&db, "UPDATE items SET price = 0.1 + 0.2 WHERE id = 14").await;
        let all = || items::Entity::find().order_by_asc(items::Column::Id).all(&db);
        let before = all().await.unwrap();

        let manager = SchemaManager::new(&db);
        put_apart(&db, "items", by(7)).await.unwrap();
        put_apart(&db, "notes", by(7)).await.unwrap();
        // A second column of the same table.
        put_apart(&db, "items", by(10)).await.unwrap();
        let gone = |id: i32| id % 7 == 0 || id % 10 == 0;
        let left: Vec<items::Model> = before.iter().filter(|item| !gone(item.id)).cloned().collect();
        assert!(all().await.unwrap() == left);
        assert_eq!(number(&db, "SELECT count(*) FROM notes").await, 18);
        let held = quarantine::list(&db, Some("m1_narrow"), &[]).await.unwrap();
        assert_eq!(held.len(), 14 + 9 + 2, "70 is taken out once");
        assert_eq!(held.iter().filter(|row| row.key == "7").map(|row| row.table.as_str()).collect::<Vec<_>>(), ["items", "notes"]);
        assert!(held.iter().all(|row| row.reason == "`name` does not fit"));

        // A row that came meanwhile has the key of one that is kept.
        execute(&db, "INSERT INTO notes VALUES (7, 'another')").await;
        let transaction = db.begin().await.unwrap();
        let said = bring_back(&SchemaManager::new(&transaction), "m1_narrow", "notes").await.unwrap_err().to_string();
        transaction.rollback().await.unwrap();
        assert!(said.contains("1 row of `notes` cannot come back"), "{said}");
        execute(&db, "DELETE FROM notes WHERE id = 7").await;
        assert_eq!(quarantine::list(&db, Some("m1_narrow"), &[]).await.unwrap().len(), 25);

        // `down` takes the migration back, whatever was decided about its rows meanwhile.
        assert_eq!(quarantine::accept(&db, "m1_narrow", &["10".into()], Some("let it be")).await.unwrap(), 1);
        bring_back(&manager, "m1_narrow", "notes").await.unwrap();
        assert_eq!(number(&db, "SELECT count(*) FROM notes WHERE body = 'of ' || id").await, 20);
        assert!(all().await.unwrap() == left, "those of another table stay where they are");
        bring_back(&manager, "m1_narrow", "items").await.unwrap();
        for (row, before) in all().await.unwrap().into_iter().zip(before) {
            assert_eq!(row, before);
        }
        assert_eq!(quarantine::list(&db, None, &[]).await.unwrap(), []);
    }

    /// A row that others refer to, and rows that nothing tells apart, are for a person.
    async fn what_can_not_be_kept_apart_is_refused(db: TestDb) {
        let db = db.connect().await;
        execute(&db, "CREATE TABLE owners (id integer PRIMARY KEY, name text)").await;
        execute(&db, "CREATE TABLE pets (id integer PRIMARY KEY, owner integer REFERENCES owners (id) ON DELETE CASCADE)").await;
        execute(&db, "CREATE TABLE loose (id integer, name text)").await;
        execute(&db, "INSERT INTO owners VALUES (1, 'a'), (2, 'b'), (3, 'c')").await;
        execute(&db, "INSERT INTO pets VALUES (1, 2)").await;
        execute(&db, "INSERT INTO loose VALUES (1, 'a'), (2, 'b')").await;
        let said = put_apart(&db, "owners", by(2)).await.unwrap_err().to_string();
        assert!(said.contains("1 row of pets") || said.contains("1 row of \"pets\""), "{said}");
        assert!(said.contains(r#"SELECT * FROM "owners" WHERE id % 2 = 0"#), "{said}");
        let said = put_apart(&db, "loose", by(2)).await.unwrap_err().to_string();
        assert!(said.contains("`loose` has no primary key"), "{said}");
        assert_eq!(number(&db, "SELECT (SELECT count(*) FROM owners) + (SELECT count(*) FROM pets) + (SELECT count(*) FROM loose)").await, 6);

        // Rows that nobody refers to may go.
        put_apart(&db, "owners", by(3)).await.unwrap();
        assert_eq!(number(&db, "SELECT count(*) FROM owners").await, 2);
    }

    /// A trigger that keeps its rows keeps the migration from going on.
    async fn a_trigger_that_keeps_the_rows_is_noticed(db: TestDb) {
        let is_postgres = db.is_postgres();
        let db = db.connect().await;
        execute(&db, "CREATE TABLE kept (id integer PRIMARY KEY, name text)").await;
        execute(&db, "INSERT INTO kept VALUES (1, 'a'), (2, 'b')").await;
        if is_postgres {
            execute(&db, "CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'").await;
            execute(&db, "CREATE TRIGGER stay BEFORE DELETE ON kept FOR EACH ROW EXECUTE FUNCTION stay()").await;
        } else {
            execute(&db, "CREATE TRIGGER stay BEFORE DELETE ON kept BEGIN SELECT RAISE(IGNORE); END").await;
        }
        let said = put_apart(&db, "kept", by(2)).await.unwrap_err().to_string();
        assert!(said.contains("a trigger stands in the way"), "{said}");
    }
}
