//! `conditional_actions`: what would go round for ever goes, and what is missing for a message is filled in.

use std::collections::{BTreeSet, HashMap, HashSet};

use async_trait::async_trait;
use entity::{
    events::{
        ConditionalActionType,
        conditional_actions::{ActiveModel, Column, Entity, Model},
        events::{self, Column as Event},
        follow_ups::{Fault, FollowUp, faults, is_blank as is_blank_text, names_someone},
    },
    tools::{
        ToolType,
        tool_credentials::{self, Column as Tool},
    },
    values::Stored,
};
use sea_orm::{
    ActiveEnum as _,
    ActiveValue::{Set, Unchanged},
    ColumnTrait as _, DatabaseTransaction, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _, Select,
    sea_query::{Expr, ExprTrait as _, Func, JoinType, Query, SelectStatement, UnionType},
};
use seawright::data::{Batch, DataError, DataMigration, Invariant};

use super::{MANY, any_of, cycles, is_blank};

/// The name of the step that checks the follow-up actions.
pub const CONDITIONAL_ACTIONS: &str = "m20261124_130320_conditional_actions";

/// The columns that name the event that an action follows.
const FOLLOWED: [Column; 4] = [
    Column::SuccessEventId,
    Column::FailEventId,
    Column::AlwaysEventId,
    Column::ConditionEventId,
];

/// The name of an event that is not there; it is asked for when the message is sent.
const NAMELESS: &str = "{{cronium.event.name}}";

/// Looks for actions that cannot do what they are for, and fills in what a message needs and can be known.
///
/// - An action that runs events over and over goes into quarantine and out of the table: each run would begin the next, at once
///   and for ever.
/// - One that runs an event and has none, or one that sends a message and has no tool, no fitting one, no text or no recipient,
///   goes into quarantine and stays in the table: it does no harm, its owner sees it there, and can complete it.
/// - An e-mail without addresses gets those that the REST API copied into `value`; one without a subject the subject that it
///   would have been sent with.
///
/// Which action of a cycle goes, and what a message needs, `entity::events::follow_ups` says.
#[derive(Clone, Copy, Debug)]
pub struct ConditionalActions;

#[async_trait]
impl DataMigration for ConditionalActions {
    type Source = Entity;

    fn pending(&self) -> Select<Entity> {
        let others = [of_themselves(), closing(), unsendable(), incomplete()];
        Entity::find().filter(Column::Id.in_subquery(any_of(without_target(), others)))
    }

    fn looks_for_faults(&self) -> bool {
        true
    }

    /// What an action is judged by is older than itself: in the order of the ids, no batch leaves a rest behind.
    fn parallel(&self) -> bool {
        false
    }

    async fn migrate(&self, batch: &mut Batch<'_, Entity>) -> Result<(), DataError> {
        let db = batch.transaction();
        let faults = faulty(db, batch.rows()).await?;
        let tools = tools(db, batch.rows()).await?;
        let names = names(db, batch.rows()).await?;
        let (mut gone, mut mended) = (Vec::new(), Vec::new());
        for (row, action) in batch.rows().to_vec().into_iter().enumerate() {
            if let Some(fault) = faults.get(&action.id) {
                batch.quarantined(row, fault.to_string());
                if fault.is_endless() {
                    gone.push(action);
                }
            } else if action.r#type == ConditionalActionType::SendMessage {
                let name = seen(&action).follows().next().and_then(|event| names.get(&event));
                let name = name.map_or(NAMELESS, String::as_str);
                let tool = action.tool_id.and_then(|tool| tools.get(&tool));
                match seen(&action).message(tool, name) {
                    // A row in quarantine stays as it is, or it would be taken for one that somebody has changed.
                    Err(reason) => batch.quarantined(row, reason.to_string()),
                    Ok(_) => mended.push(completed(&action, name)),
                }
            }
        }
        batch.delete::<Entity>(&gone).await?;
        batch.update(mended).await?;
        Ok(())
    }

    fn invariants(&self) -> Vec<Invariant> {
        vec![
            Invariant::none("an action that runs the event that it follows", of_themselves()),
            Invariant::none("an action that closes a cycle of events", closing()),
            Invariant::none("an e-mail that could be sent and has no subject", incomplete()),
        ]
    }
}

/// What the rules look at, from the row as it is at this point of the history.
fn seen(action: &Model) -> FollowUp<'_> {
    FollowUp {
        id: action.id,
        r#type: &action.r#type,
        value: action.value.as_deref(),
        success_event_id: action.success_event_id,
        fail_event_id: action.fail_event_id,
        always_event_id: action.always_event_id,
        condition_event_id: action.condition_event_id,
        target_event_id: action.target_event_id,
        message: action.message.as_deref(),
        email_addresses: action.email_addresses.as_deref(),
        email_subject: action.email_subject.as_deref(),
    }
}

/// What is missing for an e-mail.
fn completed(action: &Model, event_name: &str) -> ActiveModel {
    let mut completed = ActiveModel {
        id: Unchanged(action.id),
        ..Default::default()
    };
    if !action.email_addresses.as_deref().is_some_and(names_someone) {
        completed.email_addresses = Set(action.value.clone());
    }
    if action.email_subject.as_deref().is_none_or(is_blank_text) {
        completed.email_subject = Set(Some(seen(action).default_subject(event_name)));
    }
    completed
}

