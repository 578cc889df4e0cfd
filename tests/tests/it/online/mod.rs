//! Changes of tables in use: interrupted anywhere, waited for, refused.

mod fills;
mod in_use;
mod interrupted;
mod leftovers;
mod there;
mod waiting;

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, Statement};
use sea_orm_migration::{
    SchemaManager,
    prelude::{ColumnDef, Expr, ExprTrait as _, ForeignKey, Index},
};
use seawright::ddl::{
    AlterTable, MirrorColumn,
    online::{CreateIndex, DropIndex},
};

const TABLES: &str = "
    CREATE TABLE jobs (id integer PRIMARY KEY);
    CREATE TABLE logs (id integer NOT NULL CONSTRAINT logs_pkey PRIMARY KEY, job_id integer, code integer NOT NULL,
        note text CONSTRAINT old_unique UNIQUE, age integer CONSTRAINT old_check CHECK (age > 0), twin text);
    CREATE INDEX old_index ON logs (age);
    INSERT INTO jobs SELECT generate_series(1, 10);
    INSERT INTO logs SELECT n, 1 + n % 10, n, 'note ' || n, n FROM generate_series(1, 3000) AS n;";

enum Change {
    Table(Box<AlterTable>),
    Create(CreateIndex),
    Drop(DropIndex),
    Mirror(MirrorColumn),
}

impl Change {
    fn of(alter: AlterTable) -> Self {
        Self::Table(Box::new(alter))
    }

    fn statements(&self) -> Vec<String> {
        match self {
            Self::Table(alter) => AlterTable::clone(alter)
                .online()
                .statements(DbBackend::Postgres)
                .unwrap(),
            Self::Create(index) => index.statements(DbBackend::Postgres),
            Self::Drop(index) => index.statements(DbBackend::Postgres),
            Self::Mirror(mirror) => mirror.statements(DbBackend::Postgres),
        }
    }

    async fn execute(self, db: &DatabaseConnection) -> Result<(), DbErr> {
        let manager = SchemaManager::new(db);
        match self {
            Self::Table(alter) => alter.online().execute(&manager).await,
            Self::Create(index) => index.execute(&manager).await,
            Self::Drop(index) => index.execute(&manager).await,
            Self::Mirror(mirror) => mirror.execute(&manager).await,
        }
    }
}

/// Every form, by its name.
fn changes() -> Vec<(&'static str, Change)> {
    let table = || AlterTable::new("logs");
    let mut key = ForeignKey::create();
    key.name("logs_job_fk").from("logs", "job_id").to("jobs", "id");
    let volatile = Expr::cust("md5(random()::text)");
    let mut index = Index::create();
    index.name("idx_logs_age").table("logs").col("age").col("code");
    let expression = "CREATE UNIQUE INDEX \"idx_logs_lower\" ON \"logs\" ((lower(\"note\")))";
    vec![
        ("an index", Change::Create(CreateIndex::new(&mut index))),
        (
            "an index over an expression",
            Change::Create(CreateIndex::of_sql("idx_logs_lower", "logs", expression, expression)),
        ),
        ("an index that goes", Change::Drop(DropIndex::new("old_index"))),
        (
            "a unique key",
            Change::of(table().add_unique("logs_code_unique", ["code"])),
        ),
        ("a foreign key", Change::of(table().add_foreign_key(&mut key))),
        (
            "a check",
            Change::of(table().add_check("logs_age", Expr::col("age").lt(10_000))),
        ),
        ("a column that must be set", Change::of(table().set_not_null("note"))),
        ("a column that may be NULL", Change::of(table().drop_not_null("code"))),
        (
            "a primary key in another's place, of the same name",
            Change::of(
                table()
                    .drop_constraint("logs_pkey")
                    .add_primary_key("logs_pkey", ["code"]),
            ),
        ),
        (
            "a column of its own value for every row",
            Change::of(table().add_column(ColumnDef::new("token").text().not_null().default(volatile.clone()))),
        ),
        (
            "a column that is filled",
            Change::of(table().add_column_filled(ColumnDef::new("token").text().not_null(), volatile)),
        ),
        (
            "two columns kept alike",
            Change::Mirror(MirrorColumn::new("logs", "note", "twin").online()),
        ),
        (
            "constraints that go",
            Change::of(
                table()
                    .drop_constraint("old_unique")
                    .drop_constraint("old_check")
                    .drop_column("job_id"),
            ),
        ),
    ]
}

async fn texts(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let rows = db
        .query_all_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await
        .unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// All that the catalogue says of the table.
async fn catalogue(db: &DatabaseConnection) -> Vec<String> {
    texts(
        db,
        "SELECT * FROM (SELECT 'constraint ' || conname || ' ' || convalidated || ' ' || pg_get_constraintdef(oid) AS it \
         FROM pg_constraint WHERE conrelid = 'logs'::regclass \
         UNION ALL SELECT 'index ' || pg_get_indexdef(indexrelid) || ' ' || indisvalid FROM pg_index \
         WHERE indrelid = 'logs'::regclass \
         UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = 'logs'::regclass AND NOT tgisinternal \
         UNION ALL SELECT 'column ' || attname || ' ' || atttypid::regtype || ' ' || attnotnull || ' ' || \
         coalesce(pg_get_expr(adbin, adrelid), '') FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum \
         WHERE attrelid = 'logs'::regclass AND attnum > 0 AND NOT attisdropped) AS them ORDER BY it",
    )
    .await
}
