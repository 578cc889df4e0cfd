//! The Rust of expressions.

use super::code::Code;
use crate::schema::{Comparison, Expression, Literal};

impl Code<'_> {
    /// An expression where a plain value will do.
    pub(super) fn value(&self, table: &str, expression: &Expression) -> String {
        match expression {
            Expression::Literal(value) => literal(value),
            other => self.expression(table, other),
        }
    }

    pub(super) fn expression(&self, table: &str, expression: &Expression) -> String {
        let of = |inner: &Expression| self.expression(table, inner);
        let list = |values: &[Literal]| format!("[{}]", values.iter().map(literal).collect::<Vec<_>>().join(", "));
        let chain = |parts: &[Expression], word: &str| {
            parts
                .iter()
                .map(of)
                .reduce(|left, right| format!("{left}.{word}({right})"))
                .unwrap_or_else(|| format!("Expr::val({})", word == "and"))
        };
        match expression {
            Expression::Literal(Literal::Null) => "Expr::cust(\"NULL\")".into(),
            Expression::Literal(value) => format!("Expr::val({})", literal(value)),
            Expression::Column(name) => format!("Expr::col({})", self.idents.column_path(table, name)),
            Expression::CurrentTimestamp => "Expr::current_timestamp()".into(),
            Expression::CurrentDate => "Expr::current_date()".into(),
            Expression::CurrentTime => "Expr::current_time()".into(),
            Expression::Now => "ddl::now(manager)".into(),
            Expression::Compare(left, comparison, right) => {
                let method = match comparison {
                    Comparison::Eq => "eq",
                    Comparison::Ne => "ne",
                    Comparison::Lt => "lt",
                    Comparison::Lte => "lte",
                    Comparison::Gt => "gt",
                    Comparison::Gte => "gte",
                };
                format!("{}.{method}({})", of(left), self.value(table, right))
            }
            Expression::In(inner, values) => format!("{}.is_in({})", of(inner), list(values)),
            Expression::NotIn(inner, values) => format!("{}.is_not_in({})", of(inner), list(values)),
            Expression::IsNull(inner) => format!("{}.is_null()", of(inner)),
            Expression::IsNotNull(inner) => format!("{}.is_not_null()", of(inner)),
            Expression::And(parts) => chain(parts, "and"),
            Expression::Or(parts) => chain(parts, "or"),
            Expression::Not(inner) => format!("{}.not()", of(inner)),
            Expression::Function(name, arguments) => {
                let arguments: String = arguments
                    .iter()
                    .map(|argument| format!(".arg({})", of(argument)))
                    .collect();
                format!("Expr::from(Func::cust({name:?}){arguments})")
            }
            Expression::Sql(sql) => format!("Expr::cust({sql:?})"),
        }
    }
}

fn literal(value: &Literal) -> String {
    match value {
        Literal::Null => "Expr::cust(\"NULL\")".into(),
        Literal::Bool(value) => value.to_string(),
        Literal::Int(value) => {
            let suffix = if i32::try_from(*value).is_ok() { "" } else { "_i64" };
            grouped(*value) + suffix
        }
        Literal::Double(value) => format!("{value:?}"),
        Literal::Text(value) => format!("{value:?}"),
    }
}

/// A number as Rust wants it read: `9_000_000`, `12345`.
fn grouped(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digits.len() > 5 && (digits.len() - at).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    if value < 0 { format!("-{text}") } else { text }
}
