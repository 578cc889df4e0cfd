//! Integrations, their actions and their audit trail.

mod documents;
mod enumerations;
mod message;

pub mod tool_action_logs;
pub mod tool_action_templates;
pub mod tool_audit_logs;
pub mod tool_credentials;

pub use documents::{EncryptionMetadata, KeyDerivation, ToolActionResult};
pub use enumerations::{AuditAction, ToolActionKind, ToolActionStatus, ToolType};
pub use message::ToolMessage;
