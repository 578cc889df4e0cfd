//! What happens after an event: the successor of the legacy table `conditional_events`, with the same columns.
//!
//! One of the first four event columns names the event that is followed, and says by its name when.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;
use seawright::declare::{Spec, TableSpec};

use super::{ConditionalActionType, events};
use crate::{tools::tool_credentials, values::Stored};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "conditional_actions")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub r#type: Stored<ConditionalActionType>,
    /// A copy of `email_addresses` where the REST API wrote the row.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub value: Option<String>,
    /// The event after whose success this happens.
    pub success_event_id: Option<i32>,
    /// The event after whose failure this happens.
    pub fail_event_id: Option<i32>,
    /// The event after which this happens in any case.
    pub always_event_id: Option<i32>,
    /// The event after which this happens if its script set the condition.
    pub condition_event_id: Option<i32>,
    /// The event that is run, for the type `SCRIPT`.
    pub target_event_id: Option<i32>,
    /// The tool that sends, for the type `SEND_MESSAGE`.
    pub tool_id: Option<i32>,
    #[sea_orm(column_type = "Text")]
    pub message: Option<String>,
    /// Separated by commas.
    #[sea_orm(column_type = "Text")]
    pub email_addresses: Option<String>,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub email_subject: Option<String>,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub created_at: DateTime,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub updated_at: DateTime,

    #[sea_orm(belongs_to, relation_enum = "SuccessEvent", from = "success_event_id", to = "id")]
    pub success_event: BelongsTo<Option<events::Entity>>,
    #[sea_orm(belongs_to, relation_enum = "FailEvent", from = "fail_event_id", to = "id")]
    pub fail_event: BelongsTo<Option<events::Entity>>,
    #[sea_orm(belongs_to, relation_enum = "AlwaysEvent", from = "always_event_id", to = "id")]
    pub always_event: BelongsTo<Option<events::Entity>>,
    #[sea_orm(belongs_to, relation_enum = "ConditionEvent", from = "condition_event_id", to = "id")]
    pub condition_event: BelongsTo<Option<events::Entity>>,
    #[sea_orm(belongs_to, relation_enum = "TargetEvent", from = "target_event_id", to = "id")]
    pub target_event: BelongsTo<Option<events::Entity>>,
    #[sea_orm(belongs_to, from = "tool_id", to = "id")]
    pub tool: BelongsTo<Option<tool_credentials::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}

impl TableSpec for Entity {
    fn spec(table: &mut Spec<Self>) {
        table.index("idx_conditional_actions_success_event_id", [Column::SuccessEventId]);
        table.index("idx_conditional_actions_fail_event_id", [Column::FailEventId]);
        table.index("idx_conditional_actions_always_event_id", [Column::AlwaysEventId]);
        table.index("idx_conditional_actions_condition_event_id", [Column::ConditionEventId]);
        table.index("idx_conditional_actions_target_event_id", [Column::TargetEventId]);
    }
}
