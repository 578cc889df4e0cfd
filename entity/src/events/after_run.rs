//! What follows a run: other events that are run, messages that are sent.

use std::collections::HashMap;

use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, TransactionSession as _, TransactionTrait,
};
use serde_json::Value as Json;
use thiserror::Error;

use super::{
    ConditionalActionType, LogStatus, conditional_actions, events,
    follow_ups::{self, Fault, FollowUp, Unsendable},
    logs,
};
use crate::{
    World,
    jobs::{
        JobId, JobStatus, jobs,
        queue::{Created, Doing, NewJob, QueueError, begin, create_in, iso, log_of},
    },
    tools::{ToolMessage, ToolType, tool_credentials},
    values::{Document, Stored},
};

const DOING: &str = "following up a run";

/// The member of `jobs.metadata` that says when a run was followed up, so that it is once.
const FOLLOWED_UP: &str = "followedUpAt";

/// What follows a run, in the order of its actions: those after its success or failure, those that come always, those on
/// its condition.
#[derive(Debug, Default)]
pub struct Followed {
    /// The jobs of the events that are run.
    pub jobs: Vec<Created>,
    /// What is to be sent.
    pub messages: Vec<Message>,
    /// The actions from which nothing came, and why not.
    pub refused: Vec<Refused>,
}

/// A message that is to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The action that asks for it.
    pub action_id: i32,
    /// The row of `tool_credentials` that it is sent with.
    pub tool_id: i32,
    /// The message.
    pub message: ToolMessage,
}

/// An action from which nothing came.
#[derive(Debug)]
pub struct Refused {
    /// The action.
    pub action_id: i32,
    /// Why not.
    pub reason: Reason,
}

/// Why nothing comes of an action.
#[derive(Debug, Error)]
pub enum Reason {
    /// It can't run its event, or would do so over and over.
    #[error("{0}; change the action or delete it")]
    Fault(Fault),
    /// The event that it runs may not run.
    #[error(transparent)]
    Queue(QueueError),
    /// It has nothing to send.
    #[error("{0}")]
    Unsendable(Unsendable),
    /// It is of no known type.
    #[error("`{0}` is no type of action; there are NONE, SCRIPT and SEND_MESSAGE")]
    Type(String),
}

/// Does what follows the run of a job that is over: makes the jobs of the events that its event's actions run, and returns the
/// messages that they send.
///
/// A job is followed up once, however often this is called; a job that was cancelled, or is not over, is not. A run that
/// succeeded on some of its servers only counts as a failure. Sending is the caller's: a caller that dies with the
/// messages in hand has lost them.
///
/// # Errors
/// [`QueueError::NoJob`], [`QueueError::Database`]; nothing was done then. What one action can't do is in
/// [`Followed::refused`] and stops no other.
pub async fn follow_up<C: TransactionTrait>(db: &C, world: &impl World, job: &JobId) -> Result<Followed, QueueError> {
    let tx = begin(db).await.doing(DOING)?;
    let find = jobs::Entity::find_by_id(job.clone()).lock_exclusive();
    let mut job = find
        .one(&tx)
        .await
        .doing(DOING)?
        .ok_or_else(|| QueueError::NoJob(job.clone()))?;
    let mut followed = Followed::default();
    if !matches!(job.status, JobStatus::Completed | JobStatus::Failed) {
        return Ok(followed);
    }
    let Some(metadata) = job
        .metadata
        .known_mut()
        .filter(|known| !known.other.contains_key(FOLLOWED_UP))
    else {
        return Ok(followed);
    };
    metadata
        .other
        .insert(FOLLOWED_UP.to_owned(), Json::String(iso(world.now())));
    let mark = jobs::ActiveModel {
        metadata: Set(job.metadata.clone()),
        ..Default::default()
    };
    let this = jobs::Column::Id.eq(job.id.clone());
    jobs::Entity::update_many()
        .set(mark)
        .filter(this)
        .exec(&tx)
        .await
        .doing(DOING)?;

    let actions = in_order(&tx, &job).await?;
    let faults = if actions
        .iter()
        .any(|action| action.r#type == ConditionalActionType::Script)
    {
        faults(&tx).await?
    } else {
        HashMap::new()
    };
    for action in actions {
        let done = match &action.r#type {
            Stored::Known(ConditionalActionType::None) => Ok(()),
            Stored::Known(ConditionalActionType::Script) => run(&tx, world, &job, &action, faults.get(&action.id))
                .await?
                .map(|made| followed.jobs.push(made)),
            Stored::Known(ConditionalActionType::SendMessage) => message(&tx, &job, &action)
                .await?
                .map(|message| followed.messages.push(message)),
            Stored::Unknown(text) => Err(Reason::Type(text.clone())),
        };
        if let Err(reason) = done {
            followed.refused.push(Refused {
                action_id: action.id,
                reason,
            });
        }
    }
    tx.commit().await.doing(DOING)?;
    Ok(followed)
}

