//! What every database can do, each in words of its own: for migrations that leave the work to the database.

use sea_orm::{
    DbBackend,
    sea_query::{BinOper, Expr, ExprTrait as _, Func},
};
use serde_json::Value as Json;

/// The texts one after the other.
///
/// ```
/// # use sea_orm::sea_query::{Expr, PostgresQueryBuilder, Query};
/// # use seawright::data::sql;
/// let name = sql::concat([Expr::val("job-"), Expr::col("name")]);
/// let query = Query::select().expr(name).take().to_string(PostgresQueryBuilder);
/// assert_eq!(query, r#"SELECT 'job-' || "name""#);
/// ```
pub fn concat(texts: impl IntoIterator<Item = Expr>) -> Expr {
    texts
        .into_iter()
        .reduce(|left, right| left.binary(BinOper::Custom("||"), right))
        .unwrap_or_else(|| Expr::val(""))
}

/// A 32-bit number in eight hexadecimal digits, as Rust's `{:08x}` writes it. The number should be a column: it stands in
/// the text eight times.
///
/// Written digit by digit, since the functions for it have a name of their own everywhere: so it can stand in a
/// migration's `pending`, which knows no database.
pub fn hex(number: &Expr) -> Expr {
    concat((0..8).rev().map(|digit| {
        let place = number
            .clone()
            .right_shift(Expr::cust((digit * 4).to_string()))
            .bit_and(Expr::cust("15"))
            .add(Expr::cust("1"));
        Func::cust("substr")
            .args([Expr::cust("'0123456789abcdef'"), place, Expr::cust("1")])
            .into()
    }))
}

/// A JSON object of the members that are not null. Texts and numbers become JSON by themselves; what is JSON already
/// comes from [`json`] or from here.
///
/// A truth value is a number on SQLite.
pub fn json_object<'m>(backend: DbBackend, members: impl IntoIterator<Item = (&'m str, Expr)>) -> Expr {
    let (function, strip) = if backend == DbBackend::Sqlite {
        ("json_object", "json_patch")
    } else {
        ("jsonb_build_object", "jsonb_strip_nulls")
    };
    let members = members
        .into_iter()
        .flat_map(|(name, value)| [Expr::cust(crate::ddl::quote_text(name)), value]);
    let object = Expr::from(Func::cust(function).args(members));
    // To patch with a null is to take out.
    let before = (backend == DbBackend::Sqlite).then(|| Expr::cust("'{}'"));
    Func::cust(strip).args(before.into_iter().chain([object])).into()
}

/// A JSON value that is known.
pub fn json(backend: DbBackend, value: &Json) -> Expr {
    let text = crate::ddl::quote_text(&value.to_string());
    if backend == DbBackend::Sqlite {
        Expr::cust(format!("json({text})"))
    } else {
        Expr::cust(format!("CAST({text} AS jsonb)"))
    }
}

/// The moment so many milliseconds after another; none where either is null. SQLite knows milliseconds and nothing
/// smaller.
pub fn after(backend: DbBackend, moment: Expr, milliseconds: Expr) -> Expr {
    if backend == DbBackend::Sqlite {
        // Null stays null on this way; `printf` would make 0 of it.
        let modifier = concat([milliseconds.div(Expr::cust("1000.0")), Expr::cust("' seconds'")]);
        return Func::cust("strftime")
            .args([Expr::cust("'%Y-%m-%d %H:%M:%f'"), moment, modifier])
            .into();
    }
    moment.add(milliseconds.mul(Expr::cust("interval '1 millisecond'")))
}

