//! Statements as text: imports as trees, declarations of modules at their place.

use std::ops::Range;

use super::{shape::rust_name, sources::Leaf, switch::Edit};

/// A path as Rust has it.
pub(super) fn names(path: &[String]) -> String {
    path.iter().map(|name| segment(name)).collect::<Vec<_>>().join("::")
}

fn segment(name: &str) -> String {
    if ["crate", "self", "super", "_"].contains(&name) {
        name.to_owned()
    } else {
        rust_name(name)
    }
}

/// The leaves as one tree: `a::{b::{self, C as D}, e::*}`.
pub(super) fn tree(leaves: &[Leaf]) -> String {
    let mut branches: Vec<(&str, Vec<Leaf>)> = Vec::new();
    let mut ends: Vec<String> = Vec::new();
    for leaf in leaves {
        match leaf.path.split_first() {
            None => ends.push("*".to_owned()),
            Some((first, [])) if leaf.name.is_some() => {
                let name = leaf.name.as_ref().filter(|name| *name != first);
                let renamed = name.map_or_else(String::new, |name| format!(" as {}", segment(name)));
                // A name that also has something below it is its `self`.
                let has_more = leaves
                    .iter()
                    .any(|other| other.path.len() > 1 && other.path[0] == *first)
                    || leaves
                        .iter()
                        .any(|other| other.path.len() == 1 && other.path[0] == *first && other.name.is_none());
                if has_more {
                    let below = Leaf {
                        path: vec!["self".to_owned()],
                        name: Some(name.cloned().unwrap_or_else(|| "self".to_owned())),
                    };
                    put(&mut branches, first, below);
                } else {
                    ends.push(format!("{}{renamed}", segment(first)));
                }
            }
            Some((first, rest)) => put(
                &mut branches,
                first,
                Leaf {
                    path: rest.to_vec(),
                    name: leaf.name.clone(),
                },
            ),
        }
    }
    let mut all: Vec<String> = branches
        .into_iter()
        .map(|(name, below)| format!("{}::{}", segment(name), tree(&below)))
        .collect();
    all.extend(ends);
    match &all[..] {
        [one] if one != "self" => one.clone(),
        _ => format!("{{{}}}", all.join(", ")),
    }
}

fn put<'l>(branches: &mut Vec<(&'l str, Vec<Leaf>)>, name: &'l str, below: Leaf) {
    match branches.iter_mut().find(|(branch, _)| *branch == name) {
        Some((_, leaves)) => leaves.push(below),
        None => branches.push((name, vec![below])),
    }
}

/// Where in a file `mod name;` is to be said, and how: by the alphabet, among those that stand around `near`.
pub(super) fn declaration(file: &str, name: &str, near: &str) -> Option<Edit> {
    let parsed = syn::parse_file(file).ok()?;
    // Runs of declarations without a blank line between them.
    let mut runs: Vec<Vec<(String, Range<usize>)>> = Vec::new();
    for item in &parsed.items {
        let syn::Item::Mod(module) = item else { continue };
        if module.content.is_some() {
            continue;
        }
        let declared = (module.ident.to_string(), super::walk::range(item));
        let last = runs.last().and_then(|run| run.last());
        let joins = last.is_some_and(|(_, last)| {
            let between = &file[last.end..declared.1.start];
            between.trim().is_empty() && between.matches('\n').count() < 2
        });
        match runs.last_mut() {
            Some(run) if joins => run.push(declared),
            _ => runs.push(vec![declared]),
        }
    }
    let around = runs.iter().find(|run| run.iter().any(|(other, _)| other == near));
    let at = |at, text| Some(Edit { range: at..at, text });
    let Some(run) = around.or(runs.first()) else {
        let first = parsed
            .items
            .first()
            .map_or(file.len(), |item| super::walk::range(item).start);
        return at(first, format!("mod {name};\n\n"));
    };
    match run.iter().rev().find(|(other, _)| **other < *name) {
        Some((_, before)) => at(before.end, format!("\nmod {name};")),
        None => at(run[0].1.start, format!("mod {name};\n")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::freeze::switch::edited;

    #[test]
    fn a_module_is_declared_among_the_others() {
        let declared = |text: &str, name: &str, near: &str| edited(text, &[declaration(text, name, near).unwrap()]);
        assert_eq!(
            declared("mod a;\nmod c;\n\nuse x;\npub mod z;\n", "a_frozen", "a"),
            "mod a;\nmod a_frozen;\nmod c;\n\nuse x;\npub mod z;\n"
        );
        assert_eq!(
            declared("mod a;\n\nuse x;\n\npub mod z;\n", "z_frozen", "z"),
            "mod a;\n\nuse x;\n\npub mod z;\nmod z_frozen;\n"
        );
        assert_eq!(
            declared("//! D.\n\n/// C.\nmod c;\n", "b", ""),
            "//! D.\n\nmod b;\n/// C.\nmod c;\n"
        );
        assert_eq!(declared("//! D.\n\nuse x;\n", "b", ""), "//! D.\n\nmod b;\n\nuse x;\n");
    }
}
