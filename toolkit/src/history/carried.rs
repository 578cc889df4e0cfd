//! What the books remember, in a database of another kind.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait as _, DbBackend, EntityTrait, Iterable as _, sea_query::ColumnType};

use super::{History, Result, ledger, reconcile, runner::Known};
use crate::data::ledger as data;

/// What a step sends, as one kind of database remembers it and as another one would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Carried {
    /// The step.
    pub(crate) step: String,
    /// Its checksum on the one kind.
    pub(crate) was: String,
    /// On the other one.
    pub(crate) meaning: String,
    /// What that was made from, a JSON list.
    pub(crate) statements: String,
}

/// The steps of a history, from one kind of database to another. A step that cannot be recorded on both is left out.
///
/// # Errors
/// As [`Runner::new`](super::Runner::new).
pub(crate) fn carried(history: History, from: DbBackend, into: DbBackend) -> Result<Vec<Carried>> {
    let (before, after) = (Known::all(history, from)?, Known::all(history, into)?);
    Ok(before
        .into_iter()
        .zip(after)
        .filter_map(|(before, after)| {
            Some(Carried {
                step: before.name().to_owned(),
                was: before.digests.meaning?,
                meaning: after.digests.meaning?,
                statements: after.digests.statements?,
            })
        })
        .collect())
}

/// The columns of the books with numbers of 64 bits, by table: SQLite tells them from others by nothing.
pub(crate) fn wide_columns(history: Option<History>) -> BTreeSet<(String, String)> {
    // The table of stock tools has no entity here.
    let stock = history.map_or_else(
        || "seaql_migrations".to_owned(),
        |history| (history.table)().to_string(),
    );
    let mut all = BTreeSet::from([(stock, "applied_at".to_owned())]);
    put::<ledger::Entity>(&mut all);
    put::<reconcile::ledger::Entity>(&mut all);
    put::<data::steps::Entity>(&mut all);
    put::<data::moved::Entity>(&mut all);
    put::<data::counts::Entity>(&mut all);
    put::<data::counters::Entity>(&mut all);
    put::<data::runs::Entity>(&mut all);
    put::<data::ranges::Entity>(&mut all);
    put::<data::images::Entity>(&mut all);
    put::<data::notes::Entity>(&mut all);
    put::<data::checks::Entity>(&mut all);
    all
}

fn put<E: EntityTrait>(all: &mut BTreeSet<(String, String)>) {
    let wide = E::Column::iter().filter(|column| *column.def().get_column_type() == ColumnType::BigInteger);
    all.extend(wide.map(|column| {
        let name = sea_orm::IdenStatic::as_str(&column).to_owned();
        (E::default().table_name().to_owned(), name)
    }));
}
