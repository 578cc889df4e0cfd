//! Which arcs of a directed graph close a cycle.

use std::collections::{BTreeMap, HashMap};

use petgraph::{acyclic::Acyclic, algo::astar, data::Build as _, graph::DiGraph};

/// An arc, or several to the same target that stand and fall together.
#[derive(Clone, Debug)]
pub(crate) struct Arc {
    /// What the arc is known by; the lower is the older.
    pub(crate) id: i32,
    /// Where it comes from. Never the target itself.
    pub(crate) sources: Vec<i32>,
    /// Where it goes to.
    pub(crate) target: i32,
}

/// The arcs that have to go, each with the cycle that it closes: from its source to its target and on to its source again.
///
/// An arc has to go if it closes a cycle over older arcs that stay. So the oldest arcs stay, what is left has no cycle,
/// and whether an arc has to go depends on older ones alone: it is the same whether or not those that have to go have gone.
fn closing(mut arcs: Vec<Arc>) -> BTreeMap<i32, Vec<i32>> {
    arcs.sort_by_key(|arc| arc.id);
    let mut graph = Acyclic::<DiGraph<i32, ()>>::new();
    let mut nodes = HashMap::new();
    for node in arcs.iter().flat_map(|arc| arc.sources.iter().chain([&arc.target])) {
        nodes.entry(*node).or_insert_with(|| graph.add_node(*node));
    }
    let mut closing = BTreeMap::new();
    for arc in &arcs {
        let target = nodes[&arc.target];
        let closed = arc
            .sources
            .iter()
            .find(|source| !graph.is_valid_edge(nodes[*source], target));
        if let Some(source) = closed {
            let way_back = astar(graph.inner(), target, |node| node == nodes[source], |_| 1_u32, |_| 0);
            let way_back = way_back.map(|(_, way)| way).unwrap_or_default();
            let cycle = std::iter::once(*source).chain(way_back.into_iter().map(|node| graph.inner()[node]));
            closing.insert(arc.id, cycle.collect());
            continue;
        }
        for source in &arc.sources {
            // It is valid, and none to the same target changes that.
            let _ = graph.try_update_edge(nodes[source], target, ());
        }
    }
    closing
}

/// The faults of what is judged, by the ids: those that something has by itself, and of the rest, which makes arcs, the
/// cycles that they close.
pub(crate) fn faults<F>(
    judged: impl IntoIterator<Item = Result<Arc, (i32, F)>>,
    of_cycle: impl Fn(Vec<i32>) -> F,
) -> BTreeMap<i32, F> {
    let mut faults = BTreeMap::new();
    let mut arcs = Vec::new();
    for one in judged {
        match one {
            Ok(arc) => arcs.push(arc),
            Err((id, fault)) => {
                faults.insert(id, fault);
            }
        }
    }
    faults.extend(closing(arcs).into_iter().map(|(id, cycle)| (id, of_cycle(cycle))));
    faults
}

/// The nodes of a way, for people: `3 → 5 → 3`. The middle of a long one is left out.
pub(crate) fn way(nodes: &[i32]) -> String {
    const ENDS: usize = 5;
    let text = |nodes: &[i32]| nodes.iter().map(i32::to_string).collect::<Vec<_>>().join(" → ");
    if nodes.len() <= 2 * ENDS + 1 {
        return text(nodes);
    }
    let (first, last) = (&nodes[..ENDS], &nodes[nodes.len() - ENDS..]);
    format!(
        "{} → … ({} more) … → {}",
        text(first),
        nodes.len() - 2 * ENDS,
        text(last)
    )
}

#[cfg(test)]
mod tests {
    use petgraph::algo::is_cyclic_directed;
    use proptest::prelude::*;

    use super::*;

    fn arcs(pairs: &[(i32, i32)]) -> Vec<Arc> {
        (1..)
            .zip(pairs)
            .map(|(id, &(source, target))| Arc {
                id,
                sources: vec![source],
                target,
            })
            .collect()
    }

    #[test]
    fn the_youngest_arc_of_a_cycle_has_to_go() {
        let closing = closing(arcs(&[(1, 2), (2, 3), (3, 1), (3, 4)]));
        assert_eq!(closing, BTreeMap::from([(3, vec![3, 1, 2, 3])]));
    }

