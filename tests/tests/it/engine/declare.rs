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
