//! PostgreSQL's statements for the changes of a table.

use sea_orm::{
    DbBackend,
    sea_query::{ColumnDef, Expr, PostgresQueryBuilder, Table},
};

use super::{AlterTable, Step, expression_sql};
use crate::ddl::{numbering, object_name, quote, quote_list, quote_text};

impl AlterTable {
    pub(in crate::ddl) fn postgres(&self, step: &Step) -> Vec<String> {
        let table = quote(&self.table);
        let alter = |what: String| format!("ALTER TABLE {table} {what}");
        let column = |name: &str, what: &str| format!("ALTER TABLE {table} ALTER COLUMN {} {what}", quote(name));
        vec![match step {
            Step::AddColumn(added, None) => Table::alter()
                .table(self.table.clone())
                .add_column(*added.clone())
                .to_string(PostgresQueryBuilder),
            Step::AddColumn(added, Some(fill)) => return self.add_filled(added, fill),
            Step::Refuse(unfit) => return unfit.guard(&self.table).into_iter().collect(),
            Step::DropExpression(name) => column(name, "DROP EXPRESSION"),
            // It has no statement that makes a column a computed one.
            Step::SetExpression(computed) => {
                return vec![
                    alter(format!("DROP COLUMN {}", quote(&computed.get_column_name()))),
                    Table::alter()
                        .table(self.table.clone())
                        .add_column(*computed.clone())
                        .to_string(PostgresQueryBuilder),
                ];
            }
            Step::DropColumn(name) => alter(format!("DROP COLUMN {}", quote(name))),
            Step::SetType(to, using) => {
                let (sql, _) = self.set_type_sql(to);
                match &using.postgres {
                    Some(using) => format!("{sql} USING {using}"),
                    None => sql,
                }
            }
            Step::StartCounting(name) => {
                let sequence = quote(&object_name(&self.table, Some(name), "seq"));
                let next = column(
                    name,
                    &format!("SET DEFAULT nextval({}::regclass)", quote_text(&sequence)),
                );
                let name = quote(name);
                return vec![
                    format!("CREATE SEQUENCE {sequence} OWNED BY {table}.{name}"),
                    format!(
                        "SELECT setval({}::regclass, coalesce(max({name}), 0) + 1, false) FROM {table}",
                        quote_text(&sequence)
                    ),
                    next,
                ];
            }
            Step::StopCounting(name) => {
                return vec![
                    column(name, "DROP DEFAULT"),
                    self.on_sequence(name, "DROP SEQUENCE ", ""),
                ];
            }
            Step::SetCounterType(to) => {
                let (_, type_name) = self.set_type_sql(to);
                self.on_sequence(&to.get_column_name(), "ALTER SEQUENCE ", &format!(" AS {type_name}"))
            }
            Step::Renumber(name, way) => numbering::sql(&self.table, name, *way),
            Step::SetNotNull(name, None) => column(name, "SET NOT NULL"),
            Step::SetNotNull(name, Some(fill)) => {
                return vec![
                    format!(
                        "UPDATE {table} SET {0} = {1} WHERE {0} IS NULL",
                        quote(name),
                        expression_sql(DbBackend::Postgres, fill)
                    ),
                    column(name, "SET NOT NULL"),
                ];
            }
            Step::DropNotNull(name) => column(name, "DROP NOT NULL"),
            Step::SetDefault(name, default) => column(
                name,
                &format!("SET DEFAULT {}", expression_sql(DbBackend::Postgres, default)),
            ),
            Step::DropDefault(name) => column(name, "DROP DEFAULT"),
            Step::AddUnique(name, columns) => alter(format!(
                "ADD CONSTRAINT {} UNIQUE ({})",
                quote(name),
                quote_list(columns)
            )),
            Step::AddCheck(name, holds) => alter(format!(
                "ADD CONSTRAINT {} CHECK ({})",
                quote(name),
                expression_sql(DbBackend::Postgres, holds)
            )),
            Step::AddForeignKey(key) => key.to_string(PostgresQueryBuilder),
            Step::AddPrimaryKey(name, columns) => alter(format!(
                "ADD CONSTRAINT {} PRIMARY KEY ({})",
                quote(name),
                quote_list(columns)
            )),
            Step::DropConstraint(name) => alter(format!("DROP CONSTRAINT {}", quote(name))),
            Step::RenameConstraint(from, to) => alter(format!("RENAME CONSTRAINT {} TO {}", quote(from), quote(to))),
        }]
    }