    #[test]
    fn one_arc_can_break_several_cycles() {
        // 4 closes a cycle; 5 would close one only through 4.
        let closing = closing(arcs(&[(1, 2), (2, 3), (2, 4), (3, 1), (4, 3)]));
        assert_eq!(closing.keys().copied().collect::<Vec<_>>(), [4]);
    }

    #[test]
    fn arcs_that_stand_together_fall_together() {
        let mut arcs = arcs(&[(1, 2), (2, 3)]);
        arcs.push(Arc {
            id: 3,
            sources: vec![7, 3],
            target: 1,
        });
        arcs.push(Arc {
            id: 4,
            sources: vec![1],
            target: 7,
        });
        assert_eq!(closing(arcs), BTreeMap::from([(3, vec![3, 1, 2, 3])]));
    }

    #[test]
    fn a_dense_graph_is_no_matter() {
        // Every pair of 450 nodes, the arcs in an order that is bad for the nodes', and one that closes cycles.
        let mut pairs: Vec<(i32, i32)> = (0..450)
            .flat_map(|high| (0..high).map(move |low| (high, low)))
            .collect();
        pairs.push((0, 449));
        assert_eq!(pairs.len(), 101_026);
        assert_eq!(closing(arcs(&pairs)), BTreeMap::from([(101_026, vec![0, 449, 0])]));
    }

    #[test]
    fn a_long_way_is_told_by_its_ends() {
        assert_eq!(way(&[3, 5, 3]), "3 → 5 → 3");
        let long: Vec<i32> = (1..=40).collect();
        assert_eq!(way(&long), "1 → 2 → 3 → 4 → 5 → … (30 more) … → 36 → 37 → 38 → 39 → 40");
    }

    fn graphs() -> impl Strategy<Value = Vec<Arc>> {
        let arc = (0..12_i32, prop::collection::vec(0..12_i32, 1..3));
        prop::collection::vec(arc, 0..40).prop_map(|arcs| {
            (1..)
                .zip(arcs)
                .map(|(id, (target, mut sources))| {
                    sources.retain(|source| *source != target);
                    Arc { id, sources, target }
                })
                .collect()
        })
    }

    fn is_cyclic(arcs: &[Arc]) -> bool {
        let edges = arcs.iter().flat_map(|arc| {
            arc.sources
                .iter()
                .map(|source| (source.unsigned_abs(), arc.target.unsigned_abs()))
        });
        is_cyclic_directed(&DiGraph::<(), ()>::from_edges(edges))
    }

    proptest! {
        #[test]
        fn what_is_left_has_no_cycle_and_each_that_goes_would_close_one(arcs in graphs()) {
            let gone = closing(arcs.clone());
            let (go, stay): (Vec<Arc>, Vec<Arc>) = arcs.into_iter().partition(|arc| gone.contains_key(&arc.id));
            prop_assert!(!is_cyclic(&stay));
            prop_assert!(closing(stay.clone()).is_empty());
            for arc in go {
                let mut older: Vec<Arc> = stay.iter().filter(|other| other.id < arc.id).cloned().collect();
                prop_assert!(!is_cyclic(&older));
                older.push(arc.clone());
                prop_assert!(is_cyclic(&older));
                let cycle = &gone[&arc.id];
                prop_assert!(arc.sources.contains(&cycle[0]));
                prop_assert_eq!((cycle[1], cycle.first()), (arc.target, cycle.last()));
            }
        }

        #[test]
        fn the_answer_is_the_same_in_any_order_and_whatever_has_gone_already(arcs in graphs(), turn in 0..40_usize, seed in any::<u64>()) {
            let gone = closing(arcs.clone());
            let mut turned = arcs.clone();
            let by = if turned.is_empty() { 0 } else { turn % turned.len() };
            turned.rotate_left(by);
            prop_assert_eq!(&closing(turned), &gone);
            // Some of those that have to go are gone.
            let left: Vec<Arc> = arcs
                .into_iter()
                .filter(|arc| !(gone.contains_key(&arc.id) && seed >> (arc.id % 64) & 1 == 1))
                .collect();
            let expected: Vec<i32> = gone.keys().copied().filter(|id| left.iter().any(|arc| arc.id == *id)).collect();
            prop_assert_eq!(closing(left).into_keys().collect::<Vec<_>>(), expected);
        }
    }
}
