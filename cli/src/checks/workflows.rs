//! Workflows can run through jobs: their graphs have no fault, and those in use have what starts them.

use std::collections::HashMap;

use async_trait::async_trait;
use entity::{
    events::EventStatus,
    workflows::{
        WorkflowTriggerType, graph,
        workflow_connections::{self, Column as Connection},
        workflow_nodes::{self, Column as Node},
        workflows::{self, Column as Workflow},
    },
};
use sea_orm::{
    ActiveEnum as _, ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, ExprTrait as _, Query},
};
use seawright::{
    history::Result,
    verify::{Ask, Asking, Check, Found, Row},
};

pub(super) fn checks() -> Vec<Check> {
    let active = || workflows::Entity::find().filter(Workflow::Status.eq(EventStatus::Active.to_value()));
    let nodes = Query::select()
        .expr(Expr::cust("1"))
        .from(workflow_nodes::Entity)
        .and_where(Node::WorkflowId.into_expr().eq(Workflow::Id.into_expr()))
        .take();
    let by = |trigger: WorkflowTriggerType| Workflow::TriggerType.eq(trigger.to_value());
    vec![
        Check::custom(
            "workflows:graph",
            "no workflow has a connection to another's node, to itself, twice, of no type, or in a cycle",
            Graph,
        )
        .help("take the connection out of its workflow, or put it right"),
        Check::none(
            "workflows:nodes",
            "every active workflow has a node to begin with",
            active().filter(Expr::exists(nodes).not()),
        )
        .showing([Workflow::Name])
        .help("give it a node, or pause it"),
        Check::none(
            "workflows:trigger",
            "every active workflow has what its trigger needs: a key, or a schedule",
            active().filter(
                by(WorkflowTriggerType::Webhook)
                    .and(Workflow::WebhookKey.is_null())
                    .or(by(WorkflowTriggerType::Schedule)
                        .and(Workflow::CustomSchedule.is_null())
                        .and(Workflow::ScheduleNumber.is_null().or(Workflow::ScheduleUnit.is_null()))),
            ),
        )
        .showing([Workflow::Name, Workflow::TriggerType])
        .help("give it a key or a schedule, or pause it"),
    ]
}

/// The rules of the graphs are the entities' own ([`graph::faults`]).
struct Graph;

#[async_trait]
impl Ask for Graph {
    async fn ask(&self, asking: &Asking<'_>) -> Result<Found> {
        let connections = workflow_connections::Entity::find().order_by_asc(Connection::Id);
        let mut found = Found::by(connections.build(asking.db().get_database_backend()).to_string());
        let connections = connections.all(asking.db()).await?;
        let workflow_of: HashMap<i32, i32> = workflow_nodes::Entity::find()
            .select_only()
            .columns([Node::Id, Node::WorkflowId])
            .into_tuple::<(i32, i32)>()
            .all(asking.db())
            .await?
            .into_iter()
            .collect();
        found.looked_at = connections.len() as u64;
        let faults = graph::faults(&connections, |node| workflow_of.get(&node).copied());
        let keys: Vec<String> = faults.keys().map(ToString::to_string).collect();
        let held = asking.in_quarantine("workflow_connections", &keys).await?;
        for (id, fault) in faults {
            if held.contains(&id.to_string()) {
                found.in_quarantine += 1;
            } else {
                found.add(Row::new("workflow_connections", id).because(fault.to_string()));
            }
        }
        Ok(found)
    }
}
