//! `seawright up`: apply pending steps, data steps included.

use std::process::ExitCode;

use super::{Context, args::UpArgs, backup::first, lint::answered, stop_on_interrupt};
use crate::history::{Result, Runner, rehearsed, report_text};

pub(super) async fn run(context: &Context, args: UpArgs) -> Result<ExitCode> {
    if args.dry_run {
        return dry_run(context, &args).await;
    }
    let db = context.connect().await?;
    let options = args.running.options();
    stop_on_interrupt(&options.stop);
    let runner = Runner::new(&db, context.history()?)?;
    first(
        context,
        &db,
        &args.first,
        "up",
        runner.would_change(args.num, args.to.as_deref()).await?,
    )
    .await?;
    let report = options.scope(runner.up(args.num, args.to.as_deref())).await?;
    context.output().result(report_text(&report, "applied"), &report)?;
    Ok(ExitCode::SUCCESS)
}

async fn dry_run(context: &Context, args: &UpArgs) -> Result<ExitCode> {
    let answered = answered(context);
    let told = if let Some(dialect) = args.dialect {
        rehearsed(
            None,
            dialect.into(),
            context.history()?,
            args.num,
            args.to.as_deref(),
            &answered,
        )
        .await?
    } else {
        let db = context.connect().await?;
        let dialect = crate::emit::dialect(db.get_database_backend());
        rehearsed(
            Some(&db),
            dialect,
            context.history()?,
            args.num,
            args.to.as_deref(),
            &answered,
        )
        .await?
    };
    context.output().result(told.to_string(), &told)?;
    Ok(ExitCode::SUCCESS)
}
