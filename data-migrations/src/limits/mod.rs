//! One row where the rules of limits look for one. No key said so, and Cronium made more.
//!
//! The one that was written last stays; the others are kept whole in the ledger.

mod all_tools;
mod buckets;

pub use all_tools::{ONE_QUOTA, OneQuota};
pub use buckets::{ONE_BUCKET, OneBucket};

use sea_orm::{
    EntityTrait,
    sea_query::{Condition, Expr, ExprTrait as _, Query, SelectStatement},
};

/// The ids of rows of which a later one says the same: that has `same` columns equal, and a greater id.
fn superseded<E: EntityTrait>(id: E::Column, same: E::Column, within: &Condition) -> SelectStatement {
    let last = Query::select()
        .column((E::default(), same))
        .expr_as(Expr::col((E::default(), id)).max(), "last")
        .from(E::default())
        .cond_where(within.clone())
        .group_by_col((E::default(), same))
        .take();
    Query::select()
        .column((E::default(), id))
        .from(E::default())
        .join_subquery(
            sea_orm::JoinType::InnerJoin,
            last,
            "kept",
            Expr::col((E::default(), same)).equals(("kept", same)),
        )
        .cond_where(within.clone())
        .and_where(Expr::col((E::default(), id)).lt(Expr::col(("kept", "last"))))
        .take()
}
