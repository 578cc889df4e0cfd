//! What entities may say, and how a mistake in them is told.
#![expect(unreachable_pub, reason = "entities as SeaORM's macros want them")]

use seawright::{
    declare::{Entities, IndexOrder as _, Spec, TableSpec},
    schema::{Convention, Schema},
};

mod orgs {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "orgs")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        pub slug: String,
        #[sea_orm(unique_key = "place")]
        pub country: String,
        #[sea_orm(unique_key = "place")]
        pub city: String,
        pub motto: Option<String>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod users {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(renamed_from = "mail", comment = "where to write to")]
        pub email: String,
        #[sea_orm(indexed)]
        pub age: Option<i16>,
        pub org_id: i32,
        #[sea_orm(belongs_to, from = "org_id", to = "id", on_delete = "Cascade")]
        pub org: BelongsTo<super::orgs::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Counts with texts, says a check in raw SQL, refers to what is no key, and has an index called as another's.
mod badges {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "badges")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = true)]
        pub code: String,
        #[sea_orm(extra = "CHECK (motto <> '')")]
        pub motto: String,
        #[sea_orm(belongs_to, from = "motto", to = "motto")]
        pub org: BelongsTo<super::orgs::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

impl TableSpec for badges::Entity {
    fn spec(table: &mut Spec<Self>) {
        table.index("idx_shared", [badges::Column::Motto.asc()]);
    }
}

/// Has an enumeration type with capitals, and an index called as another's.
mod members {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "MemberKind")]
    pub enum Kind {
        #[sea_orm(string_value = "guest")]
        Guest,
    }

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "members")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub kind: Kind,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

impl TableSpec for members::Entity {
    fn spec(table: &mut Spec<Self>) {
        table.index("idx_shared", [members::Column::Id.desc()]);
    }
}

fn mistakes(entities: &Entities) -> String {
    entities.schema().unwrap_err().to_string()
}

#[test]
fn a_table_that_is_not_listed() {
    insta::assert_snapshot!(mistakes(&seawright::schema! { users::Entity }));
}

#[test]
fn every_mistake_is_told_at_once() {
    insta::assert_snapshot!(mistakes(
        &seawright::schema! { orgs::Entity, badges::Entity, members::Entity, orgs::Entity }
    ));
}

/// The names that a schema's keys and indexes get.
fn names(schema: &Schema) -> Vec<String> {
    let tables = schema.tables.iter();
    let names = tables.flat_map(|table| {
        let uniques = table.uniques.iter().map(|unique| &unique.name);
        let keys = table.foreign_keys.iter().map(|key| &key.name);
        uniques.chain(keys).chain(table.indexes.iter().map(|index| &index.name))
    });
    names.cloned().collect()
}

#[test]
fn each_convention_has_its_names() {
    let by = |convention| {
        let entities = seawright::schema! { convention = convention; orgs::Entity, users::Entity };
        names(&entities.schema().unwrap()).join("\n")
    };
    insta::assert_snapshot!(
        [
            by(Convention::SEA_ORM),
            by(Convention::POSTGRES),
            by(Convention::DRIZZLE)
        ]
        .join("\n\n")
    );
}

#[test]
fn an_entity_tells_of_its_own_renames() {
    let entities = seawright::schema! { orgs::Entity, users::Entity };
    assert_eq!(
        entities.renames(),
        [("users".to_owned(), "mail".to_owned(), "email".to_owned())]
    );
    let schema = entities.schema().unwrap();
    let email = schema.table("users").unwrap().column("email").unwrap();
    assert_eq!(email.comment.as_deref(), Some("where to write to"));
}

#[test]
fn equal_entities_are_equal_schemas_whatever_their_order() {
    let one = seawright::schema! { orgs::Entity, users::Entity }.schema().unwrap();
    let two = seawright::schema! { users::Entity, orgs::Entity }.schema().unwrap();
    assert_eq!(one, two);
    assert_eq!(Schema::from_json(&one.to_json().unwrap()).unwrap(), one);
}

/// Two relations from one column; SeaORM's own convention calls their keys the same.
mod notes {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "notes")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub about_id: i32,
        #[sea_orm(belongs_to, from = "about_id", to = "id")]
        pub org: BelongsTo<super::orgs::Entity>,
        #[sea_orm(belongs_to, from = "about_id", to = "id")]
        pub user: BelongsTo<super::users::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The same with names.
