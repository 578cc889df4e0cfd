//! What was migrated out of a table that went is there under its new key.

use data_migrations::{CONDITIONAL_EVENTS, TEMPLATES};
use entity::{
    events::conditional_actions::{self, Column as Action},
    tools::tool_action_templates::{self, Column as Template},
};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _,
    sea_query::{Alias, Expr, ExprTrait as _, Query, SelectStatement},
};
use seawright::{
    data::{
        Outcome,
        ledger::moved::{Column as Moved, Entity as Rows},
    },
    verify::Check,
};

pub(super) fn checks() -> Vec<Check> {
    let action = Query::select()
        .expr(Expr::cust("1"))
        .from(conditional_actions::Entity)
        .and_where(Action::Id.into_expr().cast_as("text").eq(Moved::TargetKey.into_expr()))
        .take();
    // An action that would go on for ever is taken out, and kept whole itself.
    let taken_out = Query::select()
        .expr(Expr::cust("1"))
        .from_as(Rows, Alias::new("kept"))
        .and_where(Expr::col(("kept", Moved::SourceTable)).eq("conditional_actions"))
        .and_where(Expr::col(("kept", Moved::RowKey)).eq(Moved::TargetKey.into_expr()))
        .take();
    let template = Query::select()
        .expr(Expr::cust("1"))
        .from(tool_action_templates::Entity)
        .and_where(
            Template::Id
                .into_expr()
                .cast_as("text")
                .eq(Moved::TargetKey.into_expr()),
        )
        .take();
    vec![
        there(
            "conditional_events",
            CONDITIONAL_EVENTS,
            "conditional_actions",
            vec![action, taken_out],
        ),
        there("templates", TEMPLATES, "tool_action_templates", vec![template]),
    ]
}

/// Every row that the step migrated is one of these.
fn there(source: &str, step: &str, target: &str, ways: Vec<SelectStatement>) -> Check {
    let mut lost = Rows::find()
        .filter(Moved::Step.eq(step))
        .filter(Moved::Outcome.eq(Outcome::Migrated));
    for way in ways {
        lost = lost.filter(Expr::exists(way).not());
    }
    Check::none(
        format!("rows:{source}"),
        format!("every row of `{source}` that was migrated is in `{target}`, or in quarantine"),
        lost,
    )
    .showing([Moved::TargetKey])
    .help(format!("the row is kept whole in seawright_data_rows.row_json; one that a person has deleted from `{target}` is meant to be gone"))
}
