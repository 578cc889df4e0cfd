//! What would be sent, without a database and against one.

use insta::assert_snapshot;
use sea_orm::{ConnectionTrait as _, DbErr};
use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait,
    prelude::{ColumnDef, Table},
};
use seawright::{
    history::{History, Runner, rehearsed},
    schema::Dialect,
};
use tests::{block_on, on_every_database};

use super::small::{Sends, history};

/// Written by hand, with a question.
struct ByHand;

impl MigrationName for ByHand {
    fn name(&self) -> &str {
        "m2_by_hand"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for ByHand {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if !manager.has_table("tags").await? {
            manager
                .create_table(
                    Table::create()
                        .table("tags")
                        .col(ColumnDef::new("id").integer().not_null())
                        .to_owned(),
                )
                .await?;
        }
        let transaction = manager.begin().await?;
        transaction
            .get_connection()
            .execute_unprepared("UPDATE users SET id = id + 1")
            .await?;
        transaction.commit().await
    }
}

history!(Two: Sends::up("m1_users", &["CREATE TABLE users (id integer)"]), Box::new(ByHand));

#[test]
fn without_a_database() {
    block_on(async {
        let told = rehearsed(None, Dialect::Postgres, History::of::<Two>(), None, None, &|_| ())
            .await
            .unwrap();
        assert_snapshot!(told.to_string(), @r#"
        -- For an empty database; none was looked at.

        -- m1_users: schema step, in one transaction
        CREATE TABLE users (id integer);

        -- m2_by_hand: schema step, in one transaction
        --   error[unbounded-update] at statement 2: every row of `users` is updated in one statement
        --   it asks the database once first, and may send something else by the answers
        CREATE TABLE "tags" ( "id" integer NOT NULL );
        UPDATE users SET id = id + 1;
        "#);
    });
}

#[test]
fn all_of_cronium_without_a_database() {
    block_on(async {
        let history = History::of::<migration::Migrator>();
        for dialect in [Dialect::Postgres, Dialect::Sqlite] {
            let told = rehearsed(None, dialect, history, None, None, &|_| ()).await.unwrap();
            assert!(told.steps.iter().all(|step| step.broken_off.is_none()), "{told}");
            assert!(
                told.steps
                    .iter()
                    .all(|step| step.reads.is_some() || !step.statements.is_empty())
            );
            assert!(told.steps.iter().filter(|step| step.reads.is_some()).count() >= 10);
        }
    });
}

on_every_database! {
    async fn against_one(db: TestDb) {
        let connection = db.connect().await;
        let runner = Runner::new(&connection, History::of::<Two>()).unwrap();
        runner.up(Some(1), None).await.unwrap();
        connection.execute_unprepared("INSERT INTO users VALUES (1), (2)").await.unwrap();
        let dialect = if db.is_postgres() { Dialect::Postgres } else { Dialect::Sqlite };
        let told = rehearsed(Some(&connection), dialect, History::of::<Two>(), None, None, &|_| ()).await.unwrap();
        assert_eq!(told.steps.len(), 1);
        assert_eq!(told.steps[0].rows, [("users".to_owned(), 2)]);
        assert_eq!(runner.status().await.unwrap().pending(), 1, "nothing was applied");
    }
}