mod named_notes {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "notes")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub about_id: i32,
        #[sea_orm(belongs_to, from = "about_id", to = "id")]
        pub org: BelongsTo<super::orgs::Entity>,
        #[sea_orm(belongs_to, from = "about_id", to = "id")]
        pub user: BelongsTo<super::users::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

impl TableSpec for named_notes::Entity {
    fn spec(table: &mut Spec<Self>) {
        table.foreign_key_name_to([named_notes::Column::AboutId], "users", "notes_user_fk");
        table.foreign_key_name([named_notes::Column::AboutId], "notes_org_fk");
    }
}

/// In a schema of its own, with a key to a table of the usual one.
mod visits {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(schema_name = "stats", table_name = "visits")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub org_id: i32,
        #[sea_orm(belongs_to, from = "org_id", to = "id")]
        pub org: BelongsTo<super::orgs::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Refers to a table in a schema of its own.
mod clicks {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "stats.clicks")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub visit_id: i32,
        #[sea_orm(belongs_to, from = "visit_id", to = "id")]
        pub visit: BelongsTo<super::visits::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// `left` and `right` each have many of the other.
mod circle {
    pub mod left {
        use sea_orm::entity::prelude::*;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "left")]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            #[sea_orm(has_many)]
            pub rights: HasMany<super::right::Entity>,
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    pub mod right {
        use sea_orm::entity::prelude::*;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "right")]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            #[sea_orm(has_many)]
            pub lefts: HasMany<super::left::Entity>,
        }

        impl ActiveModelBehavior for ActiveModel {}
    }
}

#[test]
fn two_foreign_keys_of_one_name() {
    insta::assert_snapshot!(mistakes(
        &seawright::schema! { orgs::Entity, users::Entity, notes::Entity }
    ));
}

#[test]
fn two_foreign_keys_from_one_column_have_names_of_their_own() {
    let schema = seawright::schema! { orgs::Entity, users::Entity, named_notes::Entity };
    let schema = schema.schema().unwrap();
    let keys = &schema.table("notes").unwrap().foreign_keys;
    let keys: Vec<(&str, &str)> = keys
        .iter()
        .map(|key| (key.name.as_str(), key.ref_table.as_str()))
        .collect();
    assert_eq!(keys, [("notes_org_fk", "orgs"), ("notes_user_fk", "users")]);
}

#[test]
fn an_entity_of_another_database_schema() {
    let entities = seawright::schema! { orgs::Entity, visits::Entity, clicks::Entity };
    insta::assert_snapshot!(entities.schema_in("public").unwrap_err().to_string());
    let entities = seawright::schema! { orgs::Entity, visits::Entity };
    let schema = entities.schema_in("stats").unwrap();
    assert_eq!(schema, entities.schema().unwrap());
}

#[test]
fn the_source_shows_where_another_database_schema_is_named() {
    let folder = tempfile::TempDir::new().unwrap();
    let text = "#[sea_orm::model]\n#[derive(Clone, DeriveEntityModel)]\n#[sea_orm(schema_name = \"stats\", table_name = \"visits\")]\npub struct Model { pub id: i32 }";
    std::fs::write(folder.path().join("visits.rs"), text).unwrap();
    let told = seawright::declare::source_problems(folder.path(), "public");
    assert_eq!(told.len(), 1);
    assert!(told[0].place.ends_with("visits.rs:3"), "{}", told[0]);
    assert!(told[0].what.contains("-s stats"), "{}", told[0]);
    assert!(seawright::declare::source_problems(folder.path(), "stats").is_empty());
}

/// Nothing survives a stack overflow, so another process has it; the thread's name is in its last words.
#[test]
fn entities_that_have_each_other_are_named_where_there_is_no_source() {
    const CHILD: &str = "SEAWRIGHT_TEST_CIRCLE";
    if std::env::var_os(CHILD).is_some() {
        let _ = seawright::schema! { circle::left::Entity, circle::right::Entity }.schema();
        return;
    }
    let name = "engine::declare::entities_that_have_each_other_are_named_where_there_is_no_source";
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&child.stderr);
    assert!(!child.status.success());
    assert!(words.contains("the relations of `circle::left::Entity`"), "{words}");
}
