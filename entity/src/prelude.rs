//! All tables and their types under one roof: `use entity::prelude::*;`, then `jobs::Entity`, `JobStatus::Queued`.

pub use crate::{
    events::{
        ConditionalActionType, EventStatus, EventTriggerType, EventType, HttpHeader, HttpHeaders, LogStatus,
        RunLocation, Tags, TimeUnit, ToolActionConfig, conditional_actions, env_vars, event_servers, events, logs,
        servers,
    },
    identity::{
        Permissions, TokenStatus, UserRole, UserStatus, api_tokens, password_reset_tokens, roles, user_settings,
        user_variables, users,
    },
    jobs::{
        JobHttpRequest, JobId, JobIdError, JobMetadata, JobMetrics, JobOrigin, JobPayload, JobPriority, JobResources,
        JobResult, JobScript, JobStatus, JobTarget, JobTimeout, JobToolAction, JobTrigger, JobType, jobs,
    },
    limits::{
        CustomLimits, QuotaConfig, QuotaResource, QuotaTier, RateLimitKeyType, quota_usage, rate_limit_buckets,
        tool_rate_limits, tool_usage_metrics, user_quotas, user_tool_quotas,
    },
    oauth::{OauthProvider, oauth_states, oauth_tokens},
    settings::system_settings,
    tools::{
        AuditAction, EncryptionMetadata, KeyDerivation, ToolActionKind, ToolActionResult, ToolActionStatus,
        ToolMessage, ToolType, tool_action_logs, tool_action_templates, tool_audit_logs, tool_credentials,
    },
    values::{Document, Object, Sealed, Stored},
    webhooks::{
        DeliveryStatus, WebhookRateLimit, WebhookRetries, webhook_deliveries, webhook_events, webhook_logs, webhooks,
    },
    workflows::{
        ConnectionType, ExecutionTrigger, WorkflowLogLevel, WorkflowTriggerType, workflow_connections,
        workflow_execution_events, workflow_executions, workflow_logs, workflow_nodes, workflows,
    },
};
