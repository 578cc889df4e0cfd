//! What the code of an item speaks of: paths, fields, calls, texts.

use std::ops::Range;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{
    Expr, ExprField, ExprMethodCall, ExprStruct, Item, Lit, Macro, Member, PatStruct, Token, parse::Parser as _,
    punctuated::Punctuated, spanned::Spanned as _, visit::Visit,
};

use super::sources::plain;

/// One thing that code speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Spoken {
    /// A path, each segment with its place.
    Path(Vec<(String, Range<usize>)>),
    /// The fields of a struct that is made or taken apart.
    Fields(Vec<String>, Vec<String>),
    /// A field of some value.
    Field(String),
    /// A method of some value, with the number of arguments.
    Call(String, usize, Range<usize>),
    /// A text.
    Text(String),
}

/// Collects what code speaks of, without its submodules and imports.
#[derive(Debug, Default)]
pub(super) struct Walk(pub(super) Vec<Spoken>);

impl Walk {
    pub(super) fn of(item: &Item) -> Vec<Spoken> {
        let mut walk = Self::default();
        walk.visit_item(item);
        walk.0
    }

    fn segments(path: &syn::Path) -> Vec<(String, Range<usize>)> {
        path.segments
            .iter()
            .map(|segment| (plain(&segment.ident), segment.ident.span().byte_range()))
            .collect()
    }

    fn names(path: &syn::Path) -> Vec<String> {
        path.segments.iter().map(|segment| plain(&segment.ident)).collect()
    }

    /// What the arguments of a macro speak of that are not expressions.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        let is =
            |at: usize, sign: char| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == sign);
        while let Some(token) = tokens.get(at) {
            match token {
                TokenTree::Ident(ident) if at > 0 && is(at - 1, '.') && !(at > 1 && is(at - 2, '.')) => {
                    let arguments = match tokens.get(at + 1) {
                        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                            Some(usize::from(!group.stream().is_empty()))
                        }
                        _ => None,
                    };
                    let name = plain(ident);
                    self.0.push(match arguments {
                        Some(arguments) => Spoken::Call(name, arguments, ident.span().byte_range()),
                        None => Spoken::Field(name),
                    });
                }
                TokenTree::Ident(ident) => {
                    let mut path = vec![(plain(ident), ident.span().byte_range())];
                    while is(at + 1, ':') && is(at + 2, ':') {
                        let Some(TokenTree::Ident(next)) = tokens.get(at + 3) else {
                            break;
                        };
                        path.push((plain(next), next.span().byte_range()));
                        at += 3;
                    }
                    self.0.push(Spoken::Path(path));
                }
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Literal(literal) => {
                    if let Ok(Lit::Str(text)) = syn::parse_str(&literal.to_string()) {
                        self.0.push(Spoken::Text(text.value()));
                    }
                }
                TokenTree::Punct(_) => {}
            }
            at += 1;
        }
    }
}

impl Visit<'_> for Walk {
    fn visit_item_mod(&mut self, _: &syn::ItemMod) {}

    fn visit_item_use(&mut self, _: &syn::ItemUse) {}

    fn visit_attribute(&mut self, _: &syn::Attribute) {}

    fn visit_path(&mut self, path: &syn::Path) {
        self.0.push(Spoken::Path(Self::segments(path)));
        syn::visit::visit_path(self, path);
    }

    fn visit_pat_ident(&mut self, pattern: &syn::PatIdent) {
        // A variant or a constant: a new variable begins with a small letter.
        let name = plain(&pattern.ident);
        if name.starts_with(|letter: char| letter.is_ascii_uppercase()) {
            self.0
                .push(Spoken::Path(vec![(name, pattern.ident.span().byte_range())]));
        }
        syn::visit::visit_pat_ident(self, pattern);
    }

    fn visit_expr_struct(&mut self, made: &ExprStruct) {
        let fields = made.fields.iter().filter_map(|field| name(&field.member)).collect();
        self.0.push(Spoken::Fields(Self::names(&made.path), fields));
        syn::visit::visit_expr_struct(self, made);
    }

    fn visit_pat_struct(&mut self, taken: &PatStruct) {
        let fields = taken.fields.iter().filter_map(|field| name(&field.member)).collect();
        self.0.push(Spoken::Fields(Self::names(&taken.path), fields));
        syn::visit::visit_pat_struct(self, taken);
    }

    fn visit_expr_field(&mut self, field: &ExprField) {
        self.0.extend(name(&field.member).map(Spoken::Field));
        syn::visit::visit_expr_field(self, field);
    }

    fn visit_expr_method_call(&mut self, call: &ExprMethodCall) {
        self.0.push(Spoken::Call(
            plain(&call.method),
            call.args.len(),
            call.method.span().byte_range(),
        ));
        syn::visit::visit_expr_method_call(self, call);
    }

    fn visit_lit(&mut self, literal: &Lit) {
        if let Lit::Str(text) = literal {
            self.0.push(Spoken::Text(text.value()));
        }
    }

    fn visit_macro(&mut self, call: &Macro) {
        let listed = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(call.tokens.clone());
        match listed {
            Ok(expressions) => expressions.iter().for_each(|expression| self.visit_expr(expression)),
            Err(_) => self.tokens(call.tokens.clone()),
        }
    }
}

fn name(member: &Member) -> Option<String> {
    match member {
        Member::Named(ident) => Some(plain(ident)),
        Member::Unnamed(_) => None,
    }
}

/// The line of a place in a text, from 1.
pub(super) fn line(text: &str, at: usize) -> usize {
    1 + text[..at.min(text.len())].matches('\n').count()
}

/// The place of a whole item, attributes and all.
pub(super) fn range(item: &Item) -> Range<usize> {
    item.span().byte_range()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(text: &str) -> Vec<String> {
        let item: Item = syn::parse_str(text).unwrap();
        Walk::of(&item)
            .into_iter()
            .map(|spoken| match spoken {
                Spoken::Path(path) => path
                    .iter()
                    .map(|(name, _)| name.as_str())
                    .collect::<Vec<_>>()
                    .join("::"),
                Spoken::Fields(path, fields) => format!("{} {{{}}}", path.join("::"), fields.join(" ")),
                Spoken::Field(name) => format!(".{name}"),
                Spoken::Call(name, arguments, _) => format!(".{name}({arguments})"),
                Spoken::Text(text) => format!("{text:?}"),
            })
            .collect()
    }

    #[test]
    fn code_speaks_of_paths_fields_and_calls() {
        assert_eq!(
            spoken(
                "fn f(row: &logs::Model) { let logs::Model { level, .. } = row; logs::ActiveModel { r#type: Set(row.kind.clone()) } }"
            ),
            [
                "logs::Model",
                "logs::Model {level}",
                "logs::Model",
                "row",
                "logs::ActiveModel {type}",
                "logs::ActiveModel",
                "Set",
                ".clone(0)",
                ".kind",
                "row"
            ]
        );
    }

    #[test]
    fn macros_speak_too() {
        assert_eq!(
            spoken("fn f() { vec![logs::Column::Id, x.level]; }"),
            ["vec", "logs::Column::Id", ".level", "x"][1..]
        );
        assert_eq!(
            spoken("fn f() { m!(logs::Entity => x.level, y.go(1), 0..n, \"t\") }"),
            ["logs::Entity", "x", ".level", "y", ".go(1)", "n", "\"t\""]
        );
    }
}
