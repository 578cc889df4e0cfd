//! Written by Seawright from the entities: 2 columns changed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, ForeignKey, ForeignKeyAction, MigrationName, MigrationTrait, SchemaManager, Table,
    async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild, Unfit, Using};

/// Both ends of a foreign key get a type of another family.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "foreign_keys_both_ends_of_a_foreign_key_get_a_type_of_another_family"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Posts::Table)
            .drop_constraint("posts_user_id_fk")
            .set_type(ColumnDef::new(Posts::UserId).string_len(20))
            .rebuild_on_sqlite(posts_after_up(manager))
            .execute(manager)
            .await?;
        AlterTable::new(Users::Table)
            .set_type(ColumnDef::new(Users::Id).string_len(20))
            .rebuild_on_sqlite(users_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Users::Table)
            .refuse(
                Unfit::rows("`id` does not fit into integer")
                    .on_postgres(concat!(
                        "CASE WHEN \"id\" ~* '^\\s*[-+]?[0-9]+\\s*$' THEN \"id\"::numeric NOT ",
                        r#"BETWEEN -2147483648 AND 2147483647 ELSE "id" IS NOT NULL END"#
                    ))
                    .on_sqlite(concat!(
                        r#""users"."id" IS NOT NULL AND NOT ((typeof("users"."id") IN "#,
                        r#"('integer', 'real') OR typeof("users"."id") = 'text' AND "users"."id" "#,
                        r#"= CAST("users"."id" AS numeric)) AND CAST(CAST("users"."id" AS "#,
                        r#"numeric) AS integer) = CAST("users"."id" AS numeric) AND "#,
                        r#"CAST(CAST("users"."id" AS numeric) AS integer) BETWEEN -2147483648 "#,
                        "AND 2147483647)"
                    )),
            )
            .set_type_using(
                ColumnDef::new(Users::Id).integer(),
                Using::default().on_postgres(r#""id"::integer"#),
            )
            .rebuild_on_sqlite(users_after_down(manager))
            .execute(manager)
            .await?;
        AlterTable::new(Posts::Table)
            .refuse(
                Unfit::rows("`user_id` does not fit into integer")
                    .on_postgres(concat!(
                        "CASE WHEN \"user_id\" ~* '^\\s*[-+]?[0-9]+\\s*$' THEN \"user_id\"::numeric ",
                        r#"NOT BETWEEN -2147483648 AND 2147483647 ELSE "user_id" IS NOT NULL END"#
                    ))
                    .on_sqlite(concat!(
                        r#""posts"."user_id" IS NOT NULL AND NOT ((typeof("posts"."user_id") IN "#,
                        r#"('integer', 'real') OR typeof("posts"."user_id") = 'text' AND "#,
                        r#""posts"."user_id" = CAST("posts"."user_id" AS numeric)) AND "#,
                        r#"CAST(CAST("posts"."user_id" AS numeric) AS integer) = "#,
                        r#"CAST("posts"."user_id" AS numeric) AND CAST(CAST("posts"."user_id" AS "#,
                        "numeric) AS integer) BETWEEN -2147483648 AND 2147483647)"
                    )),
            )
            .set_type_using(
                ColumnDef::new(Posts::UserId).integer(),
                Using::default().on_postgres(r#""user_id"::integer"#),
            )
            .add_foreign_key(
                ForeignKey::create()
                    .name("posts_user_id_fk")
                    .from(Posts::Table, Posts::UserId)
                    .to(Users::Table, Users::Id)
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .rebuild_on_sqlite(posts_after_down(manager))
            .execute(manager)
            .await?;
        Ok(())
    }
}

/// `posts` as it is after the way up, for SQLite, which can change little of a table in place.
fn posts_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Posts::Table)
            .col(
                ColumnDef::new(Posts::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Posts::UserId).string_len(20).not_null()),
    )
}

/// `users` as it is after the way up, for SQLite, which can change little of a table in place.
fn users_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Users::Table)
            .col(ColumnDef::new(Users::Id).string_len(20).not_null().primary_key()),
    )
}

/// `users` as it is after the way down, for SQLite, which can change little of a table in place.
fn users_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Users::Table)
            .col(ColumnDef::new(Users::Id).integer().not_null().primary_key()),
    )
}

/// `posts` as it is after the way down, for SQLite, which can change little of a table in place.
fn posts_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Posts::Table)
            .col(
                ColumnDef::new(Posts::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Posts::UserId).integer().not_null())
            .foreign_key(
                ForeignKey::create()
                    .name("posts_user_id_fk")
                    .from(Posts::Table, Posts::UserId)
                    .to(Users::Table, Users::Id)
                    .on_delete(ForeignKeyAction::Cascade),
            ),
    )
}

#[derive(DeriveIden)]
enum Posts {
    Table,
    UserId,
    Id,
}

#[derive(DeriveIden)]
enum Users {
    Table,
    Id,
}
