//! What of the entities' crate is bound to an entity as it is today: functions that take its rows, say.

use std::collections::{BTreeMap, BTreeSet};

use syn::{ImplItem, Item, ItemImpl, TraitItem, visit::Visit as _};

use super::{
    resolve::{ENTITY, Target, World, name_of},
    sources::plain,
    walk::{Spoken, Walk, line, range},
};

/// Something that works with an entity as it is today and cannot be kept as it was.
#[derive(Clone, Debug)]
pub(super) struct Bond {
    pub(super) entities: BTreeSet<usize>,
    /// `file:line`.
    pub(super) place: String,
    /// The type that it is a method of, where that is not the entity's own.
    pub(super) of: Option<(usize, String)>,
    /// Whether the method is that of a common trait, whose name says little.
    pub(super) is_common: bool,
    /// How many arguments it takes beside `self`; none where it takes no `self`.
    pub(super) arguments: Option<usize>,
    calls: Vec<(usize, String)>,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Bonds {
    pub(super) items: BTreeMap<(usize, String), Bond>,
    pub(super) methods: BTreeMap<String, Vec<Bond>>,
}

/// Traits that every entity has, and which the one that is kept has too.
const OF_EVERY_ENTITY: &[&str] = &["ActiveModelBehavior", "Linked", "Related", "RelationTrait", "TableSpec"];

/// Traits of which almost every type has some.
const COMMON: &[&str] = &[
    "AsRef",
    "Clone",
    "Debug",
    "Default",
    "Deref",
    "Display",
    "Eq",
    "From",
    "FromStr",
    "Hash",
    "Into",
    "Iterator",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "TryFrom",
];

impl Bonds {
    pub(super) fn of(world: &World<'_>) -> Self {
        let mut bonds = Self::default();
        for module in 0..world.crates[ENTITY].modules.len() {
            for item in &world.module((ENTITY, module)).items {
                bonds.item(world, module, item);
            }
        }
        bonds.spread();
        bonds
    }

    fn item(&mut self, world: &World<'_>, module: usize, item: &Item) {
        if let Item::Impl(block) = item {
            self.block(world, module, block);
            return;
        }
        let Some(name) = name_of(item) else { return };
        if name == "Model" && world.entities.contains(&module) {
            return;
        }
        let bond = bond(world, module, &Walk::of(item), range(item).start);
        if let Item::Trait(of) = item {
            for function in &of.items {
                if let TraitItem::Fn(function) = function {
                    let arguments = arguments(&function.sig);
                    self.method(
                        plain(&function.sig.ident),
                        Bond {
                            arguments,
                            ..bond.clone()
                        },
                    );
                }
            }
        }
        self.items.insert((module, name), bond);
    }

    fn block(&mut self, world: &World<'_>, module: usize, block: &ItemImpl) {
        let of_trait = block
            .trait_
            .as_ref()
            .and_then(|(_, path, _)| path.segments.last())
            .map(|last| plain(&last.ident));
        let of_trait = of_trait.as_deref().unwrap_or_default();
        if OF_EVERY_ENTITY.contains(&of_trait) {
            return;
        }
        let mut header = Walk::default();
        header.visit_generics(&block.generics);
        header.visit_type(&block.self_ty);
        if let Some((_, path, _)) = &block.trait_ {
            header.visit_path(path);
        }
        let of = match &*block.self_ty {
            syn::Type::Path(path) => {
                let names: Vec<String> = path.path.segments.iter().map(|part| plain(&part.ident)).collect();
                let found = world.resolve((ENTITY, module), &names);
                match found.target {
                    Target::Item((ENTITY, at), name) => Some((at, name)),
                    _ => None,
                }
            }
            _ => None,
        };
        for item in &block.items {
            let ImplItem::Fn(function) = item else { continue };
            let mut walk = Walk(header.0.clone());
            walk.visit_impl_item_fn(function);
            let place = function.sig.ident.span().byte_range().start;
            let mut bond = bond(world, module, &walk.0, place);
            bond.of.clone_from(&of);
            bond.is_common = COMMON.contains(&of_trait);
            bond.arguments = arguments(&function.sig);
            self.method(plain(&function.sig.ident), bond);
        }
    }

    fn method(&mut self, name: String, bond: Bond) {
        self.methods.entry(name).or_default().push(bond);
    }

    /// Who calls what is bound is bound.
    fn spread(&mut self) {
        loop {
            let mut grew = false;
            let known: BTreeMap<(usize, String), BTreeSet<usize>> = self
                .items
                .iter()
                .map(|(name, bond)| (name.clone(), bond.entities.clone()))
                .collect();
            for bond in self.items.values_mut().chain(self.methods.values_mut().flatten()) {
                for called in bond.calls.iter().filter_map(|called| known.get(called)) {
                    for entity in called {
                        grew |= bond.entities.insert(*entity);
                    }
                }
            }
            if !grew {
                break;
            }
        }
        self.items.retain(|_, bond| !bond.entities.is_empty());
        self.methods.retain(|_, bonds| {
            bonds.retain(|bond| !bond.entities.is_empty());
            !bonds.is_empty()
        });
    }
}

fn bond(world: &World<'_>, module: usize, spoken: &[Spoken], at: usize) -> Bond {
    let mut entities = BTreeSet::new();
    let mut calls = Vec::new();
    for spoken in spoken {
        let Spoken::Path(path) = spoken else { continue };
        let names: Vec<String> = path.iter().map(|(name, _)| name.clone()).collect();
        let found = world.resolve((ENTITY, module), &names);
        match found.in_entity(world) {
            Some((entity, names)) if names.first().is_some_and(|name| !world.is_beside(entity, name)) => {
                entities.insert(entity);
            }
            _ => {
                if let Target::Item((ENTITY, at), name) = found.target {
                    calls.push((at, name));
                }
            }
        }
    }
    let sources = world.crates[ENTITY];
    Bond {
        entities,
        place: sources.place(module, line(&sources.file_of(module).text, at)),
        of: None,
        is_common: false,
        arguments: None,
        calls,
    }
}

fn arguments(signature: &syn::Signature) -> Option<usize> {
    signature.receiver().map(|_| signature.inputs.len() - 1)
}
