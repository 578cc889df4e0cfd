//! Written by Seawright from the entities: 3 columns changed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild, Unfit, Using};

/// Get a time zone and lose it.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "losses_moments_get_a_time_zone_and_lose_it"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .set_type_using(
                ColumnDef::new(Things::Seen).timestamp_with_time_zone(),
                Using::default()
                    .on_postgres(r#""seen" AT TIME ZONE INTERVAL '+02:00'"#)
                    .on_sqlite(r#""things"."seen" || '+02:00'"#),
            )
            .set_type_using(
                ColumnDef::new(Things::Gone).timestamp(),
                Using::default()
                    .on_postgres(r#""gone" AT TIME ZONE 'UTC'"#)
                    .on_sqlite(concat!(
                        r#"datetime("things"."gone") || CASE substr("things"."gone", 20, 1) WHEN "#,
                        r#"'.' THEN substr("things"."gone", 20, length("things"."gone") - 19 - "#,
                        r#"length(ltrim(substr("things"."gone", 21), '0123456789'))) ELSE '' END"#
                    )),
            )
            .set_type_using(
                ColumnDef::new(Things::Born).timestamp_with_time_zone(),
                Using::default()
                    .on_postgres(r#""born"::timestamp AT TIME ZONE 'UTC'"#)
                    .on_sqlite(r#""things"."born" || ' 00:00:00' || '+00:00'"#),
            )
            .rebuild_on_sqlite(things_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .refuse(
                Unfit::rows("`born` does not fit into date")
                    .on_postgres(r#"("born" AT TIME ZONE 'UTC') <> ("born" AT TIME ZONE 'UTC')::date"#)
                    .on_sqlite(r#"strftime('%H:%M:%f', "things"."born") <> '00:00:00.000'"#),
            )
            .set_type_using(
                ColumnDef::new(Things::Born).date(),
                Using::default()
                    .on_postgres(r#"("born" AT TIME ZONE 'UTC')::date"#)
                    .on_sqlite(r#"date("things"."born")"#),
            )
            .set_type_using(
                ColumnDef::new(Things::Gone).timestamp_with_time_zone(),
                Using::default()
                    .on_postgres(r#""gone" AT TIME ZONE 'UTC'"#)
                    .on_sqlite(r#""things"."gone" || '+00:00'"#),
            )
            .set_type_using(
                ColumnDef::new(Things::Seen).date_time(),
                Using::default()
                    .on_postgres(r#""seen" AT TIME ZONE INTERVAL '+02:00'"#)
                    .on_sqlite(concat!(
                        r#"datetime("things"."seen", '+120 minutes') || CASE "#,
                        r#"substr("things"."seen", 20, 1) WHEN '.' THEN substr("things"."seen", "#,
                        r#"20, length("things"."seen") - 19 - "#,
                        r#"length(ltrim(substr("things"."seen", 21), '0123456789'))) ELSE '' END"#
                    )),
            )
            .rebuild_on_sqlite(things_after_down(manager))
            .execute(manager)
            .await?;
        Ok(())
    }
}

/// `things` as it is after the way up, for SQLite, which can change little of a table in place.
fn things_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Things::Table)
            .col(
                ColumnDef::new(Things::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Things::Seen).timestamp_with_time_zone().not_null())
            .col(ColumnDef::new(Things::Gone).timestamp())
            .col(ColumnDef::new(Things::Born).timestamp_with_time_zone().not_null()),
    )
}

/// `things` as it is after the way down, for SQLite, which can change little of a table in place.
fn things_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Things::Table)
            .col(
                ColumnDef::new(Things::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Things::Seen).date_time().not_null())
            .col(ColumnDef::new(Things::Gone).timestamp_with_time_zone())
            .col(ColumnDef::new(Things::Born).date().not_null()),
    )
}

#[derive(DeriveIden)]
enum Things {
    Table,
    Seen,
    Gone,
    Born,
    Id,
}
