//! `workflow_connections`.

use std::collections::BTreeSet;

use data_migrations::{WorkflowConnections, workflow_connections as step};
use entity::workflows::{
    graph::{faults, kind},
    workflow_connections::{self, Entity as Connections, Model},
};
use sea_orm::EntityTrait as _;
use seawright::data::DataMigration as _;

use super::{Numbers, connection, quarantine, rows, tables, up};
use crate::support::{Db, insert};

const COLUMNS: [&str; 7] = [
    "id",
    "workflow_id",
    "source_node_id",
    "target_node_id",
    "connection_type",
    "created_at",
    "updated_at",
];

/// A workflow with every fault, and one without.
fn faulty() -> Vec<workflow_connections::ActiveModel> {
    vec![
        connection(1, 1, 1, 2, "ALWAYS"),
        connection(2, 1, 2, 3, "on_success"),
        connection(3, 1, 1, 11, "ALWAYS"),
        connection(5, 1, 1, 4, "SOMETIMES"),
        connection(6, 1, 4, 4, "ALWAYS"),
        connection(7, 1, 1, 2, " always"),
        connection(8, 1, 2, 3, "ON_SUCCESS"),
        connection(9, 1, 3, 1, "ON_FAILURE"),
        connection(10, 1, 3, 4, "ALWAYS"),
        connection(11, 2, 19, 11, "ALWAYS"),
        connection(12, 2, 18, 19, "ON_CONDITION"),
        connection(13, 2, 18, 19, "ON_SUCCESS"),
        connection(14, 3, 1, 2, "ALWAYS"),
    ]
}

/// What every batch size has to come to.
async fn check(db: &Db) {
    let kept = [
        "1 1 1 2 ALWAYS",
        "2 1 2 3 ON_SUCCESS",
        "10 1 3 4 ALWAYS",
        "11 2 19 11 ALWAYS",
        "12 2 18 19 ON_CONDITION",
        "13 2 18 19 ON_SUCCESS",
    ];
    assert_eq!(rows(db, "workflow_connections", &COLUMNS[..5]).await, kept);
    let reasons = [
        (3, "its target, the node 11, belongs to the workflow 2"),
        (
            5,
            "`SOMETIMES` is no type of connection; there are ALWAYS, ON_SUCCESS, ON_FAILURE, ON_CONDITION",
        ),
        (6, "it leads from the node 4 to itself"),
        (7, "it repeats the connection 1"),
        (8, "it repeats the connection 2"),
        (9, "it closes a cycle over older connections: 3 → 1 → 2 → 3"),
        (14, "its source, the node 1, belongs to the workflow 1"),
    ];
    assert_eq!(
        quarantine(db).await,
        reasons
            .map(|(id, reason)| (id, reason.to_owned()))
            .into_iter()
            .collect()
    );
}

