//! schema × schema → plan.
//!
//! Pure functions: no database, no dialect, no clock. What a person has to decide comes in through a [`Questioner`].

mod alike;
mod apply;
mod change;
mod compare;
mod decide;
mod in_steps;
mod order;
mod plan;
mod text;
mod unmanaged;

#[cfg(feature = "migrate")]
pub(crate) use alike::{likeness, same_column, same_key};
pub use apply::apply;
pub use change::{Change, ConstraintKind};
pub use compare::diff;
pub use decide::{DecisionError, Decisions, Question, Questioner, Undecided};
pub use in_steps::{InStepsError, in_steps};
pub use plan::Plan;
#[cfg(feature = "migrate")]
pub(crate) use unmanaged::complete;
