//! Tables that hold secrets.

use std::fmt::Debug;

use entity::vault::{Context, Place};
use sea_orm::{
    ActiveModelTrait, EntityName as _, EntityTrait, FromQueryResult, IdenStatic, IntoActiveModel, ModelTrait as _,
    Value,
    sea_query::{Condition, Expr},
};
use seawright::data::DataError;

/// An entity whose rows can be sealed.
pub trait SecretTable:
    EntityTrait<
        Model: FromQueryResult + IntoActiveModel<Self::ActiveModel> + Send + Sync + Clone,
        ActiveModel: Send,
        Column: IdenStatic,
    >
{
}

impl<E> SecretTable for E where
    E: EntityTrait<
            Model: FromQueryResult + IntoActiveModel<Self::ActiveModel> + Send + Sync + Clone,
            ActiveModel: Send,
            Column: IdenStatic,
        >
{
}

/// The description of a table that holds secrets, in columns of type [`Sealed`](entity::values::Sealed), in rows with an
/// integer key.
///
/// It is a type of its own and not the entity, because a table has more than one: that of the step which first sealed it,
/// over the entity of that day, and that of the rotation, over the entity of today.
pub trait HoldsSecrets: Clone + Debug + Send + Sync + 'static {
    /// The table.
    type Table: SecretTable;
    /// The primary key.
    const ID: ColumnOf<Self>;
    /// What the owner of a row is known by.
    const OWNER: ColumnOf<Self>;
    /// The secrets, and what their values are bound to.
    const SECRETS: &'static [(ColumnOf<Self>, Place)];

    /// The rows whose other columns say what is not true of the secret. Both are given as expressions: whether it is
    /// sealed, and whether it is absent.
    fn untrue(sealed: Expr, absent: Expr) -> Option<Condition> {
        let _ = (sealed, absent);
        None
    }

    /// Has the other columns say what is true once the secret is sealed, or absent.
    fn mend(row: &RowOf<Self>, change: &mut ChangeOf<Self>, sealed: bool) {
        let _ = (row, change, sealed);
    }

    /// What a person should know of a secret. It must not repeat it.
    fn remark(secret: &str) -> Option<&'static str> {
        let _ = secret;
        None
    }
}

/// A row of the table.
pub type RowOf<S> = <<S as HoldsSecrets>::Table as EntityTrait>::Model;
/// A change of a row.
pub type ChangeOf<S> = <<S as HoldsSecrets>::Table as EntityTrait>::ActiveModel;
/// A column of the table.
pub type ColumnOf<S> = <<S as HoldsSecrets>::Table as EntityTrait>::Column;

/// The primary key of a row.
pub(super) fn id_of<S: HoldsSecrets>(row: &RowOf<S>) -> Result<i32, DataError> {
    match row.get(S::ID) {
        Value::Int(Some(id)) => Ok(id),
        _ => Err(unexpected::<S>(S::ID)),
    }
}

/// The context of a row's secret.
pub(super) fn context_of<S: HoldsSecrets>(row: &RowOf<S>, place: Place) -> Result<Context, DataError> {
    match row.get(S::OWNER) {
        Value::Int(Some(owner)) => Ok(place.of(owner)),
        Value::String(Some(owner)) => Ok(place.of(owner)),
        _ => Err(unexpected::<S>(S::OWNER)),
    }
}

/// A row's secret as it is stored, if it has one.
pub(super) fn stored_in<S: HoldsSecrets>(row: &RowOf<S>, column: ColumnOf<S>) -> Option<String> {
    match row.get(column) {
        Value::String(text) => text.filter(|text| !text.is_empty()),
        _ => None,
    }
}

/// A change of the row with that key that changes nothing yet.
pub(super) fn change_of<S: HoldsSecrets>(id: i32) -> ChangeOf<S> {
    let mut change = <ChangeOf<S> as ActiveModelTrait>::default();
    change.set(S::ID, id.into());
    change
}

fn unexpected<S: HoldsSecrets>(column: ColumnOf<S>) -> DataError {
    DataError::Failed(format!(
        "`{}.{}` is neither a number nor a text",
        S::Table::default().table_name(),
        column.as_str()
    ))
}
