//! What a path in the source leads to.

use std::collections::BTreeSet;

use syn::Item;

use super::sources::{Sources, plain};

/// A module: its crate's place in the [`World`] and its own in the crate.
pub(super) type At = (usize, usize);

/// The entities' crate is the first in the world.
pub(super) const ENTITY: usize = 0;

/// An import: the module that it stands in, which of its statements, which name of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LeafId {
    pub(super) module: At,
    pub(super) import: usize,
    pub(super) leaf: usize,
}

/// What a path means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Module(At),
    /// An item of a module, one that SeaORM makes in an entity's module included.
    Item(At, String),
    /// Of a crate that is not read, or nothing that has a path.
    Elsewhere,
}

/// How a path comes to an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// It says so itself, by its first segments.
    Written(usize),
    /// Its first segment was imported.
    Leaf(LeafId),
    /// Its first segment is one of all that an import brings.
    Glob(LeafId),
}

/// Where a path leads.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) target: Target,
    /// The segments behind the target: an associated function, a variant.
    pub(super) rest: Vec<String>,
    /// How it comes to an entity, where it does.
    pub(super) how: Option<How>,
    /// The imports that it goes through.
    pub(super) via: Vec<LeafId>,
}

impl Found {
    fn new(target: Target) -> Self {
        Self {
            target,
            rest: Vec::new(),
            how: None,
            via: Vec::new(),
        }
    }

    /// The entity's module and the names behind it: `Column`, `Id`.
    pub(super) fn in_entity(&self, world: &World<'_>) -> Option<(usize, Vec<String>)> {
        let (module, first) = match &self.target {
            Target::Module((ENTITY, module)) if world.entities.contains(module) => (*module, None),
            Target::Item((ENTITY, module), name) if world.entities.contains(module) => (*module, Some(name.clone())),
            _ => return None,
        };
        Some((module, first.into_iter().chain(self.rest.iter().cloned()).collect()))
    }
}

/// The crates that are read together.
#[derive(Debug)]
pub(super) struct World<'s> {
    pub(super) crates: Vec<&'s Sources>,
    /// The modules of the first crate that are entities.
    pub(super) entities: BTreeSet<usize>,
}

/// Imports refer to each other, in a circle at worst.
const DEPTH: usize = 24;

