//! `events` with a script: from the legacy executor's helpers to the runtime API.

mod bash;
mod edits;
mod nodejs;
mod python;
mod remarks;
mod rewriter;
mod syntax;

use async_trait::async_trait;
use entity::{
    events::{
        EventType, Tags,
        events::{self, Column as Event},
    },
    values::Document,
};
use sea_orm::{
    ActiveEnum as _,
    ActiveValue::{NotSet, Set, Unchanged},
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, Select,
    sea_query::{Condition, Expr, ExprTrait as _, Func, Query, SelectStatement},
};
use seawright::data::{Batch, DataError, DataMigration, Invariant, Outcome, ledger::moved};

pub use remarks::Remark;
pub use rewriter::{Language, Rewrite, Rewriter};

/// The name of the step that moves the scripts to the runtime API.
pub const RUNTIME_API: &str = "m20261124_130000_runtime_api";

/// The tag of an event whose script speaks to the runtime API.
const TAG: &str = "runtime:api";
/// The tag of an event that a person has to look at.
const REVIEW: &str = "needs:review";

/// Rewrites the scripts of events for the runtime API and gives the events the tag `runtime:api`.
///
/// The old executor is gone, so every script event gets the tag, whatever its script is. What the API has no counterpart
/// for stays as it is, and so does a script that can't be read as a whole: such events get the tag `needs:review` too, and
/// a line in the report. `updated_at` stays: nobody has edited the event.
#[derive(Clone, Copy, Debug)]
pub struct EventsToRuntimeApi;

#[async_trait]
impl DataMigration for EventsToRuntimeApi {
    type Source = events::Entity;

    /// The script events that don't carry the tag exactly once.
    fn pending(&self) -> Select<events::Entity> {
        events::Entity::find()
            .filter(is_script())
            .filter(Condition::not(carries_once(TAG)))
    }

    async fn migrate(&self, batch: &mut Batch<'_, Self::Source>) -> Result<(), DataError> {
        let done = rewrite_all(batch.rows())?;
        let mut changed = Vec::with_capacity(done.len());
        for (row, done) in done.into_iter().enumerate() {
            match done {
                Ok((event, remarks)) => {
                    changed.push(event);
                    if !remarks.is_empty() {
                        batch.note(row, remarks);
                    }
                }
                Err(reason) => batch.quarantined(row, reason),
            }
        }
        batch.update(changed).await?;
        Ok(())
    }

    /// That no other event carries the tag because of this step has no query: a person may have given it to any. The step
    /// reads and writes script events only.
    fn invariants(&self) -> Vec<Invariant> {
        vec![Invariant::none(
            "a script event, not in quarantine, that does not carry the tag `runtime:api` exactly once",
            untagged(),
        )]
    }
}

/// What becomes of an event: its changes and what there is to say about them, or why it has to wait.
type Done = Result<(events::ActiveModel, String), String>;

fn rewrite_all(events: &[events::Model]) -> Result<Vec<Done>, DataError> {
    let mut rewriter =
        Rewriter::new().map_err(|error| DataError::Failed(format!("a grammar cannot be used: {error}")))?;
    Ok(events.iter().map(|event| rewrite(&mut rewriter, event)).collect())
}

fn rewrite(rewriter: &mut Rewriter, event: &events::Model) -> Done {
    let Some(Tags(tags)) = event.tags.known() else {
        return Err(
            "its tags are no list of texts, so no tag could be added; make them one, for example `[]`".to_owned(),
        );
    };
    let language = match event.r#type.known() {
        Some(EventType::Bash) => Language::Bash,
        Some(EventType::Python) => Language::Python,
        Some(EventType::Nodejs) => Language::NodeJs,
        Some(EventType::HttpRequest | EventType::ToolAction) | None => {
            return Err("it is no script any more".to_owned());
        }
    };
    let script = event.content.as_deref().filter(|script| !script.is_empty());
    let rewritten = script.map(|script| rewriter.rewrite(language, script));
    let remarks = rewritten.iter().flat_map(|rewritten| &rewritten.remarks);
    let remarks: Vec<String> = remarks.map(Remark::to_string).collect();
    let content = rewritten
        .map(|rewritten| rewritten.text)
        .filter(|text| Some(text.as_str()) != script);
    let changed = events::ActiveModel {
        id: Unchanged(event.id),
        content: content.map_or(NotSet, |content| Set(Some(content))),
        tags: Set(Document::Known(tagged(tags, !remarks.is_empty()))),
        ..Default::default()
    };
    Ok((changed, remarks.join("; ")))
}

/// The tags in their order, with the tag of the runtime API once.
fn tagged(tags: &[String], review: bool) -> Tags {
    let mut tagged = Tags::default();
    for tag in tags {
        if tag != TAG || !tagged.contains(TAG) {
            tagged.0.push(tag.clone());
        }
    }
    tagged.insert(TAG);
    if review {
        tagged.insert(REVIEW);
    }
    tagged
}

fn is_script() -> Expr {
    Event::Type.is_in(EventType::SCRIPTS.map(|script| script.to_value()))
}

/// Whether the tags hold a tag exactly once, as a list or as a text of one.
///
/// It is looked for in the text of the JSON, which every database has: there it stands in quotes, and quotes within a tag
/// have a backslash before them. LIKE would take `RUNTIME:API` for it on SQLite.
fn carries_once(tag: &str) -> Condition {
    let text = || Event::Tags.into_expr().cast_as("text");
    let first = || Expr::from(Func::cust("substr").args([text(), Expr::val(1), Expr::val(1)]));
    let once = |token: &str| {
        let without = Func::cust("replace").args([text(), Expr::val(token), Expr::val("")]);
        let length = i32::try_from(token.chars().count()).unwrap_or(i32::MAX);
        Expr::from(Func::char_length(text()))
            .sub(Func::char_length(Expr::from(without)))
            .eq(length)
    };
    let list = Condition::all().add(first().eq("[")).add(once(&format!("\"{tag}\"")));
    let text_of_list = Condition::all()
        .add(first().eq("\""))
        .add(once(&format!("\\\"{tag}\\\"")));
    Condition::any().add(list).add(text_of_list)
}

fn untagged() -> SelectStatement {
    let in_quarantine = Query::select()
        .expr(Expr::val(1))
        .from(moved::Entity)
        .and_where(moved::Column::Step.eq(RUNTIME_API))
        .and_where(moved::Column::Outcome.is_in([Outcome::Quarantined, Outcome::Accepted]))
        .and_where(Expr::col((moved::Entity, moved::Column::RowKey)).eq(Event::Id.into_expr().cast_as("text")))
        .take();
    Query::select()
        .column((events::Entity, Event::Id))
        .from(events::Entity)
        .and_where(is_script())
        .cond_where(Condition::not(carries_once(TAG)))
        .and_where(Expr::exists(in_quarantine).not())
        .take()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tags_keep_their_order_and_get_the_new_one_once() {
        let tags = |tags: &[&str]| tags.iter().map(|&tag| tag.to_owned()).collect::<Vec<_>>();
        assert_eq!(tagged(&tags(&["b", "a", "b"]), false).0, ["b", "a", "b", TAG]);
        assert_eq!(tagged(&tags(&[TAG, "a", TAG]), true).0, [TAG, "a", REVIEW]);
        assert_eq!(
            tagged(&tags(&[REVIEW, "runtime:api2"]), true).0,
            [REVIEW, "runtime:api2", TAG]
        );
    }
}
