//! One batch in its transaction.

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, DbErr, EntityTrait, FromQueryResult, Order,
    QueryFilter as _, QueryResult, QuerySelect as _,
    sea_query::{Expr, OnConflict},
};

use super::{
    Batch, Changes, DataError, DataMigration, Outcome, Reads,
    batch::Fate,
    image::Origin,
    keys::{Key, KeySql, row_key},
    ledger::{moved, notes},
    progress::Event,
    run::{Shared, count},
};

// Names that no column of a user's has.
const JSON: &str = "seawright_row_json";

/// A row of the source, its key, and how the ledger keeps it.
struct Read<E: EntityTrait> {
    model: E::Model,
    key: Key,
    json: Option<String>,
}

impl<E: EntityTrait<Model: FromQueryResult>> FromQueryResult for Read<E> {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            model: E::Model::from_query_result(row, prefix)?,
            key: KeySql::<E>::read(row, prefix)?,
            json: row.try_get(prefix, JSON)?,
        })
    }
}

/// The row as the ledger keeps it. An empty entry in its place would look like an account of it: the row could then be
/// deleted with its table.
fn whole(json: Option<&str>, step: &str, table: &str, key: &str) -> Result<String, DataError> {
    json.filter(|json| !json.is_empty()).map(str::to_owned).ok_or_else(|| {
        DataError::Failed(format!(
            "`{step}` cannot keep the row {key} of `{table}` whole: the database does not write it as JSON; nothing of its batch was done"
        ))
    })
}

/// The rows that one attempt takes on.
#[derive(Clone, Debug)]
pub(super) struct Slice {
    pub(super) after: Option<Key>,
    pub(super) last: Key,
    /// Why its one row cannot be migrated.
    pub(super) culprit: Option<String>,
    /// Whether rows are read as the ledger keeps them, too.
    pub(super) whole: bool,
}

/// What came of an attempt. Nothing of it is committed yet.
#[derive(Debug, Default)]
pub(super) struct Attempt {
    pub(super) keys: Vec<Key>,
    pub(super) events: Vec<Event>,
    pub(super) quarantined: u64,
    /// It must be done again with the rows read whole: a row that is to be kept whole was not.
    pub(super) again_whole: bool,
}

impl<M: DataMigration> Shared<M> {
    /// Reads the rows of a slice, that many at most. The keys come even where the rest fails.
    pub(super) async fn attempt(
        &self,
        transaction: &DatabaseTransaction,
        slice: &Slice,
        limit: u64,
        keys: &mut Vec<Key>,
        proves: bool,
    ) -> Result<Attempt, DataError> {
        let moves_out = self.migration.moves_out();
        let by_keys = self.migration.reads() == Reads::Keys;
        let pending = self.keys.slice(self.pending(), slice.after.as_ref(), Some(&slice.last));
        let whole = slice.whole || moves_out || slice.culprit.is_some();
        let mut rows: Vec<Read<M::Source>> = Vec::new();
        let mut jsons: Vec<Option<String>> = Vec::new();
        let json = if whole {
            self.shape.json_sql()
        } else {
            "CAST(NULL AS text)".to_owned()
        };
        if by_keys {
            let mut select = KeySql::keys_only(pending.clone().limit(limit), &Order::Asc);
            select.expr_as(Expr::cust(json), JSON);
            for row in transaction.query_all(&select).await? {
                keys.push(KeySql::<M::Source>::read(&row, "")?);
                jsons.push(row.try_get("", JSON)?);
            }
        } else {
            let select = KeySql::ordered(KeySql::with_keys(pending.clone().limit(limit)), &Order::Asc)
                .expr_as(Expr::cust(json), JSON);
            rows = select.into_model::<Read<M::Source>>().all(transaction).await?;
            for row in &mut rows {
                keys.push(row.key.clone());
                jsons.push(row.json.take());
            }
        }
        let Some(last) = keys.last() else {
            return Ok(Attempt::default());
        };
        let range = self.keys.between(slice.after.as_ref(), Some(last));
        let mut batch = Batch::<M::Source> {
            changes: Changes {
                transaction,
                origin: Origin {
                    run: self.run,
                    step: &self.step,
                },
                now: self.as_of,
                shapes: &self.shapes,
            },
            rows: rows.into_iter().map(|row| row.model).collect(),
            keys: keys.clone(),
            fates: vec![None; keys.len()],
            notes: Vec::new(),
            pending: self.pending(),
            range,
        };
        match &slice.culprit {
            Some(reason) => batch.quarantined(0, reason.as_str()),
            None => self.migration.migrate(&mut batch).await?,
        }
        let Batch {
            fates, notes: remarks, ..
        } = batch;
        if !whole && fates.iter().flatten().any(|fate| fate.outcome != Outcome::Migrated) {
            return Ok(Attempt {
                keys: keys.clone(),
                again_whole: true,
                ..Attempt::default()
            });
        }
        let mut attempt = Attempt {
            keys: keys.clone(),
            ..Attempt::default()
        };
        self.account(transaction, slice, fates, &jsons, &mut attempt).await?;
        self.note(transaction, remarks, &mut attempt).await?;
        if proves {
            let left = self
                .keys
                .slice(self.pending_now(true), slice.after.as_ref(), attempt.keys.last());
            let left = count(transaction, KeySql::bare(left)).await?;
            if left > 0 {
                return Err(self.unfinished(left));
            }
        }
        Ok(attempt)
    }

