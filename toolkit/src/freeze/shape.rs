//! How an entity is: its table, its columns, their types. What is kept of the entities in `migration/entities.json`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use syn::{Attribute, Fields, Item, ItemStruct, parse::Parser as _, spanned::Spanned as _};

use super::{
    resolve::{ENTITY, World},
    sources::{Sources, plain},
    types::Types,
};

/// All entities of a crate as they are in its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shapes {
    /// The form of the file.
    pub version: u32,
    /// By the path of its module in the crate: `events::logs`.
    pub entities: BTreeMap<String, Shape>,
}

/// One entity as it is in its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// What `#[sea_orm(…)]` says of its table: `table_name = "logs"`.
    pub table: Vec<String>,
    /// What its model derives beside `DeriveEntityModel`.
    pub derives: Vec<String>,
    /// The imports of all that a module of another crate has.
    pub imports: Vec<String>,
    /// Its columns.
    pub columns: Vec<Column>,
}

/// One column as it is in its source. In the file it is a line of Rust.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Column {
    /// The field's name, without `r#`.
    pub name: String,
    /// Its type; what is of the entities' crate is named from there: `crate::values::Stored<crate::events::EventType>`.
    pub rust_type: String,
    /// What `#[sea_orm(…)]` says of how it is read and written.
    pub attributes: Vec<String>,
}

/// What `#[sea_orm(…)]` on a column tells those who read and write it. Defaults, indexes and comments tell only the
/// database.
const COLUMN: &[&str] = &[
    "auto_increment",
    "column_name",
    "column_type",
    "enum_name",
    "ignore",
    "nullable",
    "primary_key",
    "rs_type",
    "save_as",
    "select_as",
    "unique",
    "unique_key",
];
/// Kept for the functions that SeaORM makes of it (`find_by_…`), but no change that a reader would see.
const KEYS: &[&str] = &["unique", "unique_key"];
const TABLE: &[&str] = &["rename_all", "schema_name", "table_name"];
const RELATION: &[&str] = &["belongs_to", "has_many", "has_one", "self_ref"];

const VERSION: u32 = 1;

impl Column {
    /// The variant of `Column` that SeaORM makes of it.
    pub fn variant(&self) -> String {
        let named = self.attributes.iter().find_map(|attribute| {
            let value = attribute.strip_prefix("enum_name = ")?;
            Some(value.trim_matches('"').to_owned())
        });
        named.unwrap_or_else(|| {
            self.name
                .split('_')
                .filter(|word| !word.is_empty())
                .map(|word| word[..1].to_ascii_uppercase() + &word[1..])
                .collect()
        })
    }

    /// Whether it is part of the primary key.
    pub fn is_key(&self) -> bool {
        self.attributes.iter().any(|attribute| attribute == "primary_key")
    }

    /// Whether SeaORM makes functions that find a row by it.
    pub(super) fn is_unique(&self) -> bool {
        self.attributes.iter().any(|attribute| KEYS.contains(&key(attribute)))
    }

    /// The attributes without those of unique keys.
    pub(super) fn without_keys(&self) -> Vec<String> {
        let is_kept = |attribute: &&String| !KEYS.contains(&key(attribute));
        self.attributes.iter().filter(is_kept).cloned().collect()
    }

    /// What a reader sees of it.
    fn seen(&self) -> (&str, Vec<String>) {
        (&self.rust_type, self.without_keys())
    }
}

fn key(attribute: &str) -> &str {
    attribute.split_once(" = ").map_or(attribute, |(key, _)| key)
}

impl From<Column> for String {
    fn from(column: Column) -> Self {
        let Column {
            name,
            rust_type,
            attributes,
        } = column;
        let lead = if attributes.is_empty() {
            Self::new()
        } else {
            format!("#[sea_orm({})] ", attributes.join(", "))
        };
        format!("{lead}{}: {rust_type}", rust_name(&name))
    }
}

impl TryFrom<String> for Column {
    type Error = syn::Error;

    fn try_from(text: String) -> syn::Result<Self> {
        let field = syn::Field::parse_named.parse_str(&text)?;
        Ok(Self {
            name: field.ident.as_ref().map(plain).unwrap_or_default(),
            rust_type: text[field.ty.span().byte_range().start..].to_owned(),
            attributes: said(&field.attrs, &text).unwrap_or_default(),
        })
    }
}

/// The name as Rust has it: with `r#` where it is a keyword.
pub(super) fn rust_name(name: &str) -> String {
    if syn::parse_str::<syn::Ident>(name).is_ok() {
        name.to_owned()
    } else {
        format!("r#{name}")
    }
}

/// The modules that are entities.
pub(super) fn modules(sources: &Sources) -> BTreeSet<usize> {
    let is_entity = |module: &super::sources::Module| module.items.iter().any(|item| model(item).is_some());
    (0..sources.modules.len())
        .filter(|at| is_entity(&sources.modules[*at]))
        .collect()
}

