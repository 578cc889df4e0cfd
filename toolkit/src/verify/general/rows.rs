//! No row is unaccounted for: the counts that every run keeps, and the account of every row that went.

use std::collections::BTreeMap;

use async_trait::async_trait;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QueryTrait as _,
};

use crate::{
    data::ledger::{StepState, counts, has_table, moved, steps},
    ddl::quote_text,
    history::Result,
    verify::{Ask, Asking, Check, Found, Row, asking::key_of},
};

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::custom(
            "rows:proven",
            "every data step that has run is at its end and proven",
            Proven,
        )
        .help("`seawright data run`, then `seawright data verify`"),
        Check::custom(
            "rows:accounted",
            "every row that a run took out of a table is migrated, archived or in quarantine",
            Accounted,
        )
        .help("compare with a backup: the rows are in none of seawright_data_rows and their table"),
        Check::custom(
            "rows:kept",
            "no table has fewer rows now than after the last run",
            Kept,
        )
        .help("rows that the application has deleted since are meant to be gone: leave it out then with --except rows:kept"),
    ]
}

struct Proven;

#[async_trait]
impl Ask for Proven {
    async fn ask(&self, asking: &Asking<'_>) -> Result<Found> {
        if !asking.has_ledger().await? {
            return Ok(none());
        }
        let open = steps::Entity::find()
            .filter(steps::Column::State.is_in([StepState::Running, StepState::Done]))
            .order_by_asc(steps::Column::Step);
        let mut found = Found::by(open.build(asking.db().get_database_backend()).to_string());
        found.looked_at = asking.count("seawright_data_steps").await?;
        for step in open.all(asking.db()).await? {
            let how = match step.state {
                StepState::Running => "it is not at its end",
                _ => "it is at its end and not proven",
            };
            found.add(Row::new("seawright_data_steps", step.step).because(how));
        }
        Ok(found)
    }
}

/// The newest count of every table.
async fn counted(asking: &Asking<'_>) -> Result<Option<(BTreeMap<String, counts::Model>, String)>> {
    // Both are made together, but an adoption writes counts only.
    if !has_table(asking.db(), "seawright_row_counts").await? {
        return Ok(None);
    }
    let all = counts::Entity::find().order_by_asc(counts::Column::Run);
    let query = all.build(asking.db().get_database_backend()).to_string();
    let mut newest = BTreeMap::new();
    for count in all.all(asking.db()).await? {
        newest.insert(count.table_name.clone(), count);
    }
    Ok(Some((newest, query)))
}

fn none() -> Found {
    Found {
        note: Some("no run has kept an account".into()),
        ..Found::default()
    }
}

struct Accounted;

#[async_trait]
impl Ask for Accounted {
    async fn ask(&self, asking: &Asking<'_>) -> Result<Found> {
        let Some((counted, query)) = counted(asking).await? else {
            return Ok(none());
        };
        let mut found = Found::by(query);
        let (mut unchanged, mut moved_out, mut held) = (0, 0, 0);
        for (table, count) in &counted {
            let (Some(before), after) = (count.rows_before, count.rows_after) else {
                continue;
            };
            let before = u64::try_from(before).unwrap_or(0);
            let left = before.min(u64::try_from(after.unwrap_or(0)).unwrap_or(0));
            let (gone, quarantined) = accounts(asking, table, after.is_some()).await?;
            found.looked_at += before;
            unchanged += left;
            moved_out += gone;
            held += quarantined;
            let lost = (before - left).saturating_sub(gone + quarantined);
            if lost > 0 {
                found.total += lost;
                found.rows.push(Row::new(table, "").because(format!(
                    "{before} rows before `{}`, {left} after it, {gone} migrated or archived, {quarantined} in quarantine: {lost} unaccounted for",
                    count.command
                )));
            }
        }
        found.rows.truncate(super::super::SHOWN);
        found.note = Some(format!(
            "{unchanged} in their tables, {moved_out} migrated or archived, {held} in quarantine"
        ));
        Ok(found)
    }
}

/// How many rows the ledger has of a table that are not in it: migrated or archived, and in quarantine.
async fn accounts(asking: &Asking<'_>, table: &str, is_there: bool) -> Result<(u64, u64)> {
    if !asking.has_ledger().await? {
        return Ok((0, 0));
    }
    let not_there = match (is_there, key_of(asking, table).await?) {
        (true, Some(key)) => format!(
            " AND NOT EXISTS (SELECT 1 FROM {} WHERE {key} = kept.row_key)",
            crate::ddl::quote(table)
        ),
        _ => String::new(),
    };
    let number = |outcomes: &str| {
        asking.number(format!(
            "SELECT count(*) FROM {} AS kept WHERE kept.source_table = {} AND kept.outcome IN ({outcomes}){not_there}",
            sea_orm::EntityName::table_name(&moved::Entity),
            quote_text(table)
        ))
    };
    Ok((
        number("'migrated', 'archived'").await?,
        number("'quarantined', 'accepted'").await?,
    ))
}

struct Kept;

#[async_trait]
impl Ask for Kept {
    async fn ask(&self, asking: &Asking<'_>) -> Result<Found> {
        let Some((counted, query)) = counted(asking).await? else {
            return Ok(none());
        };
        let mut found = Found::by(query);
        for (table, count) in counted {
            let Some(after) = count.rows_after.and_then(|after| u64::try_from(after).ok()) else {
                continue;
            };
            found.looked_at += after;
            let now = if has_table(asking.db(), &table).await? {
                asking.count(&table).await?
            } else {
                0
            };
            if now < after {
                found.total += after - now;
                found.rows.push(Row::new(table, "").because(format!(
                    "{after} rows after `{}`, {now} now: {} missing",
                    count.command,
                    after - now
                )));
            }
        }
        found.rows.truncate(super::super::SHOWN);
        Ok(found)
    }
}
