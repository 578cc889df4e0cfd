//! Events and their runs, workflows, webhooks.

use sea_orm::ActiveValue::Set;
use seawright::seed::Factory;

use super::words::{SCRIPTS, SERVERS, WORKFLOWS};
use crate::prelude::*;

pub(super) fn define(factory: Factory) -> Factory {
    factory
        .define::<events::Entity>(|draw, event| {
            let (name, script) = draw.random.pick(&SCRIPTS);
            event.name = Set(name.to_owned());
            event.r#type = Set(EventType::Bash.into());
            event.content = Set(Some(format!("#!/bin/bash\nset -euo pipefail\n{script}\n")));
            // As those that are written for the runtime API.
            event.tags = Set([RUNTIME_API].into_iter().collect::<Tags>().into());
        })
        .define::<servers::Entity>(|draw, server| {
            let name = draw.random.pick(&SERVERS);
            server.name = Set(format!("{name} {}", draw.number + 1));
            server.address = Set(format!("{name}-{}.example.com", draw.number + 1));
        })
        .define::<env_vars::Entity>(|draw, variable| variable.key = Set(format!("VARIABLE_{}", draw.number + 1)))
        .define::<jobs::Entity>(|draw, job| {
            let random = (u128::from(draw.random.bits()) << 64) | u128::from(draw.random.bits());
            job.id = Set(JobId::random(random));
            job.r#type = Set(JobType::Script);
            job.payload = Set(JobPayload::default().into());
        })
        .define::<conditional_actions::Entity>(|_, action| {
            action.r#type = Set(ConditionalActionType::Script.into());
        })
        .define::<workflows::Entity>(|draw, workflow| workflow.name = Set(draw.random.pick(&WORKFLOWS).to_owned()))
        .define::<workflow_nodes::Entity>(|draw, node| {
            let at = i32::try_from(draw.number % 1_000).unwrap_or(0);
            (node.position_x, node.position_y) = (Set(200 * at), Set(100));
        })
        .define::<workflow_executions::Entity>(|_, run| run.trigger_type = Set(ExecutionTrigger::Manual.into()))
        .define::<webhooks::Entity>(|draw, webhook| {
            webhook.name = Set(format!("Webhook {}", draw.number + 1));
            webhook.url = Set(format!("https://hooks.example.com/{}", draw.number + 1));
            webhook.key = Set(draw.unique("whk"));
            webhook.events = Set(vec!["job.completed".to_owned()].into());
        })
        .define::<webhook_events::Entity>(|_, event| {
            event.event = Set("job.completed".to_owned());
            event.payload = Set(Object::new().into());
        })
        .define::<webhook_deliveries::Entity>(|draw, delivery| {
            delivery.delivery_id = Set(draw.unique("dlv"));
            delivery.status = Set(DeliveryStatus::Success);
            delivery.status_code = Set(Some(200));
        })
        .define::<webhook_logs::Entity>(|_, log| log.success = Set(true))
}

/// The tag of a script that is written for the runtime API.
pub(super) const RUNTIME_API: &str = "runtime:api";
