//! Every table is there as it is declared, in all its columns, keys and indexes.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    history::{Result, State, compare},
    schema::Schema,
    verify::{Ask, Asking, Check, Found, Row},
};

const HELP: &str = "`seawright drift` says which SQL would end each difference";

pub(super) fn checks(built: &Arc<Schema>) -> Vec<Check> {
    let of_tables = built.tables.iter().map(|table| {
        let ask = OfTable {
            built: Arc::clone(built),
            table: Some(table.name.clone()),
        };
        Check::custom(
            format!("schema:{}", table.name),
            format!(
                "`{}` has the columns, keys and indexes that its entity declares",
                table.name
            ),
            ask,
        )
        .help(HELP)
    });
    let others = OfTable {
        built: Arc::clone(built),
        table: None,
    };
    let others = Check::custom(
        "schema:(others)",
        "there is no table and no enumeration type beside the declared ones",
        others,
    );
    of_tables.chain([others.help(HELP)]).collect()
}

struct OfTable {
    built: Arc<Schema>,
    /// The table; none for all that is not declared.
    table: Option<String>,
}

#[async_trait]
impl Ask for OfTable {
    async fn ask(&self, asking: &Asking<'_>) -> Result<Found> {
        let live = asking.schema().await?;
        let report = compare(&self.built, &live);
        let mut found = Found::default();
        for table in &report.tables {
            let is_declared = self.built.table(&table.table).is_some();
            let is_asked = self.table.as_ref().map_or(!is_declared, |asked| *asked == table.table);
            if !is_asked {
                continue;
            }
            for object in &table.objects {
                found.looked_at += 1;
                if object.state == State::AsExpected {
                    continue;
                }
                let how = match object.state {
                    State::Missing => "is missing",
                    State::Extra => "is there and not declared",
                    _ => "is different",
                };
                let reason = format!("{} {how}: {}", object.kind, object.how);
                let name = match object.kind {
                    "column" => format!("{}.{}", table.table, object.name),
                    _ => object.name.clone(),
                };
                found.add(Row::new("", name).because(reason));
            }
        }
        Ok(found)
    }
}
