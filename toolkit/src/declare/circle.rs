//! Entities that have each other by `Related`: SeaORM asks one for the relation, that one asks the other, and so on until
//! the stack is full, which no program survives. What asks whom is read from the source.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use syn::{
    Attribute, Expr, Fields, ImplItem, Item, ItemEnum, ItemImpl, ItemStruct, Pat, Type,
    spanned::Spanned as _,
    visit::{Visit, visit_expr_call, visit_expr_path},
};

use super::Problem;

/// What SeaORM asks for: a relation of an entity by its variant, or the way from one entity to another by `Related`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    Variant(String, String),
    Related(String, String),
}

impl Asked {
    fn entity(&self) -> &str {
        match self {
            Self::Variant(entity, _) | Self::Related(entity, _) => entity,
        }
    }
}

/// What is asked on the way, before names are known: the paths are as they are written.
#[derive(Debug)]
struct Asks {
    at: (PathBuf, usize),
    /// The module that says it.
    module: String,
    what: Said,
    then: Said,
}

#[derive(Clone, Debug)]
enum Said {
    /// A variant of the relations of the entity of that path.
    Variant(Vec<String>, String),
    /// From the entity of the first path to that of the second.
    Related(Vec<String>, Vec<String>),
}

/// The entities of some files by their modules, and who asks whom.
#[derive(Debug, Default)]
pub(super) struct Circles {
    modules: BTreeSet<String>,
    asks: Vec<Asks>,
}

