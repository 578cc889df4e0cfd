//! Remarks without the blanks around them.

mod words;

use async_trait::async_trait;
use entity::prelude::*;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, Select};
use seawright::data::{Batch, DataError, DataMigration};

/// The step that tidies the remarks.
pub const STEP: &str = "m20261124_130001_remarks";

/// Takes the blanks before remarks away.
#[derive(Clone, Copy, Debug)]
pub struct Remarks;

#[async_trait]
impl DataMigration for Remarks {
    type Source = shipments::Entity;

    fn pending(&self) -> Select<shipments::Entity> {
        shipments::Entity::find().filter(shipments::Column::Remark.like(" %"))
    }

    async fn migrate(&self, batch: &mut Batch<'_, shipments::Entity>) -> Result<(), DataError> {
        let tidied: Vec<_> = batch.rows().iter().map(words::tidied).collect();
        batch.update(tidied).await.map(drop)
    }
}
