//! The way back: rows put back from their before-images.

use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, EntityTrait, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Statement,
    sea_query::{ExprTrait as _, Query},
};

use super::{
    DataError,
    changes::Shapes,
    error::rows,
    image::Image,
    ledger::{
        checks, images,
        images::ImageKind,
        moved, notes, ranges,
        runs::{self, RunState},
        steps,
    },
    migration::key_text,
    run::settle,
};

/// How many keys an error names.
const NAMED: u64 = 10;

/// The transaction and the account of a step that is being undone.
#[derive(Debug)]
pub struct Undo<'u> {
    /// The step's name.
    pub step: &'u str,
    /// The transaction that everything happens in.
    pub transaction: &'u DatabaseTransaction,
    /// Whether rows that were changed by others since are let be.
    pub keep_changed: bool,
}

/// An image without its rows.
type Head = (i64, String, ImageKind, i64, String);

impl Undo<'_> {
    /// Puts back every row that the step has changed, inserted or deleted, the newest change first; says how many changes
    /// were taken back.
    ///
    /// # Errors
    /// [`DataError::ChangedSince`] with the rows that others have changed since, unless they are to be let be;
    /// [`DataError::Refused`] where the before-images have been thrown away; what the database says.
    pub async fn restore_images(&self) -> Result<u64, DataError> {
        settle(self.transaction).await?;
        let pruned = runs::Entity::find()
            .filter(runs::Column::Step.eq(self.step))
            .filter(runs::Column::State.eq(RunState::Pruned))
            .one(self.transaction)
            .await?;
        if pruned.is_some() {
            return Err(DataError::Refused(format!(
                "the before-images of `{}` have been thrown away by `seawright data prune`, so it can't be taken back; restore a backup",
                self.step
            )));
        }
        let heads: Vec<Head> = images::Entity::find()
            .select_only()
            .columns([
                images::Column::Id,
                images::Column::TableName,
                images::Column::Kind,
                images::Column::RowCount,
                images::Column::Columns,
            ])
            .filter(images::Column::Step.eq(self.step))
            .order_by_desc(images::Column::Id)
            .into_tuple()
            .all(self.transaction)
            .await?;
        let shapes = Shapes::default();
        let mut restored = 0;
        for (id, table, kind, expected, columns) in heads {
            let shape = shapes.of(self.transaction, &table).await?;
            let columns: Vec<String> = serde_json::from_str(&columns)
                .map_err(|_| DataError::Failed(format!("the before-image {id} cannot be read")))?;
            if let Some(missing) = columns.iter().find(|column| shape.type_of(column).is_none()) {
                return Err(DataError::Refused(format!(
                    "`{}` has changed `{table}.{missing}`, which is not there any more; take back the schema steps after it first",
                    self.step
                )));
            }
            let image = Image {
                shape: &shape,
                columns: &columns,
            };
            if !self.keep_changed {
                self.refuse_changed(&image, id, kind).await?;
            }
            let put_back = self.execute(&image.restore(id, kind)).await?;
            let expected = u64::try_from(expected).unwrap_or(0);
            if put_back != expected && !self.keep_changed {
                return Err(DataError::Failed(format!(
                    "{put_back} of {} of `{table}` were put back; nothing is changed",
                    rows(expected)
                )));
            }
            restored += put_back;
        }
        Ok(restored)
    }

    /// Deletes the rows that the step made in that table.
    ///
    /// # Errors
    /// What the database says.
    pub async fn delete_targets<T: EntityTrait>(&self) -> Result<u64, DataError> {
        let key = key_text::<T>();
        let targets = Query::select()
            .column(moved::Column::TargetKey)
            .from(moved::Entity)
            .and_where(moved::Column::Step.eq(self.step))
            .and_where(moved::Column::TargetKey.is_not_null())
            .take();
        let deleted = T::delete_many()
            .filter(key.in_subquery(targets))
            .exec(self.transaction)
            .await?;
        Ok(deleted.rows_affected)
    }

    async fn refuse_changed(&self, image: &Image<'_>, id: i64, kind: ImageKind) -> Result<(), DataError> {
        let changed = image.changed_since(id, kind);
        let backend = self.transaction.get_database_backend();
        let few = Statement::from_string(backend, format!("{changed} LIMIT {NAMED}"));
        let few = self.transaction.query_all_raw(few).await?;
        if few.is_empty() {
            return Ok(());
        }
        let counted = Statement::from_string(backend, format!("SELECT count(*) FROM ({changed}) AS changed_since"));
        let count: i64 = match self.transaction.query_one_raw(counted).await? {
            Some(row) => row.try_get_by_index(0)?,
            None => 0,
        };
        let mut keys = Vec::new();
        for row in few {
            let key: String = row.try_get("", "k")?;
            let parts: Vec<serde_json::Value> = serde_json::from_str(&key).unwrap_or_default();
            let parts: Vec<String> = parts
                .iter()
                .map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned))
                .collect();
            keys.push(parts.join("/"));
        }
        let count = u64::try_from(count).unwrap_or(0);
        let more = count.saturating_sub(NAMED);
        let mut named = keys.join(", ");
        if more > 0 {
            named += &format!(" and {more} more");
        }
        Err(DataError::ChangedSince {
            step: self.step.to_owned(),
            table: image.shape.table.clone(),
            count: rows(count),
            one: count == 1,
            keys: named,
        })
    }

    async fn execute(&self, sql: &str) -> Result<u64, DataError> {
        Ok(self.transaction.execute_unprepared(sql).await?.rows_affected())
    }

    /// Forgets what became of the rows, after the rest is undone.
    pub(super) async fn forget(&self) -> Result<(), DataError> {
        let runs_of_step = || {
            Query::select()
                .column(runs::Column::Run)
                .from(runs::Entity)
                .and_where(runs::Column::Step.eq(self.step))
                .take()
        };
        ranges::Entity::delete_many()
            .filter(ranges::Column::Run.in_subquery(runs_of_step()))
            .exec(self.transaction)
            .await?;
        images::Entity::delete_many()
            .filter(images::Column::Step.eq(self.step))
            .exec(self.transaction)
            .await?;
        moved::Entity::delete_many()
            .filter(moved::Column::Step.eq(self.step))
            .exec(self.transaction)
            .await?;
        notes::Entity::delete_many()
            .filter(notes::Column::Step.eq(self.step))
            .exec(self.transaction)
            .await?;
        checks::Entity::delete_many()
            .filter(checks::Column::Step.eq(self.step))
            .exec(self.transaction)
            .await?;
        runs::Entity::update_many()
            .col_expr(
                runs::Column::State,
                sea_orm::sea_query::Expr::value(sea_orm::ActiveEnum::to_value(&RunState::Reverted)),
            )
            .filter(runs::Column::Step.eq(self.step))
            .exec(self.transaction)
            .await?;
        steps::Entity::delete_many()
            .filter(steps::Column::Step.eq(self.step))
            .exec(self.transaction)
            .await?;
        Ok(())
    }
}
