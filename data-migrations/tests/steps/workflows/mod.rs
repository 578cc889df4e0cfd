//! The steps that look after workflows.

mod connections;
mod executions;
mod follow_ups;

use std::collections::BTreeMap;

use entity::{
    values::Stored,
    workflows::{workflow_connections, workflow_execution_events, workflow_executions, workflow_nodes, workflows},
};
use sea_orm::{ActiveValue::Set, ConnectionTrait as _, Statement};
use seawright::data::{DataStep, Outcome, RunOptions, ledger};

use crate::support::{Db, time};

/// The tables of workflows, and three workflows of Ada's: the first two with nine nodes (1 to 9, 11 to 19), the third with none.
async fn tables(db: &Db) {
    db.create(workflows::Entity).await;
    db.create(workflow_nodes::Entity).await;
    db.create(workflow_connections::Entity).await;
    db.create(workflow_executions::Entity).await;
    db.create(workflow_execution_events::Entity).await;
    for workflow in 1..=3 {
        db.run(&format!(
            "INSERT INTO workflows (id, user_id, name) VALUES ({workflow}, 'ada', 'Workflow {workflow}')"
        ))
        .await;
    }
    for node in (1..=9).chain(11..=19) {
        let (workflow, event) = (node / 10 + 1, node % 3 + 1);
        db.run(&format!(
            "INSERT INTO workflow_nodes (id, workflow_id, event_id) VALUES ({node}, {workflow}, {event})"
        ))
        .await;
    }
}

fn connection(id: i32, workflow: i32, source: i32, target: i32, kind: &str) -> workflow_connections::ActiveModel {
    workflow_connections::ActiveModel {
        id: Set(id),
        workflow_id: Set(workflow),
        source_node_id: Set(source),
        target_node_id: Set(target),
        connection_type: Set(Stored::from_text(kind)),
        created_at: Set(time("2025-06-11T08:13:17.179039")),
        updated_at: Set(time("2025-07-10T09:43:55")),
    }
}

/// Runs a step with batches of so many rows, as of a day long after everything.
async fn up(db: &Db, step: &DataStep, batch: u64) -> Result<(), String> {
    let options = RunOptions {
        batch: Some(batch),
        as_of: Some(time("2025-08-01T00:00:00")),
        ..RunOptions::default()
    };
    options.scope(db.up(step)).await
}

/// What is in quarantine, and why.
async fn quarantine(db: &Db) -> BTreeMap<i32, String> {
    let entries = db.ledger().await.into_iter();
    entries
        .filter(|entry| entry.outcome == Outcome::Quarantined)
        .map(|entry| (entry.row_key.parse().unwrap(), entry.reason.unwrap()))
        .collect()
}

/// What a person should look at, by the rows' keys.
async fn notes(db: &Db) -> BTreeMap<i32, String> {
    let notes = db.all::<ledger::notes::Entity>().await.into_iter();
    notes.map(|note| (note.row_key.parse().unwrap(), note.note)).collect()
}

/// The rows of a table as the database writes them.
async fn rows(db: &Db, table: &str, columns: &[&str]) -> Vec<String> {
    let columns: Vec<String> = columns
        .iter()
        .map(|column| format!("coalesce(CAST({column} AS text), '-')"))
        .collect();
    let sql = format!(
        "SELECT {} AS line FROM {table} ORDER BY id",
        columns.join(" || ' ' || ")
    );
    let found =
        db.0.query_all_raw(Statement::from_string(db.0.get_database_backend(), sql))
            .await
            .unwrap();
    found.iter().map(|row| row.try_get("", "line").unwrap()).collect()
}

/// Numbers that are the same on every machine.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: i32) -> i32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i32::try_from((self.0 >> 33) % u64::from(end.unsigned_abs())).unwrap()
    }
}
