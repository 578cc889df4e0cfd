//! What an entity says of its table beyond SeaORM's attributes.

use std::marker::PhantomData;

use sea_orm::{ColumnTrait, EntityTrait, sea_query::Expr};

use super::expression::from_expr;
use crate::schema::{Check, DataType, Direction, Expression, Index, IndexKey, IndexPart};

/// Says what SeaORM's attributes cannot: composite, partial, descending and expression indexes, several unique keys
/// on a column, checks, comments, constraint names.
///
/// Implement it beside the entity; an entity without it is read by its attributes alone.
pub trait TableSpec: EntityTrait {
    /// Fills in the specification; called once each time the entities are read.
    fn spec(table: &mut Spec<Self>);
}

/// The specification of one table, typed by its entity's columns.
#[derive(Debug)]
pub struct Spec<E: EntityTrait> {
    pub(super) indexes: Vec<Index>,
    pub(super) uniques: Vec<(Option<String>, Vec<String>)>,
    /// Columns, the table that they lead to where it is said, the name.
    pub(super) foreign_key_names: Vec<(Vec<String>, Option<String>, String)>,
    pub(super) checks: Vec<Check>,
    pub(super) primary_key_name: Option<String>,
    pub(super) comment: Option<String>,
    pub(super) column_comments: Vec<(String, String)>,
    pub(super) types: Vec<(String, DataType)>,
    pub(super) defaults: Vec<(String, Expression)>,
    entity: PhantomData<E>,
}

impl<E: EntityTrait> Default for Spec<E> {
    fn default() -> Self {
        Self {
            indexes: Vec::new(),
            uniques: Vec::new(),
            foreign_key_names: Vec::new(),
            checks: Vec::new(),
            primary_key_name: None,
            comment: None,
            column_comments: Vec::new(),
            types: Vec::new(),
            defaults: Vec::new(),
            entity: PhantomData,
        }
    }
}

fn name_of(column: impl ColumnTrait) -> String {
    column.to_string()
}

impl<E: EntityTrait> Spec<E> {
    /// Adds an index. Its parts are columns, as they are or with [`asc`](IndexOrder::asc) or [`desc`](IndexOrder::desc).
    pub fn index<I>(&mut self, name: impl Into<String>, parts: I) -> IndexSpec<'_, E>
    where
        I: IntoIterator<Item: Into<IndexColumn<E::Column>>>,
    {
        let parts = parts
            .into_iter()
            .map(|part| {
                let IndexColumn { column, direction } = part.into();
                IndexPart {
                    key: IndexKey::Column(name_of(column)),
                    direction,
                }
            })
            .collect();
        let at = self.indexes.len();
        self.indexes.push(Index::new(name, parts));
        IndexSpec {
            index: &mut self.indexes[at],
            entity: PhantomData,
        }
    }

    /// Adds an index over expressions.
    pub fn expression_index<X>(
        &mut self,
        name: impl Into<String>,
        expressions: impl IntoIterator<Item = X>,
    ) -> IndexSpec<'_, E>
    where
        X: Into<Expr>,
    {
        let parts = expressions
            .into_iter()
            .map(|expression| IndexPart {
                key: IndexKey::Expression(from_expr(&expression.into())),
                direction: Direction::Asc,
            })
            .collect();
        let at = self.indexes.len();
        self.indexes.push(Index::new(name, parts));
        IndexSpec {
            index: &mut self.indexes[at],
            entity: PhantomData,
        }
    }

    /// Adds a unique constraint under a name of its own. A `unique` or `unique_key` attribute over the same columns is
    /// the same constraint and gets this name.
    pub fn unique(&mut self, name: impl Into<String>, columns: impl IntoIterator<Item = E::Column>) {
        self.uniques
            .push((Some(name.into()), columns.into_iter().map(name_of).collect()));
    }

    /// Adds a unique constraint that the schema's naming convention names.
    pub fn unique_columns(&mut self, columns: impl IntoIterator<Item = E::Column>) {
        self.uniques.push((None, columns.into_iter().map(name_of).collect()));
    }

    /// Names the foreign key over those columns.
    pub fn foreign_key_name(&mut self, columns: impl IntoIterator<Item = E::Column>, name: impl Into<String>) {
        self.foreign_key_names
            .push((columns.into_iter().map(name_of).collect(), None, name.into()));
    }

