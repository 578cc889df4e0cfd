//! Sealing the secrets of a table.

use std::{marker::PhantomData, num::NonZero, sync::Arc, thread};

use async_trait::async_trait;
use entity::{
    values::Sealed,
    vault::{Context, Scheme, Secret, Vault, VaultError},
};
use sea_orm::{
    ActiveModelTrait as _, DatabaseTransaction, EntityName as _, EntityTrait as _, IdenStatic as _,
    PaginatorTrait as _, QueryFilter as _, Select,
};
use seawright::data::{Batch, Changes, DataError, DataMigration, Undo};

use super::{
    Keys,
    holder::{ColumnOf, HoldsSecrets, change_of, context_of, id_of, stored_in},
    proof::prove,
    statements::{ANY_KEY, Walk, unsealed, write},
};

/// Which values need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Those that are not sealed.
    Sealing,
    /// Those that are not sealed with the current key.
    CurrentKey,
}

/// Seals the secrets of a table that are in clear or in one of Cronium's own formats; what is sealed already stays as it
/// is.
///
/// A value that looks encrypted and that no key opens goes into quarantine with its row. Without a key the step refuses,
/// unless there is nothing to seal.
///
/// **The way back.** The ledger keeps what the step replaces. A secret that was in clear is kept sealed: the value is
/// first replaced, unseen by the ledger, by its sealed form in the context [`Context::replaced`], and that is what the
/// before-image holds. Taking the step back puts it back and opens it, for which the key is needed. Ciphertexts of
/// Cronium's formats are kept as they were.
#[derive(Clone, Debug)]
pub struct SealSecrets<S> {
    keys: Keys,
    need: Need,
    table: PhantomData<fn() -> S>,
}

impl<S: HoldsSecrets> SealSecrets<S> {
    /// With these keys.
    pub fn with(keys: Keys) -> Self {
        Self::needing(Need::Sealing, keys)
    }

    pub(crate) fn needing(need: Need, keys: Keys) -> Self {
        Self {
            keys,
            need,
            table: PhantomData,
        }
    }

    /// What the values begin with that need nothing.
    fn prefixes(&self) -> Vec<String> {
        // Keys that can't be used are for `prepare` to refuse.
        let vault = self.keys.vault().unwrap_or_default();
        match self.need {
            Need::CurrentKey => vault.prefix().into_iter().collect(),
            Need::Sealing => {
                let prefixes = vault.prefixes();
                if prefixes.is_empty() {
                    vec![ANY_KEY.to_owned()]
                } else {
                    prefixes
                }
            }
        }
    }

    fn is_done(&self, scheme: &Scheme, vault: &Vault) -> bool {
        match scheme {
            Scheme::Vault(key) => self.need == Need::Sealing || vault.current() == Some(key),
            Scheme::Server | Scheme::Envelope | Scheme::Plain => false,
        }
    }
}

/// A secret of a row.
struct Found<C> {
    row: usize,
    column: C,
    context: Context,
    stored: String,
}

/// What a secret becomes.
struct Resealed {
    secret: Secret,
    /// The sealed value, if it is another than before.
    sealed: Option<Sealed>,
    /// What the ledger is to keep in place of a secret in clear.
    kept: Option<Sealed>,
}

#[async_trait]
impl<S: HoldsSecrets> DataMigration for SealSecrets<S> {
    type Source = S::Table;

    fn pending(&self) -> Select<S::Table> {
        S::Table::find().filter(unsealed::<S>(&self.prefixes()))
    }

    async fn prepare(&self, db: &DatabaseTransaction) -> Result<(), DataError> {
        if self.keys.vault()?.current().is_some() {
            return Ok(());
        }
        match self.pending().count(db).await? {
            0 => Ok(()),
            count => Err(DataError::Refused(format!(
                "`{}` has secrets to encrypt, in {count} of its rows, and {}",
                S::Table::default().table_name(),
                VaultError::NoKey
            ))),
        }
    }

