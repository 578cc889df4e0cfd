//! `sessions`: kept whole, without a successor.

use entity::legacy::sessions;
use seawright::data::Archive;

/// The name of the step that archives the sessions.
pub const SESSIONS: &str = "m20261122_134828_sessions";

/// Keeps every express session whole, live and expired ones alike. Signing in needs none of them: the users stay signed
/// in or out by their tokens.
pub const fn archived_sessions() -> Archive<sessions::Entity> {
    Archive::because("sign-in uses tokens since July 2025; express sessions have no successor")
}
