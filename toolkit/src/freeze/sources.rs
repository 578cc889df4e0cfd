//! A crate's modules, read from its source files.

use std::{
    ops::Range,
    path::{Path, PathBuf},
};

use syn::{Item, ItemUse, UseTree, Visibility, spanned::Spanned as _, visit::Visit};

use super::Unreadable;

/// The modules of one crate.
#[derive(Debug)]
pub(super) struct Sources {
    /// The name by which other crates call it.
    pub(super) name: String,
    pub(super) files: Vec<SourceFile>,
    /// The first is the crate's root.
    pub(super) modules: Vec<Module>,
}

#[derive(Debug)]
pub(super) struct SourceFile {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

#[derive(Debug)]
pub(super) struct Module {
    /// Without the crate's name.
    pub(super) path: Vec<String>,
    /// Which of the crate's files it is in.
    pub(super) file: usize,
    pub(super) parent: Option<usize>,
    pub(super) is_public: bool,
    /// Without its submodules and imports.
    pub(super) items: Vec<Item>,
    pub(super) children: Vec<(String, usize)>,
    pub(super) imports: Vec<Import>,
}

/// One `use` statement.
#[derive(Debug)]
pub(super) struct Import {
    /// Where it stands, from its `pub` or `use` to its `;`.
    pub(super) range: Range<usize>,
    pub(super) visibility: String,
    pub(super) is_public: bool,
    /// Where its attributes stand, if it has any.
    pub(super) attributes: Option<Range<usize>>,
    pub(super) leaves: Vec<Leaf>,
}

/// One name that a `use` statement brings in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    /// All segments, without `self` or `*` at the end.
    pub(super) path: Vec<String>,
    /// As it is called here; `_` for a trait without a name, none for all that a module has.
    pub(super) name: Option<String>,
}

impl Leaf {
    /// What has that path, by its own name.
    pub(super) fn of(path: &str) -> Self {
        let path: Vec<String> = path.split("::").map(str::to_owned).collect();
        let name = path.last().cloned();
        Self { path, name }
    }

    /// `use a::b;`, `use a::b as c;`, `use a::*;` without `use` and `;`.
    #[cfg(test)]
    pub(super) fn text(&self) -> String {
        let path = self.path.join("::");
        match &self.name {
            None => format!("{path}::*"),
            Some(name) if self.path.last() == Some(name) => path,
            Some(name) => format!("{path} as {name}"),
        }
    }
}

/// An identifier without `r#`.
pub(super) fn plain(ident: &syn::Ident) -> String {
    let text = ident.to_string();
    text.strip_prefix("r#").map_or(text.clone(), str::to_owned)
}

impl Sources {
    /// Reads the crate whose root is `lib.rs` or else `main.rs` of that folder; none where there is no crate.
    pub(super) fn read(folder: &Path, name: &str) -> Result<Option<Self>, Unreadable> {
        let Some(root) = ["lib.rs", "main.rs"]
            .map(|file| folder.join(file))
            .into_iter()
            .find(|path| path.is_file())
        else {
            return Ok(None);
        };
        let mut sources = Self {
            name: name.to_owned(),
            files: Vec::new(),
            modules: Vec::new(),
        };
        sources.file(&root, &[], None, true)?;
        Ok(Some(sources))
    }

    /// Reads a crate of one file, for tests.
    #[cfg(test)]
    pub(super) fn of_text(name: &str, text: &str) -> Self {
        let mut sources = Self {
            name: name.to_owned(),
            files: vec![SourceFile {
                path: PathBuf::from(format!("{name}/src/lib.rs")),
                text: text.to_owned(),
            }],
            modules: Vec::new(),
        };
        let items = syn::parse_file(text).unwrap().items;
        sources
            .module(&[], 0, None, true, items, Path::new("/nowhere"))
            .unwrap();
        sources
    }

