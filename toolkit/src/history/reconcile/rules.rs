//! Which rows cannot go along as they are, and what becomes of their values.

use sea_orm::DbBackend;

use super::Reconcile;
use crate::{
    ddl::quote_text,
    diff::{Change, Decisions, Fit, OnLoss},
    emit::{dialect, retyping},
    schema::{Column, DataType, Expression, ForeignKey, Index, IndexKey, Literal, ReferentialAction},
};

/// Rows that go into quarantine.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    /// The table, by its new name.
    pub(super) table: String,
    pub(super) kind: RuleKind,
}

#[derive(Clone, Debug)]
pub(super) enum RuleKind {
    /// The column is NULL and may not be.
    Null(String),
    /// The column's value does not fit into its new type.
    Unfit {
        column: String,
        from: DataType,
        to: DataType,
        /// The condition for it; none where only a try shows whether a text reads as a value.
        condition: Option<String>,
    },
    /// Another row has the same values; the first in the key's order stays.
    Duplicate {
        parts: Vec<Part>,
        filter: Option<String>,
        key: String,
    },
    /// A check does not hold.
    Check { name: String, expression: String },
}

/// One part of what must be unique: a column, or what the database prints of an expression.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Column(String),
    Sql(String),
}

/// A foreign key that holds afterwards or held before: rows follow those that they refer to.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four facts that have nothing to do with each other"
)]
pub(super) struct Reference {
    pub(super) table: String,
    pub(super) key: ForeignKey,
    /// Whether there may be rows already that refer to nothing.
    pub(super) unproven: bool,
    /// Whether a row that refers to nothing loses the reference and stays.
    pub(super) nulls: bool,
    /// Whether the table referred to is there before.
    pub(super) has_target: bool,
    /// Whether the two ends have types that only compare as text.
    pub(super) as_text: bool,
}

/// A value given to rows.
#[derive(Clone, Debug)]
pub(super) struct Fill {
    pub(super) table: String,
    pub(super) column: String,
    pub(super) kind: FillKind,
}

#[derive(Clone, Debug)]
pub(super) enum FillKind {
    /// Rows that have NULL get this.
    Null { value: String, shown: String },
    /// SQLite keeps moments as text: those with a zone are written in UTC, without it.
    Utc,
}

/// Finds them in the changes.
pub(super) fn find(reconcile: &mut Reconcile, decisions: &Decisions) {
    let postgres = reconcile.backend == DbBackend::Postgres;
    let mut rules = Vec::new();
    let mut fills = Vec::new();
    let rule = |table: &String, kind| Rule {
        table: table.clone(),
        kind,
    };
    for change in &reconcile.rest.changes {
        match change {
            Change::AlterColumn {
                table,
                from,
                to,
                conversion,
            } => {
                let (data_type, name) = (&to.data_type, &to.name);
                let retyping = retyping(&reconcile.rest, reconcile.backend, table, from, to, conversion);
                let condition = retyping.unfit(dialect(reconcile.backend));
                let is_tried = postgres && change.fit() == Fit::Reads;
                if conversion.on_loss == OnLoss::Quarantine && (is_tried || condition.is_some()) {
                    let kind = RuleKind::Unfit {
                        column: name.clone(),
                        from: from.data_type.clone(),
                        to: data_type.clone(),
                        condition,
                    };
                    rules.push(rule(table, kind));
                }
                if !postgres
                    && from.data_type == DataType::TimestampTz
                    && matches!(data_type, DataType::DateTime | DataType::Timestamp)
                {
                    fills.push(Fill {
                        table: table.clone(),
                        column: name.clone(),
                        kind: FillKind::Utc,
                    });
                }
                if from.nullable && !to.nullable && to.generated.is_none() {
                    match value_for_nulls(table, to, decisions, postgres) {
                        Some((value, shown)) => fills.push(Fill {
                            table: table.clone(),
                            column: name.clone(),
                            kind: FillKind::Null { value, shown },
                        }),
                        None => rules.push(rule(table, RuleKind::Null(name.clone()))),
                    }
                }
            }
            Change::AddUnique { table, unique } => rules.push(rule(
                table,
                RuleKind::Duplicate {
                    parts: unique.columns.iter().cloned().map(Part::Column).collect(),
                    filter: None,
                    key: unique.name.clone(),
                },
            )),
            Change::ReplacePrimaryKey {
                table, to: Some(key), ..
            } => {
                rules.extend(
                    key.columns
                        .iter()
                        .map(|column| rule(table, RuleKind::Null(column.clone()))),
                );
                let kind = RuleKind::Duplicate {
                    parts: key.columns.iter().cloned().map(Part::Column).collect(),
                    filter: None,
                    key: key.name_on(table),
                };
                rules.push(rule(table, kind));
            }
            Change::CreateIndex { table, index } if index.unique => rules.push(rule(table, duplicate(index))),
            Change::AddCheck { table, check } => {
                if let Expression::Sql(expression) = &check.expression {
                    let kind = RuleKind::Check {
                        name: check.name.clone(),
                        expression: expression.clone(),
                    };
                    rules.push(rule(table, kind));
                }
            }
            _ => {}
        }
    }
    // A column that is only now added has no values that could be wrong.
    let before = &reconcile.renames.after;
    let has = |table: &str, column: &str| before.table(table).is_some_and(|own| own.column(column).is_some());
    rules.retain(|rule| match &rule.kind {
        RuleKind::Null(column) | RuleKind::Unfit { column, .. } => has(&rule.table, column),
        RuleKind::Duplicate { parts, .. } => parts
            .iter()
            .all(|part| !matches!(part, Part::Column(column) if !has(&rule.table, column))),
        RuleKind::Check { .. } => before.table(&rule.table).is_some(),
    });
    let references = references(reconcile, postgres);
    (reconcile.rules, reconcile.fills, reconcile.references) = (rules, fills, references);
}

