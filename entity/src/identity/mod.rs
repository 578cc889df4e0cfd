//! Who uses the application: accounts, roles, tokens, settings.

mod documents;
mod enumerations;

pub mod api_tokens;
pub mod password_reset_tokens;
pub mod roles;
pub mod user_settings;
pub mod user_variables;
pub mod users;

pub use documents::Permissions;
pub use enumerations::{TokenStatus, UserRole, UserStatus};