fn model(item: &Item) -> Option<&ItemStruct> {
    let Item::Struct(item) = item else { return None };
    let derives = item
        .attrs
        .iter()
        .any(|attribute| derived(attribute).iter().any(|path| last(path) == "DeriveEntityModel"));
    (derives && item.ident == "Model").then_some(item)
}

fn last(path: &syn::Path) -> String {
    path.segments.last().map(|last| plain(&last.ident)).unwrap_or_default()
}

pub(super) fn derived(attribute: &Attribute) -> Vec<syn::Path> {
    let mut paths = Vec::new();
    if attribute.path().is_ident("derive") {
        let _ = attribute.parse_nested_meta(|meta| {
            paths.push(meta.path);
            Ok(())
        });
    }
    paths
}

/// What `#[sea_orm(…)]` says, each on its own; none for a relation.
fn said(attributes: &[Attribute], text: &str) -> Option<Vec<String>> {
    let mut said = Vec::new();
    let mut is_relation = false;
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("sea_orm"))
    {
        let syn::Meta::List(_) = attribute.meta else { continue };
        let _ = attribute.parse_nested_meta(|meta| {
            let key = last(&meta.path);
            is_relation |= RELATION.contains(&key.as_str());
            if meta.input.peek(syn::Token![=]) {
                let value: syn::Expr = meta.value()?.parse()?;
                said.push(format!("{key} = {}", one_line(&text[value.span().byte_range()])));
            } else {
                if meta.input.peek(syn::token::Paren) {
                    let inside;
                    syn::parenthesized!(inside in meta.input);
                    inside.parse::<proc_macro2::TokenStream>()?;
                }
                said.push(key);
            }
            Ok(())
        });
    }
    (!is_relation).then_some(said)
}

/// A piece of source without its line breaks.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Shapes {
    /// How the entities are in these sources.
    pub(super) fn of(sources: &Sources) -> Self {
        let world = World {
            crates: vec![sources],
            entities: modules(sources),
        };
        let mut types = Types::new(&world);
        let entities = world
            .entities
            .iter()
            .map(|at| (sources.modules[*at].path.join("::"), shape(&world, &mut types, *at)))
            .collect();
        Self {
            version: VERSION,
            entities,
        }
    }

    /// The text of the file: the same for the same entities, an entity's columns a line each.
    ///
    /// # Errors
    /// None in practice.
    pub fn text(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// Reads the text of the file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let shapes: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if shapes.version > VERSION {
            return Err(format!(
                "it is of form {}, this program knows form {VERSION}",
                shapes.version
            ));
        }
        Ok(shapes)
    }
}

fn shape(world: &World<'_>, types: &mut Types<'_>, at: usize) -> Shape {
    let sources = world.crates[ENTITY];
    let module = &sources.modules[at];
    let text = &sources.file_of(at).text;
    let Some(model) = module.items.iter().find_map(model) else {
        return Shape {
            table: Vec::new(),
            derives: Vec::new(),
            imports: Vec::new(),
            columns: Vec::new(),
        };
    };
    let mut table = said(&model.attrs, text).unwrap_or_default();
    table.retain(|attribute| TABLE.contains(&key(attribute)));
    let derives = model
        .attrs
        .iter()
        .flat_map(derived)
        .filter(|path| last(path) != "DeriveEntityModel")
        .map(|path| types.path(at, &path))
        .collect();
    let mut columns = Vec::new();
    if let Fields::Named(fields) = &model.fields {
        for field in &fields.named {
            let Some(mut attributes) = said(&field.attrs, text) else {
                continue;
            };
            attributes.retain(|attribute| COLUMN.contains(&key(attribute)));
            columns.push(Column {
                name: field.ident.as_ref().map(plain).unwrap_or_default(),
                rust_type: types.text(at, &field.ty),
                attributes,
            });
        }
    }
    Shape {
        table,
        derives,
        imports: types.globs(at),
        columns,
    }
}

