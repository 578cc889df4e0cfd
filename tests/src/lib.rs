//! What the whole-workspace tests stand on: a database of its own for every test, and observers that are not ours.
//!
//! ```ignore
//! on_every_database! {
//!     /// A behaviour, said once; `cargo test` runs `name::postgres` and `name::sqlite`.
//!     async fn name(db: TestDb) {
//!         let connection = db.connect().await;
//!         // …
//!     }
//! }
//! ```
//!
//! `./test` at the root finds or starts a PostgreSQL server and tells the tests by `SEAWRIGHT_TEST_POSTGRES_URL`.
#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "code of tests: a panic is how a test fails"
)]

mod dump;
mod test_db;

pub use dump::{psql, psql_dump, sqlite_dump};
pub use test_db::{TestDb, skips_postgres};
#[doc(hidden)]
pub use tokio;

/// Makes one test of an async function for every database: a module of the function's name with `postgres` and `sqlite`.
///
/// The function takes a [`TestDb`], which is dropped when it ends or panics. Several functions may stand in one call.
#[macro_export]
macro_rules! on_every_database {
    ($($(#[$attribute:meta])* async fn $name:ident($db:ident: TestDb) $body:block)+) => {$(
        $(#[$attribute])*
        mod $name {
            #[allow(unused_imports, reason = "what the function needs is its own affair")]
            use super::*;

            async fn run($db: $crate::TestDb) $body

            $crate::on_database!(postgres, run);
            $crate::on_database!(sqlite, run);
        }
    )+};
}

/// Makes a test of an async function for PostgreSQL only.
#[macro_export]
macro_rules! on_postgres {
    ($($(#[$attribute:meta])* async fn $name:ident($db:ident: TestDb) $body:block)+) => {$(
        $(#[$attribute])*
        mod $name {
            #[allow(unused_imports, reason = "what the function needs is its own affair")]
            use super::*;

            async fn run($db: $crate::TestDb) $body

            $crate::on_database!(postgres, run);
        }
    )+};
}

/// Makes a test of an async function for SQLite only.
#[macro_export]
macro_rules! on_sqlite {
    ($($(#[$attribute:meta])* async fn $name:ident($db:ident: TestDb) $body:block)+) => {$(
        $(#[$attribute])*
        mod $name {
            #[allow(unused_imports, reason = "what the function needs is its own affair")]
            use super::*;

            async fn run($db: $crate::TestDb) $body

            $crate::on_database!(sqlite, run);
        }
    )+};
}

/// Makes the test of `$run` on one database.
#[doc(hidden)]
#[macro_export]
macro_rules! on_database {
    (postgres, $run:ident) => {
        #[test]
        fn postgres() {
            if !$crate::skips_postgres() {
                $crate::block_on(async { $run($crate::TestDb::postgres().await).await });
            }
        }
    };
    (sqlite, $run:ident) => {
        #[test]
        fn sqlite() {
            $crate::block_on($run($crate::TestDb::sqlite()));
        }
    };
}

/// Runs a test's future on a runtime of its own.
#[doc(hidden)]
pub fn block_on(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be built")
        .block_on(test);
}
