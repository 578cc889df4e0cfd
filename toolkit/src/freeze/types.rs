//! Types as text, their paths from the root of the entities' crate.

use std::collections::HashMap;

use syn::{GenericArgument, PathArguments, Type};

use super::{
    resolve::{At, ENTITY, Target, World},
    sources::plain,
};

/// Writes types so that they can be read from another module.
pub(super) struct Types<'w> {
    world: &'w World<'w>,
    /// The shortest public path of what was looked for.
    public: HashMap<(usize, String), Option<String>>,
}

impl<'w> Types<'w> {
    pub(super) fn new(world: &'w World<'w>) -> Self {
        Self {
            world,
            public: HashMap::new(),
        }
    }

    /// The modules of other crates of which everything is imported there.
    pub(super) fn globs(&self, module: usize) -> Vec<String> {
        let mut globs: Vec<String> = self
            .world
            .module((ENTITY, module))
            .imports
            .iter()
            .flat_map(|import| &import.leaves)
            .filter(|leaf| leaf.name.is_none())
            .filter(|leaf| self.world.resolve((ENTITY, module), &leaf.path).target == Target::Elsewhere)
            .map(|leaf| leaf.path.join("::"))
            .collect();
        globs.sort();
        globs.dedup();
        globs
    }

    /// A type that stands in that module.
    pub(super) fn text(&mut self, module: usize, of: &Type) -> String {
        match of {
            Type::Path(path) if path.qself.is_none() => self.path(module, &path.path),
            Type::Tuple(tuple) => {
                let elements: Vec<String> = tuple.elems.iter().map(|of| self.text(module, of)).collect();
                let comma = if elements.len() == 1 { "," } else { "" };
                format!("({}{comma})", elements.join(", "))
            }
            Type::Paren(inside) => self.text(module, &inside.elem),
            Type::Group(inside) => self.text(module, &inside.elem),
            Type::Slice(slice) => format!("[{}]", self.text(module, &slice.elem)),
            Type::Array(array) => format!(
                "[{}; {}]",
                self.text(module, &array.elem),
                self.as_is(module, &array.len)
            ),
            Type::Reference(reference) => {
                let lifetime = reference
                    .lifetime
                    .as_ref()
                    .map_or_else(String::new, |lifetime| format!("{lifetime} "));
                let mutable = if reference.mutability.is_some() { "mut " } else { "" };
                format!("&{lifetime}{mutable}{}", self.text(module, &reference.elem))
            }
            other => self.as_is(module, other),
        }
    }

    fn as_is(&self, module: usize, piece: &impl syn::spanned::Spanned) -> String {
        let text = &self.world.crates[ENTITY].file_of(module).text;
        text[piece.span().byte_range()]
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// A path that stands in that module, with its generic arguments.
    pub(super) fn path(&mut self, module: usize, path: &syn::Path) -> String {
        let segments: Vec<String> = path.segments.iter().map(|segment| plain(&segment.ident)).collect();
        let mut text = self.rooted(module, &segments);
        if path.leading_colon.is_some() {
            text.insert_str(0, "::");
        }
        let Some(last) = path.segments.last() else { return text };
        match &last.arguments {
            PathArguments::None => {}
            PathArguments::AngleBracketed(arguments) => {
                let arguments: Vec<String> = arguments
                    .args
                    .iter()
                    .map(|argument| match argument {
                        GenericArgument::Type(of) => self.text(module, of),
                        other => self.as_is(module, other),
                    })
                    .collect();
                text += &format!("<{}>", arguments.join(", "));
            }
            PathArguments::Parenthesized(arguments) => text += &self.as_is(module, arguments),
        }
        text
    }

    fn rooted(&mut self, module: usize, segments: &[String]) -> String {
        let at = (ENTITY, module);
        let found = self.world.resolve(at, segments);
        if let Target::Item((ENTITY, of), name) = &found.target {
            let public = self.public(*of, name);
            let mut path = public.unwrap_or_else(|| {
                // Nobody else can name it; who tries is told so by the compiler.
                let mut path = self.world.module((ENTITY, *of)).path.join("::");
                path += &format!("::{name}");
                path
            });
            for name in &found.rest {
                path += &format!("::{name}");
            }
            return format!("crate::{path}");
        }
        // Of another crate, by the name that it has there.
        let imported = self.world.module(at).imports.iter().find_map(|import| {
            let leaf = import
                .leaves
                .iter()
                .find(|leaf| leaf.name.as_ref() == segments.first())?;
            Some(leaf.path.iter().chain(&segments[1..]).cloned().collect::<Vec<_>>())
        });
        self.anchored(at, &imported.unwrap_or_else(|| segments.to_vec()))
    }

    /// A path with `crate` in the place of `self` and `super`.
    fn anchored(&self, at: At, segments: &[String]) -> String {
        let mut module = self.world.module(at);
        let mut rest = segments;
        let mut is_own = false;
        while let Some((first, others)) = rest.split_first() {
            match first.as_str() {
                "self" => {}
                "super" => module = module.parent.map_or(module, |parent| self.world.module((at.0, parent))),
                _ => break,
            }
            is_own = true;
            rest = others;
        }
        if !is_own {
            return segments.join("::");
        }
        let path: Vec<&str> = module.path.iter().chain(rest).map(String::as_str).collect();
        format!("crate::{}", path.join("::"))
    }

    /// The shortest path by which other crates can name an item.
    fn public(&mut self, of: usize, name: &str) -> Option<String> {
        let key = (of, name.to_owned());
        if let Some(known) = self.public.get(&key) {
            return known.clone();
        }
        let sources = self.world.crates[ENTITY];
        let wanted = Target::Item((ENTITY, of), name.to_owned());
        let mut paths = Vec::new();
        for (at, module) in sources.modules.iter().enumerate() {
            if !sources.is_reachable(at) {
                continue;
            }
            if at == of {
                paths.push([&module.path[..], &[name.to_owned()]].concat());
            }
            for import in module.imports.iter().filter(|import| import.is_public) {
                for leaf in &import.leaves {
                    let mut path = leaf.path.clone();
                    let called = leaf.name.clone().unwrap_or_else(|| {
                        path.push(name.to_owned());
                        name.to_owned()
                    });
                    // By its last segment most are told apart without a search.
                    let may_be = path.last().is_some_and(|last| last == name) || leaf.name.is_some();
                    if may_be && self.world.resolve((ENTITY, at), &path).target == wanted {
                        paths.push([&module.path[..], &[called]].concat());
                    }
                }
            }
        }
        let shortest = paths
            .into_iter()
            .min_by_key(|path| (path.iter().any(|name| name == "prelude"), path.len(), path.clone()))
            .map(|path| path.join("::"));
        self.public.insert(key, shortest.clone());
        shortest
    }
}
