//! Switches the imports of a data migration to what was kept for it.

use std::{collections::BTreeMap, ops::Range};

use super::{
    resolve::{At, LeafId, World},
    sources::{Import, Leaf},
    statement::{names, tree},
    steps::Unit,
    uses::{Place, Uses},
};

/// A piece of a file and what takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

/// Where the entities are that were kept.
#[derive(Debug)]
pub(super) struct Kept {
    /// The module: `crate::logs_frozen`.
    pub(super) path: String,
    /// The name of each entity's module in it.
    pub(super) names: BTreeMap<usize, String>,
}

impl Kept {
    /// The path of what is kept; none for what is not.
    fn path(&self, place: &Place) -> Option<Vec<String>> {
        let name = self.names.get(&place.entity)?;
        let mut path: Vec<String> = self.path.split("::").map(str::to_owned).collect();
        path.push(name.clone());
        path.extend(place.names.iter().cloned());
        Some(path)
    }
}

/// The edits by crate and file. `format` lays out a statement as rustfmt does.
pub(super) fn switch(
    world: &World<'_>,
    unit: &Unit,
    uses: &Uses,
    kept: &Kept,
    format: &dyn Fn(&str) -> String,
) -> BTreeMap<At, Vec<Edit>> {
    let mut edits: BTreeMap<At, Vec<Edit>> = BTreeMap::new();
    for at in &unit.modules {
        let module = world.module(*at);
        let file = (at.0, module.file);
        let text = &world.crates[at.0].files[module.file].text;
        let short = short(world, *at, uses, kept);
        let block = Block {
            at: *at,
            imports: &module.imports,
            uses,
            kept,
            short: &short,
            text,
            format,
        };
        let made = edits.entry(file).or_default();
        made.extend(blocks(&module.imports, text).iter().filter_map(|of| block.edit(of)));
        for written in uses.written.iter().filter(|written| written.at == *at) {
            if let Some(path) = kept.path(&written.place) {
                // By its name where that is imported.
                let known = path.len() - 1 - written.place.names.len();
                let from = if short.contains_key(&written.place.entity) {
                    known
                } else {
                    0
                };
                made.push(Edit {
                    range: written.range.clone(),
                    text: names(&path[from..]),
                });
            }
        }
    }
    edits.retain(|_, edits| !edits.is_empty());
    edits
}

/// The entities that a module calls by the name of the module that keeps them, and where that import is to be added.
fn short(world: &World<'_>, at: At, uses: &Uses, kept: &Kept) -> BTreeMap<usize, Option<usize>> {
    let module = world.module(at);
    let mut short = BTreeMap::new();
    for (entity, name) in &kept.names {
        let mut is_taken = module.children.iter().any(|(child, _)| child == name) || world.item(at, name).is_some();
        let mut is_there = false;
        for (import, statement) in module.imports.iter().enumerate() {
            for (leaf, what) in statement
                .leaves
                .iter()
                .enumerate()
                .filter(|(_, leaf)| leaf.name.as_ref() == Some(name))
            {
                let id = LeafId {
                    module: at,
                    import,
                    leaf,
                };
                let is_it = uses
                    .leaves
                    .get(&id)
                    .is_some_and(|place| place.entity == *entity && place.names.is_empty());
                is_there |= is_it;
                is_taken |= !is_it && what.name.is_some();
            }
        }
        let import = uses
            .written
            .iter()
            .filter(|written| written.at == at && written.place.entity == *entity)
            .find_map(|written| written.import);
        match (is_taken, is_there, import) {
            (false, true, _) => {
                short.insert(*entity, None);
            }
            (false, false, Some(import)) => {
                short.insert(*entity, Some(import));
            }
            _ => {}
        }
    }
    short
}

/// The text with the edits made.
pub(super) fn edited(text: &str, edits: &[Edit]) -> String {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| std::cmp::Reverse((edit.range.start, edit.range.end)));
    // One place in the code may be met twice.
    edits.dedup();
    let mut edited = text.to_owned();
    for edit in edits {
        edited.replace_range(edit.range.clone(), &edit.text);
    }
    edited
}

/// Statements that stand directly below each other.
fn blocks(imports: &[Import], text: &str) -> Vec<Vec<usize>> {
    let mut blocks: Vec<Vec<usize>> = Vec::new();
    let mut order: Vec<usize> = (0..imports.len()).collect();
    order.sort_by_key(|at| imports[*at].range.start);
    for at in order {
        let joins = blocks.last().and_then(|block| block.last()).is_some_and(|last| {
            let between = &text[imports[*last].range.end..imports[at].range.start];
            between.trim().is_empty() && between.matches('\n').count() < 2
        });
        let is_alone = |at: usize| imports[at].attributes.is_some();
        match blocks.last_mut() {
            Some(block) if joins && !is_alone(at) && !is_alone(block[0]) => block.push(at),
            _ => blocks.push(vec![at]),
        }
    }
    blocks
}

