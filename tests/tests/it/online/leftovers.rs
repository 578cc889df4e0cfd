//! What an earlier build or a failure leaves.

use sea_orm::ConnectionTrait as _;
use sea_orm_migration::{SchemaManager, prelude::Index};
use seawright::ddl::{AlterTable, online::CreateIndex};
use tests::on_postgres;

use super::{TABLES, catalogue, texts};

const STATE: &str = "SELECT indisvalid::text FROM pg_index WHERE indexrelid = to_regclass('idx_logs_job_id')";

fn index() -> CreateIndex {
    CreateIndex::new(
        Index::create()
            .name("idx_logs_job_id")
            .table("logs")
            .col("job_id")
            .unique(),
    )
}

on_postgres! {
    /// A cancelled build leaves an index that is kept up and never used.
    async fn an_invalid_index_is_built_anew(db: TestDb) {
        let db = db.connect().await;
        db.execute_unprepared(TABLES).await.unwrap();
        db.execute_unprepared("CREATE UNIQUE INDEX CONCURRENTLY idx_logs_job_id ON logs (job_id)").await.unwrap_err();
        assert_eq!(texts(&db, STATE).await, ["false"]);
        db.execute_unprepared("UPDATE logs SET job_id = id").await.unwrap();
        index().execute(&SchemaManager::new(&db)).await.unwrap();
        assert_eq!(texts(&db, STATE).await, ["true"]);
        let oid = "SELECT 'idx_logs_job_id'::regclass::oid::text";
        let before = texts(&db, oid).await;
        index().execute(&SchemaManager::new(&db)).await.unwrap();
        assert_eq!(texts(&db, oid).await, before, "a valid one is left");
    }

    async fn another_index_of_the_name_is_named(db: TestDb) {
        let db = db.connect().await;
        db.execute_unprepared(TABLES).await.unwrap();
        db.execute_unprepared("CREATE INDEX idx_logs_job_id ON logs (age, job_id)").await.unwrap();
        let error = index().execute(&SchemaManager::new(&db)).await.unwrap_err();
        assert!(error.to_string().contains("an index `idx_logs_job_id` is there already and is another one: CREATE INDEX idx_logs_job_id ON public.logs USING btree (age, job_id)"), "{error}");
        assert!(catalogue(&db).await.iter().any(|line| line.contains("idx_logs_job_id")), "it was not ours to drop");
    }

    /// An invalid unique index and an unproven constraint bind new rows: neither is left.
    async fn rows_that_do_not_allow_it_are_said_and_nothing_is_left(db: TestDb) {
        let db = db.connect().await;
        db.execute_unprepared(TABLES).await.unwrap();
        db.execute_unprepared("UPDATE logs SET note = NULL WHERE id = 7").await.unwrap();
        let before = catalogue(&db).await;
        let manager = SchemaManager::new(&db);
        for alter in [
            AlterTable::new("logs").set_not_null("note"),
            AlterTable::new("logs").add_unique("logs_job_id_unique", ["job_id"]),
            AlterTable::new("logs").add_check("logs_age", sea_orm_migration::prelude::Expr::cust("age > 5")),
        ] {
            let error = alter.online().execute(&manager).await.unwrap_err();
            assert!(error.to_string().contains("rows that are there do not allow it"), "{error}");
            assert_eq!(catalogue(&db).await, before);
        }
        index().execute(&manager).await.unwrap_err();
        assert_eq!(catalogue(&db).await, before);
    }
}
