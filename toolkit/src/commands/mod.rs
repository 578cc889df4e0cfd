//! The command line, generic over the project: a file a command.

mod adopt;
mod args;
mod backup;
mod built;
mod check;
mod data;
mod diff;
mod down;
mod drift;
mod fresh;
mod generate;
mod history;
mod lint;
mod output;
mod progress;
mod project;
mod prompt;
mod refresh;
mod reset;
mod restore;
mod seed;
mod source;
mod squash;
mod status;
mod types;
mod up;
mod verify;
mod writing;

pub use args::Format;
pub use generate::render;
pub use output::Output;
pub use project::{Context, ExtraCommand, MakeFlows, Project};

use std::{process::ExitCode, sync::Arc};

use clap::{CommandFactory as _, FromArgMatches as _};

use self::args::{Args, Command};
use crate::{
    data::{Stop, progress::listening},
    history::{Error, Result},
};

/// Runs the command line of a project: its whole `main`.
///
/// Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a check found something, 4 a decision is needed.
pub fn run(project: Project) -> ExitCode {
    run_with(project, std::env::args_os())
}

/// As [`run`], with those arguments, the first of which is the program's name.
pub fn run_with(project: Project, arguments: impl IntoIterator<Item = std::ffi::OsString>) -> ExitCode {
    output::quiet_panics();
    let mut command = Args::command().name("seawright");
    for extra in project.extras() {
        command = command.subcommand(clap::Command::new(extra.name()).about(extra.about()));
    }
    let matches = command.get_matches_from(arguments);
    let extra = matches
        .subcommand_name()
        .and_then(|name| project.extras().iter().position(|extra| extra.name() == name));
    let args = match Args::from_arg_matches(&matches) {
        Ok(args) => Some(args),
        // A command of the project's own is none of ours.
        Err(_) if extra.is_some() => None,
        Err(error) => error.exit(),
    };
    let globals = args.as_ref().map_or_else(
        || args::Globals::from_arg_matches(&matches).unwrap_or_default(),
        |args| args.globals.clone(),
    );
    let output = Output::new(globals.format);
    let progress = globals.progress;
    let context = Context::new(project, globals, output);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = runtime
        .map_err(|error| Error::Usage(format!("no runtime: {error}")))
        .and_then(|runtime| {
            let listener = Arc::new(progress::Progress::new(progress));
            let command = async {
                match (extra, args) {
                    (Some(at), _) => context.project().extras()[at].run(&context).await,
                    (None, Some(args)) => Box::pin(dispatch(&context, args.command)).await,
                    (None, None) => Ok(ExitCode::from(2)),
                }
            };
            runtime.block_on(listening(
                listener,
                context.lock_policy().scope(context.waiting().scope(command)),
            ))
        });
    outcome.unwrap_or_else(|error| context.output().error(&error, context.verbose()))
}

/// Ends the run after the batch that it is at when the terminal asks for an end, and at once when it asks again.
fn stop_on_interrupt(stop: &Stop) {
    let stop = stop.clone();
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            if stop.is_asked() {
                std::process::exit(130);
            }
            stop.ask();
        }
    });
}

async fn dispatch(context: &Context, command: Command) -> Result<ExitCode> {
    match command {
        Command::Diff(args) => diff::run(context, args).await,
        Command::Generate(args) => generate::run(context, args).await,
        Command::Status(args) => status::run(context, args).await,
        Command::Up(args) => up::run(context, args).await,
        Command::Down(args) => down::run(context, args).await,
        Command::Fresh(args) => fresh::run(context, args).await,
        Command::Refresh => refresh::run(context).await,
        Command::Reset => reset::run(context).await,
        Command::Adopt(args) => adopt::run(context, args).await,
        Command::Check(args) => check::run(context, args).await,
        Command::Squash(args) => squash::run(context, args).await,
        Command::History(args) => history::run(context, args).await,
        Command::Lint(args) => lint::run(context, args).await,
        Command::Drift => drift::run(context).await,
        Command::Data(args) => data::run(context, args).await,
        Command::Verify(args) => verify::run(context, args).await,
        Command::Backup(args) => backup::run(context, args).await,
        Command::Restore(args) => restore::run(context, args).await,
        Command::Seed(args) => seed::run(context, args).await,
    }
}
