//! The IR → sea-query's builders.

use sea_orm::{
    DbBackend,
    sea_query::{
        Alias, ColumnDef, ColumnType, ConditionalStatement as _, Expr, ExprTrait, ForeignKey as ForeignKeyBuilder,
        ForeignKeyAction, ForeignKeyCreateStatement, Func, Index as IndexBuilder, IndexCreateStatement, IndexOrder,
        IntoIden as _, StringLen, Table as TableBuilder, TableCreateStatement,
    },
};

use super::step::EnumColumn;
use crate::{
    ddl,
    diff::Plan,
    schema::{
        Column, Comparison, DataType, Direction, Expression, ForeignKey, Index, IndexKey, Literal, ReferentialAction,
        Table,
    },
};

/// Makes builders for one database from one plan's types.
pub(super) struct Builder<'p> {
    pub(super) plan: &'p Plan,
    pub(super) backend: DbBackend,
}

impl Builder<'_> {
    pub(super) fn create_table(&self, table: &Table) -> TableCreateStatement {
        let mut create = TableBuilder::create();
        create.table(table.name.clone());
        let inline_key = inline_key(table);
        for column in &table.columns {
            let mut definition = self.column(column);
            if inline_key == Some(column.name.as_str()) {
                definition.primary_key();
            }
            create.col(definition);
        }
        if let (None, Some(key)) = (inline_key, &table.primary_key) {
            let mut index = IndexBuilder::create();
            if let Some(name) = &key.name {
                index.name(ddl::spelled(name));
            }
            for column in &key.columns {
                index.col(column.clone());
            }
            create.primary_key(&mut index);
        }
        for unique in &table.uniques {
            let mut index = IndexBuilder::create();
            if !unique.name.is_empty() {
                index.name(ddl::spelled(&unique.name));
            }
            index.unique();
            for column in &unique.columns {
                index.col(column.clone());
            }
            create.index(&mut index);
        }
        for key in &table.foreign_keys {
            create.foreign_key(&mut self.foreign_key(&table.name, key));
        }
        for check in &table.checks {
            create.check((check.name.clone(), self.expression(&check.expression)));
        }
        create
    }

    pub(super) fn column(&self, column: &Column) -> ColumnDef {
        let mut definition = ColumnDef::new_with_type(column.name.clone(), self.data_type(&column.data_type));
        if !column.nullable {
            definition.not_null();
        }
        if column.auto_increment.is_on() {
            definition.auto_increment();
        }
        if let Some(default) = &column.default {
            definition.default(self.expression(default));
        }
        if let Some(generated) = &column.generated {
            definition.generated(self.expression(generated), true);
        }
        definition
    }

    #[expect(clippy::unused_self, reason = "beside its siblings")]
    pub(super) fn foreign_key(&self, table: &str, key: &ForeignKey) -> ForeignKeyCreateStatement {
        let mut create = ForeignKeyBuilder::create();
        if !key.name.is_empty() {
            create.name(ddl::spelled(&key.name));
        }
        create.from_tbl(table.to_owned()).to_tbl(key.ref_table.clone());
        for column in &key.columns {
            create.from_col(column.clone());
        }
        for column in &key.ref_columns {
            create.to_col(column.clone());
        }
        if let Some(action) = action(key.on_delete) {
            create.on_delete(action);
        }
        if let Some(action) = action(key.on_update) {
            create.on_update(action);
        }
        create
    }

    /// The index; none where sea-query has no builder for it on every database (expressions).
    pub(super) fn index(&self, table: &str, index: &Index) -> Option<IndexCreateStatement> {
        let mut create = IndexBuilder::create();
        create.name(ddl::spelled(&index.name)).table(table.to_owned());
        if index.unique {
            create.unique();
        }
        if self.backend == DbBackend::Postgres
            && let Some(method) = &index.method
        {
            create.index_type(sea_orm::sea_query::IndexType::Custom(
                Alias::new(method.clone()).into_iden(),
            ));
        }
        for part in &index.parts {
            match (&part.key, part.direction) {
                (IndexKey::Column(name), Direction::Asc) => create.col(name.clone()),
                (IndexKey::Column(name), Direction::Desc) => create.col((name.clone(), IndexOrder::Desc)),
                (IndexKey::Expression(_), _) => return None,
            };
        }
        for column in &index.include {
            create.include(column.clone());
        }
        if let Some(filter) = &index.filter {
            create.and_where(self.expression(filter));
        }
        Some(create)
    }

    /// An index over expressions; SQLite has neither access methods nor columns in the leaves.
    pub(super) fn index_sql(&self, table: &str, index: &Index) -> String {
        let parts: Vec<String> = index
            .parts
            .iter()
            .map(|part| {
                let key = match &part.key {
                    IndexKey::Column(name) => ddl::quote(name),
                    IndexKey::Expression(expression) => {
                        format!("({})", ddl::expression_sql(self.backend, &self.expression(expression)))
                    }
                };
                if part.direction == Direction::Desc {
                    format!("{key} DESC")
                } else {
                    key
                }
            })
            .collect();
        let filter = index
            .filter
            .as_ref()
            .map(|filter| format!(" WHERE {}", ddl::expression_sql(self.backend, &self.expression(filter))))
            .unwrap_or_default();
        let unique = if index.unique { "UNIQUE " } else { "" };
        let is_postgres = self.backend == DbBackend::Postgres;
        let method = index.method.as_ref().filter(|_| is_postgres);
        let method = method.map(|method| format!(" USING {method}")).unwrap_or_default();
        let include = if is_postgres && !index.include.is_empty() {
            format!(" INCLUDE ({})", ddl::quote_list(&index.include))
        } else {
            String::new()
        };
        format!(
            "CREATE {unique}INDEX {} ON {}{method} ({}){include}{filter}",
            ddl::quote(&index.name),
            ddl::quote(table),
            parts.join(", ")
        )
    }

    /// How what reads a column of an enumeration type goes before the type is replaced, and how it comes back.
    pub(super) fn beside_enum(&self, column: &EnumColumn) -> Vec<(String, String)> {
        let indexes = column.indexes.iter().map(|index| {
            let create = match self.index(&column.table, index) {
                Some(create) => self.backend.build(&create).to_string(),
                None => self.index_sql(&column.table, index),
            };
            (format!("DROP INDEX {}", ddl::quote(&index.name)), create)
        });
        let checks = column.checks.iter().map(|check| {
            let (table, name) = (ddl::quote(&column.table), ddl::quote(&check.name));
            let holds = ddl::expression_sql(self.backend, &self.expression(&check.expression));
            (
                format!("ALTER TABLE {table} DROP CONSTRAINT {name}"),
                format!("ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({holds})"),
            )
        });
        indexes.chain(checks).collect()
    }

    pub(super) fn expression(&self, expression: &Expression) -> Expr {
        match expression {
            Expression::Literal(value) => literal(value),
            Expression::Column(name) => Expr::col(name.clone()),
            Expression::CurrentTimestamp => Expr::current_timestamp(),
            Expression::CurrentDate => Expr::current_date(),
            Expression::CurrentTime => Expr::current_time(),
            Expression::Now => ddl::now_on(self.backend),
            Expression::Compare(left, comparison, right) => {
                let (left, right) = (self.expression(left), self.expression(right));
                match comparison {
                    Comparison::Eq => left.eq(right),
                    Comparison::Ne => left.ne(right),
                    Comparison::Lt => left.lt(right),
                    Comparison::Lte => left.lte(right),
                    Comparison::Gt => left.gt(right),
                    Comparison::Gte => left.gte(right),
                }
            }
            Expression::In(inner, values) => self.expression(inner).is_in(values.iter().map(literal)),
            Expression::NotIn(inner, values) => self.expression(inner).is_not_in(values.iter().map(literal)),
            Expression::IsNull(inner) => self.expression(inner).is_null(),
            Expression::IsNotNull(inner) => self.expression(inner).is_not_null(),
            Expression::And(parts) => self.chain(parts, Expr::and, true),
            Expression::Or(parts) => self.chain(parts, Expr::or, false),
            Expression::Not(inner) => self.expression(inner).not(),
            Expression::Function(name, arguments) => Func::cust(name.clone())
                .args(arguments.iter().map(|argument| self.expression(argument)))
                .into(),
            Expression::Sql(sql) => Expr::cust(sql.clone()),
        }
    }

    fn chain(&self, parts: &[Expression], join: impl Fn(Expr, Expr) -> Expr, empty: bool) -> Expr {
        parts
            .iter()
            .map(|part| self.expression(part))
            .reduce(join)
            .unwrap_or_else(|| Expr::val(empty))
    }

    /// The type's SQL.
    pub(super) fn type_sql(&self, data_type: &DataType) -> String {
        let definition = ColumnDef::new_with_type("c", self.data_type(data_type));
        let sql = self
            .backend
            .build(TableBuilder::alter().table("t").add_column(definition))
            .to_string();
        sql.rsplit_once("\"c\" ")
            .map(|(_, name)| name.to_owned())
            .unwrap_or_default()
    }

    fn data_type(&self, data_type: &DataType) -> ColumnType {
        match data_type {
            DataType::Boolean => ColumnType::Boolean,
            DataType::TinyInteger => ColumnType::TinyInteger,
            DataType::SmallInteger => ColumnType::SmallInteger,
            DataType::Integer => ColumnType::Integer,
            DataType::BigInteger => ColumnType::BigInteger,
            DataType::TinyUnsigned => ColumnType::TinyUnsigned,
            DataType::SmallUnsigned => ColumnType::SmallUnsigned,
            DataType::Unsigned => ColumnType::Unsigned,
            DataType::BigUnsigned => ColumnType::BigUnsigned,
            DataType::Float => ColumnType::Float,
            DataType::Double => ColumnType::Double,
            DataType::Decimal(size) => ColumnType::Decimal(*size),
            DataType::Char(length) => ColumnType::Char(*length),
            DataType::Varchar(length) => ColumnType::String(length.map_or(StringLen::None, StringLen::N)),
            DataType::Text => ColumnType::Text,
            DataType::Blob | DataType::VarBinary(None) => ColumnType::Blob,
            DataType::Binary(length) => ColumnType::Binary(*length),
            DataType::VarBinary(Some(length)) => ColumnType::VarBinary(StringLen::N(*length)),

            DataType::Date => ColumnType::Date,
            DataType::Time => ColumnType::Time,
            DataType::DateTime => ColumnType::DateTime,
            DataType::Timestamp => ColumnType::Timestamp,
            DataType::TimestampTz => ColumnType::TimestampWithTimeZone,
            DataType::Json => ColumnType::Json,
            DataType::JsonBinary => ColumnType::JsonBinary,
            DataType::Uuid => ColumnType::Uuid,
            DataType::Custom(name) => ColumnType::Custom(Alias::new(name.clone()).into_iden()),
            DataType::Array(element) => ColumnType::Array(std::sync::Arc::new(self.data_type(element))),
            DataType::Enum(name) => ColumnType::Enum {
                // sea-query writes the name as it is given.
                name: Alias::new(ddl::type_name(name)).into_iden(),
                variants: super::step::enumeration(self.plan, name)
                    .map(|enumeration| {
                        enumeration
                            .values
                            .iter()
                            .map(|value| Alias::new(value.clone()).into_iden())
                            .collect()
                    })
                    .unwrap_or_default(),
            },
        }
    }
}

/// The one column whose PRIMARY KEY stands beside it; a composite or named key stands at the table's end.
pub(super) fn inline_key(table: &Table) -> Option<&str> {
    match &table.primary_key {
        Some(key) if key.name.is_none() && key.columns.len() == 1 => key.columns.first().map(String::as_str),
        _ => None,
    }
}

fn literal(value: &Literal) -> Expr {
    match value {
        Literal::Null => Expr::cust("NULL"),
        Literal::Bool(value) => Expr::val(*value),
        Literal::Int(value) => Expr::val(*value),
        Literal::Double(value) => Expr::val(*value),
        Literal::Text(value) => Expr::val(value.clone()),
    }
}

fn action(action: ReferentialAction) -> Option<ForeignKeyAction> {
    match action {
        ReferentialAction::NoAction => None,
        ReferentialAction::Restrict => Some(ForeignKeyAction::Restrict),
        ReferentialAction::Cascade => Some(ForeignKeyAction::Cascade),
        ReferentialAction::SetNull => Some(ForeignKeyAction::SetNull),
        ReferentialAction::SetDefault => Some(ForeignKeyAction::SetDefault),
    }
}
