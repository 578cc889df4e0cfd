//! Changes of a table while writers go on.

use sea_orm::{DbBackend, DbErr, TransactionTrait as _};
use sea_orm_migration::{SchemaManager, SchemaManagerConnection};

use super::{
    act::{Act, Unless, run},
    column, constraint,
    index::sent,
    key, not_null,
};
use crate::ddl::{
    AlterTable, DdlError, ONE_CONNECTION, Unenforced, alter_table::Step, expression_sql, is_enforced, quote,
};

/// Changes of a table, each in the form that keeps writers waiting for a moment only, and each in a transaction of its
/// own. Asked again after it was interrupted, it goes on. Made by [`AlterTable::online`].
#[derive(Clone, Debug)]
#[must_use = "it does nothing until it is executed"]
pub struct OnlineAlterTable(pub(in crate::ddl) AlterTable);

impl OnlineAlterTable {
    fn acts(&self) -> Result<Vec<Act>, DdlError> {
        let table = self.0.table.as_str();
        let mut acts = Vec::new();
        let mut steps = self.0.steps.iter().peekable();
        while let Some(step) = steps.next() {
            acts.extend(match step {
                Step::AddColumn(added, fill) => column::add_column(table, added, fill.as_ref()),
                Step::SetNotNull(name, fill) => {
                    let filled = fill.as_ref().map(|fill| expression_sql(DbBackend::Postgres, fill));
                    let fill = fill.as_ref().map(|fill| column::fill_nulls(table, name, fill));
                    let set = not_null::set_not_null(table, name, filled.as_deref());
                    fill.into_iter().chain(set).collect()
                }
                Step::AddUnique(name, columns) => key::add_unique(table, name, columns),
                Step::AddCheck(name, holds) => constraint::add_check(table, name, holds),
                Step::AddForeignKey(key) => constraint::add_foreign_key(table, key),
                Step::AddPrimaryKey(name, columns) => key::add_primary_key(table, name, columns, None),
                Step::DropConstraint(old) => match steps.peek() {
                    Some(Step::AddPrimaryKey(name, columns)) => {
                        steps.next();
                        key::add_primary_key(table, name, columns, Some(old))
                    }
                    _ => vec![constraint::drop_constraint(table, old)],
                },
                Step::DropColumn(name) => vec![Act::strong(
                    table,
                    format!("ALTER TABLE {} DROP COLUMN IF EXISTS {}", quote(table), quote(name)),
                )],
                Step::RenameConstraint(from, to) => self
                    .plain(step)
                    .map(|act| act.unless(Unless::Renamed(table.to_owned(), from.clone(), to.clone())))
                    .collect(),
                Step::DropNotNull(_) | Step::SetDefault(..) | Step::DropDefault(_) => self.plain(step).collect(),
                Step::Refuse(_)
                | Step::SetType(..)
                | Step::DropExpression(_)
                | Step::SetExpression(_)
                | Step::StartCounting(_)
                | Step::StopCounting(_)
                | Step::SetCounterType(_)
                | Step::Renumber(..) => {
                    return Err(DdlError::NotOnline(table.to_owned()));
                }
            });
        }
        Ok(acts)
    }

    /// Statements that may be sent again.
    fn plain(&self, step: &Step) -> impl Iterator<Item = Act> {
        self.0
            .postgres(step)
            .into_iter()
            .map(|sql| Act::strong(&self.0.table, sql))
    }

    /// The SQL, in order, where nothing is there yet.
    ///
    /// # Errors
    /// [`DdlError`] where the database cannot make the change.
    pub fn statements(&self, backend: DbBackend) -> Result<Vec<String>, DdlError> {
        match backend {
            DbBackend::Postgres => Ok(sent(&self.acts()?)),
            _ => self.0.statements(backend),
        }
    }

    /// Makes the changes that are still to be made.
    ///
    /// # Errors
    /// What the database says; rows that do not allow it, after which what was begun is taken back.
    pub async fn execute(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let db = manager.get_connection();
        match manager.get_database_backend() {
            DbBackend::Postgres => {
                let acts = self.acts().map_err(|error| DbErr::Migration(error.to_string()))?;
                run(db, &acts).await
            }
            DbBackend::Sqlite => self.on_sqlite(manager, db).await,
            _ => self.0.execute(manager).await,
        }
    }

    /// Whole, where the runner has opened no transaction: SQLite has only the rebuild of the table, and enforcement of
    /// foreign keys can't be switched off within one.
    async fn on_sqlite(self, manager: &SchemaManager<'_>, db: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
        let SchemaManagerConnection::Connection(pool) = db else {
            return self.0.execute(manager).await;
        };
        let unenforced = Unenforced::begin(pool).await?;
        let changed = async {
            let transaction = db.begin().await?;
            if is_enforced(&transaction).await? {
                transaction.rollback().await?;
                return Err(DbErr::Migration(ONE_CONNECTION.to_owned()));
            }
            match self.0.execute(&SchemaManager::new(&transaction)).await {
                Ok(()) => transaction.commit().await,
                Err(error) => {
                    transaction.rollback().await?;
                    Err(error)
                }
            }
        }
        .await;
        unenforced.end().await?;
        changed
    }
}
