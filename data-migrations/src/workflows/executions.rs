//! `workflow_executions`: each record says what its nodes' rows say, and no run that is over is said to go on.

mod gathered;

use async_trait::async_trait;
use entity::{
    events::LogStatus,
    workflows::{
        workflow_execution_events::{self as nodes, Column as Node},
        workflow_executions::{ActiveModel, Column, Entity, Model},
    },
};
use sea_orm::{
    ActiveEnum as _,
    ActiveValue::{Set, Unchanged},
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, Select,
    prelude::Json,
    sea_query::{CaseStatement, Expr, ExprTrait as _, Func, JoinType, Query, SelectStatement},
};
use seawright::data::{Batch, DataError, DataMigration, Invariant};

use super::{
    any_of,
    runs::{self, Verdict, is_unfinished},
};
use gathered::Gathered;

/// The name of the step that puts the records of the workflows' runs right.
pub const WORKFLOW_EXECUTIONS: &str = "m20261124_130310_workflow_executions";

/// What a node's row says that never got an end of its own.
const BROKEN_OFF: &str = "The run broke off; what became of this node is not known.";

/// Puts the records of runs right that their nodes' rows contradict, and closes those of runs that are over and were never
/// ended.
///
/// [`runs`] says what a record should say. Of every manual run the API left a second record behind, which
/// runs for ever: it ends as the executor's record of the run does, and names it in `execution_data` where that has a place for
/// it. No line is added to `workflow_logs`: they say what happened when it happened.
///
/// A run that may still be going on is never closed. It goes into quarantine and stays in its table as it is; when it has
/// ended, or when this step runs again later, it is judged anew.
#[derive(Clone, Copy, Debug)]
pub struct WorkflowExecutions;

#[async_trait]
impl DataMigration for WorkflowExecutions {
    type Source = Entity;

    fn pending(&self) -> Select<Entity> {
        let contradicted = contradicted(
            miscounted()
                .or(misjudged())
                .or(ended_early())
                .or(too_short())
                .or(with_open_nodes()),
        );
        Entity::find().filter(Column::Id.in_subquery(any_of(unfinished(), [without_an_end(), contradicted])))
    }

    async fn migrate(&self, batch: &mut Batch<'_, Entity>) -> Result<(), DataError> {
        let gathered = Gathered::around(batch.transaction(), batch.rows()).await?;
        let (mut changed, mut closed) = (Vec::new(), Vec::new());
        for (row, run) in batch.rows().to_vec().into_iter().enumerate() {
            match judge(&run, &gathered, batch.now()) {
                Judgement::Waits(reason) => batch.quarantined(row, reason),
                Judgement::Ends { verdict, data, note } => {
                    let change = change(&run, &verdict, data);
                    let open = gathered.ran(run.id).iter().filter(|node| is_unfinished(&node.status));
                    let before = closed.len();
                    closed.extend(open.map(|node| close(node, verdict.open_nodes)));
                    if let Some(note) = note {
                        batch.note(row, note);
                    }
                    match change {
                        Some(change) => changed.push(change),
                        None if closed.len() > before => {}
                        // It would be found again and again.
                        None => batch.quarantined(row, "the database contradicts it, but not in a way that is known"),
                    }
                }
            }
        }
        batch.update(closed).await?;
        batch.update(changed).await?;
        Ok(())
    }

    fn invariants(&self) -> Vec<Invariant> {
        vec![
            Invariant::none(
                "a run that has ended and whose totals leave nodes out",
                contradicted(miscounted()),
            ),
            Invariant::none(
                "a run that succeeded with a failed node, or failed without",
                contradicted(misjudged()),
            ),
            Invariant::none("a run that ended before one of its nodes", contradicted(ended_early())),
            Invariant::none(
                "a run that was shorter than one of its nodes",
                contradicted(too_short()),
            ),
            Invariant::none(
                "a run that has ended and a node of which goes on",
                contradicted(with_open_nodes()),
            ),
            Invariant::none("a run that has ended without an end", without_an_end()),
        ]
    }
}

/// What becomes of a record.
enum Judgement {
    /// Nothing yet, for that reason.
    Waits(String),
    Ends {
        verdict: Verdict,
        data: Option<Json>,
        note: Option<String>,
    },
}

fn judge(run: &Model, gathered: &Gathered, now: sea_orm::prelude::DateTime) -> Judgement {
    let ran = gathered.ran(run.id);
    if let Some(twin) = gathered.twin_of(run) {
        let of_twin = gathered.ran(twin.id);
        if runs::is_in_progress(twin, of_twin, gathered.slowest(twin.workflow_id), now) {
            return Judgement::Waits(format!(
                "it is a second record of the execution {}, which may still be going on; run the step again when that has ended",
                twin.id
            ));
        }
        let verdict = runs::double(run, &runs::verdict(twin, of_twin));
        let note = format!(
            "closed as {}: a second record of the execution {}, left running by the API",
            verdict.status, twin.id
        );
        return Judgement::Ends {
            verdict,
            data: runs::with_duplicate_of(run.execution_data.as_ref(), twin.id),
            note: Some(note),
        };
    }
    if runs::is_in_progress(run, ran, gathered.slowest(run.workflow_id), now) {
        return Judgement::Waits(format!(
            "it may still be going on: its last sign of life is of {}, which is not long enough before {now}; run the step again when it has ended",
            runs::last_sign(run, ran)
        ));
    }
    let verdict = runs::verdict(run, ran);
    let note = if is_unfinished(&run.status) {
        let open = ran.iter().filter(|node| is_unfinished(&node.status)).count();
        Some(match (ran.len(), open) {
            (0, _) => format!("closed as {}: no node of it ever ran", verdict.status),
            (_, 0) => format!(
                "closed as {}: all its {} nodes had ended, and nothing followed",
                verdict.status,
                ran.len()
            ),
            (all, open) => format!("closed as {}: {open} of its {all} nodes never ended", verdict.status),
        })
    } else if run.status == LogStatus::Failure && verdict.status == LogStatus::Success {
        Some("it said FAILURE, but all its nodes succeeded; it says SUCCESS now".to_owned())
    } else {
        None
    };
    Judgement::Ends {
        verdict,
        data: None,
        note,
    }
}