/// The seconds from one moment to another, with or without their fraction.
pub fn seconds(backend: DbBackend, from: Expr, to: Expr) -> Expr {
    if backend == DbBackend::Sqlite {
        let of = |moment: Expr| Expr::from(Func::cust("unixepoch").arg(moment));
        return of(to).sub(of(from));
    }
    Expr::cust_with_expr("extract(epoch FROM $1)", to.sub(from))
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, Statement, sea_query::Query};
    use serde_json::json;

    use super::*;

    async fn databases() -> Vec<DatabaseConnection> {
        let mut databases = vec![Database::connect("sqlite::memory:").await.unwrap()];
        if std::env::var("SEAWRIGHT_TEST_SKIP_POSTGRES").is_ok_and(|skip| skip == "1") {
            return databases;
        }
        let url = std::env::var("SEAWRIGHT_TEST_POSTGRES_URL")
            .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
        databases.push(Database::connect(url).await.unwrap());
        databases
    }

    /// What an expression is, as text.
    async fn asked(db: &DatabaseConnection, expr: Expr, from: &str) -> String {
        let select = Query::select().expr(expr.cast_as("text")).take();
        let statement: Statement = db.get_database_backend().build(&select);
        let statement = Statement::from_sql_and_values(
            statement.db_backend,
            format!("{} {from}", statement.sql),
            statement.values.map(|values| values.0).unwrap_or_default(),
        );
        db.query_one_raw(statement)
            .await
            .unwrap()
            .unwrap()
            .try_get_by_index(0)
            .unwrap()
    }

    #[tokio::test]
    async fn a_number_in_hexadecimal_is_as_rust_writes_it() {
        for db in databases().await {
            for number in [i32::MIN, -729, -1, 0, 1, 9, 10, 729, 0x1234_abcd, i32::MAX] {
                let from = format!("FROM (SELECT CAST({number} AS integer) AS n) AS numbers");
                assert_eq!(asked(&db, hex(&Expr::col("n")), &from).await, format!("{number:08x}"));
            }
        }
    }

    #[tokio::test]
    async fn an_object_has_the_members_that_are_not_null() {
        let odd = "O'Brien \"x\" \\n \u{1f} ? $1 🦀";
        for db in databases().await {
            let backend = db.get_database_backend();
            let inner = json_object(backend, [("none", Expr::cust("NULL")), ("n", Expr::cust("7"))]);
            let object = json_object(
                backend,
                [
                    ("text", Expr::val(odd)),
                    ("none", Expr::cust("NULL")),
                    ("empty", Expr::val("")),
                    ("null", Expr::val("null")),
                    ("it's", json(backend, &json!({}))),
                    ("list", json(backend, &json!([1, "a"]))),
                    ("inner", inner),
                ],
            );
            let text = asked(&db, object, "").await;
            assert_eq!(
                serde_json::from_str::<Json>(&text).unwrap(),
                json!({"text": odd, "empty": "", "null": "null", "it's": {}, "list": [1, "a"], "inner": {"n": 7}})
            );
        }
    }

    #[tokio::test]
    async fn moments_are_counted_on_and_apart() {
        for db in databases().await {
            let backend = db.get_database_backend();
            let moment = |text: &str| {
                if backend == DbBackend::Sqlite {
                    Expr::val(text)
                } else {
                    Expr::val(text).cast_as("timestamp")
                }
            };
            for (milliseconds, expected) in [(0, "58.5"), (1, "58.501"), (499, "58.999"), (-500, "58")] {
                let later = after(
                    backend,
                    moment("2025-07-13 23:59:58.5"),
                    Expr::cust(milliseconds.to_string()),
                );
                let later = asked(&db, later, "").await;
                let later: sea_orm::prelude::DateTime = later.replace(' ', "T").parse().unwrap();
                let expected: sea_orm::prelude::DateTime = format!("2025-07-13T23:59:{expected}").parse().unwrap();
                assert_eq!(later, expected);
            }
            let never = after(backend, moment("2025-07-13 23:59:58.5"), Expr::cust("NULL"));
            let never = Func::coalesce([never.cast_as("text"), Expr::cust("'none'")]).into();
            assert_eq!(asked(&db, never, "").await, "none");
            let apart = seconds(backend, moment("2025-07-13 23:59:58"), moment("2025-07-14 01:00:00"));
            assert_eq!(asked(&db, apart.cast_as("integer"), "").await, "3602");
        }
    }
}