impl Circles {
    /// Reads a file that lies below `folder`.
    pub(super) fn read(&mut self, folder: &Path, path: &Path, file: &syn::File) {
        let below = path.strip_prefix(folder).unwrap_or(path).with_extension("");
        let mut module: Vec<String> = below.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        if module
            .last()
            .is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str()))
        {
            module.pop();
        }
        self.items(path, &module, &file.items);
    }

    fn items(&mut self, path: &Path, module: &[String], items: &[Item]) {
        for item in items {
            match item {
                Item::Mod(inner) => {
                    if let Some((_, items)) = &inner.content {
                        let mut module = module.to_vec();
                        module.push(inner.ident.to_string());
                        self.items(path, &module, items);
                    }
                }
                Item::Struct(item) if item.attrs.iter().any(super::source::derives_entity) => {
                    self.model(path, module, item);
                }
                Item::Enum(item) if item.ident == "Relation" => self.relations(path, module, item),
                Item::Impl(item) => self.implementation(path, module, item),
                _ => {}
            }
        }
    }

    fn add(&mut self, path: &Path, line: usize, module: &[String], what: Said, then: Said) {
        self.asks.push(Asks {
            at: (path.to_owned(), line),
            module: module.join("::"),
            what,
            then,
        });
    }

    /// The dense form: a field that has others asks them for the way back, unless it goes by way of a third.
    fn model(&mut self, path: &Path, module: &[String], item: &ItemStruct) {
        self.modules.insert(module.join("::"));
        let Fields::Named(fields) = &item.fields else { return };
        for field in &fields.named {
            let keys = keys(&field.attrs);
            let has = |key: &str| keys.iter().any(|(name, _)| name == key);
            if !(has("has_many") || has("has_one")) || has("via") || has("via_rel") || has("self_ref") {
                continue;
            }
            let Some(other) = inner(&field.ty) else { continue };
            let asked = Said::Related(own(), other.clone());
            // `relation_enum` names a relation that stands for itself: none is asked by the entity.
            let said = keys.iter().find(|(name, _)| name == "relation_enum");
            let what = match said {
                Some((_, variant)) => Said::Variant(own(), variant.clone()),
                None => asked,
            };
            self.add(
                path,
                field.span().start().line,
                module,
                what,
                Said::Related(other, own()),
            );
        }
    }

    /// `enum Relation` with its attributes.
    fn relations(&mut self, path: &Path, module: &[String], item: &ItemEnum) {
        for variant in &item.variants {
            let keys = keys(&variant.attrs);
            if keys.iter().any(|(name, _)| name == "via_rel") {
                continue;
            }
            let has = keys.iter().find(|(name, _)| name == "has_many" || name == "has_one");
            if let Some((_, other)) = has {
                let what = Said::Variant(own(), variant.ident.to_string());
                let then = Said::Related(segments(other), own());
                self.add(path, variant.span().start().line, module, what, then);
            }
        }
    }

    fn implementation(&mut self, path: &Path, module: &[String], item: &ItemImpl) {
        let Some((_, of, _)) = &item.trait_ else { return };
        let Some(last) = of.segments.last() else { return };
        if last.ident == "Related" {
            let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else {
                return;
            };
            let Some(syn::GenericArgument::Type(Type::Path(other))) = arguments.args.first() else {
                return;
            };
            let Type::Path(this) = &*item.self_ty else { return };
            let what = Said::Related(of_path(&this.path), of_path(&other.path));
            let to = item.items.iter().find_map(|item| match item {
                ImplItem::Fn(function) if function.sig.ident == "to" => Some(function),
                _ => None,
            });
            let Some(to) = to else { return };
            let mut found = Variants::default();
            found.visit_block(&to.block);
            for (of, variant) in found.0 {
                self.add(
                    path,
                    to.span().start().line,
                    module,
                    what.clone(),
                    Said::Variant(of, variant),
                );
            }
        } else if last.ident == "RelationTrait" {
            let mut arms = Arms::default();
            arms.visit_item_impl(item);
            for (variant, other, line) in arms.found {
                self.add(
                    path,
                    line,
                    module,
                    Said::Variant(own(), variant),
                    Said::Related(other, own()),
                );
            }
        }
    }

    /// The circles, each once, at one of its entities.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut graph: BTreeMap<Asked, BTreeSet<Asked>> = BTreeMap::new();
        let mut places: BTreeMap<Asked, &(PathBuf, usize)> = BTreeMap::new();
        for asks in &self.asks {
            if let (Some(what), Some(then)) = (
                self.known(&asks.module, &asks.what),
                self.known(&asks.module, &asks.then),
            ) {
                places.entry(what.clone()).or_insert(&asks.at);
                graph.entry(what).or_default().insert(then);
            }
        }
        let mut told: BTreeSet<BTreeSet<&str>> = BTreeSet::new();
        let mut problems = Vec::new();
        for start in graph.keys() {
            let Some(circle) = circle(&graph, start) else { continue };
            let entities: BTreeSet<&str> = circle.iter().map(|asked| asked.entity()).collect();
            if !told.insert(entities.clone()) {
                continue;
            }
            let (path, line) = places[start];
            let names: Vec<String> = entities.iter().map(|name| format!("`{name}`")).collect();
            let who = if let [one] = names.as_slice() {
                format!("{one} has itself by `Related`: it asks itself for the way back")
            } else {
                format!(
                    "{} have each other by `Related`: each asks the other for the way back",
                    names.join(" and ")
                )
            };
            problems.push(Problem {
                place: format!("{}:{line}", path.display()),
                what: format!(
                    "{who}, until the stack is full. Let the one with the column be `belongs_to`, or name a table between them with `via`"
                ),
            });
        }
        problems
    }

    fn known(&self, module: &str, said: &Said) -> Option<Asked> {
        Some(match said {
            Said::Variant(of, variant) => Asked::Variant(self.entity(module, of)?, variant.clone()),
            Said::Related(from, to) => Asked::Related(self.entity(module, from)?, self.entity(module, to)?),
        })
    }

    /// The entity that a path leads to from a module: itself, or the one whose module ends so; of several the nearest.
    fn entity(&self, module: &str, path: &[String]) -> Option<String> {
        if path.is_empty() {
            return Some(module.to_owned());
        }
        let ending = path.join("::");
        let ends = |name: &&String| **name == ending || name.ends_with(&format!("::{ending}"));
        let shared = |name: &str| {
            name.split("::")
                .zip(module.split("::"))
                .take_while(|(a, b)| a == b)
                .count()
        };
        self.modules
            .iter()
            .filter(ends)
            .max_by_key(|name| shared(name))
            .cloned()
    }
}

