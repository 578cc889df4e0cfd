//! What the columns of tools may hold.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// The kind of an integration (`type` of `tool_credentials` and `templates`, `tool_action_templates.tool_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::N(50))",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ToolType {
    /// E-mail by SMTP.
    Email,
    /// A Slack channel.
    Slack,
    /// A Discord channel.
    Discord,
    /// A URL that is called.
    Webhook,
    /// An HTTP API.
    Http,
}

/// What an action does with its subject (`tool_action_logs.action_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(50))", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum ToolActionKind {
    /// Makes it.
    Create,
    /// Changes it.
    Update,
    /// Looks for it.
    Search,
    /// Removes it.
    Delete,
    /// Not known: the action failed before its kind was looked up.
    Unknown,
}

/// How an action ended (`tool_action_logs.status`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::N(20))",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ToolActionStatus {
    /// Well.
    Success,
    /// Badly.
    Failure,
}

/// What was done with a credential, a tool or a setting (`tool_audit_logs.action`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(50))")]
pub enum AuditAction {
    /// A credential was saved.
    #[sea_orm(string_value = "credential.create")]
    #[serde(rename = "credential.create")]
    CredentialCreate,
    /// A credential was read.
    #[sea_orm(string_value = "credential.read")]
    #[serde(rename = "credential.read")]
    CredentialRead,
    /// A credential was changed.
    #[sea_orm(string_value = "credential.update")]
    #[serde(rename = "credential.update")]
    CredentialUpdate,
    /// A credential was deleted; its id is in the details only.
    #[sea_orm(string_value = "credential.delete")]
    #[serde(rename = "credential.delete")]
    CredentialDelete,
    /// A credential was tried out.
    #[sea_orm(string_value = "credential.test")]
    #[serde(rename = "credential.test")]
    CredentialTest,
    /// An action was run.
    #[sea_orm(string_value = "tool.execute")]
    #[serde(rename = "tool.execute")]
    ToolExecute,
    /// A sign-in at a provider succeeded.
    #[sea_orm(string_value = "tool.auth_success")]
    #[serde(rename = "tool.auth_success")]
    ToolAuthSuccess,
    /// A sign-in at a provider failed.
    #[sea_orm(string_value = "tool.auth_failure")]
    #[serde(rename = "tool.auth_failure")]
    ToolAuthFailure,
    /// A limit refused an action.
    #[sea_orm(string_value = "tool.rate_limit_exceeded")]
    #[serde(rename = "tool.rate_limit_exceeded")]
    ToolRateLimitExceeded,
    /// The configuration was changed.
    #[sea_orm(string_value = "config.update")]
    #[serde(rename = "config.update")]
    ConfigUpdate,
    /// A permission was given.
    #[sea_orm(string_value = "permission.grant")]
    #[serde(rename = "permission.grant")]
    PermissionGrant,
    /// A permission was taken away.
    #[sea_orm(string_value = "permission.revoke")]
    #[serde(rename = "permission.revoke")]
    PermissionRevoke,
}
