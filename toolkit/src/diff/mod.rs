//! schema × schema → plan.
//!
//! Pure functions: no database, no dialect, no clock. What a person has to decide comes in through a [`Questioner`].

mod alike;
mod apply;
mod change;
mod compare;
mod conversion;
mod decide;
mod fit;
mod in_steps;
mod order;
mod plan;
mod text;
mod typed;
mod unmanaged;

#[cfg(feature = "migrate")]
pub(crate) use alike::{likeness, same_column, same_key};
pub use apply::apply;
pub use change::{Change, ConstraintKind};
pub use compare::diff;
pub use conversion::{Conversion, Loss, OnLoss};
#[cfg(feature = "cli")]
pub(crate) use decide::answers;
pub use decide::{Counted, DecisionError, Decisions, Question, Questioner, Undecided};
pub use fit::{Fit, fit, needs_zone};
#[cfg(feature = "migrate")]
pub(crate) use fit::{base, is_bytes, is_moment, is_text, known, range};
pub use in_steps::{InStepsError, in_steps};
pub use plan::Plan;
#[cfg(feature = "cli")]
pub(crate) use typed::of_column as typed;
#[cfg(feature = "migrate")]
pub(crate) use unmanaged::complete;