impl<'s> World<'s> {
    pub(super) fn module(&self, (of, module): At) -> &'s super::sources::Module {
        &self.crates[of].modules[module]
    }

    /// An item that stands in the source of a module.
    pub(super) fn item(&self, at: At, name: &str) -> Option<&'s Item> {
        self.module(at)
            .items
            .iter()
            .find(|item| name_of(item).as_deref() == Some(name))
    }

    /// Whether it stands in the source beside an entity and is not made by SeaORM.
    pub(super) fn is_beside(&self, module: usize, name: &str) -> bool {
        name != "Model" && self.item((ENTITY, module), name).is_some()
    }

    /// What a path that stands in that module leads to.
    pub(super) fn resolve(&self, at: At, path: &[String]) -> Found {
        self.walk(at, path, true, None, 0)
    }

    /// What an import brings.
    pub(super) fn imported(&self, id: LeafId) -> Found {
        let path = &self.module(id.module).imports[id.import].leaves[id.leaf].path;
        self.walk(id.module, path, false, Some(id), 0)
    }

    /// A function may be called like a module beside it; `value` says that the path's end is rather the function.
    fn walk(&self, at: At, path: &[String], value: bool, skip: Option<LeafId>, depth: usize) -> Found {
        let Some((first, others)) = path.split_first() else {
            return Found::new(Target::Elsewhere);
        };
        let mut found = self.first(at, first, value && others.is_empty(), skip, depth);
        let mut taken = 1;
        self.arrive(&mut found, at, taken);
        for name in others {
            let Target::Module(module) = found.target else { break };
            match self.member(module, name, value && taken + 1 == path.len(), None, depth) {
                Some(step) => {
                    found.target = step.target;
                    // What the entities' crate imports in itself is nothing that is written here.
                    if module.0 != ENTITY {
                        found.how = found.how.or(step.how);
                        found.via.extend(step.via);
                    }
                }
                // What SeaORM makes in the module of an entity.
                None if module.0 == ENTITY && self.entities.contains(&module.1) => {
                    found.target = Target::Item(module, name.clone());
                }
                None => {
                    found.target = Target::Elsewhere;
                    break;
                }
            }
            taken += 1;
            self.arrive(&mut found, at, taken);
        }
        if found.target != Target::Elsewhere {
            found.rest = path[taken.min(path.len())..].to_vec();
        }
        found
    }

    /// Notes that the segments so far lead to an entity.
    fn arrive(&self, found: &mut Found, at: At, taken: usize) {
        if at.0 != ENTITY && found.how.is_none() && found.in_entity(self).is_some() {
            found.how = Some(How::Written(taken));
        }
    }

    fn first(&self, at: At, name: &str, value: bool, skip: Option<LeafId>, depth: usize) -> Found {
        let module = self.module(at);
        match name {
            "crate" => return Found::new(Target::Module((at.0, 0))),
            "self" => return Found::new(Target::Module(at)),
            "super" => return Found::new(Target::Module((at.0, module.parent.unwrap_or(0)))),
            _ => {}
        }
        if let Some(found) = self.member(at, name, value, skip, depth) {
            return found;
        }
        let extern_crate = self.crates.iter().position(|sources| sources.name == name);
        Found::new(extern_crate.map_or(Target::Elsewhere, |of| Target::Module((of, 0))))
    }

    /// What a name means in a module.
    fn member(&self, at: At, name: &str, value: bool, skip: Option<LeafId>, depth: usize) -> Option<Found> {
        if depth > DEPTH {
            return None;
        }
        let module = self.module(at);
        if name == "super" {
            return Some(Found::new(Target::Module((at.0, module.parent.unwrap_or(0)))));
        }
        let child = module.children.iter().find(|(child, _)| child == name);
        if let Some((_, child)) = child.filter(|_| !value || self.item(at, name).is_none()) {
            return Some(Found::new(Target::Module((at.0, *child))));
        }
        if self.item(at, name).is_some() {
            return Some(Found::new(Target::Item(at, name.to_owned())));
        }
        let leaves = || {
            module.imports.iter().enumerate().flat_map(move |(import, statement)| {
                statement.leaves.iter().enumerate().map(move |(leaf, what)| {
                    (
                        LeafId {
                            module: at,
                            import,
                            leaf,
                        },
                        what,
                    )
                })
            })
        };
        let mut named = leaves().filter(|(id, leaf)| leaf.name.as_deref() == Some(name) && Some(*id) != skip);
        if let Some((id, leaf)) = named.next() {
            let mut found = self.walk(at, &leaf.path, value, Some(id), depth + 1);
            if let Some(How::Written(_)) = found.how {
                found.how = Some(How::Leaf(id));
            }
            found.via.push(id);
            return Some(found);
        }
        for (id, leaf) in leaves().filter(|(id, leaf)| leaf.name.is_none() && Some(*id) != skip) {
            let of = self.walk(at, &leaf.path, false, Some(id), depth + 1);
            let Target::Module(module) = of.target else { continue };
            let is_entity = module.0 == ENTITY && self.entities.contains(&module.1);
            let found = match self.member(module, name, value, None, depth + 1) {
                Some(found) => Some(found),
                None if is_entity && is_made(name) => Some(Found::new(Target::Item(module, name.to_owned()))),
                None => None,
            };
            let Some(mut found) = found else { continue };
            if module.0 == ENTITY {
                found.via.clear();
                found.how = match of.how {
                    // All that an entity has: the import itself leads there.
                    Some(How::Written(_)) => Some(How::Leaf(id)),
                    Some(how) => Some(how),
                    None if at.0 != ENTITY && found.in_entity(self).is_some() => Some(How::Glob(id)),
                    None => None,
                };
            }
            found.via.extend(of.via);
            found.via.push(id);
            return Some(found);
        }
        None
    }
}

/// What SeaORM makes in the module of an entity. An import of all that a module has brings these too.
pub(super) fn is_made(name: &str) -> bool {
    const MADE: [&str; 13] = [
        "ActiveModel",
        "ActiveModelEx",
        "COLUMN",
        "Column",
        "Entity",
        "EntityLoader",
        "Model",
        "ModelEx",
        "PrimaryKey",
        "RelatedEntity",
        "Relation",
        "TypedColumn",
        "PrimaryKeyToColumn",
    ];
    MADE.contains(&name)
}