on_every_database! {
    async fn what_breaks_a_rule_goes_and_what_is_badly_written_is_mended(db: Db) {
        tables(&db).await;
        insert(&db, faulty()).await;
        up(&db, &step(), 1000).await.unwrap();
        check(&db).await;
        // Whole, and as it was.
        let entry = db.entry(7).await;
        assert!(entry.row_json.contains("\" always\"") && entry.row_json.contains("2025-07-10"), "{}", entry.row_json);
        assert_eq!(db.all::<Connections>().await[1].updated_at, crate::support::time("2025-07-10T09:43:55"));
    }

    async fn the_size_of_a_batch_makes_no_difference(db: Db) {
        tables(&db).await;
        for size in [1, 2, 3, 5] {
            db.run("DELETE FROM workflow_connections").await;
            insert(&db, faulty()).await;
            up(&db, &step(), size).await.unwrap();
            check(&db).await;
            db.down(&step()).await;
        }
    }

    async fn valid_graphs_are_left_alone(db: Db) {
        tables(&db).await;
        // From high nodes to low ones, in several ways, and two parts.
        insert(&db, (1..=8).map(|node| connection(node, 1, node + 1, node, "ALWAYS"))).await;
        insert(&db, (1..=7).map(|node| connection(10 + node, 1, node + 2, node, "ON_FAILURE"))).await;
        insert(&db, [connection(30, 2, 11, 12, "ON_SUCCESS"), connection(31, 2, 14, 13, "ALWAYS")]).await;
        let before = rows(&db, "workflow_connections", &COLUMNS).await;
        assert!(WorkflowConnections.pending().all(&db.0).await.unwrap().is_empty());
        up(&db, &step(), 1000).await.unwrap();
        assert_eq!(rows(&db, "workflow_connections", &COLUMNS).await, before);
        assert!(db.ledger().await.is_empty());
    }

    async fn a_second_run_changes_nothing(db: Db) {
        tables(&db).await;
        insert(&db, faulty()).await;
        up(&db, &step(), 1000).await.unwrap();
        let (before, ledger) = (rows(&db, "workflow_connections", &COLUMNS).await, db.ledger().await);
        up(&db, &step(), 1000).await.unwrap();
        assert_eq!(rows(&db, "workflow_connections", &COLUMNS).await, before);
        assert_eq!(db.ledger().await, ledger);
    }

    async fn down_brings_every_connection_back_as_it_was(db: Db) {
        tables(&db).await;
        insert(&db, faulty()).await;
        let before = rows(&db, "workflow_connections", &COLUMNS).await;
        up(&db, &step(), 4).await.unwrap();
        db.down(&step()).await;
        assert_eq!(rows(&db, "workflow_connections", &COLUMNS).await, before);
        assert!(db.ledger().await.is_empty());
        up(&db, &step(), 1000).await.unwrap();
        check(&db).await;
    }

    async fn many_faults_are_no_reason_to_stop(db: Db) {
        tables(&db).await;
        let loops: Vec<_> = (1..=2500).map(|id| connection(id, 1, 1, 1, "ALWAYS")).collect();
        for some in loops.chunks(1000) {
            insert(&db, some.to_vec()).await;
        }
        up(&db, &step(), 400).await.unwrap();
        assert_eq!(quarantine(&db).await.len(), 2500);
        assert_eq!(db.count::<Connections>().await, 0);
    }

    async fn a_fault_that_comes_in_later_is_found(db: Db) {
        tables(&db).await;
        insert(&db, faulty()).await;
        up(&db, &step(), 1000).await.unwrap();
        for late in [
            connection(20, 1, 5, 5, "ALWAYS"),
            connection(20, 1, 5, 15, "ALWAYS"),
            connection(20, 1, 5, 6, "NEVER"),
            connection(20, 1, 1, 2, "ALWAYS"),
            connection(20, 1, 4, 1, "ALWAYS"),
        ] {
            insert(&db, [late]).await;
            assert_eq!(WorkflowConnections.pending().all(&db.0).await.unwrap().len(), 1);
            up(&db, &step(), 1000).await.unwrap();
            assert!(quarantine(&db).await.contains_key(&20));
            assert_eq!(db.count::<Connections>().await, 6);
        }
    }

    /// The query finds at least what the rule does, and nothing is left of it, whatever the graph and the batches.
    async fn on_random_graphs_the_query_and_the_rule_agree(db: Db) {
        tables(&db).await;
        let mut numbers = Numbers(7);
        for round in 0..12 {
            let kinds = ["ALWAYS", "ALWAYS", "ON_SUCCESS", "on_success", "maybe"];
            let made = (1..=30).map(|id| {
                let workflow = 1 + numbers.below(2);
                let base = 10 * (workflow - 1) + 1;
                let source = base + numbers.below(6);
                let target = if numbers.below(12) == 0 { 5 } else { base + numbers.below(6) };
                let kind = kinds[usize::try_from(numbers.below(5)).unwrap()];
                connection(id, workflow, source, target, kind)
            });
            insert(&db, made.collect::<Vec<_>>()).await;
            let all = db.all::<Connections>().await;
            let wrong = faults(&all, |node| Some(node / 10 + 1));
            let mended: BTreeSet<i32> = all.iter().filter(|own| own.connection_type.known().is_none()).map(|own| own.id).collect();
            let found: BTreeSet<i32> = WorkflowConnections.pending().all(&db.0).await.unwrap().iter().map(|own| own.id).collect();
            assert!(wrong.keys().chain(&mended).all(|id| found.contains(id)), "round {round}: {wrong:?} {found:?}");
            up(&db, &step(), [1, 3, 7, 1000][round % 4]).await.unwrap();
            let expected: Vec<Model> = all
                .into_iter()
                .filter(|own| !wrong.contains_key(&own.id))
                .map(|own| Model { connection_type: kind(&own.connection_type).unwrap().into(), ..own })
                .collect();
            assert_eq!(db.all::<Connections>().await, expected, "round {round}");
            assert_eq!(quarantine(&db).await.len(), wrong.len());
            db.down(&step()).await;
            Connections::delete_many().exec(&db.0).await.unwrap();
        }
    }

    /// Every pair of sixty nodes, in an order that is bad for the nodes' ids, and arcs that close cycles all over.
    async fn a_dense_graph_comes_to_an_end(db: Db) {
        tables(&db).await;
        let nodes: Vec<String> = (1000..1060).map(|node| format!("({node}, 3, 1)")).collect();
        db.run(&format!("INSERT INTO workflow_nodes (id, workflow_id, event_id) VALUES {}", nodes.join(", "))).await;
        let pairs = (1000..1060).flat_map(|high| (1000..high).map(move |low| (high, low)));
        let made: Vec<_> = pairs.zip(1..).map(|((high, low), id)| connection(id, 3, high, low, "ALWAYS")).collect();
        let valid = made.len();
        for some in made.chunks(1000) {
            insert(&db, some.to_vec()).await;
        }
        assert!(WorkflowConnections.pending().all(&db.0).await.unwrap().is_empty());
        insert(&db, (0..5).map(|back| connection(90_000 + back, 3, 1000 + back, 1059 - back, "ALWAYS"))).await;
        up(&db, &step(), 1000).await.unwrap();
        assert_eq!(quarantine(&db).await.len(), 5);
        assert_eq!(usize::try_from(db.count::<Connections>().await).unwrap(), valid);
    }
}
