//! Which connections a workflow may not have.
//!
//! A connection leads from one node of its workflow to another, is of a known type, is not there twice, and closes no
//! cycle. The database enforces none of it.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    fmt,
};

use sea_orm::{ActiveEnum as _, Iterable as _};

use super::{ConnectionType, workflow_connections};
use crate::{
    graph::{self, Arc, way},
    values::Stored,
};

/// What of a connection the rules look at: its columns of the same names.
///
/// A row of today becomes it by itself. A data migration fills it in from the rows of its own day.
#[derive(Clone, Copy, Debug)]
pub struct Connection<'c> {
    /// What it is known by; the lower is the older.
    pub id: i32,
    /// The workflow that it belongs to.
    pub workflow_id: i32,
    /// The node that it comes from.
    pub source_node_id: i32,
    /// The node that it goes to.
    pub target_node_id: i32,
    /// When it holds.
    pub connection_type: &'c Stored<ConnectionType>,
}

impl<'c> From<&'c workflow_connections::Model> for Connection<'c> {
    fn from(connection: &'c workflow_connections::Model) -> Self {
        Self {
            id: connection.id,
            workflow_id: connection.workflow_id,
            source_node_id: connection.source_node_id,
            target_node_id: connection.target_node_id,
            connection_type: &connection.connection_type,
        }
    }
}

/// What is wrong with a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// One of its nodes belongs to another workflow, or is not there.
    Foreign {
        /// Whether it is the source; else it is the target.
        is_source: bool,
        /// The node.
        node: i32,
        /// The workflow that it belongs to.
        workflow: Option<i32>,
    },
    /// It is of no known type, in whatever case.
    UnknownType(String),
    /// It leads from a node to itself.
    SelfLoop(i32),
    /// An older connection leads from the same node to the same node and is of the same type.
    Duplicate(i32),
    /// It closes a cycle over older connections: the nodes, from its source round to its source again.
    Cycle(Vec<i32>),
}

/// The faults of connections, by their ids; of several faults the first in the order of [`Fault`].
///
/// All connections of a workflow have to be there, for which of two is the duplicate, or which one closes a cycle, is
/// told by comparison: the one with the higher id, which was made later. What is faulty already is no reason to find fault
/// with another. So a connection is judged by older ones alone, and in the same way whether the faulty ones among them are
/// still there or not.
///
/// Two connections between the same nodes and of different types are no duplicates: a node runs when all its connections
/// hold, so each says something of its own.
pub fn faults<'c, C: Into<Connection<'c>>>(
    connections: impl IntoIterator<Item = C>,
    workflow_of: impl Fn(i32) -> Option<i32>,
) -> BTreeMap<i32, Fault> {
    let mut connections: Vec<Connection<'c>> = connections.into_iter().map(Into::into).collect();
    connections.sort_by_key(|connection| connection.id);
    let mut known = HashMap::new();
    let judged = connections.iter().map(|connection| {
        let ends = (connection.source_node_id, connection.target_node_id);
        let fault = alone(connection, &workflow_of).or_else(|| {
            match known.entry((connection.workflow_id, ends, kind(connection.connection_type))) {
                Entry::Occupied(older) => Some(Fault::Duplicate(*older.get())),
                Entry::Vacant(place) => {
                    place.insert(connection.id);
                    None
                }
            }
        });
        match fault {
            Some(fault) => Err((connection.id, fault)),
            // No node is in two workflows, so one graph does for all of them.
            None => Ok(Arc {
                id: connection.id,
                sources: vec![ends.0],
                target: ends.1,
            }),
        }
    });
    graph::faults(judged, Fault::Cycle)
}

/// What is wrong with a connection whatever else there is.
fn alone(connection: &Connection<'_>, workflow_of: impl Fn(i32) -> Option<i32>) -> Option<Fault> {
    for (is_source, node) in [(true, connection.source_node_id), (false, connection.target_node_id)] {
        let workflow = workflow_of(node);
        if workflow != Some(connection.workflow_id) {
            return Some(Fault::Foreign {
                is_source,
                node,
                workflow,
            });
        }
    }
    if kind(connection.connection_type).is_none() {
        return Some(Fault::UnknownType(connection.connection_type.clone().into_text()));
    }
    (connection.source_node_id == connection.target_node_id).then_some(Fault::SelfLoop(connection.source_node_id))
}

