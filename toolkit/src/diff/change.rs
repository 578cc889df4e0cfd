//! The typed changes of a plan.

use serde::{Deserialize, Serialize};

use crate::schema::{
    Check, Column, DataType, EnumType, Expression, ForeignKey, Index, Literal, PrimaryKey, Table, Unique, Unmanaged,
};

use super::{Conversion, Fit, Loss, fit};

/// The constraints that can be renamed without being rebuilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConstraintKind {
    /// A primary key.
    PrimaryKey,
    /// A unique constraint.
    Unique,
    /// A foreign key.
    ForeignKey,
    /// A check.
    Check,
}

/// One step from a schema to another. Each carries enough to be undone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "plain data, taken apart by its fields; a plan has some dozens of them"
)]
pub enum Change {
    /// Makes a native enumeration type.
    CreateEnum {
        /// The type.
        enumeration: EnumType,
    },
    /// Removes a native enumeration type.
    DropEnum {
        /// The type.
        enumeration: EnumType,
    },
    /// Changes the values of a native enumeration type.
    AlterEnum {
        /// As it was.
        from: EnumType,
        /// As it will be.
        to: EnumType,
    },
    /// Gives a value of a native enumeration type another name; rows that have it have the new one.
    RenameEnumValue {
        /// The type.
        enumeration: String,
        /// The old name.
        from: String,
        /// The new name.
        to: String,
    },
    /// Makes a table with its keys, checks and indexes. Foreign keys to tables that come later stand apart.
    CreateTable {
        /// The table.
        table: Table,
    },
    /// Removes a table.
    DropTable {
        /// The table as it was.
        table: Table,
    },
    /// Gives a table another name; its rows stay.
    RenameTable {
        /// The old name.
        from: String,
        /// The new name.
        to: String,
    },
    /// Adds a column at the end of a table.
    AddColumn {
        /// The table.
        table: String,
        /// The column.
        column: Column,
        /// The value of the rows that are there, where the column has no default for them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fill: Option<Expression>,
    },
    /// Removes a column.
    DropColumn {
        /// The table.
        table: String,
        /// The column as it was.
        column: Column,
    },
    /// Gives a column another name; its values stay.
    RenameColumn {
        /// The table.
        table: String,
        /// The old name.
        from: String,
        /// The new name.
        to: String,
    },
    /// Keeps two columns of a table alike while both names are in use: the values are copied, and from then on whoever
    /// writes one writes both.
    MirrorColumn {
        /// The table.
        table: String,
        /// The old name.
        from: String,
        /// The new name.
        to: String,
        /// Whether the values that are there go from the new column to the old one, as on the way down.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        back: bool,
    },
    /// Keeps two columns alike no longer, since the old one is about to go.
    UnmirrorColumn {
        /// The table.
        table: String,
        /// The old name.
        from: String,
        /// The new name.
        to: String,
    },
    /// Changes a column's type, default, nullability, numbering or comment.
    AlterColumn {
        /// The table.
        table: String,
        /// As it was.
        from: Column,
        /// As it will be.
        to: Column,
        /// What was decided about its values.
        #[serde(default, skip_serializing_if = "Conversion::is_usual")]
        conversion: Conversion,
    },
    /// Replaces a table's primary key.
    ReplacePrimaryKey {
        /// The table.
        table: String,
        /// As it was.
        from: Option<PrimaryKey>,
        /// As it will be.
        to: Option<PrimaryKey>,
    },
    /// Adds a unique constraint.
    AddUnique {
        /// The table.
        table: String,
        /// The constraint.
        unique: Unique,
    },
    /// Removes a unique constraint.
    DropUnique {
        /// The table.
        table: String,
        /// The constraint.
        unique: Unique,
    },
    /// Adds a foreign key.
    AddForeignKey {
        /// The table.
        table: String,
        /// The key.
        key: ForeignKey,
    },
    /// Removes a foreign key.
    DropForeignKey {
        /// The table.
        table: String,
        /// The key.
        key: ForeignKey,
    },
    /// Adds a check.
    AddCheck {
        /// The table.
        table: String,
        /// The check.
        check: Check,
    },
    /// Removes a check.
    DropCheck {
        /// The table.
        table: String,
        /// The check.
        check: Check,
    },
    /// Makes an index.
    CreateIndex {
        /// The table.
        table: String,
        /// The index.
        index: Index,
    },
    /// Removes an index.
    DropIndex {
        /// The table.
        table: String,
        /// The index.
        index: Index,
    },
    /// Gives an index another name.
    RenameIndex {
        /// The table.
        table: String,
        /// The old name.
        from: String,
        /// The new name.
        to: String,
    },
    /// Gives a constraint another name.
    RenameConstraint {
        /// The table.
        table: String,
        /// What kind it is of.
        kind: ConstraintKind,
        /// The old name.
        from: String,
        /// The new name.
        to: String,
    },
    /// Changes what the database is told a table is for.
    SetTableComment {
        /// The table.
        table: String,
        /// As it was.
        from: Option<String>,
        /// As it will be.
        to: Option<String>,
    },
    /// Something that has no field of its own in the IR differs. No statement is written for it: whoever writes SQL or
    /// Rust refuses and names it.
    Unmanaged {
        /// The table; none where it belongs to none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        table: Option<String>,
        /// As it was; none where there was none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Unmanaged>,
        /// As it will be; none where it is to be gone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Unmanaged>,
    },
}

