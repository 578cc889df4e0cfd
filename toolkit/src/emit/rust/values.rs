//! The Rust of what becomes of values.

use std::fmt::Write as _;

use super::code::Code;
use crate::{
    ddl::{Unfit, Using},
    emit::step::EnumColumn,
    schema::{DataType, EnumType},
};

impl Code<'_> {
    pub(super) fn replace_enum(&self, enumeration: &EnumType, columns: &[EnumColumn]) -> String {
        let values: Vec<String> = enumeration.values.iter().map(|value| format!("{value:?}")).collect();
        let mut text = format!("ddl::ReplaceEnum::new({:?}, [{}])", enumeration.name, values.join(", "));
        for column in columns {
            let method = if matches!(column.column.data_type, DataType::Array(_)) {
                "array"
            } else {
                "column"
            };
            text += &self.enum_column(method, column);
            if let Some(default) = &column.column.default {
                let _ = write!(text, ".default({})", self.value(&column.table, default));
            }
            let builder = crate::emit::statement::Builder {
                plan: self.plan(),
                backend: sea_orm::DbBackend::Postgres,
            };
            for (drop, create) in builder.beside_enum(column) {
                let _ = write!(text, ".beside({drop:?}, {create:?})");
            }
        }
        text + ".execute(manager).await?;\n"
    }

    pub(super) fn enum_column(&self, method: &str, column: &EnumColumn) -> String {
        format!(
            ".{method}({}, {})",
            self.idents.table_path(&column.table),
            self.idents.column_path(&column.table, &column.column.name)
        )
    }
}

/// As many letters of a text as stand in a line. rustfmt leaves a statement as it is that holds a longer one.
const LINE: usize = 70;

/// A text as Rust wants it read: raw where it holds quotes, in pieces where it is long.
fn literal(text: &str) -> String {
    let mut pieces: Vec<String> = vec![String::new()];
    for word in text.split_inclusive(' ') {
        match pieces.last_mut() {
            Some(last) if last.is_empty() || last.chars().count() + word.chars().count() <= LINE => last.push_str(word),
            _ => pieces.push(word.to_owned()),
        }
    }
    match &pieces[..] {
        [one] => piece(one),
        all => format!(
            "concat!({})",
            all.iter().map(|one| piece(one)).collect::<Vec<_>>().join(", ")
        ),
    }
}

fn piece(text: &str) -> String {
    if text.contains('"') && !text.contains("\"#") && !text.contains('\\') {
        format!("r#\"{text}\"#")
    } else {
        format!("{text:?}")
    }
}

pub(super) fn unfit_text(unfit: &Unfit) -> String {
    let mut text = format!("Unfit::rows({})", literal(&unfit.what));
    for (method, condition) in [("on_postgres", &unfit.postgres), ("on_sqlite", &unfit.sqlite)] {
        if let Some(condition) = condition {
            let _ = write!(text, ".{method}({})", literal(condition));
        }
    }
    text
}

pub(super) fn using_text(using: &Using) -> String {
    if using.postgres == using.sqlite
        && let Some(expression) = &using.postgres
    {
        return format!("Using::all({})", literal(expression));
    }
    let mut text = "Using::default()".to_owned();
    for (method, expression) in [("on_postgres", &using.postgres), ("on_sqlite", &using.sqlite)] {
        if let Some(expression) = expression {
            let _ = write!(text, ".{method}({})", literal(expression));
        }
    }
    text
}
