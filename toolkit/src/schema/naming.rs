//! How constraints and indexes are named when their entity gives them no name.

/// A naming convention, set once for a schema.
///
/// Every function takes the table's name and the columns' names; [`truncate`] is applied to what it returns.
#[derive(Clone, Copy, Debug)]
pub struct Convention {
    /// A foreign key's name from table, columns, referred table, referred columns.
    pub foreign_key: fn(&str, &[String], &str, &[String]) -> String,
    /// A unique constraint's name from table and columns.
    pub unique: fn(&str, &[String]) -> String,
    /// An index's name from table and columns.
    pub index: fn(&str, &[String]) -> String,
    /// The longest name in bytes. PostgreSQL cuts at 63 in silence (NAMEDATALEN, manual section 4.1.1), MySQL refuses past 64.
    pub max_bytes: usize,
}

impl Convention {
    /// SeaORM's: `fk-<table>-<column>`, `idx-<table>-<column>`.
    pub const SEA_ORM: Self = Self {
        foreign_key: |table, columns, _, _| format!("fk-{table}-{}", columns.join("-")),
        unique: |table, columns| format!("idx-{table}-{}", columns.join("-")),
        index: |table, columns| format!("idx-{table}-{}", columns.join("-")),
        max_bytes: 63,
    };

    /// PostgreSQL's own: `<table>_<column>_fkey`, `<table>_<column>_key`, `<table>_<column>_idx`.
    pub const POSTGRES: Self = Self {
        foreign_key: |table, columns, _, _| format!("{table}_{}_fkey", columns.join("_")),
        unique: |table, columns| format!("{table}_{}_key", columns.join("_")),
        index: |table, columns| format!("{table}_{}_idx", columns.join("_")),
        max_bytes: 63,
    };

    /// drizzle's: `<table>_<columns>_<referred table>_<referred columns>_fk`, `<table>_<columns>_unique`,
    /// `<table>_<columns>_index`.
    pub const DRIZZLE: Self = Self {
        foreign_key: |table, columns, ref_table, ref_columns| {
            format!("{table}_{}_{ref_table}_{}_fk", columns.join("_"), ref_columns.join("_"))
        },
        unique: |table, columns| format!("{table}_{}_unique", columns.join("_")),
        index: |table, columns| format!("{table}_{}_index", columns.join("_")),
        max_bytes: 63,
    };
}

impl Default for Convention {
    fn default() -> Self {
        Self::SEA_ORM
    }
}

/// Cuts a name to at most that many bytes, never inside a character, as PostgreSQL does.
pub fn truncate(name: &str, max_bytes: usize) -> &str {
    if name.len() <= max_bytes {
        return name;
    }
    let mut end = max_bytes;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    &name[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_where_postgres_cuts_it() {
        let name = (Convention::DRIZZLE.foreign_key)(
            "workflow_execution_events",
            &["workflow_execution_id".into()],
            "workflow_executions",
            &["id".into()],
        );
        assert_eq!(
            name,
            "workflow_execution_events_workflow_execution_id_workflow_executions_id_fk"
        );
        assert_eq!(
            truncate(&name, 63),
            "workflow_execution_events_workflow_execution_id_workflow_execut"
        );
        assert_eq!(truncate("ääää", 5), "ää");
    }
}
