//! The templates of the system for the actions that send: nine of them, three a tool.

use std::collections::HashSet;

use async_trait::async_trait;
use entity::{
    tools::{
        ToolType,
        tool_action_templates::{ActiveModel, Column, Entity, Model},
    },
    values::{Document, Object},
};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, Select,
    sea_query::Condition,
};
use seawright::data::{Batch, Changes, DataError, DataMigration};

/// The name of the step that makes the templates of the system.
pub const DEFAULT_TEMPLATES: &str = "m20261124_130400_default_templates";

/// Makes the nine templates of the system, which Cronium listed and never made, and gives every template an action that its
/// tool has.
///
/// Cronium's list called the actions of Discord and Slack `send-message`, by which no template is ever found: the plugins call
/// them `discord-send-message` and `slack-send-message`. Rows with the wrong name are the ones that are pending. That a row
/// is missing no query over the table can say, so the templates are made at the end, each unless the system has one of that
/// tool and name.
#[derive(Clone, Copy, Debug)]
pub struct DefaultTemplates;

/// The name by which no action is found.
const WRONG: &str = "send-message";

/// A template of the system.
struct SystemTemplate {
    tool: ToolType,
    name: &'static str,
    description: &'static str,
    parameters: &'static [(&'static str, &'static str)],
}

/// Their names and parameters are Cronium's, their texts are not.
const DEFAULTS: [SystemTemplate; 9] = [
    SystemTemplate {
        tool: ToolType::Discord,
        name: "Event Success Notification",
        description: "Tells a channel that an event has succeeded",
        parameters: &[(
            "content",
            "✅ **{{cronium.event.name}}** succeeded after {{formatDuration cronium.event.duration}}",
        )],
    },
    SystemTemplate {
        tool: ToolType::Discord,
        name: "Event Failure Alert",
        description: "Alerts a channel that an event has failed",
        parameters: &[(
            "content",
            "❌ **{{cronium.event.name}}** failed on {{cronium.event.server}}\n```\n{{cronium.event.error}}\n```",
        )],
    },
    SystemTemplate {
        tool: ToolType::Discord,
        name: "Daily Summary",
        description: "Posts the output of an event that sums up the day",
        parameters: &[(
            "content",
            "📊 **Daily summary** by {{cronium.event.name}}\n{{cronium.event.output}}",
        )],
    },
    SystemTemplate {
        tool: ToolType::Slack,
        name: "Event Success Notification",
        description: "Tells a channel that an event has succeeded",
        parameters: &[(
            "text",
            ":white_check_mark: *{{cronium.event.name}}* succeeded after {{formatDuration cronium.event.duration}}",
        )],
    },
    SystemTemplate {
        tool: ToolType::Slack,
        name: "Event Failure Alert",
        description: "Alerts a channel that an event has failed",
        parameters: &[
            (
                "text",
                ":x: *{{cronium.event.name}}* failed on {{cronium.event.server}}\n```{{cronium.event.error}}```",
            ),
            ("channel", "#alerts"),
        ],
    },
    SystemTemplate {
        tool: ToolType::Slack,
        name: "Deployment Notification",
        description: "Tells a channel how a deployment has ended",
        parameters: &[
            (
                "text",
                ":rocket: Deployment *{{cronium.event.name}}*: {{cronium.event.status}}\n{{cronium.event.output}}",
            ),
            ("channel", "#deployments"),
        ],
    },
    SystemTemplate {
        tool: ToolType::Email,
        name: "Event Success Report",
        description: "Reports by e-mail that an event has succeeded",
        parameters: &[
            ("to", "{{cronium.getVariables.adminEmail}}"),
            ("subject", "Succeeded: {{cronium.event.name}}"),
            (
                "body",
                "{{cronium.event.name}} succeeded after {{formatDuration cronium.event.duration}}.\n\nIts output:\n\n{{cronium.event.output}}\n",
            ),
        ],
    },
    SystemTemplate {
        tool: ToolType::Email,
        name: "Event Failure Alert",
        description: "Alerts by e-mail that an event has failed",
        parameters: &[
            ("to", "{{cronium.getVariables.adminEmail}}"),
            ("subject", "Failed: {{cronium.event.name}}"),
            (
                "body",
                "{{cronium.event.name}} failed on {{cronium.event.server}} after {{formatDuration cronium.event.duration}}:\n\n{{cronium.event.error}}\n",
            ),
        ],
    },
    SystemTemplate {
        tool: ToolType::Email,
        name: "Weekly Summary Report",
        description: "Sends the output of an event that sums up the week by e-mail",
        parameters: &[
            ("to", "{{cronium.getVariables.reportEmail}}"),
            ("subject", "Weekly summary: {{cronium.event.name}}"),
            (
                "body",
                "The week as {{cronium.event.name}} has summed it up:\n\n{{cronium.event.output}}\n",
            ),
        ],
    },
];

