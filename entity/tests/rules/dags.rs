//! Runs of any graph with any outcomes, against a simple model.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use entity::{
    jobs::queue::{Completion, Failure, complete, fail, report_condition, report_output},
    prelude::*,
    workflows::runner::{self, is_skipped},
};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::{
    support::{Db, TestWorld, property},
    workflows::{begin, begun, graph, rows, run},
};

/// What a node's run does.
#[derive(Clone, Debug)]
struct Outcome {
    well: bool,
    condition: Option<bool>,
    output: Option<Json>,
}

#[derive(Clone, Debug)]
struct Case {
    edges: Vec<(usize, usize, ConnectionType)>,
    outcomes: Vec<Outcome>,
    /// In which order jobs end, and whether somebody moves the run on after each.
    order: Vec<(usize, bool)>,
}

fn cases() -> impl Strategy<Value = Case> {
    let outcome = (
        prop::bool::weighted(0.7),
        prop::option::of(any::<bool>()),
        prop::option::of(prop_oneof![
            Just(json!({"told": true})),
            Just(json!("text")),
            Just(json!(null))
        ]),
    );
    let outcome = outcome.prop_map(|(well, condition, output)| Outcome {
        well,
        condition,
        output,
    });
    let kind = prop::sample::select(vec![
        ConnectionType::Always,
        ConnectionType::OnSuccess,
        ConnectionType::OnFailure,
        ConnectionType::OnCondition,
    ]);
    (1..7_usize).prop_flat_map(move |nodes| {
        let edges = prop::collection::btree_map((0..nodes, 0..nodes), kind.clone(), 0..10);
        let order = prop::collection::vec((0..6_usize, any::<bool>()), 12);
        (edges, prop::collection::vec(outcome.clone(), nodes), order).prop_map(|(edges, outcomes, order)| Case {
            // From the lower to the higher only, so without a cycle.
            edges: edges
                .into_iter()
                .filter(|((source, target), _)| source < target)
                .map(|((source, target), kind)| (source, target, kind))
                .collect(),
            outcomes,
            order,
        })
    })
}

/// The nodes that run.
fn model(case: &Case) -> BTreeSet<usize> {
    let mut ran = BTreeSet::new();
    for node in 0..case.outcomes.len() {
        let holds = case
            .edges
            .iter()
            .filter(|edge| edge.1 == node)
            .all(|(source, _, kind)| {
                let outcome = &case.outcomes[*source];
                ran.contains(source)
                    && match kind {
                        ConnectionType::Always => true,
                        ConnectionType::OnSuccess => outcome.well,
                        ConnectionType::OnFailure => !outcome.well,
                        ConnectionType::OnCondition => outcome.condition == Some(true),
                    }
            });
        if holds {
            ran.insert(node);
        }
    }
    ran
}

/// The input of a node, by the nodes that have ended, in that order.
fn input(case: &Case, node: usize, ended: &[usize]) -> Json {
    let leads = |source: &&usize| case.edges.iter().any(|edge| (edge.0, edge.1) == (**source, node));
    let last = ended
        .iter()
        .rev()
        .find(|source| leads(source) && case.outcomes[**source].well);
    match last.map(|last| (&case.outcomes[*last].output, last)) {
        Some((Some(Json::Object(output)), last)) => {
            let mut output = output.clone();
            output.insert("by".to_owned(), json!(last));
            Json::Object(output)
        }
        Some((Some(_), _)) => json!({}),
        _ => json!({"given": true}),
    }
}

async fn holds(db: &Db, case: Case) -> Result<(), String> {
    let world = TestWorld::new();
    let graph = graph(db, case.outcomes.len(), &case.edges).await;
    let first = begin(db, &world, graph.workflow, json!({"given": true}))
        .await
        .map_err(|error| error.to_string())?;
    let mut in_hand: BTreeMap<usize, jobs::Model> = BTreeMap::new();
    let (mut ended, mut over) = (Vec::new(), first.progress.ended);
    let mut order = case.order.iter().cycle();
    while over.is_none() {
        for (node, job) in begun(db, &world, &graph).await {
            let expected = input(&case, node, &ended);
            let given = job.payload.to_json()["input"].clone();
            if given != expected {
                return Err(format!(
                    "the node {node} was given {given}, and the model has {expected}"
                ));
            }
            in_hand.insert(node, job);
        }
        let (which, moves_on) = order.next().unwrap();
        let node = in_hand.keys().copied().nth(which % in_hand.len().max(1));
        let Some(node) = node else {
            return Err(format!("nothing runs and nothing is over after {ended:?}"));
        };
        let (job, outcome) = (in_hand.remove(&node).unwrap().id, &case.outcomes[node]);
        world.pass(TimeDelta::seconds(1));
        if let Some(condition) = outcome.condition {
            report_condition(&db.0, &world, &job, condition).await.unwrap();
        }
        if let Some(mut output) = outcome.output.clone() {
            if let Some(object) = output.as_object_mut() {
                object.insert("by".to_owned(), json!(node));
            }
            report_output(&db.0, &world, &job, output).await.unwrap();
        }
        if outcome.well {
            complete(&db.0, &world, &job, "o1", Completion::default())
                .await
                .unwrap();
        } else {
            fail(&db.0, &world, &job, "o1", Failure::because("no")).await.unwrap();
        }
        ended.push(node);
        if *moves_on || in_hand.is_empty() {
            over = runner::advance(&db.0, &world, first.run_id)
                .await
                .map_err(|error| error.to_string())?
                .ended;
        }
    }
    let expected = model(&case);
    let well = expected.iter().filter(|node| case.outcomes[**node].well).count();
    let ran: BTreeSet<usize> = ended.iter().copied().collect();
    if ran != expected || ran.len() != ended.len() {
        return Err(format!("{ended:?} ran, and in the model {expected:?}"));
    }
    let run = run(db, first.run_id).await;
    let total = [run.total_events, run.successful_events, run.failed_events]
        .map(|count| usize::try_from(count.unwrap()).unwrap());
    let is_success = run.status == LogStatus::Success;
    if total != [ran.len(), well, ran.len() - well]
        || is_success != (well == ran.len())
        || over != run.status.known().copied()
    {
        return Err(format!("the run says {total:?} and {:?}", run.status));
    }
    for (node, row) in rows(db, &graph, first.run_id).await {
        let status = if case.outcomes[node].well {
            LogStatus::Success
        } else {
            LogStatus::Failure
        };
        if is_skipped(&row) == ran.contains(&node) || (ran.contains(&node) && row.status != status) {
            return Err(format!("the node {node} says {row:?}"));
        }
    }
    Ok(())
}

on_every_database! {
    async fn a_run_does_what_the_model_says(db: Db) {
        property(48, &cases(), |case| {
            let db = db.clone();
            async move { holds(&db, case).await }
        });
    }
}
