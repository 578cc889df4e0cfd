//! Changes of a table that exists.

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr,
    sea_query::{
        ColumnDef, Expr, ForeignKeyCreateStatement, IntoColumnDef, IntoIden, MysqlQueryBuilder, PostgresQueryBuilder,
        Query, SqliteQueryBuilder, Table,
    },
};
use sea_orm_migration::SchemaManager;

use super::{Rebuild, Unfit, Using, name_of, numbering::Renumbering, quote, sqlite::Rebuilt};

mod postgres;

/// A change that the database at hand cannot make.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DdlError {
    /// SQLite has no statement for it and no rebuild was given.
    #[error(
        "SQLite cannot change the table `{0}` in place; give the table as it is afterwards with `.rebuild_on_sqlite(…)`"
    )]
    NeedsRebuild(String),
    /// MySQL and MariaDB are not written for yet.
    #[error("changes of existing tables are not yet written for MySQL and MariaDB (table `{0}`)")]
    Mysql(String),
    /// It rewrites the table, or numbers its rows: no form of it lets writers go on.
    #[error("a change of `{0}` has no form in which writers go on; take `.online()` away and run it in a transaction")]
    NotOnline(String),
}

/// What changes. PostgreSQL has a statement for each; SQLite has few of them.
#[derive(Clone, Debug)]
pub(super) enum Step {
    AddColumn(Box<ColumnDef>, Option<Expr>),
    DropColumn(String),
    Refuse(Box<Unfit>),
    SetType(Box<ColumnDef>, Box<Using>),
    SetNotNull(String, Option<Expr>),
    DropExpression(String),
    SetExpression(Box<ColumnDef>),
    DropNotNull(String),
    SetDefault(String, Expr),
    DropDefault(String),
    StartCounting(String),
    StopCounting(String),
    SetCounterType(Box<ColumnDef>),
    Renumber(String, Renumbering),
    AddUnique(String, Vec<String>),
    AddCheck(String, Expr),
    AddForeignKey(Box<ForeignKeyCreateStatement>),
    AddPrimaryKey(String, Vec<String>),
    DropConstraint(String),
    RenameConstraint(String, String),
}

impl Step {
    fn fits_sqlite(&self) -> bool {
        match self {
            // Data-dependent limits of ADD COLUMN are decided here and not by luck: https://sqlite.org/lang_altertable.html#altertabaddcol
            Self::AddColumn(column, fill) => {
                let spec = column.get_column_spec();
                let constant = matches!(spec.default, None | Some(Expr::Value(_) | Expr::Constant(_)));
                fill.is_none()
                    && constant
                    && !spec.auto_increment
                    && spec.generated.is_none()
                    && (spec.nullable != Some(false) || spec.default.is_some())
            }
            // SQLite keeps a constraint's name only in the table's text; nothing refers to it.
            // And it has one way to number rows.
            Self::DropColumn(_) | Self::RenameConstraint(..) | Self::Renumber(..) => true,
            _ => false,
        }
    }
}

/// Changes of one table, made one after the other; where SQLite has no statement for one of them, all of them at once
/// by a rebuild of the table.
///
/// ```no_run
/// # use seawright::ddl::AlterTable;
/// # use sea_orm_migration::prelude::{ColumnDef, DbErr, DeriveIden, SchemaManager, sea_orm};
/// # #[derive(DeriveIden)] enum Users { Table, Email, Age }
/// # async fn up(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
/// AlterTable::new(Users::Table)
///     .add_column(ColumnDef::new(Users::Age).integer())
///     .set_not_null(Users::Email)
///     .execute(manager)
///     .await
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "it does nothing until it is executed"]
pub struct AlterTable {
    pub(super) table: String,
    pub(super) steps: Vec<Step>,
    rebuild: Option<Rebuild>,
}

impl AlterTable {
    /// Nothing yet on that table.
    pub fn new(table: impl IntoIden) -> Self {
        Self {
            table: name_of(table),
            steps: Vec::new(),
            rebuild: None,
        }
    }

