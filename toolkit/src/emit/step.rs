//! The steps of a migration: changes grouped so that every database can make them.

use super::{numbering::as_made, online::with_locks_late, retype::retyped, sql::added_values};
use crate::{
    ddl::Unfit,
    diff::{Change, ConstraintKind, Conversion, Plan, apply},
    schema::{Check, Column, DataType, EnumType, Expression, Index, IndexKey, Schema, Table},
};

/// One statement or helper call of a migration.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "as large as a change, of which it mostly holds one"
)]
pub enum Step {
    /// A change that sea-query or a helper can say by itself.
    Plain(Change),
    /// A table with the comments that belong to it; its indexes follow as steps of their own.
    CreateTable(Table),
    /// A table's rename, with the names that PostgreSQL derived from the old one.
    RenameTable {
        /// The old name.
        from: String,
        /// The table under its new name.
        table: Table,
    },
    /// An index's rename.
    RenameIndex {
        /// The table.
        table: String,
        /// The old name.
        from: String,
        /// The index under its new name.
        index: Index,
    },
    /// Changes of one table that belong together, because SQLite can make them only all at once.
    Alter {
        /// The table.
        table: String,
        /// The changes.
        changes: Vec<Change>,
        /// The table as it is afterwards, where SQLite needs a rebuild.
        rebuilt: Option<Box<Table>>,
    },
    /// A column's comment.
    CommentOnColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The comment.
        comment: Option<String>,
    },
    /// A table's comment.
    CommentOnTable {
        /// The table.
        table: String,
        /// The comment.
        comment: Option<String>,
    },
    /// Puts rows into quarantine whose values do not fit into what comes.
    Quarantine {
        /// The table.
        table: String,
        /// Which rows.
        unfit: Unfit,
    },
    /// A new enumeration type in the place of one that loses values or changes their order.
    ReplaceEnum {
        /// The type as it will be.
        enumeration: EnumType,
        /// The columns that go over to it.
        columns: Vec<EnumColumn>,
    },
    /// A value of an enumeration type gets another name.
    RenameEnumValue {
        /// The type.
        enumeration: String,
        /// The old name.
        from: String,
        /// The new name.
        to: String,
        /// The columns of that type.
        columns: Vec<EnumColumn>,
    },
    /// Refuses to go on unless every row of a table that is about to go has been moved.
    RequireMoved(String),
    /// Brings back the rows that were moved out of a table before it went.
    Restore(String),
}

/// A column of an enumeration type, with what PostgreSQL keeps with the type in it.
#[derive(Clone, Debug, PartialEq)]
pub struct EnumColumn {
    /// The table.
    pub table: String,
    /// The column, of that type or of arrays of it.
    pub column: Column,
    /// Indexes whose filter or expressions read the column.
    pub indexes: Vec<Index>,
    /// Checks that read the column.
    pub checks: Vec<Check>,
}

/// The steps of a plan. `gated` puts a gate before every table that goes, and brings rows back into every table
/// that comes back (the `down` of such a migration).
pub fn steps(plan: &Plan, gated: bool) -> Vec<Step> {
    let plan = &with_locks_late(plan);
    let mut out = Vec::new();
    if gated {
        let dropped = plan.changes.iter().filter_map(|change| match change {
            Change::DropTable { table } => Some(Step::RequireMoved(table.name.clone())),
            _ => None,
        });
        // In the order of the drops, all before the first.
        out.extend(dropped);
    }
    let mut now = plan.before.clone();
    let groups = groups(plan);
    for (at, change) in plan.changes.iter().enumerate() {
        let group = groups.iter().find(|group| group.members.contains(&at));
        apply(&mut now, change);
        match group {
            None => plain(change, &now, gated, &mut out),
            Some(group) if group.members.last() == Some(&at) => {
                let changes: Vec<Change> = group
                    .members
                    .iter()
                    .map(|member| plan.changes[*member].clone())
                    .collect();
                let rebuilt = group
                    .rebuild
                    .then(|| now.table(&group.table).cloned().map(Box::new))
                    .flatten();
                out.extend(changes.iter().filter_map(|change| quarantine(plan, change)));
                let comments: Vec<Step> = changes.iter().filter_map(new_comment).collect();
                if !changes.iter().all(only_comments) {
                    out.push(Step::Alter {
                        table: group.table.clone(),
                        changes,
                        rebuilt,
                    });
                }
                out.extend(comments);
            }
            Some(_) => {}
        }
    }
    out
}

struct Group {
    table: String,
    members: Vec<usize>,
    rebuild: bool,
}

