//! Which arcs close a cycle, as a query.

use sea_orm::sea_query::{
    Alias, CommonTableExpression, Expr, ExprTrait as _, JoinType, Query, SelectStatement, UnionType, WithClause,
};

/// The ids of the arcs that close a cycle over older arcs of their graph.
///
/// `arcs` is a select of the columns `graph`, `id`, `source` and `target`. Each arc that has to go by the rule of `entity`, which
/// spares an arc whose cycles are broken by older ones that go, is among them. When all up to an id that have to go have
/// gone, none up to that id is among them: so batches in the order of the ids have no rest.
///
/// The recursion remembers where it has been, so it ends, and it visits a node at most once for each start. Only graphs
/// that have a cycle are walked from every arc; the others are walked from the arcs that lead back in the order of the nodes'
/// ids, and every cycle has one of those.
pub(super) fn closing(arcs: &SelectStatement) -> SelectStatement {
    let start = Query::select()
        .columns(["graph", "id", "source", "target"].map(|column| ("arc", column)))
        .from_subquery(arcs.clone(), "arc")
        .and_where(Expr::col(("arc", "graph")).in_subquery(cyclic(arcs)))
        .take();
    // From the arc's target on, by older arcs, until its source comes up.
    let further = Query::select()
        .columns(["graph", "id", "source"].map(|column| ("walk", column)))
        .column(("arc", "target"))
        .from("walk")
        .join_subquery(
            JoinType::InnerJoin,
            arcs.clone(),
            "arc",
            Expr::col(("arc", "graph"))
                .equals(("walk", "graph"))
                .and(Expr::col(("arc", "source")).equals(("walk", "node")))
                .and(Expr::col(("arc", "id")).lt(Expr::col(("walk", "id")))),
        )
        .and_where(Expr::col(("walk", "node")).ne(Expr::col(("walk", "source"))))
        .take();
    let walked = Query::select()
        .column(("walk", "id"))
        .from("walk")
        .and_where(Expr::col(("walk", "node")).equals(("walk", "source")))
        .with_cte(recursion("walk", ["graph", "id", "source", "node"], start, further))
        .take();
    // SQLite takes no WITH in the parts of a UNION, but does in what they select from.
    Query::select()
        .column(("closing", "id"))
        .from_subquery(walked, "closing")
        .take()
}

/// The graphs that have a cycle.
fn cyclic(arcs: &SelectStatement) -> SelectStatement {
    // The node of a cycle with the highest id is left by an arc that leads back; from there on all nodes are lower.
    let start = Query::select()
        .columns(["graph", "source", "target"].map(|column| ("arc", column)))
        .from_subquery(arcs.clone(), "arc")
        .and_where(Expr::col(("arc", "source")).gt(Expr::col(("arc", "target"))))
        .take();
    let further = Query::select()
        .columns(["graph", "top"].map(|column| ("back", column)))
        .column(("arc", "target"))
        .from("back")
        .join_subquery(
            JoinType::InnerJoin,
            arcs.clone(),
            "arc",
            Expr::col(("arc", "graph"))
                .equals(("back", "graph"))
                .and(Expr::col(("arc", "source")).equals(("back", "node")))
                .and(Expr::col(("arc", "target")).lte(Expr::col(("back", "top")))),
        )
        .and_where(Expr::col(("back", "node")).ne(Expr::col(("back", "top"))))
        .take();
    Query::select()
        .column(("back", "graph"))
        .from("back")
        .and_where(Expr::col(("back", "node")).equals(("back", "top")))
        .with_cte(recursion("back", ["graph", "top", "node"], start, further))
        .take()
}

fn recursion<const N: usize>(
    name: &'static str,
    columns: [&'static str; N],
    mut start: SelectStatement,
    further: SelectStatement,
) -> WithClause {
    let table = CommonTableExpression::new()
        .table_name(Alias::new(name))
        .columns(columns.map(Alias::new))
        .query(start.union(UnionType::Distinct, further).take())
        .to_owned();
    WithClause::new().recursive(true).cte(table).to_owned()
}