/// The actions that follow a run, in the order of the legacy executor.
async fn in_order<C: ConnectionTrait>(
    tx: &C,
    job: &jobs::Model,
) -> Result<Vec<conditional_actions::Model>, QueueError> {
    use conditional_actions::Column;
    let outcome = if is_success(tx, job).await? {
        Column::SuccessEventId
    } else {
        Column::FailEventId
    };
    let result = job.result.as_ref().and_then(Document::known);
    let condition = result.and_then(|result| result.condition) == Some(true);
    let columns = [
        Some(outcome),
        Some(Column::AlwaysEventId),
        condition.then_some(Column::ConditionEventId),
    ];
    let mut all: Vec<conditional_actions::Model> = Vec::new();
    for column in columns.into_iter().flatten() {
        let actions = conditional_actions::Entity::find()
            .filter(column.eq(job.event_id))
            .order_by_asc(Column::Id);
        for action in actions.all(tx).await.doing(DOING)? {
            // One that names the event twice comes once.
            if all.iter().all(|earlier| earlier.id != action.id) {
                all.push(action);
            }
        }
    }
    Ok(all)
}

/// Whether a run that is over succeeded, on all of its servers.
pub(crate) async fn is_success<C: ConnectionTrait>(tx: &C, job: &jobs::Model) -> Result<bool, QueueError> {
    if job.status != JobStatus::Completed {
        return Ok(false);
    }
    let Some(log) = log_of(job) else { return Ok(true) };
    let log = logs::Entity::find_by_id(log).one(tx).await.doing(DOING)?;
    Ok(log.is_none_or(|log| log.status != LogStatus::Partial))
}

/// What is wrong with actions that run an event, by their ids.
async fn faults<C: ConnectionTrait>(tx: &C) -> Result<HashMap<i32, Fault>, QueueError> {
    let scripts = conditional_actions::Entity::find()
        .filter(conditional_actions::Column::Type.eq(Stored::from(ConditionalActionType::Script)));
    let scripts = scripts.all(tx).await.doing(DOING)?;
    // A key holds the targets to events that are there.
    Ok(follow_ups::faults(&scripts, |_| true).into_iter().collect())
}

async fn run<C: ConnectionTrait>(
    tx: &C,
    world: &impl World,
    job: &jobs::Model,
    action: &conditional_actions::Model,
    fault: Option<&Fault>,
) -> Result<Result<Created, Reason>, QueueError> {
    if let Some(fault) = fault {
        return Ok(Err(Reason::Fault(fault.clone())));
    }
    let Some(target) = action.target_event_id else {
        return Ok(Err(Reason::Fault(Fault::NoTarget)));
    };
    match create_in(tx, world, &NewJob::after(target, job)).await {
        Ok(created) => Ok(Ok(created)),
        Err(error @ QueueError::Database { .. }) => Err(error),
        Err(refused) => Ok(Err(Reason::Queue(refused))),
    }
}

async fn message<C: ConnectionTrait>(
    tx: &C,
    job: &jobs::Model,
    action: &conditional_actions::Model,
) -> Result<Result<Message, Reason>, QueueError> {
    let event = events::Entity::find_by_id(job.event_id).one(tx).await.doing(DOING)?;
    let event = event.ok_or(QueueError::NoEvent(job.event_id))?;
    let tool: Option<(i32, Stored<ToolType>)> = match action.tool_id {
        None => None,
        Some(id) => {
            let tool = tool_credentials::Entity::find_by_id(id)
                .select_only()
                .columns([tool_credentials::Column::Id, tool_credentials::Column::Type])
                .into_tuple();
            tool.one(tx).await.doing(DOING)?
        }
    };
    let kind = tool.as_ref().map(|(_, kind)| kind);
    let message = FollowUp::from(action).message(kind, &event.name);
    Ok(match (message, &tool) {
        (Ok(message), Some((tool_id, _))) => Ok(Message {
            action_id: action.id,
            tool_id: *tool_id,
            message,
        }),
        (Ok(_), None) => Err(Reason::Unsendable(Unsendable::NoTool)),
        (Err(reason), _) => Err(Reason::Unsendable(reason)),
    })
}
