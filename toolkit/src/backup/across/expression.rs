//! An expression as one database printed it, in words that both take.
//!
//! Only what means the same to both is let through. `LIKE` is not: SQLite compares it without case.

use sqlparser::{
    ast::{
        Array, BinaryOperator, CaseWhen, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident,
        InTarget, UnaryOperator, Value,
    },
    dialect::{PostgreSqlDialect, SQLiteDialect},
    parser::Parser,
};

use crate::{
    ddl::{quote, quote_text},
    schema::{DataType, Dialect, Table},
};

/// Functions with the same name, arguments and meaning.
const FUNCTIONS: [&str; 11] = [
    "abs", "coalesce", "length", "lower", "ltrim", "nullif", "replace", "round", "rtrim", "trim", "upper",
];

/// The expression in words that the other database takes; none where there are none.
pub(super) fn translated(text: &str, table: &Table, from: Dialect) -> Option<String> {
    let postgres = PostgreSqlDialect {};
    let sqlite = SQLiteDialect {};
    let parser = match from {
        Dialect::Sqlite => Parser::new(&sqlite),
        _ => Parser::new(&postgres),
    };
    let mut parser = parser.try_with_sql(text).ok()?;
    let expression = parser.parse_expr().ok()?;
    let at_end = parser.peek_token().token == sqlparser::tokenizer::Token::EOF;
    at_end.then(|| Printer { table }.print(&expression)).flatten()
}

struct Printer<'t> {
    table: &'t Table,
}

impl Printer<'_> {
    fn print(&self, expression: &Expr) -> Option<String> {
        let all = |list: &[Expr]| -> Option<Vec<String>> { list.iter().map(|one| self.print(one)).collect() };
        Some(match expression {
            Expr::Identifier(name) => quote(self.column(name)?),
            Expr::Value(value) => literal(&value.value)?,
            Expr::Nested(inner) => format!("({})", self.print(inner)?),
            // A column and a constant have their types from the column.
            Expr::Cast { expr, data_type, .. } if is_plain(&data_type.to_string()) => self.print(expr)?,
            Expr::IsNull(inner) => format!("{} IS NULL", self.print(inner)?),
            Expr::IsNotNull(inner) => format!("{} IS NOT NULL", self.print(inner)?),
            Expr::UnaryOp { op, expr }
                if matches!(op, UnaryOperator::Not | UnaryOperator::Minus | UnaryOperator::Plus) =>
            {
                format!("{op} {}", self.print(expr)?)
            }
            Expr::BinaryOp { left, op, right } if is_common(op) => {
                let (left_text, right_text) = (self.print(left)?, self.print(right)?);
                let left_text = self.as_boolean(left, right).unwrap_or(left_text);
                let right_text = self.as_boolean(right, left).unwrap_or(right_text);
                format!("{left_text} {op} {right_text}")
            }
            Expr::In {
                expr,
                target: InTarget::List(list),
                negated,
                global: false,
            } => {
                let not = if *negated { "NOT " } else { "" };
                format!("{} {not}IN ({})", self.print(expr)?, all(list)?.join(", "))
            }
            Expr::Between {
                expr,
                negated,
                low,
                high,
            } => {
                let not = if *negated { "NOT " } else { "" };
                format!(
                    "{} {not}BETWEEN {} AND {}",
                    self.print(expr)?,
                    self.print(low)?,
                    self.print(high)?
                )
            }
            // PostgreSQL prints IN so.
            Expr::AnyOp {
                left,
                compare_op: BinaryOperator::Eq,
                right,
                ..
            } => format!("{} IN ({})", self.print(left)?, all(list_of(right)?)?.join(", ")),
            Expr::AllOp {
                left,
                compare_op: BinaryOperator::NotEq,
                right,
            } => format!("{} NOT IN ({})", self.print(left)?, all(list_of(right)?)?.join(", ")),
            Expr::Case {
                operand,
                conditions,
                else_result,
                ..
            } => self.case(operand.as_deref(), conditions, else_result.as_deref())?,
            Expr::Function(function) => self.function(function)?,
            _ => return None,
        })
    }

    fn case(&self, operand: Option<&Expr>, conditions: &[CaseWhen], otherwise: Option<&Expr>) -> Option<String> {
        let mut text = "CASE".to_owned();
        if let Some(operand) = operand {
            text += &format!(" {}", self.print(operand)?);
        }
        for when in conditions {
            text += &format!(
                " WHEN {} THEN {}",
                self.print(&when.condition)?,
                self.print(&when.result)?
            );
        }
        if let Some(otherwise) = otherwise {
            text += &format!(" ELSE {}", self.print(otherwise)?);
        }
        Some(text + " END")
    }

    fn function(&self, function: &Function) -> Option<String> {
        let name = function.name.to_string().to_ascii_lowercase();
        let arguments = match &function.args {
            FunctionArguments::None => Vec::new(),
            FunctionArguments::List(list) if list.clauses.is_empty() && list.duplicate_treatment.is_none() => list
                .args
                .iter()
                .map(|argument| match argument {
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(inner)) => self.print(inner),
                    _ => None,
                })
                .collect::<Option<_>>()?,
            _ => return None,
        };
        let is_moment = ["current_timestamp", "current_date", "current_time"].contains(&name.as_str());
        if is_moment && arguments.is_empty() {
            return Some(name.to_ascii_uppercase());
        }
        if name == "now" && arguments.is_empty() {
            return Some("CURRENT_TIMESTAMP".into());
        }
        let is_plain = function.filter.is_none() && function.over.is_none() && function.within_group.is_empty();
        (is_plain && FUNCTIONS.contains(&name.as_str())).then(|| format!("{name}({})", arguments.join(", ")))
    }

    fn column(&self, name: &Ident) -> Option<&str> {
        let columns = self.table.column_names();
        let same = columns.iter().find(|column| **column == name.value);
        same.or_else(|| {
            columns
                .iter()
                .find(|column| name.quote_style.is_none() && column.eq_ignore_ascii_case(&name.value))
        })
        .copied()
    }

    /// A constant 0 or 1 as the truth value that it is beside a column of those: SQLite has no other.
    fn as_boolean(&self, constant: &Expr, beside: &Expr) -> Option<String> {
        let Expr::Identifier(name) = beside else { return None };
        let column = self.table.column(self.column(name)?)?;
        let Expr::Value(value) = constant else { return None };
        match (&column.data_type, &value.value) {
            (DataType::Boolean, Value::Number(number, _)) if number == "1" => Some("TRUE".into()),
            (DataType::Boolean, Value::Number(number, _)) if number == "0" => Some("FALSE".into()),
            _ => None,
        }
    }
}

