//! The schema that a URL names is the one that is worked in.

use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};
use seawright::history::connect;
use tests::on_postgres;

async fn schema_of(db: &DatabaseConnection) -> String {
    let sql = "SELECT current_schema()::text AS name";
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .unwrap();
    row.unwrap().try_get("", "name").unwrap()
}

on_postgres! {
    async fn a_url_may_name_the_schema(db: TestDb) {
        let connection = db.connect().await;
        connection.execute_unprepared("CREATE SCHEMA sales; CREATE SCHEMA \"My Own\"").await.unwrap();
        let with = |query: &str| format!("{}{}{query}", db.url(), if db.url().contains('?') { '&' } else { '?' });
        for (query, schema) in [
            ("options=-csearch_path=sales", "sales"),
            ("options=-c%20search_path%3Dsales,public%20-c%20geqo%3Doff", "sales"),
            ("options=-csearch_path%3D%22My%5C%20Own%22", "My Own"),
            ("schema=sales", "sales"),
            ("application_name=shop", "public"),
        ] {
            let there = connect(&with(query), None).await.unwrap();
            assert_eq!(schema_of(&there).await, schema, "{query}");
            // What is said beside the URL counts.
            let other = connect(&with(query), Some("public")).await.unwrap();
            assert_eq!(schema_of(&other).await, "public", "{query}");
            there.close().await.unwrap();
            other.close().await.unwrap();
        }
        // Nothing lands in the next schema of the path.
        let error = connect(&with("options=-csearch_path%3Dnowhere,public"), None).await.unwrap_err();
        assert!(error.to_string().contains("no schema `nowhere`"), "{error}");
    }
}