    fn with(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Adds a column.
    pub fn add_column(self, column: impl IntoColumnDef) -> Self {
        self.with(Step::AddColumn(Box::new(column.into_column_def()), None))
    }

    /// Adds a column that the rows that are there get a value for, although it has no default.
    pub fn add_column_filled(self, column: impl IntoColumnDef, fill: impl Into<Expr>) -> Self {
        self.with(Step::AddColumn(Box::new(column.into_column_def()), Some(fill.into())))
    }

    /// Removes a column.
    pub fn drop_column(self, column: impl IntoIden) -> Self {
        self.with(Step::DropColumn(name_of(column)))
    }

    /// Refuses all that follows while the table has such rows, and says how many and how they are found.
    pub fn refuse(self, unfit: Unfit) -> Self {
        self.with(Step::Refuse(Box::new(unfit)))
    }

    /// Changes a column's type; values are assigned, as an INSERT would: PostgreSQL refuses a text that is too long, and
    /// rounds numbers and moments. [`refuse`](Self::refuse) before it finds those that would change.
    pub fn set_type(self, column: impl IntoColumnDef) -> Self {
        self.with(Step::SetType(Box::new(column.into_column_def()), Box::default()))
    }

    /// Changes a column's type; each value becomes what the expression says.
    pub fn set_type_using(self, column: impl IntoColumnDef, using: Using) -> Self {
        self.with(Step::SetType(Box::new(column.into_column_def()), Box::new(using)))
    }

    /// Forbids NULL. Fails where a row has it.
    pub fn set_not_null(self, column: impl IntoIden) -> Self {
        self.with(Step::SetNotNull(name_of(column), None))
    }

    /// Forbids NULL; rows that have it get a value first.
    pub fn set_not_null_filled(self, column: impl IntoIden, fill: impl Into<Expr>) -> Self {
        self.with(Step::SetNotNull(name_of(column), Some(fill.into())))
    }

    /// Computes a column from now on; the values that it had go.
    pub fn set_expression(self, column: impl IntoColumnDef) -> Self {
        self.with(Step::SetExpression(Box::new(column.into_column_def())))
    }

    /// Lets a column that was computed keep its values and be written from now on.
    pub fn drop_expression(self, column: impl IntoIden) -> Self {
        self.with(Step::DropExpression(name_of(column)))
    }

    /// Allows NULL.
    pub fn drop_not_null(self, column: impl IntoIden) -> Self {
        self.with(Step::DropNotNull(name_of(column)))
    }

    /// Sets the value of rows that name none; rows that are there keep theirs.
    pub fn set_default(self, column: impl IntoIden, default: impl Into<Expr>) -> Self {
        self.with(Step::SetDefault(name_of(column), default.into()))
    }

    /// Removes the default.
    pub fn drop_default(self, column: impl IntoIden) -> Self {
        self.with(Step::DropDefault(name_of(column)))
    }

    /// Lets the database number the rows, on from the highest number that is there.
    pub fn start_counting(self, column: impl IntoIden) -> Self {
        self.with(Step::StartCounting(name_of(column)))
    }

    /// Numbers the rows no longer.
    pub fn stop_counting(self, column: impl IntoIden) -> Self {
        self.with(Step::StopCounting(name_of(column)))
    }

    /// Gives the sequence behind a numbered column the column's type, which ends its numbers.
    pub fn set_counter_type(self, column: impl IntoColumnDef) -> Self {
        self.with(Step::SetCounterType(Box::new(column.into_column_def())))
    }

    /// Numbers the rows as an identity column where a sequence did; the next number stays. PostgreSQL's alone.
    pub fn serial_to_identity(self, column: impl IntoIden) -> Self {
        self.with(Step::Renumber(name_of(column), Renumbering::SerialToIdentity))
    }

    /// Numbers the rows by a sequence where the column was an identity column; the next number stays. PostgreSQL's alone.
    pub fn identity_to_serial(self, column: impl IntoIden) -> Self {
        self.with(Step::Renumber(name_of(column), Renumbering::IdentityToSerial))
    }

    /// Has an identity column take numbers that are given. PostgreSQL's alone.
    pub fn identity_by_default(self, column: impl IntoIden) -> Self {
        self.with(Step::Renumber(name_of(column), Renumbering::ByDefault))
    }

    /// Has an identity column refuse numbers that are given. PostgreSQL's alone.
    pub fn identity_always(self, column: impl IntoIden) -> Self {
        self.with(Step::Renumber(name_of(column), Renumbering::Always))
    }

    /// Makes an identity column a plain one. PostgreSQL's alone.
    pub fn drop_identity(self, column: impl IntoIden) -> Self {
        self.with(Step::Renumber(name_of(column), Renumbering::DropIdentity))
    }

    /// Adds a unique constraint.
    pub fn add_unique<C: IntoIden>(self, name: &str, columns: impl IntoIterator<Item = C>) -> Self {
        self.with(Step::AddUnique(
            name.to_owned(),
            columns.into_iter().map(name_of).collect(),
        ))
    }

    /// Adds a check.
    pub fn add_check(self, name: &str, holds: impl Into<Expr>) -> Self {
        self.with(Step::AddCheck(name.to_owned(), holds.into()))
    }

    /// Adds a foreign key.
    pub fn add_foreign_key(self, key: &mut ForeignKeyCreateStatement) -> Self {
        self.with(Step::AddForeignKey(Box::new(key.take())))
    }

    /// Adds a primary key.
    pub fn add_primary_key<C: IntoIden>(self, name: &str, columns: impl IntoIterator<Item = C>) -> Self {
        self.with(Step::AddPrimaryKey(
            name.to_owned(),
            columns.into_iter().map(name_of).collect(),
        ))
    }

    /// Removes a constraint of any kind.
    pub fn drop_constraint(self, name: &str) -> Self {
        self.with(Step::DropConstraint(name.to_owned()))
    }

    /// Gives a constraint another name.
    pub fn rename_constraint(self, from: &str, to: &str) -> Self {
        self.with(Step::RenameConstraint(from.to_owned(), to.to_owned()))
    }

    /// The table as it is afterwards: what SQLite, which can change little of a table in place, builds anew.
    pub fn rebuild_on_sqlite(mut self, rebuild: Rebuild) -> Self {
        self.rebuild = Some(rebuild);
        self
    }

    /// The same changes in the form in which writers go on, each in a transaction of its own.
    pub fn online(self) -> super::online::OnlineAlterTable {
        super::online::OnlineAlterTable(self)
    }

    /// The SQL, in order, without what only the live database knows (triggers and indexes made by hand).
    ///
    /// # Errors
    /// [`DdlError`] where the database cannot make the change.
    pub fn statements(&self, backend: DbBackend) -> Result<Vec<String>, DdlError> {
        match backend {
            DbBackend::Postgres => Ok(self.together(self.steps_in_order().flat_map(|step| self.postgres(step)))),
            DbBackend::Sqlite => Ok(match self.on_sqlite()? {
                Rebuilt::InPlace(statements) => statements,
                Rebuilt::Anew(build) => build.statements(),
            }),
            _ => Err(DdlError::Mysql(self.table.clone())),
        }
    }

    /// Makes the changes.
    ///
    /// # Errors
    /// What the database says, and on SQLite a refusal where a rebuild would lose rows of other tables: while foreign
    /// keys are enforced, dropping a table deletes its rows first, and with them what refers to them.
    pub async fn execute(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let backend = manager.get_database_backend();
        if let (DbBackend::Sqlite, Some(rebuild)) = (backend, &self.rebuild) {
            return self
                .with_values(rebuild)
                .execute(connection, &self.table, &self.steps, &self.filled())
                .await;
        }
        for sql in self
            .statements(backend)
            .map_err(|error| DbErr::Migration(error.to_string()))?
        {
            connection.execute_unprepared(&sql).await?;
        }
        Ok(())
    }

    /// The rebuild with what the values become, and with what is to be proven of the rows.
    fn with_values(&self, rebuild: &Rebuild) -> Rebuild {
        let mut rebuild = rebuild.clone();
        for step in &self.steps {
            rebuild = match step {
                Step::SetType(column, using) => match &using.sqlite {
                    Some(sql) => rebuild.convert(column.get_column_name(), sql),
                    None => rebuild,
                },
                Step::SetNotNull(name, Some(fill)) => {
                    let column = format!("{}.{}", quote(&self.table), quote(name));
                    let fill = expression_sql(DbBackend::Sqlite, fill);
                    rebuild.convert(name.clone(), &format!("coalesce({column}, {fill})"))
                }
                Step::Refuse(unfit) => match &unfit.sqlite {
                    Some(condition) => rebuild.refuse_where(&unfit.what, condition),
                    None => rebuild,
                },
                _ => rebuild,
            };
        }
        rebuild
    }

    /// What it is on SQLite, without a look at the table.
    ///
    /// # Errors
    /// [`DdlError::NeedsRebuild`].
    pub(crate) fn on_sqlite(&self) -> Result<Rebuilt, DdlError> {
        match &self.rebuild {
            Some(rebuild) => Ok(Rebuilt::Anew(Box::new(
                self.with_values(rebuild).expected(&self.table, &self.filled()),
            ))),
            None if self.steps.iter().all(Step::fits_sqlite) => Ok(Rebuilt::InPlace(
                self.steps.iter().filter_map(|step| self.sqlite(step)).collect(),
            )),
            None => Err(DdlError::NeedsRebuild(self.table.clone())),
        }
    }

    /// What it is on that SQLite, whose table is read.
    ///
    /// # Errors
    /// As [`Self::execute`].
    pub(crate) async fn on_that_sqlite<C: ConnectionTrait>(&self, db: &C) -> Result<Rebuilt, DbErr> {
        match &self.rebuild {
            Some(rebuild) => {
                let rebuild = self.with_values(rebuild);
                let build = rebuild.over(db, &self.table, &self.steps, &self.filled()).await?;
                Ok(Rebuilt::Anew(Box::new(build)))
            }
            None => self.on_sqlite().map_err(|error| DbErr::Migration(error.to_string())),
        }
    }

    /// The new columns with what rows that are there get.
    fn filled(&self) -> Vec<(String, String)> {
        self.steps
            .iter()
            .filter_map(|step| match step {
                Step::AddColumn(column, Some(fill)) => {
                    Some((column.get_column_name(), expression_sql(DbBackend::Sqlite, fill)))
                }
                _ => None,
            })
            .collect()
    }

    fn sqlite(&self, step: &Step) -> Option<String> {
        match step {
            Step::AddColumn(column, _) => Some(
                Table::alter()
                    .table(self.table.clone())
                    .add_column(*column.clone())
                    .to_string(SqliteQueryBuilder),
            ),
            Step::DropColumn(name) => Some(format!(
                "ALTER TABLE {} DROP COLUMN {}",
                quote(&self.table),
                quote(name)
            )),
            _ => None,
        }
    }
}

/// An expression's SQL, values written out.
pub(crate) fn expression_sql(backend: DbBackend, expression: &Expr) -> String {
    let mut select = Query::select();
    select.expr(expression.clone());
    let sql = match backend {
        DbBackend::Postgres => select.to_string(PostgresQueryBuilder),
        DbBackend::Sqlite => select.to_string(SqliteQueryBuilder),
        _ => select.to_string(MysqlQueryBuilder),
    };
    sql.strip_prefix("SELECT ").map(str::to_owned).unwrap_or(sql)
}
