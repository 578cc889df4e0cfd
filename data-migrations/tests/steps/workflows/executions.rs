//! `workflow_executions`.

use data_migrations::{WorkflowExecutions, workflow_executions as step};
use entity::{
    values::Stored,
    workflows::{workflow_execution_events as nodes, workflow_executions as runs},
};
use sea_orm::{ActiveValue::Set, EntityTrait as _, prelude::Json};
use seawright::data::{DataMigration as _, RunOptions};
use serde_json::json;

use super::{Numbers, notes, quarantine, rows, tables, up};
use crate::support::{Db, insert, time};

const RUN: [&str; 8] = [
    "id",
    "status",
    "completed_at",
    "total_duration",
    "total_events",
    "successful_events",
    "failed_events",
    "updated_at",
];
const NODE: [&str; 6] = [
    "id",
    "workflow_execution_id",
    "status",
    "completed_at",
    "duration",
    "error_message",
];

/// A run that began on a second of the test's hour, with its totals, and perhaps an end.
fn run(id: i32, status: &str, second: u32, totals: [i32; 3], end: Option<u32>) -> runs::ActiveModel {
    let at = |second: u32| time(&format!("2025-07-01T10:{:02}:{:02}", second / 60, second % 60));
    runs::ActiveModel {
        id: Set(id),
        workflow_id: Set(1),
        user_id: Set("ada".to_owned()),
        status: Set(Stored::from_text(status)),
        trigger_type: Set(Stored::from_text("MANUAL")),
        started_at: Set(at(second)),
        completed_at: Set(end.map(at)),
        total_duration: Set(end.map(|end| i32::try_from(end - second).unwrap() * 1000)),
        total_events: Set(Some(totals[0])),
        successful_events: Set(Some(totals[1])),
        failed_events: Set(Some(totals[2])),
        execution_data: Set(None),
        created_at: Set(at(second)),
        updated_at: Set(at(end.unwrap_or(second))),
    }
}

/// The data of a record of the executor.
fn executors(given: &Json) -> Json {
    json!({"triggerType": "MANUAL", "triggeredAt": "2025-07-01T10:00:00.000Z", "inputData": given})
}

fn with(mut run: runs::ActiveModel, data: Json) -> runs::ActiveModel {
    run.execution_data = Set(Some(data));
    run
}

fn node(id: i32, run: i32, status: &str, second: u32, took: Option<u32>) -> nodes::ActiveModel {
    let at = |second: u32| time(&format!("2025-07-01T10:{:02}:{:02}", second / 60, second % 60));
    nodes::ActiveModel {
        id: Set(id),
        workflow_execution_id: Set(run),
        event_id: Set(1),
        node_id: Set(1),
        sequence_order: Set(1),
        status: Set(Stored::from_text(status)),
        started_at: Set(Some(at(second))),
        completed_at: Set(took.map(|took| at(second + took))),
        duration: Set(took.map(|took| i32::try_from(took).unwrap() * 1000)),
        output: Set(Some("kept".to_owned())),
        error_message: Set(None),
        connection_type: Set(None),
        created_at: Set(at(second)),
    }
}

async fn of(db: &Db, id: i32) -> String {
    let all = rows(db, "workflow_executions", &RUN).await;
    all.into_iter()
        .find(|row| row.starts_with(&format!("{id} ")))
        .unwrap()
        .replace(".000000", "")
}

async fn data_of(db: &Db, id: i32) -> Option<Json> {
    runs::Entity::find_by_id(id)
        .one(&db.0)
        .await
        .unwrap()
        .unwrap()
        .execution_data
}

