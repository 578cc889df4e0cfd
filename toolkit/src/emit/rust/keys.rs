//! The Rust of keys: primary, unique, foreign.

use std::fmt::Write as _;

use super::code::Code;
use crate::{
    ddl::spelled,
    schema::{ForeignKey, PrimaryKey, ReferentialAction, Unique},
};

impl Code<'_> {
    pub(super) fn column_paths(&self, table: &str, columns: &[String]) -> String {
        columns
            .iter()
            .map(|column| self.idents.column_path(table, column))
            .collect::<Vec<_>>()
            .join(", ")
    }

    pub(super) fn primary_key(&self, table: &str, key: &PrimaryKey) -> String {
        let name = key
            .name
            .as_ref()
            .map(|name| format!(".name({:?})", spelled(name)))
            .unwrap_or_default();
        let columns: String = key
            .columns
            .iter()
            .map(|column| format!(".col({})", self.idents.column_path(table, column)))
            .collect();
        format!("Index::create(){name}{columns}")
    }

    pub(super) fn unique_key(&self, table: &str, unique: &Unique) -> String {
        let name = if unique.name.is_empty() {
            String::new()
        } else {
            format!(".name({:?})", spelled(&unique.name))
        };
        let columns: String = unique
            .columns
            .iter()
            .map(|column| format!(".col({})", self.idents.column_path(table, column)))
            .collect();
        format!("Index::create(){name}.unique(){columns}")
    }

    pub(super) fn foreign_key(&self, table: &str, key: &ForeignKey) -> String {
        let mut text = "ForeignKey::create()".to_owned();
        if !key.name.is_empty() {
            let _ = write!(text, ".name({:?})", spelled(&key.name));
        }
        let side = |table: &str, columns: &[String]| {
            let paths = self.column_paths(table, columns);
            if columns.len() == 1 {
                paths
            } else {
                format!("({paths})")
            }
        };
        let _ = write!(
            text,
            ".from({}, {}).to({}, {})",
            self.idents.table_path(table),
            side(table, &key.columns),
            self.idents.table_path(&key.ref_table),
            side(&key.ref_table, &key.ref_columns)
        );
        for (action, method) in [(key.on_delete, "on_delete"), (key.on_update, "on_update")] {
            let name = match action {
                ReferentialAction::NoAction => continue,
                ReferentialAction::Restrict => "Restrict",
                ReferentialAction::Cascade => "Cascade",
                ReferentialAction::SetNull => "SetNull",
                ReferentialAction::SetDefault => "SetDefault",
            };
            let _ = write!(text, ".{method}(ForeignKeyAction::{name})");
        }
        text
    }
}
