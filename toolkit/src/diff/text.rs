//! One line for every change. Two changes that differ have two texts: what a summary does not show, nobody can decide on.

use std::fmt;

use super::{Change, Conversion, Loss, OnLoss};
use crate::schema::{Index, PrimaryKey, Table, Unmanaged};

fn columns(columns: &[String]) -> String {
    columns.join(", ")
}

fn comment(text: Option<&String>) -> String {
    text.map_or_else(|| "none".to_owned(), |text| format!("'{}'", text.replace('\'', "''")))
}

/// What belongs to a table and has no field of its own.
fn with(table: &Table) -> String {
    let names: Vec<String> = table
        .unmanaged
        .iter()
        .map(|one| format!("{} {}", one.kind, one.name))
        .collect();
    if names.is_empty() {
        String::new()
    } else {
        format!(", with the unmanaged {}", names.join(", "))
    }
}

fn index(f: &mut fmt::Formatter<'_>, sign: char, table: &str, index: &Index) -> fmt::Result {
    write!(f, "{sign} index {} on {table} {}", index.name, index.describe())
}

impl Change {
    fn column_name(&self) -> &str {
        match self {
            Self::AlterColumn { to, .. } => &to.name,
            _ => "",
        }
    }

    /// What was decided about the values of a column.
    fn of_values(&self, conversion: &Conversion) -> String {
        let mut text = String::new();
        if let Some(zone) = &conversion.zone {
            text += &format!(", in the time zone {zone}");
        }
        if let Some(fill) = &conversion.fill {
            text += &format!(", rows that have NULL get {fill}");
        }
        if self.loss() == Loss::Values {
            text += &match &conversion.on_loss {
                OnLoss::Refuse => ", refused while a value does not fit".to_owned(),
                OnLoss::Truncate => ", values that do not fit are truncated".to_owned(),
                OnLoss::Map(sql) => format!(", values become {sql}"),
                OnLoss::Quarantine => ", rows whose value does not fit go into quarantine".to_owned(),
            };
        }
        text
    }

