//! The records of workflows' runs add up, with themselves and with the rows of their nodes.

use entity::{
    events::LogStatus,
    workflows::{
        workflow_execution_events::{self as nodes, Column as Node},
        workflow_executions::{Column as Run, Entity},
        workflow_nodes,
    },
};
use sea_orm::{
    ActiveEnum as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, Select,
    sea_query::{CaseStatement, Expr, ExprTrait as _, Func, JoinType, Query},
};
use seawright::verify::Check;

pub(super) fn checks() -> Vec<Check> {
    let [total, successful, failed] = [Run::TotalEvents, Run::SuccessfulEvents, Run::FailedEvents];
    let says = |status: LogStatus| Run::Status.eq(status.to_value());
    let is_success = || Node::Status.eq(LogStatus::Success.to_value());
    let longest = Func::coalesce([Node::Duration.into_expr().max(), Expr::val(0)]);
    let totals = [total, successful, failed];
    let times = [Run::CompletedAt, Run::TotalDuration];
    vec![
        Check::none(
            "executions:totals",
            "the successful and the failed nodes of every run that is over are all its nodes",
            over().filter(
                total
                    .is_null()
                    .or(successful.is_null())
                    .or(failed.is_null())
                    .or(wide(successful).add(wide(failed)).ne(wide(total))),
            ),
        )
        .showing(totals),
        Check::none(
            "executions:nodes",
            "no run that is over counts fewer nodes, good or bad, than it has rows of them",
            over().filter(with_nodes(
                successful
                    .into_expr()
                    .lt(number_of(is_success()))
                    .or(failed.into_expr().lt(number_of(is_success().not()))),
            )),
        )
        .showing(totals),
        Check::none(
            "executions:own-nodes",
            "no run has a row of another workflow's node",
            nodes::Entity::find().filter(Expr::exists(of_another_workflow())),
        )
        .showing([Node::WorkflowExecutionId, Node::NodeId]),
        Check::none(
            "executions:verdict",
            "every run with nodes says SUCCESS just if none of them failed",
            over().filter(with_nodes(
                says(LogStatus::Success)
                    .and(failed.gt(0))
                    .or(says(LogStatus::Failure).and(failed.eq(0))),
            )),
        )
        .showing([Run::Status, failed]),
        Check::none(
            "executions:end",
            "every run that is over has an end, and none before its last node's",
            over().filter(Run::CompletedAt.is_null().or(with_nodes(
                Run::CompletedAt.into_expr().lt(Node::CompletedAt.into_expr().max()),
            ))),
        )
        .showing(times),
        Check::none(
            "executions:duration",
            "no run that is over was shorter than one of its nodes",
            over().filter(with_nodes(
                Run::TotalDuration
                    .is_null()
                    .or(Run::TotalDuration.into_expr().lt(Expr::from(longest))),
            )),
        )
        .showing(times),
        Check::none(
            "executions:open-nodes",
            "no node of a run that is over goes on",
            over().filter(with_nodes(number_of(Node::Status.is_in(going_on())).gt(0))),
        )
        .showing([Run::Status]),
    ]
}

/// The node of the row, if it is another workflow's than the run. Nodes that were deleted since are nobody's.
fn of_another_workflow() -> sea_orm::sea_query::SelectStatement {
    use workflow_nodes::Column as Of;
    Query::select()
        .expr(Expr::cust("1"))
        .from(workflow_nodes::Entity)
        .join(
            JoinType::InnerJoin,
            Entity,
            Run::Id.into_expr().eq(Node::WorkflowExecutionId.into_expr()),
        )
        .and_where(Of::Id.into_expr().eq(Node::NodeId.into_expr()))
        .and_where(Of::WorkflowId.into_expr().ne(Run::WorkflowId.into_expr()))
        .take()
}

fn going_on() -> [String; 2] {
    [LogStatus::Running, LogStatus::Pending].map(|status| status.to_value())
}

/// The runs that are over.
fn over() -> Select<Entity> {
    Entity::find().filter(Run::Status.is_not_in(going_on()))
}

/// Two columns of numbers may be more than a number holds.
fn wide(column: Run) -> Expr {
    column.into_expr().cast_as("bigint")
}

/// How many of a run's nodes it holds for.
fn number_of(nodes: Expr) -> Expr {
    Expr::from(Func::sum(CaseStatement::new().case(nodes, 1).finally(0)))
}

/// The runs for whose rows of nodes something holds; those without such rows are none of them.
fn with_nodes(holds: Expr) -> Expr {
    let ids = Query::select()
        .column((Entity, Run::Id))
        .from(Entity)
        .join(
            JoinType::InnerJoin,
            nodes::Entity,
            Node::WorkflowExecutionId.into_expr().eq(Run::Id.into_expr()),
        )
        .group_by_col((Entity, Run::Id))
        .and_having(holds)
        .take();
    Run::Id.in_subquery(ids)
}
