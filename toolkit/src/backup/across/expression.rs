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
    at_end
        .then(|| Printer { table }.print(&expression))
        .flatten()
        .map(|said| said.text)
}

/// How tightly a text holds together. The databases agree on this order, and on no finer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Hold {
    Or,
    And,
    Not,
    Compare,
    /// What one database binds before `*` and the other after `+`.
    Concat,
    Add,
    Multiply,
    Minus,
    Whole,
}

impl Hold {
    fn of(op: &BinaryOperator) -> Self {
        use BinaryOperator as Op;
        match op {
            Op::Or => Self::Or,
            Op::And => Self::And,
            Op::StringConcat => Self::Concat,
            Op::Plus | Op::Minus => Self::Add,
            Op::Multiply | Op::Divide | Op::Modulo => Self::Multiply,
            _ => Self::Compare,
        }
    }
}

/// A part in the words of both.
struct Said {
    text: String,
    hold: Hold,
}

impl Said {
    fn whole(text: String) -> Self {
        Self {
            text,
            hold: Hold::Whole,
        }
    }

    /// In parentheses where it would not hold together beside others.
    fn within(self, fits: impl Fn(Hold) -> bool) -> String {
        if fits(self.hold) {
            self.text
        } else {
            format!("({})", self.text)
        }
    }

    fn compared(self) -> String {
        self.within(|hold| hold > Hold::Compare)
    }
}

struct Printer<'t> {
    table: &'t Table,
}