/// The columns of a record that are to change, if any are. Its `updated_at` stays: the application did not touch it.
fn change(run: &Model, verdict: &Verdict, data: Option<Json>) -> Option<ActiveModel> {
    let mut change = ActiveModel {
        id: Unchanged(run.id),
        ..Default::default()
    };
    if run.status != verdict.status {
        change.status = Set(verdict.status.clone());
    }
    if run.completed_at != verdict.completed_at {
        change.completed_at = Set(verdict.completed_at);
    }
    if run.total_duration != verdict.total_duration {
        change.total_duration = Set(verdict.total_duration);
    }
    if let Some(totals) = verdict.totals {
        if run.total_events != Some(totals.total) {
            change.total_events = Set(Some(totals.total));
        }
        if run.successful_events != Some(totals.successful) {
            change.successful_events = Set(Some(totals.successful));
        }
        if run.failed_events != Some(totals.failed) {
            change.failed_events = Set(Some(totals.failed));
        }
    }
    if data.is_some() {
        change.execution_data = Set(data);
    }
    sea_orm::ActiveModelTrait::is_changed(&change).then_some(change)
}

fn close(node: &nodes::Model, status: LogStatus) -> nodes::ActiveModel {
    let mut change = nodes::ActiveModel {
        id: Unchanged(node.id),
        status: Set(status.into()),
        ..Default::default()
    };
    if status == LogStatus::Failure && node.error_message.is_none() {
        change.error_message = Set(Some(BROKEN_OFF.to_owned()));
    }
    change
}

fn text(status: LogStatus) -> String {
    status.to_value()
}

fn finished() -> impl Iterator<Item = String> {
    LogStatus::FINISHED.into_iter().map(text)
}

fn going_on() -> [String; 2] {
    [text(LogStatus::Running), text(LogStatus::Pending)]
}

fn run(column: Column) -> Expr {
    Expr::col((Entity, column))
}

fn node(column: Node) -> Expr {
    Expr::col((nodes::Entity, column))
}

/// The ids of runs.
fn ids() -> SelectStatement {
    Query::select().column((Entity, Column::Id)).from(Entity).take()
}

fn unfinished() -> SelectStatement {
    ids().and_where(run(Column::Status).is_in(going_on())).take()
}

fn without_an_end() -> SelectStatement {
    ids()
        .and_where(run(Column::Status).is_in(finished()))
        .and_where(run(Column::CompletedAt).is_null())
        .take()
}

/// The runs that are over and for whose rows of nodes something holds.
fn contradicted(by: Expr) -> SelectStatement {
    ids()
        .join(
            JoinType::InnerJoin,
            nodes::Entity,
            node(Node::WorkflowExecutionId).equals((Entity, Column::Id)),
        )
        .and_where(run(Column::Status).is_not_in(going_on()))
        .group_by_col((Entity, Column::Id))
        .and_having(by)
        .take()
}

/// How many of a run's nodes it holds for.
fn number_of(nodes: Expr) -> Expr {
    let one = CaseStatement::new().case(nodes, 1).finally(0);
    Expr::from(Func::sum(one))
}

/// Two columns of numbers may be more than a number holds.
fn wide(column: Column) -> Expr {
    run(column).cast_as("bigint")
}

fn miscounted() -> Expr {
    let [total, successful, failed] = [Column::TotalEvents, Column::SuccessfulEvents, Column::FailedEvents];
    let is_success = || node(Node::Status).eq(text(LogStatus::Success));
    run(total)
        .is_null()
        .or(run(successful).is_null())
        .or(run(failed).is_null())
        .or(wide(successful).add(wide(failed)).ne(wide(total)))
        .or(run(successful).lt(number_of(is_success())))
        .or(run(failed).lt(number_of(is_success().not())))
}

fn misjudged() -> Expr {
    let says = |status: LogStatus| run(Column::Status).eq(text(status));
    says(LogStatus::Success)
        .and(run(Column::FailedEvents).gt(0))
        .or(says(LogStatus::Failure).and(run(Column::FailedEvents).eq(0)))
        .or(run(Column::Status).is_not_in(finished()))
}

fn ended_early() -> Expr {
    run(Column::CompletedAt).lt(node(Node::CompletedAt).max())
}

fn too_short() -> Expr {
    let longest = Func::coalesce([node(Node::Duration).max(), Expr::val(0)]);
    run(Column::TotalDuration)
        .is_null()
        .or(run(Column::TotalDuration).lt(Expr::from(longest)))
}

fn with_open_nodes() -> Expr {
    number_of(node(Node::Status).is_in(going_on())).gt(0)
}
