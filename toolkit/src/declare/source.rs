//! Mistakes in entities that SeaORM accepts in silence and only the source shows.

use std::path::{Path, PathBuf};

use syn::{Attribute, Fields, ItemStruct, spanned::Spanned as _, visit::Visit};

use super::{Problem, circle::Circles};

/// The keys that SeaORM 2.0.4 reads on a scalar field (`derives/entity_model.rs`); it takes any other in silence.
const SCALAR: &[&str] = &[
    "auto_increment",
    "column_name",
    "column_type",
    "comment",
    "condition_type",
    "default_expr",
    "default_value",
    "enum_name",
    "extra",
    "ignore",
    "indexed",
    "nullable",
    "primary_key",
    "renamed_from",
    "rs_type",
    "save_as",
    "select_as",
    "unique",
    "unique_key",
];

/// Reads every Rust file below a folder and reports, with file and line, unknown attribute keys on an entity's
/// columns, a second `unique_key` on one column, a `schema_name` that is not the database schema that is worked in, and
/// entities that each have the other. Where the folder is not there, there is nothing to report.
pub fn source_problems(folder: &Path, database_schema: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut circles = Circles::default();
    let mut files = Vec::new();
    collect(folder, &mut files);
    files.sort();
    for path in files {
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        // What does not parse does not compile either, and rustc says it better.
        let Ok(file) = syn::parse_file(&text) else { continue };
        circles.read(folder, &path, &file);
        let mut finder = Finder {
            path: &path,
            database_schema,
            problems: &mut problems,
        };
        finder.visit_file(&file);
    }
    problems.extend(circles.problems());
    problems
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

struct Finder<'f> {
    path: &'f Path,
    database_schema: &'f str,
    problems: &'f mut Vec<Problem>,
}

impl Visit<'_> for Finder<'_> {
    fn visit_item_struct(&mut self, item: &ItemStruct) {
        if !item.attrs.iter().any(derives_entity) {
            return;
        }
        for attribute in &item.attrs {
            self.schema_name(attribute);
        }
        let Fields::Named(fields) = &item.fields else { return };
        for field in &fields.named {
            let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
            let mut keys: Vec<String> = Vec::new();
            for attribute in field
                .attrs
                .iter()
                .filter(|attribute| attribute.path().is_ident("sea_orm"))
            {
                // Keys with a value or without; a relation's are checked by SeaORM itself.
                let _ = attribute.parse_nested_meta(|meta| {
                    let key = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
                    if meta.input.peek(syn::Token![=]) {
                        meta.value()?.parse::<syn::Expr>()?;
                    }
                    self.key(&name, &keys, &key, meta.path.span().start().line);
                    keys.push(key);
                    Ok(())
                });
            }
        }
    }
}

impl Finder<'_> {
    fn schema_name(&mut self, attribute: &Attribute) {
        if !attribute.path().is_ident("sea_orm") {
            return;
        }
        let _ = attribute.parse_nested_meta(|meta| {
            let value = if meta.input.peek(syn::Token![=]) {
                Some(meta.value()?.parse::<syn::Expr>()?)
            } else {
                None
            };
            if meta.path.is_ident("schema_name")
                && let Some(syn::Expr::Lit(value)) = value
                && let syn::Lit::Str(name) = value.lit
                && name.value() != self.database_schema
            {
                self.problems.push(Problem {
                    place: format!("{}:{}", self.path.display(), name.span().start().line),
                    what: super::registry::another_schema(&name.value(), self.database_schema),
                });
            }
            Ok(())
        });
    }

    fn key(&mut self, field: &str, before: &[String], key: &str, line: usize) {
        const RELATION: [&str; 4] = ["belongs_to", "has_one", "has_many", "self_ref"];
        if before.iter().any(|key| RELATION.contains(&key.as_str())) || RELATION.contains(&key) {
            return;
        }
        let place = format!("{}:{line}", self.path.display());
        if !SCALAR.contains(&key) {
            let nearest = SCALAR
                .iter()
                .map(|known| (distance(known, key), *known))
                .min()
                .filter(|(distance, _)| *distance <= 3);
            let hint = nearest
                .map(|(_, known)| format!("; did you mean `{known}`?"))
                .unwrap_or_default();
            self.problems.push(Problem {
                place,
                what: format!("`{key}` on the column `{field}` is no attribute of SeaORM, which ignores it{hint}"),
            });
        } else if key == "unique_key" && before.iter().any(|key| key == "unique_key") {
            self.problems.push(Problem {
                place,
                what: format!("a second `unique_key` on the column `{field}`: SeaORM keeps only the last; say both in `impl TableSpec` with `table.unique(name, [columns])`"),
            });
        }
    }
}

pub(super) fn derives_entity(attribute: &Attribute) -> bool {
    let mut found = false;
    if attribute.path().is_ident("derive") {
        let _ = attribute.parse_nested_meta(|meta| {
            found |= meta
                .path
                .segments
                .last()
                .is_some_and(|last| last.ident == "DeriveEntityModel");
            Ok(())
        });
    }
    found
}

/// How many letters have to be put in, taken out or changed (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let cost = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
