//! Which modules are history: those that the steps of the migrator's list lead to.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Expr, Item, Lit, Token, parse::Parser as _, punctuated::Punctuated, visit::Visit};

use super::{
    resolve::{At, ENTITY, Target, World},
    walk::{Spoken, Walk},
};

/// A data migration: a module of its crate with all below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    /// Directly below its crate's root, or the root where the migration stands there.
    pub(super) root: At,
    pub(super) modules: Vec<At>,
    /// The steps that lead to it, in the order of the history.
    pub(super) steps: Vec<String>,
    /// The other units that it names, by their roots.
    pub(super) names: BTreeSet<At>,
}

/// The data migrations of the history, in its order, and what they share.
pub(super) fn units(world: &World<'_>, migration: usize) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    for (at, element) in elements(world, migration) {
        let mut reach = Reach {
            world,
            visited: BTreeSet::new(),
            modules: BTreeSet::new(),
            name: None,
        };
        let mut walk = Walk::default();
        walk.visit_expr(&element);
        reach.spoken(at, &walk.0);
        let mut roots: BTreeSet<At> = reach.modules.iter().map(|at| root_of(world, *at)).collect();
        // A crate's root lists what is below it; only where nothing is, it is the migration itself.
        let below: BTreeSet<usize> = roots.iter().filter(|root| root.1 != 0).map(|root| root.0).collect();
        roots.retain(|root| root.1 != 0 || (root.0 != migration && !below.contains(&root.0)));
        for root in roots {
            let step = reach
                .name
                .clone()
                .or_else(|| world.module(root).path.first().filter(|name| is_step(name)).cloned());
            let Some(step) = step else { continue };
            let at = units.iter().position(|unit| unit.root == root).unwrap_or_else(|| {
                units.push(unit(world, root));
                units.len() - 1
            });
            units[at].steps.push(step);
        }
    }
    // A crate's root that only makes steps is none of them, unless it says for which entities it makes them.
    let crates: BTreeSet<usize> = units.iter().map(|unit| unit.root.0).collect();
    for root in crates.into_iter().map(|of| (of, 0)) {
        let mut named = spoken_with_entities(world, root);
        named.retain(|named| units.iter().any(|unit| unit.root == *named));
        if named.is_empty() || units.iter().any(|unit| unit.root == root) {
            continue;
        }
        let mut unit = unit(world, root);
        unit.names.retain(|name| named.contains(name));
        units.push(unit);
    }
    // What they share, and what that shares.
    let mut at = 0;
    while at < units.len() {
        for root in units[at].names.clone() {
            if !units.iter().any(|unit| unit.root == root) {
                units.push(unit(world, root));
            }
        }
        at += 1;
    }
    units
}

fn unit(world: &World<'_>, root: At) -> Unit {
    let modules: Vec<At> = if root.1 == 0 {
        vec![root]
    } else {
        let subtree = world.crates[root.0].subtree(root.1);
        subtree.into_iter().map(|module| (root.0, module)).collect()
    };
    let mut names = BTreeSet::new();
    for at in &modules {
        let module = world.module(*at);
        let imported = module
            .imports
            .iter()
            .flat_map(|import| &import.leaves)
            .map(|leaf| leaf.path.clone());
        let spoken = module
            .items
            .iter()
            .flat_map(Walk::of)
            .filter_map(|spoken| match spoken {
                Spoken::Path(path) => Some(path.into_iter().map(|(name, _)| name).collect()),
                _ => None,
            });
        for path in imported.chain(spoken) {
            if let Target::Module(of) | Target::Item(of, _) = world.resolve(*at, &path).target {
                let other = root_of(world, of);
                if of.0 != ENTITY && other != root && other.1 != 0 {
                    names.insert(other);
                }
            }
        }
    }
    Unit {
        root,
        modules,
        steps: Vec::new(),
        names,
    }
}

/// The modules below a root that its items name beside entities.
fn spoken_with_entities(world: &World<'_>, root: At) -> BTreeSet<At> {
    let mut all = BTreeSet::new();
    for item in &world.module(root).items {
        let mut named = BTreeSet::new();
        let mut has_entity = false;
        for spoken in Walk::of(item) {
            let Spoken::Path(path) = spoken else { continue };
            let names: Vec<String> = path.into_iter().map(|(name, _)| name).collect();
            let found = world.resolve(root, &names);
            has_entity |= found.in_entity(world).is_some();
            if let Target::Module(of) | Target::Item(of, _) = found.target
                && of.0 == root.0
                && of.1 != 0
            {
                named.insert(root_of(world, of));
            }
        }
        if has_entity {
            all.append(&mut named);
        }
    }
    all
}

/// The module directly below the crate's root in which that one is.
fn root_of(world: &World<'_>, at: At) -> At {
    let mut at = at;
    while let Some(parent) = world.module(at).parent {
        if parent == 0 {
            break;
        }
        at.1 = parent;
    }
    at
}

/// The elements of the migrator's list, each with the module that it stands in.
fn elements(world: &World<'_>, migration: usize) -> Vec<(At, Expr)> {
    struct List(Vec<Expr>);
    impl Visit<'_> for List {
        fn visit_impl_item_fn(&mut self, function: &syn::ImplItemFn) {
            if function.sig.ident == "migrations" {
                syn::visit::visit_impl_item_fn(self, function);
            }
        }

        fn visit_macro(&mut self, call: &syn::Macro) {
            let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
            if call.path.is_ident("vec")
                && let Ok(elements) = parser.parse2(call.tokens.clone())
            {
                self.0.extend(elements);
            }
        }
    }
    let mut all = Vec::new();
    for module in 0..world.crates[migration].modules.len() {
        let at = (migration, module);
        let mut list = List(Vec::new());
        for item in &world.module(at).items {
            if let Item::Impl(block) = item {
                list.visit_item_impl(block);
            }
        }
        all.extend(list.0.into_iter().map(|element| (at, element)));
    }
    all
}

