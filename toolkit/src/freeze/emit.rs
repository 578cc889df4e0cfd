//! Writes what was kept of the entities as a module.

use std::collections::BTreeMap;

use syn::{Type, visit::Visit};

use super::{
    shape::{Shape, rust_name},
    sources::{Leaf, plain},
    statement::tree,
    uses::Use,
};

/// An entity that is kept.
pub(super) struct Keep<'k> {
    /// The path of its module in the entities' crate.
    pub(super) path: &'k str,
    /// The name of the module that keeps it.
    pub(super) name: &'k str,
    pub(super) shape: &'k Shape,
    pub(super) used: &'k Use,
}

/// The text of the module. `entity` is the crate of the entities, `of` the steps, `before` what changed the entities.
pub(super) fn frozen(entity: &str, of: &[String], before: &str, keeps: &[Keep<'_>]) -> String {
    let of = of.iter().map(|step| format!("`{step}`")).collect::<Vec<_>>().join(", ");
    let modules: String = keeps.iter().map(|keep| module(entity, keep)).collect();
    format!(
        "//! Written by Seawright: what {of} uses of the entities,
//! as it was before `{before}`. Enumerations and value types are today's.
//! History; what becomes of the entities later does not reach it.

#![expect(unreachable_pub, reason = \"SeaORM makes all of an entity `pub`\")]
{modules}"
    )
}

fn module(entity: &str, keep: &Keep<'_>) -> String {
    let shape = keep.shape;
    let mut names = Names {
        entity,
        imported: BTreeMap::new(),
    };
    let mut fields = String::new();
    let columns = shape
        .columns
        .iter()
        .filter(|column| keep.used.columns.contains(&column.name));
    let mut count = 0;
    for column in columns {
        count += 1;
        let attributes = if keep.used.keys {
            column.attributes.clone()
        } else {
            column.without_keys()
        };
        if !attributes.is_empty() {
            fields += &format!("#[sea_orm({})]\n", attributes.join(", "));
        }
        let of = names.shortened(&column.rust_type);
        fields += &format!("pub {}: {of},\n", rust_name(&column.name));
    }
    let mut derives = shape.derives.clone();
    derives.push("DeriveEntityModel".to_owned());
    let table = if shape.table.is_empty() {
        String::new()
    } else {
        format!("#[sea_orm({})]\n", shape.table.join(", "))
    };
    let mut globs = shape.imports.clone();
    if !globs.iter().any(|glob| glob == PRELUDE) {
        globs.push(PRELUDE.to_owned());
    }
    let types: Vec<Leaf> = names.imported.values().map(|path| Leaf::of(path)).collect();
    let types = if types.is_empty() {
        String::new()
    } else {
        format!("use {};\n", tree(&types))
    };
    let globs: String = globs.iter().map(|glob| format!("use {glob}::*;\n")).collect();
    let beside: String = keep
        .used
        .beside
        .iter()
        .map(|name| format!("pub use {entity}::{}::{};\n", keep.path, rust_name(name)))
        .collect();
    let (table_name, all) = (shape.table_name(), shape.columns.len());
    let how_many = if count == all {
        "all columns".to_owned()
    } else {
        format!("{count} of {all} columns")
    };
    format!(
        "
/// `{table_name}`: {how_many}.
pub mod {} {{
    {types}{globs}
    {beside}
    #[sea_orm::model]
    #[derive({})]
    {table}pub struct Model {{
        {fields}
    }}

    impl ActiveModelBehavior for ActiveModel {{}}
}}
",
        rust_name(keep.name),
        derives.join(", "),
    )
}

const PRELUDE: &str = "sea_orm::entity::prelude";

/// What SeaORM makes or its prelude brings that a type must not be called like.
const TAKEN: &[&str] = &[
    "ActiveModel",
    "Column",
    "Date",
    "DateTime",
    "DateTimeUtc",
    "Decimal",
    "Entity",
    "Json",
    "Model",
    "Option",
    "PrimaryKey",
    "Relation",
    "String",
    "Time",
    "Uuid",
    "Value",
    "Vec",
];

/// The types of the entities' crate, imported by their names.
struct Names<'n> {
    entity: &'n str,
    imported: BTreeMap<String, String>,
}