impl Change {
    /// The change that undoes this one. A column that was dropped comes back at the end of its table; its values are
    /// lost, so that where it may not be NULL the rows get the empty value of its type.
    #[must_use]
    pub fn inverse(self) -> Self {
        match self {
            Self::CreateEnum { enumeration } => Self::DropEnum { enumeration },
            Self::DropEnum { enumeration } => Self::CreateEnum { enumeration },
            Self::AlterEnum { from, to } => Self::AlterEnum { from: to, to: from },
            Self::CreateTable { table } => Self::DropTable { table },
            Self::DropTable { table } => Self::CreateTable { table },
            Self::RenameTable { from, to } => Self::RenameTable { from: to, to: from },
            Self::AddColumn { table, column, .. } => Self::DropColumn { table, column },
            Self::DropColumn { table, column } => Self::AddColumn {
                fill: needs_value(&column).then(|| empty(&column.data_type)).flatten(),
                table,
                column,
            },
            Self::RenameColumn { table, from, to } => Self::RenameColumn {
                table,
                from: to,
                to: from,
            },
            Self::MirrorColumn { table, from, to, .. } => Self::UnmirrorColumn { table, from, to },
            Self::UnmirrorColumn { table, from, to } => Self::MirrorColumn {
                table,
                from,
                to,
                back: true,
            },
            // What fits one way may not fit the other; then it is refused, whatever was decided for the first.
            Self::AlterColumn {
                table,
                from,
                to,
                conversion,
            } => Self::AlterColumn {
                table,
                from: to,
                to: from,
                conversion: Conversion {
                    zone: conversion.zone,
                    ..Conversion::default()
                },
            },
            Self::RenameEnumValue { enumeration, from, to } => Self::RenameEnumValue {
                enumeration,
                from: to,
                to: from,
            },
            Self::ReplacePrimaryKey { table, from, to } => Self::ReplacePrimaryKey {
                table,
                from: to,
                to: from,
            },
            Self::AddUnique { table, unique } => Self::DropUnique { table, unique },
            Self::DropUnique { table, unique } => Self::AddUnique { table, unique },
            Self::AddForeignKey { table, key } => Self::DropForeignKey { table, key },
            Self::DropForeignKey { table, key } => Self::AddForeignKey { table, key },
            Self::AddCheck { table, check } => Self::DropCheck { table, check },
            Self::DropCheck { table, check } => Self::AddCheck { table, check },
            Self::CreateIndex { table, index } => Self::DropIndex { table, index },
            Self::DropIndex { table, index } => Self::CreateIndex { table, index },
            Self::RenameIndex { table, from, to } => Self::RenameIndex {
                table,
                from: to,
                to: from,
            },
            Self::RenameConstraint { table, kind, from, to } => Self::RenameConstraint {
                table,
                kind,
                from: to,
                to: from,
            },
            Self::SetTableComment { table, from, to } => Self::SetTableComment {
                table,
                from: to,
                to: from,
            },
            Self::Unmanaged { table, from, to } => Self::Unmanaged {
                table,
                from: to,
                to: from,
            },
        }
    }

    /// The table that changes, by its name before the change; none for an enumeration type.
    pub fn table(&self) -> Option<&str> {
        match self {
            Self::CreateEnum { .. } | Self::DropEnum { .. } | Self::AlterEnum { .. } | Self::RenameEnumValue { .. } => {
                None
            }
            Self::CreateTable { table } | Self::DropTable { table } => Some(&table.name),
            Self::RenameTable { from, .. } => Some(from),
            Self::AddColumn { table, .. }
            | Self::DropColumn { table, .. }
            | Self::RenameColumn { table, .. }
            | Self::MirrorColumn { table, .. }
            | Self::UnmirrorColumn { table, .. }
            | Self::AlterColumn { table, .. }
            | Self::ReplacePrimaryKey { table, .. }
            | Self::AddUnique { table, .. }
            | Self::DropUnique { table, .. }
            | Self::AddForeignKey { table, .. }
            | Self::DropForeignKey { table, .. }
            | Self::AddCheck { table, .. }
            | Self::DropCheck { table, .. }
            | Self::CreateIndex { table, .. }
            | Self::DropIndex { table, .. }
            | Self::RenameIndex { table, .. }
            | Self::RenameConstraint { table, .. }
            | Self::SetTableComment { table, .. } => Some(table),
            Self::Unmanaged { table, .. } => table.as_deref(),
        }
    }

