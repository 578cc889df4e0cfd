//! Expressions: defaults, index filters, checks.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A constant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Literal {
    /// SQL's NULL.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Double(f64),
    /// Text; also JSON, dates and everything else that is written in quotes.
    Text(String),
}

/// How two expressions are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// `=`
    Eq,
    /// `<>`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Lte,
    /// `>`
    Gt,
    /// `>=`
    Gte,
}

/// An expression, as a tree where Seawright knows its parts, and as the author's own SQL where it does not.
///
/// Two expressions are only ever compared when both came from entities or from the lock file: a database prints
/// its own spelling, and texts of two sources are never held against each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expression {
    /// A constant.
    Literal(Literal),
    /// A column of the same table.
    Column(String),
    /// `CURRENT_TIMESTAMP`.
    CurrentTimestamp,
    /// `CURRENT_DATE`.
    CurrentDate,
    /// `CURRENT_TIME`.
    CurrentTime,
    /// `now()`; the same moment as `CURRENT_TIMESTAMP`, and written so where a database has no such function.
    Now,
    /// A comparison of two expressions.
    Compare(Box<Expression>, Comparison, Box<Expression>),
    /// `IN` a list of constants.
    In(Box<Expression>, Vec<Literal>),
    /// `NOT IN` a list of constants.
    NotIn(Box<Expression>, Vec<Literal>),
    /// `IS NULL`.
    IsNull(Box<Expression>),
    /// `IS NOT NULL`.
    IsNotNull(Box<Expression>),
    /// All hold.
    And(Vec<Expression>),
    /// At least one holds.
    Or(Vec<Expression>),
    /// Does not hold.
    Not(Box<Expression>),
    /// A function's call.
    Function(String, Vec<Expression>),
    /// SQL as its author wrote it.
    Sql(String),
}

impl Expression {
    /// A text constant.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Literal(Literal::Text(text.into()))
    }

    /// Whether the value is the same whenever the statement runs: a constant.
    pub fn is_constant(&self) -> bool {
        matches!(self, Self::Literal(_))
    }

    /// Whether the expression names the column. SQL of its author's is searched for the word: names in double quotes as
    /// they are, the others in any case, texts in single quotes not at all.
    pub fn mentions(&self, column: &str) -> bool {
        match self {
            Self::Sql(sql) => {
                names(sql).any(|(name, is_quoted)| name == column || (!is_quoted && name.eq_ignore_ascii_case(column)))
            }
            Self::Column(name) => name == column,
            Self::Compare(left, _, right) => left.mentions(column) || right.mentions(column),
            Self::In(inner, _)
            | Self::NotIn(inner, _)
            | Self::IsNull(inner)
            | Self::IsNotNull(inner)
            | Self::Not(inner) => inner.mentions(column),
            Self::And(parts) | Self::Or(parts) | Self::Function(_, parts) => {
                parts.iter().any(|part| part.mentions(column))
            }
            Self::Literal(_) | Self::CurrentTimestamp | Self::CurrentDate | Self::CurrentTime | Self::Now => false,
        }
    }

    /// Calls the function on every column's name in the expression, so that a rename can follow into it.
    pub fn rename_column(&mut self, from: &str, to: &str) {
        match self {
            Self::Column(name) if name == from => to.clone_into(name),
            Self::Compare(left, _, right) => {
                left.rename_column(from, to);
                right.rename_column(from, to);
            }
            Self::In(inner, _)
            | Self::NotIn(inner, _)
            | Self::IsNull(inner)
            | Self::IsNotNull(inner)
            | Self::Not(inner) => {
                inner.rename_column(from, to);
            }
            Self::And(parts) | Self::Or(parts) | Self::Function(_, parts) => {
                for part in parts {
                    part.rename_column(from, to);
                }
            }
            _ => {}
        }
    }
}

/// The names in a text of SQL, and whether each stands in double quotes.
fn names(sql: &str) -> impl Iterator<Item = (String, bool)> {
    let mut found = Vec::new();
    let mut letters = sql.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => while letters.next().is_some_and(|letter| letter != '\'') {},
            '"' => found.push((letters.by_ref().take_while(|letter| *letter != '"').collect(), true)),
            _ if letter.is_alphabetic() || letter == '_' => {
                let mut name = String::from(letter);
                while let Some(next) = letters.next_if(|next| next.is_alphanumeric() || matches!(next, '_' | '$')) {
                    name.push(next);
                }
                found.push((name, false));
            }
            _ => {}
        }
    }
    found.into_iter()
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("NULL"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Double(value) => write!(f, "{value:?}"),
            Self::Text(value) => write!(f, "'{}'", value.replace('\'', "''")),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Eq => "=",
            Self::Ne => "<>",
            Self::Lt => "<",
            Self::Lte => "<=",
            Self::Gt => ">",
            Self::Gte => ">=",
        })
    }
}

/// For people: standard SQL without quoted names. The dialects print their own.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, values: &[Literal]| {
            let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
            write!(f, "({})", texts.join(", "))
        };
        let join = |f: &mut fmt::Formatter<'_>, parts: &[Self], word: &str| {
            let texts: Vec<String> = parts.iter().map(|part| format!("({part})")).collect();
            f.write_str(&texts.join(word))
        };
        match self {
            Self::Literal(value) => value.fmt(f),
            Self::Column(name) => f.write_str(name),
            Self::CurrentTimestamp => f.write_str("CURRENT_TIMESTAMP"),
            Self::CurrentDate => f.write_str("CURRENT_DATE"),
            Self::CurrentTime => f.write_str("CURRENT_TIME"),
            Self::Now => f.write_str("now()"),
            Self::Compare(left, comparison, right) => write!(f, "{left} {comparison} {right}"),
            Self::In(inner, values) => {
                write!(f, "{inner} IN ")?;
                list(f, values)
            }
            Self::NotIn(inner, values) => {
                write!(f, "{inner} NOT IN ")?;
                list(f, values)
            }
            Self::IsNull(inner) => write!(f, "{inner} IS NULL"),
            Self::IsNotNull(inner) => write!(f, "{inner} IS NOT NULL"),
            Self::And(parts) => join(f, parts, " AND "),
            Self::Or(parts) => join(f, parts, " OR "),
            Self::Not(inner) => write!(f, "NOT ({inner})"),
            Self::Function(name, arguments) => {
                let texts: Vec<String> = arguments.iter().map(ToString::to_string).collect();
                write!(f, "{name}({})", texts.join(", "))
            }
            Self::Sql(sql) => f.write_str(sql),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_found_by_its_whole_name() {
        let sql = |text: &str| Expression::Sql(text.into());
        assert!(sql("(price * 2)").mentions("price"));
        assert!(sql("(PRICE * 2)").mentions("price"));
        assert!(sql(r#"lower("Full Name")"#).mentions("Full Name"));
        assert!(!sql(r#"lower("Price")"#).mentions("price"));
        assert!(!sql("(prices * 2)").mentions("price"));
        assert!(!sql("(a || 'price')").mentions("price"));
        assert!(!sql("(a || 'it''s price')").mentions("price"));
    }
}