/// A circle that goes through its start.
fn circle<'g>(graph: &'g BTreeMap<Asked, BTreeSet<Asked>>, start: &'g Asked) -> Option<Vec<&'g Asked>> {
    let mut before: BTreeMap<&Asked, &Asked> = BTreeMap::new();
    let mut open = vec![start];
    while let Some(at) = open.pop() {
        for next in graph.get(at).into_iter().flatten() {
            if next == start {
                let mut circle = vec![at];
                while let Some(earlier) = before.get(circle[circle.len() - 1]) {
                    circle.push(earlier);
                }
                return Some(circle);
            }
            if !before.contains_key(next) {
                before.insert(next, at);
                open.push(next);
            }
        }
    }
    None
}

fn own() -> Vec<String> {
    Vec::new()
}

/// The keys of `#[sea_orm(…)]`, each with its text.
fn keys(attributes: &[Attribute]) -> Vec<(String, String)> {
    let mut keys = Vec::new();
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("sea_orm"))
    {
        let _ = attribute.parse_nested_meta(|meta| {
            let key = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
            let mut text = String::new();
            if meta.input.peek(syn::Token![=])
                && let Expr::Lit(literal) = meta.value()?.parse()?
                && let syn::Lit::Str(value) = literal.lit
            {
                text = value.value();
            }
            keys.push((key, text));
            Ok(())
        });
    }
    keys
}

/// `super::cakes::Entity` → `cakes`; `Entity` is empty.
fn segments(path: &str) -> Vec<String> {
    let words = path.split("::").map(str::trim);
    let words = words.filter(|word| !["super", "crate", "self", "Entity", "Self", "Relation", ""].contains(word));
    words.map(str::to_owned).collect()
}

fn of_path(path: &syn::Path) -> Vec<String> {
    let words: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    segments(&words.join("::"))
}

/// The entity in `HasMany<super::cakes::Entity>`.
fn inner(of: &Type) -> Option<Vec<String>> {
    let Type::Path(of) = of else { return None };
    let syn::PathArguments::AngleBracketed(arguments) = &of.path.segments.last()?.arguments else {
        return None;
    };
    match arguments.args.first()? {
        syn::GenericArgument::Type(Type::Path(entity)) => Some(of_path(&entity.path)),
        _ => None,
    }
}

/// The variants of relations that are named: `Relation::Fruit`, `super::filling::Relation::Cake`.
#[derive(Default)]
struct Variants(Vec<(Vec<String>, String)>);

impl Visit<'_> for Variants {
    fn visit_expr_path(&mut self, expression: &syn::ExprPath) {
        let words: Vec<String> = expression
            .path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        if let [before @ .., relation, variant] = words.as_slice()
            && relation == "Relation"
        {
            self.0.push((segments(&before.join("::")), variant.clone()));
        }
        visit_expr_path(self, expression);
    }
}

/// `Self::Fruit => Entity::has_many(super::fruit::Entity).into()` in an `impl RelationTrait` by hand.
#[derive(Default)]
struct Arms {
    variant: Option<String>,
    found: Vec<(String, Vec<String>, usize)>,
}

