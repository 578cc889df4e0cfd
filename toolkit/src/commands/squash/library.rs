//! The migrator's list with one step in the place of its first ones.

use std::ops::Range;

use syn::{Expr, spanned::Spanned as _, visit::Visit};

/// Where things stand in a library's text.
#[derive(Default)]
struct Places {
    /// `mod name;`, with its attributes.
    modules: Vec<(String, Range<usize>)>,
    lists: Vec<List>,
}

/// One `vec![…]`.
struct List {
    /// Behind its `[`.
    open: usize,
    /// The elements, each with the modules that it names first.
    elements: Vec<(Option<String>, Range<usize>)>,
    /// Behind each element's comma, or behind the element where it has none.
    ends: Vec<usize>,
}

impl Visit<'_> for Places {
    fn visit_item_mod(&mut self, item: &syn::ItemMod) {
        if item.content.is_none() {
            self.modules.push((item.ident.to_string(), item.span().byte_range()));
        }
    }

    fn visit_impl_item_fn(&mut self, function: &syn::ImplItemFn) {
        if function.sig.ident == "migrations" {
            syn::visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_macro(&mut self, call: &syn::Macro) {
        let parser = syn::punctuated::Punctuated::<Expr, syn::Token![,]>::parse_terminated;
        let Some(elements) = call
            .path
            .is_ident("vec")
            .then(|| call.parse_body_with(parser).ok())
            .flatten()
        else {
            return;
        };
        self.lists.push(List {
            open: call.delimiter.span().open().byte_range().end,
            ends: elements
                .pairs()
                .map(|pair| match pair.punct() {
                    Some(comma) => comma.span().byte_range().end,
                    None => pair.value().span().byte_range().end,
                })
                .collect(),
            elements: elements
                .iter()
                .map(|element| (first_module(element), element.span().byte_range()))
                .collect(),
        });
    }
}

/// `a` of `Box::new(a::Migration)`.
fn first_module(element: &Expr) -> Option<String> {
    let Expr::Call(call) = element else { return None };
    let Some(Expr::Path(path)) = call.args.first() else {
        return None;
    };
    path.path.segments.first().map(|segment| segment.ident.to_string())
}

/// The text with the module `by` in the place of the list's first steps and of the modules that they are in. `modules` has, for
/// each step of the whole list, the name of its module, if it is one of this crate's.
///
/// # Errors
/// What is not as it has to be for that.
pub(super) fn squashed(text: &str, modules: &[Option<&str>], first: usize, by: &str) -> Result<String, String> {
    let file = syn::parse_file(text).map_err(|error| error.to_string())?;
    let mut places = Places::default();
    places.visit_file(&file);
    let [list] = &places.lists[..] else {
        return Err("`fn migrations()` has not just one `vec![…]`".to_owned());
    };
    if list.elements.len() != modules.len() {
        return Err(format!(
            "its list has {} elements and the history {} steps: an element must be a step",
            list.elements.len(),
            modules.len()
        ));
    }
    for ((found, place), expected) in list.elements.iter().zip(modules).take(first) {
        if expected.is_some() && found.as_deref() != *expected {
            return Err(format!(
                "where `Box::new({}::Migration)` should stand in its list, there is `{}`",
                expected.unwrap_or_default(),
                text.get(place.clone()).unwrap_or_default()
            ));
        }
    }
    let end = first
        .checked_sub(1)
        .and_then(|last| list.ends.get(last).copied())
        .unwrap_or(list.open);
    let mut edits: Vec<(Range<usize>, String)> =
        vec![(list.open..end, format!("\n            Box::new({by}::Migration),"))];
    let gone: Vec<&Range<usize>> = places
        .modules
        .iter()
        .filter(|(name, _)| modules[..first].contains(&Some(name.as_str())))
        .map(|(_, place)| place)
        .collect();
    let Some((at, others)) = gone.split_first() else {
        return Err("none of its steps is a module".to_owned());
    };
    edits.push(((*at).clone(), format!("pub mod {by};")));
    for place in others {
        // With the line's end before it, so that no line is left empty.
        let start = text[..place.start].trim_end_matches([' ', '\t']);
        let start = start.strip_suffix('\n').map_or(start.len(), str::len);
        edits.push((start..place.end, String::new()));
    }
    edits.sort_by_key(|(place, _)| place.start);
    let mut edited = text.to_owned();
    for (place, new) in edits.into_iter().rev() {
        edited.replace_range(place, &new);
    }
    Ok(edited)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIBRARY: &str = "//! The history.

use sea_orm_migration::{MigrationTrait, MigratorTrait, async_trait};

pub mod m1_init;
#[rustfmt::skip]
pub mod m2_more;
pub mod m4_last;

/// The history.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m1_init::Migration),
            // These empty what goes.
            Box::new(DataStep::new(data::moves::STEP, data::moves::Moves)),
            Box::new(m2_more::Migration),
            // Stays.
            Box::new(data::others()),
            Box::new(m4_last::Migration),
        ]
    }
}
";

    #[test]
    fn the_first_steps_give_way_to_one() {
        let modules = [Some("m1_init"), None, Some("m2_more"), None, Some("m4_last")];
        let text = squashed(LIBRARY, &modules, 3, "m2_squashed").unwrap();
        let lines: Vec<&str> = text
            .lines()
            .map(str::trim)
            .filter(|line| {
                ["pub mod", "#[rust", "Box", "// "]
                    .iter()
                    .any(|start| line.starts_with(start))
            })
            .collect();
        assert_eq!(
            lines,
            [
                "pub mod m2_squashed;",
                "pub mod m4_last;",
                "Box::new(m2_squashed::Migration),",
                "// Stays.",
                "Box::new(data::others()),",
                "Box::new(m4_last::Migration),"
            ]
        );
        assert!(!text.contains("\n\n\n"));
        syn::parse_file(&text).unwrap();
    }

    #[test]
    fn the_whole_list_gives_way_too() {
        let modules = [Some("m1_init"), None, Some("m2_more"), None, Some("m4_last")];
        let without_comma = LIBRARY.replace("Box::new(m4_last::Migration),", "Box::new(m4_last::Migration)");
        for library in [LIBRARY, &without_comma] {
            let text = squashed(library, &modules, 5, "m4_squashed").unwrap();
            assert_eq!(text.matches("Box::new").count(), 1, "{text}");
            syn::parse_file(&text).unwrap();
        }
    }

    #[test]
    fn what_is_another_list_is_left_alone() {
        let refused = |modules: &[Option<&str>]| squashed(LIBRARY, modules, 2, "m2_squashed").unwrap_err();
        assert!(refused(&[Some("m1_init"), None]).contains("5 elements and the history 2 steps"));
        let other = [Some("m0_other"), None, Some("m2_more"), None, Some("m4_last")];
        assert!(refused(&other).contains("there is `Box::new(m1_init::Migration)`"));
    }
}
