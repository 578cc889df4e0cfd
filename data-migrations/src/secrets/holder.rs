//! Tables that hold secrets.

use entity::vault::{Context, Place};
use sea_orm::{
    ActiveModelTrait, EntityTrait, FromQueryResult, IdenStatic, IntoActiveModel, ModelTrait as _, Value,
    sea_query::{Condition, Expr},
};
use seawright::data::DataError;

/// A table that holds secrets, in columns of type [`Sealed`](entity::values::Sealed), in rows with an integer key.
pub trait HoldsSecrets:
    EntityTrait<
        Model: FromQueryResult + IntoActiveModel<Self::ActiveModel> + Send + Sync + Clone,
        ActiveModel: Send,
        Column: IdenStatic,
    >
{
    /// The primary key.
    const ID: Self::Column;
    /// What the owner of a row is known by.
    const OWNER: Self::Column;
    /// The secrets, and what their values are bound to.
    const SECRETS: &'static [(Self::Column, Place)];

    /// The rows whose other columns say what is not true of the secret. Both are given as expressions: whether it is
    /// sealed, and whether it is absent.
    fn untrue(sealed: Expr, absent: Expr) -> Option<Condition> {
        let _ = (sealed, absent);
        None
    }

    /// Has the other columns say what is true once the secret is sealed, or absent.
    fn mend(row: &Self::Model, change: &mut Self::ActiveModel, sealed: bool) {
        let _ = (row, change, sealed);
    }

    /// What a person should know of a secret. It must not repeat it.
    fn remark(secret: &str) -> Option<&'static str> {
        let _ = secret;
        None
    }
}

/// The primary key of a row.
pub(super) fn id_of<E: HoldsSecrets>(row: &E::Model) -> Result<i32, DataError> {
    match row.get(E::ID) {
        Value::Int(Some(id)) => Ok(id),
        _ => Err(unexpected::<E>(E::ID)),
    }
}

/// The context of a row's secret.
pub(super) fn context_of<E: HoldsSecrets>(row: &E::Model, place: Place) -> Result<Context, DataError> {
    match row.get(E::OWNER) {
        Value::Int(Some(owner)) => Ok(place.of(owner)),
        Value::String(Some(owner)) => Ok(place.of(owner)),
        _ => Err(unexpected::<E>(E::OWNER)),
    }
}

/// A row's secret as it is stored, if it has one.
pub(super) fn stored_in<E: HoldsSecrets>(row: &E::Model, column: E::Column) -> Option<String> {
    match row.get(column) {
        Value::String(text) => text.filter(|text| !text.is_empty()),
        _ => None,
    }
}

/// A change of the row with that key that changes nothing yet.
pub(super) fn change_of<E: HoldsSecrets>(id: i32) -> E::ActiveModel {
    let mut change = <E::ActiveModel as ActiveModelTrait>::default();
    change.set(E::ID, id.into());
    change
}

fn unexpected<E: HoldsSecrets>(column: E::Column) -> DataError {
    DataError::Failed(format!(
        "`{}.{}` is neither a number nor a text",
        E::default().table_name(),
        column.as_str()
    ))
}
