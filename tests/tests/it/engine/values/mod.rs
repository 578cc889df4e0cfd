//! What becomes of every value of every row when a plan is played: the net under the cases and the law.
//!
//! A schema gets rows whose values stand at the edges of their types ([`edges`]). Each row is put into a database of the
//! schema as it is and, as text, into one built directly as it will be ([`filling`]): what both take and give back is
//! safe, and [`kept`] says what must then be found after `up`, after `down` and after `up` again. What only the first
//! takes does not fit, and the change has to refuse it.

mod edges;
mod filling;
mod fits;
mod kept;
mod lineage;
mod rows;

pub(crate) use edges::Dice;
pub(crate) use filling::{Filled, fill, read_all};
pub(crate) use kept::{Player, refuses, there_and_back};
pub(crate) use lineage::Lineage;