    /// Names the foreign key over those columns that leads to that table, where several lead from them.
    pub fn foreign_key_name_to(
        &mut self,
        columns: impl IntoIterator<Item = E::Column>,
        table: impl Into<String>,
        name: impl Into<String>,
    ) {
        self.foreign_key_names.push((
            columns.into_iter().map(name_of).collect(),
            Some(table.into()),
            name.into(),
        ));
    }

    /// Names the primary key.
    pub fn primary_key_name(&mut self, name: impl Into<String>) {
        self.primary_key_name = Some(name.into());
    }

    /// Adds a check.
    pub fn check(&mut self, name: impl Into<String>, holds: impl Into<Expr>) {
        self.checks.push(Check {
            name: name.into(),
            expression: from_expr(&holds.into()),
        });
    }

    /// Tells the database what the table is for.
    pub fn comment(&mut self, comment: impl Into<String>) {
        self.comment = Some(comment.into());
    }

    /// Tells the database what a column is for.
    pub fn column_comment(&mut self, column: E::Column, comment: impl Into<String>) {
        self.column_comments.push((name_of(column), comment.into()));
    }

    /// Gives a column a type that `column_type` cannot say.
    pub fn column_type(&mut self, column: E::Column, data_type: DataType) {
        self.types.push((name_of(column), data_type));
    }

    /// Gives a column the default `now()`, which PostgreSQL keeps apart from `CURRENT_TIMESTAMP` although it is the
    /// same moment (manual, section 9.9.5).
    pub fn default_now(&mut self, column: E::Column) {
        self.defaults.push((name_of(column), Expression::Now));
    }
}

/// The rest of an index's description.
#[derive(Debug)]
pub struct IndexSpec<'s, E: EntityTrait> {
    index: &'s mut Index,
    entity: PhantomData<E>,
}

impl<E: EntityTrait> IndexSpec<'_, E> {
    /// Admits no two equal rows (among those of the filter).
    #[must_use = "an index is described by a chain; end it with a semicolon after the last call"]
    fn done(self) -> Self {
        self
    }

    /// Makes it a unique index.
    #[expect(clippy::return_self_not_must_use, reason = "the chain's end is usually dropped")]
    pub fn unique(self) -> Self {
        self.index.unique = true;
        self.done()
    }

    /// Covers only the rows for which this holds.
    #[expect(clippy::return_self_not_must_use, reason = "the chain's end is usually dropped")]
    pub fn filter(self, holds: impl Into<Expr>) -> Self {
        self.index.filter = Some(from_expr(&holds.into()));
        self.done()
    }

    /// Keeps those columns in the leaves, so that a query may be answered from the index alone (PostgreSQL).
    #[expect(clippy::return_self_not_must_use, reason = "the chain's end is usually dropped")]
    pub fn include(self, columns: impl IntoIterator<Item = E::Column>) -> Self {
        self.index.include = columns.into_iter().map(name_of).collect();
        self.done()
    }

    /// Uses another access method than the database's usual one: `gin`, `gist`, `hash`, `brin`.
    #[expect(clippy::return_self_not_must_use, reason = "the chain's end is usually dropped")]
    pub fn using(self, method: impl Into<String>) -> Self {
        self.index.method = Some(method.into());
        self.done()
    }
}

/// A column with its order in an index.
#[derive(Clone, Copy, Debug)]
pub struct IndexColumn<C> {
    column: C,
    direction: Direction,
}

impl<C: ColumnTrait> From<C> for IndexColumn<C> {
    fn from(column: C) -> Self {
        Self {
            column,
            direction: Direction::Asc,
        }
    }
}

/// Gives a column its order in an index.
pub trait IndexOrder: ColumnTrait {
    /// Smallest first.
    fn asc(self) -> IndexColumn<Self> {
        IndexColumn {
            column: self,
            direction: Direction::Asc,
        }
    }

    /// Largest first.
    fn desc(self) -> IndexColumn<Self> {
        IndexColumn {
            column: self,
            direction: Direction::Desc,
        }
    }
}

impl<C: ColumnTrait> IndexOrder for C {}
