//! The JSON documents of accounts.

use serde::{Deserialize, Serialize};

use crate::values::Object;

/// What a role allows (`roles.permissions`); a member that is absent allows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Permissions {
    /// Opening the console.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub console: Option<bool>,
    /// Opening the monitoring.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monitoring: Option<bool>,
    /// Running events on the application's own host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_server_access: Option<bool>,
    /// Whatever else the document holds.
    #[serde(flatten)]
    pub other: Object,
}
