//! What people have made: tools, servers, events, webhooks.

use chrono::TimeDelta;
use entity::prelude::*;
use sea_orm::ActiveValue::Set;
use seawright::seed::SeedError;
use serde_json::json;

use super::{Filling, START, cycle, number};

/// Servers, tools and events of a unit.
const SERVERS: usize = 2;
const TOOLS: usize = 3;
pub(super) const EVENTS: usize = 8;

/// What the events of a unit are called. The first six are scripts.
const NAMES: [&str; EVENTS] = [
    "Nightly backup",
    "Check the backup",
    "Certificate check",
    "Disk usage",
    "Sync the archive",
    "Weekly report",
    "Ping the status page",
    "Tell the team",
];

/// Which event runs on a server, asks another service, or sends a message.
const REMOTE: usize = 4;
const REQUEST: usize = 6;
const ACTION: usize = 7;

pub(super) struct Things {
    pub(super) events: Vec<events::Model>,
    pub(super) variables: Vec<env_vars::Model>,
    pub(super) event_servers: Vec<event_servers::Model>,
}

impl Filling<'_> {
    pub(super) async fn things(&mut self, people: &[users::Model]) -> Result<Things, SeedError> {
        let (tx, make, units) = (self.tx, &mut self.make, self.units);
        let owner = |at: usize| Set(cycle(people, at).id.clone());
        let servers = make
            .many::<servers::Entity>(units * SERVERS)
            .with(|at, row| row.user_id = owner(at))
            .insert(tx)
            .await?;
        let tools = make
            .many::<tool_credentials::Entity>(units * TOOLS)
            .with(|at, row| row.user_id = owner(at))
            .insert(tx)
            .await?;
        let of_tool = |at: usize| &tools[at * TOOLS];
        let tokens = make.many::<oauth_tokens::Entity>(units).with(|at, row| {
            (row.user_id, row.tool_id) = (Set(of_tool(at).user_id.clone()), Set(of_tool(at).id));
            row.provider_id = Set(OauthProvider::Google);
        });
        tokens.fill(tx).await?;
        let states = make.many::<oauth_states::Entity>(units).with(|at, row| {
            (row.user_id, row.tool_id) = (Set(of_tool(at).user_id.clone()), Set(of_tool(at).id));
            row.provider_id = Set(OauthProvider::Slack);
        });
        states.fill(tx).await?;
        let templates = make
            .many::<tool_action_templates::Entity>(units)
            .with(|at, row| row.user_id = Set(Some(cycle(people, at).id.clone())));
        templates.fill(tx).await?;
        let audits = make.many::<tool_audit_logs::Entity>(tools.len()).with(|at, row| {
            row.user_id = Set(Some(tools[at].user_id.clone()));
            row.tool_id = Set(Some(tools[at].id));
            row.action = Set(AuditAction::CredentialCreate.into());
            row.ip_address = Set(Some("192.0.2.7".to_owned()));
        });
        audits.fill(tx).await?;

        let events = make.many::<events::Entity>(units * EVENTS).with(|at, row| {
            row.user_id = owner(at);
            row.name = Set(NAMES[at % EVENTS].to_owned());
            row.status = Set(if at % EVENTS == 5 {
                EventStatus::Paused
            } else {
                EventStatus::Active
            }
            .into());
            row.trigger_type = Set(EventTriggerType::Schedule.into());
            row.schedule_unit = Set(TimeUnit::Hours.into());
            row.schedule_number = Set(1 + number(at % 12));
            // As `runs` has them: five, the last of them bad.
            (row.execution_count, row.success_count, row.failure_count) = (Set(5), Set(4), Set(1));
            row.last_run_at = Set(Some(START + TimeDelta::days(5)));
            match at % EVENTS {
                REMOTE => {
                    row.run_location = Set(RunLocation::Remote.into());
                    row.server_id = Set(Some(servers[at / EVENTS * SERVERS].id));
                }
                REQUEST => {
                    row.r#type = Set(EventType::HttpRequest.into());
                    (row.content, row.tags) = (Set(None), Set(Tags::default().into()));
                    row.http_method = Set(Some("GET".to_owned()));
                    row.http_url = Set(Some("https://status.example.com/ping".to_owned()));
                }
                ACTION => {
                    let tool = of_tool(at / EVENTS);
                    row.r#type = Set(EventType::ToolAction.into());
                    (row.content, row.tags) = (Set(None), Set(Tags::default().into()));
                    row.tool_action_config = Set(Some(Document::from_json(json!({
                        "toolType": tool.r#type.clone().into_text(), "actionId": "send-message", "toolId": tool.id,
                        "parameters": {"message": "Done"},
                    }))));
                }
                _ => {}
            }
        });
        let events = events.insert(tx).await?;
        let variables = make
            .many::<env_vars::Entity>(events.len())
            .with(|at, row| {
                row.event_id = Set(events[at].id);
                row.key = Set("TARGET".to_owned());
            })
            .insert(tx)
            .await?;
        let event_servers = make
            .many::<event_servers::Entity>(servers.len())
            .with(|at, row| {
                row.event_id = Set(events[at / SERVERS * EVENTS + REMOTE].id);
                row.server_id = Set(servers[at].id);
            })
            .insert(tx)
            .await?;
        let logs = make.many::<tool_action_logs::Entity>(units * 5).with(|at, row| {
            row.event_id = Set(Some(events[at / 5 * EVENTS + ACTION].id));
            row.tool_type = Set(of_tool(at / 5).r#type.clone().into_text());
        });
        logs.fill(tx).await?;
        let actions = make.many::<conditional_actions::Entity>(units * 2).with(|at, row| {
            let event = |own: usize| Some(events[at / 2 * EVENTS + own].id);
            if at % 2 == 0 {
                // The backup is checked.
                (row.success_event_id, row.target_event_id) = (Set(event(0)), Set(event(1)));
            } else {
                row.r#type = Set(ConditionalActionType::SendMessage.into());
                (row.fail_event_id, row.tool_id) = (Set(event(2)), Set(Some(of_tool(at / 2).id)));
                row.message = Set(Some("{{cronium.event.name}} failed".to_owned()));
            }
        });
        actions.fill(tx).await?;
        Ok(Things {
            events,
            variables,
            event_servers,
        })
    }

    pub(super) async fn webhooks(&mut self, people: &[users::Model], things: &Things) -> Result<(), SeedError> {
        let (tx, make, units) = (self.tx, &mut self.make, self.units);
        let webhooks = make
            .many::<webhooks::Entity>(2 * units)
            .with(|at, row| row.user_id = Set(cycle(people, at).id.clone()))
            .insert(tx)
            .await?;
        let told = make
            .many::<webhook_events::Entity>(3 * units)
            .with(|at, row| {
                let event = &things.events[at / 3 * EVENTS];
                let payload = json!({"eventId": event.id, "eventName": event.name, "status": "completed"});
                row.payload = Set(Document::from_json(payload));
            })
            .insert(tx)
            .await?;
        let deliveries = make.many::<webhook_deliveries::Entity>(told.len() * 2).with(|at, row| {
            let event = at / 2;
            row.webhook_event_id = Set(told[event].id);
            row.webhook_id = Set(webhooks[event / 3 * 2 + at % 2].id);
            row.attempted_at = Set(Some(told[event].created_at + TimeDelta::seconds(1)));
            row.attempts = Set(1);
            row.duration = Set(Some(80));
            if at % 6 == 5 {
                row.status = Set(DeliveryStatus::Failed);
                (row.status_code, row.error) = (Set(Some(503)), Set(Some("Service Unavailable".to_owned())));
            }
        });
        deliveries.fill(tx).await?;
        let logs = make.many::<webhook_logs::Entity>(webhooks.len()).with(|at, row| {
            row.webhook_id = Set(webhooks[at].id);
            row.event_id = Set(Some(things.events[at / 2 * EVENTS].id));
            row.duration = Set(Some(12));
        });
        logs.fill(tx).await?;
        Ok(())
    }
}
