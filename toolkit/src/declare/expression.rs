//! sea-query's expressions → the IR's.

use sea_orm::{
    Value,
    sea_query::{BinOper, ColumnRef, Expr, Func, FunctionCall, Keyword, PostgresQueryBuilder, Query, UnOper},
};

use crate::schema::{Comparison, Expression, Literal};

/// Reads an expression into the IR; what the IR has no part for becomes the SQL that PostgreSQL would be sent.
pub(crate) fn from_expr(expr: &Expr) -> Expression {
    read(expr).unwrap_or_else(|| Expression::Sql(sql(expr)))
}

fn read(expr: &Expr) -> Option<Expression> {
    Some(match expr {
        Expr::Value(value) | Expr::Constant(value) => Expression::Literal(literal(value)?),
        Expr::Column(ColumnRef::Column(name)) => Expression::Column(name.1.to_string()),
        Expr::Keyword(Keyword::CurrentTimestamp) => Expression::CurrentTimestamp,
        Expr::Keyword(Keyword::CurrentDate) => Expression::CurrentDate,
        Expr::Keyword(Keyword::CurrentTime) => Expression::CurrentTime,
        Expr::Keyword(Keyword::Null) => Expression::Literal(Literal::Null),
        Expr::Custom(text) if text.eq_ignore_ascii_case("now()") => Expression::Now,
        Expr::Custom(text) => Expression::Sql(text.to_string()),
        // A cast to a native enumeration is only the driver's business.
        Expr::AsEnum(_, inner) => read(inner)?,
        Expr::Unary(UnOper::Not, inner) => Expression::Not(Box::new(read(inner)?)),
        Expr::Binary(left, operator, right) => binary(left, operator, right)?,
        Expr::FunctionCall(call) => function(call)?,
        _ => return None,
    })
}

fn binary(left: &Expr, operator: &BinOper, right: &Expr) -> Option<Expression> {
    let inner = Box::new(read(left)?);
    let is_null = |expr: &Expr| {
        matches!(expr, Expr::Keyword(Keyword::Null)) || matches!(read(expr), Some(Expression::Literal(Literal::Null)))
    };
    let comparison = match operator {
        BinOper::And => return chain(left, right, true),
        BinOper::Or => return chain(left, right, false),
        BinOper::Is if is_null(right) => return Some(Expression::IsNull(inner)),
        BinOper::IsNot if is_null(right) => return Some(Expression::IsNotNull(inner)),
        BinOper::In => return Some(Expression::In(inner, list(right)?)),
        BinOper::NotIn => return Some(Expression::NotIn(inner, list(right)?)),
        BinOper::Equal => Comparison::Eq,
        BinOper::NotEqual => Comparison::Ne,
        BinOper::SmallerThan => Comparison::Lt,
        BinOper::SmallerThanOrEqual => Comparison::Lte,
        BinOper::GreaterThan => Comparison::Gt,
        BinOper::GreaterThanOrEqual => Comparison::Gte,
        _ => return None,
    };
    Some(Expression::Compare(inner, comparison, Box::new(read(right)?)))
}

/// `a AND (b AND c)` and `(a AND b) AND c` are one list.
fn chain(left: &Expr, right: &Expr, all: bool) -> Option<Expression> {
    let mut parts = Vec::new();
    for side in [read(left)?, read(right)?] {
        match side {
            Expression::And(inner) if all => parts.extend(inner),
            Expression::Or(inner) if !all => parts.extend(inner),
            other => parts.push(other),
        }
    }
    Some(if all {
        Expression::And(parts)
    } else {
        Expression::Or(parts)
    })
}

fn list(expr: &Expr) -> Option<Vec<Literal>> {
    match expr {
        Expr::Tuple(parts) => parts
            .iter()
            .map(|part| match read(part)? {
                Expression::Literal(value) => Some(value),
                _ => None,
            })
            .collect(),
        Expr::Values(values) => values.iter().map(literal).collect(),
        _ => None,
    }
}

fn function(call: &FunctionCall) -> Option<Expression> {
    let Func::Custom(name) = call.get_func() else {
        return None;
    };
    let arguments: Option<Vec<Expression>> = call.get_args().iter().map(read).collect();
    let arguments = arguments?;
    if name.to_string().eq_ignore_ascii_case("now") && arguments.is_empty() {
        return Some(Expression::Now);
    }
    Some(Expression::Function(name.to_string(), arguments))
}

fn literal(value: &Value) -> Option<Literal> {
    Some(match value {
        Value::Bool(Some(value)) => Literal::Bool(*value),
        Value::TinyInt(Some(value)) => Literal::Int((*value).into()),
        Value::SmallInt(Some(value)) => Literal::Int((*value).into()),
        Value::Int(Some(value)) => Literal::Int((*value).into()),
        Value::BigInt(Some(value)) => Literal::Int(*value),
        Value::TinyUnsigned(Some(value)) => Literal::Int((*value).into()),
        Value::SmallUnsigned(Some(value)) => Literal::Int((*value).into()),
        Value::Unsigned(Some(value)) => Literal::Int((*value).into()),
        Value::BigUnsigned(Some(value)) => Literal::Int(i64::try_from(*value).ok()?),
        Value::Float(Some(value)) => Literal::Double((*value).into()),
        Value::Double(Some(value)) => Literal::Double(*value),
        Value::String(Some(value)) => Literal::Text(value.clone()),
        Value::Char(Some(value)) => Literal::Text(value.to_string()),
        Value::Json(Some(value)) => Literal::Text(value.to_string()),
        other if *other == other.as_null() => Literal::Null,
        _ => return None,
    })
}

/// The SQL of an expression, without the table's name before each column: an index or a check is of one table.
fn sql(expr: &Expr) -> String {
    let text = Query::select().expr(expr.clone()).to_string(PostgresQueryBuilder);
    text.strip_prefix("SELECT ").unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::{ExprTrait as _, Func};

    use super::*;

    #[test]
    fn what_an_entity_says_becomes_a_tree() {
        let filter = Expr::col(("jobs", "status"))
            .is_in(["queued", "claimed"])
            .and(Expr::col("orchestrator_id").is_null());
        assert_eq!(
            from_expr(&filter).to_string(),
            "(status IN ('queued', 'claimed')) AND (orchestrator_id IS NULL)"
        );
        let lower = Func::cust("lower").arg(Expr::col("email"));
        assert_eq!(
            from_expr(&lower.into()),
            Expression::Function("lower".into(), vec![Expression::Column("email".into())])
        );
        assert_eq!(from_expr(&Expr::cust("NOW()")), Expression::Now);
        assert_eq!(from_expr(&Expr::current_timestamp()), Expression::CurrentTimestamp);
    }

    #[test]
    fn what_the_ir_has_no_part_for_stays_the_authors_sql() {
        assert_eq!(
            from_expr(&Expr::col("a").like("x%")),
            Expression::Sql("\"a\" LIKE 'x%'".into())
        );
    }
}
