//! Runs: every event's entry in the queue, its past runs with their logs, and workflows with theirs, which add up.

use chrono::TimeDelta;
use entity::{jobs::EventVariable, prelude::*};
use sea_orm::{ActiveValue::Set, prelude::DateTime};
use seawright::seed::SeedError;

use super::{
    Filling, START, cycle, number,
    things::{EVENTS, Things},
};

/// Past runs of an event, a day after the other; the last is bad.
const RUNS: usize = 5;

/// Workflows of a unit, their nodes, their runs.
const WORKFLOWS: usize = 2;
const NODES: usize = 3;
const EXECUTIONS: usize = 2;

/// How long a run takes, in milliseconds.
const TOOK: i32 = 1_250;

fn day(run: usize) -> DateTime {
    START + TimeDelta::days(i64::from(number(run)) + 1)
}

fn after(moment: DateTime, milliseconds: i32) -> DateTime {
    moment + TimeDelta::milliseconds(i64::from(milliseconds))
}

impl Filling<'_> {
    pub(super) async fn runs(&mut self, things: &Things) -> Result<(), SeedError> {
        let (tx, make, events) = (self.tx, &mut self.make, &things.events);
        let payload = |event: &events::Model| {
            let variables = things.variables.iter().filter(|row| row.event_id == event.id);
            let variables: Vec<EventVariable<'_>> = variables.map(EventVariable::from).collect();
            let servers = things.event_servers.iter().filter(|row| row.event_id == event.id);
            let servers: Vec<i32> = servers.map(|row| row.server_id).collect();
            JobPayload::of_event(event, &variables, &servers)
        };
        let payloads: Vec<JobPayload> = events.iter().map(payload).collect();
        let entries = make.many::<jobs::Entity>(events.len()).with(|at, row| {
            let event = &events[at];
            row.id = Set(JobId::for_event(event.id));
            (row.event_id, row.user_id) = (Set(event.id), Set(event.user_id.clone()));
            row.r#type = Set(JobType::of(&event.r#type));
            row.payload = Set(payloads[at].clone().into());
            row.scheduled_for = Set(day(RUNS));
            row.metadata = Set(JobMetadata {
                event_name: Some(event.name.clone()),
                triggered_by: Some(JobTrigger::Schedule.into()),
                ..JobMetadata::default()
            }
            .into());
            if event.status != EventStatus::Active {
                row.status = Set(JobStatus::Cancelled);
                row.completed_at = Set(Some(day(RUNS)));
                row.last_error = Set(Some("The event is paused".to_owned()));
            }
        });
        entries.fill(tx).await?;

        // The logs are the first of their table, so a job can say which its own will be.
        let log = |at: usize| number(at + 1);
        let all = events.len() * RUNS;
        let is_bad = |at: usize| at % RUNS == RUNS - 1;
        let jobs = make
            .many::<jobs::Entity>(all)
            .with(|at, row| {
                let event = &events[at / RUNS];
                let start = day(at % RUNS);
                (row.event_id, row.user_id) = (Set(event.id), Set(event.user_id.clone()));
                row.r#type = Set(JobType::of(&event.r#type));
                row.payload = Set(JobPayload {
                    execution_log_id: Some(log(at)),
                    ..payloads[at / RUNS].clone()
                }
                .into());
                row.metadata = Set(JobMetadata {
                    event_name: Some(event.name.clone()),
                    triggered_by: Some(JobTrigger::Schedule.into()),
                    log_id: Some(log(at)),
                    ..JobMetadata::default()
                }
                .into());
                row.orchestrator_id = Set(Some("orchestrator-1".to_owned()));
                (row.scheduled_for, row.started_at) = (Set(start), Set(Some(start)));
                row.completed_at = Set(Some(after(start, TOOK)));
                row.status = Set(if is_bad(at) {
                    JobStatus::Failed
                } else {
                    JobStatus::Completed
                });
                row.last_error = Set(is_bad(at).then(|| "exit code 1".to_owned()));
                row.attempts = Set(i32::from(is_bad(at)));
            })
            .insert(tx)
            .await?;
        let logs = make.many::<logs::Entity>(all).with(|at, row| {
            let event = &events[at / RUNS];
            row.id = Set(log(at));
            (row.event_id, row.job_id) = (Set(event.id), Set(Some(jobs[at].id.clone())));
            row.user_id = Set(Some(event.user_id.clone()));
            row.status = Set(if is_bad(at) {
                LogStatus::Failure
            } else {
                LogStatus::Success
            }
            .into());
            row.successful = Set(Some(!is_bad(at)));
            (row.start_time, row.end_time) = (Set(day(at % RUNS)), Set(Some(after(day(at % RUNS), TOOK))));
            row.duration = Set(Some(TOOK));
            (row.event_name, row.event_type) = (Set(Some(event.name.clone())), Set(Some(event.r#type.clone())));
            row.output = Set((!is_bad(at)).then(|| "ok\n".to_owned()));
            row.error = Set(is_bad(at).then(|| "exit code 1".to_owned()));
        });
        logs.fill(tx).await?;
        Ok(())
    }

    pub(super) async fn workflows(&mut self, people: &[users::Model], things: &Things) -> Result<(), SeedError> {
        let (tx, make, units) = (self.tx, &mut self.make, self.units);
        let workflows = make
            .many::<workflows::Entity>(units * WORKFLOWS)
            .with(|at, row| {
                row.user_id = Set(cycle(people, at).id.clone());
                row.status = Set(EventStatus::Active.into());
                if at % WORKFLOWS == 0 {
                    row.trigger_type = Set(WorkflowTriggerType::Webhook.into());
                    row.webhook_key = Set(Some(format!("wfk_{}", at + 1)));
                } else {
                    row.trigger_type = Set(WorkflowTriggerType::Schedule.into());
                    (row.schedule_number, row.schedule_unit) = (Set(Some(1)), Set(Some(TimeUnit::Days.into())));
                }
            })
            .insert(tx)
            .await?;
        let event = |node: usize| &things.events[node / NODES / WORKFLOWS * EVENTS + node % NODES];
        let nodes = make
            .many::<workflow_nodes::Entity>(workflows.len() * NODES)
            .with(|at, row| {
                row.workflow_id = Set(workflows[at / NODES].id);
                row.event_id = Set(event(at).id);
            })
            .insert(tx)
            .await?;
        let connections = make
            .many::<workflow_connections::Entity>(workflows.len() * (NODES - 1))
            .with(|at, row| {
                let from = at / (NODES - 1) * NODES + at % (NODES - 1);
                row.workflow_id = Set(nodes[from].workflow_id);
                (row.source_node_id, row.target_node_id) = (Set(nodes[from].id), Set(nodes[from + 1].id));
                row.connection_type = Set(ConnectionType::OnSuccess.into());
            });
        connections.fill(tx).await?;

        // The first run of each goes well, the second ends at its second node.
        let is_bad = |run: usize| run % EXECUTIONS == 1;
        let all = workflows.len() * EXECUTIONS;
        let count = |run: usize| if is_bad(run) { NODES - 1 } else { NODES };
        let runs = make
            .many::<workflow_executions::Entity>(all)
            .with(|at, row| {
                let (workflow, start) = (&workflows[at / EXECUTIONS], day(at % EXECUTIONS));
                let (total, failed) = (number(count(at)), i32::from(is_bad(at)));
                (row.workflow_id, row.user_id) = (Set(workflow.id), Set(workflow.user_id.clone()));
                row.status = Set(if is_bad(at) {
                    LogStatus::Failure
                } else {
                    LogStatus::Success
                }
                .into());
                (row.started_at, row.completed_at) = (Set(start), Set(Some(after(start, TOOK * total))));
                row.total_duration = Set(Some(TOOK * total));
                row.total_events = Set(Some(total));
                (row.successful_events, row.failed_events) = (Set(Some(total - failed)), Set(Some(failed)));
            })
            .insert(tx)
            .await?;
        let steps: Vec<(usize, usize)> = (0..all)
            .flat_map(|run| (0..count(run)).map(move |node| (run, node)))
            .collect();
        let rows = make
            .many::<workflow_execution_events::Entity>(steps.len())
            .with(|at, row| {
                let (run, step) = steps[at];
                let node = run / EXECUTIONS * NODES + step;
                let has_failed = is_bad(run) && step + 1 == count(run);
                let start = after(runs[run].started_at, TOOK * number(step));
                row.workflow_execution_id = Set(runs[run].id);
                (row.event_id, row.node_id) = (Set(event(node).id), Set(nodes[node].id));
                row.sequence_order = Set(number(step));
                row.status = Set(if has_failed {
                    LogStatus::Failure
                } else {
                    LogStatus::Success
                }
                .into());
                (row.started_at, row.completed_at) = (Set(Some(start)), Set(Some(after(start, TOOK))));
                row.duration = Set(Some(TOOK));
                row.error_message = Set(has_failed.then(|| "exit code 1".to_owned()));
                row.connection_type = Set((step > 0).then(|| ConnectionType::OnSuccess.into()));
            });
        rows.fill(tx).await?;
        let lines = make.many::<workflow_logs::Entity>(all).with(|at, row| {
            row.workflow_id = Set(runs[at].workflow_id);
            row.user_id = Set(Some(runs[at].user_id.clone()));
            row.status = Set(runs[at].status.clone());
            row.level = Set(if is_bad(at) {
                WorkflowLogLevel::Error
            } else {
                WorkflowLogLevel::Info
            }
            .into());
            row.message = Set(Some(
                if is_bad(at) {
                    "The run failed"
                } else {
                    "The run is done"
                }
                .to_owned(),
            ));
            row.end_time = Set(runs[at].completed_at);
        });
        lines.fill(tx).await?;
        Ok(())
    }
}