/// The changes that must be made together: those of a table of which SQLite can make one only by a rebuild. Changes
/// of columns and constraints that sea-query has no builder for are groups of one.
///
/// A group is made where its last change stands. It ends early where a change of something else would come too soon.
fn groups(plan: &Plan) -> Vec<Group> {
    let mut done: Vec<Group> = Vec::new();
    let mut open: Vec<Group> = Vec::new();
    let mut now = plan.before.clone();
    for (at, change) in plan.changes.iter().enumerate() {
        let member_of = change.table().filter(|_| alters(change));
        let (waited_for, still_open) = open.into_iter().partition(|group| {
            let mut members = group.members.iter().map(|member| &plan.changes[*member]);
            member_of != Some(&group.table) && members.any(|member| must_precede(member, &group.table, change))
        });
        open = still_open;
        done.extend(Vec::into_iter(waited_for));
        if let Some(table) = member_of {
            let rebuild = needs_rebuild(change, now.table(table));
            match open.iter_mut().find(|group| group.table == table) {
                Some(group) => {
                    group.members.push(at);
                    group.rebuild |= rebuild;
                }
                None => open.push(Group {
                    table: table.to_owned(),
                    members: vec![at],
                    rebuild,
                }),
            }
        }
        apply(&mut now, change);
    }
    done.into_iter()
        .chain(open)
        .flat_map(|group| {
            if group.rebuild {
                return vec![group];
            }
            let alone = group.members.into_iter().filter(|at| !is_plain(&plan.changes[*at]));
            alone
                .map(|at| Group {
                    table: group.table.clone(),
                    members: vec![at],
                    rebuild: false,
                })
                .collect()
        })
        .collect()
}

/// Whether a change of that table has to be made before a later change of something else.
fn must_precede(member: &Change, table: &str, later: &Change) -> bool {
    match later {
        Change::RenameTable { from, .. } => from == table,
        Change::RenameColumn { table: other, .. }
        | Change::MirrorColumn { table: other, .. }
        | Change::UnmirrorColumn { table: other, .. } => other == table,
        Change::CreateIndex { table: other, index } => match member {
            Change::AddColumn { column, .. } | Change::AlterColumn { to: column, .. } => {
                other == table && may_use(index, &column.name)
            }
            // On PostgreSQL an index and a unique key can't have one name.
            Change::DropUnique { unique, .. } => unique.name == index.name,
            _ => false,
        },
        Change::RenameIndex { to, .. } => matches!(member, Change::DropUnique { unique, .. } if unique.name == *to),
        Change::AddForeignKey { key, .. } => key.ref_table == table,
        Change::CreateTable { table: created } => {
            created.foreign_keys.iter().any(|key| key.ref_table == table)
                && matches!(
                    member,
                    Change::AddUnique { .. } | Change::ReplacePrimaryKey { .. } | Change::AlterColumn { .. }
                )
        }
        Change::DropTable { table: gone } => {
            gone.name == table || matches!(member, Change::DropForeignKey { key, .. } if key.ref_table == gone.name)
        }
        Change::DropUnique { table: other, .. }
        | Change::ReplacePrimaryKey { table: other, .. }
        | Change::DropIndex { table: other, .. }
        | Change::DropColumn { table: other, .. }
        | Change::AlterColumn { table: other, .. } => {
            matches!(member, Change::DropForeignKey { key, .. } if key.ref_table == *other)
        }
        _ => false,
    }
}

/// Whether an index may be over the column; what stands in its author's SQL is not known.
fn may_use(index: &Index, column: &str) -> bool {
    let is_sql = |expression: &Expression| matches!(expression, Expression::Sql(_));
    let keys = || index.parts.iter().map(|part| &part.key);
    index.uses(column)
        || index.filter.as_ref().is_some_and(is_sql)
        || keys().any(|key| matches!(key, IndexKey::Expression(expression) if is_sql(expression)))
}

fn alters(change: &Change) -> bool {
    matches!(
        change,
        Change::AddColumn { .. }
            | Change::DropColumn { .. }
            | Change::AlterColumn { .. }
            | Change::ReplacePrimaryKey { .. }
            | Change::AddUnique { .. }
            | Change::DropUnique { .. }
            | Change::AddForeignKey { .. }
            | Change::DropForeignKey { .. }
            | Change::AddCheck { .. }
            | Change::DropCheck { .. }
            | Change::RenameConstraint { .. }
    )
}

/// Whether sea-query's own builder says it on every database.
fn is_plain(change: &Change) -> bool {
    matches!(change, Change::AddColumn { fill: None, .. } | Change::DropColumn { .. })
}

