//! What has another name: values of enumeration types, tables, columns.

use super::Differ;
use crate::{
    diff::{Change, Question, Questioner, alike::likeness, apply},
    schema::{Column, EnumType, Schema, Table},
};

impl Differ<'_> {
    pub(super) fn enums(&mut self, questioner: &mut dyn Questioner) {
        for enumeration in &self.to.enums {
            match self
                .now
                .enums
                .iter()
                .find(|other| other.name == enumeration.name)
                .cloned()
            {
                None => self.stages.enums.push(Change::CreateEnum {
                    enumeration: enumeration.clone(),
                }),
                Some(other) if other.values != enumeration.values => {
                    let renamed = self.renamed_values(other, enumeration, questioner);
                    if renamed.values != enumeration.values {
                        self.stages.enums.push(Change::AlterEnum {
                            from: renamed,
                            to: enumeration.clone(),
                        });
                    }
                }
                Some(_) => {}
            }
        }
        for enumeration in &self.now.enums {
            if !self.to.enums.iter().any(|other| other.name == enumeration.name) {
                self.stages.dropped_enums.push(Change::DropEnum {
                    enumeration: enumeration.clone(),
                });
            }
        }
    }

    /// Renames what was decided to be renamed, and returns the type as it is then.
    pub(super) fn renamed_values(
        &mut self,
        mut now: EnumType,
        to: &EnumType,
        questioner: &mut dyn Questioner,
    ) -> EnumType {
        let appeared: Vec<&String> = to.values.iter().filter(|value| !now.values.contains(value)).collect();
        for value in appeared {
            let vanished: Vec<String> = now
                .values
                .iter()
                .filter(|old| !to.values.contains(old))
                .cloned()
                .collect();
            if vanished.is_empty() {
                break;
            }
            match questioner.value(&to.name, value, &vanished) {
                Some(Some(old)) => {
                    let change = Change::RenameEnumValue {
                        enumeration: to.name.clone(),
                        from: old.clone(),
                        to: value.clone(),
                    };
                    apply(&mut self.now, &change);
                    self.stages.enums.push(change);
                    for own in now.values.iter_mut().filter(|own| **own == old) {
                        own.clone_from(value);
                    }
                }
                Some(None) => {}
                None => self.open.push(Question::Value {
                    enumeration: to.name.clone(),
                    appeared: value.clone(),
                    vanished,
                }),
            }
        }
        now
    }

    /// Renames in which one takes the name that another gives up: swaps, circles and chains.
    pub(super) fn handed_on(&mut self, questioner: &mut dyn Questioner) {
        let decided = questioner.handed_on();
        let taken = |name: &str, names: &[String]| names.iter().any(|own| own == name);
        let tables = |schema: &Schema| schema.tables.iter().map(|table| table.name.clone()).collect::<Vec<_>>();
        for (from, to) in in_turn(decided.renamed_tables, |name| taken(name, &tables(&self.now))) {
            self.rename(Change::RenameTable { from, to });
        }
        let mut of: Vec<String> = decided
            .renamed_columns
            .iter()
            .map(|(table, ..)| table.clone())
            .collect();
        of.dedup();
        for table in of {
            let own = decided.renamed_columns.iter().filter(|(other, ..)| *other == table);
            let own = own.map(|(_, old, new)| (old.clone(), new.clone())).collect();
            let columns: Vec<String> = self.now.table(&table).map_or_else(Vec::new, |table| {
                table.columns.iter().map(|column| column.name.clone()).collect()
            });
            for (from, to) in in_turn(own, |name| taken(name, &columns)) {
                self.rename(Change::RenameColumn {
                    table: table.clone(),
                    from,
                    to,
                });
            }
        }
    }

    pub(super) fn rename(&mut self, change: Change) {
        apply(&mut self.now, &change);
        self.stages.renames.push(change);
    }

    pub(super) fn renamed_tables(&mut self, questioner: &mut dyn Questioner) {
        for appeared in &self.to.tables {
            if self.now.table(&appeared.name).is_some() {
                continue;
            }
            let mut vanished: Vec<&Table> = self
                .now
                .tables
                .iter()
                .filter(|table| self.to.table(&table.name).is_none())
                .collect();
            if vanished.is_empty() {
                continue;
            }
            vanished.sort_by_key(|table| std::cmp::Reverse(likeness(table, appeared)));
            match questioner.table(appeared, &vanished) {
                Some(Some(old)) => {
                    let change = Change::RenameTable {
                        from: old,
                        to: appeared.name.clone(),
                    };
                    self.rename(change);
                }
                Some(None) => {}
                None => self.open.push(Question::Table {
                    appeared: appeared.clone(),
                    vanished: vanished.into_iter().cloned().collect(),
                }),
            }
        }
    }

    pub(super) fn renamed_columns(&mut self, questioner: &mut dyn Questioner) {
        for after in &self.to.tables {
            for appeared in &after.columns {
                let Some(before) = self.now.table(&after.name) else {
                    break;
                };
                if before.column(&appeared.name).is_some() {
                    continue;
                }
                let mut vanished: Vec<&Column> = before
                    .columns
                    .iter()
                    .filter(|column| after.column(&column.name).is_none())
                    .collect();
                if vanished.is_empty() {
                    continue;
                }
                // Those of the same type first.
                vanished.sort_by_key(|column| column.data_type != appeared.data_type);
                match questioner.column(&after.name, appeared, &vanished) {
                    Some(Some(old)) => {
                        let change = Change::RenameColumn {
                            table: after.name.clone(),
                            from: old,
                            to: appeared.name.clone(),
                        };
                        self.rename(change);
                    }
                    Some(None) => {}
                    None => self.open.push(Question::Column {
                        table: after.name.clone(),
                        appeared: appeared.clone(),
                        vanished: vanished.into_iter().cloned().collect(),
                    }),
                }
            }
        }
    }
}

/// Renames in an order in which each name is free when it is given; a circle goes by way of a name of ours.
fn in_turn(mut waiting: Vec<(String, String)>, is_there: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let mut done: Vec<(String, String)> = Vec::new();
    while !waiting.is_empty() {
        let is_free = |name: &str| {
            let given_up = done.iter().any(|(old, _)| old == name);
            (!is_there(name) || given_up) && !done.iter().any(|(_, new)| new == name)
        };
        if let Some(at) = waiting.iter().position(|(_, new)| is_free(new)) {
            done.push(waiting.remove(at));
        } else {
            let (old, new) = waiting.remove(0);
            let between = format!("seawright_{old}");
            done.push((old, between.clone()));
            waiting.push((between, new));
        }
    }
    done
}
