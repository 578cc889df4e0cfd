//! A library: references of every kind, and every kind of key.

use sea_orm::DbBackend;
use seawright::{
    declare::Entities,
    diff::{Decisions, diff},
    emit::{Form, statements},
    schema::{Dialect, Schema},
};

macro_rules! table {
    ($name:ident { $($body:tt)* } $($rest:tt)*) => {
        #[expect(clippy::allow_attributes, reason = "not every table needs the same")]
        #[allow(dead_code, missing_docs, unreachable_pub, unused_imports, reason = "SeaORM's generated items")]
        pub(crate) mod $name {
            use super::*;
            use sea_orm::entity::prelude::*;

            #[sea_orm::model]
            #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
            #[sea_orm(table_name = $($rest)*)]
            pub struct Model { $($body)* }

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

mod binding {
    use sea_orm::entity::prelude::*;

    /// How a book is bound.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))", rename_all = "snake_case")]
    pub enum Binding {
        Cloth,
        Paper,
        Leather,
    }
}

pub(crate) use binding::Binding;

table! { authors {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(column_type = "String(StringLen::N(60))", unique)]
    pub email: String,
    pub name: String,
} "authors" }

table! { books {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub author_id: i32,
    pub editor_id: Option<i32>,
    #[sea_orm(column_type = "String(StringLen::N(13))", unique)]
    pub isbn: String,
    pub title: String,
    pub binding: Binding,
    pub price: i32,
    #[sea_orm(default_value = 1)]
    pub copies: i32,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub bought_at: DateTime,
    #[sea_orm(belongs_to, relation_enum = "Author", from = "author_id", to = "id")]
    pub author: BelongsTo<authors::Entity>,
    #[sea_orm(belongs_to, relation_enum = "Editor", from = "editor_id", to = "id")]
    pub editor: BelongsTo<Option<authors::Entity>>,
} "books" }

impl seawright::declare::TableSpec for books::Entity {
    fn spec(table: &mut seawright::declare::Spec<Self>) {
        use sea_orm::ColumnTrait as _;
        table.check("books_price", books::Column::Price.gt(0));
    }
}

table! { loans {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub book_id: i32,
    pub author_id: i32,
    #[sea_orm(belongs_to, from = "book_id", to = "id")]
    pub book: BelongsTo<books::Entity>,
    #[sea_orm(belongs_to, from = "author_id", to = "id")]
    pub author: BelongsTo<authors::Entity>,
} "loans" }

table! { tags {
    #[sea_orm(primary_key, auto_increment = false)]
    pub book_id: i32,
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(20))")]
    pub tag: String,
    #[sea_orm(belongs_to, from = "book_id", to = "id")]
    pub book: BelongsTo<books::Entity>,
} "tags" }

table! { desks {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(unique)]
    pub author_id: i32,
    #[sea_orm(belongs_to, from = "author_id", to = "id")]
    pub author: BelongsTo<authors::Entity>,
} "desks" }

table! { pairs {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub left_id: i32,
    pub right_id: i32,
    #[sea_orm(belongs_to, relation_enum = "Left", from = "left_id", to = "id")]
    pub left: BelongsTo<authors::Entity>,
    #[sea_orm(belongs_to, relation_enum = "Right", from = "right_id", to = "id")]
    pub right: BelongsTo<authors::Entity>,
} "pairs" }

table! { shelves {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(2))")]
    pub id: String,
} "shelves" }

table! { samples {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(unique)]
    pub binding: Binding,
} "samples" }

table! { rooms {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub inside_id: Option<i32>,
    #[sea_orm(self_ref, relation_enum = "Inside", relation_reverse = "Holds", from = "inside_id", to = "id")]
    pub inside: BelongsTo<Option<Entity>>,
} "rooms" }

table! { teams {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub captain_id: Option<i32>,
    #[sea_orm(belongs_to, from = "captain_id", to = "id")]
    pub captain: BelongsTo<Option<members::Entity>>,
} "teams" }

table! { members {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub team_id: i32,
    #[sea_orm(belongs_to, from = "team_id", to = "id")]
    pub team: BelongsTo<teams::Entity>,
} "members" }

table! { eggs {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub hen_id: i32,
    #[sea_orm(belongs_to, from = "hen_id", to = "id")]
    pub hen: BelongsTo<hens::Entity>,
} "eggs" }

table! { hens {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub egg_id: i32,
    #[sea_orm(belongs_to, from = "egg_id", to = "id")]
    pub egg: BelongsTo<eggs::Entity>,
} "hens" }

table! { foreigners {
    #[sea_orm(primary_key)]
    pub id: i32,
} "foreigners" }

pub(crate) fn schema() -> Entities {
    seawright::schema! {
        authors::Entity, books::Entity, loans::Entity, tags::Entity, desks::Entity, pairs::Entity, shelves::Entity,
        samples::Entity, rooms::Entity, teams::Entity, members::Entity, eggs::Entity, hens::Entity,
    }
}

/// The statements that make the tables, as a migration would.
pub(crate) fn tables(backend: DbBackend) -> Vec<String> {
    let dialect = match backend {
        DbBackend::Postgres => Dialect::Postgres,
        _ => Dialect::Sqlite,
    };
    let plan = diff(
        &Schema::default(),
        &schema().schema().unwrap(),
        &mut Decisions::default(),
    )
    .unwrap();
    statements(&plan, dialect, Form::Whole).unwrap()
}
