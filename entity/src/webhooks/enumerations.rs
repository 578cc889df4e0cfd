//! What the columns of webhooks may hold.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// How one delivery attempt ended (`webhook_deliveries.status`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(50))", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// The receiver answered with a 2xx status.
    Success,
    /// It did not.
    Failed,
}
