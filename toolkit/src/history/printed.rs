//! Expressions as PostgreSQL prints them, given back to it.
//!
//! What it prints of `status IN ('a', 'b')` on a varchar column is `(ARRAY['a'::character varying, …])::text[]`, and what
//! it prints of that again is another text, `ARRAY[('a'::character varying)::text, …]`: the parser hands a cast of an
//! array on to the elements. A dump that was restored has the second text. So what is built from a printed expression
//! is written in a way that prints as the first, and both are read as one when schemas are held against each other.

use crate::{
    diff::{Change, Plan},
    schema::{Check, Column, Expression, Index, IndexKey, Schema, Table},
};

/// The plan with expressions that print again as they stand in it.
pub(crate) fn lasting(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    for change in &mut plan.changes {
        match change {
            Change::CreateTable { table } => in_table(table, &lasting_text),
            Change::CreateIndex { index, .. } => in_index(index, &lasting_text),
            Change::AddCheck { check, .. } => in_check(check, &lasting_text),
            Change::AddColumn { column, .. } | Change::AlterColumn { to: column, .. } => {
                in_column(column, &lasting_text);
            }
            _ => {}
        }
    }
    plan
}

/// The schema with the first of the two texts wherever it has the second.
pub(crate) fn as_first_printed(mut schema: Schema) -> Schema {
    for table in &mut schema.tables {
        in_table(table, &first_text);
        for one in &mut table.unmanaged {
            one.definition = first_text(&one.definition);
        }
    }
    for one in &mut schema.unmanaged {
        one.definition = first_text(&one.definition);
    }
    schema.normalised()
}

fn in_table(table: &mut Table, text: &dyn Fn(&str) -> String) {
    table.indexes.iter_mut().for_each(|index| in_index(index, text));
    table.checks.iter_mut().for_each(|check| in_check(check, text));
    table.columns.iter_mut().for_each(|column| in_column(column, text));
}

fn in_column(column: &mut Column, text: &dyn Fn(&str) -> String) {
    for expression in column.default.iter_mut().chain(&mut column.generated) {
        in_expression(expression, text);
    }
}

fn in_index(index: &mut Index, text: &dyn Fn(&str) -> String) {
    let parts = index.parts.iter_mut().filter_map(|part| match &mut part.key {
        IndexKey::Expression(expression) => Some(expression),
        IndexKey::Column(_) => None,
    });
    for expression in parts.chain(&mut index.filter) {
        in_expression(expression, text);
    }
}

fn in_check(check: &mut Check, text: &dyn Fn(&str) -> String) {
    in_expression(&mut check.expression, text);
}

fn in_expression(expression: &mut Expression, text: &dyn Fn(&str) -> String) {
    if let Expression::Sql(sql) = expression {
        *sql = text(sql);
    }
}

const ARRAY: &str = "ARRAY[";

/// Where the bracket closes that was opened before this text; quoted text is passed over.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quoted) = (0_usize, false);
    for (at, letter) in text.char_indices() {
        match letter {
            '\'' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted && depth == 0 => return Some(at),
            ']' if !quoted => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Goes through the arrays of a text; `change` says what stands in place of one, from its elements and what follows, and
/// how much of what follows that takes up.
fn arrays(text: &str, change: impl Fn(&str, &str) -> Option<(String, usize)>) -> String {
    let (mut done, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(ARRAY) {
        let (before, inside) = (&rest[..at], &rest[at + ARRAY.len()..]);
        let Some(end) = closing(inside) else { break };
        let (elements, after) = (&inside[..end], &inside[end + 1..]);
        done += before;
        rest = after;
        if let Some((instead, taken)) = change(elements, after) {
            done += &instead;
            rest = &after[taken..];
        } else {
            done += &format!("{ARRAY}{elements}]");
        }
    }
    done + rest
}

/// `(ARRAY['a'::T])::U[]` → `(ARRAY['a'::T]::T[])::U[]`: a cast of a cast stays one.
fn lasting_text(text: &str) -> String {
    arrays(text, |elements, after| {
        let own = elements.rsplit_once("::").map(|(_, own)| own)?;
        after
            .starts_with(")::")
            .then(|| (format!("{ARRAY}{elements}]::{own}[]"), 0))
    })
}

/// `ARRAY[('a'::T)::U, …]` → `(ARRAY['a'::T, …])::U[]`.
fn first_text(text: &str) -> String {
    arrays(text, |elements, _| {
        let cast = elements.rsplit_once(")::").map(|(_, cast)| cast)?;
        let mut plain = Vec::new();
        let mut rest = elements;
        let end = format!(")::{cast}");
        loop {
            let inside = rest.strip_prefix('(')?;
            let at = inside.find(&end)?;
            plain.push(&inside[..at]);
            rest = &inside[at + end.len()..];
            if rest.is_empty() {
                break;
            }
            rest = rest.strip_prefix(", ")?;
        }
        Some((format!("({ARRAY}{}])::{cast}[]", plain.join(", ")), 0))
    })
}

#[cfg(test)]
mod tests {
    use super::{first_text, lasting_text};

    const FIRST: &str = "((status)::text = ANY ((ARRAY['a]'::character varying, 'b'::character varying])::text[]))";
    const SECOND: &str =
        "((status)::text = ANY (ARRAY[('a]'::character varying)::text, ('b'::character varying)::text]))";

    #[test]
    fn both_texts_are_read_as_one() {
        assert_eq!(first_text(SECOND), FIRST);
        assert_eq!(first_text(FIRST), FIRST);
        assert_eq!(first_text("(a = 'x')"), "(a = 'x')");
    }

    #[test]
    fn what_is_built_prints_as_it_was() {
        assert_eq!(
            lasting_text(FIRST),
            "((status)::text = ANY ((ARRAY['a]'::character varying, 'b'::character varying]::character varying[])::text[]))"
        );
        assert_eq!(lasting_text("(kind = ANY (ARRAY[1, 2]))"), "(kind = ANY (ARRAY[1, 2]))");
    }
}