impl Printer<'_> {
    /// Parentheses are set anew: PostgreSQL prints one around everything, and SQLite keeps what was written.
    fn print(&self, expression: &Expr) -> Option<Said> {
        let all = |list: &[Expr]| -> Option<String> {
            let list: Option<Vec<String>> = list.iter().map(|one| Some(self.print(one)?.text)).collect();
            Some(list?.join(", "))
        };
        let compare = |text: String| Said {
            text,
            hold: Hold::Compare,
        };
        Some(match expression {
            Expr::Identifier(name) => Said::whole(quote(self.column(name)?)),
            Expr::Value(value) => Said::whole(literal(&value.value)?),
            Expr::Nested(inner) => self.print(inner)?,
            Expr::Cast { expr, data_type, .. } => self.cast(expr, &data_type.to_string())?,
            Expr::IsNull(inner) => compare(format!("{} IS NULL", self.operand(inner)?.compared())),
            Expr::IsNotNull(inner) => compare(format!("{} IS NOT NULL", self.operand(inner)?.compared())),
            Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr,
            } => Said {
                text: format!("NOT {}", self.print(expr)?.within(|hold| hold == Hold::Whole)),
                hold: Hold::Not,
            },
            Expr::UnaryOp { op, expr } if matches!(op, UnaryOperator::Minus | UnaryOperator::Plus) => Said {
                text: format!("{op}{}", self.print(expr)?.within(|hold| hold == Hold::Whole)),
                hold: Hold::Minus,
            },
            Expr::BinaryOp { left, op, right } if is_common(op) => self.binary(left, op, right)?,
            Expr::In {
                expr,
                target: InTarget::List(list),
                negated,
                global: false,
            } => {
                let not = if *negated { "NOT " } else { "" };
                compare(format!("{} {not}IN ({})", self.operand(expr)?.compared(), all(list)?))
            }
            Expr::Between {
                expr,
                negated,
                low,
                high,
            } => {
                let not = if *negated { "NOT " } else { "" };
                compare(format!(
                    "{} {not}BETWEEN {} AND {}",
                    self.operand(expr)?.compared(),
                    self.operand(low)?.compared(),
                    self.operand(high)?.compared()
                ))
            }
            // PostgreSQL prints IN so.
            Expr::AnyOp {
                left,
                compare_op: BinaryOperator::Eq,
                right,
                ..
            } => compare(format!(
                "{} IN ({})",
                self.operand(left)?.compared(),
                all(self.list_of(right)?)?
            )),
            Expr::AllOp {
                left,
                compare_op: BinaryOperator::NotEq,
                right,
            } => compare(format!(
                "{} NOT IN ({})",
                self.operand(left)?.compared(),
                all(self.list_of(right)?)?
            )),
            Expr::Case {
                operand,
                conditions,
                else_result,
                ..
            } => Said::whole(self.case(operand.as_deref(), conditions, else_result.as_deref())?),
            Expr::Function(function) => Said::whole(self.function(function)?),
            _ => return None,
        })
    }

    /// A part of a comparison; none where without parentheses it reads in two ways.
    fn operand(&self, expression: &Expr) -> Option<Said> {
        let said = self.print(expression)?;
        (said.hold > Hold::Compare || matches!(expression, Expr::Nested(_))).then_some(said)
    }

    fn binary(&self, left: &Expr, op: &BinaryOperator, right: &Expr) -> Option<Said> {
        let hold = Hold::of(op);
        let text = match hold {
            Hold::Or | Hold::And => {
                let part = |one: Said| one.within(|inner| inner == hold || inner > Hold::And);
                format!("{} {op} {}", part(self.print(left)?), part(self.print(right)?))
            }
            Hold::Compare => {
                let (left_text, right_text) = (self.operand(left)?.compared(), self.operand(right)?.compared());
                let left_text = self.as_boolean(left, right).unwrap_or(left_text);
                let right_text = self.as_boolean(right, left).unwrap_or(right_text);
                format!("{left_text} {op} {right_text}")
            }
            _ => {
                // A whole number as a broken one divides otherwise.
                let is_cast = |one: &Expr| matches!(bare(one), Expr::Cast { .. });
                if matches!(op, BinaryOperator::Divide | BinaryOperator::Modulo) && (is_cast(left) || is_cast(right)) {
                    return None;
                }
                let (left_said, right_said) = (self.print(left)?, self.print(right)?);
                let is_mixed = |said: &Said, one: &Expr| {
                    let is_open = !matches!(one, Expr::Nested(_)) && said.hold < Hold::Minus;
                    is_open && (said.hold == Hold::Concat) != (hold == Hold::Concat)
                };
                if is_mixed(&left_said, left) || is_mixed(&right_said, right) {
                    return None;
                }
                let fits = |inner: Hold| match hold {
                    Hold::Concat => inner == Hold::Concat || inner > Hold::Multiply,
                    _ => inner >= hold,
                };
                format!(
                    "{} {op} {}",
                    left_said.within(fits),
                    right_said.within(|inner| inner != hold && fits(inner))
                )
            }
        };
        Some(Said { text, hold })
    }

    /// A cast that only says what the value is anyway.
    fn cast(&self, inner: &Expr, data_type: &str) -> Option<Said> {
        let into = Class::named(data_type)?;
        let is_constant = |value: &Value| matches!(value, Value::Null);
        match bare(inner) {
            Expr::Value(value) if is_constant(&value.value) => Some(Said::whole("NULL".into())),
            // PostgreSQL prints numbers below zero so.
            Expr::Value(value) if into.is_number() => match &value.value {
                Value::SingleQuotedString(text) => {
                    let digits = text.strip_prefix('-').unwrap_or(text);
                    let is_whole = !digits.is_empty() && digits.chars().all(|digit| digit.is_ascii_digit());
                    let is_number = is_whole
                        || into != Class::Whole
                            && digits.split_once('.').is_some_and(|(whole, part)| {
                                let all = |text: &str| !text.is_empty() && text.chars().all(|d| d.is_ascii_digit());
                                all(whole) && all(part)
                            });
                    is_number.then(|| Said {
                        text: text.clone(),
                        hold: if text.starts_with('-') {
                            Hold::Minus
                        } else {
                            Hold::Whole
                        },
                    })
                }
                Value::Number(number, _) if into != Class::Whole || !number.contains(['.', 'e', 'E']) => {
                    Some(Said::whole(number.clone()))
                }
                _ => None,
            },
            _ => (self.class(inner)? == into).then(|| self.print(inner)).flatten(),
        }
    }

    /// Of which kind a value is, where that is plain.
    fn class(&self, expression: &Expr) -> Option<Class> {
        match bare(expression) {
            Expr::Identifier(name) => Class::of(&self.table.column(self.column(name)?)?.data_type),
            Expr::Value(value) => match &value.value {
                Value::SingleQuotedString(_) | Value::EscapedStringLiteral(_) => Some(Class::Text),
                Value::Boolean(_) => Some(Class::Boolean),
                Value::Number(number, _) if number.contains(['.', 'e', 'E']) => Some(Class::Decimal),
                Value::Number(..) => Some(Class::Whole),
                _ => None,
            },
            Expr::Cast { data_type, .. } => Class::named(&data_type.to_string()),
            Expr::BinaryOp { left, op, right } => match Hold::of(op) {
                Hold::Or | Hold::And | Hold::Compare => Some(Class::Boolean),
                Hold::Concat => Some(Class::Text),
                _ => self.class(left).filter(|left| self.class(right) == Some(*left)),
            },
            Expr::Function(function) => self.class_of_call(function),
            _ => None,
        }
    }

    fn class_of_call(&self, function: &Function) -> Option<Class> {
        match function.name.to_string().to_ascii_lowercase().as_str() {
            "lower" | "upper" | "trim" | "ltrim" | "rtrim" | "replace" => Some(Class::Text),
            "length" => Some(Class::Whole),
            "coalesce" | "nullif" => {
                let FunctionArguments::List(list) = &function.args else {
                    return None;
                };
                let mut classes = list.args.iter().map(|argument| match argument {
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(inner)) => self.class(inner),
                    _ => None,
                });
                let first = classes.next()??;
                classes.all(|other| other == Some(first)).then_some(first)
            }
            _ => None,
        }
    }

    /// The elements of `ARRAY[…]`, in parentheses and casts.
    fn list_of<'e>(&self, expression: &'e Expr) -> Option<&'e [Expr]> {
        match expression {
            Expr::Nested(inner) => self.list_of(inner),
            Expr::Cast { expr, data_type, .. } => {
                let list = self.list_of(expr)?;
                let into = Class::named(data_type.to_string().strip_suffix("[]")?)?;
                list.iter().all(|one| self.class(one) == Some(into)).then_some(list)
            }
            Expr::Array(Array { elem, .. }) => Some(elem),
            _ => None,
        }
    }

    fn case(&self, operand: Option<&Expr>, conditions: &[CaseWhen], otherwise: Option<&Expr>) -> Option<String> {
        let mut text = "CASE".to_owned();
        if let Some(operand) = operand {
            text += &format!(" {}", self.print(operand)?.text);
        }
        for when in conditions {
            text += &format!(
                " WHEN {} THEN {}",
                self.print(&when.condition)?.text,
                self.print(&when.result)?.text
            );
        }
        if let Some(otherwise) = otherwise {
            text += &format!(" ELSE {}", self.print(otherwise)?.text);
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
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(inner)) => Some(self.print(inner)?.text),
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
        let Expr::Identifier(name) = bare(beside) else {
            return None;
        };
        let column = self.table.column(self.column(name)?)?;
        let Expr::Value(value) = bare(constant) else {
            return None;
        };
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

/// A kind of value that both databases have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Boolean,
    Whole,
    Decimal,
    Float,
    Text,
}