    async fn migrate(&self, batch: &mut Batch<'_, S::Table>) -> Result<(), DataError> {
        let vault = self.keys.vault()?;
        let mut found = Vec::new();
        for (number, row) in batch.rows().iter().enumerate() {
            for (column, place) in S::SECRETS {
                if let Some(stored) = stored_in::<S>(row, *column) {
                    found.push(Found {
                        row: number,
                        column: *column,
                        context: context_of::<S>(row, *place)?,
                        stored,
                    });
                }
            }
        }
        let resealed = self.reseal(&vault, found).await?;

        let mut refused: Vec<Option<String>> = vec![None; batch.rows().len()];
        for (found, resealed) in &resealed {
            if let Err(reason) = resealed {
                let (column, reason) = (found.column.as_str(), reason.to_string());
                refused[found.row].get_or_insert_with(|| format!("`{column}` can't be opened: {reason}"));
            }
        }
        let mut changes = batch
            .rows()
            .iter()
            .map(|row| id_of::<S>(row).map(change_of::<S>))
            .collect::<Result<Vec<_>, _>>()?;
        let mut is_sealed = vec![false; changes.len()];
        let mut in_clear = Vec::new();
        for (found, resealed) in resealed {
            let Ok(Resealed { secret, sealed, kept }) = resealed else {
                continue;
            };
            if refused[found.row].is_some() {
                continue;
            }
            is_sealed[found.row] = true;
            if let Some(sealed) = sealed {
                changes[found.row].set(found.column, sealed.into());
                if let Some(remark) = S::remark(secret.expose()) {
                    batch.note(found.row, remark);
                }
            }
            if let Some(kept) = kept {
                in_clear.push((found.column, id_of::<S>(&batch.rows()[found.row])?, kept));
            }
        }
        for (column, _) in S::SECRETS {
            let own = in_clear
                .extract_if(.., |(of, _, _)| of.as_str() == column.as_str())
                .map(|(_, id, kept)| (id, kept))
                .collect();
            write::<S>(batch.transaction(), *column, own).await?;
        }
        let mut kept = Vec::new();
        for (number, mut change) in changes.into_iter().enumerate() {
            if let Some(reason) = refused[number].take() {
                batch.quarantined(number, reason);
                continue;
            }
            S::mend(&batch.rows()[number], &mut change, is_sealed[number]);
            kept.push(change);
        }
        batch.update(kept).await?;
        Ok(())
    }

    async fn finish(&self, changes: &Changes<'_>) -> Result<(), DataError> {
        prove::<S>(changes.transaction(), &*self.keys.vault()?).await
    }

    async fn undo(&self, undo: &Undo<'_>) -> Result<(), DataError> {
        undo.restore_images().await?;
        let vault = self.keys.vault()?;
        let mut walk = Walk::new(undo.transaction, ANY_KEY);
        loop {
            let rows = walk.next::<S>().await?;
            if rows.is_empty() {
                return Ok(());
            }
            for (column, place) in S::SECRETS {
                let mut originals = Vec::new();
                for row in &rows {
                    let Some(stored) = stored_in::<S>(row, *column) else {
                        continue;
                    };
                    match vault.open(&context_of::<S>(row, *place)?.replaced(), &stored) {
                        Ok(opened) if matches!(opened.scheme, Scheme::Vault(_)) => {
                            originals.push((id_of::<S>(row)?, Sealed::from_stored(opened.secret.expose())));
                        }
                        Err(error @ VaultError::UnknownKey(_)) => {
                            return Err(DataError::Refused(format!(
                                "whether `{}.{}` of row {} was in clear before `{}` can't be told: {error}",
                                S::Table::default().table_name(),
                                column.as_str(),
                                id_of::<S>(row)?,
                                undo.step
                            )));
                        }
                        // A value of its own, which the step did not make.
                        _ => {}
                    }
                }
                write::<S>(undo.transaction, *column, originals).await?;
            }
        }
    }
}

impl<S: HoldsSecrets> SealSecrets<S> {
    /// Opens and seals, off the threads that the runner needs: an envelope's key takes some hundredths of a second.
    async fn reseal(
        &self,
        vault: &Arc<Vault>,
        found: Vec<Found<ColumnOf<S>>>,
    ) -> Result<Vec<(Found<ColumnOf<S>>, Result<Resealed, VaultError>)>, DataError> {
        let (this, vault) = (self.clone(), Arc::clone(vault));
        let work = move || -> Vec<_> {
            let threads = thread::available_parallelism().map_or(1, NonZero::get);
            let size = found.len().div_ceil(threads).max(1);
            let resealed: Vec<Result<Resealed, VaultError>> = thread::scope(|scope| {
                let parts: Vec<_> = found
                    .chunks(size)
                    .map(|part| {
                        let (this, vault) = (&this, &vault);
                        scope.spawn(move || {
                            part.iter()
                                .map(|found| this.become_of(vault, found))
                                .collect::<Vec<_>>()
                        })
                    })
                    .collect();
                parts
                    .into_iter()
                    .flat_map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                    .collect()
            });
            found.into_iter().zip(resealed).collect()
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| DataError::Failed(format!("the secrets could not be sealed: {error}")))
    }

    fn become_of(&self, vault: &Vault, found: &Found<ColumnOf<S>>) -> Result<Resealed, VaultError> {
        let opened = vault.open(&found.context, &found.stored)?;
        if self.is_done(&opened.scheme, vault) {
            return Ok(Resealed {
                secret: opened.secret,
                sealed: None,
                kept: None,
            });
        }
        let sealed = vault.seal(&found.context, opened.secret.expose())?;
        let kept = match opened.scheme {
            Scheme::Plain => Some(vault.seal(&found.context.clone().replaced(), &found.stored)?),
            _ => None,
        };
        Ok(Resealed {
            secret: opened.secret,
            sealed: Some(sealed),
            kept,
        })
    }
}