impl Names<'_> {
    /// A type with its paths into the entities' crate shortened to names.
    fn shortened(&mut self, of: &str) -> String {
        let mut text = of.to_owned();
        for (range, path) in own_paths(of).into_iter().rev() {
            let path = format!("{}{}", self.entity, &path["crate".len()..]);
            let name = path.rsplit("::").next().unwrap_or(&path).to_owned();
            let is_free = self.imported.get(&name).is_none_or(|other| *other == path);
            if is_free && !TAKEN.contains(&name.as_str()) {
                self.imported.insert(name.clone(), path);
                text.replace_range(range, &name);
            } else {
                text.replace_range(range, &path);
            }
        }
        text
    }
}

/// The paths in a type that begin with `crate`, without their generic arguments, in the order in which they stand.
pub(super) fn own_paths(of: &str) -> Vec<(std::ops::Range<usize>, String)> {
    #[derive(Default)]
    struct Paths(Vec<(std::ops::Range<usize>, String)>);
    impl Visit<'_> for Paths {
        fn visit_path(&mut self, path: &syn::Path) {
            let first = path.segments.first().filter(|first| first.ident == "crate");
            if let Some((first, last)) = first.zip(path.segments.last()) {
                let range = first.ident.span().byte_range().start..last.ident.span().byte_range().end;
                let names: Vec<String> = path.segments.iter().map(|part| plain(&part.ident)).collect();
                self.0.push((range, names.join("::")));
            }
            syn::visit::visit_path(self, path);
        }
    }
    let mut paths = Paths::default();
    if let Ok(of) = syn::parse_str::<Type>(of) {
        paths.visit_type(&of);
    }
    paths.0.sort_by_key(|(range, _)| range.start);
    paths.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::freeze::shape::Column;

    #[test]
    fn only_what_is_used_is_kept() {
        let column = |text: &str| Column::try_from(text.to_owned()).unwrap();
        let shape = Shape {
            table: vec!["table_name = \"logs\"".to_owned()],
            derives: vec!["Clone".to_owned()],
            imports: vec![PRELUDE.to_owned()],
            columns: vec![
                column("#[sea_orm(primary_key)] id: i32"),
                column("#[sea_orm(unique)] r#type: Option<crate::values::Stored<crate::events::Level>>"),
                column("message: String"),
            ],
        };
        let used = Use {
            columns: ["id", "type"].map(str::to_owned).into(),
            beside: ["Colour".to_owned()].into(),
            ..Use::default()
        };
        let keep = Keep {
            path: "events::logs",
            name: "logs",
            shape: &shape,
            used: &used,
        };
        let text = frozen("entity", &["m1_logs".to_owned()], "m2_less", &[keep]);
        assert!(text.starts_with(
            "//! Written by Seawright: what `m1_logs` uses of the entities,\n//! as it was before `m2_less`."
        ));
        for piece in [
            "/// `logs`: 2 of 3 columns.\npub mod logs {",
            "use entity::{events::Level, values::Stored};\nuse sea_orm::entity::prelude::*;\n",
            "pub use entity::events::logs::Colour;",
            "#[sea_orm::model]\n    #[derive(Clone, DeriveEntityModel)]\n    #[sea_orm(table_name = \"logs\")]\npub struct Model {",
            "#[sea_orm(primary_key)]\npub id: i32,\npub r#type: Option<Stored<Level>>,\n\n",
        ] {
            assert!(text.contains(piece), "{piece}\n{text}");
        }
        syn::parse_file(&text).unwrap();
    }

    #[test]
    fn two_types_of_one_name_are_told_apart() {
        let mut names = Names {
            entity: "entity",
            imported: BTreeMap::new(),
        };
        assert_eq!(
            names.shortened("(crate::a::Kind, Vec<crate::b::Kind>)"),
            "(entity::a::Kind, Vec<Kind>)"
        );
        assert_eq!(names.shortened("crate::c::Json"), "entity::c::Json");
    }
}