/// The faults of all actions that run an event, if there are such in the batch.
async fn faulty(db: &DatabaseTransaction, rows: &[Model]) -> Result<std::collections::BTreeMap<i32, Fault>, DbErr> {
    if !rows.iter().any(|action| action.r#type == ConditionalActionType::Script) {
        return Ok(std::collections::BTreeMap::new());
    }
    let script = Column::Type.eq(ConditionalActionType::Script.to_value());
    let all = Entity::find().filter(script.clone()).all(db).await?;
    let targets = Entity::find()
        .select_only()
        .column(Column::TargetEventId)
        .filter(script)
        .filter(Column::TargetEventId.is_not_null());
    let there: HashSet<i32> = events::Entity::find()
        .select_only()
        .column(Event::Id)
        .filter(Event::Id.in_subquery(sea_orm::QueryTrait::into_query(targets)))
        .into_tuple::<i32>()
        .all(db)
        .await?
        .into_iter()
        .collect();
    Ok(faults(all.iter().map(seen), |event| there.contains(&event)))
}

async fn tools(db: &DatabaseTransaction, rows: &[Model]) -> Result<HashMap<i32, Stored<ToolType>>, DbErr> {
    let ids: BTreeSet<i32> = rows.iter().filter_map(|action| action.tool_id).collect();
    let ids: Vec<i32> = ids.into_iter().collect();
    let mut tools = HashMap::new();
    for some in ids.chunks(MANY) {
        let some = tool_credentials::Entity::find()
            .select_only()
            .columns([Tool::Id, Tool::Type])
            .filter(Tool::Id.is_in(some.iter().copied()))
            .into_tuple::<(i32, Stored<ToolType>)>();
        tools.extend(some.all(db).await?);
    }
    Ok(tools)
}

/// The names of the events that messages follow.
async fn names(db: &DatabaseTransaction, rows: &[Model]) -> Result<HashMap<i32, String>, DbErr> {
    let sends = rows
        .iter()
        .filter(|action| action.r#type == ConditionalActionType::SendMessage);
    let ids: BTreeSet<i32> = sends.flat_map(|action| seen(action).follows()).collect();
    let ids: Vec<i32> = ids.into_iter().collect();
    let mut names = HashMap::new();
    for some in ids.chunks(MANY) {
        let some = events::Entity::find()
            .select_only()
            .columns([Event::Id, Event::Name])
            .filter(Event::Id.is_in(some.iter().copied()))
            .into_tuple::<(i32, String)>();
        names.extend(some.all(db).await?);
    }
    Ok(names)
}

fn action(column: Column) -> Expr {
    Expr::col((Entity, column))
}

/// The ids of the actions of a type.
fn of_type(kind: ConditionalActionType) -> SelectStatement {
    Query::select()
        .column((Entity, Column::Id))
        .from(Entity)
        .and_where(action(Column::Type).eq(kind.to_value()))
        .take()
}

fn without_target() -> SelectStatement {
    of_type(ConditionalActionType::Script)
        .join(
            JoinType::LeftJoin,
            events::Entity,
            Expr::col((events::Entity, Event::Id)).equals((Entity, Column::TargetEventId)),
        )
        .and_where(Expr::col((events::Entity, Event::Id)).is_null())
        .take()
}

fn of_themselves() -> SelectStatement {
    let target = || action(Column::TargetEventId);
    let [first, others @ ..] = FOLLOWED;
    let any = others.into_iter().fold(target().eq(action(first)), |any, column| {
        any.or(target().eq(action(column)))
    });
    of_type(ConditionalActionType::Script).and_where(any).take()
}

/// All events and all actions that run one are one graph; an action may have an arc from each event that it follows.
fn closing() -> SelectStatement {
    let arcs = |column: Column| {
        let mut arcs = of_type(ConditionalActionType::Script);
        arcs.expr_as(Expr::cust("1"), "graph")
            .expr_as(action(column), "source")
            .expr_as(action(Column::TargetEventId), "target")
            .and_where(action(column).is_not_null())
            .and_where(action(Column::TargetEventId).is_not_null());
        arcs
    };
    let [first, others @ ..] = FOLLOWED;
    let mut all = arcs(first);
    for column in others {
        all.union(UnionType::All, arcs(column));
    }
    cycles::closing(&all)
}

fn tool_type() -> Expr {
    Expr::col((tool_credentials::Entity, Tool::Type))
}

/// The ids of the actions that send a message, with their tools.
fn messages() -> SelectStatement {
    of_type(ConditionalActionType::SendMessage)
        .join(
            JoinType::LeftJoin,
            tool_credentials::Entity,
            Expr::col((tool_credentials::Entity, Tool::Id)).equals((Entity, Column::ToolId)),
        )
        .take()
}

fn is_email() -> Expr {
    tool_type().eq(ToolType::Email.to_value())
}

/// Whether a column holds an address, or a placeholder that becomes one.
fn holds_address(column: Column) -> Expr {
    let text = || Expr::from(Func::coalesce([action(column), Expr::val("")]));
    text().like("%@%").or(text().like("%{{%"))
}

fn unsendable() -> SelectStatement {
    let sends = [ToolType::Email, ToolType::Slack, ToolType::Discord].map(|kind| kind.to_value());
    let to_nobody = is_email().and(holds_address(Column::EmailAddresses).not());
    messages()
        .and_where(
            tool_type()
                .is_null()
                .or(tool_type().is_not_in(sends))
                .or(is_blank(action(Column::Message)))
                .or(to_nobody),
        )
        .take()
}

/// E-mails that lack their subject and nothing else.
fn incomplete() -> SelectStatement {
    messages()
        .and_where(is_email())
        .and_where(is_blank(action(Column::EmailSubject)))
        .and_where(is_blank(action(Column::Message)).not())
        .and_where(holds_address(Column::EmailAddresses).or(holds_address(Column::Value)))
        .take()
}