    /// What it may cost.
    pub fn loss(&self) -> Loss {
        match self {
            Self::DropTable { .. } => Loss::Rows,
            Self::DropColumn { .. } | Self::DropEnum { .. } => Loss::Values,
            Self::AlterColumn { .. } if self.fit().may_lose() => Loss::Values,
            Self::AlterEnum { from, to } if from.values.iter().any(|value| !to.values.contains(value)) => Loss::Values,
            Self::CreateEnum { .. }
            | Self::AlterEnum { .. }
            | Self::RenameEnumValue { .. }
            | Self::CreateTable { .. }
            | Self::RenameTable { .. }
            | Self::AddColumn { .. }
            | Self::RenameColumn { .. }
            | Self::MirrorColumn { .. }
            | Self::UnmirrorColumn { .. }
            | Self::AlterColumn { .. }
            | Self::ReplacePrimaryKey { .. }
            | Self::AddUnique { .. }
            | Self::DropUnique { .. }
            | Self::AddForeignKey { .. }
            | Self::DropForeignKey { .. }
            | Self::AddCheck { .. }
            | Self::DropCheck { .. }
            | Self::CreateIndex { .. }
            | Self::DropIndex { .. }
            | Self::RenameIndex { .. }
            | Self::RenameConstraint { .. }
            | Self::SetTableComment { .. }
            // It is never made or broken by a plan.
            | Self::Unmanaged { .. } => Loss::Nothing,
        }
    }

    /// How the values of a column that changes fit into its new type; what the database computes always does.
    pub fn fit(&self) -> Fit {
        match self {
            Self::AlterColumn { from, to, .. } if to.generated.is_none() => fit(&from.data_type, &to.data_type),
            _ => Fit::Always,
        }
    }

    /// Whether what it removes cannot be had again: it comes behind the place for data migrations.
    pub fn destroys(&self) -> bool {
        matches!(
            self,
            Self::DropTable { .. } | Self::DropColumn { .. } | Self::DropEnum { .. }
        )
    }
}

/// Whether rows that are there must be given a value for a column when it is added.
pub(super) fn needs_value(column: &Column) -> bool {
    !column.nullable && column.default.is_none() && column.generated.is_none() && !column.auto_increment.is_on()
}

/// The empty value of a type, where it has one that every database reads alike.
fn empty(data_type: &DataType) -> Option<Expression> {
    let value = match data_type {
        DataType::Boolean => Literal::Bool(false),
        DataType::Char(_) | DataType::Varchar(_) | DataType::Text => Literal::Text(String::new()),
        DataType::Json | DataType::JsonBinary => Literal::Text("null".into()),
        DataType::Date => Literal::Text("1970-01-01".into()),
        DataType::Time => Literal::Text("00:00:00".into()),
        DataType::DateTime | DataType::Timestamp => Literal::Text("1970-01-01 00:00:00".into()),
        DataType::TimestampTz => Literal::Text("1970-01-01 00:00:00+00:00".into()),
        DataType::TinyInteger
        | DataType::SmallInteger
        | DataType::Integer
        | DataType::BigInteger
        | DataType::TinyUnsigned
        | DataType::SmallUnsigned
        | DataType::Unsigned
        | DataType::BigUnsigned
        | DataType::Float
        | DataType::Double
        | DataType::Decimal(_) => Literal::Int(0),
        _ => return None,
    };
    Some(Expression::Literal(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_column_comes_back_to_rows_that_are_there() {
        let fill = |column: Column| {
            let drop = Change::DropColumn {
                table: "products".into(),
                column,
            };
            match drop.inverse() {
                Change::AddColumn { fill, .. } => fill,
                other => panic!("{other}"),
            }
        };
        let mut title = Column::new("title", DataType::Text);
        title.nullable = true;
        assert_eq!(fill(title.clone()), None);
        title.nullable = false;
        assert_eq!(
            fill(title.clone()),
            Some(Expression::Literal(Literal::Text(String::new())))
        );
        title.default = Some(Expression::Literal(Literal::Text("?".into())));
        assert_eq!(fill(title), None);
    }
}
