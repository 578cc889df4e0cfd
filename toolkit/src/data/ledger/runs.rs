//! One run of a data step, over all its workers, hosts and interruptions: `seawright_data_runs`.

use sea_orm::entity::prelude::*;

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum RunState {
    /// Not at its end; whether a process is at work, its leases say.
    #[sea_orm(string_value = "running")]
    Running,
    /// No row was left.
    #[sea_orm(string_value = "done")]
    Done,
    /// Stopped by an error; the next command goes on with it.
    #[sea_orm(string_value = "failed")]
    Failed,
    /// Called off by a person; the next command goes on with it.
    #[sea_orm(string_value = "cancelled")]
    Cancelled,
    /// Taken back.
    #[sea_orm(string_value = "reverted")]
    Reverted,
    /// Done, and its before-images thrown away: there is no way back any more.
    #[sea_orm(string_value = "pruned")]
    Pruned,
}

/// What a person has asked of a run, from whatever terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum Control {
    /// To go on.
    #[sea_orm(string_value = "go")]
    Go,
    /// To wait, holding nothing.
    #[sea_orm(string_value = "pause")]
    Pause,
    /// To end after the batch that it is at.
    #[sea_orm(string_value = "cancel")]
    Cancel,
}

/// One row a run.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seawright_data_runs")]
pub struct Model {
    /// When it began, UTC, in microseconds since 1970: what names the run.
    #[sea_orm(primary_key, auto_increment = false)]
    pub run: i64,
    /// The step.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub step: String,
    /// How far it has come.
    pub state: RunState,
    /// What a person has asked of it.
    pub control: Control,
    /// What the migration takes for now, UTC.
    pub as_of: DateTime,
    /// When it began, UTC.
    pub started_at: DateTime,
    /// When it came to its end, UTC.
    pub finished_at: Option<DateTime>,
    /// Where it began: host and process.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub begun_by: String,
    /// The toolkit's version.
    #[sea_orm(column_type = "String(StringLen::N(40))")]
    pub tool: String,
    /// The rows that needed it when it began.
    pub pending: i64,
    /// The rows that were worked on in passes that have ended.
    pub worked: i64,
    /// The key up to which ranges have been given out in this pass, as a JSON list of texts.
    #[sea_orm(column_type = "Text")]
    pub frontier: Option<String>,
    /// Whether all ranges of this pass have been given out.
    pub exhausted: bool,
    /// How often the table has been gone through, from 1.
    pub pass: i32,
    /// Rows a batch, as last learned.
    pub batch: i64,
    /// Why it failed.
    #[sea_orm(column_type = "Text")]
    pub reason: Option<String>,
}

/// None: the ledger stands for itself.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
