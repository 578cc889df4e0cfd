//! `templates` → `tool_action_templates`: message templates become sets of parameters for the actions that send.

mod defaults;
mod message;
mod successor;

use async_trait::async_trait;
use entity::{
    legacy::templates::{self, Column as Template},
    tools::tool_action_templates::{self, Column as Successor},
};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, Select,
    sea_query::{Condition, Expr, ExprTrait as _, Func, JoinType, Query, SelectStatement},
};
use seawright::data::{Batch, DataError, DataMigration, Invariant, Outcome, Undo, ledger::moved};

pub use defaults::{DEFAULT_TEMPLATES, DefaultTemplates};
use successor::{NAME_LENGTH, is_successor, successor};

/// The name of the step that makes tool action templates of the templates.
pub const TEMPLATES: &str = "m20261122_134827_templates";

/// Makes a tool action template of every e-mail, Slack and Discord template.
///
/// The new rows get new ids: those of the templates are referred to by nothing. Templates of another type have no action
/// that they could become and go into quarantine.
#[derive(Clone, Copy, Debug)]
pub struct TemplatesToToolActionTemplates;

#[async_trait]
impl DataMigration for TemplatesToToolActionTemplates {
    type Source = templates::Entity;

    fn pending(&self) -> Select<templates::Entity> {
        templates::Entity::find()
    }

    fn moves_out(&self) -> bool {
        true
    }

    async fn migrate(&self, batch: &mut Batch<'_, Self::Source>) -> Result<(), DataError> {
        batch.delete_previous::<tool_action_templates::Entity>().await?;
        let (mut rows, mut successors) = (Vec::new(), Vec::new());
        for (row, made) in batch.rows().iter().map(successor).enumerate().collect::<Vec<_>>() {
            match made {
                Ok(made) => {
                    rows.push(row);
                    successors.push(made);
                }
                Err(reason) => batch.quarantined(row, reason),
            }
        }
        let inserted = batch.insert_returning(successors).await?;
        for (row, inserted) in rows.into_iter().zip(inserted) {
            // No database promises the order of RETURNING, though all keep it. A template must not get another's id.
            let template = &batch.rows()[row];
            if !is_successor(&inserted, template) {
                return Err(DataError::Failed(format!(
                    "the database returned the inserted templates in another order: `{}` in the place of `{}`",
                    inserted.name, template.name
                )));
            }
            batch.migrated(row, inserted.id);
        }
        Ok(())
    }

    fn invariants(&self) -> Vec<Invariant> {
        vec![
            Invariant::none("a migrated template without its successor", without_successor()),
            Invariant::none("a tool action template that two templates became", shared_successors()),
            Invariant::none(
                "a migrated template whose successor has another owner or another type, or is the system's where it was not",
                estranged(),
            ),
            Invariant::none(
                "a migrated template with a name longer than its column",
                successors()
                    .and_where(Expr::from(Func::char_length(Successor::Name.into_expr())).gt(NAME_LENGTH))
                    .take(),
            ),
        ]
    }

    async fn undo(&self, undo: &Undo<'_>) -> Result<(), DataError> {
        undo.delete_targets::<tool_action_templates::Entity>().await.map(drop)
    }
}

/// The templates that are still there and became something, joined with what the ledger says that they became.
fn migrated() -> SelectStatement {
    Query::select()
        .column((templates::Entity, Template::Id))
        .from(templates::Entity)
        .join(
            JoinType::InnerJoin,
            moved::Entity,
            Condition::all()
                .add(Expr::col((moved::Entity, moved::Column::SourceTable)).eq("templates"))
                .add(Expr::col((moved::Entity, moved::Column::Outcome)).eq(Outcome::Migrated))
                .add(Expr::col((moved::Entity, moved::Column::RowKey)).eq(Template::Id.into_expr().cast_as("text"))),
        )
        .take()
}

/// What a ledger entry's template became.
fn is_target() -> Expr {
    Expr::col((moved::Entity, moved::Column::TargetKey)).eq(Successor::Id.into_expr().cast_as("text"))
}

/// The migrated templates, joined with their successors.
fn successors() -> SelectStatement {
    migrated()
        .join(JoinType::InnerJoin, tool_action_templates::Entity, is_target())
        .take()
}

/// As many successors as migrated templates: none lacks its own.
fn without_successor() -> SelectStatement {
    migrated()
        .join(JoinType::LeftJoin, tool_action_templates::Entity, is_target())
        .and_where(Successor::Id.is_null())
        .take()
}

fn shared_successors() -> SelectStatement {
    Query::select()
        .column(moved::Column::TargetKey)
        .from(moved::Entity)
        .and_where(moved::Column::SourceTable.eq("templates"))
        .and_where(moved::Column::Outcome.eq(Outcome::Migrated))
        .group_by_col(moved::Column::TargetKey)
        .and_having(Expr::col(sea_orm::sea_query::Asterisk).count().gt(1))
        .take()
}

fn estranged() -> SelectStatement {
    let no_owner = Expr::val("");
    let owner = |column: Expr| Func::coalesce([column, no_owner.clone()]);
    successors()
        .cond_where(
            Condition::any()
                .add(Expr::from(owner(Template::UserId.into_expr())).ne(owner(Successor::UserId.into_expr())))
                .add(Template::Type.into_expr().ne(Successor::ToolType.into_expr()))
                .add(
                    Template::IsSystemTemplate
                        .into_expr()
                        .ne(Successor::IsSystemTemplate.into_expr()),
                ),
        )
        .take()
}