/// Records of every kind, each with the row that it becomes.
async fn fill(db: &Db) {
    tables(db).await;
    let executed = |run: runs::ActiveModel| with(run, executors(&json!({})));
    insert(
        db,
        [
            // Right ones.
            executed(run(1, "SUCCESS", 0, [2, 2, 0], Some(3))),
            executed(run(2, "FAILURE", 10, [1, 0, 1], Some(12))),
            executed(run(3, "FAILURE", 20, [0, 0, 5], Some(21))),
            executed(run(4, "TIMEOUT", 30, [1, 1, 0], Some(40))),
            // The rows of a deleted event are gone.
            executed(run(5, "FAILURE", 50, [3, 2, 1], Some(60))),
            // Wrong ones.
            executed(run(10, "SUCCESS", 100, [0, 0, 0], Some(103))),
            executed(run(11, "SUCCESS", 110, [99, 1, 0], Some(113))),
            executed(run(12, "FAILURE", 120, [2, 2, 0], Some(123))),
            executed(run(13, "completed", 130, [1, 1, 0], None)),
            executed(run(14, "SUCCESS", 140, [1, 1, 0], Some(141))),
            executed(run(15, "SUCCESS", 150, [0, 0, 0], None)),
            executed(run(16, "SUCCESS", 160, [2, 2, 0], Some(170))),
            // Over, and never ended.
            executed(run(20, "RUNNING", 200, [0, 0, 0], None)),
            executed(run(21, "RUNNING", 210, [0, 0, 0], None)),
            executed(run(22, "PENDING", 220, [0, 0, 0], None)),
        ],
    )
    .await;
    insert(
        db,
        [
            node(1, 1, "SUCCESS", 0, Some(1)),
            node(2, 1, "SUCCESS", 1, Some(2)),
            node(3, 2, "FAILURE", 10, Some(2)),
            node(4, 4, "SUCCESS", 30, Some(2)),
            node(5, 5, "SUCCESS", 50, Some(2)),
            node(10, 10, "SUCCESS", 100, Some(1)),
            node(11, 10, "FAILURE", 101, Some(2)),
            node(12, 11, "SUCCESS", 110, Some(2)),
            node(13, 12, "SUCCESS", 120, Some(1)),
            node(14, 12, "SUCCESS", 121, Some(1)),
            node(15, 13, "SUCCESS", 130, Some(4)),
            node(16, 14, "SUCCESS", 140, Some(5)),
            node(17, 16, "SUCCESS", 160, Some(1)),
            node(18, 16, "RUNNING", 161, None),
            node(20, 20, "SUCCESS", 200, Some(4)),
            node(21, 21, "SUCCESS", 210, Some(4)),
            node(22, 21, "RUNNING", 217, None),
        ],
    )
    .await;
    // Two of the totals are absent.
    db.run("UPDATE workflow_executions SET failed_events = NULL, total_duration = NULL WHERE id = 11")
        .await;
}

const AFTER: [&str; 15] = [
    "1 SUCCESS 2025-07-01 10:00:03 3000 2 2 0 2025-07-01 10:00:03",
    "2 FAILURE 2025-07-01 10:00:12 2000 1 0 1 2025-07-01 10:00:12",
    "3 FAILURE 2025-07-01 10:00:21 1000 0 0 5 2025-07-01 10:00:21",
    "4 TIMEOUT 2025-07-01 10:00:40 10000 1 1 0 2025-07-01 10:00:40",
    "5 FAILURE 2025-07-01 10:01:00 10000 3 2 1 2025-07-01 10:01:00",
    "10 FAILURE 2025-07-01 10:01:43 3000 2 1 1 2025-07-01 10:01:43",
    "11 SUCCESS 2025-07-01 10:01:53 3000 1 1 0 2025-07-01 10:01:53",
    "12 SUCCESS 2025-07-01 10:02:03 3000 2 2 0 2025-07-01 10:02:03",
    "13 SUCCESS 2025-07-01 10:02:14 4000 1 1 0 2025-07-01 10:02:10",
    "14 SUCCESS 2025-07-01 10:02:25 5000 1 1 0 2025-07-01 10:02:21",
    "15 SUCCESS 2025-07-01 10:02:30 0 0 0 0 2025-07-01 10:02:30",
    "16 SUCCESS 2025-07-01 10:02:50 10000 2 2 0 2025-07-01 10:02:50",
    "20 SUCCESS 2025-07-01 10:03:24 4000 1 1 0 2025-07-01 10:03:20",
    "21 FAILURE 2025-07-01 10:03:37 7000 2 1 1 2025-07-01 10:03:30",
    "22 FAILURE 2025-07-01 10:03:40 0 0 0 0 2025-07-01 10:03:40",
];

/// A run that the API recorded too.
async fn fill_twice(db: &Db, status: &str) {
    tables(db).await;
    let given = json!({"customer": 7, "größe": null});
    insert(
        db,
        [
            with(run(1, "RUNNING", 0, [0, 0, 0], None), given.clone()),
            with(run(2, status, 1, [0, 0, 0], None), executors(&given)),
            // Another user's, another workflow's, and one that nobody went on with.
            with(
                runs::ActiveModel {
                    user_id: Set("bob".to_owned()),
                    ..run(3, "SUCCESS", 2, [0, 0, 0], Some(2))
                },
                executors(&given),
            ),
            with(
                runs::ActiveModel {
                    workflow_id: Set(2),
                    ..run(4, "SUCCESS", 2, [0, 0, 0], Some(2))
                },
                executors(&given),
            ),
            with(run(5, "RUNNING", 30, [0, 0, 0], None), json!([1])),
            with(run(6, "SUCCESS", 200, [0, 0, 0], Some(201)), executors(&given)),
        ],
    )
    .await;
    insert(
        db,
        [node(1, 2, "SUCCESS", 1, Some(2)), node(2, 2, "FAILURE", 3, Some(5))],
    )
    .await;
}

