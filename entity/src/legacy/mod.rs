//! The three tables of the legacy database that go away, for the data migrations that read them.
//!
//! They are not in [`crate::schema()`].

pub mod conditional_events;
pub mod sessions;
pub mod templates;

use seawright::{declare::Entities, schema::Convention};

use crate::{
    events::{events, servers},
    identity::{roles, users},
    tools::tool_credentials,
};

/// The three tables as they stand in the legacy database, and today's form of the tables that they refer to.
pub fn schema() -> Entities {
    seawright::schema! {
        convention = Convention::DRIZZLE;
        conditional_events::Entity,
        sessions::Entity,
        templates::Entity,
        events::Entity,
        roles::Entity,
        servers::Entity,
        tool_credentials::Entity,
        users::Entity,
    }
}
