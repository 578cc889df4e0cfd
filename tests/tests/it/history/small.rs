//! Histories that are just as large as a test needs.

use sea_orm::{ConnectionTrait as _, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

/// A step that sends those statements.
pub(super) struct Sends {
    pub(super) name: &'static str,
    pub(super) up: &'static [&'static str],
    pub(super) down: &'static [&'static str],
}

impl Sends {
    pub(super) fn up(name: &'static str, up: &'static [&'static str]) -> Box<dyn MigrationTrait> {
        Box::new(Self { name, up, down: &[] })
    }
}

impl MigrationName for Sends {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Sends {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for sql in self.up {
            manager.get_connection().execute_unprepared(sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for sql in self.down {
            manager.get_connection().execute_unprepared(sql).await?;
        }
        Ok(())
    }
}

/// A migrator of those steps.
macro_rules! history {
    ($name:ident: $($step:expr),* $(,)?) => {
        struct $name;
        impl sea_orm_migration::MigratorTrait for $name {
            fn migrations() -> Vec<Box<dyn sea_orm_migration::MigrationTrait>> {
                vec![$($step),*]
            }
        }
    };
}

pub(super) use history;
