//! The edges between a workflow's nodes.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;

use super::{ConnectionType, workflow_nodes, workflows};
use crate::values::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "workflow_connections")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub workflow_id: i32,
    pub source_node_id: i32,
    pub target_node_id: i32,
    #[sea_orm(default_value = "ALWAYS")]
    pub connection_type: Stored<ConnectionType>,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub created_at: DateTime,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub updated_at: DateTime,

    #[sea_orm(belongs_to, from = "workflow_id", to = "id", on_delete = "Cascade")]
    pub workflow: BelongsTo<workflows::Entity>,
    #[sea_orm(
        belongs_to,
        relation_enum = "SourceNode",
        from = "source_node_id",
        to = "id",
        on_delete = "Cascade"
    )]
    pub source_node: BelongsTo<workflow_nodes::Entity>,
    #[sea_orm(
        belongs_to,
        relation_enum = "TargetNode",
        from = "target_node_id",
        to = "id",
        on_delete = "Cascade"
    )]
    pub target_node: BelongsTo<workflow_nodes::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
