//! The command `seawright`, for Cronium.

use std::process::ExitCode;

fn main() -> ExitCode {
    seawright::cli::run(cli::project())
}