    /// Writes down what became of the rows.
    async fn account(
        &self,
        transaction: &DatabaseTransaction,
        slice: &Slice,
        fates: Vec<Option<Fate>>,
        jsons: &[Option<String>],
        attempt: &mut Attempt,
    ) -> Result<(), DataError> {
        let moves_out = self.migration.moves_out();
        let table = self.shape.table.clone();
        let mut entries = Vec::new();
        for ((fate, key), json) in fates.into_iter().zip(&attempt.keys).zip(jsons) {
            let key = row_key(key);
            let Some(fate) = fate else {
                if moves_out {
                    return Err(DataError::Failed(format!(
                        "`{}` did not say what becomes of the row {key} of `{table}`; call `migrated`, `archived` or `quarantined` for each",
                        self.step
                    )));
                }
                continue;
            };
            if fate.outcome == Outcome::Quarantined {
                let reason = fate.reason.clone().unwrap_or_default();
                if !self.migration.tolerates_quarantine() {
                    return Err(DataError::Quarantined {
                        step: self.step.clone(),
                        table,
                        count: super::error::rows(1),
                        reason: format!("{key}: {reason}"),
                    });
                }
                attempt.quarantined += 1;
                attempt.events.push(Event::Quarantined {
                    step: self.step.clone(),
                    table: table.clone(),
                    key: key.clone(),
                    reason,
                });
            } else if !moves_out && fate.outcome == Outcome::Migrated {
                continue;
            }
            let row = whole(json.as_deref(), &self.step, &table, &key)?;
            entries.push(moved::ActiveModel {
                step: Set(self.step.clone()),
                row_key: Set(key),
                source_table: Set(table.clone()),
                outcome: Set(fate.outcome),
                reason: Set(fate.reason),
                target_key: Set(fate.target),
                row_json: Set(row),
                recorded_at: Set(super::clock::now()),
            });
        }
        let mut rewritten = vec![
            moved::Column::Outcome,
            moved::Column::Reason,
            moved::Column::RowJson,
            moved::Column::RecordedAt,
        ];
        // What an earlier run made of a culprit is still there, since no one has deleted it; then the entry must go on
        // to say so, or neither the next run nor the way back would find it.
        if slice.culprit.is_none() {
            rewritten.push(moved::Column::TargetKey);
        }
        for chunk in entries.chunks(500) {
            moved::Entity::insert_many(chunk.to_vec())
                .on_conflict(
                    OnConflict::columns([moved::Column::Step, moved::Column::RowKey])
                        .update_columns(rewritten.iter().copied())
                        .to_owned(),
                )
                .exec_without_returning(transaction)
                .await?;
        }
        // A row that was in quarantine and has changed since is migrated now.
        if !moves_out && self.has_quarantine() && slice.culprit.is_none() {
            let migrated: Vec<String> = attempt.keys.iter().map(|key| row_key(key)).collect();
            let kept: Vec<String> = entries
                .iter()
                .filter_map(|entry| entry.row_key.try_as_ref().cloned())
                .collect();
            for chunk in migrated.chunks(5000) {
                moved::Entity::delete_many()
                    .filter(moved::Column::Step.eq(self.step.as_str()))
                    .filter(moved::Column::RowKey.is_in(chunk.iter().filter(|key| !kept.contains(key)).cloned()))
                    .exec(transaction)
                    .await?;
            }
        }
        Ok(())
    }

    /// Writes down what a person should look at.
    async fn note(
        &self,
        transaction: &DatabaseTransaction,
        remarks: Vec<(usize, String)>,
        attempt: &mut Attempt,
    ) -> Result<(), DataError> {
        let mut entries = Vec::new();
        for (row, note) in remarks {
            let Some(key) = attempt.keys.get(row).map(|key| row_key(key)) else {
                continue;
            };
            attempt.events.push(Event::Noted {
                step: self.step.clone(),
                table: self.shape.table.clone(),
                key: key.clone(),
                note: note.clone(),
            });
            entries.push(notes::ActiveModel {
                id: sea_orm::NotSet,
                run: Set(self.run),
                step: Set(self.step.clone()),
                source_table: Set(self.shape.table.clone()),
                row_key: Set(key),
                note: Set(note),
            });
        }
        for chunk in entries.chunks(500) {
            notes::Entity::insert_many(chunk.to_vec())
                .exec_without_returning(transaction)
                .await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn a_row_that_cannot_be_kept_whole_is_not_kept_empty() {
        assert_eq!(whole(Some("{}"), "m1", "logs", "7").unwrap(), "{}");
        for nothing in [None, Some("")] {
            let error = whole(nothing, "m1", "logs", "7").unwrap_err().to_string();
            assert!(error.contains("the row 7 of `logs`"), "{error}");
        }
    }
}