impl Visit<'_> for Arms {
    fn visit_arm(&mut self, arm: &syn::Arm) {
        let name = |path: &syn::Path| path.segments.last().map(|last| last.ident.to_string());
        self.variant = match &arm.pat {
            Pat::Path(pattern) => name(&pattern.path),
            Pat::Ident(pattern) => Some(pattern.ident.to_string()),
            Pat::TupleStruct(pattern) => name(&pattern.path),
            _ => None,
        };
        self.visit_expr(&arm.body);
    }

    fn visit_expr_call(&mut self, call: &syn::ExprCall) {
        if let Expr::Path(function) = &*call.func
            && let Some(last) = function.path.segments.last()
            && (last.ident == "has_many" || last.ident == "has_one")
            && let (Some(variant), Some(Expr::Path(other))) = (&self.variant, call.args.first())
        {
            self.found
                .push((variant.clone(), of_path(&other.path), call.span().start().line));
        }
        visit_expr_call(self, call);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(files: &[(&str, &str)]) -> Vec<String> {
        let mut circles = Circles::default();
        for (path, text) in files {
            let file = syn::parse_file(text).unwrap();
            circles.read(Path::new("src"), &Path::new("src").join(path), &file);
        }
        circles.problems().iter().map(ToString::to_string).collect()
    }

    fn dense(field: &str) -> String {
        format!(
            "#[sea_orm::model] #[derive(DeriveEntityModel)] #[sea_orm(table_name = \"t\")] pub struct Model {{\n pub id: i32,\n {field} }}"
        )
    }

    fn compact(attribute: &str, variant: &str, other: &str) -> String {
        format!(
            "#[derive(DeriveEntityModel)] pub struct Model {{ pub id: i32 }}\n\
             #[derive(EnumIter, DeriveRelation)] pub enum Relation {{ #[sea_orm({attribute} = \"super::{other}::Entity\")] {variant} }}\n\
             impl Related<super::{other}::Entity> for Entity {{ fn to() -> RelationDef {{ Relation::{variant}.def() }} }}"
        )
    }

    #[test]
    fn two_that_have_many_of_each_other() {
        let a = dense("#[sea_orm(has_many)] pub bs: HasMany<super::b::Entity>");
        let b = dense("#[sea_orm(has_many)] pub as_: HasMany<super::a::Entity>");
        assert_eq!(
            told(&[("a.rs", &a), ("b.rs", &b)]),
            [
                "src/a.rs:3: `a` and `b` have each other by `Related`: each asks the other for the way back, until the stack \
              is full. Let the one with the column be `belongs_to`, or name a table between them with `via`"
            ]
        );
    }

    #[test]
    fn one_that_belongs_to_the_other_ends_it() {
        let a = dense("#[sea_orm(has_many)] pub bs: HasMany<super::b::Entity>");
        let b = dense("#[sea_orm(belongs_to, from = \"a_id\", to = \"id\")] pub a: BelongsTo<super::a::Entity>");
        assert!(told(&[("a.rs", &a), ("b.rs", &b)]).is_empty());
        let (a, b) = (compact("has_many", "B", "b"), compact("belongs_to", "A", "a"));
        assert!(told(&[("a.rs", &a), ("b.rs", &b)]).is_empty());
    }

    #[test]
    fn a_table_between_them_ends_it() {
        let a = dense("#[sea_orm(has_many, via = \"a_b\")] pub bs: HasMany<super::b::Entity>");
        let b = dense("#[sea_orm(has_many, via = \"a_b\")] pub as_: HasMany<super::a::Entity>");
        assert!(told(&[("a.rs", &a), ("b.rs", &b)]).is_empty());
    }

    #[test]
    fn the_compact_form_and_one_by_hand() {
        let a = compact("has_one", "B", "b");
        let b = "#[derive(DeriveEntityModel)] pub struct Model { pub id: i32 }
            pub enum Relation { A }
            impl RelationTrait for Relation { fn def(&self) -> RelationDef { match self { Self::A => Entity::has_many(super::a::Entity).into() } } }
            impl Related<super::a::Entity> for Entity { fn to() -> RelationDef { Relation::A.def() } }";
        assert_eq!(told(&[("shop/a.rs", &a), ("shop/b.rs", b)]).len(), 1);
    }

    #[test]
    fn one_that_has_itself_and_modules_in_one_file() {
        let itself = compact("has_many", "This", "tree").replace("super::tree::Entity", "Entity");
        assert!(told(&[("tree.rs", &itself)])[0].contains("`tree` has itself"));
        let (a, b) = (
            dense("#[sea_orm(has_one)] pub b: HasOne<super::b::Entity>"),
            dense("#[sea_orm(has_many)] pub a: HasMany<crate::a::Entity>"),
        );
        assert_eq!(
            told(&[("lib.rs", &format!("mod a {{ {a} }} mod b {{ {b} }}"))]).len(),
            1
        );
    }
}
