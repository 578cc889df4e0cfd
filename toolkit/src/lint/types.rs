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

    /// Whether an assignment to that type loses a part of some values without a word (PostgreSQL's manual, chapter 8):
    /// digits behind the point, fractions of a second, the time of a day.
    pub(super) fn rounds_into(&self, new: &Self) -> bool {
        let scale = |at: &Self| match at.arguments[..] {
            [] => None,
            [_] => Some(0),
            [_, scale, ..] => Some(scale),
        };
        let fraction = |at: &Self| at.arguments.first().copied().unwrap_or(6);
        let has_digits = match self.name.as_str() {
            "numeric" => scale(self) != Some(0),
            name => matches!(name, "real" | "float4" | "double precision" | "float8" | "float"),
        };
        let is_moment = matches!(self.name.as_str(), "timestamp" | "timestamptz");
        match new.name.as_str() {
            "smallint" | "integer" | "bigint" => has_digits,
            "numeric" => match (scale(new), has_digits) {
                (Some(to), true) => self.name != "numeric" || scale(self).is_none_or(|from| to < from),
                _ => false,
            },
            "real" | "float4" => matches!(self.name.as_str(), "double precision" | "float8" | "float"),
            "timestamp" | "timestamptz" => is_moment && fraction(new) < fraction(self),
            "date" => is_moment,
            name if name.starts_with("time") => is_moment || (self.name == new.name && fraction(new) < fraction(self)),
            _ => false,
        }
    }

    /// Whether an explicit cast to that type cuts some values.
    pub(super) fn is_cut_by_cast_to(&self, new: &Self) -> bool {
        let limit = |at: &Self| match (at.name.as_str(), at.arguments.first()) {
            ("char" | "bit", None) => Some(1),
            ("varchar" | "char" | "varbit" | "bit", limit) => limit.copied(),
            _ => None,
        };
        let is_shorter = limit(new).is_some_and(|to| limit(self).is_none_or(|from| to < from));
        let is_truth = new.name == "boolean" && matches!(self.name.as_str(), "smallint" | "integer" | "bigint");
        self.rounds_into(new) || is_shorter || is_truth
    }

    /// Whether it holds no more than some letters or digits.
    pub(super) fn has_limit(&self) -> bool {
        !self.arguments.is_empty() || matches!(self.name.as_str(), "char" | "bit")
    }

    pub(super) fn is_counter(&self) -> bool {
        self.name.ends_with("serial")
    }
}

impl std::fmt::Display for ColumnType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)?;
        let arguments: Vec<String> = self.arguments.iter().map(u64::to_string).collect();
        if arguments.is_empty() {
            return Ok(());
        }
        write!(f, "({})", arguments.join(", "))
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

    #[test]
    fn what_an_assignment_rounds() {
        let all = [
            ("numeric(10, 4)", "numeric(10, 1)", true),
            ("numeric(10, 1)", "numeric(10, 4)", false),
            ("numeric(10, 4)", "numeric", false),
            ("numeric", "numeric(10, 4)", true),
            ("numeric(10)", "integer", false),
            ("numeric(10, 2)", "integer", true),
            ("double precision", "bigint", true),
            ("double precision", "real", true),
            ("timestamp", "timestamp(0)", true),
            ("timestamp(3)", "timestamptz", false),
            ("timestamptz", "date", true),
            ("time", "time(0)", true),
            ("date", "timestamp", false),
            ("varchar(50)", "varchar(5)", false),
            ("bigint", "integer", false),
        ];
        for (old, new, rounds) in all {
            assert_eq!(of(old).rounds_into(&of(new)), rounds, "{old} to {new}");
        }
    }

    #[test]
    fn what_an_explicit_cast_cuts() {
        let all = [
            ("varchar(50)", "varchar(5)", true),
            ("text", "varchar(5)", true),
            ("integer", "varchar(2)", true),
            ("varchar(5)", "varchar(50)", false),
            ("varchar(5)", "text", false),
            ("varchar(5)", "char", true),
            ("integer", "boolean", true),
            ("bigint", "integer", false),
            ("timestamp", "date", true),
        ];
        for (old, new, cuts) in all {
            assert_eq!(of(old).is_cut_by_cast_to(&of(new)), cuts, "{old} to {new}");
        }
    }
}
