//! The JSON documents of tools.

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value as Json};

use crate::values::{Document, Object};

/// How a tool's credentials are encrypted (`tool_credentials.encryption_metadata`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EncryptionMetadata {
    /// The cipher: `aes-256-gcm`.
    pub algorithm: String,
    /// How the key comes from the master key. Cronium writes it as text and reads it either way.
    pub key_derivation: Document<KeyDerivation>,
    /// Whatever else the document holds.
    #[serde(flatten)]
    pub other: Object,
}

/// How a key comes from the master key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyDerivation {
    /// The function: `scrypt`.
    pub method: String,
    /// The salt, 32 bytes in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    /// Informational; scrypt has no such parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iterations: Option<i64>,
    /// Whatever else the document holds.
    #[serde(flatten)]
    pub other: Object,
}

/// What a tool's action gave back (`tool_action_logs.result`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolActionResult {
    /// The action's name in the plugin.
    pub action_id: String,
    /// The action's name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_name: Option<String>,
    /// How long it took, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_time: Option<Number>,
    /// The plugin's own result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Json>,
    /// The parameters that it ran with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Json>,
    /// When it ended, as an ISO 8601 text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// Whatever else the document holds.
    #[serde(flatten)]
    pub other: Object,
}
