//! A step's panic as its error.

use std::{cell::Cell, panic::AssertUnwindSafe, task::Poll};

use sea_orm::DbErr;

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic on this thread now becomes a step's error.
#[cfg(feature = "cli")]
pub(crate) fn is_catching() -> bool {
    CATCHING.get()
}

/// Runs a step; its panic becomes an error, so that the transaction is rolled back and the message reaches the reader.
/// sea-query panics at what a database cannot have.
pub(super) async fn caught(step: impl Future<Output = Result<(), DbErr>>) -> Result<(), DbErr> {
    let mut step = std::pin::pin!(step);
    std::future::poll_fn(move |context| {
        CATCHING.set(true);
        let polled = std::panic::catch_unwind(AssertUnwindSafe(|| step.as_mut().poll(context)));
        CATCHING.set(false);
        polled.unwrap_or_else(|panic| {
            let text = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Poll::Ready(Err(DbErr::Migration(
                text.unwrap_or_else(|| "the step panicked".to_owned()),
            )))
        })
    })
    .await
}
