//! Whether a node is due, from how the nodes before it stand. No database, no clock.

use std::collections::BTreeMap;

use super::data::Edge;
use crate::workflows::ConnectionType;

/// How a node stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    /// Neither queued nor skipped.
    Waiting,
    /// Its job is not over.
    Queued,
    /// Its job is over.
    Ended {
        /// Whether it ended well.
        well: bool,
        /// Whether its script set its condition to true.
        condition: bool,
    },
    /// It never runs.
    Skipped,
}

/// What is to be done with a node that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Nothing yet.
    Wait,
    /// It runs.
    Run,
    /// It never runs; the connection that says so.
    Skip(Edge),
}

/// What is to be done with a node: it runs once the sources of all its connections have ended and all of them hold. It never
/// runs once that can't be any more.
pub(super) fn due(node: i32, edges: &[Edge], stands: &BTreeMap<i32, Stand>) -> Due {
    let mut due = Due::Run;
    for edge in edges.iter().filter(|edge| edge.target == node) {
        match stands.get(&edge.source) {
            Some(Stand::Waiting | Stand::Queued) => due = Due::Wait,
            Some(Stand::Ended { well, condition }) if holds(edge.r#type, *well, *condition) => {}
            _ => return Due::Skip(*edge),
        }
    }
    due
}

fn holds(kind: ConnectionType, well: bool, condition: bool) -> bool {
    match kind {
        ConnectionType::Always => true,
        ConnectionType::OnSuccess => well,
        ConnectionType::OnFailure => !well,
        ConnectionType::OnCondition => condition,
    }
}

/// The number of each node: nodes that nothing leads to are numbered from 1, the others have the lowest number of those that
/// lead to them. The edges have no cycle.
pub(super) fn numbers(nodes: &[i32], edges: &[Edge]) -> BTreeMap<i32, i32> {
    let starts = nodes
        .iter()
        .filter(|node| edges.iter().all(|edge| edge.target != **node));
    let mut numbers: BTreeMap<i32, i32> = starts.copied().zip(1..).collect();
    // The lower numbers go first, so whoever has one keeps it.
    let mut ways: Vec<(i32, i32)> = numbers.iter().map(|(node, number)| (*number, *node)).collect();
    ways.sort_unstable();
    for (number, start) in ways {
        let mut reached = vec![start];
        while let Some(node) = reached.pop() {
            for edge in edges.iter().filter(|edge| edge.source == node) {
                numbers.entry(edge.target).or_insert_with(|| {
                    reached.push(edge.target);
                    number
                });
            }
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(source: i32, target: i32, r#type: ConnectionType) -> Edge {
        Edge { source, target, r#type }
    }

    const WELL: Stand = Stand::Ended {
        well: true,
        condition: false,
    };

    #[test]
    fn a_node_runs_when_all_that_leads_to_it_has_ended_and_holds() {
        let edges = [
            edge(1, 3, ConnectionType::OnSuccess),
            edge(2, 3, ConnectionType::OnFailure),
        ];
        let said = |first, second| due(3, &edges, &BTreeMap::from([(1, first), (2, second)]));
        let badly = Stand::Ended {
            well: false,
            condition: true,
        };
        assert_eq!(said(WELL, Stand::Queued), Due::Wait);
        assert_eq!(said(WELL, badly), Due::Run);
        assert_eq!(said(WELL, WELL), Due::Skip(edges[1]));
        // What can't be any more is known before all has ended.
        assert_eq!(said(badly, Stand::Waiting), Due::Skip(edges[0]));
        assert_eq!(said(Stand::Skipped, badly), Due::Skip(edges[0]));
    }

    #[test]
    fn a_condition_holds_whatever_the_outcome() {
        for well in [true, false] {
            for condition in [true, false] {
                let stands = BTreeMap::from([(1, Stand::Ended { well, condition })]);
                let said = due(2, &[edge(1, 2, ConnectionType::OnCondition)], &stands);
                assert_eq!(said == Due::Run, condition);
            }
        }
    }

    #[test]
    fn followers_inherit_the_number_of_their_start() {
        use ConnectionType::Always;
        let edges = [edge(5, 9, Always), edge(3, 7, Always), edge(7, 9, Always)];
        let numbers = numbers(&[3, 5, 7, 9, 11], &edges);
        assert_eq!(numbers, BTreeMap::from([(3, 1), (5, 2), (7, 1), (9, 1), (11, 3)]));
    }
}