/// The name that a tool's plugin gives to the action that sends.
pub(super) const fn action_of(tool: ToolType) -> Option<&'static str> {
    match tool {
        ToolType::Email => Some("send-email"),
        ToolType::Slack => Some("slack-send-message"),
        ToolType::Discord => Some("discord-send-message"),
        ToolType::Webhook | ToolType::Http => None,
    }
}

fn action_of_row(row: &Model) -> Option<&'static str> {
    row.tool_type.known().and_then(|tool| action_of(*tool))
}

#[async_trait]
impl DataMigration for DefaultTemplates {
    type Source = Entity;

    fn pending(&self) -> Select<Entity> {
        let tools = Condition::any()
            .add(Column::ToolType.eq("DISCORD"))
            .add(Column::ToolType.eq("SLACK"));
        Entity::find().filter(Column::ActionId.eq(WRONG)).filter(tools)
    }

    async fn migrate(&self, batch: &mut Batch<'_, Entity>) -> Result<(), DataError> {
        let changes = batch.rows().iter().filter_map(|row| {
            let action = action_of_row(row)?;
            Some(ActiveModel {
                id: Unchanged(row.id),
                action_id: Set(action.to_owned()),
                ..ActiveModel::default()
            })
        });
        batch.update(changes.collect::<Vec<_>>()).await?;
        Ok(())
    }

    async fn finish(&self, changes: &Changes<'_>) -> Result<(), DataError> {
        let present: HashSet<(String, String)> = Entity::find()
            .filter(Column::IsSystemTemplate.eq(true))
            .all(changes.transaction())
            .await?
            .into_iter()
            .map(|row| (row.tool_type.into_text(), row.name))
            .collect();
        let missing = DEFAULTS.iter().map(|template| template.row(changes)).filter(|row| {
            let key = (row.tool_type.as_ref().clone().into_text(), row.name.as_ref().clone());
            !present.contains(&key)
        });
        changes.insert_returning(missing.collect::<Vec<_>>()).await?;
        Ok(())
    }
}

impl SystemTemplate {
    fn row(&self, changes: &Changes<'_>) -> ActiveModel {
        let parameters: Object = self
            .parameters
            .iter()
            .map(|(key, text)| ((*key).to_owned(), (*text).into()))
            .collect();
        ActiveModel {
            user_id: Set(None),
            name: Set(self.name.to_owned()),
            description: Set(Some(self.description.to_owned())),
            tool_type: Set(self.tool.into()),
            action_id: Set(action_of(self.tool).unwrap_or(WRONG).to_owned()),
            parameters: Set(Document::Known(parameters)),
            is_system_template: Set(true),
            created_at: Set(changes.now()),
            updated_at: Set(changes.now()),
            ..ActiveModel::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_templates_three_a_tool_with_the_parameters_of_their_actions() {
        let keys: HashSet<_> = DEFAULTS.iter().map(|template| (template.tool, template.name)).collect();
        assert_eq!(keys.len(), 9);
        for (tool, action, needed) in [
            (ToolType::Discord, "discord-send-message", &["content"][..]),
            (ToolType::Slack, "slack-send-message", &["text"]),
            (ToolType::Email, "send-email", &["to", "subject", "body"]),
        ] {
            assert_eq!(action_of(tool), Some(action));
            let own: Vec<_> = DEFAULTS.iter().filter(|template| template.tool == tool).collect();
            assert_eq!(own.len(), 3);
            for template in own {
                let names: Vec<&str> = template.parameters.iter().map(|(name, _)| *name).collect();
                assert!(needed.iter().all(|name| names.contains(name)), "{}", template.name);
                for (name, text) in template.parameters {
                    // The template language knows no `cronium.user`, and Discord takes 2000 characters.
                    assert!(!text.contains("cronium.user") && text.len() < 500, "{name}");
                }
            }
        }
    }
}