fn is_common(op: &BinaryOperator) -> bool {
    use BinaryOperator as Op;
    matches!(
        op,
        Op::Plus
            | Op::Minus
            | Op::Multiply
            | Op::Divide
            | Op::Modulo
            | Op::StringConcat
            | Op::Gt
            | Op::Lt
            | Op::GtEq
            | Op::LtEq
            | Op::Eq
            | Op::NotEq
            | Op::And
            | Op::Or
    )
}

/// Whether a cast to that type only says what the value is anyway.
fn is_plain(data_type: &str) -> bool {
    let lower = data_type.to_ascii_lowercase();
    let word = lower.split('(').next().unwrap_or_default().trim();
    [
        "text",
        "character varying",
        "varchar",
        "integer",
        "bigint",
        "smallint",
        "boolean",
        "numeric",
        "double precision",
    ]
    .contains(&word.trim_end_matches("[]"))
}

fn literal(value: &Value) -> Option<String> {
    Some(match value {
        Value::Number(number, _) => number.clone(),
        Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => quote_text(text),
        Value::Boolean(true) => "TRUE".into(),
        Value::Boolean(false) => "FALSE".into(),
        Value::Null => "NULL".into(),
        _ => return None,
    })
}

/// The elements of `ARRAY[…]`, in parentheses and casts.
fn list_of(expression: &Expr) -> Option<&[Expr]> {
    match expression {
        Expr::Nested(inner) => list_of(inner),
        Expr::Cast { expr, .. } => list_of(expr),
        Expr::Array(Array { elem, .. }) => Some(elem),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Column;

    fn table() -> Table {
        Table {
            columns: vec![
                Column::new("status", DataType::Varchar(Some(20))),
                Column::new("n", DataType::Integer),
                Column::new("Shared", DataType::Boolean),
            ],
            ..Table::default()
        }
    }

    #[test]
    fn what_postgresql_prints_is_said_for_both() {
        for (from, into) in [
            ("((status)::text = 'queued'::text)", "((\"status\") = 'queued')"),
            (
                "((status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
                "((\"status\") IN ('a', 'b'))",
            ),
            ("((n > 0) AND (n IS NOT NULL))", "((\"n\" > 0) AND (\"n\" IS NOT NULL))"),
            ("(NOT \"Shared\")", "(NOT \"Shared\")"),
            ("lower((status)::text)", "lower((\"status\"))"),
            ("(n * 2)", "(\"n\" * 2)"),
            ("now()", "CURRENT_TIMESTAMP"),
        ] {
            assert_eq!(
                translated(from, &table(), Dialect::Postgres).as_deref(),
                Some(into),
                "{from}"
            );
        }
    }

    #[test]
    fn what_sqlite_keeps_is_said_for_both() {
        for (from, into) in [
            ("\"status\" = 'queued'", "\"status\" = 'queued'"),
            ("shared = 1 AND STATUS <> ''", "\"Shared\" = TRUE AND \"status\" <> ''"),
        ] {
            assert_eq!(
                translated(from, &table(), Dialect::Sqlite).as_deref(),
                Some(into),
                "{from}"
            );
        }
    }

    #[test]
    fn what_means_two_things_is_not_said() {
        for text in [
            "status ~ '^a'",
            "status LIKE 'a%'",
            "gone > 1",
            "jsonb_typeof(status) = 'array'",
            "(n)::inet = n",
            "n > 0; DROP TABLE a",
            "(SELECT 1)",
        ] {
            assert_eq!(translated(text, &table(), Dialect::Postgres), None, "{text}");
        }
    }
}
