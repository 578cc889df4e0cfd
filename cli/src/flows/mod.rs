//! What Cronium's database is for, done through the rules of its entities: a file a flow.
//!
//! A flow makes its own user, events and so on, and lives in a time before anything of the database's is due: what is due is
//! looked for by its time, so a flow finds and locks its own rows only, however many others wait.

mod job;
mod limits;
mod loopback;
mod oauth;
mod webhook;
mod workflow;
mod world;

use entity::{
    events::{EventStatus, EventType, events},
    identity::{UserRole, UserStatus, users},
};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    DatabaseTransaction, EntityTrait as _,
};
use seawright::{
    history::Result,
    verify::{Flow, FlowError},
};

use self::world::FlowWorld;

/// All of them.
///
/// # Errors
/// None yet.
pub fn all() -> Result<Vec<Box<dyn Flow>>> {
    Ok(vec![
        Box::new(job::EventToJob),
        Box::new(workflow::WorkflowThroughJobs),
        Box::new(oauth::OauthGrant),
        Box::new(limits::RateLimit),
        Box::new(webhook::WebhookDelivery),
    ])
}

/// Who claims the jobs of the flows.
const ORCHESTRATOR: &str = "seawright-flows";

/// A user of the flow's own.
async fn user(db: &DatabaseTransaction, world: &FlowWorld) -> Result<String, FlowError> {
    let id = format!("seawright-{}", world.name());
    let user = users::ActiveModel {
        id: Set(id.clone()),
        role: Set(UserRole::User.into()),
        status: Set(UserStatus::Active.into()),
        ..Default::default()
    };
    users::Entity::insert(user).exec(db).await?;
    Ok(id)
}

/// An active script of the user's, with changes.
async fn event(
    db: &DatabaseTransaction,
    user: &str,
    change: impl FnOnce(&mut events::ActiveModel) + Send,
) -> Result<i32, FlowError> {
    let mut event = events::ActiveModel {
        id: NotSet,
        user_id: Set(user.to_owned()),
        name: Set("Seawright's flow".to_owned()),
        r#type: Set(EventType::Bash.into()),
        content: Set(Some("cronium.output({ seen: true })".to_owned())),
        status: Set(EventStatus::Active.into()),
        ..Default::default()
    };
    change(&mut event);
    Ok(event.insert(db).await?.id)
}
