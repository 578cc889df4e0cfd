//! The differ.

mod renames;

use super::{
    Change, ConstraintKind, Conversion, OnLoss, Plan, Question, Questioner, Undecided,
    alike::{index_reads_retyped, other_family, pair, reads_retyped, same_column, same_key, target_changes},
    change::needs_value,
    fit, needs_zone,
    order::creation_order,
    unmanaged::{differing, is_covered, keep_partitions, leave_alone},
};
use crate::schema::{Column, ForeignKey, Index, PrimaryKey, Schema, Table, Unique};

/// Compares two schemas.
///
/// The order of a table's columns is no difference: databases can't change it. What a database has and entities cannot
/// declare is left alone where one of the two is declared ([`Schema::is_declared`]).
///
/// # Errors
/// [`Undecided`] with every question that the questioner did not answer. It never guesses: a table or column that
/// vanishes beside one that appears is such a question.
pub fn diff(from: &Schema, to: &Schema, questioner: &mut dyn Questioner) -> Result<Plan, Undecided> {
    let (mut now, mut declared) = (from.clone(), to.clone());
    match (from.is_declared, to.is_declared) {
        (false, true) => keep_partitions(from, &mut declared),
        (true, false) => keep_partitions(to, &mut now),
        _ => {}
    }
    let mut renames = Differ {
        now,
        to: &declared,
        open: Vec::new(),
        stages: Stages::default(),
    };
    renames.enums(questioner);
    renames.handed_on(questioner);
    renames.renamed_tables(questioner);
    renames.renamed_columns(questioner);
    let Differ {
        mut now, open, stages, ..
    } = renames;
    // Behind the renames, so that both speak of the same tables and columns.
    match (from.is_declared, to.is_declared) {
        (false, true) => leave_alone(&now, &mut declared),
        (true, false) => leave_alone(&declared, &mut now),
        _ => {}
    }
    let mut differ = Differ {
        now,
        to: &declared,
        open,
        stages,
    };
    differ.tables();
    differ.surviving(questioner);
    differ.unmanaged();
    if !differ.open.is_empty() {
        return Err(Undecided(differ.open));
    }
    let unmanaged = differ.stages.unmanaged.clone();
    let mut changes = differ.stages.in_order();
    changes.retain(|change| !is_covered(change, &unmanaged));
    Ok(Plan::new(from.clone(), changes))
}

/// The changes by the stage they belong to; the field order is the order of the plan.
#[derive(Default)]
struct Stages {
    enums: Vec<Change>,
    renames: Vec<Change>,
    drops_of_foreign_keys: Vec<Change>,
    drops_of_keys: Vec<Change>,
    renamed_keys: Vec<Change>,
    tables: Vec<Change>,
    columns: Vec<Change>,
    altered: Vec<Change>,
    keys: Vec<Change>,
    foreign_keys: Vec<Change>,
    indexes: Vec<Change>,
    dropped_columns: Vec<Change>,
    dropped_tables: Vec<Change>,
    dropped_enums: Vec<Change>,
    unmanaged: Vec<Change>,
}

impl Stages {
    fn in_order(self) -> Vec<Change> {
        [
            self.enums,
            self.renames,
            self.drops_of_foreign_keys,
            self.drops_of_keys,
            self.renamed_keys,
            self.tables,
            self.columns,
            self.altered,
            self.keys,
            self.foreign_keys,
            self.indexes,
            self.dropped_columns,
            self.dropped_tables,
            self.dropped_enums,
            self.unmanaged,
        ]
        .concat()
    }
}

struct Differ<'s> {
    /// The schema as it is after the renames found so far.
    now: Schema,
    to: &'s Schema,
    open: Vec<Question>,
    stages: Stages,
}