impl Shape {
    /// The table's name in the database, by which its entity's module is most often called too.
    pub fn table_name(&self) -> &str {
        self.table
            .iter()
            .find_map(|attribute| attribute.strip_prefix("table_name = "))
            .unwrap_or_default()
            .trim_matches('"')
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// What someone who reads and writes its rows would see of a change: nothing where only keys, indexes, defaults or
    /// comments changed.
    pub fn seen_changes(&self, after: &Self) -> Vec<String> {
        let mut changes = Vec::new();
        if self.table != after.table {
            let (was, is) = (self.table.join(", "), after.table.join(", "));
            changes.push(format!("`{was}` is now `{is}`"));
        }
        for column in &self.columns {
            match after.column(&column.name) {
                None => changes.push(format!("`{}` is gone", column.name)),
                Some(now) if now.rust_type != column.rust_type => changes.push(format!(
                    "`{}` is now `{}`",
                    column.name,
                    now.rust_type.replace("crate::", "")
                )),
                Some(now) if now.seen() != column.seen() => {
                    changes.push(format!("`{}` is stored in another way", column.name));
                }
                Some(_) => {}
            }
        }
        for column in &after.columns {
            if self.column(&column.name).is_none() {
                changes.push(format!("`{}` is new", column.name));
            }
        }
        for derive in self.derives.iter().filter(|derive| !after.derives.contains(derive)) {
            changes.push(format!("it no longer derives `{derive}`"));
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: &str = r#"
        pub mod values { mod stored { pub struct Stored<T>(T); } pub use stored::Stored; }
        pub mod prelude { pub use crate::values::Stored; }
        pub mod events {
            mod kinds { pub enum Kind { A } }
            pub use kinds::Kind as EventKind;
            pub mod events {
                use sea_orm::entity::prelude::*;
                use serde::Serialize;
                use serde_json::Value as Json;
                use super::{EventKind, super::values::Stored};
                use crate::users;
                #[sea_orm::model]
                #[derive(Clone, Serialize, DeriveEntityModel)]
                #[sea_orm(table_name = "events", comment = "what happens")]
                pub struct Model {
                    /// The number.
                    #[sea_orm(primary_key)]
                    pub id: i32,
                    #[sea_orm(default_value = "A", indexed)]
                    pub r#type: Option<Stored<EventKind>>,
                    #[sea_orm(column_type = "Decimal(Some((20, 4)))", unique)]
                    pub price: Decimal,
                    pub extra: (Json, Vec<Stored<super::EventKind>>),
                    #[sea_orm(belongs_to, from = "user_id", to = "id")]
                    pub user: BelongsTo<users::Entity>,
                }
            }
        }
        pub mod users {
            use sea_orm::entity::prelude::*;
            #[derive(Clone, DeriveEntityModel)]
            #[sea_orm(table_name = "users")]
            pub struct Model { #[sea_orm(primary_key, auto_increment = false)] pub id: String }
        }"#;

    fn shapes(text: &str) -> Shapes {
        Shapes::of(&Sources::of_text("entity", text))
    }

    #[test]
    fn the_file_has_what_readers_and_writers_see() {
        let text = shapes(EVENTS).text().unwrap();
        assert_eq!(
            text,
            r##"{
  "version": 1,
  "entities": {
    "events::events": {
      "table": [
        "table_name = \"events\""
      ],
      "derives": [
        "Clone",
        "serde::Serialize"
      ],
      "imports": [
        "sea_orm::entity::prelude"
      ],
      "columns": [
        "#[sea_orm(primary_key)] id: i32",
        "r#type: Option<crate::values::Stored<crate::events::EventKind>>",
        "#[sea_orm(column_type = \"Decimal(Some((20, 4)))\", unique)] price: Decimal",
        "extra: (serde_json::Value, Vec<crate::values::Stored<crate::events::EventKind>>)"
      ]
    },
    "users": {
      "table": [
        "table_name = \"users\""
      ],
      "derives": [
        "Clone"
      ],
      "imports": [
        "sea_orm::entity::prelude"
      ],
      "columns": [
        "#[sea_orm(primary_key, auto_increment = false)] id: String"
      ]
    }
  }
}
"##
        );
        assert_eq!(Shapes::parse(&text).unwrap(), shapes(EVENTS));
    }

    #[test]
    fn a_column_is_called_as_seaorm_calls_it() {
        let variant = |text: &str| Column::try_from(text.to_owned()).unwrap().variant();
        assert_eq!(variant("user_id: i32"), "UserId");
        assert_eq!(variant("r#type: i32"), "Type");
        assert_eq!(variant("#[sea_orm(enum_name = \"Kind\")] r#type: i32"), "Kind");
    }

    /// What is seen of a change of the text.
    fn seen(from: &str, to: &str) -> Vec<String> {
        assert_eq!(EVENTS.matches(from).count(), 1, "{from}");
        let (before, after) = (shapes(EVENTS), shapes(&EVENTS.replace(from, to)));
        let path = "events::events";
        before.entities[path].seen_changes(&after.entities[path])
    }

    #[test]
    fn what_a_row_shows_is_seen() {
        assert_eq!(
            seen("pub price: Decimal", "pub cost: Decimal"),
            ["`price` is gone", "`cost` is new"]
        );
        assert_eq!(
            seen("Option<Stored<EventKind>>", "Stored<EventKind>"),
            ["`type` is now `values::Stored<events::EventKind>`"]
        );
        assert_eq!(seen("(20, 4)", "(10, 2)"), ["`price` is stored in another way"]);
        assert_eq!(
            seen("table_name = \"events\"", "table_name = \"tasks\""),
            ["`table_name = \"events\"` is now `table_name = \"tasks\"`"]
        );
        assert_eq!(
            seen("Clone, Serialize,", "Clone,"),
            ["it no longer derives `serde::Serialize`"]
        );
    }

    #[test]
    fn what_only_the_database_knows_is_not_seen() {
        assert!(seen("The number.", "A number.").is_empty());
        assert!(seen("default_value = \"A\", indexed", "default_value = \"B\"").is_empty());
        assert!(seen(", unique)]", ")]").is_empty());
        assert!(seen("what happens", "what happened").is_empty());
    }
}