impl Class {
    fn is_number(self) -> bool {
        matches!(self, Self::Whole | Self::Decimal | Self::Float)
    }

    fn of(data_type: &DataType) -> Option<Self> {
        match data_type {
            DataType::Char(_) | DataType::Varchar(_) | DataType::Text | DataType::Enum(_) => Some(Self::Text),
            DataType::Boolean => Some(Self::Boolean),
            DataType::Decimal(_) => Some(Self::Decimal),
            DataType::Double => Some(Self::Float),
            DataType::TinyInteger
            | DataType::SmallInteger
            | DataType::Integer
            | DataType::BigInteger
            | DataType::TinyUnsigned
            | DataType::SmallUnsigned
            | DataType::Unsigned
            | DataType::BigUnsigned => Some(Self::Whole),
            _ => None,
        }
    }

    /// By the type's name in a cast; none with a length, which cuts.
    fn named(data_type: &str) -> Option<Self> {
        Some(match data_type.to_ascii_lowercase().as_str() {
            "text" | "character varying" | "varchar" => Self::Text,
            "boolean" => Self::Boolean,
            "smallint" | "integer" | "int" | "bigint" => Self::Whole,
            "numeric" => Self::Decimal,
            "double precision" => Self::Float,
            _ => return None,
        })
    }
}

