//! What a database has beside the tables, and a step would break: views, triggers, policies, indexes over a column that goes or gets
//! another type. PostgreSQL refuses some of it half-way through a step, and lets the rest break when it is used.

use sea_orm::{ConnectionTrait, DbBackend};
use sqlparser::{
    ast::{AlterColumnOperation, AlterTableOperation, ObjectName, ObjectNamePart, ObjectType, Statement},
    dialect::PostgreSqlDialect,
    parser::Parser,
};

use super::{
    Error, Result,
    recording::{Direction, record},
    runner::Known,
};
use crate::{
    diff::{Change, Conversion, apply},
    emit::breaks,
    introspect::introspect,
    schema::{Column, DataType, Schema, Table},
};

/// Refuses a step that would break what the database has, before it sends anything.
///
/// # Errors
/// [`Error::Refused`] with all of it.
pub(super) async fn refuse<C: ConnectionTrait>(db: &C, step: &Known, direction: Direction) -> Result<()> {
    let backend = db.get_database_backend();
    // What a step means it says in the words of PostgreSQL: SQLite makes much of it by building a table anew.
    let statements = if backend == DbBackend::Postgres && direction == Direction::Up {
        step.recording.statements.clone()
    } else {
        record(step.migration.as_ref(), DbBackend::Postgres, direction).statements
    };
    let asked: Vec<Asked> = statements.iter().flat_map(|sql| read(sql)).collect();
    if !asked.iter().any(Asked::takes_away) {
        return Ok(());
    }
    let found = broken(&introspect(db).await?, &asked, &statements, backend);
    if found.is_empty() {
        return Ok(());
    }
    Err(Error::Refused {
        step: step.name().to_owned(),
        reason: format!(
            "this database has what it would break, and nothing was sent:\n{}\nremove or replace that in a migration of its own before this one \
             (`seawright generate NAME --empty`), and make it again in one behind it",
            found
                .iter()
                .map(|line| format!("  {line}"))
                .collect::<Vec<_>>()
                .join("\n")
        ),
    })
}

/// What a statement asks, as far as something may depend on what it changes.
#[derive(Clone, Debug, PartialEq)]
enum Asked {
    DropTable(String),
    DropColumn(String, String),
    Retype(String, String),
    Rename(String, String, String),
    DropIndex(String),
}

impl Asked {
    fn takes_away(&self) -> bool {
        !matches!(self, Self::DropIndex(_))
    }
}

fn read(sql: &str) -> Vec<Asked> {
    let Ok(statements) = Parser::parse_sql(&PostgreSqlDialect {}, sql) else {
        return Vec::new();
    };
    let mut asked = Vec::new();
    for statement in statements {
        match statement {
            Statement::AlterTable(alter) => {
                let table = last(&alter.name);
                asked.extend(
                    alter
                        .operations
                        .iter()
                        .flat_map(|operation| of_table(&table, operation)),
                );
            }
            Statement::Drop { object_type, names, .. } => {
                asked.extend(names.iter().filter_map(|name| match object_type {
                    ObjectType::Table => Some(Asked::DropTable(last(name))),
                    ObjectType::Index => Some(Asked::DropIndex(last(name))),
                    _ => None,
                }));
            }
            _ => {}
        }
    }
    asked
}

fn of_table(table: &str, operation: &AlterTableOperation) -> Vec<Asked> {
    let table = table.to_owned();
    match operation {
        AlterTableOperation::DropColumn { column_names, .. } => column_names
            .iter()
            .map(|name| Asked::DropColumn(table.clone(), name.value.clone()))
            .collect(),
        AlterTableOperation::AlterColumn {
            column_name,
            op: AlterColumnOperation::SetDataType { .. },
        } => vec![Asked::Retype(table, column_name.value.clone())],
        AlterTableOperation::RenameColumn {
            old_column_name,
            new_column_name,
        } => vec![Asked::Rename(
            table,
            old_column_name.value.clone(),
            new_column_name.value.clone(),
        )],
        _ => Vec::new(),
    }
}

fn last(name: &ObjectName) -> String {
    match name.0.last() {
        Some(ObjectNamePart::Identifier(name)) => name.value.clone(),
        _ => String::new(),
    }
}

/// What would break, in the order of the statements.
fn broken(live: &Schema, asked: &[Asked], statements: &[String], backend: DbBackend) -> Vec<String> {
    let mut now = live.clone();
    forget_what_is_replaced(&mut now, statements);
    let mut found = Vec::new();
    for one in asked {
        let Some(change) = change(&now, one) else {
            if let Asked::DropIndex(name) = one {
                for table in &mut now.tables {
                    table.indexes.retain(|index| index.name != *name);
                }
            }
            continue;
        };
        found.extend(breaks(&now, &change, crate::emit::dialect(backend)));
        if let Asked::DropColumn(table, column) = one {
            found.extend(indexes(&now, table, column));
        }
        apply(&mut now, &change);
    }
    found.dedup();
    found
}