fn duplicate(index: &Index) -> RuleKind {
    let parts = index
        .parts
        .iter()
        .map(|part| match &part.key {
            IndexKey::Column(name) => Part::Column(name.clone()),
            IndexKey::Expression(expression) => Part::Sql(expression.to_string()),
        })
        .collect();
    RuleKind::Duplicate {
        parts,
        filter: index.filter.as_ref().map(ToString::to_string),
        key: index.name.clone(),
    }
}

/// What rows get that have NULL where none may be: what was decided, or the column's own default.
fn value_for_nulls(table: &str, to: &Column, decisions: &Decisions, postgres: bool) -> Option<(String, String)> {
    let decided = decisions
        .fills
        .iter()
        .find(|(of, column, _)| of == table && *column == to.name)
        .map(|(.., value)| value);
    let value = decided.or(to.default.as_ref())?;
    let sql = match value {
        // A constant in quotes takes the type of its column, the old one here.
        Expression::Literal(Literal::Text(text)) => quote_text(text),
        Expression::Literal(Literal::Bool(value)) if postgres => format!("'{value}'"),
        Expression::Literal(Literal::Bool(value)) => i32::from(*value).to_string(),
        Expression::Literal(Literal::Int(value)) => format!("'{value}'"),
        Expression::Literal(Literal::Double(value)) => format!("'{value:?}'"),
        Expression::CurrentTimestamp | Expression::Now => "CURRENT_TIMESTAMP".to_owned(),
        Expression::CurrentDate => "CURRENT_DATE".to_owned(),
        Expression::CurrentTime => "CURRENT_TIME".to_owned(),
        Expression::Sql(sql) => sql.clone(),
        _ => return None,
    };
    Some((sql, value.to_string()))
}

/// The foreign keys along which rows follow each other into quarantine.
fn references(reconcile: &Reconcile, postgres: bool) -> Vec<Reference> {
    let before = &reconcile.renames.after;
    let mut references: Vec<Reference> = Vec::new();
    let added =
        |table: &str, key: &ForeignKey| {
            reconcile.rest.changes.iter().any(
                |change| matches!(change, Change::AddForeignKey { table: of, key: own } if of == table && own == key),
            )
        };
    let ends = reconcile.goal.tables.iter().chain(&before.tables);
    for table in ends {
        let Some(own) = before.table(&table.name) else {
            continue; // It is new and has no rows.
        };
        if reconcile.leaving_tables.contains(&table.name) {
            continue; // All its rows go.
        }
        for key in &table.foreign_keys {
            let known = references.iter().any(|known| {
                known.table == table.name && known.key.columns == key.columns && known.key.ref_table == key.ref_table
            });
            if known || key.columns.iter().any(|column| own.column(column).is_none()) {
                continue;
            }
            let target = before.table(&key.ref_table);
            let types = key.columns.iter().zip(&key.ref_columns).map(|(column, to)| {
                let end = target.and_then(|target| target.column(to));
                (
                    own.column(column).map(|own| &own.data_type),
                    end.map(|end| &end.data_type),
                )
            });
            let may_be_null = |column: &String| {
                let goal = reconcile.goal.table(&table.name);
                goal.and_then(|goal| goal.column(column))
                    .is_none_or(|column| column.nullable)
            };
            references.push(Reference {
                table: table.name.clone(),
                // SQLite checks a key only where it is told to, so that any row may be wrong.
                unproven: !postgres || added(&table.name, key),
                nulls: key.on_delete == ReferentialAction::SetNull && key.columns.iter().all(may_be_null),
                has_target: target.is_some(),
                as_text: types.into_iter().any(|(own, end)| !compare(own, end)),
                key: key.clone(),
            });
        }
    }
    references
}

/// Whether values of the two types can be compared as they are.
fn compare(a: Option<&DataType>, b: Option<&DataType>) -> bool {
    use DataType::{BigInteger, Char, Integer, SmallInteger, Text, Varchar};
    let is_text = |data_type: &DataType| matches!(data_type, Text | Varchar(_) | Char(_));
    let is_number = |data_type: &DataType| matches!(data_type, SmallInteger | Integer | BigInteger);
    match (a, b) {
        (Some(a), Some(b)) => a == b || is_text(a) && is_text(b) || is_number(a) && is_number(b),
        _ => true,
    }
}
