//! Which columns hold which enumeration: no schema tells, as all of them are texts.

use seawright::seed::Factory;

use crate::prelude::*;

macro_rules! values {
    ($factory:expr; $($table:ident.$column:ident: $enumeration:ty),+ $(,)?) => {
        $factory$(.values::<$table::Entity, $enumeration>($table::Column::$column))+
    };
}

pub(super) fn values(factory: Factory) -> Factory {
    values! {
        factory;
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
        tool_action_logs.ToolType: ToolType,
        tool_action_templates.ToolType: ToolType,
        tool_audit_logs.Action: AuditAction,
        tool_credentials.Type: ToolType,
        tool_rate_limits.ToolType: ToolType,
        user_tool_quotas.Tier: QuotaTier,
        user_tool_quotas.ToolType: ToolType,
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