on_every_database! {
    async fn each_record_says_what_its_nodes_say(db: Db) {
        fill(&db).await;
        up(&db, &step(), 1000).await.unwrap();
        for expected in AFTER {
            let id = expected.split(' ').next().unwrap().parse().unwrap();
            assert_eq!(of(&db, id).await, expected);
        }
        let notes = notes(&db).await;
        let said: Vec<(i32, &str)> = notes.iter().map(|(id, note)| (*id, note.as_str())).collect();
        assert_eq!(said, [
            (12, "it said FAILURE, but all its nodes succeeded; it says SUCCESS now"),
            (20, "closed as SUCCESS: all its 1 nodes had ended, and nothing followed"),
            (21, "closed as FAILURE: 1 of its 2 nodes never ended"),
            (22, "closed as FAILURE: no node of it ever ran"),
        ]);
        assert!(quarantine(&db).await.is_empty());
    }

    async fn nodes_that_never_ended_are_closed_and_the_others_left_alone(db: Db) {
        fill(&db).await;
        let before = rows(&db, "workflow_execution_events", &NODE).await;
        up(&db, &step(), 1000).await.unwrap();
        let after = rows(&db, "workflow_execution_events", &NODE).await;
        let changed: Vec<&String> = after.iter().filter(|row| !before.contains(row)).collect();
        assert_eq!(changed, [
            "18 16 SUCCESS - - -",
            "22 21 FAILURE - - The run broke off; what became of this node is not known.",
        ]);
        let outputs = rows(&db, "workflow_execution_events", &["output"]).await;
        assert!(outputs.iter().all(|output| output == "kept"));
    }

    async fn right_records_are_not_even_looked_at(db: Db) {
        fill(&db).await;
        let pending = WorkflowExecutions.pending().all(&db.0).await.unwrap();
        assert!(pending.iter().all(|run| run.id >= 10), "{pending:?}");
        assert_eq!(pending.len(), 10);
    }

    async fn a_second_run_changes_nothing_and_the_size_of_a_batch_neither(db: Db) {
        fill(&db).await;
        for size in [1, 2, 4, 1000] {
            up(&db, &step(), size).await.unwrap();
            let (runs, nodes) = (rows(&db, "workflow_executions", &RUN).await, rows(&db, "workflow_execution_events", &NODE).await);
            up(&db, &step(), size).await.unwrap();
            assert_eq!(rows(&db, "workflow_executions", &RUN).await, runs);
            assert_eq!(rows(&db, "workflow_execution_events", &NODE).await, nodes);
            assert!(runs.iter().any(|run| run.starts_with("21 FAILURE")));
            db.down(&step()).await;
        }
    }

    async fn down_brings_every_record_and_node_back_as_it_was(db: Db) {
        fill(&db).await;
        let (runs, nodes) = (rows(&db, "workflow_executions", &RUN).await, rows(&db, "workflow_execution_events", &NODE).await);
        up(&db, &step(), 3).await.unwrap();
        assert_ne!(rows(&db, "workflow_executions", &RUN).await, runs);
        db.down(&step()).await;
        assert_eq!(rows(&db, "workflow_executions", &RUN).await, runs);
        assert_eq!(rows(&db, "workflow_execution_events", &NODE).await, nodes);
    }

    async fn what_the_api_left_behind_is_closed_as_its_twin_was(db: Db) {
        fill_twice(&db, "SUCCESS").await;
        up(&db, &step(), 1000).await.unwrap();
        assert_eq!(of(&db, 1).await, "1 FAILURE 2025-07-01 10:00:08 8000 0 0 0 2025-07-01 10:00:00");
        assert_eq!(of(&db, 2).await, "2 FAILURE 2025-07-01 10:00:08 7000 2 1 1 2025-07-01 10:00:01");
        // Nobody went on with this one: the next began long after it.
        assert_eq!(of(&db, 5).await, "5 FAILURE 2025-07-01 10:00:30 0 0 0 0 2025-07-01 10:00:30");
        assert_eq!(data_of(&db, 1).await, Some(json!({"customer": 7, "größe": null, "duplicateOf": 2})));
        assert_eq!(data_of(&db, 5).await, Some(json!([1])));
        let notes = notes(&db).await;
        assert_eq!(notes[&1], "closed as FAILURE: a second record of the execution 2, left running by the API");
        assert_eq!(notes[&5], "closed as FAILURE: no node of it ever ran");
    }

    /// The twin may come in a later batch, or have been put right by an earlier run.
    async fn a_record_is_closed_alike_before_and_after_its_twin(db: Db) {
        for size in [1, 2] {
            fill_twice(&db, "RUNNING").await;
            up(&db, &step(), size).await.unwrap();
            let closed = of(&db, 1).await;
            assert_eq!(closed, "1 FAILURE 2025-07-01 10:00:08 8000 0 0 0 2025-07-01 10:00:00");
            db.run("UPDATE workflow_executions SET status = 'RUNNING', completed_at = NULL, total_duration = NULL WHERE id = 1").await;
            up(&db, &step(), size).await.unwrap();
            assert_eq!(of(&db, 1).await, closed);
            for table in ["workflow_execution_events", "workflow_executions", "workflow_connections", "workflow_nodes", "workflows"] {
                db.run(&format!("DROP TABLE {table}")).await;
            }
        }
    }

    async fn a_run_that_may_still_be_going_on_is_never_closed(db: Db) {
        fill_twice(&db, "RUNNING").await;
        let as_of = |text: &str| RunOptions { as_of: Some(time(text)), ..RunOptions::default() };
        let before = rows(&db, "workflow_executions", &RUN).await;
        as_of("2025-07-02T10:00:07").scope(db.up(&step())).await.unwrap();
        assert_eq!(rows(&db, "workflow_executions", &RUN).await, before);
        let reasons = quarantine(&db).await;
        assert_eq!(reasons.keys().copied().collect::<Vec<_>>(), [1, 2, 5]);
        assert!(reasons[&1].contains("the execution 2, which may still be going on"), "{}", reasons[&1]);
        assert!(reasons[&2].contains("2025-07-01 10:00:08"), "{}", reasons[&2]);
        // It is asked about again when it has changed.
        db.run("UPDATE workflow_executions SET status = 'SUCCESS', completed_at = '2025-07-02 10:00:00' WHERE id = 2").await;
        db.run("UPDATE workflow_executions SET updated_at = '2025-07-01 10:00:01' WHERE id = 1").await;
        as_of("2025-07-02T10:00:07").scope(db.up(&step())).await.unwrap();
        assert!(of(&db, 2).await.starts_with("2 FAILURE"));
        assert!(of(&db, 1).await.starts_with("1 FAILURE 2025-07-02 10:00:00"));
        assert_eq!(quarantine(&db).await.into_keys().collect::<Vec<_>>(), [5]);
    }

    async fn an_event_that_may_take_days_is_waited_for(db: Db) {
        tables(&db).await;
        db.run("UPDATE events SET timeout_value = 3, timeout_unit = 'DAYS' WHERE id = 2").await;
        insert(&db, [run(1, "RUNNING", 0, [0, 0, 0], None)]).await;
        insert(&db, [runs::ActiveModel { workflow_id: Set(3), ..run(2, "RUNNING", 0, [0, 0, 0], None) }]).await;
        let options = RunOptions { as_of: Some(time("2025-07-04T10:00:00")), ..RunOptions::default() };
        options.scope(db.up(&step())).await.unwrap();
        assert_eq!(quarantine(&db).await.into_keys().collect::<Vec<_>>(), [1]);
        assert!(of(&db, 2).await.starts_with("2 FAILURE"));
    }

    /// Whatever the rows say, one run puts all of it right, and the invariants hold.
    async fn random_records_are_right_after_one_run(db: Db) {
        tables(&db).await;
        let mut numbers = Numbers(3);
        let statuses = ["SUCCESS", "SUCCESS", "FAILURE", "RUNNING", "PENDING", "TIMEOUT", "odd"];
        let mut second = |below: i32| u32::try_from(numbers.below(below)).unwrap();
        let (mut all_runs, mut all_nodes) = (Vec::new(), Vec::new());
        for id in 1..=150 {
            let status = statuses[second(7) as usize];
            let totals = [(); 3].map(|()| i32::try_from(second(4)).unwrap());
            let start = second(600);
            let end = (second(3) > 0).then(|| start + second(20));
            let mut made = run(id, status, start, totals, end);
            if second(2) == 0 {
                made.execution_data = Set(Some(executors(&json!({}))));
            }
            if second(5) == 0 {
                made.total_events = Set(None);
            }
            all_runs.push(made);
            for _ in 0..second(4) {
                let number = i32::try_from(all_nodes.len()).unwrap() + 1;
                let took = (second(3) > 0).then(|| second(30));
                all_nodes.push(node(number, id, statuses[second(7) as usize], start + second(10), took));
            }
        }
        insert(&db, all_runs).await;
        insert(&db, all_nodes).await;
        up(&db, &step(), 20).await.unwrap();
        let after = rows(&db, "workflow_executions", &RUN).await;
        assert!(quarantine(&db).await.is_empty());
        assert!(WorkflowExecutions.pending().all(&db.0).await.unwrap().is_empty());
        up(&db, &step(), 20).await.unwrap();
        assert_eq!(rows(&db, "workflow_executions", &RUN).await, after);
    }
}
