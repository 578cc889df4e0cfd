//! What the steps that look after workflows make of the rows.

use entity::events::conditional_actions;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Schema};
use sea_orm_migration::{MigrationTrait as _, SchemaManager};
use seawright::{data::RunOptions, seed::SeedOptions};

use super::{number, seeded, texts};

/// Runs the three steps, as of a day long after the last of the rows.
async fn run(db: &DatabaseConnection) {
    let create = Schema::new(db.get_database_backend()).create_table_from_entity(conditional_actions::Entity);
    db.execute(&create).await.unwrap();
    db.execute_unprepared("INSERT INTO conditional_actions SELECT * FROM conditional_events")
        .await
        .unwrap();
    let options = RunOptions {
        as_of: Some("2025-09-01T00:00:00".parse().unwrap()),
        ..RunOptions::default()
    };
    for step in [
        data_migrations::workflow_connections(),
        data_migrations::workflow_executions(),
        data_migrations::conditional_actions(),
    ] {
        let manager = SchemaManager::new(db);
        options.clone().scope(step.up(&manager)).await.unwrap();
    }
}

async fn quarantined(db: &DatabaseConnection, table: &str) -> Vec<String> {
    texts(
        db,
        &format!(
            "SELECT reason FROM seawright_data_rows WHERE source_table = '{table}' ORDER BY CAST(row_key AS integer)"
        ),
    )
    .await
}

#[tokio::test]
async fn every_fault_of_the_smallest_scale_is_found() {
    let (db, _) = seeded(SeedOptions { scale: 1, rng: 1 }).await;
    run(&db).await;
    assert_eq!(
        quarantined(&db, "workflow_connections").await,
        [
            "its target, the node 6, belongs to the workflow 2",
            "it leads from the node 8 to itself",
            "it repeats the connection 10",
            "it repeats the connection 1",
            "`SOMETIMES` is no type of connection; there are ALWAYS, ON_SUCCESS, ON_FAILURE, ON_CONDITION",
            "it closes a cycle over older connections: 25 → 22 → 23 → 24 → 25",
        ]
    );
    assert_eq!(
        texts(
            &db,
            "SELECT connection_type FROM workflow_connections ORDER BY id DESC LIMIT 1"
        )
        .await,
        ["ON_FAILURE"]
    );
    assert_eq!(number(&db, "SELECT count(*) FROM workflow_connections").await, 20);

    for (rows, condition) in [
        (0, "status = 'RUNNING' OR completed_at IS NULL"),
        (
            4,
            "json_extract(execution_data, '$.duplicateOf') = id + 1 AND total_events = 0",
        ),
        // Two never came to the executor; six failed and stood there as a success.
        (
            2,
            "status = 'FAILURE' AND total_events = 0 AND json_extract(execution_data, '$.duplicateOf') IS NULL",
        ),
        (0, "status = 'SUCCESS' AND failed_events > 0"),
        (
            0,
            "successful_events + failed_events <> total_events OR total_duration IS NULL",
        ),
        (18, "1"),
    ] {
        let sql = format!("SELECT count(*) FROM workflow_executions WHERE {condition}");
        assert_eq!(number(&db, &sql).await, rows, "{condition}");
    }
    let notes = "SELECT count(*) FROM seawright_data_notes WHERE source_table = 'workflow_executions'";
    assert_eq!(number(&db, notes).await, 6);

    let reasons = quarantined(&db, "conditional_actions").await;
    let (endless, others): (Vec<&String>, Vec<&String>) =
        reasons.iter().partition(|reason| reason.contains("over and over"));
    assert_eq!(endless.len(), 1, "{reasons:?}");
    assert_eq!(
        others,
        ["it sends a message, but names no tool to send it with; choose one"]
    );
    assert_eq!(number(&db, "SELECT count(*) FROM conditional_actions").await, 11);
    let subject = "SELECT email_subject FROM conditional_actions WHERE tool_id = 3";
    assert!(texts(&db, subject).await[0].starts_with("Event {{cronium.event.status}}: "));
}

#[tokio::test]
async fn nothing_wrong_is_left_at_any_scale() {
    for (scale, rng) in [(2, 3), (7, 4)] {
        let (db, _) = seeded(SeedOptions { scale, rng }).await;
        // The steps prove themselves that nothing is left.
        run(&db).await;
        let units = i64::from(scale);
        assert_eq!(
            number(&db, "SELECT count(*) FROM workflow_connections").await,
            20 * units
        );
        assert_eq!(
            number(&db, "SELECT count(*) FROM workflow_executions").await,
            18 * units
        );
    }
}