    /// A new column with a value for the rows that are there. A constant goes into the catalogue as the column's default for
    /// a moment, and no row is rewritten (PostgreSQL 11 and later); what differs from row to row is written.
    fn add_filled(&self, added: &ColumnDef, fill: &Expr) -> Vec<String> {
        let name = added.get_column_name();
        let spec = added.get_column_spec();
        let column = |what: &str| {
            format!(
                "ALTER TABLE {} ALTER COLUMN {} {what}",
                quote(&self.table),
                quote(&name)
            )
        };
        let add = |column: ColumnDef| {
            Table::alter()
                .table(self.table.clone())
                .add_column(column)
                .to_string(PostgresQueryBuilder)
        };
        let default = spec
            .default
            .as_ref()
            .map(|default| expression_sql(DbBackend::Postgres, default));
        let afterwards = default.map_or_else(|| "DROP DEFAULT".to_owned(), |default| format!("SET DEFAULT {default}"));
        if matches!(fill, Expr::Value(_) | Expr::Constant(_) | Expr::Keyword(_)) {
            let mut with_default = added.clone();
            with_default.default(fill.clone());
            return vec![add(with_default), column(&afterwards)];
        }
        let empty = added.get_column_type().map_or_else(
            || ColumnDef::new(name.clone()),
            |column_type| ColumnDef::new_with_type(name.clone(), column_type.clone()),
        );
        let mut statements = vec![
            add(empty),
            format!(
                "UPDATE {} SET {} = {}",
                quote(&self.table),
                quote(&name),
                expression_sql(DbBackend::Postgres, fill)
            ),
        ];
        if spec.default.is_some() {
            statements.push(column(&afterwards));
        }
        if spec.nullable == Some(false) {
            statements.push(column("SET NOT NULL"));
        }
        statements
    }

    /// What is refused is refused before anything is changed.
    pub(super) fn steps_in_order(&self) -> impl Iterator<Item = &Step> {
        let is_refusal = |step: &&Step| matches!(step, Step::Refuse(_));
        let refusals = self.steps.iter().filter(is_refusal);
        refusals.chain(self.steps.iter().filter(move |step| !is_refusal(step)))
    }

    /// Changes of columns that follow each other are one statement where a type is among them: each change of a type would
    /// write the whole table anew.
    pub(super) fn together(&self, statements: impl Iterator<Item = String>) -> Vec<String> {
        let head = format!("ALTER TABLE {} ", quote(&self.table));
        let mut out: Vec<String> = Vec::new();
        let mut run: Vec<String> = Vec::new();
        let close = |run: &mut Vec<String>, out: &mut Vec<String>| {
            let has_type = run.iter().any(|change| change.contains(" TYPE "));
            if has_type {
                out.push(format!("{head}{}", run.join(", ")));
            } else {
                out.extend(run.iter().map(|change| format!("{head}{change}")));
            }
            run.clear();
        };
        for sql in statements {
            let change = sql.strip_prefix(&head);
            if let Some(change) = change.filter(|change| change.starts_with("ALTER COLUMN ")) {
                run.push(change.to_owned());
            } else {
                close(&mut run, &mut out);
                out.push(sql);
            }
        }
        close(&mut run, &mut out);
        out
    }

    /// `ALTER TABLE … TYPE …` and the type.
    fn set_type_sql(&self, to: &ColumnDef) -> (String, String) {
        let mut only_type = ColumnDef::new(to.get_column_name());
        if let Some(column_type) = to.get_column_type() {
            only_type = ColumnDef::new_with_type(to.get_column_name(), column_type.clone());
        }
        let sql = Table::alter()
            .table(self.table.clone())
            .modify_column(only_type)
            .to_string(PostgresQueryBuilder);
        let type_name = sql.split_once(" TYPE ").map(|(_, name)| name.to_owned());
        (sql, type_name.unwrap_or_default())
    }

    /// A statement on the sequence that a column owns: only the catalogue knows its name for certain.
    fn on_sequence(&self, column: &str, before: &str, after: &str) -> String {
        let (table, column) = (quote_text(&quote(&self.table)), quote_text(column));
        format!(
            "DO $sequence$ BEGIN EXECUTE {} || pg_get_serial_sequence({table}, {column}) || {}; END $sequence$",
            quote_text(before),
            quote_text(after)
        )
    }
}