struct Block<'b> {
    at: At,
    imports: &'b [Import],
    uses: &'b Uses,
    kept: &'b Kept,
    short: &'b BTreeMap<usize, Option<usize>>,
    text: &'b str,
    format: &'b dyn Fn(&str) -> String,
}

impl Block<'_> {
    fn edit(&self, block: &[usize]) -> Option<Edit> {
        let mut text = String::new();
        // By visibility: what is imported from now on.
        let mut added: BTreeMap<&str, Vec<Leaf>> = BTreeMap::new();
        let mut changed = false;
        let mut end = None;
        let first = self.imports[block[0]].range.start;
        let indent = &self.text[self.text[..first].rfind('\n').map_or(0, |at| at + 1)..first];
        let indent = if indent.trim().is_empty() { indent } else { "" };
        for import in block {
            let statement = &self.imports[*import];
            let mut stays = Vec::new();
            for (at, leaf) in statement.leaves.iter().enumerate() {
                let id = LeafId {
                    module: self.at,
                    import: *import,
                    leaf: at,
                };
                if let Some(path) = self.uses.leaves.get(&id).and_then(|place| self.kept.path(place)) {
                    let name = leaf.name.clone();
                    added
                        .entry(&statement.visibility)
                        .or_default()
                        .push(Leaf { path, name });
                    continue;
                }
                for (name, place) in self.uses.globs.get(&id).into_iter().flatten() {
                    if let Some(path) = self.kept.path(place) {
                        let name = Some(name.clone());
                        added
                            .entry(&statement.visibility)
                            .or_default()
                            .push(Leaf { path, name });
                    }
                }
                if !self.is_done_with(id) {
                    stays.push(leaf.clone());
                }
            }
            for (entity, _) in self.short.iter().filter(|(_, at)| **at == Some(*import)) {
                let place = Place {
                    entity: *entity,
                    names: Vec::new(),
                };
                let path = self.kept.path(&place).unwrap_or_default();
                let leaf = Leaf::of(&path.join("::"));
                added.entry("").or_default().push(leaf);
            }
            let is_whole = stays.len() == statement.leaves.len();
            changed |= !is_whole;
            if stays.is_empty() {
                end = Some(statement.range.end);
                continue;
            }
            if !text.is_empty() {
                let before = end.unwrap_or(statement.range.start);
                let gap = &self.text[before..statement.range.start];
                text += if gap.trim().is_empty() && !gap.is_empty() {
                    gap
                } else {
                    "\n"
                };
            }
            text += &if is_whole {
                self.text[statement.range.clone()].to_owned()
            } else {
                self.statement(&statement.visibility, &stays, indent)
            };
            end = Some(statement.range.end);
        }
        if !changed && added.is_empty() {
            return None;
        }
        let attributes = self.imports[block[0]].attributes.clone();
        for (visibility, leaves) in added {
            if !text.is_empty() {
                text += &format!("\n\n{indent}");
                if let Some(attributes) = attributes.clone() {
                    text += &format!("{}\n{indent}", &self.text[attributes]);
                }
            }
            text += &self.statement(visibility, &leaves, indent);
        }
        let mut range = first..self.imports[*block.last()?].range.end;
        if text.is_empty() {
            // The whole block goes, with its attributes and its line.
            range.start = attributes.map_or(range.start, |attributes| attributes.start) - indent.len();
            range.end += self.text[range.end..]
                .chars()
                .take_while(|letter| letter.is_whitespace())
                .count();
        }
        Some(Edit { range, text })
    }

    /// Whether an import is used by nothing but what is now imported in another way.
    fn is_done_with(&self, id: LeafId) -> bool {
        let Some((led, otherwise)) = self.uses.through.get(&id) else {
            return false;
        };
        *otherwise == 0 && !led.is_empty() && led.iter().all(|entity| self.kept.names.contains_key(entity))
    }

    fn statement(&self, visibility: &str, leaves: &[Leaf], indent: &str) -> String {
        let text = (self.format)(&format!("{visibility}use {};\n", tree(leaves)));
        text.trim().replace('\n', &format!("\n{indent}"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::freeze::{
        bound::Bonds,
        resolve::{ENTITY, tests::ENTITIES},
        shape,
        sources::Sources,
    };

    /// A data migration's file after `logs` was kept.
    fn switched(text: &str) -> String {
        let (entity, data) = (Sources::of_text("entity", ENTITIES), Sources::of_text("data", text));
        let world = World {
            crates: vec![&entity, &data],
            entities: shape::modules(&entity),
        };
        let modules: Vec<At> = (0..data.modules.len()).map(|at| (1, at)).collect();
        let unit = Unit {
            root: (1, 0),
            modules,
            steps: Vec::new(),
            names: std::collections::BTreeSet::default(),
        };
        let uses = Uses::of(&world, &Bonds::of(&world), &BTreeMap::new(), &unit.modules);
        let logs = *world.entities.first().unwrap();
        assert_eq!(world.module((ENTITY, logs)).path, ["events", "logs"]);
        let kept = Kept {
            path: "crate::frozen".to_owned(),
            names: [(logs, "logs".to_owned())].into(),
        };
        let edits = switch(&world, &unit, &uses, &kept, &str::to_owned);
        edited(text, edits.get(&(1, 0)).map(Vec::as_slice).unwrap_or_default())
    }

    #[test]
    fn an_import_of_an_entity_is_switched() {
        assert_eq!(
            switched("use entity::events::logs;\n\nfn f() -> logs::Entity {}\n"),
            "use crate::frozen::logs;\n\nfn f() -> logs::Entity {}\n"
        );
        assert_eq!(
            switched("use entity::events::{Level, logs::{self, Column as Log}};\nuse sea_orm::Set;\n\nstruct  A;\n"),
            "use entity::events::Level;\nuse sea_orm::Set;\n\nuse crate::frozen::logs::{self, Column as Log};\n\nstruct  A;\n"
        );
        assert_eq!(
            switched("use std::fmt;\nuse entity::events::logs::*;\nuse sea_orm::Set;\n"),
            "use std::fmt;\nuse sea_orm::Set;\n\nuse crate::frozen::logs::*;\n"
        );
    }

    #[test]
    fn attributes_and_visibility_stay() {
        assert_eq!(
            switched("#[cfg(test)]\nuse entity::events::{Level, logs};\npub(crate) use entity::events::logs as l;\n"),
            "#[cfg(test)]\nuse entity::events::Level;\n\n#[cfg(test)]\nuse crate::frozen::logs;\npub(crate) use crate::frozen::logs as l;\n"
        );
    }

    #[test]
    fn an_import_inside_a_module_keeps_its_place() {
        assert_eq!(
            switched("mod tests {\n    use entity::events::{Level, logs};\n    use super::*;\n}\n"),
            "mod tests {\n    use entity::events::Level;\n    use super::*;\n\n    use crate::frozen::logs;\n}\n"
        );
    }

    #[test]
    fn a_path_in_the_code_is_switched_and_an_import_that_is_used_no_more_goes() {
        assert_eq!(
            switched("use entity::events;\n\nfn f() { events::logs::Entity::find(); }\n"),
            "use crate::frozen::logs;\n\nfn f() { logs::Entity::find(); }\n"
        );
        assert_eq!(
            switched(
                "use entity::events;\n\nfn f() -> events::Level { vec![entity::events::logs::Column::Id => 1]; }\n"
            ),
            "use entity::events;\n\nfn f() -> events::Level { vec![crate::frozen::logs::Column::Id => 1]; }\n"
        );
        assert_eq!(
            switched("use entity::events;\n\nfn logs() -> events::Level { events::logs::Entity::find() }\n"),
            "use entity::events;\n\nfn logs() -> events::Level { crate::frozen::logs::Entity::find() }\n"
        );
        assert_eq!(
            switched("use entity::events::logs;\n\nfn f() -> logs::Entity { entity::events::logs::Entity }\n"),
            "use crate::frozen::logs;\n\nfn f() -> logs::Entity { logs::Entity }\n"
        );
    }

    #[test]
    fn what_comes_with_an_import_of_everything_is_imported_by_its_name() {
        assert_eq!(
            switched("use entity::prelude::*;\n\nfn f() -> Level { logs::Entity }\n"),
            "use entity::prelude::*;\n\nuse crate::frozen::logs;\n\nfn f() -> Level { logs::Entity }\n"
        );
        assert_eq!(
            switched("use entity::prelude::*;\n\nfn f() { logs::Entity }\n"),
            "use crate::frozen::logs;\n\nfn f() { logs::Entity }\n"
        );
    }

    #[test]
    fn what_stands_beside_an_entity_stays() {
        let text = "use entity::events::logs::Colour;\n\nfn f() -> Colour { entity::events::logs::Colour::Red }\n";
        assert_eq!(switched(text), text);
    }

    #[test]
    fn nothing_else_is_touched() {
        let text = "use   entity::events::Level ;\nuse std::fmt;\nfn  f(){}\n";
        assert_eq!(switched(text), text);
    }
}