impl Differ<'_> {
    fn tables(&mut self) {
        let mut created: Vec<Table> = self
            .to
            .tables
            .iter()
            .filter(|table| self.now.table(&table.name).is_none())
            .cloned()
            .collect();
        for table in &mut created {
            let twice = doubled(table);
            self.stages
                .keys
                .extend(twice.into_iter().map(|unique| Change::AddUnique {
                    table: table.name.clone(),
                    unique,
                }));
        }
        // A key to a table whose own keys change comes after that change, and one from a table that goes, before it.
        let mut later = self.keys_to_changing_tables(&mut created);
        let (created, deferred) = creation_order(created);
        later.extend(deferred);
        self.stages
            .tables
            .extend(created.into_iter().map(|table| Change::CreateTable { table }));
        self.stages.foreign_keys.extend(
            later
                .into_iter()
                .map(|(table, key)| Change::AddForeignKey { table, key }),
        );
        let mut dropped: Vec<Table> = self
            .now
            .tables
            .iter()
            .filter(|table| self.to.table(&table.name).is_none())
            .cloned()
            .collect();
        let mut earlier = self.keys_to_changing_tables(&mut dropped);
        self.free_names(&mut dropped);
        let (dropped, circular) = creation_order(dropped);
        earlier.extend(circular);
        self.stages.drops_of_foreign_keys.extend(
            earlier
                .into_iter()
                .map(|(table, key)| Change::DropForeignKey { table, key }),
        );
        self.stages
            .dropped_tables
            .extend(dropped.into_iter().rev().map(|table| Change::DropTable { table }));
    }

    /// Takes the foreign keys to surviving tables out of these tables, where what they refer to comes, goes or gets
    /// another type.
    fn keys_to_changing_tables(&self, tables: &mut [Table]) -> Vec<(String, ForeignKey)> {
        let mut taken = Vec::new();
        for table in tables {
            let (changing, kept) = table.foreign_keys.drain(..).partition(|key| {
                let target = |schema: &Schema| schema.table(&key.ref_table).cloned();
                matches!((target(&self.now), target(self.to)), (Some(before), Some(after)) if target_changes(&before, &after, key))
            });
            table.foreign_keys = kept;
            taken.extend(Vec::into_iter(changing).map(|key| (table.name.clone(), key)));
        }
        taken
    }

    /// Drops the indexes of tables that go ahead of them, where another table takes the name: names of indexes are
    /// the whole schema's, and tables go last.
    fn free_names(&mut self, dropped: &mut [Table]) {
        for table in dropped {
            let (taken, kept) = table.indexes.drain(..).partition(|index| {
                let is_taken = |other: &Table| other.indexes.iter().any(|other| other.name == index.name);
                self.to.tables.iter().any(is_taken)
            });
            table.indexes = kept;
            self.stages
                .drops_of_keys
                .extend(Vec::into_iter(taken).map(|index| Change::DropIndex {
                    table: table.name.clone(),
                    index,
                }));
        }
    }

    fn surviving(&mut self, questioner: &mut dyn Questioner) {
        let now = std::mem::take(&mut self.now);
        for after in &self.to.tables {
            if let Some(before) = now.table(&after.name) {
                self.columns(before, after, questioner);
                self.primary_key(before, after);
                self.keys(before, after);
                self.foreign_keys(&now, before, after);
                self.checks(before, after);
                self.indexes(before, after);
                if before.comment != after.comment {
                    self.stages.altered.push(Change::SetTableComment {
                        table: after.name.clone(),
                        from: before.comment.clone(),
                        to: after.comment.clone(),
                    });
                }
            }
        }
        self.now = now;
    }

    fn columns(&mut self, before: &Table, after: &Table, questioner: &mut dyn Questioner) {
        let table = &after.name;
        // What is computed comes behind what it is computed from.
        let (plain, computed): (Vec<&Column>, Vec<&Column>) =
            after.columns.iter().partition(|column| column.generated.is_none());
        for column in plain.into_iter().chain(computed) {
            match before.column(&column.name) {
                None => {
                    let needs_value = needs_value(column);
                    let fill = if needs_value {
                        questioner.fill(table, column)
                    } else {
                        questioner.given(table, column)
                    };
                    if needs_value && fill.is_none() && !self.may_be_renamed(table, column) {
                        self.open.push(Question::Fill {
                            table: table.clone(),
                            column: column.clone(),
                        });
                    }
                    self.stages.columns.push(Change::AddColumn {
                        table: table.clone(),
                        column: column.clone(),
                        fill,
                    });
                }
                Some(old) if !same_column(old, column) => {
                    let conversion = self.conversion(table, old, column, questioner);
                    self.stages.altered.push(Change::AlterColumn {
                        table: table.clone(),
                        from: old.clone(),
                        to: column.clone(),
                        conversion,
                    });
                }
                Some(_) => {}
            }
        }
        // What is computed goes before what it is computed from.
        let (plain, computed): (Vec<&Column>, Vec<&Column>) =
            before.columns.iter().partition(|column| column.generated.is_none());
        for column in computed.into_iter().chain(plain) {
            if after.column(&column.name).is_none() {
                self.stages.dropped_columns.push(Change::DropColumn {
                    table: table.clone(),
                    column: column.clone(),
                });
            }
        }
    }

    /// What was decided about the values of a column that changes.
    fn conversion(&mut self, table: &str, from: &Column, to: &Column, questioner: &mut dyn Questioner) -> Conversion {
        let mut conversion = Conversion::default();
        if to.generated.is_some() {
            return conversion;
        }
        if from.nullable && !to.nullable {
            conversion.fill = questioner.given(table, to);
        }
        if fit(&from.data_type, &to.data_type).may_lose() {
            match questioner.loss(table, from, to) {
                Some(answer) => conversion.on_loss = answer,
                None => self.open.push(Question::Loss {
                    table: table.to_owned(),
                    from: from.clone(),
                    to: to.clone(),
                    counted: None,
                }),
            }
        }
        let is_mapped = matches!(conversion.on_loss, OnLoss::Map(_));
        if needs_zone(&from.data_type, &to.data_type) && !is_mapped {
            conversion.zone = questioner.zone(table, from, to);
            if conversion.zone.is_none() {
                self.open.push(Question::Zone {
                    table: table.to_owned(),
                    from: from.clone(),
                    to: to.clone(),
                });
            }
        }
        conversion
    }

    /// Whether it is still open what the column is: a renamed one brings its values.
    fn may_be_renamed(&self, of: &str, column: &Column) -> bool {
        self.open.iter().any(|question| {
            matches!(question, Question::Column { table, appeared, .. } if table == of && appeared.name == column.name)
        })
    }

    fn unmanaged(&mut self) {
        for after in &self.to.tables {
            if let Some(before) = self.now.table(&after.name) {
                let changes = differing(Some(&after.name), &before.unmanaged, &after.unmanaged);
                self.stages.unmanaged.extend(changes);
            }
        }
        let changes = differing(None, &self.now.unmanaged, &self.to.unmanaged);
        self.stages.unmanaged.extend(changes);
    }

    fn primary_key(&mut self, before: &Table, after: &Table) {
        let table = &after.name;
        let (from, to) = (&before.primary_key, &after.primary_key);
        let replace = |from: Option<&PrimaryKey>, to: Option<&PrimaryKey>| Change::ReplacePrimaryKey {
            table: table.clone(),
            from: from.cloned(),
            to: to.cloned(),
        };
        match (from, to) {
            (Some(old), Some(new)) if old.columns == new.columns => {
                // Spelled out or not, the usual name is one name.
                let (old, new) = (old.name_on(table), new.name_on(table));
                if old != new {
                    self.stages
                        .renamed_keys
                        .push(rename_of(table, ConstraintKind::PrimaryKey, &old, &new));
                }
            }
            (Some(old), Some(new)) => {
                // A column changes in between, out of the old key and not yet in the new one.
                let is_changed = |name: &String| match (before.column(name), after.column(name)) {
                    (Some(old), Some(new)) => !same_column(old, new),
                    _ => false,
                };
                if old.columns.iter().chain(&new.columns).any(is_changed) {
                    self.stages.drops_of_keys.push(replace(Some(old), None));
                    self.stages.keys.push(replace(None, Some(new)));
                } else {
                    self.stages.keys.push(replace(Some(old), Some(new)));
                }
            }
            (Some(old), None) => self.stages.drops_of_keys.push(replace(Some(old), None)),
            (None, Some(new)) => self.stages.keys.push(replace(None, Some(new))),
            (None, None) => {}
        }
    }

    fn keys(&mut self, before: &Table, after: &Table) {
        let table = &after.name;
        let uniques = pair(
            &before.uniques,
            &after.uniques,
            |a, b| a.columns == b.columns,
            |unique| &unique.name,
        );
        for unique in uniques.gone {
            self.stages.drops_of_keys.push(Change::DropUnique {
                table: table.clone(),
                unique: unique.clone(),
            });
        }
        for unique in uniques.new {
            self.stages.keys.push(Change::AddUnique {
                table: table.clone(),
                unique: unique.clone(),
            });
        }
        for (old, new) in uniques.renamed {
            self.stages
                .renamed_keys
                .push(rename_of(table, ConstraintKind::Unique, &old.name, &new.name));
        }
    }

    fn foreign_keys(&mut self, now: &Schema, before: &Table, after: &Table) {
        let table = &after.name;
        // PostgreSQL ties a key to the constraint that it refers to, and its ends must always have types that compare.
        let stays = |a: &ForeignKey, b: &ForeignKey| {
            let ends = (now.table(&a.ref_table), self.to.table(&a.ref_table));
            let is_tied = matches!(ends, (Some(from), Some(to)) if target_changes(from, to, a))
                || other_family(before, after, &a.columns);
            same_key(a, b) && !is_tied
        };
        let keys = pair(&before.foreign_keys, &after.foreign_keys, stays, |key| &key.name);
        for key in keys.gone {
            self.stages.drops_of_foreign_keys.push(Change::DropForeignKey {
                table: table.clone(),
                key: key.clone(),
            });
        }
        for key in keys.new {
            self.stages.foreign_keys.push(Change::AddForeignKey {
                table: table.clone(),
                key: key.clone(),
            });
        }
        for (old, new) in keys.renamed {
            self.stages
                .renamed_keys
                .push(rename_of(table, ConstraintKind::ForeignKey, &old.name, &new.name));
        }
    }

    fn checks(&mut self, before: &Table, after: &Table) {
        let table = &after.name;
        let checks = pair(
            &before.checks,
            &after.checks,
            |a, b| a.expression == b.expression && !reads_retyped(before, after, &a.expression),
            |check| &check.name,
        );
        for check in checks.gone {
            self.stages.drops_of_keys.push(Change::DropCheck {
                table: table.clone(),
                check: check.clone(),
            });
        }
        for check in checks.new {
            self.stages.keys.push(Change::AddCheck {
                table: table.clone(),
                check: check.clone(),
            });
        }
        for (old, new) in checks.renamed {
            self.stages
                .renamed_keys
                .push(rename_of(table, ConstraintKind::Check, &old.name, &new.name));
        }
    }

    fn indexes(&mut self, before: &Table, after: &Table) {
        let table = &after.name;
        let same = |a: &Index, b: &Index| {
            Index {
                name: b.name.clone(),
                ..a.clone()
            } == *b
                && !index_reads_retyped(before, after, a)
        };
        let indexes = pair(&before.indexes, &after.indexes, same, |index| &index.name);
        for index in indexes.gone {
            self.stages.drops_of_keys.push(Change::DropIndex {
                table: table.clone(),
                index: index.clone(),
            });
        }
        for index in indexes.new {
            self.stages.indexes.push(Change::CreateIndex {
                table: table.clone(),
                index: index.clone(),
            });
        }
        for (old, new) in indexes.renamed {
            self.stages.renamed_keys.push(Change::RenameIndex {
                table: table.clone(),
                from: old.name.clone(),
                to: new.name.clone(),
            });
        }
    }
}

