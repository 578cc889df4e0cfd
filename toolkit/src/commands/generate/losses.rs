//! How many rows of the database at hand have a value that would not fit.

use std::io::Write as _;

use sea_orm::{ConnectionTrait as _, Statement};

use super::Context;
use crate::{
    ddl::quote,
    diff::{Change, Conversion, Counted, Plan, Question, Undecided},
    emit::{dialect, unfit},
    schema::Schema,
};

/// Counts them for each question of that kind. Where the database cannot be asked, the question stays as it is, since its
/// answer does not depend on it, and a line on standard error says why.
pub(super) async fn count(context: &Context, from: &Schema, to: &Schema, undecided: &mut Undecided) {
    let is_loss = |question: &Question| matches!(question, Question::Loss { .. });
    if !context.is_url_given() || !undecided.0.iter().any(is_loss) {
        return;
    }
    let db = match context.connect().await {
        Ok(db) => db,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "The rows are not counted: {error}");
            return;
        }
    };
    let backend = db.get_database_backend();
    for question in &mut undecided.0 {
        let Question::Loss {
            table,
            from: old,
            to: new,
            counted,
        } = question
        else {
            continue;
        };
        let change = Change::AlterColumn {
            table: table.clone(),
            from: old.clone(),
            to: new.clone(),
            conversion: Conversion::default(),
        };
        let plan = Plan {
            before: from.clone(),
            after: to.clone(),
            changes: vec![change],
        };
        let Some((table, unfit)) = plan
            .changes
            .first()
            .and_then(|change| unfit(&plan, change, dialect(backend)))
        else {
            continue;
        };
        let (Some(condition), Some(query)) = (unfit.condition(backend), unfit.query(&table, backend)) else {
            continue;
        };
        let sql = format!(
            "SELECT count(*) AS count, coalesce(sum(CASE WHEN {condition} THEN 1 ELSE 0 END), 0) AS unfit FROM {}",
            quote(&table)
        );
        // A table that the database does not have yet has no rows to lose.
        if let Ok(Some(row)) = db.query_one_raw(Statement::from_string(backend, sql)).await
            && let (Ok(rows), Ok(unfit)) = (row.try_get("", "count"), row.try_get("", "unfit"))
        {
            *counted = Some(Counted { unfit, rows, query });
        }
    }
}
