//! Rules of the house that only the sources show.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use syn::{ItemUse, UseTree, visit::Visit};

/// The rooms of `toolkit/src` by their floor (docs: the plan of the house).
const FLOORS: &[(&str, u8)] = &[
    ("schema", 0),
    ("diff", 1),
    ("ddl", 2),
    ("declare", 2),
    ("emit", 2),
    ("freeze", 2),
    ("introspect", 2),
    ("lint", 2),
    ("data", 3),
    ("history", 3),
    ("backup", 4),
    ("diagram", 4),
    ("seed", 4),
    ("studio", 4),
    ("verify", 4),
    ("commands", 5),
];

/// Imports between rooms of one floor, each with its reason.
const BESIDE: &[(&str, &str)] = &[
    // What an emitted migration calls is what the SQL is printed with.
    ("emit", "ddl"),
    // SQLite keeps a table as the text that made it: a rebuild and an introspection read the same words.
    ("ddl", "introspect"),
    // The runner runs data steps and asks their ledger.
    ("history", "data"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every file below a folder with that ending, by its path from the root.
fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_str().unwrap().ends_with(ending) {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// The rooms that a file names: `crate::room` wherever it stands, in `use` trees too.
#[derive(Default)]
struct Rooms(BTreeSet<String>);

impl Rooms {
    fn tree(&mut self, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => {
                self.0.insert(path.ident.to_string());
            }
            UseTree::Name(name) => {
                self.0.insert(name.ident.to_string());
            }
            UseTree::Rename(rename) => {
                self.0.insert(rename.ident.to_string());
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(tree)),
            UseTree::Glob(_) => {}
        }
    }
}

impl Visit<'_> for Rooms {
    fn visit_item_use(&mut self, item: &ItemUse) {
        if let UseTree::Path(path) = &item.tree
            && path.ident == "crate"
        {
            self.tree(&path.tree);
        }
    }

    fn visit_path(&mut self, path: &syn::Path) {
        let mut segments = path.segments.iter();
        if segments.next().is_some_and(|first| first.ident == "crate")
            && let Some(room) = segments.next()
        {
            self.0.insert(room.ident.to_string());
        }
        syn::visit::visit_path(self, path);
    }
}

#[test]
fn imports_run_down_the_floors() {
    let floors: BTreeMap<&str, u8> = FLOORS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (path, text) in files("toolkit/src", ".rs") {
        let Some((room, _)) = path.strip_prefix("toolkit/src/").unwrap().split_once('/') else {
            continue; // The front door.
        };
        let Some(floor) = floors.get(room) else {
            wrong.push(format!("{path}: the room `{room}` is on no floor"));
            continue;
        };
        let mut rooms = Rooms::default();
        rooms.visit_file(&syn::parse_file(&text).unwrap());
        for other in rooms.0.iter().filter(|other| *other != room) {
            // `schema!` is a macro of the crate's root.
            let Some(below) = floors.get(other.as_str()) else {
                wrong.push(format!("{path} imports crate::{other}, which is no room"));
                continue;
            };
            if below > floor || (below == floor && !BESIDE.contains(&(room, other))) {
                wrong.push(format!("{path} (floor {floor}) imports {other} (floor {below})"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_import_beside_is_needed() {
    for (room, beside) in BESIDE {
        let needed = files(&format!("toolkit/src/{room}"), ".rs").iter().any(|(_, text)| {
            let mut rooms = Rooms::default();
            rooms.visit_file(&syn::parse_file(text).unwrap());
            rooms.0.contains(*beside)
        });
        assert!(needed, "{room} no longer imports {beside}: strike it from the list");
    }
}

/// The lines of these files that have one of the words, in any case.
fn lines_with(files: &[(String, String)], words: &[&str]) -> String {
    let mut found = String::new();
    for (path, text) in files {
        for (at, line) in text.lines().enumerate() {
            let lower = line.to_lowercase();
            if words.iter().any(|word| lower.contains(word)) {
                found += &format!("{path}:{}: {line}\n", at + 1);
            }
        }
    }
    found
}

#[test]
fn the_toolkit_knows_nothing_of_cronium() {
    let found = lines_with(&files("toolkit", ".rs"), &["cronium"]);
    assert!(found.is_empty(), "{found}");
    let manifest = fs::read_to_string(root().join("toolkit/Cargo.toml")).unwrap();
    for package in ["entity", "migration", "data-migrations", "cli"] {
        let depends = manifest
            .lines()
            .any(|line| line.split(['.', ' ', '=']).next() == Some(package) && !line.starts_with("cli = ["));
        assert!(!depends, "the toolkit depends on {package}");
    }
}

#[test]
fn the_differ_names_no_database() {
    let sources: Vec<(String, String)> = files("toolkit/src/diff", ".rs")
        .into_iter()
        // A comment may say which database is why.
        .map(|(path, text)| {
            let code = text
                .lines()
                .map(|line| if line.trim_start().starts_with("//") { "" } else { line });
            (path, code.collect::<Vec<_>>().join("\n"))
        })
        .collect();
    let found = lines_with(
        &sources,
        &[
            "postgres",
            "sqlite",
            "mysql",
            "mariadb",
            "dbbackend",
            "dialect",
            "sea_orm",
            "sea_query",
        ],
    );
    assert!(found.is_empty(), "{found}");
}

/// The manifests of the workspace's packages, by their folder.
fn manifests() -> Vec<(String, String)> {
    fs::read_dir(root())
        .unwrap()
        .filter_map(|entry| {
            let path = entry.unwrap().path().join("Cargo.toml");
            let text = fs::read_to_string(&path).ok()?;
            Some((path.parent()?.file_name()?.to_str()?.to_owned(), text))
        })
        .collect()
}

#[test]
fn the_features_of_sea_orm_are_said_once() {
    for (package, text) in manifests() {
        for line in text.lines().filter(|line| line.starts_with("sea-orm")) {
            assert!(
                line.ends_with(".workspace = true") || line.ends_with("optional = true }"),
                "{package}: {line}"
            );
            assert!(
                !line.contains("features") && line.contains("workspace"),
                "{package}: {line}"
            );
        }
    }
}

/// The entities are compiled into everything, so they ask for the light part only.
#[test]
fn the_entities_ask_for_no_feature_of_seawright() {
    let (_, text) = manifests()
        .into_iter()
        .find(|(package, _)| package == "entity")
        .unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("seawright")).collect();
    assert_eq!(lines, ["seawright.workspace = true"]);
    assert!(!text.contains("[dependencies.seawright]"));
}

#[test]
fn no_file_is_longer_than_can_be_read() {
    let packages = ["cli", "data-migrations", "entity", "tests", "toolkit"];
    for (path, text) in packages.iter().flat_map(|package| files(package, ".rs")) {
        let is_written = path.starts_with("tests/tests/it/engine/emitted/");
        let lines = text.lines().count();
        assert!(
            lines <= 600 || is_written,
            "{path} has {lines} lines: it wants to be two"
        );
    }
}
