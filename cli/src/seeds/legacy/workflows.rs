//! Workflows with their nodes and connections, good and wrong ones.

use sea_orm::DbErr;
use serde_json::{Value as Json, json};

use super::{
    Plan,
    events::tags,
    people::USERS,
    random::{Random, cycle, id},
    scripts::EVENTS,
    sink::{Key, Row, Sink},
    tools::SERVERS,
};

/// Workflows of a unit.
pub(super) const WORKFLOWS: usize = NODES.len();
/// The nodes of a unit's workflows.
pub(super) const NODES: [usize; 6] = [5, 2, 5, 5, 4, 4];
/// All of them.
pub(super) const ALL_NODES: usize = 25;
const CHAINED: usize = ALL_NODES - WORKFLOWS;
/// Connections of a unit that break a rule, or are written in another way.
const WRONG: usize = 7;

/// A workflow, for the tables that follow it.
pub(super) struct Workflow {
    /// The identifier of its first node.
    pub(super) first_node: usize,
    /// Its nodes' events, in the order in which they run.
    pub(super) events: Vec<i32>,
    /// Its user.
    pub(super) user: String,
}

/// Inserts the workflows and gives what the runs have to know.
pub(super) async fn insert(sink: &mut Sink<'_>, plan: Plan, users: &[String]) -> Result<Vec<Workflow>, DbErr> {
    let mut random = Random::of("workflows", plan.rng);
    let mut workflows = Vec::with_capacity(plan.units * WORKFLOWS);
    let mut first_node = 1;
    let rows = (0..plan.units * WORKFLOWS).map(|at| {
        let (unit, own) = (at / WORKFLOWS, at % WORKFLOWS);
        let workflow = Workflow {
            first_node,
            events: (0..NODES[own])
                .map(|_| id(unit * EVENTS + random.index(EVENTS) + 1))
                .collect(),
            user: users[unit * USERS + random.index(USERS)].clone(),
        };
        first_node += workflow.events.len();
        let row = workflow_row(at, &workflow, &mut random);
        workflows.push(workflow);
        row
    });
    sink.insert("workflows", Key::Counted { gone: 1 }, rows).await?;

    let mut random = Random::of("workflow_nodes", plan.rng);
    let rows = workflows.iter().enumerate().flat_map(|(at, workflow)| {
        workflow
            .events
            .iter()
            .enumerate()
            .map(move |(own, event)| (at, workflow.first_node, own, *event))
    });
    let rows = rows.map(|(at, first, own, event)| -> Row<7> {
        let (made, changed) = random.made_and_changed();
        [
            ("id", id(first + own).into()),
            ("workflow_id", id(at + 1).into()),
            ("event_id", event.into()),
            ("position_x", (id(own) * 300 + 100).into()),
            ("position_y", cycle(&[100, 100, -40], own).into()),
            ("created_at", made.into()),
            ("updated_at", changed.into()),
        ]
    });
    // Each change of a workflow deletes all its nodes and makes new ones.
    sink.insert("workflow_nodes", Key::Counted { gone: 9 }, rows).await?;

    let mut random = Random::of("workflow_connections", plan.rng);
    let rows = (0..plan.units)
        .flat_map(|unit| connections(unit, &workflows))
        .zip(1..)
        .map(
            |((workflow, source, target, kind), number): (Connection, usize)| -> Row<7> {
                let (made, changed) = random.made_and_changed();
                [
                    ("id", id(number).into()),
                    ("workflow_id", id(workflow).into()),
                    ("source_node_id", id(source).into()),
                    ("target_node_id", id(target).into()),
                    ("connection_type", kind.into()),
                    ("created_at", made.into()),
                    ("updated_at", changed.into()),
                ]
            },
        );
    sink.insert("workflow_connections", Key::Counted { gone: 12 }, rows)
        .await?;
    Ok(workflows)
}

fn workflow_row(at: usize, workflow: &Workflow, random: &mut Random) -> Row<17> {
    let (unit, own) = (at / WORKFLOWS, at % WORKFLOWS);
    let trigger = cycle(&["SCHEDULE", "WEBHOOK", "MANUAL"], own);
    let schedule: (Option<i32>, Option<&str>, Option<&str>) = match own {
        0 => (Some(24), Some("HOURS"), None),
        3 => (None, None, Some("0 6 * * 1-5")),
        _ => (None, None, None),
    };
    let server = |own: usize| unit * SERVERS + own + 1;
    // The servers of the fourth had been serialised already.
    let (location, overrides, servers): (_, _, Option<Json>) = match own {
        2 => ("REMOTE", true, Some(json!([server(0), server(1)]))),
        3 => ("REMOTE", true, Some(json!(json!([server(1)]).to_string()))),
        4 => ("LOCAL", false, Some(json!([]))),
        _ => ("LOCAL", false, None),
    };
    let name = [
        "Tagesbericht",
        "Deploy hook",
        "Welcome a customer",
        "Stock before six",
        "Pager hook",
        "Clean up by hand",
    ][own];
    let (made, changed) = random.made_and_changed();
    [
        ("id", id(at + 1).into()),
        ("user_id", workflow.user.as_str().into()),
        (
            "name",
            if unit == 0 {
                name.to_owned()
            } else {
                format!("{name} ({unit})")
            }
            .into(),
        ),
        (
            "description",
            cycle(&[None, Some("läuft „von allein“"), Some("")], own).into(),
        ),
        ("trigger_type", trigger.into()),
        ("webhook_key", (trigger == "WEBHOOK").then(|| random.nanoid(16)).into()),
        ("schedule_number", schedule.0.into()),
        ("schedule_unit", schedule.1.into()),
        ("custom_schedule", schedule.2.into()),
        ("run_location", location.into()),
        ("override_event_servers", overrides.into()),
        ("override_server_ids", servers.into()),
        (
            "status",
            ["ACTIVE", "ACTIVE", "ACTIVE", "DRAFT", "ACTIVE", "PAUSED"][own].into(),
        ),
        ("shared", (own == 2).into()),
        ("tags", tags(at + 2).into()),
        ("created_at", made.into()),
        ("updated_at", changed.into()),
    ]
}

/// Workflow, source node, target node, kind.
type Connection = (usize, usize, usize, &'static str);

/// The connections of a unit: a chain through each workflow, and the wrong ones.
fn connections(unit: usize, workflows: &[Workflow]) -> Vec<Connection> {
    let mut connections = Vec::with_capacity(CHAINED + WRONG);
    let first = |own: usize| workflows[unit * WORKFLOWS + own].first_node;
    let number = |own: usize| unit * WORKFLOWS + own + 1;
    for (own, nodes) in NODES.into_iter().enumerate() {
        for node in 1..nodes {
            let kind = cycle(&["ON_SUCCESS", "ALWAYS", "ON_FAILURE", "ON_CONDITION"], own + node);
            connections.push((number(own), first(own) + node - 1, first(own) + node, kind));
        }
    }
    // Into another workflow; to itself; in lower case; the first connection again.
    connections.push((number(0), first(0), first(1), "ALWAYS"));
    connections.push((number(2), first(2), first(2), "ALWAYS"));
    connections.push((number(3), first(3), first(3) + 1, "on_success"));
    connections.push(connections[0]);
    // Of no type; back to where the last workflow began; in lower case, and nothing else is wrong with it.
    connections.push((number(1), first(1), first(1) + 1, "SOMETIMES"));
    connections.push((number(5), first(5) + NODES[5] - 1, first(5), "ON_SUCCESS"));
    connections.push((number(4), first(4), first(4) + 2, "on_failure"));
    connections
}
