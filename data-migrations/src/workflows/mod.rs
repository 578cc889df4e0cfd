//! Workflows: their graphs, the records of their runs, and what follows an event.

mod connections;
mod cycles;
mod executions;
mod follow_ups;
mod runs;

pub use connections::{WORKFLOW_CONNECTIONS, WorkflowConnections};
pub use executions::{WORKFLOW_EXECUTIONS, WorkflowExecutions};
pub use follow_ups::{CONDITIONAL_ACTIONS, ConditionalActions};

use sea_orm::sea_query::{Expr, ExprTrait as _, SelectStatement, UnionType};

/// How many values go into one `IN (…)`: a statement takes 32766 parameters on SQLite.
const MANY: usize = 10_000;

/// What any of the selects finds. One set of ids, so that PostgreSQL joins with it instead of looking into each for every row.
fn any_of(first: SelectStatement, others: impl IntoIterator<Item = SelectStatement>) -> SelectStatement {
    let mut any = first;
    for other in others {
        any.union(UnionType::All, other);
    }
    any
}

/// Whether a text is absent or empty, or as good as: `entity`'s rules mean the same by it.
fn is_blank(text: Expr) -> Expr {
    trimmed(sea_orm::sea_query::Func::coalesce([text, Expr::val("")]).into()).eq("")
}

/// Without the spaces at its ends.
fn trimmed(text: Expr) -> Expr {
    sea_orm::sea_query::Func::cust("trim").arg(text).into()
}