/// Whether SQLite can make the change only by a rebuild of the table, whatever rows it holds: some of its ALTERs
/// work on an empty table and fail on one with rows (<https://sqlite.org/lang_altertable.html>).
fn needs_rebuild(change: &Change, table: Option<&Table>) -> bool {
    match change {
        Change::AddColumn { column, fill, .. } => {
            let constant = column.default.as_ref().is_none_or(Expression::is_constant);
            fill.is_some()
                || !constant
                || column.generated.is_some()
                || column.auto_increment.is_on()
                || (!column.nullable && column.default.is_none())
        }
        Change::DropColumn { column, .. } => table.is_some_and(|table| is_bound(table, column)),
        Change::AlterColumn { .. } => !only_comments(change),
        // SQLite's tables do not tell the names of their foreign keys.
        Change::RenameConstraint {
            kind: ConstraintKind::ForeignKey,
            ..
        } => false,
        // Any other constraint's name stands in the table's text, and a later rebuild would write the new one.
        _ => true,
    }
}

/// Whether all that changes is what the database is told of a column.
fn only_comments(change: &Change) -> bool {
    let Change::AlterColumn { from, to, .. } = change else {
        return false;
    };
    let with_comment = Column {
        comment: to.comment.clone(),
        ..from.clone()
    };
    with_comment == *to
}

/// Whether a key, a constraint or a computed column holds the column fast.
fn is_bound(table: &Table, column: &Column) -> bool {
    let names = |columns: &[String]| columns.contains(&column.name);
    names(table.key_columns())
        || table.uniques.iter().any(|unique| names(&unique.columns))
        || table.foreign_keys.iter().any(|key| names(&key.columns))
        || !table.checks.is_empty()
        || table.columns.iter().any(|other| other.generated.is_some())
}

/// The quarantine that comes before a change of a type.
fn quarantine(plan: &Plan, change: &Change) -> Option<Step> {
    let Change::AlterColumn {
        table,
        from,
        to,
        conversion,
    } = change
    else {
        return None;
    };
    let unfit = retyped(plan, table, from, to, conversion).quarantined?;
    Some(Step::Quarantine {
        table: table.clone(),
        unfit,
    })
}

/// The columns of an enumeration type.
fn enum_columns(name: &str, now: &Schema) -> Vec<EnumColumn> {
    let mut found = Vec::new();
    for table in &now.tables {
        for column in &table.columns {
            let element = match &column.data_type {
                DataType::Array(element) => element,
                other => other,
            };
            if *element != DataType::Enum(name.to_owned()) {
                continue;
            }
            let reads = |expression: &Expression| expression.mentions(&column.name);
            let index_reads = |index: &&Index| {
                let expressions = index.parts.iter().filter_map(|part| match &part.key {
                    IndexKey::Expression(expression) => Some(expression),
                    IndexKey::Column(_) => None,
                });
                expressions.chain(&index.filter).any(reads)
            };
            found.push(EnumColumn {
                table: table.name.clone(),
                column: column.clone(),
                indexes: table.indexes.iter().filter(index_reads).cloned().collect(),
                checks: table
                    .checks
                    .iter()
                    .filter(|check| reads(&check.expression))
                    .cloned()
                    .collect(),
            });
        }
    }
    found
}

fn plain(change: &Change, now: &Schema, gated: bool, out: &mut Vec<Step>) {
    match change {
        Change::AlterEnum { from, to } if added_values(&from.values, &to.values).is_none() => {
            out.push(Step::ReplaceEnum {
                enumeration: to.clone(),
                columns: enum_columns(&to.name, now),
            });
        }
        Change::RenameEnumValue { enumeration, from, to } => out.push(Step::RenameEnumValue {
            enumeration: enumeration.clone(),
            from: from.clone(),
            to: to.clone(),
            columns: enum_columns(enumeration, now),
        }),
        Change::CreateTable { table } => {
            out.push(Step::CreateTable(table.clone()));
            if let Some(comment) = &table.comment {
                out.push(Step::CommentOnTable {
                    table: table.name.clone(),
                    comment: Some(comment.clone()),
                });
            }
            for column in table.columns.iter().filter(|column| column.comment.is_some()) {
                out.push(Step::CommentOnColumn {
                    table: table.name.clone(),
                    column: column.name.clone(),
                    comment: column.comment.clone(),
                });
            }
            for index in &table.indexes {
                out.push(Step::Plain(Change::CreateIndex {
                    table: table.name.clone(),
                    index: index.clone(),
                }));
            }
            let renumbered: Vec<Change> = table
                .columns
                .iter()
                .filter_map(|column| {
                    Some(Change::AlterColumn {
                        table: table.name.clone(),
                        from: as_made(column)?,
                        to: column.clone(),
                        conversion: Conversion::default(),
                    })
                })
                .collect();
            if !renumbered.is_empty() {
                out.push(Step::Alter {
                    table: table.name.clone(),
                    changes: renumbered,
                    rebuilt: None,
                });
            }
            if gated {
                out.push(Step::Restore(table.name.clone()));
            }
        }
        Change::RenameTable { from, to } => {
            if let Some(table) = now.table(to) {
                out.push(Step::RenameTable {
                    from: from.clone(),
                    table: table.clone(),
                });
            }
        }
        Change::RenameIndex { table, from, to } => {
            let index = now
                .table(table)
                .and_then(|table| table.indexes.iter().find(|index| index.name == *to));
            if let Some(index) = index {
                out.push(Step::RenameIndex {
                    table: table.clone(),
                    from: from.clone(),
                    index: index.clone(),
                });
            }
        }
        Change::SetTableComment { table, to, .. } => out.push(Step::CommentOnTable {
            table: table.clone(),
            comment: to.clone(),
        }),
        other => {
            out.push(Step::Plain(other.clone()));
            out.extend(new_comment(other));
        }
    }
}