/// The statement as a change of the table that is there; none where it is not there, or changes nothing that others read.
fn change(now: &Schema, asked: &Asked) -> Option<Change> {
    let column = |table: &str, column: &str| now.table(table).and_then(|table| table.column(column)).cloned();
    Some(match asked {
        Asked::DropTable(name) => Change::DropTable {
            table: now.table(name)?.clone(),
        },
        Asked::DropColumn(table, name) => Change::DropColumn {
            table: table.clone(),
            column: column(table, name)?,
        },
        Asked::Retype(table, name) => {
            let from = column(table, name)?;
            Change::AlterColumn {
                table: table.clone(),
                to: Column {
                    data_type: DataType::Custom("another type".into()),
                    ..from.clone()
                },
                from,
                conversion: Conversion::default(),
            }
        }
        Asked::Rename(table, from, to) => {
            column(table, from)?;
            Change::RenameColumn {
                table: table.clone(),
                from: from.clone(),
                to: to.clone(),
            }
        }
        Asked::DropIndex(_) => return None,
    })
}

/// The indexes over other columns that would go in silence with a column that only their filter or an expression names.
fn indexes(now: &Schema, table: &str, column: &str) -> Vec<String> {
    let Some(own) = now.table(table) else { return Vec::new() };
    let is_lost = |index: &&crate::schema::Index| {
        let by_expression = index.parts.iter().any(|part| match &part.key {
            crate::schema::IndexKey::Expression(expression) => expression.mentions(column),
            crate::schema::IndexKey::Column(_) => false,
        });
        by_expression || index.filter.as_ref().is_some_and(|filter| filter.mentions(column))
    };
    own.indexes
        .iter()
        .filter(is_lost)
        .map(|index| {
            format!(
                "index `{}` on `{table}` reads the column `{table}.{column}`, which is to go: {}",
                index.name,
                index.describe()
            )
        })
        .collect()
}

/// A step that speaks of an object, other than by changing a table, knows of it and takes care of it.
fn forget_what_is_replaced(now: &mut Schema, statements: &[String]) {
    let spoken: Vec<Vec<String>> = statements
        .iter()
        .filter(|sql| {
            let sql = sql.trim_start().to_ascii_uppercase();
            ![
                "ALTER TABLE",
                "SET LOCAL LOCK_TIMEOUT",
                "CREATE INDEX",
                "CREATE TABLE",
                "DROP TABLE",
            ]
            .iter()
            .any(|begin| sql.starts_with(begin))
                || sql.contains("DROP TRIGGER")
        })
        .map(|sql| words(sql))
        .collect();
    let is_spoken_of = |name: &str| spoken.iter().any(|words| words.iter().any(|word| word == name));
    let keeps = |one: &crate::schema::Unmanaged| {
        let by_function = one
            .definition
            .rsplit_once("EXECUTE FUNCTION ")
            .map(|(_, call)| call.split('(').next().unwrap_or(call).trim_matches('"'));
        let name = one.name.split('(').next().unwrap_or(&one.name);
        !is_spoken_of(name) && !by_function.is_some_and(is_spoken_of)
    };
    now.unmanaged.retain(keeps);
    for table in &mut now.tables {
        let Table { unmanaged, .. } = table;
        unmanaged.retain(keeps);
    }
}

fn words(sql: &str) -> Vec<String> {
    sql.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Dependency, Unmanaged, UnmanagedKind};

    fn live() -> Schema {
        let mut table = Table {
            name: "notes".into(),
            ..Table::default()
        };
        table.columns.push(Column::new("id", DataType::Integer));
        table.columns.push(Column::new("body", DataType::Text));
        let mut schema = Schema::default();
        schema.insert(table);
        let mut view = Unmanaged::new(UnmanagedKind::View, "long_notes", "CREATE VIEW long_notes AS …");
        view.depends_on = vec![Dependency {
            table: "notes".into(),
            column: Some("body".into()),
            by_name: false,
        }];
        schema.unmanaged.push(view);
        schema
    }

    fn found(statements: &[&str]) -> Vec<String> {
        let statements: Vec<String> = statements.iter().map(|sql| (*sql).to_owned()).collect();
        let asked: Vec<Asked> = statements.iter().flat_map(|sql| read(sql)).collect();
        broken(&live(), &asked, &statements, DbBackend::Postgres)
    }

    #[test]
    fn what_reads_a_column_that_goes_is_named() {
        let drop = r#"ALTER TABLE "notes" DROP COLUMN "body""#;
        assert_eq!(
            found(&[drop]),
            ["view `long_notes` reads the column `notes.body`, which is to go"]
        );
        assert_eq!(
            found(&[r#"ALTER TABLE "notes" ALTER COLUMN "body" TYPE varchar(9)"#]).len(),
            1
        );
        assert_eq!(found(&[r#"ALTER TABLE "notes" DROP COLUMN "id""#]), [""; 0]);
        assert_eq!(
            found(&["SET LOCAL lock_timeout = '100ms'; ALTER TABLE \"notes\" DROP COLUMN IF EXISTS \"body\""]).len(),
            1
        );
    }

    #[test]
    fn a_step_that_speaks_of_it_takes_care_of_it() {
        let drop = r#"ALTER TABLE "notes" DROP COLUMN "body""#;
        assert_eq!(found(&["DROP VIEW long_notes", drop]), [""; 0]);
        assert_eq!(
            found(&["CREATE OR REPLACE VIEW long_notes AS SELECT id FROM notes", drop]),
            [""; 0]
        );
    }
}