/// The type that a stored text means: in any case and between spaces. Cronium's own documents show it in lower case.
pub fn kind(stored: &Stored<ConnectionType>) -> Option<ConnectionType> {
    let text = match stored {
        Stored::Known(known) => return Some(*known),
        Stored::Unknown(text) => text.trim_matches(' '),
    };
    ConnectionType::iter().find(|kind| kind.to_value().eq_ignore_ascii_case(text))
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign {
                is_source,
                node,
                workflow,
            } => {
                let end = if *is_source { "source" } else { "target" };
                match workflow {
                    Some(workflow) => write!(f, "its {end}, the node {node}, belongs to the workflow {workflow}"),
                    None => write!(f, "its {end}, the node {node}, is not there"),
                }
            }
            Self::UnknownType(text) => {
                let known: Vec<String> = ConnectionType::iter().map(|kind| kind.to_value()).collect();
                write!(f, "`{text}` is no type of connection; there are {}", known.join(", "))
            }
            Self::SelfLoop(node) => write!(f, "it leads from the node {node} to itself"),
            Self::Duplicate(older) => write!(f, "it repeats the connection {older}"),
            Self::Cycle(cycle) => write!(f, "it closes a cycle over older connections: {}", way(cycle)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sea_orm::prelude::DateTime;

    use super::*;

    fn connection(id: i32, workflow_id: i32, source: i32, target: i32, kind: &str) -> workflow_connections::Model {
        workflow_connections::Model {
            id,
            workflow_id,
            source_node_id: source,
            target_node_id: target,
            connection_type: Stored::from_text(kind),
            created_at: DateTime::default(),
            updated_at: DateTime::default(),
        }
    }

    /// The nodes 1 to 99 belong to the workflow 1, those to 199 to the workflow 2.
    fn workflow_of(node: i32) -> Option<i32> {
        (node < 200).then_some(node / 100 + 1)
    }

    fn reasons(connections: &[workflow_connections::Model]) -> Vec<(i32, String)> {
        let faults = faults(connections, workflow_of);
        faults.into_iter().map(|(id, fault)| (id, fault.to_string())).collect()
    }

    #[test]
    fn a_graph_without_a_fault_is_left_alone() {
        let connections = [
            connection(1, 1, 1, 2, "ALWAYS"),
            connection(2, 1, 1, 3, "ON_SUCCESS"),
            connection(3, 1, 2, 4, "ON_FAILURE"),
            connection(4, 1, 3, 4, "ON_CONDITION"),
            // The same nodes in another way.
            connection(5, 1, 3, 4, "ON_SUCCESS"),
            // The same workflow has parts of its own, and another workflow too.
            connection(6, 1, 7, 8, "always"),
            connection(7, 2, 101, 100, "ALWAYS"),
        ];
        assert_eq!(reasons(&connections), []);
    }

    #[test]
    fn each_fault_has_its_reason() {
        let connections = [
            connection(1, 1, 1, 2, "ALWAYS"),
            connection(2, 1, 2, 3, "on_success"),
            connection(3, 1, 1, 101, "ALWAYS"),
            connection(4, 1, 500, 1, "ALWAYS"),
            connection(5, 1, 1, 4, "SOMETIMES"),
            connection(6, 1, 4, 4, "ALWAYS"),
            connection(7, 1, 1, 2, " always"),
            connection(8, 1, 2, 3, "ON_SUCCESS"),
            connection(9, 1, 3, 1, "ON_FAILURE"),
        ];
        let expected = [
            (3, "its target, the node 101, belongs to the workflow 2"),
            (4, "its source, the node 500, is not there"),
            (
                5,
                "`SOMETIMES` is no type of connection; there are ALWAYS, ON_SUCCESS, ON_FAILURE, ON_CONDITION",
            ),
            (6, "it leads from the node 4 to itself"),
            (7, "it repeats the connection 1"),
            (8, "it repeats the connection 2"),
            (9, "it closes a cycle over older connections: 3 → 1 → 2 → 3"),
        ];
        assert_eq!(
            reasons(&connections),
            expected.map(|(id, reason)| (id, reason.to_owned()))
        );
    }

    #[test]
    fn a_faulty_connection_is_no_reason_to_find_fault_with_another() {
        let connections = [
            // Of no type, so the second is no duplicate and the third closes nothing with it.
            connection(1, 1, 1, 2, "SOMETIMES"),
            connection(2, 1, 2, 1, "ALWAYS"),
            // Of another workflow, so what leads back is no cycle.
            connection(3, 2, 1, 3, "ALWAYS"),
            connection(4, 1, 3, 1, "ALWAYS"),
        ];
        let faulty: Vec<i32> = faults(&connections, workflow_of).into_keys().collect();
        assert_eq!(faulty, [1, 3]);
    }

    #[test]
    fn only_a_known_word_is_a_type() {
        for (text, expected) in [
            ("ALWAYS", Some(ConnectionType::Always)),
            ("on_success", Some(ConnectionType::OnSuccess)),
            (" On_Failure ", Some(ConnectionType::OnFailure)),
            ("on condition", None),
            ("", None),
            ("ALWAYS!", None),
        ] {
            assert_eq!(kind(&Stored::from_text(text)), expected, "{text}");
        }
    }

    fn graphs() -> impl Strategy<Value = Vec<workflow_connections::Model>> {
        let kinds = prop::sample::select(vec!["ALWAYS", "ON_SUCCESS", "on_success", "ON_FAILURE", "x"]);
        let one = (1..3_i32, 0..8_i32, 0..8_i32, kinds, any::<bool>());
        prop::collection::vec(one, 0..50).prop_map(|connections| {
            (1..)
                .zip(connections)
                .map(|(id, (workflow, source, target, kind, astray))| {
                    let base = if workflow == 1 { 1 } else { 100 };
                    // One node in ten is of the other workflow.
                    let target = if astray && target == 0 {
                        101 - base
                    } else {
                        base + target
                    };
                    connection(id, workflow, base + source, target, kind)
                })
                .collect()
        })
    }

    /// The rules, each said as plainly as it can be.
    fn is_valid(connections: &[workflow_connections::Model]) -> bool {
        let rule = |connection: &workflow_connections::Model| {
            workflow_of(connection.source_node_id) == Some(connection.workflow_id)
                && workflow_of(connection.target_node_id) == Some(connection.workflow_id)
                && kind(&connection.connection_type).is_some()
                && connection.source_node_id != connection.target_node_id
        };
        let mut ends: Vec<_> = connections
            .iter()
            .map(|own| {
                (
                    own.source_node_id,
                    own.target_node_id,
                    kind(&own.connection_type).map(|kind| kind.to_value()),
                )
            })
            .collect();
        ends.sort();
        let all = ends.len();
        ends.dedup();
        let edges = ends
            .iter()
            .map(|(source, target, _)| (source.unsigned_abs(), target.unsigned_abs()));
        let graph = petgraph::graph::DiGraph::<(), ()>::from_edges(edges);
        connections.iter().all(rule) && all == ends.len() && !petgraph::algo::is_cyclic_directed(&graph)
    }

    proptest! {
        #[test]
        fn what_is_left_keeps_every_rule_and_what_kept_them_is_left(connections in graphs()) {
            let faulty = faults(&connections, workflow_of);
            let left: Vec<_> = connections.iter().filter(|own| !faulty.contains_key(&own.id)).cloned().collect();
            prop_assert!(is_valid(&left));
            prop_assert!(faults(&left, workflow_of).is_empty());
            prop_assert_eq!(faulty.is_empty(), is_valid(&connections));
        }

        #[test]
        fn mending_and_removing_some_changes_no_judgement(connections in graphs(), seed in any::<u64>()) {
            let faulty = faults(&connections, workflow_of);
            let is_done = |id: i32| seed >> (id % 64) & 1 == 1;
            let mut some = connections;
            some.retain(|own| !(is_done(own.id) && faulty.contains_key(&own.id)));
            for own in some.iter_mut().filter(|own| is_done(own.id)) {
                if let Some(kind) = kind(&own.connection_type) {
                    own.connection_type = kind.into();
                }
            }
            let left: Vec<i32> = faulty.into_keys().filter(|id| some.iter().any(|own| own.id == *id)).collect();
            prop_assert_eq!(faults(&some, workflow_of).into_keys().collect::<Vec<_>>(), left);
        }
    }
}
