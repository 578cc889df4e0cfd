//! What data migrations of the history name in the entities' crate and what is there no longer: variants of enumerations,
//! constants and functions of types, fields of values, whatever stands in a module. Values are shared between today and the
//! past, so these cannot be kept beside a data migration; without them it does not compile.
//!
//! Only what is certainly gone is named: where a macro, a derive or an import of everything may have made it, nothing is said.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Fields, ImplItem, Item, TraitItem};

use super::{
    Obstacle,
    resolve::{At, ENTITY, LeafId, Target, World, is_made, name_of},
    sources::plain,
    steps::Unit,
    walk::{Spoken, Walk, line},
};

/// A type of the entities' crate: its module and its name.
type Type = (usize, String);

/// What types and traits have beside what stands in them.
#[derive(Debug, Default)]
struct Members {
    of: BTreeMap<Type, BTreeSet<String>>,
    /// Types of which a macro writes a part.
    unknown: BTreeSet<Type>,
    /// Functions and constants of traits: any type may have them.
    of_traits: BTreeSet<String>,
}

impl Members {
    fn of(world: &World<'_>) -> Self {
        let mut members = Self::default();
        for module in 0..world.crates[ENTITY].modules.len() {
            for item in &world.module((ENTITY, module)).items {
                match item {
                    Item::Impl(block) => members.block(world, module, block),
                    Item::Trait(of) => members.of_traits.extend(of.items.iter().filter_map(|item| match item {
                        TraitItem::Fn(function) => Some(plain(&function.sig.ident)),
                        TraitItem::Const(constant) => Some(plain(&constant.ident)),
                        _ => None,
                    })),
                    _ => {}
                }
            }
        }
        members
    }

    fn block(&mut self, world: &World<'_>, module: usize, block: &syn::ItemImpl) {
        let syn::Type::Path(path) = &*block.self_ty else { return };
        let names: Vec<String> = path.path.segments.iter().map(|part| plain(&part.ident)).collect();
        let Target::Item((ENTITY, at), name) = world.resolve((ENTITY, module), &names).target else {
            return;
        };
        let of = (at, name);
        for item in &block.items {
            let name = match item {
                ImplItem::Const(item) => plain(&item.ident),
                ImplItem::Fn(item) => plain(&item.sig.ident),
                ImplItem::Type(item) => plain(&item.ident),
                _ => {
                    self.unknown.insert(of.clone());
                    continue;
                }
            };
            self.of.entry(of.clone()).or_default().insert(name);
        }
    }
}

/// What those data migrations name and what is gone.
pub(super) fn lost(world: &World<'_>, units: &[&Unit]) -> Vec<Obstacle> {
    let members = Members::of(world);
    let mut found = BTreeMap::new();
    for at in units.iter().flat_map(|unit| &unit.modules) {
        let mut look = Look {
            world,
            members: &members,
            at: *at,
            found: &mut found,
        };
        look.imports();
        for item in &world.module(*at).items {
            for spoken in Walk::of(item) {
                look.spoken(&spoken);
            }
        }
    }
    found
        .into_iter()
        .map(|(what, place)| Obstacle { place, what })
        .collect()
}

struct Look<'l> {
    world: &'l World<'l>,
    members: &'l Members,
    at: At,
    /// What is gone, with the first place that names it.
    found: &'l mut BTreeMap<String, String>,
}

