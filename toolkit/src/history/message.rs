//! What a database says of a failure, as a reader can use it.

use sea_orm::{
    DbErr, RuntimeErr,
    sqlx::{self, postgres::PgDatabaseError},
};

/// PostgreSQL's own account of an error, where it is one.
fn of_postgres(error: &DbErr) -> Option<&PgDatabaseError> {
    let (DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))
    | DbErr::Conn(RuntimeErr::SqlxError(error))) = error
    else {
        return None;
    };
    let sqlx::Error::Database(error) = &**error else {
        return None;
    };
    error.try_downcast_ref()
}

/// The classes of errors that speak of the schema, and whose details do: of the others a detail may hold what stands in rows
/// (manual, appendix A).
const OF_THE_SCHEMA: [&str; 6] = ["0A", "2B", "3F", "42", "54", "55"];

/// The message of an error. The line in PostgreSQL's own source is left out, since it reads like a line of the reader's; what the
/// server adds is kept where it speaks of the schema.
pub(crate) fn message(error: &DbErr) -> String {
    let mut text = error.to_string();
    let Some(error) = of_postgres(error) else {
        return without_line(&text);
    };
    if let Some(short) = error
        .line()
        .and_then(|line| text.strip_suffix(&format!(" at line {line}")))
    {
        text = short.to_owned();
    }
    if OF_THE_SCHEMA.iter().any(|class| error.code().starts_with(class)) {
        for (what, more) in [("detail", error.detail()), ("hint", error.hint())] {
            if let Some(more) = more {
                text += &format!("\n  {what}: {}", more.replace('\n', "\n    "));
            }
        }
    }
    text
}

/// A text that quotes a database's error, without the line in PostgreSQL's own source that the driver puts at its end.
pub(crate) fn without_line(text: &str) -> String {
    const QUOTED: &str = "error returned from database: ";
    let lines: Vec<&str> = text
        .split('\n')
        .map(|line| {
            let quoted = line
                .split_once(QUOTED)
                .is_some_and(|(_, said)| !said.starts_with("(code: "));
            let number = |end: &str| !end.is_empty() && end.chars().all(|digit| digit.is_ascii_digit());
            match line.rsplit_once(" at line ") {
                Some((short, end)) if quoted && number(end) => short,
                _ => line,
            }
        })
        .collect();
    lines.join("\n")
}

/// SQLSTATE, on PostgreSQL.
pub(crate) fn sqlstate(error: &DbErr) -> Option<&str> {
    of_postgres(error).map(PgDatabaseError::code)
}

/// Where in a statement PostgreSQL found what it complains of, in characters from 1.
#[cfg(feature = "cli")]
pub(crate) fn position(error: &DbErr) -> Option<usize> {
    match of_postgres(error)?.position()? {
        sqlx::postgres::PgErrorPosition::Original(position) => Some(position),
        sqlx::postgres::PgErrorPosition::Internal { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::without_line;

    #[test]
    fn only_the_line_of_the_servers_source_is_left_out() {
        let text = "filling t: error returned from database: type \"citext\" does not exist at line 270\n  at line 3";
        assert_eq!(
            without_line(text),
            "filling t: error returned from database: type \"citext\" does not exist\n  at line 3"
        );
        let of_sqlite = "error returned from database: (code: 1) no such table at line 5";
        assert_eq!(without_line(of_sqlite), of_sqlite);
        assert_eq!(without_line("a file, at line 5"), "a file, at line 5");
    }
}