/// The comment that a changed column gets.
fn new_comment(change: &Change) -> Option<Step> {
    let (table, column, old) = match change {
        Change::AddColumn { table, column, .. } => (table, column, &None),
        Change::AlterColumn { table, from, to, .. } => (table, to, &from.comment),
        _ => return None,
    };
    (column.comment != *old).then(|| Step::CommentOnColumn {
        table: table.clone(),
        column: column.name.clone(),
        comment: column.comment.clone(),
    })
}

/// The enumeration type of that name, where the schema before or after knows it.
pub(super) fn enumeration<'p>(plan: &'p Plan, name: &str) -> Option<&'p EnumType> {
    plan.after
        .enums
        .iter()
        .chain(&plan.before.enums)
        .find(|enumeration| enumeration.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diff::{ConstraintKind, Decisions, diff},
        schema::{Check, DataType, ForeignKey, Literal, PrimaryKey, ReferentialAction, Unique},
    };

    fn table(name: &str) -> Table {
        let mut table = Table {
            name: name.into(),
            ..Table::default()
        };
        table.columns.push(Column::new("id", DataType::Integer));
        table.columns[0].nullable = false;
        table.primary_key = Some(PrimaryKey {
            name: None,
            columns: vec!["id".into()],
        });
        table
    }

    fn schema(tables: impl IntoIterator<Item = Table>) -> Schema {
        let mut schema = Schema::default();
        for table in tables {
            schema.insert(table);
        }
        schema.normalised()
    }

    #[test]
    fn a_foreign_key_goes_before_what_it_refers_to() {
        let mut orders = table("orders");
        orders.checks.push(Check {
            name: "positive".into(),
            expression: Expression::Literal(Literal::Bool(true)),
        });
        let before = schema([orders.clone()]);
        orders.checks.clear();
        orders.columns.push(Column {
            nullable: true,
            ..Column::new("address_id", DataType::Integer)
        });
        orders.foreign_keys.push(ForeignKey {
            name: "to_address".into(),
            columns: vec!["address_id".into()],
            ref_table: "addresses".into(),
            ref_columns: vec!["id".into()],
            on_delete: ReferentialAction::NoAction,
            on_update: ReferentialAction::NoAction,
            not_valid: false,
        });
        let after = schema([orders, table("addresses")]);
        let plan = diff(&before, &after, &mut Decisions::default()).unwrap();
        let down = steps(&plan.inverse(), false);
        let at = |test: &dyn Fn(&Change) -> bool| {
            down.iter().position(|step| match step {
                Step::Plain(change) => test(change),
                Step::Alter { changes, .. } => changes.iter().any(test),
                _ => false,
            })
        };
        let key = at(&|change| matches!(change, Change::DropForeignKey { .. })).unwrap();
        let referred = at(&|change| matches!(change, Change::DropTable { .. })).unwrap();
        assert!(key < referred, "{down:#?}");
    }

    #[test]
    fn a_constraint_is_renamed_by_a_rebuild() {
        let mut before = table("products");
        before.uniques.push(Unique {
            name: "old".into(),
            columns: vec!["id".into()],
        });
        let plan = Plan::new(
            schema([before]),
            vec![Change::RenameConstraint {
                table: "products".into(),
                kind: ConstraintKind::Unique,
                from: "old".into(),
                to: "new".into(),
            }],
        );
        let [
            Step::Alter {
                rebuilt: Some(rebuilt), ..
            },
        ] = &steps(&plan, false)[..]
        else {
            panic!("no rebuild")
        };
        assert_eq!(rebuilt.uniques[0].name, "new");
    }
}
