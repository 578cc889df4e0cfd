//! What columns hold.

use sea_orm::{DeriveValueType, entity::prelude::*};

/// Where a parcel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum ParcelStatus {
    /// With its sender.
    #[sea_orm(string_value = "announced")]
    Announced,
    /// On its way.
    #[sea_orm(string_value = "sent")]
    Sent,
}

/// A weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeriveValueType)]
pub struct Grams(pub i32);

impl Grams {
    /// Whether a letter carrier takes it along.
    pub fn is_light(self) -> bool {
        self.0 < 1000
    }
}
