//! `seawright data pause`, `resume` and `cancel`: a word to a run from another terminal.

use std::process::ExitCode;

use sea_orm::{
    ActiveEnum as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _, sea_query::Expr,
};

use super::known;
use crate::{
    commands::Context,
    data::{
        DataError,
        ledger::{
            self,
            runs::{self, Control, RunState},
        },
    },
    history::{Error, Result},
};

/// What is asked of a run.
#[derive(Clone, Copy)]
pub(super) enum Wish {
    Pause,
    Resume,
    Cancel,
}

pub(super) async fn run(context: &Context, step: Option<String>, wish: Wish) -> Result<ExitCode> {
    let db = context.connect().await?;
    known(context, &db, step.as_deref()).await?;
    let (control, said) = match wish {
        Wish::Pause => (
            Control::Pause,
            "waits after the batch that it is at; `seawright data resume` has it go on",
        ),
        Wish::Resume => (Control::Go, "goes on"),
        Wish::Cancel => (
            Control::Cancel,
            "ends after the batch that it is at; `seawright data run` goes on from there",
        ),
    };
    let mut open = Vec::new();
    if ledger::is_installed(&db).await? {
        let mut select = runs::Entity::find().filter(runs::Column::State.eq(RunState::Running));
        let mut update = runs::Entity::update_many()
            .col_expr(runs::Column::Control, Expr::value(control.to_value()))
            .filter(runs::Column::State.eq(RunState::Running));
        if let Some(step) = &step {
            select = select.filter(runs::Column::Step.eq(step.as_str()));
            update = update.filter(runs::Column::Step.eq(step.as_str()));
        }
        open = select
            .select_only()
            .column(runs::Column::Step)
            .into_tuple::<String>()
            .all(&db)
            .await?;
        update.exec(&db).await?;
    }
    if open.is_empty() {
        return Err(Error::Data(DataError::Failed(match step {
            Some(step) => format!("no run of `{step}` is open"),
            None => "no data step is running".to_owned(),
        })));
    }
    let text: String = open.iter().map(|step| format!("{step} {said}\n")).collect();
    context.output().result(
        text,
        &serde_json::json!({ "steps": open, "control": control.to_value() }),
    )?;
    Ok(ExitCode::SUCCESS)
}