    fn file(
        &mut self,
        path: &Path,
        module: &[String],
        parent: Option<usize>,
        is_public: bool,
    ) -> Result<usize, Unreadable> {
        let unreadable = |place: String, reason: String| Unreadable { place, reason };
        let text =
            std::fs::read_to_string(path).map_err(|error| unreadable(path.display().to_string(), error.to_string()))?;
        let parsed = syn::parse_file(&text).map_err(|error| {
            let place = format!("{}:{}", path.display(), error.span().start().line);
            unreadable(place, error.to_string())
        })?;
        let file = self.files.len();
        self.files.push(SourceFile {
            path: path.to_owned(),
            text,
        });
        let stem = path.file_stem().unwrap_or_default();
        let folder = path.parent().unwrap_or(Path::new("."));
        let beside = if ["lib", "main", "mod"].iter().any(|name| stem == *name) {
            folder.to_owned()
        } else {
            folder.join(stem)
        };
        self.module(module, file, parent, is_public, parsed.items, &beside)
    }

    fn module(
        &mut self,
        path: &[String],
        file: usize,
        parent: Option<usize>,
        is_public: bool,
        items: Vec<Item>,
        folder: &Path,
    ) -> Result<usize, Unreadable> {
        let at = self.modules.len();
        let mut imports = Imports::default();
        for item in &items {
            imports.visit_item(item);
        }
        self.modules.push(Module {
            path: path.to_vec(),
            file,
            parent,
            is_public,
            items: Vec::new(),
            children: Vec::new(),
            imports: imports.0,
        });
        let mut own = Vec::new();
        for item in items {
            let Item::Mod(module) = item else {
                if !matches!(item, Item::Use(_)) {
                    own.push(item);
                }
                continue;
            };
            let name = plain(&module.ident);
            let is_public = matches!(module.vis, Visibility::Public(_));
            let mut path = path.to_vec();
            path.push(name.clone());
            let child = if let Some((_, items)) = module.content {
                Some(self.module(&path, file, Some(at), is_public, items, &folder.join(&name))?)
            } else {
                // One that is nowhere may be compiled in for another target only.
                let found = [format!("{name}.rs"), format!("{name}/mod.rs")]
                    .map(|file| folder.join(file))
                    .into_iter()
                    .find(|path| path.is_file());
                found
                    .map(|found| self.file(&found, &path, Some(at), is_public))
                    .transpose()?
            };
            if let Some(child) = child {
                self.modules[at].children.push((name, child));
            }
        }
        self.modules[at].items = own;
        Ok(at)
    }

    /// Makes sure that there is a module of that path; one that is made has nothing in it.
    pub(super) fn ensure(&mut self, path: &[String]) {
        let mut at = 0;
        for (depth, name) in path.iter().enumerate() {
            let child = self.modules[at].children.iter().find(|(child, _)| child == name);
            at = if let Some((_, child)) = child {
                *child
            } else {
                let next = self.modules.len();
                self.modules[at].children.push((name.clone(), next));
                self.modules.push(Module {
                    path: path[..=depth].to_vec(),
                    file: self.modules[at].file,
                    parent: Some(at),
                    is_public: true,
                    items: Vec::new(),
                    children: Vec::new(),
                    imports: Vec::new(),
                });
                next
            };
        }
    }

    /// The module's file.
    pub(super) fn file_of(&self, module: usize) -> &SourceFile {
        &self.files[self.modules[module].file]
    }

    /// `file:line` of a place in a module.
    pub(super) fn place(&self, module: usize, line: usize) -> String {
        format!("{}:{line}", self.file_of(module).path.display())
    }

    /// The module and all below it.
    pub(super) fn subtree(&self, module: usize) -> Vec<usize> {
        let mut all = vec![module];
        let mut at = 0;
        while let Some(next) = all.get(at) {
            all.extend(self.modules[*next].children.iter().map(|(_, child)| *child));
            at += 1;
        }
        all
    }

