//! What a script tells the runtime API while its job runs.

use sea_orm::{ActiveValue::Set, Condition, TransactionSession as _, TransactionTrait, prelude::DateTime};
use serde_json::Value as Json;

use super::{
    Deed, Doing as _, QueueError, begin,
    transitions::{By, keep_result, step},
};
use crate::{
    World,
    jobs::{JobId, JobResult, jobs},
    values::{Document, without_nul},
};

/// Keeps the output that a script hands to the runtime API; a later one takes the place of an earlier one.
///
/// # Errors
/// [`QueueError::NoJob`], [`QueueError::State`] unless the job is running, [`QueueError::Database`].
pub async fn report_output<C: TransactionTrait>(
    db: &C,
    world: &impl World,
    job: &JobId,
    output: Json,
) -> Result<(), QueueError> {
    report(db, world, job, |result, at| {
        result.output = Some(without_nul(&output));
        result.output_timestamp = Some(at);
    })
    .await
}

/// Keeps what a script sets its condition to; a later value takes the place of an earlier one.
///
/// # Errors
/// As [`report_output`].
pub async fn report_condition<C: TransactionTrait>(
    db: &C,
    world: &impl World,
    job: &JobId,
    condition: bool,
) -> Result<(), QueueError> {
    report(db, world, job, |result, at| {
        result.condition = Some(condition);
        result.condition_timestamp = Some(at);
    })
    .await
}

async fn report<C: TransactionTrait>(
    db: &C,
    world: &impl World,
    job: &JobId,
    change: impl FnOnce(&mut JobResult, String) + Send,
) -> Result<(), QueueError> {
    const DOING: &str = "keeping what a script tells";
    let now = world.now();
    let tx = begin(db).await.doing(DOING)?;
    let touch = jobs::ActiveModel {
        updated_at: Set(now),
        ..Default::default()
    };
    let mut job = step(&tx, Deed::Report, job, By::System, Condition::all(), touch).await?;
    let mut result = job.result.take().and_then(Document::into_known).unwrap_or_default();
    change(&mut result, iso(now));
    keep_result(&tx, &mut job, Some(Document::Known(result))).await?;
    tx.commit().await.doing(DOING)?;
    Ok(())
}

/// As JavaScript writes a time.
pub(crate) fn iso(time: DateTime) -> String {
    time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
