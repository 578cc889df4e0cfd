//! Columns of enumerations. The database enforces none of them.

use entity::prelude::*;
use seawright::verify::Check;

macro_rules! values {
    ($($table:ident.$column:ident: $enumeration:ty),+ $(,)?) => {
        vec![$(Check::values::<$table::Entity, $enumeration>($table::Column::$column)),+]
    };
}

pub(super) fn checks() -> Vec<Check> {
    values! {
        api_tokens.Status: TokenStatus,
        conditional_actions.Type: ConditionalActionType,
        events.RunLocation: RunLocation,
        events.ScheduleUnit: TimeUnit,
        events.Status: EventStatus,
        events.TimeoutUnit: TimeUnit,
        events.TriggerType: EventTriggerType,
        events.Type: EventType,
        jobs.Priority: JobPriority,
        jobs.Status: JobStatus,
        jobs.Type: JobType,
        logs.EventType: EventType,
        logs.Status: LogStatus,
        oauth_states.ProviderId: OauthProvider,
        oauth_tokens.ProviderId: OauthProvider,
        quota_usage.Resource: QuotaResource,
        rate_limit_buckets.Type: RateLimitKeyType,
        tool_action_logs.ActionType: ToolActionKind,
        tool_action_logs.Status: ToolActionStatus,
        tool_action_templates.ToolType: ToolType,
        tool_audit_logs.Action: AuditAction,
        tool_credentials.Type: ToolType,
        user_tool_quotas.Tier: QuotaTier,
        users.Role: UserRole,
        users.Status: UserStatus,
        webhook_deliveries.Status: DeliveryStatus,
        workflow_connections.ConnectionType: ConnectionType,
        workflow_execution_events.ConnectionType: ConnectionType,
        workflow_execution_events.Status: LogStatus,
        workflow_executions.Status: LogStatus,
        workflow_executions.TriggerType: ExecutionTrigger,
        workflow_logs.Level: WorkflowLogLevel,
        workflow_logs.Status: LogStatus,
        workflows.RunLocation: RunLocation,
        workflows.ScheduleUnit: TimeUnit,
        workflows.Status: EventStatus,
        workflows.TriggerType: WorkflowTriggerType,
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    /// Whatever a row of today's entities holds as an enumeration is claimed, so that none is forgotten.
    #[test]
    fn every_column_of_an_enumeration_is_claimed() {
        let names: Vec<String> = checks().iter().map(|check| check.name().to_owned()).collect();
        let mut wanted = Vec::new();
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../entity/src")];
        let mut texts = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() && !path.ends_with("legacy") {
                    folders.push(path);
                } else if path.is_file() {
                    texts.push(fs::read_to_string(path).unwrap());
                }
            }
        }
        let after = |line: &str, word: &str| line.trim_start().strip_prefix(word).map(str::to_owned);
        let enumerations: Vec<String> = texts
            .iter()
            .filter(|text| text.contains("DeriveActiveEnum"))
            .flat_map(|text| text.lines().filter_map(|line| after(line, "pub enum ")))
            .map(|rest| rest.trim_end_matches(" {").to_owned())
            .collect();
        for text in &texts {
            let Some((_, rest)) = text.split_once("#[sea_orm(table_name = \"") else {
                continue;
            };
            let (table, rest) = rest.split_once('"').unwrap();
            let model = rest.split("\n}").next().unwrap();
            for line in model.lines().filter_map(|line| after(line, "pub ")) {
                let Some((column, kind)) = line.split_once(": ") else {
                    continue;
                };
                let kind = kind
                    .trim_end_matches(',')
                    .trim_start_matches("Option<")
                    .trim_start_matches("Stored<");
                if enumerations.iter().any(|name| *name == kind.trim_end_matches('>')) {
                    wanted.push(format!("values:{table}.{}", column.trim_start_matches("r#")));
                }
            }
        }
        wanted.sort();
        assert!(wanted.len() > 30, "{wanted:?}");
        assert_eq!(names, wanted);
    }
}
