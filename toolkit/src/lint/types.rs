//! Types of columns, as far as a change from one to another needs them.

use sqlparser::ast::DataType;

/// A type: its usual name and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ColumnType {
    pub(super) name: String,
    arguments: Vec<u64>,
}

impl ColumnType {
    pub(super) fn of(data_type: &DataType) -> Self {
        let text = data_type.to_string().to_lowercase();
        let (head, rest) = text.split_once('(').unwrap_or((&text, ""));
        let (inside, tail) = rest.split_once(')').unwrap_or((rest, ""));
        let spelled = format!("{} {}", head.trim(), tail.trim());
        let name = match spelled.trim() {
            "character varying" | "varchar" | "char varying" | "nvarchar" => "varchar",
            "character" | "char" | "bpchar" => "char",
            "decimal" | "dec" | "numeric" => "numeric",
            "int" | "int4" | "integer" => "integer",
            "int8" | "bigint" => "bigint",
            "int2" | "smallint" => "smallint",
            "serial4" | "serial" => "serial",
            "serial8" | "bigserial" => "bigserial",
            "serial2" | "smallserial" => "smallserial",
            "timestamp" | "timestamp without time zone" => "timestamp",
            "timestamptz" | "timestamp with time zone" => "timestamptz",
            "bit varying" | "varbit" => "varbit",
            other => other,
        };
        Self {
            name: name.to_owned(),
            arguments: inside
                .split(',')
                .filter_map(|number| number.trim().parse().ok())
                .collect(),
        }
    }

    /// Whether rows that are there may stay as they are when a column gets that type (PostgreSQL's manual, ALTER TABLE:
    /// the old type is binary coercible to the new one, or only a limit is raised).
    pub(super) fn keeps_rows(&self, new: &Self) -> bool {
        let limit = |at: &Self| at.arguments.first().copied();
        let is_raised = match (limit(self), limit(new)) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(old), Some(new)) => new >= old,
        };
        match (self.name.as_str(), new.name.as_str()) {
            // A counter is an integer with a default.
            ("varchar" | "text" | "citext", "text")
            | ("text", "citext")
            | ("cidr", "inet")
            | ("serial", "integer")
            | ("bigserial", "bigint")
            | ("smallserial", "smallint") => true,
            ("text", "varchar") => limit(new).is_none(),
            ("numeric", "numeric") => {
                let scale = |at: &Self| at.arguments.get(1).copied().unwrap_or(0);
                new.arguments.is_empty() || (is_raised && scale(self) == scale(new))
            }
            ("varchar" | "varbit" | "timestamp" | "timestamptz", same) if same == self.name => is_raised,
            _ => self == new,
        }
    }

    pub(super) fn is_counter(&self) -> bool {
        self.name.ends_with("serial")
    }
}

#[cfg(test)]
mod tests {
    use sqlparser::{ast::DataType, dialect::PostgreSqlDialect, parser::Parser};

    use super::*;

    fn of(text: &str) -> ColumnType {
        let read: DataType = Parser::new(&PostgreSqlDialect {})
            .try_with_sql(text)
            .unwrap()
            .parse_data_type()
            .unwrap();
        ColumnType::of(&read)
    }

    #[test]
    fn what_keeps_its_rows() {
        let all = [
            ("varchar(20)", "character varying(40)"),
            ("varchar(20)", "text"),
            ("varchar(20)", "varchar"),
            ("text", "varchar"),
            ("numeric(10, 2)", "numeric(12, 2)"),
            ("numeric(10, 2)", "decimal"),
            ("timestamp(3)", "timestamp"),
            ("int4", "integer"),
            ("timestamp without time zone", "timestamp"),
        ];
        for (old, new) in all {
            assert!(of(old).keeps_rows(&of(new)), "{old} to {new}");
        }
    }

    #[test]
    fn what_writes_them_anew() {
        let all = [
            ("varchar(40)", "varchar(20)"),
            ("varchar", "varchar(20)"),
            ("text", "varchar(20)"),
            ("char(20)", "text"),
            ("integer", "bigint"),
            ("json", "jsonb"),
            ("numeric(10, 2)", "numeric(12, 3)"),
            ("timestamp", "timestamp with time zone"),
            ("timestamp(6)", "timestamp(3)"),
        ];
        for (old, new) in all {
            assert!(!of(old).keeps_rows(&of(new)), "{old} to {new}");
        }
    }
}
