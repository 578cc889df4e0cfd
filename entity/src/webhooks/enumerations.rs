//! What the columns of webhooks may hold.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// How far a delivery is (`webhook_deliveries.status`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(50))", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// It has not been tried yet.
    Pending,
    /// The receiver answered with a 2xx status.
    Success,
    /// The last attempt failed; where it is due it will be tried again.
    Failed,
    /// All attempts failed, or the webhook is not to be called any more: a dead letter.
    Dead,
}
