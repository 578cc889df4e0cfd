//! Every enumeration is written to JSON as it is stored, and read back.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fmt::Debug;

use entity::prelude::*;
use sea_orm::{ActiveEnum, Iterable as _};
use serde::{Serialize, de::DeserializeOwned};

fn texts<E>() -> Vec<String>
where
    E: ActiveEnum<Value = String> + Copy + Debug + PartialEq + Serialize + DeserializeOwned,
{
    E::iter()
        .map(|value| {
            let stored = value.to_value();
            assert_eq!(serde_json::to_value(value).unwrap(), stored);
            assert_eq!(serde_json::from_value::<E>(stored.clone().into()).unwrap(), value);
            assert_eq!(Stored::<E>::from_text(&stored), value);
            stored
        })
        .collect()
}

macro_rules! stored {
    ($($enumeration:ty = [$($text:literal),+ $(,)?]),+ $(,)?) => {
        #[test]
        fn the_texts_are_croniums() {
            $(assert_eq!(texts::<$enumeration>(), [$($text),+], stringify!($enumeration));)+
        }
    };
}

stored! {
    UserRole = ["USER", "ADMIN"],
    UserStatus = ["ACTIVE", "INVITED", "DISABLED", "PENDING"],
    TokenStatus = ["ACTIVE", "REVOKED"],
    EventType = ["NODEJS", "PYTHON", "BASH", "HTTP_REQUEST", "TOOL_ACTION"],
    EventStatus = ["ACTIVE", "PAUSED", "DRAFT", "ARCHIVED"],
    EventTriggerType = ["SCHEDULE", "MANUAL"],
    RunLocation = ["LOCAL", "REMOTE"],
    TimeUnit = ["SECONDS", "MINUTES", "HOURS", "DAYS"],
    LogStatus = ["PENDING", "SUCCESS", "FAILURE", "RUNNING", "PAUSED", "TIMEOUT", "PARTIAL"],
    ConditionalActionType = ["NONE", "SCRIPT", "SEND_MESSAGE"],
    JobType = ["SCRIPT", "HTTP_REQUEST", "TOOL_ACTION"],
    JobStatus = ["queued", "claimed", "running", "completed", "failed", "cancelled"],
    JobTrigger = ["schedule", "manual", "workflow"],
    WorkflowTriggerType = ["SCHEDULE", "WEBHOOK", "MANUAL"],
    ExecutionTrigger = ["MANUAL", "API"],
    WorkflowLogLevel = ["INFO", "WARNING", "ERROR", "DEBUG"],
    ConnectionType = ["ALWAYS", "ON_SUCCESS", "ON_FAILURE", "ON_CONDITION"],
    ToolType = ["EMAIL", "SLACK", "DISCORD", "WEBHOOK", "HTTP"],
    ToolActionKind = ["create", "update", "search", "delete", "unknown"],
    ToolActionStatus = ["SUCCESS", "FAILURE"],
    AuditAction = [
        "credential.create", "credential.read", "credential.update", "credential.delete", "credential.test",
        "tool.execute", "tool.auth_success", "tool.auth_failure", "tool.rate_limit_exceeded",
        "config.update", "permission.grant", "permission.revoke",
    ],
    OauthProvider = ["google", "microsoft", "slack"],
    RateLimitKeyType = ["user", "ip", "api_key", "tool", "webhook", "custom"],
    QuotaTier = ["free", "pro", "enterprise"],
    QuotaResource = [
        "toolActionsPerMonth", "toolActionsPerDay", "webhooksPerUser", "webhookEventsPerMonth", "eventsPerUser",
        "eventExecutionsPerMonth", "workflowsPerUser", "workflowExecutionsPerMonth", "totalStorageMB",
        "logRetentionDays", "apiRequestsPerMonth", "apiRequestsPerMinute",
    ],
    // Cronium has the second and third; the queue needs the others.
    DeliveryStatus = ["pending", "success", "failed", "dead"],
}

#[test]
fn a_priority_is_its_number() {
    let numbers: Vec<i32> = JobPriority::iter().map(|priority| priority.to_value()).collect();
    assert_eq!(numbers, [0, 1, 2, 3]);
    assert_eq!(serde_json::to_string(&JobPriority::High).unwrap(), "2");
    assert_eq!(serde_json::from_str::<JobPriority>("3").unwrap(), JobPriority::Critical);
    assert!(serde_json::from_str::<JobPriority>("4").is_err());
    assert!(JobPriority::Low < JobPriority::Critical);
}
