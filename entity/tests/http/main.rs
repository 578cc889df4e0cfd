//! What speaks HTTP, with servers on the machine itself: OAuth, webhooks, and what may be called at all.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

#[macro_use]
#[path = "../rules/support.rs"]
#[expect(dead_code, reason = "the rules need more of it")]
mod support;

#[path = "../rules/oauth_support.rs"]
#[expect(dead_code, reason = "the rules need more of it")]
mod oauth_support;

mod addresses;
mod answers;
mod courier;
mod flow;
mod guard;
mod idp;
mod revocations;
mod server;
mod tls;

use std::{env, future::Future, process::Command, sync::OnceLock, time::Duration};

use entity::http::{Client, Policy};

/// A client that may call the machine itself.
fn client() -> Client {
    static CLIENT: OnceLock<Client> = OnceLock::new();
    CLIENT
        .get_or_init(|| Client::new(Policy::public().allow_loopback()).unwrap())
        .clone()
}

/// What comes long before the client would give up by itself, where it was told to wait less.
async fn soon<T>(outcome: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(15), outcome).await.unwrap()
}

/// Runs another test of this binary alone, with an environment of its own.
fn again(test: &str, environment: &[(&str, &str)]) {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([test, "--exact", "--ignored", "--nocapture"]);
    command.envs(environment.iter().copied());
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && told.contains("1 passed"),
        "{told}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