/// The name of an item.
pub(super) fn name_of(item: &Item) -> Option<String> {
    Some(plain(match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    }))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::freeze::shape;

    /// A small crate of entities.
    pub(in crate::freeze) const ENTITIES: &str = r#"
        pub mod events {
            mod values;
            pub mod logs {
                use super::Level;
                #[derive(Clone, DeriveEntityModel)]
                #[sea_orm(table_name = "logs")]
                pub struct Model { #[sea_orm(primary_key)] pub id: i32, pub level: Level, pub job_id: Option<i32> }
                pub enum Colour { Red }
            }
            mod levels { pub enum Level { Low } }
            pub use levels::Level;
        }
        pub mod prelude { pub use crate::events::{Level, logs}; }
    "#;

    /// What each path in the text's root leads to, as `target rest how`.
    fn resolved(text: &str, paths: &[&str]) -> Vec<String> {
        let (entity, data) = (Sources::of_text("entity", ENTITIES), Sources::of_text("data", text));
        let entities = shape::modules(&entity);
        let world = World {
            crates: vec![&entity, &data],
            entities,
        };
        let last = data.modules.len() - 1;
        paths
            .iter()
            .map(|path| {
                let segments: Vec<String> = path.split("::").map(str::to_owned).collect();
                let found = world.resolve((1, last), &segments);
                let target = match &found.target {
                    Target::Module(at) => world.module(*at).path.join("::"),
                    Target::Item(at, name) => format!("{}::{name}", world.module(*at).path.join("::")),
                    Target::Elsewhere => "–".to_owned(),
                };
                let how = match found.how {
                    None => "–".to_owned(),
                    Some(How::Written(segments)) => format!("written {segments}"),
                    Some(How::Leaf(id)) => format!("leaf {}.{}.{}", id.module.1, id.import, id.leaf),
                    Some(How::Glob(id)) => format!("glob {}.{}.{}", id.module.1, id.import, id.leaf),
                };
                format!("{target} [{}] {how}", found.rest.join("::"))
            })
            .collect()
    }

    #[test]
    fn a_path_says_itself_where_it_leads() {
        assert_eq!(
            resolved(
                "",
                &[
                    "entity::events::logs::Column::Id",
                    "entity::prelude::logs",
                    "entity::events::Level::Low",
                    "sea_orm::Set"
                ]
            ),
            [
                "events::logs::Column [Id] written 3",
                "events::logs [] written 3",
                "events::levels::Level [Low] –",
                "– [] –"
            ]
        );
    }

    #[test]
    fn an_import_leads_there() {
        let text = "use entity::events::{self, logs::{self, Column as Log, Colour}};";
        assert_eq!(
            resolved(
                text,
                &[
                    "logs::Entity",
                    "Log::JobId",
                    "events::logs::Model",
                    "Colour::Red",
                    "logs::Colour"
                ]
            ),
            [
                "events::logs::Entity [] leaf 0.0.1",
                "events::logs::Column [JobId] leaf 0.0.2",
                "events::logs::Model [] written 2",
                "events::logs::Colour [Red] leaf 0.0.3",
                "events::logs::Colour [] leaf 0.0.1"
            ]
        );
    }

    #[test]
    fn an_import_of_everything_leads_there() {
        assert_eq!(
            resolved("use entity::prelude::*;", &["logs::Entity", "Level", "nothing"]),
            [
                "events::logs::Entity [] glob 0.0.0",
                "events::levels::Level [] –",
                "– [] –"
            ]
        );
        assert_eq!(
            resolved("use entity::events::logs::*;", &["Entity", "Column::Id"]),
            [
                "events::logs::Entity [] leaf 0.0.0",
                "events::logs::Column [Id] leaf 0.0.0"
            ]
        );
    }

    #[test]
    fn an_import_of_the_parent_is_found_from_below() {
        let text = "use entity::events::logs; mod below { use super::*; use super::logs as l; }";
        assert_eq!(
            resolved(text, &["logs::Entity", "l::Column", "super::logs::Model"]),
            [
                "events::logs::Entity [] leaf 0.0.0",
                "events::logs::Column [] leaf 0.0.0",
                "events::logs::Model [] leaf 0.0.0"
            ]
        );
    }

    #[test]
    fn imports_in_a_circle_lead_nowhere() {
        let text = "use async_trait::async_trait; mod a { pub use super::b::*; } mod b { pub use super::a::*; pub use super::a::x; }";
        assert_eq!(
            resolved(text, &["async_trait", "x", "super::a::y"]),
            ["– [] –", "– [] –", "– [] –"]
        );
    }
}
