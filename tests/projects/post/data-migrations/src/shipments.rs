//! Every parcel that was sent gets its shipment.

use async_trait::async_trait;
use entity::{
    ParcelStatus,
    sending::{
        parcels::{self, Column as Parcel},
        shipments,
    },
};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, Select, Set,
    sea_query::{Query, SelectStatement},
};
use seawright::data::{Batch, DataError, DataMigration, Invariant};

/// The step that makes the shipments.
pub const SHIPMENTS: &str = "m20261124_130000_shipments";

/// Makes a shipment of every parcel that was sent.
#[derive(Clone, Copy, Debug)]
pub struct ParcelsToShipments;

#[async_trait]
impl DataMigration for ParcelsToShipments {
    type Source = parcels::Entity;

    fn pending(&self) -> Select<parcels::Entity> {
        parcels::Entity::find()
            .filter(Parcel::Status.eq(ParcelStatus::Sent))
            .filter(Parcel::Id.not_in_subquery(shipped()))
    }

    async fn migrate(&self, batch: &mut Batch<'_, Self::Source>) -> Result<(), DataError> {
        let made: Vec<_> = batch.rows().iter().map(shipment).collect();
        batch.insert(made).await
    }

    fn invariants(&self) -> Vec<Invariant> {
        let strangers = Query::select()
            .column(shipments::Column::Id)
            .from(shipments::Entity)
            .and_where(
                shipments::Column::ParcelId
                    .not_in_subquery(Query::select().column(Parcel::Id).from(parcels::Entity).take()),
            )
            .take();
        vec![Invariant::none("a shipment without a parcel", strangers)]
    }
}

fn shipped() -> SelectStatement {
    Query::select()
        .column(shipments::Column::ParcelId)
        .from(shipments::Entity)
        .take()
}

fn shipment(parcel: &parcels::Model) -> shipments::ActiveModel {
    shipments::ActiveModel {
        id: Set(100 + parcel.id),
        parcel_id: Set(parcel.id),
        grams: Set(parcel.weight),
        by_hand: Set(parcel.weight.is_light()),
        remark: Set(parcel.note.clone()),
    }
}
