//! What the rules ask the world outside for.

use std::{future::Future, time::Duration};

use aes_gcm::aead::Generate as _;
use sea_orm::prelude::DateTime;
use thiserror::Error;

/// The time and chance that the rules work with. They ask nobody else, so a test can say what both are.
pub trait World: Send + Sync {
    /// The time, in UTC.
    fn now(&self) -> DateTime;

    /// 64 bits that nobody can foretell. Jobs get their identifiers from them.
    fn random(&self) -> u64;

    /// 32 bytes to make a secret of, from the operating system. Not made of [`random`](Self::random): who implements that
    /// with a cheap generator should lose the order of his jobs by it, not his users' accounts.
    ///
    /// # Errors
    /// [`NoRandomness`] where the operating system has none to give.
    fn secret(&self) -> Result<[u8; 32], NoRandomness> {
        <[u8; 32]>::try_generate().map_err(|_| NoRandomness)
    }

    /// Lets a while pass, for a rule that waits for somebody else.
    fn pause(&self, span: Duration) -> impl Future<Output = ()> + Send {
        tokio::time::sleep(span)
    }
}

/// The operating system gave no randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the operating system gave no randomness, so no secret can be made; try again")]
pub struct NoRandomness;
