//! The program that `sea-orm-cli migrate` runs; `cargo run -p migration -- up` is the same.

use std::process::ExitCode;

use seawright::history::History;

fn main() -> ExitCode {
    seawright::history::stock_of(History::of::<migration::Migrator>().locked(migration::LOCK))
}
