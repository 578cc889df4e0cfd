//! What a run tells while it runs.

use std::{future::Future, sync::Arc};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "event", rename_all = "snake_case", rename_all_fields = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// A step of the history begins.
    StepStarted {
        /// The step.
        step: String,
    },
    /// A step of the history is applied or taken back.
    StepDone {
        /// The step.
        step: String,
        /// How long it took.
        milliseconds: u64,
    },
    /// Another run is under way, and is waited for.
    Locked {
        /// Whose it is, if that is known.
        holder: Option<String>,
    },
    /// A data step begins.
    DataStarted {
        /// The step.
        step: String,
        /// The rows that need it.
        pending: u64,
    },
    /// A batch is committed.
    Batch {
        /// The step.
        step: String,
        /// The rows done since the step began.
        done: u64,
        /// The rows that needed it when it began.
        total: u64,
        /// The rows of this batch.
        rows: u64,
        /// How long it took, in milliseconds.
        milliseconds: u64,
    },
    /// A batch failed because of the time it took or of others at work, and is tried again, smaller.
    Retried {
        /// The step.
        step: String,
        /// Why.
        reason: String,
    },
    /// A run waits.
    Held {
        /// The step.
        step: String,
        /// For what.
        why: String,
    },
    /// The program's runtime has one thread, so that nobody can look after the statements of a step, see [`UNWATCHED`].
    Unwatched {
        /// The step.
        step: String,
    },
    /// A row cannot be migrated and is kept whole.
    Quarantined {
        /// The step.
        step: String,
        /// The table.
        table: String,
        /// The row's key.
        key: String,
        /// Why.
        reason: String,
    },
    /// A row is migrated and a person should look at it.
    Noted {
        /// The step.
        step: String,
        /// The table.
        table: String,
        /// The row's key.
        key: String,
        /// What there is to see.
        note: String,
    },
}

/// What it means that a step is not watched.
pub const UNWATCHED: &str = "this program's runtime has one thread, so its statements are not watched one by one: a lock of the run \
    that is lost is noticed at the step's end only, and a failure does not say at which statement. Use tokio's \
    multi-threaded runtime";

/// Hears what happens.
pub trait Listener: Send + Sync {
    /// Called for each event, in order.
    fn hear(&self, event: &Event);
}

tokio::task_local! {
    static LISTENER: Arc<dyn Listener>;
}

/// Runs a future whose data steps tell that listener what happens.
pub async fn listening<F: Future>(listener: Arc<dyn Listener>, future: F) -> F::Output {
    LISTENER.scope(listener, future).await
}

/// Whoever listens here, for a task that is spawned.
pub(super) fn listener() -> Option<Arc<dyn Listener>> {
    LISTENER.try_with(Arc::clone).ok()
}

/// Tells whoever listens; a migration has no other way to speak.
pub(crate) fn tell(event: &Event) {
    let _ = LISTENER.try_with(|listener| listener.hear(event));
}