/// Takes out the unique constraints over the columns of another key: PostgreSQL leaves them out where they come with their table
/// (`transformIndexConstraints` in parse_utilcmd.c), and makes them where they come later.
fn doubled(table: &mut Table) -> Vec<Unique> {
    let mut seen = vec![table.key_columns().to_vec()];
    let (kept, twice) = table.uniques.drain(..).partition(|unique| {
        let is_first = !seen.contains(&unique.columns);
        seen.push(unique.columns.clone());
        is_first
    });
    table.uniques = kept;
    twice
}

fn rename_of(table: &str, kind: ConstraintKind, from: &str, to: &str) -> Change {
    Change::RenameConstraint {
        table: table.to_owned(),
        kind,
        from: from.to_owned(),
        to: to.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{diff::Decisions, schema::DataType};

    #[test]
    fn a_key_that_has_its_usual_name_again_is_not_renamed() {
        let schema = |table: &str, name: Option<&str>| {
            let mut schema = Schema::default();
            schema.insert(Table {
                name: table.into(),
                columns: vec![Column::new("sid", DataType::Text)],
                primary_key: Some(PrimaryKey {
                    name: name.map(str::to_owned),
                    columns: vec!["sid".into()],
                }),
                ..Table::default()
            });
            schema
        };
        let mut renamed = Decisions {
            renamed_tables: vec![("jobs".into(), "sessions".into())],
            ..Decisions::default()
        };
        // The table was renamed by hand, its key kept its name.
        let (from, to) = (schema("jobs", Some("sessions_pkey")), schema("sessions", None));
        let plan = diff(&from, &to, &mut renamed).unwrap();
        assert!(matches!(&plan.changes[..], [Change::RenameTable { .. }]), "{plan}");
    }

    #[test]
    fn what_may_be_a_rename_is_not_asked_for_a_value() {
        let schema = |column: &str| {
            let mut table = Table {
                name: "products".into(),
                ..Table::default()
            };
            table.columns.push(Column::new(column, DataType::Text));
            table.columns[0].nullable = false;
            let mut schema = Schema::default();
            schema.insert(table);
            schema
        };
        let Err(Undecided(questions)) = diff(&schema("sku"), &schema("code"), &mut Decisions::default()) else {
            panic!("nothing was asked")
        };
        assert!(matches!(&questions[..], [Question::Column { .. }]), "{questions:?}");
        let mut decisions = Decisions {
            created: vec!["products.code".into()],
            ..Decisions::default()
        };
        let Err(Undecided(questions)) = diff(&schema("sku"), &schema("code"), &mut decisions) else {
            panic!("nothing was asked")
        };
        assert!(matches!(&questions[..], [Question::Fill { .. }]), "{questions:?}");
    }
}
