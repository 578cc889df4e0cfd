//! The words of a remark.

use entity::sending;
use sea_orm::{Set, Unchanged};

pub(super) fn tidied(shipment: &sending::shipments::Model) -> sending::shipments::ActiveModel {
    let sending::shipments::Model { id, remark, .. } = shipment;
    sending::shipments::ActiveModel {
        id: Unchanged(*id),
        remark: Set(remark.as_deref().map(|remark| remark.trim_start().to_owned())),
        ..Default::default()
    }
}
