//! How the values of a column get from one type to another.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::schema::Expression;

/// What becomes of values that do not fit into a column's new type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnLoss {
    /// The change is refused while there is one; nothing is cut, rounded or made up.
    #[default]
    Refuse,
    /// It loses what does not fit: the end of a text, digits behind the point, the time of day.
    Truncate,
    /// All values become what this SQL says of them.
    Map(String),
    /// Its row goes into quarantine, whole.
    Quarantine,
}

impl OnLoss {
    /// Reads the answer of a flag: `refuse`, `truncate`, `quarantine` or `map:SQL`.
    pub(super) fn read(text: &str) -> Option<Self> {
        Some(match text {
            "refuse" => Self::Refuse,
            "truncate" => Self::Truncate,
            "quarantine" => Self::Quarantine,
            _ => Self::Map(
                text.strip_prefix("map:")
                    .filter(|sql| !sql.trim().is_empty())?
                    .to_owned(),
            ),
        })
    }
}

impl fmt::Display for OnLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refuse => f.write_str("refuse"),
            Self::Truncate => f.write_str("truncate"),
            Self::Map(sql) => write!(f, "map:{sql}"),
            Self::Quarantine => f.write_str("quarantine"),
        }
    }
}

/// What was decided about the values of a column that changes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Conversion {
    /// What becomes of values that do not fit.
    #[serde(default, skip_serializing_if = "is_refusal")]
    pub on_loss: OnLoss,
    /// The time zone of moments without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// What rows get that have NULL, where none may have it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fill: Option<Expression>,
}

impl Conversion {
    /// Whether nothing was decided.
    pub(super) fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

fn is_refusal(on_loss: &OnLoss) -> bool {
    *on_loss == OnLoss::Refuse
}

/// What a change may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Nothing.
    Nothing,
    /// Values of rows that stay.
    Values,
    /// Rows.
    Rows,
}
