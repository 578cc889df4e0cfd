//! `seawright verify`: every claim about a database, with the query that would refute it and what it found.

use std::{process::ExitCode, sync::Arc, time::Duration};

use serde::Serialize;

use super::{Context, args::VerifyArgs, built::built};
use crate::{
    history::{Error, Result, table},
    introspect::introspect,
    verify::{
        Check, Flow, Options,
        flows::{NOTHING_STAYS, run_flows},
        general, verify,
    },
};

#[derive(Serialize)]
struct Listed<'c> {
    name: &'c str,
    claim: &'c str,
}

pub(super) async fn run(context: &Context, args: VerifyArgs) -> Result<ExitCode> {
    let Chosen {
        checks,
        flows,
        asks_what_stays,
    } = chosen(context, &args).await?;
    if args.list {
        let mut listed: Vec<Listed<'_>> = checks
            .iter()
            .map(|check| Listed {
                name: check.name(),
                claim: check.claim(),
            })
            .collect();
        listed.extend(flows.iter().map(|flow| Listed {
            name: flow.name(),
            claim: flow.claim(),
        }));
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
    run_flows(&db, &flows, asks_what_stays, options.timeout, &mut verification).await?;
    verification.whole = context.verbose();
    context.output().result(verification.to_string(), &verification)?;
    Ok(if verification.holds() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(3)
    })
}

/// What was asked for.
struct Chosen {
    checks: Vec<Check>,
    flows: Vec<Box<dyn Flow>>,
    asks_what_stays: bool,
}

async fn chosen(context: &Context, args: &VerifyArgs) -> Result<Chosen> {
    let declared = context.declared()?;
    let is_of_schema = |name: &String| name.starts_with("schema");
    let asks_schema = args.only.is_empty() || args.only.iter().any(is_of_schema);
    let of_schema = if args.list || !asks_schema {
        // Nothing is asked, so it needs not be as a database prints it.
        Arc::new(declared.clone())
    } else {
        let live = introspect(&context.connect().await?).await?;
        Arc::new(built(context, &context.url(), &declared, &live).await?)
    };
    let mut checks = general::of_schema(&of_schema);
    checks.extend(general::of_rows(&declared));
    checks.extend(context.project().own_checks()?);
    let mut flows = if args.flows { own_flows(context)? } else { Vec::new() };
    let is_named = |name: &str, by: &String| by == name || name.split(':').next() == Some(by);
    let mut all: Vec<&str> = checks.iter().map(Check::name).collect();
    all.extend(flows.iter().map(|flow| flow.name()));
    all.extend(args.flows.then_some(NOTHING_STAYS));
    for by in args.only.iter().chain(&args.except) {
        if !all.iter().any(|name| is_named(name, by)) {
            let flows = if by.starts_with("flows") && !args.flows {
                "; those of flows want --flows"
            } else {
                ""
            };
            return Err(Error::Usage(format!(
                "there is no check `{by}`; `seawright verify --list` names them{flows}"
            )));
        }
    }
    let is_asked = |name: &str| {
        let is_asked = args.only.is_empty() || args.only.iter().any(|by| is_named(name, by));
        is_asked && !args.except.iter().any(|by| is_named(name, by))
    };
    checks.retain(|check| is_asked(check.name()));
    flows.retain(|flow| is_asked(flow.name()));
    if checks.is_empty() && flows.is_empty() {
        return Err(Error::Usage(
            "nothing is left to be asked: --except takes away all that --only names".into(),
        ));
    }
    Ok(Chosen {
        checks,
        asks_what_stays: !flows.is_empty() && !args.except.iter().any(|by| is_named(NOTHING_STAYS, by)),
        flows,
    })
}

fn own_flows(context: &Context) -> Result<Vec<Box<dyn Flow>>> {
    let flows = context.project().own_flows()?;
    if flows.is_empty() {
        return Err(Error::Usage(
            "this project names no flows; give them to `.flows(…)` in its `main`".into(),
        ));
    }
    Ok(flows)
}
