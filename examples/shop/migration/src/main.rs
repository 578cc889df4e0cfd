//! The program that `sea-orm-cli migrate` runs; `cargo run -p shop-migration -- up` is the same.

use std::process::ExitCode;

fn main() -> ExitCode {
    seawright::history::stock::<shop_migration::Migrator>()
}