    /// What differs, of something that has no field of its own.
    pub(crate) fn unmanaged_text(table: Option<&str>, one: &Unmanaged) -> String {
        let on = table.map(|table| format!(" on {table}")).unwrap_or_default();
        format!("unmanaged {} {}{on}", one.kind, one.name)
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateEnum { enumeration } => {
                write!(f, "+ enum {} ({})", enumeration.name, columns(&enumeration.values))
            }
            Self::DropEnum { enumeration } => {
                write!(f, "- enum {} ({})", enumeration.name, columns(&enumeration.values))
            }
            Self::AlterEnum { from, to } => write!(
                f,
                "~ enum {}: ({}) → ({})",
                from.name,
                columns(&from.values),
                columns(&to.values)
            ),
            Self::RenameEnumValue { enumeration, from, to } => {
                write!(f, "~ value of the enum {enumeration}: {from} → {to}, rows keep it")
            }
            Self::CreateTable { table } => {
                write!(f, "+ table {} ({} columns", table.name, table.columns.len())?;
                let counted = [
                    (table.uniques.len(), "unique key", "unique keys"),
                    (table.foreign_keys.len(), "foreign key", "foreign keys"),
                    (table.indexes.len(), "index", "indexes"),
                    (table.checks.len(), "check", "checks"),
                ];
                for (count, one, many) in counted.into_iter().filter(|(count, ..)| *count > 0) {
                    write!(f, ", {count} {}", if count == 1 { one } else { many })?;
                }
                write!(f, "){}", with(table))
            }
            Self::DropTable { table } => write!(f, "- table {} and its rows{}", table.name, with(table)),
            Self::RenameTable { from, to } => write!(f, "~ table {from} → {to}, rows kept"),
            Self::AddColumn { table, column, fill } => {
                write!(f, "+ column {table}.{} {}", column.name, column.describe())?;
                fill.as_ref()
                    .map_or(Ok(()), |fill| write!(f, ", rows that are there get {fill}"))
            }
            Self::DropColumn { table, column } => write!(f, "- column {table}.{} and its values", column.name),
            Self::RenameColumn { table, from, to } => write!(f, "~ column {table}.{from} → {to}, values kept"),
            Self::MirrorColumn { table, from, to, .. } => {
                write!(f, "~ columns {table}.{from} and {to} kept alike, values copied")
            }
            Self::UnmirrorColumn { table, from, to, .. } => {
                write!(f, "~ columns {table}.{from} and {to} kept alike no longer")
            }
            Self::AlterColumn {
                table,
                from,
                to,
                conversion,
            } => {
                let (from, to) = (from.describe(), to.describe());
                write!(
                    f,
                    "~ column {table}.{}: {from} → {to}{}",
                    self.column_name(),
                    self.of_values(conversion)
                )
            }
            Self::ReplacePrimaryKey { table, from, to } => {
                let key = |key: &Option<PrimaryKey>| match key {
                    None => "none".to_owned(),
                    Some(key) => {
                        let name = key.name.as_ref().map(|name| format!("{name} ")).unwrap_or_default();
                        format!("{name}({})", columns(&key.columns))
                    }
                };
                write!(f, "~ primary key of {table}: {} → {}", key(from), key(to))
            }
            Self::AddUnique { table, unique } => {
                write!(f, "+ unique {} on {table} ({})", unique.name, columns(&unique.columns))
            }
            Self::DropUnique { table, unique } => {
                write!(f, "- unique {} on {table} ({})", unique.name, columns(&unique.columns))
            }
            Self::AddForeignKey { table, key } => {
                write!(f, "+ foreign key {} on {table} {}", key.name, key.describe())
            }
            Self::DropForeignKey { table, key } => {
                write!(f, "- foreign key {} on {table} {}", key.name, key.describe())
            }
            Self::AddCheck { table, check } => write!(f, "+ check {} on {table}: {}", check.name, check.expression),
            Self::DropCheck { table, check } => write!(f, "- check {} on {table}: {}", check.name, check.expression),
            Self::CreateIndex { table, index: new } => index(f, '+', table, new),
            Self::DropIndex { table, index: old } => index(f, '-', table, old),
            Self::RenameIndex { table, from, to } => write!(f, "~ index {from} → {to} on {table}"),
            Self::RenameConstraint { table, from, to, .. } => write!(f, "~ constraint {from} → {to} on {table}"),
            Self::SetTableComment { table, from, to } => write!(
                f,
                "~ comment of {table}: {} → {}",
                comment(from.as_ref()),
                comment(to.as_ref())
            ),
            Self::Unmanaged { table, from, to } => {
                let name = |one| Self::unmanaged_text(table.as_deref(), one);
                match (from, to) {
                    (None, Some(to)) => write!(f, "! {} is to be made: {to}", name(to)),
                    (Some(from), None) => write!(f, "! {} is to be removed: {from}", name(from)),
                    (Some(from), Some(to)) => write!(f, "! {} differs: {from} → {to}", name(to)),
                    (None, None) => f.write_str("! nothing unmanaged"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::schema::{
        AutoIncrement, Check, Column, DataType, Direction, EnumType, Expression, ForeignKey, IndexKey, IndexPart,
        Literal, ReferentialAction, Unique, UnmanagedKind,
    };

    fn columns_that_differ() -> Vec<Column> {
        let sql = |text: &str| Some(Expression::Sql(text.into()));
        let mut all = Vec::new();
        for data_type in [
            DataType::Decimal(None),
            DataType::Decimal(Some((9, 2))),
            DataType::Custom("decimal".into()),
        ] {
            for nullable in [true, false] {
                // One that is numbered in no way that is said is numbered by a sequence.
                for auto_increment in [
                    AutoIncrement::No,
                    AutoIncrement::Serial,
                    AutoIncrement::Identity,
                    AutoIncrement::IdentityAlways,
                ] {
                    for default in [
                        None,
                        Some(Expression::Literal(Literal::Int(1))),
                        Some(Expression::text("1")),
                        sql("a + 1"),
                    ] {
                        for generated in [None, sql("a * 2")] {
                            for comment in [None, Some("null".to_owned())] {
                                all.push(Column {
                                    nullable,
                                    default: default.clone(),
                                    auto_increment,
                                    generated: generated.clone(),
                                    comment,
                                    ..Column::new("c", data_type.clone())
                                });
                            }
                        }
                    }
                }
            }
        }
        all
    }

    fn indexes_that_differ() -> Vec<Index> {
        let part = |key: IndexKey, direction| IndexPart { key, direction };
        let column = |name: &str| IndexKey::Column(name.into());
        let expression = |text: &str| IndexKey::Expression(Expression::Sql(text.into()));
        let mut all = Vec::new();
        for parts in [
            vec![part(column("a"), Direction::Asc)],
            vec![part(column("a"), Direction::Desc)],
            vec![part(expression("a"), Direction::Asc)],
            vec![part(column("a"), Direction::Asc), part(column("b"), Direction::Asc)],
            vec![part(column("b"), Direction::Asc), part(column("a"), Direction::Asc)],
        ] {
            for unique in [true, false] {
                for filter in [
                    None,
                    Some(Expression::Sql("a > 0".into())),
                    Some(Expression::Sql("a > 1".into())),
                ] {
                    for include in [Vec::new(), vec!["b".to_owned()]] {
                        for method in [None, Some("gin".to_owned()), Some("hash".to_owned())] {
                            for invalid in [true, false] {
                                let mut index = Index::new("i", parts.clone());
                                index.unique = unique;
                                index.filter.clone_from(&filter);
                                index.include.clone_from(&include);
                                index.method.clone_from(&method);
                                index.invalid = invalid;
                                all.push(index);
                            }
                        }
                    }
                }
            }
        }
        all
    }

    fn keys_that_differ() -> Vec<ForeignKey> {
        let actions = [
            ReferentialAction::NoAction,
            ReferentialAction::Restrict,
            ReferentialAction::Cascade,
            ReferentialAction::SetNull,
            ReferentialAction::SetDefault,
        ];
        let names = |names: &[&str]| -> Vec<String> { names.iter().map(|name| (*name).to_owned()).collect() };
        let mut all = Vec::new();
        for columns in [names(&["a"]), names(&["a", "b"]), names(&["b", "a"])] {
            for ref_columns in [names(&["x"]), names(&["y"])] {
                for on_delete in actions {
                    for on_update in actions {
                        for not_valid in [true, false] {
                            all.push(ForeignKey {
                                name: "f".into(),
                                columns: columns.clone(),
                                ref_table: "other".into(),
                                ref_columns: ref_columns.clone(),
                                on_delete,
                                on_update,
                                not_valid,
                            });
                        }
                    }
                }
            }
        }
        all
    }

    /// Whatever two things differ in, their lines differ.
    #[test]
    fn two_changes_never_look_the_same() {
        let table = || "t".to_owned();
        let columns = columns_that_differ();
        let mut changes: Vec<Change> = Vec::new();
        for column in &columns {
            changes.push(Change::AddColumn {
                table: table(),
                column: column.clone(),
                fill: None,
            });
            changes.push(Change::AlterColumn {
                table: table(),
                from: columns[0].clone(),
                to: column.clone(),
                conversion: Conversion::default(),
            });
        }
        for index in indexes_that_differ() {
            changes.push(Change::CreateIndex {
                table: table(),
                index: index.clone(),
            });
            changes.push(Change::DropIndex { table: table(), index });
        }
        for key in keys_that_differ() {
            changes.push(Change::AddForeignKey {
                table: table(),
                key: key.clone(),
            });
            changes.push(Change::DropForeignKey { table: table(), key });
        }
        for text in ["a > 0", "a > 1"] {
            let check = Check {
                name: "c".into(),
                expression: Expression::Sql(text.into()),
            };
            changes.push(Change::AddCheck {
                table: table(),
                check: check.clone(),
            });
            changes.push(Change::DropCheck { table: table(), check });
            let enumeration = EnumType {
                name: "e".into(),
                values: vec![text.into()],
            };
            changes.push(Change::CreateEnum {
                enumeration: enumeration.clone(),
            });
            changes.push(Change::DropEnum { enumeration });
            let unique = Unique {
                name: "u".into(),
                columns: vec![text.into()],
            };
            changes.push(Change::AddUnique {
                table: table(),
                unique: unique.clone(),
            });
            changes.push(Change::DropUnique { table: table(), unique });
            changes.push(Change::SetTableComment {
                table: table(),
                from: None,
                to: Some(text.into()),
            });
            let one = Some(Unmanaged::new(UnmanagedKind::Trigger, "x", text));
            changes.push(Change::Unmanaged {
                table: Some(table()),
                from: None,
                to: one.clone(),
            });
            changes.push(Change::Unmanaged {
                table: Some(table()),
                from: one.clone(),
                to: None,
            });
            changes.push(Change::Unmanaged {
                table: None,
                from: one,
                to: None,
            });
        }
        let mut seen: BTreeMap<String, &Change> = BTreeMap::new();
        for change in &changes {
            if let Some(other) = seen.insert(change.to_string(), change) {
                panic!("{change}\n{change:?}\n{other:?}");
            }
        }
    }
}