impl Look<'_> {
    fn note(&mut self, byte: Option<usize>, what: String) {
        let sources = self.world.crates[self.at.0];
        let file = sources.file_of(self.at.1);
        let place = sources.place(self.at.1, byte.map_or(1, |byte| line(&file.text, byte)));
        self.found.entry(what).or_insert(place);
    }

    fn imports(&mut self) {
        for (import, statement) in self.world.module(self.at).imports.iter().enumerate() {
            for (leaf, what) in statement.leaves.iter().enumerate() {
                let path = &what.path;
                self.path(
                    path,
                    Some(statement.range.start),
                    Some(LeafId {
                        module: self.at,
                        import,
                        leaf,
                    }),
                );
            }
        }
    }

    fn spoken(&mut self, spoken: &Spoken) {
        match spoken {
            Spoken::Path(path) => {
                let names: Vec<String> = path.iter().map(|(name, _)| name.clone()).collect();
                let byte = path.first().map(|(_, range)| range.start);
                self.path(&names, byte, None);
                self.brought_by_enumerations(&names, byte);
            }
            Spoken::Fields(path, fields) => self.fields(path, fields),
            _ => {}
        }
    }

    fn path(&mut self, path: &[String], byte: Option<usize>, import: Option<LeafId>) {
        let found = import.map_or_else(|| self.world.resolve(self.at, path), |id| self.world.imported(id));
        match &found.target {
            Target::Item((ENTITY, module), name) => {
                if self.world.item((ENTITY, *module), name).is_none() {
                    self.of_module(*module, name, byte);
                } else if let Some(member) = found.rest.first()
                    && self.is_lost((*module, name), member)
                {
                    self.note(byte, gone(&format!("{name}::{member}"), &format!("`{name}`")));
                }
            }
            Target::Elsewhere => {
                // The last module of the entities' crate on the way, and what it should have.
                for length in 1..path.len() {
                    let Target::Module((ENTITY, module)) = self.world.resolve(self.at, &path[..length]).target else {
                        continue;
                    };
                    if self.world.resolve(self.at, &path[..=length]).target == Target::Elsewhere {
                        self.of_module(module, &path[length], byte);
                        return;
                    }
                }
            }
            _ => {}
        }
    }

    /// Notes what a module does not have, where it is certain that it hasn't.
    fn of_module(&mut self, module: usize, name: &str, byte: Option<usize>) {
        let of = self.world.module((ENTITY, module));
        let is_entity = self.world.entities.contains(&module);
        // An entity that is gone as a whole is kept from its shape.
        let is_there = of.items.iter().any(|item| name_of(item).as_deref() == Some("Model"));
        if is_entity && (!is_there || may_be_made(name)) {
            return;
        }
        let may_come_in = of
            .imports
            .iter()
            .filter(|import| import.is_public)
            .flat_map(|import| &import.leaves)
            .any(|leaf| leaf.name.as_deref().is_none_or(|known| known == name));
        let may_be_written = of.items.iter().any(|item| match item {
            Item::Macro(_) => true,
            // What a derive makes is called after its type: `StatusIter`.
            item => name_of(item).is_some_and(|known| !known.is_empty() && name.starts_with(&known)),
        });
        if !may_come_in && !may_be_written {
            let path = std::iter::once("entity")
                .chain(of.path.iter().map(String::as_str))
                .collect::<Vec<_>>()
                .join("::");
            self.note(byte, gone(name, &format!("`{path}`")));
        }
    }

    fn is_lost(&self, (module, name): (usize, &str), member: &str) -> bool {
        let of = (module, name.to_owned());
        let has = |members: &BTreeSet<String>| members.contains(member);
        let is_known = self.members.of.get(&of).is_some_and(has)
            || self.members.of_traits.contains(member)
            || self.members.unknown.contains(&of);
        let Some(item) = self.world.item((ENTITY, module), name).filter(|_| !is_known) else {
            return false;
        };
        let is_name = member.starts_with(|letter: char| letter.is_ascii_uppercase());
        let is_constant = is_name && !member.contains(|letter: char| letter.is_ascii_lowercase());
        let (attributes, is_variant) = match item {
            Item::Enum(item) => (
                &item.attrs,
                item.variants.iter().any(|variant| plain(&variant.ident) == member),
            ),
            Item::Struct(item) => (&item.attrs, false),
            _ => return false,
        };
        // Functions and constants may come with a derive; variants and other types do not.
        let may_be_derived = (!is_name || is_constant && member.len() > 1) && !derives_only_common(attributes);
        !is_variant && !may_be_derived && (is_name || !COMMON_FUNCTIONS.contains(&member))
    }

    /// The fields of a value that is made or taken apart.
    fn fields(&mut self, path: &[String], fields: &[String]) {
        let found = self.world.resolve(self.at, path);
        let Target::Item((ENTITY, module), name) = &found.target else {
            return;
        };
        if name == "Model" {
            return;
        }
        let (of, known) = match (self.world.item((ENTITY, *module), name), found.rest.first()) {
            (Some(Item::Struct(item)), _) => (name.clone(), &item.fields),
            (Some(Item::Enum(item)), Some(variant)) => {
                let Some(found) = item.variants.iter().find(|known| plain(&known.ident) == *variant) else {
                    return;
                };
                (format!("{name}::{variant}"), &found.fields)
            }
            _ => return,
        };
        let Fields::Named(known) = known else { return };
        let known: BTreeSet<String> = known
            .named
            .iter()
            .filter_map(|field| field.ident.as_ref())
            .map(plain)
            .collect();
        for field in fields.iter().filter(|field| !known.contains(*field)) {
            self.note(None, gone(&format!("{of}.{field}"), &format!("`{of}`")));
        }
    }

    /// A bare name that only an import of all variants of an enumeration can have brought.
    fn brought_by_enumerations(&mut self, path: &[String], byte: Option<usize>) {
        let [name, ..] = path else { return };
        let is_name = name.starts_with(|letter: char| letter.is_ascii_uppercase());
        if !is_name || PRELUDE.contains(&&**name) || self.world.resolve(self.at, &path[..1]).target != Target::Elsewhere
        {
            return;
        }
        let module = self.world.module(self.at);
        let is_named = module
            .imports
            .iter()
            .flat_map(|import| &import.leaves)
            .any(|leaf| leaf.name.as_deref() == Some(name));
        if is_named || module.items.iter().any(|item| matches!(item, Item::Macro(_))) {
            return;
        }
        let mut of = Vec::new();
        for (import, statement) in module.imports.iter().enumerate() {
            for (leaf, what) in statement.leaves.iter().enumerate() {
                if what.name.is_some() {
                    continue;
                }
                let found = self.world.imported(LeafId {
                    module: self.at,
                    import,
                    leaf,
                });
                match &found.target {
                    Target::Item((ENTITY, at), of_name) => match self.world.item((ENTITY, *at), of_name) {
                        Some(Item::Enum(item)) => {
                            if item.variants.iter().any(|variant| plain(&variant.ident) == *name) {
                                return;
                            }
                            of.push(of_name.clone());
                        }
                        _ => return,
                    },
                    // Whatever another crate has may be meant.
                    Target::Elsewhere => return,
                    _ => {}
                }
            }
        }
        if let [of] = &of[..] {
            self.note(byte, gone(&format!("{of}::{name}"), &format!("`{of}`")));
        }
    }
}

