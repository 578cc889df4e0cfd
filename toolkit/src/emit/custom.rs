//! Types that are given by their name alone. No list of what a database has is complete, since extensions and domains add
//! to it; but what only others have is known.

use crate::schema::Dialect;

/// MySQL's, Oracle's, SQL Server's and SQLite's, none of which PostgreSQL has.
const NOT_OF_POSTGRES: &[&str] = &[
    "binary",
    "blob",
    "clob",
    "datetime",
    "datetime2",
    "datetimeoffset",
    "double",
    "enum",
    "fixed",
    "image",
    "int unsigned",
    "longblob",
    "longtext",
    "mediumblob",
    "mediumint",
    "mediumtext",
    "nclob",
    "ntext",
    "number",
    "nvarchar",
    "nvarchar2",
    "rowversion",
    "set",
    "smalldatetime",
    "tinyblob",
    "tinyint",
    "tinytext",
    "uniqueidentifier",
    "varbinary",
    "varchar2",
    "year",
];

/// PostgreSQL's own and those of its usual extensions. SQLite takes any name for a type and keeps what it likes: these
/// promise what it cannot hold to.
const NOT_OF_SQLITE: &[&str] = &[
    "box",
    "cidr",
    "circle",
    "citext",
    "daterange",
    "hstore",
    "inet",
    "int4range",
    "int8range",
    "line",
    "lquery",
    "lseg",
    "ltree",
    "macaddr",
    "macaddr8",
    "numrange",
    "path",
    "point",
    "polygon",
    "tsquery",
    "tsrange",
    "tstzrange",
    "tsvector",
];

/// Whether a type is known to be of other databases than this one.
pub(super) fn is_of_another(name: &str, dialect: Dialect) -> bool {
    let name = name.trim().to_ascii_lowercase();
    // Without what stands in brackets: `datetime(6)`, `enum('a', 'b')`.
    let (word, is_unsigned) = match name.split_once('(') {
        None => (name.as_str(), name.ends_with(" unsigned")),
        Some((word, rest)) => (word.trim(), rest.ends_with(" unsigned")),
    };
    match dialect {
        Dialect::Postgres => is_unsigned || NOT_OF_POSTGRES.contains(&word),
        Dialect::Sqlite => word.ends_with("[]") || NOT_OF_SQLITE.contains(&word),
        Dialect::Mysql => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_others_have_is_known() {
        for name in [
            "longblob",
            "DATETIME(6)",
            "enum('a','b')",
            "int unsigned",
            "decimal(10,2) unsigned",
            "varchar2(9)",
        ] {
            assert!(is_of_another(name, Dialect::Postgres), "{name}");
        }
        for name in ["citext", "tsvector[]"] {
            assert!(is_of_another(name, Dialect::Sqlite), "{name}");
        }
    }

    #[test]
    fn what_may_be_there_is_not_refused() {
        for name in [
            "citext",
            "geometry(Point,4326)",
            "my_domain",
            "timestamp(0)",
            "bit(3)",
            "vector(3)",
            "double precision",
        ] {
            assert!(!is_of_another(name, Dialect::Postgres), "{name}");
        }
        for name in ["longblob", "timestamp(0)", "anything at all"] {
            assert!(!is_of_another(name, Dialect::Sqlite), "{name}");
        }
    }
}
