//! That what begins like a sealed value is one.

use entity::vault::{Scheme, Vault};
use sea_orm::{ColumnTrait as _, DatabaseTransaction, EntityName as _, EntityTrait as _, QueryFilter as _};
use seawright::data::{DataError, Outcome, ledger::moved};

use super::{
    holder::{HoldsSecrets, context_of, id_of, stored_in},
    statements::{ANY_KEY, Walk},
};

/// How many rows an error names.
const NAMED: usize = 10;

/// Opens every sealed value of a table. `pending` looks at how a value begins; this is how it is known.
///
/// # Errors
/// With the keys of the rows, not in quarantine, that hold something which only looks sealed.
pub(super) async fn prove<S: HoldsSecrets>(db: &DatabaseTransaction, vault: &Vault) -> Result<(), DataError> {
    let mut walk = Walk::new(db, ANY_KEY);
    let mut false_ones = Vec::new();
    loop {
        let rows = walk.next::<S>().await?;
        if rows.is_empty() {
            break;
        }
        let mut suspects = Vec::new();
        for row in &rows {
            for (column, place) in S::SECRETS {
                let Some(stored) = stored_in::<S>(row, *column).filter(|stored| stored.starts_with(ANY_KEY)) else {
                    continue;
                };
                let reason = match vault.open(&context_of::<S>(row, *place)?, &stored) {
                    Ok(opened) if matches!(opened.scheme, Scheme::Vault(_)) => continue,
                    Ok(_) => "it is in clear".to_owned(),
                    Err(error) => error.to_string(),
                };
                suspects.push((id_of::<S>(row)?, reason));
            }
        }
        let kept = in_quarantine::<S>(db, &suspects).await?;
        false_ones.extend(suspects.into_iter().filter(|(id, _)| !kept.contains(&id.to_string())));
    }
    let Some((_, reason)) = false_ones.first() else {
        return Ok(());
    };
    let mut named: Vec<String> = false_ones.iter().take(NAMED).map(|(id, _)| id.to_string()).collect();
    if false_ones.len() > NAMED {
        named.push(format!("{} more", false_ones.len() - NAMED));
    }
    Err(DataError::Failed(format!(
        "`{}` has rows with a secret that looks sealed and is not: {}. Of the first: {reason}",
        S::Table::default().table_name(),
        named.join(", ")
    )))
}

/// Which of the rows are in quarantine. Those are known, and a person's.
async fn in_quarantine<S: HoldsSecrets>(
    db: &DatabaseTransaction,
    suspects: &[(i32, String)],
) -> Result<Vec<String>, DataError> {
    if suspects.is_empty() {
        return Ok(Vec::new());
    }
    let keys = suspects.iter().map(|(id, _)| id.to_string());
    let kept = moved::Entity::find()
        .filter(moved::Column::SourceTable.eq(S::Table::default().table_name()))
        .filter(moved::Column::Outcome.is_in([Outcome::Quarantined, Outcome::Accepted]))
        .filter(moved::Column::RowKey.is_in(keys))
        .all(db)
        .await?;
    Ok(kept.into_iter().map(|entry| entry.row_key).collect())
}