fn gone(what: &str, of: &str) -> String {
    format!(
        "`{what}` is named here, and {of} has it no longer; keep it where it was as long as the data migration is history"
    )
}

/// Whether SeaORM may make that in the module of an entity.
fn may_be_made(name: &str) -> bool {
    const BEGINNINGS: [&str; 8] = [
        "ActiveModel",
        "Column",
        "Entity",
        "Model",
        "PrimaryKey",
        "Relat",
        "Typed",
        "COLUMN",
    ];
    is_made(name) || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
}

/// Whether its derives make nothing that is called by a name of its own.
fn derives_only_common(attributes: &[syn::Attribute]) -> bool {
    const COMMON: [&str; 11] = [
        "Clone",
        "Copy",
        "Debug",
        "Default",
        "Deserialize",
        "Eq",
        "Hash",
        "Ord",
        "PartialEq",
        "PartialOrd",
        "Serialize",
    ];
    attributes.iter().all(|attribute| {
        let is_known = [
            "allow",
            "cfg",
            "doc",
            "derive",
            "expect",
            "non_exhaustive",
            "repr",
            "serde",
        ]
        .iter()
        .any(|known| attribute.path().is_ident(known));
        is_known
            && super::shape::derived(attribute).iter().all(|path| {
                path.segments
                    .last()
                    .is_some_and(|last| COMMON.contains(&&*plain(&last.ident)))
            })
    })
}

/// Functions of traits that almost every type has.
const COMMON_FUNCTIONS: &[&str] = &[
    "as_ref",
    "borrow",
    "clone",
    "cmp",
    "default",
    "deserialize",
    "eq",
    "fmt",
    "from",
    "from_iter",
    "from_str",
    "hash",
    "into",
    "ne",
    "partial_cmp",
    "serialize",
    "to_owned",
    "to_string",
    "try_from",
    "try_into",
];

/// Names that are there without an import.
const PRELUDE: &[&str] = &[
    "AsMut",
    "AsRef",
    "Box",
    "Clone",
    "Copy",
    "Default",
    "DoubleEndedIterator",
    "Drop",
    "Eq",
    "Err",
    "ExactSizeIterator",
    "Extend",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "FromIterator",
    "Future",
    "Into",
    "IntoFuture",
    "IntoIterator",
    "Iterator",
    "None",
    "Ok",
    "Option",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Result",
    "Self",
    "Send",
    "Sized",
    "Some",
    "String",
    "Sync",
    "ToOwned",
    "ToString",
    "TryFrom",
    "TryInto",
    "Unpin",
    "Vec",
];
