//! SQLite.

use sea_orm::{DbBackend, sea_query};
use seawright::schema::{AutoIncrement, DataType};
use tests::on_sqlite;

use super::read_after;

on_sqlite! {
    /// What a reader of SQLite's pragmas alone gets wrong: the key's order, defaults, referred columns, expressions.
    async fn traps(db: TestDb) {
        let schema = read_after(
            &db,
            r#"
            CREATE TABLE parent (a integer NOT NULL, b integer NOT NULL, "Name" text, PRIMARY KEY (b, a)) WITHOUT ROWID;
            CREATE TABLE plain (id INTEGER PRIMARY KEY /* AUTOINCREMENT would be another thing */, up integer REFERENCES plain);
            CREATE TABLE counted (id integer NOT NULL PRIMARY KEY AUTOINCREMENT);
            CREATE TABLE words (word TEXT PRIMARY KEY, "it's" text DEFAULT 'it''s', five text DEFAULT '5', five_int integer DEFAULT 5,
                lowered text DEFAULT (lower('X')), minus integer DEFAULT -1, half double DEFAULT 1.5, yes boolean DEFAULT TRUE,
                at datetime_text DEFAULT CURRENT_TIMESTAMP, none text DEFAULT NULL, quoted text DEFAULT "double",
                hex integer DEFAULT 0x10, bytes blob DEFAULT x'00ff', sum integer DEFAULT (1+1), untyped);
            CREATE TABLE child (
                x integer, y integer, z text COLLATE NOCASE CONSTRAINT z_unique UNIQUE,
                up integer CONSTRAINT child_up_fk REFERENCES Plain ON DELETE CASCADE,
                total integer GENERATED ALWAYS AS (x + y) STORED, shown text AS (z || ')') VIRTUAL,
                UNIQUE (y, x), CONSTRAINT child_x_z_unique UNIQUE (x, z),
                CONSTRAINT child_parent_fk FOREIGN KEY (x, y) REFERENCES PARENT DEFERRABLE INITIALLY DEFERRED,
                FOREIGN KEY (y, x) REFERENCES parent (A, B) ON UPDATE SET NULL ON DELETE NO ACTION,
                CONSTRAINT "x is positive" CHECK (x>0), CHECK ( z <> ')' AND  z NOT IN('a', 'it''s') ) -- the end
            );
            CREATE INDEX by_lower ON words (lower(word), five DESC) WHERE five IS NOT NULL;
            CREATE UNIQUE INDEX one_y ON child (y COLLATE NOCASE, z, z COLLATE BINARY DESC, x || 'ASC');
            CREATE VIEW seen AS SELECT * FROM words;
            CREATE TEMP TABLE fleeting (id integer);
            ALTER TABLE words ADD COLUMN "added" varchar(10) NOT NULL DEFAULT '' CHECK (length(added) < 5);
            ALTER TABLE words RENAME COLUMN minus TO less;
            INSERT INTO plain (id) VALUES (1);
            ANALYZE;
            "#,
        )
        .await;
        insta::assert_snapshot!(schema.to_json().unwrap());
    }

    /// Clauses that few know, and how they are kept where the IR has no field.
    async fn rare_clauses(db: TestDb) {
        let schema = read_after(
            &db,
            r#"
            CREATE TABLE "odd ""name""" ([a b] INT PRIMARY KEY ON CONFLICT REPLACE, `c` UNSIGNED BIG INT NOT NULL ON CONFLICT IGNORE,
                'd' real(12, 2) UNIQUE, PRIMARYish, "check" text CHECK ("check" LIKE '%,)' ESCAPE '\')
                CONSTRAINT named NOT NULL) ;
            CREATE TABLE strict_one (id INTEGER PRIMARY KEY DESC, v ANY) STRICT;
            CREATE TABLE no_commas (a integer, b integer, UNIQUE (a) UNIQUE (b) CONSTRAINT c CHECK (a > b) FOREIGN KEY (a) REFERENCES no_commas (b));
            CREATE TABLE fancy_key (a text, b text, CONSTRAINT pk PRIMARY KEY (b DESC, a COLLATE NOCASE));
            CREATE TABLE copied AS SELECT 1 AS one, 'x' AS two;
            CREATE VIRTUAL TABLE searched USING fts5(body);
            "#,
        )
        .await;
        insta::assert_snapshot!(schema.to_json().unwrap());
    }

    /// What sea-query writes is read back as what was meant.
    async fn sea_querys_types_read_back(db: TestDb) {
        use sea_query::{Alias, ColumnDef, Table};
        type Make = fn(&mut ColumnDef) -> &mut ColumnDef;
        let types: [(&str, Make, DataType); 21] = [
            ("boolean", ColumnDef::boolean, DataType::Boolean),
            ("tiny", ColumnDef::tiny_integer, DataType::TinyInteger),
            ("small", ColumnDef::small_integer, DataType::SmallInteger),
            ("usual", ColumnDef::integer, DataType::Integer),
            // SQLite has one kind of whole number, and sea-query one word for it.
            ("big", ColumnDef::big_integer, DataType::Integer),
            ("float", ColumnDef::float, DataType::Float),
            ("double", ColumnDef::double, DataType::Double),
            ("decimal", ColumnDef::decimal, DataType::Decimal(None)),
            ("sized", |column| column.decimal_len(12, 2), DataType::Decimal(Some((12, 2)))),
            ("char", |column| column.char_len(3), DataType::Char(Some(3))),
            ("string", ColumnDef::string, DataType::Varchar(None)),
            ("short", |column| column.string_len(50), DataType::Varchar(Some(50))),
            ("text", ColumnDef::text, DataType::Text),
            ("blob", ColumnDef::blob, DataType::Blob),
            ("bytes", |column| column.var_binary(16), DataType::VarBinary(Some(16))),
            ("date", ColumnDef::date, DataType::Date),
            ("time", ColumnDef::time, DataType::Time),
            ("at", ColumnDef::date_time, DataType::DateTime),
            ("moment", ColumnDef::timestamp_with_time_zone, DataType::TimestampTz),
            ("json", ColumnDef::json_binary, DataType::JsonBinary),
            ("uuid", ColumnDef::uuid, DataType::Uuid),
        ];
        let mut table = Table::create();
        table.table(Alias::new("types"));
        table.col(ColumnDef::new(Alias::new("id")).integer().not_null().auto_increment().primary_key());
        for (name, make, _) in &types {
            table.col(make(&mut ColumnDef::new(Alias::new(*name))));
        }
        let schema = read_after(&db, &DbBackend::Sqlite.build(&table).to_string()).await;
        let table = &schema.tables[0];
        assert!(table.checks.is_empty(), "{:?}", table.checks);
        assert_eq!(table.columns[0].auto_increment, AutoIncrement::Yes);
        for (name, _, expected) in types {
            assert_eq!(table.column(name).unwrap().data_type, expected, "{name}");
        }
    }
}
