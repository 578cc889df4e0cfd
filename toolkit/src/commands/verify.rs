//! `seawright verify`: every claim about a database, with the query that would refute it and what it found.

use std::{process::ExitCode, sync::Arc, time::Duration};

use serde::Serialize;

use super::{Context, args::VerifyArgs, source::built};
use crate::{
    history::{Error, Result, table},
    verify::{Check, Options, general, verify},
};

#[derive(Serialize)]
struct Listed<'c> {
    name: &'c str,
    claim: &'c str,
}

pub(super) async fn run(context: &Context, args: VerifyArgs) -> Result<ExitCode> {
    let checks = chosen(context, &args).await?;
    if args.list {
        let listed: Vec<Listed<'_>> = checks
            .iter()
            .map(|check| Listed {
                name: check.name(),
                claim: check.claim(),
            })
            .collect();
        let rows: Vec<Vec<String>> = listed
            .iter()
            .map(|check| vec![check.name.to_owned(), check.claim.to_owned()])
            .collect();
        context.output().result(table(&rows, &[]), &listed)?;
        return Ok(ExitCode::SUCCESS);
    }
    let db = context.connect().await?;
    let options = Options {
        timeout: Duration::from_secs(args.timeout),
        workers: usize::from(args.workers),
    };
    let mut verification = verify(&db, checks, options).await?;
    verification.whole = context.verbose();
    context.output().result(verification.to_string(), &verification)?;
    Ok(if verification.holds() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(3)
    })
}

/// The checks that were asked for.
async fn chosen(context: &Context, args: &VerifyArgs) -> Result<Vec<Check>> {
    let declared = context.declared()?;
    let is_of_schema = |name: &String| name.starts_with("schema");
    let asks_schema = args.only.is_empty() || args.only.iter().any(is_of_schema);
    let of_schema = if args.list || !asks_schema {
        // Nothing is asked, so it needs not be as a database prints it.
        Arc::new(declared.clone())
    } else {
        Arc::new(built(context, &context.url(), &declared).await?)
    };
    let mut checks = general::of_schema(&of_schema);
    checks.extend(general::of_rows(&declared));
    checks.extend(context.project().own_checks()?);
    let is_named = |name: &String, check: &Check| name == check.name() || name == check.subject();
    for name in args.only.iter().chain(&args.except) {
        if !checks.iter().any(|check| is_named(name, check)) {
            return Err(Error::Usage(format!(
                "there is no check `{name}`; `seawright verify --list` names them"
            )));
        }
    }
    checks.retain(|check| {
        let is_asked = args.only.is_empty() || args.only.iter().any(|name| is_named(name, check));
        is_asked && !args.except.iter().any(|name| is_named(name, check))
    });
    Ok(checks)
}