/// Without the parentheses around it.
fn bare(expression: &Expr) -> &Expr {
    match expression {
        Expr::Nested(inner) => bare(inner),
        other => other,
    }
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
                Column::new("price", DataType::Decimal(Some((8, 2)))),
            ],
            ..Table::default()
        }
    }

    #[test]
    fn what_postgresql_prints_is_said_for_both() {
        for (from, into) in [
            ("((status)::text = 'queued'::text)", "\"status\" = 'queued'"),
            (
                "((status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
                "\"status\" IN ('a', 'b')",
            ),
            ("((n > 0) AND (n IS NOT NULL))", "\"n\" > 0 AND \"n\" IS NOT NULL"),
            ("(NOT \"Shared\")", "NOT \"Shared\""),
            ("lower((status)::text)", "lower(\"status\")"),
            ("(n * 2)", "\"n\" * 2"),
            ("((n + 1) * 2)", "(\"n\" + 1) * 2"),
            ("((n - (n - 1)) > '-1'::integer)", "\"n\" - (\"n\" - 1) > -1"),
            (
                "(((n = 1) OR (n = 2)) AND \"Shared\")",
                "(\"n\" = 1 OR \"n\" = 2) AND \"Shared\"",
            ),
            ("((n > 0) = \"Shared\")", "(\"n\" > 0) = \"Shared\""),
            ("(NOT (n = 1))", "NOT (\"n\" = 1)"),
            ("(price > (0)::numeric)", "\"price\" > 0"),
            ("(n = ANY (ARRAY[1, 2]))", "\"n\" IN (1, 2)"),
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

    /// SQLite binds `||` before `*`, PostgreSQL after `+`; and it lets comparisons follow each other.
    #[test]
    fn what_reads_in_two_ways_is_not_said() {
        for text in ["status || n + 1 = 'a'", "n = n > 1", "price = CAST(price AS integer)"] {
            assert_eq!(translated(text, &table(), Dialect::Sqlite), None, "{text}");
        }
        assert_eq!(
            translated("status || (n + 1) = 'a'", &table(), Dialect::Sqlite).as_deref(),
            Some("\"status\" || (\"n\" + 1) = 'a'")
        );
    }

    #[test]
    fn what_means_two_things_is_not_said() {
        for text in [
            "status ~ '^a'",
            "status LIKE 'a%'",
            "gone > 1",
            "jsonb_typeof(status) = 'array'",
            "(n)::inet = n",
            "(price)::integer > 1",
            "(status)::integer > 1",
            "(\"Shared\")::integer = 1",
            "(status)::character varying(3) = 'a'",
            "(n)::numeric > 0.5",
            "(n / (2)::numeric) > 1",
            "(1.5)::integer = n",
            "status = ANY ((ARRAY['1'::text])::integer[])",
            "n > 0; DROP TABLE a",
            "(SELECT 1)",
        ] {
            assert_eq!(translated(text, &table(), Dialect::Postgres), None, "{text}");
        }
    }
}