/// What an element of the list leads to, through functions that make it.
struct Reach<'w> {
    world: &'w World<'w>,
    visited: BTreeSet<(At, String)>,
    modules: BTreeSet<At>,
    name: Option<String>,
}

impl Reach<'_> {
    fn spoken(&mut self, at: At, spoken: &[Spoken]) {
        for spoken in spoken {
            match spoken {
                Spoken::Text(text) if is_step(text) => self.name = self.name.take().or_else(|| Some(text.clone())),
                Spoken::Path(path) => {
                    let names: Vec<String> = path.iter().map(|(name, _)| name.clone()).collect();
                    if let Target::Item(of, name) = self.world.resolve(at, &names).target {
                        self.item(of, &name);
                    }
                }
                _ => {}
            }
        }
    }

    fn item(&mut self, at: At, name: &str) {
        if at.0 == ENTITY || !self.visited.insert((at, name.to_owned())) {
            return;
        }
        self.modules.insert(at);
        match self.world.item(at, name) {
            Some(item @ Item::Fn(_)) => self.spoken(at, &Walk::of(item)),
            Some(Item::Const(of)) => {
                if let Expr::Lit(literal) = &*of.expr
                    && let Lit::Str(text) = &literal.lit
                    && is_step(&text.value())
                {
                    self.name = self.name.take().or_else(|| Some(text.value()));
                }
            }
            _ => {}
        }
    }
}

/// `m20261122_134826_…`
fn is_step(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() > 17
        && bytes[0] == b'm'
        && bytes[1..9].iter().all(u8::is_ascii_digit)
        && bytes[9] == b'_'
        && bytes[10..16].iter().all(u8::is_ascii_digit)
        && bytes[16] == b'_'
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// Which units belong together: those that name each other, directly or through others of them.
pub(super) fn groups(units: &[Unit], takes_part: impl Fn(usize) -> bool) -> Vec<Vec<usize>> {
    let members: Vec<usize> = (0..units.len()).filter(|at| takes_part(*at)).collect();
    let mut group: BTreeMap<usize, usize> = members.iter().map(|at| (*at, *at)).collect();
    for at in &members {
        for other in &members {
            if units[*at].names.contains(&units[*other].root) {
                let (from, to) = (group[at].max(group[other]), group[at].min(group[other]));
                for of in group.values_mut().filter(|of| **of == from) {
                    *of = to;
                }
            }
        }
    }
    let heads: BTreeSet<usize> = group.values().copied().collect();
    heads
        .into_iter()
        .map(|head| members.iter().copied().filter(|at| group[at] == head).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::freeze::{resolve::tests::ENTITIES, shape, sources::Sources};

    #[test]
    fn the_list_says_what_is_history() {
        let entity = Sources::of_text("entity", ENTITIES);
        let data = Sources::of_text(
            "data_migrations",
            r#"
            mod logs { pub const LOGS: &str = "m20260101_000000_logs"; pub struct Logs; mod below { use crate::times; } }
            mod jobs { pub struct Jobs; }
            mod times { pub fn t() {} }
            mod newer { pub const NEWER: &str = "m20260103_000000_newer"; pub struct Newer; }
            pub use logs::{LOGS, Logs};
            pub fn logs() -> DataStep { DataStep::new(LOGS, Logs) }
            pub fn newer() -> DataStep { DataStep::new(newer::NEWER, newer::Newer) }
            "#,
        );
        let migration = Sources::of_text(
            "migration",
            r#"
            mod m20250101_000000_init { pub struct Migration; }
            impl MigratorTrait for Migrator {
                fn migrations() -> Vec<Box<dyn MigrationTrait>> {
                    vec![
                        Box::new(m20250101_000000_init::Migration),
                        Box::new(data_migrations::logs()),
                        Box::new(DataStep::new("m20260102_000000_jobs", data_migrations::jobs::Jobs)),
                    ]
                }
            }
            "#,
        );
        let world = World {
            crates: vec![&entity, &data, &migration],
            entities: shape::modules(&entity),
        };
        let found: Vec<(String, String)> = units(&world, 2)
            .into_iter()
            .map(|unit| (world.module(unit.root).path.join("::"), unit.steps.join(" ")))
            .collect();
        let found: Vec<(&str, &str)> = found.iter().map(|(module, steps)| (&**module, &**steps)).collect();
        assert_eq!(
            found,
            [
                ("m20250101_000000_init", "m20250101_000000_init"),
                ("logs", "m20260101_000000_logs"),
                ("jobs", "m20260102_000000_jobs"),
                ("times", "")
            ]
        );
    }

    #[test]
    fn what_name_each_other_belong_together() {
        let unit = |at, names: &[usize]| Unit {
            root: (1, at),
            modules: Vec::new(),
            steps: Vec::new(),
            names: names.iter().map(|name| (1, *name)).collect(),
        };
        let units = [unit(1, &[4]), unit(2, &[]), unit(3, &[]), unit(4, &[3])];
        assert_eq!(groups(&units, |_| true), [vec![0, 2, 3], vec![1]]);
        assert_eq!(groups(&units, |at| at != 3), [vec![0], vec![1], vec![2]]);
    }
}
