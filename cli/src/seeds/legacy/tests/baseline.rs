//! The 22 tables for the tests: no more of them than rows can break.

use async_trait::async_trait;
use sea_orm::{
    DbErr, DeriveMigrationName,
    sea_query::{Alias, ColumnDef, ForeignKey, Table},
};
use sea_orm_migration::{MigrationTrait, SchemaManager};

/// A line a table: its name, then `column:kind`, with `#` for the key, `!` for NOT NULL, `>table` for a reference and `^`
/// for UNIQUE. Indented lines go on.
const TABLES: &str = include_str!("tables.txt");

#[derive(DeriveMigrationName)]
struct Baseline;

/// The migration.
pub(super) fn baseline() -> Box<dyn MigrationTrait> {
    Box::new(Baseline)
}

/// Table and columns.
pub(super) fn tables() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut tables = Vec::new();
    for line in TABLES.lines() {
        let mut words = line.split_whitespace();
        if !line.starts_with(' ') {
            tables.push((words.next().unwrap(), Vec::new()));
        }
        tables.last_mut().unwrap().1.extend(words);
    }
    tables
}

#[async_trait]
impl MigrationTrait for Baseline {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, columns) in tables() {
            let mut table = Table::create();
            table.table(Alias::new(name));
            for column in columns {
                let (column, kind) = column.split_once(':').unwrap();
                let (kind, unique) = kind.strip_suffix('^').map_or((kind, false), |kind| (kind, true));
                let (kind, referred) = kind.split_once('>').map_or((kind, None), |(kind, to)| (kind, Some(to)));
                let mut def = ColumnDef::new(Alias::new(column));
                match kind.trim_end_matches(['!', '#']) {
                    "serial" => def.integer().not_null().auto_increment().primary_key(),
                    "int" => def.integer(),
                    "text" => def.text(),
                    "time" => def.timestamp(),
                    "json" => def.json_binary(),
                    "bool" => def.boolean(),
                    "char" => def.string(),
                    chars => def.string_len(chars.strip_prefix("char").unwrap().parse().unwrap()),
                };
                if kind.ends_with(['!', '#']) {
                    def.not_null();
                }
                if kind.ends_with('#') {
                    def.primary_key();
                }
                if unique {
                    def.unique_key();
                }
                table.col(&mut def);
                if let Some(referred) = referred {
                    let (name, column, referred) = (Alias::new(name), Alias::new(column), Alias::new(referred));
                    table.foreign_key(ForeignKey::create().from(name, column).to(referred, Alias::new("id")));
                }
            }
            manager.create_table(table).await?;
        }
        Ok(())
    }
}