    /// Whether all the modules that lead to it are public.
    pub(super) fn is_reachable(&self, module: usize) -> bool {
        let module = &self.modules[module];
        module
            .parent
            .is_none_or(|parent| module.is_public && self.is_reachable(parent))
    }
}

/// The imports of a module, those inside its functions included.
#[derive(Default)]
struct Imports(Vec<Import>);

impl Visit<'_> for Imports {
    fn visit_item_mod(&mut self, _: &syn::ItemMod) {}

    fn visit_item_use(&mut self, item: &ItemUse) {
        let mut leaves = Vec::new();
        leaves_of(&item.tree, &mut Vec::new(), &mut leaves);
        let visibility = match &item.vis {
            Visibility::Inherited => None,
            visible => Some(visible.span().byte_range()),
        };
        let statement = item.use_token.span().byte_range().start;
        let end = item.semi_token.span().byte_range().end;
        self.0.push(Import {
            range: visibility.as_ref().map_or(statement, |range| range.start)..end,
            visibility: match &item.vis {
                Visibility::Public(_) => "pub ".to_owned(),
                Visibility::Restricted(inside) => {
                    let path: Vec<String> = inside.path.segments.iter().map(|part| plain(&part.ident)).collect();
                    let lead = if inside.in_token.is_some() { "in " } else { "" };
                    format!("pub({lead}{}) ", path.join("::"))
                }
                Visibility::Inherited => String::new(),
            },
            is_public: matches!(item.vis, Visibility::Public(_)),
            attributes: item
                .attrs
                .first()
                .zip(item.attrs.last())
                .map(|(first, last)| first.span().byte_range().start..last.span().byte_range().end),
            leaves,
        });
    }
}

fn leaves_of(tree: &UseTree, before: &mut Vec<String>, leaves: &mut Vec<Leaf>) {
    match tree {
        UseTree::Path(path) => {
            before.push(plain(&path.ident));
            leaves_of(&path.tree, before, leaves);
            before.pop();
        }
        UseTree::Name(name) => {
            let mut path = before.clone();
            if name.ident != "self" || before.is_empty() {
                path.push(plain(&name.ident));
            }
            let name = path.last().cloned();
            leaves.push(Leaf { path, name });
        }
        UseTree::Rename(rename) => {
            let mut path = before.clone();
            if rename.ident != "self" {
                path.push(plain(&rename.ident));
            }
            let name = Some(plain(&rename.rename));
            leaves.push(Leaf { path, name });
        }
        UseTree::Glob(_) => leaves.push(Leaf {
            path: before.clone(),
            name: None,
        }),
        UseTree::Group(group) => {
            for tree in &group.items {
                leaves_of(tree, before, leaves);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_is_all_the_names_that_it_brings() {
        let sources = Sources::of_text(
            "a",
            "use entity::{events::{self, logs::{Column as Log, *}}, values::Stored};\npub(crate) use std::fmt as f;\nfn x() { use a::B as _; }",
        );
        let all: Vec<String> = sources.modules[0]
            .imports
            .iter()
            .flat_map(|import| import.leaves.iter().map(Leaf::text))
            .collect();
        assert_eq!(
            all,
            [
                "entity::events",
                "entity::events::logs::Column as Log",
                "entity::events::logs::*",
                "entity::values::Stored",
                "std::fmt as f",
                "a::B as _"
            ]
        );
        let second = &sources.modules[0].imports[1];
        assert_eq!(second.visibility, "pub(crate) ");
        assert_eq!(
            &sources.files[0].text[second.range.clone()],
            "pub(crate) use std::fmt as f;"
        );
    }

    #[test]
    fn a_module_is_found_below_its_parent() {
        let sources = Sources::of_text("a", "mod b { pub mod c { struct D; } } mod nowhere;");
        let paths: Vec<String> = sources.modules.iter().map(|module| module.path.join("::")).collect();
        assert_eq!(paths, ["", "b", "b::c"]);
        assert_eq!(sources.subtree(1), [1, 2]);
        assert!(!sources.is_reachable(2));
    }
}
