//! What is kept of entities, case by case: the entities before and after, a data migration, what comes of it.

use std::path::Path;

use super::{
    Freeze, FreezeError, Request, Shapes,
    plan::{Crates, freeze_in},
    sources::Sources,
};

const ENTITIES: &str = r#"
pub mod values {
    pub struct Stored<T>(T);
    impl Stored<String> {
        pub fn text(&self) -> &str { &self.0 }
        pub fn of_event(event: &crate::events::Model) -> Self { Self(event.name.clone()) }
    }
}
pub mod events {
    use sea_orm::entity::prelude::*;
    use crate::{jobs, values::Stored};
    #[sea_orm::model]
    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "events")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        pub status: Stored<String>,
        pub r#type: Option<String>,
        pub content: Option<String>,
        #[sea_orm(has_many)]
        pub jobs: HasMany<jobs::Entity>,
    }
    impl Model {
        pub fn is_due(&self) -> bool { self.name.is_empty() }
    }
}
pub mod jobs {
    use sea_orm::entity::prelude::*;
    #[sea_orm::model]
    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "jobs")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub event_id: i32,
        pub error: Option<String>,
    }
}
pub mod rules {
    pub fn describe(event: &crate::events::Model) -> String { event.name.clone() }
    pub fn queue() -> u8 { waiting() }
    fn waiting() -> u8 { let _ = crate::jobs::Column::Id; 0 }
    pub fn clip(text: &str) -> &str { text }
    pub struct Named<'e> { pub name: &'e str, pub content: usize }
    impl<'e> From<&'e crate::events::Model> for Named<'e> {
        fn from(event: &'e crate::events::Model) -> Self { Self { name: &event.name, content: 0 } }
    }
    impl Named<'_> { pub fn greets(&self) -> bool { true } }
    pub fn greet<'e>(named: impl Into<Named<'e>>) -> bool { named.into().greets() }
}
"#;

/// The change that most cases are about.
const CONTENT: &str = "        pub content: Option<String>,\n";

/// What comes of a change of the entities, for a data migration whose body that is.
fn frozen(change: (&str, &str), migration: &str) -> Result<Freeze, FreezeError> {
    let data = format!(
        "pub mod shared {{ pub fn nothing() {{}} }}
pub mod newer {{ use entity::events; fn f(event: &events::Model) {{ event.content; }} }}
pub mod claims {{
    pub const STEP: &str = \"m20260101_000000_claims\";
    pub struct Claims;
{migration}
}}
"
    );
    in_crates(change, &data, &[])
}

fn in_crates(change: (&str, &str), data: &str, keep_live: &[&str]) -> Result<Freeze, FreezeError> {
    assert_eq!(ENTITIES.matches(change.0).count(), 1, "{}", change.0);
    in_crates_of(ENTITIES, &ENTITIES.replace(change.0, change.1), data, keep_live)
}

fn in_crates_of(before: &str, after: &str, data: &str, keep_live: &[&str]) -> Result<Freeze, FreezeError> {
    let before = Shapes::of(&Sources::of_text("entity", before));
    let mut entities = Sources::of_text("entity", after);
    let after = Shapes::of(&entities);
    for path in before.entities.keys() {
        entities.ensure(&path.split("::").map(str::to_owned).collect::<Vec<_>>());
    }
    let list = "impl MigratorTrait for Migrator { fn migrations() -> Vec<Box<dyn MigrationTrait>> { vec![
        Box::new(DataStep::new(data::claims::STEP, data::claims::Claims)),
    ] } }";
    let crates = Crates {
        all: vec![
            entities,
            Sources::of_text("data", data),
            Sources::of_text("migration", list),
        ],
        after,
    };
    let keep_live: Vec<String> = keep_live.iter().map(|name| (*name).to_owned()).collect();
    let nowhere = Path::new("nowhere");
    let request = Request {
        entities: nowhere,
        migration: nowhere,
        data: nowhere,
        before: &before,
        by: "m20260202_000000_less",
        keep_live: &keep_live,
        format: &str::to_owned,
    };
    freeze_in(&request, &crates)
}

/// What is kept: `table: columns`.
fn kept(freeze: &Freeze) -> Vec<String> {
    let entities = freeze.frozen.iter().flat_map(|frozen| &frozen.entities);
    entities
        .map(|entity| format!("{}: {}", entity.table, entity.columns.join(" ")))
        .collect()
}

/// What a data migration's body keeps of the entities when `content` goes.
fn keeps(migration: &str) -> Vec<String> {
    kept(&frozen((CONTENT, ""), migration).unwrap())
}

/// Why nothing is kept for that body when `content` goes.
fn obstacles(migration: &str) -> Vec<String> {
    match frozen((CONTENT, ""), migration) {
        Err(FreezeError::Obstacles(obstacles)) => obstacles
            .into_iter()
            .map(|obstacle| format!("{}: {}", obstacle.place, obstacle.what))
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_columns_that_are_named_are_kept_and_the_key() {
    let columns = "use entity::events::{self, Column as Event}; fn f() { Event::Name.eq(1); events::Column::Type; }";
    assert_eq!(keeps(columns), ["events: id name type"]);
    let fields = "use entity::events; fn f(event: &events::Model) { g(&event.content); vec![event.r#type]; }";
    assert_eq!(keeps(fields), ["events: content id type"]);
    let taken_apart = "use entity::events::Model as E; fn f(E { content, .. }: E) {}";
    assert_eq!(keeps(taken_apart), ["events: content id"]);
    let made = "use entity::{events, jobs}; fn f() { events::Entity; jobs::ActiveModel { error: Set(None), ..Default::default() }; }";
    assert_eq!(keeps(made), ["events: id", "jobs: error id"]);
    let set = "use entity::events; fn f() { events::ActiveModel::builder().set_name(1); }";
    assert_eq!(keeps(set), ["events: id name"]);
}

#[test]
fn rows_that_are_used_as_a_whole_keep_all_columns() {
    let all = ["events: content id name status type"];
    assert_eq!(
        keeps("use entity::events; fn f(event: events::Model) { event.into_active_model(); }"),
        all
    );
    assert_eq!(keeps("use entity::events; fn f() { events::Column::iter(); }"), all);
}

#[test]
fn a_column_that_is_new_is_no_column_of_the_past() {
    let new = (
        CONTENT,
        "        pub content: Option<String>,\n        pub owner: Option<i32>,\n",
    );
    let freeze = frozen(new, "use entity::events; type Source = events::Entity;").unwrap();
    assert_eq!(kept(&freeze), ["events: id"]);
    assert_eq!(freeze.frozen[0].entities[0].changes, ["`owner` is new"]);
}

#[test]
fn the_whole_entity_may_go() {
    let start = ENTITIES.find("pub mod jobs {").unwrap();
    let jobs = &ENTITIES[start..ENTITIES.find("pub mod rules").unwrap()];
    let migration = "fn f(job: &entity::jobs::Model) { job.error; }";
    // What used it in the entities' crate is gone too.
    let freeze = frozen((jobs, ""), migration).unwrap();
    assert_eq!(kept(&freeze), ["jobs: error id"]);
    assert_eq!(freeze.frozen[0].entities[0].changes, ["the entity is gone"]);
}

#[test]
fn nothing_is_kept_for_what_is_not_concerned() {
    // It uses another entity; it is not in the list, as `newer` never is; or nobody sees the change.
    assert!(keeps("use entity::jobs; fn f() { jobs::Entity; }").is_empty());
    assert!(keeps("fn f() { crate::shared::nothing(); }").is_empty());
    let key = (
        CONTENT,
        "        #[sea_orm(indexed, default_value = \"x\")]\n        pub content: Option<String>,\n",
    );
    let freeze = frozen(
        key,
        "use entity::events; fn f(event: &events::Model) { event.content; }",
    )
    .unwrap();
    assert!(freeze.files.is_empty() && freeze.frozen.is_empty());
}

#[test]
fn modules_that_share_rows_share_what_is_kept() {
    let data = "
mod claims {
    pub const STEP: &str = \"m20260101_000000_claims\";
    pub struct Claims;
    use entity::events;
    fn f(event: &events::Model) { crate::texts::text(event); }
}
mod texts {
    use entity::events;
    pub fn text(event: &events::Model) { event.content; }
}
";
    let freeze = in_crates((CONTENT, ""), data, &[]).unwrap();
    assert_eq!(freeze.frozen.len(), 1);
    assert_eq!(freeze.frozen[0].modules, ["claims", "texts"]);
    let (_, library) = &freeze.files[1];
    assert_eq!(
        library.matches("use crate::claims_frozen::events;").count(),
        2,
        "{library}"
    );
    assert!(library.contains("mod claims_frozen;\n"), "{library}");
}

#[test]
fn a_rule_that_takes_rows_of_today_cannot_be_kept() {
    assert_eq!(
        obstacles(
            "use entity::{events, rules::{clip, describe}};\nfn f(event: &events::Model) { describe(event); clip(\"\"); }"
        ),
        [
            "data/src/lib.rs:6: `describe` (entity/src/lib.rs:41) works with `events` of today, which changed (and in 1 more place)"
        ]
    );
    assert_eq!(
        obstacles("use entity::events;\nfn f(event: &events::Model) { event.is_due(); }"),
        ["data/src/lib.rs:7: `is_due` (entity/src/lib.rs:25) works with `events` of today, which changed"]
    );
    assert_eq!(
        obstacles(
            "use entity::events;\nfn f(event: &events::Model) { entity::values::Stored::of_event(event).text(); }"
        ),
        ["data/src/lib.rs:7: `Stored::of_event` (entity/src/lib.rs:6) works with `events` of today, which changed"]
    );
}

#[test]
fn a_rule_that_takes_values_is_followed_on() {
    let migration = "use entity::{events, rules::{Named, greet}};
fn f(event: &events::Model) { let named = Named { name: &event.name, content: 0 }; named.greets(); greet(named); }";
    let freeze = frozen((CONTENT, ""), migration).unwrap();
    // The fields of the values are none of the row's.
    assert_eq!(kept(&freeze), ["events: id name"]);
    assert!(freeze.frozen[0].live.is_empty());
}

#[test]
fn what_history_and_the_living_describe_each_for_itself_is_kept_for_history_alone() {
    let data = "
mod claims {
    pub const STEP: &str = \"m20260101_000000_claims\";
    pub struct Claims;
    pub trait Holds { type Table; const OWNER: u8; }
    struct Events;
    impl Holds for Events { type Table = entity::events::Entity; const OWNER: u8 = entity::events::Column::Name; }
}
mod rotation {
    use crate::claims::Holds;
    struct Events;
    impl Holds for Events { type Table = entity::events::Entity; const OWNER: u8 = entity::events::Column::Status; }
}
";
    let freeze = in_crates((CONTENT, ""), data, &[]).unwrap();
    assert_eq!(kept(&freeze), ["events: id name"]);
    let (_, library) = &freeze.files[1];
    let (history, living) = library.split_once("mod rotation").unwrap();
    assert!(history.contains("type Table = crate::claims"), "{library}");
    assert!(living.contains("type Table = entity::events::Entity"), "{library}");
}

#[test]
fn relations_cannot_be_kept() {
    let related = "use entity::{events, jobs};\nfn f() { events::Entity::find().find_also_related(jobs::Entity); }";
    assert_eq!(
        obstacles(related),
        [
            "data/src/lib.rs:7: `find_also_related`, by the relations between entities, works with `events` of today, which changed"
        ]
    );
}

#[test]
fn a_rule_about_what_has_not_changed_leaves_that_as_it_is() {
    let migration =
        "use entity::{events, jobs, rules};\nfn f(event: &events::Model) { event.name; jobs::Entity; rules::queue(); }";
    let freeze = frozen((CONTENT, ""), migration).unwrap();
    assert_eq!(kept(&freeze), ["events: id name"]);
    assert_eq!(
        freeze.frozen[0].live[0].what,
        "`queue` (entity/src/lib.rs:42) works with `jobs` of today"
    );
    let (_, library) = &freeze.files[1];
    assert!(library.contains("use entity::{jobs, rules};"), "{library}");
}

#[test]
fn a_type_that_is_gone_cannot_be_shared() {
    let from = ENTITIES.find("pub mod values").unwrap();
    let to = ENTITIES.find("pub r#type").unwrap();
    let before = &ENTITIES[from..to];
    let after = before.replace("Stored", "Kept");
    let renamed = (before, after.as_str());
    let migration = "use entity::events;\nfn f(event: &events::Model) { event.status; }";
    let Err(FreezeError::Obstacles(obstacles)) = frozen(renamed, migration) else {
        panic!("it is kept")
    };
    assert_eq!(
        obstacles[0].what,
        "`status` of `events` was a `crate::values::Stored`, which is gone; keep the type where it was"
    );
}

#[test]
fn what_someone_wants_to_stay_stays() {
    let data =
        "mod claims { pub const STEP: &str = \"m20260101_000000_claims\"; pub struct Claims; use entity::events; }";
    assert!(in_crates((CONTENT, ""), data, &["claims"]).unwrap().files.is_empty());
    assert_eq!(
        in_crates((CONTENT, ""), data, &["clams"]).unwrap_err(),
        FreezeError::NoSuch("clams".to_owned())
    );
}

/// Values and rules that data migrations may name.
const VALUES: &str = r#"
pub mod kinds {
    #[derive(Clone, Debug, PartialEq)]
    pub enum Status { Open, Old, Sent { at: i32, by: String } }
    impl Status { pub const FINISHED: [Status; 1] = [Status::Old]; pub fn is_open(&self) -> bool { true } pub fn first() -> Self { Self::Open } }
    #[derive(Clone, EnumIter)]
    pub enum Level { Low, High }
    pub struct Settings { pub retries: i32, pub pause: i32 }
    pub struct JobId(pub String);
    impl JobId { pub const NONE: &str = "-"; }
    pub const LIMIT: usize = 1;
    pub fn clip(text: &str) -> &str { text }
    mod inner { pub struct Inner; }
    pub use inner::Inner;
    pub use chrono::Utc;
}
"#;

/// What is said to be gone for that body, when the values change; the entities do not.
fn lost(change: (&str, &str), migration: &str) -> Vec<String> {
    assert_eq!(VALUES.matches(change.0).count(), 1, "{}", change.0);
    let before = format!("{ENTITIES}{VALUES}");
    let after = format!("{ENTITIES}{}", VALUES.replace(change.0, change.1));
    let data = format!(
        "pub mod claims {{\n    pub const STEP: &str = \"m20260101_000000_claims\";\n    pub struct Claims;\n{migration}\n}}\n"
    );
    match in_crates_of(&before, &after, &data, &[]) {
        Ok(freeze) => {
            assert!(freeze.files.is_empty());
            Vec::new()
        }
        Err(FreezeError::Obstacles(obstacles)) => obstacles
            .into_iter()
            .map(|obstacle| {
                let what = obstacle.what.split_once(" is named").unwrap().0;
                format!("{}: {what}", obstacle.place)
            })
            .collect(),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_variant_that_a_data_migration_names_is_missed() {
    let gone = (" Old,", "");
    let said = ["data/src/lib.rs:4: `Status::Old`"];
    assert_eq!(lost(gone, "fn f() { entity::kinds::Status::Old; }"), said);
    assert_eq!(
        lost(
            gone,
            "use entity::kinds::{self, Status}; fn f(s: Status) { matches!(s, kinds::Status::Old | Status::Open) }"
        ),
        said
    );
    assert_eq!(
        lost(
            gone,
            "use entity::kinds::Status as S; fn f(s: S) { match s { S::Old => 1, _ => 2 } }"
        ),
        said
    );
    assert_eq!(
        lost(
            gone,
            "use entity::kinds::Status::*; fn f(s: u8) { match s { Old => 1, Open => 2 } }"
        ),
        said
    );
    assert_eq!(lost(gone, "use entity::kinds::Status::{Old, Open};"), said);
    assert_eq!(
        lost(
            gone,
            "use entity::kinds::Status; fn f() { vec![Status::Open, Status::Old]; x!(a => Status::Old) }"
        ),
        said
    );
}

#[test]
fn so_is_whatever_else_is_named_of_values() {
    let said = |change, migration| lost(change, migration).join(", ");
    let place = "data/src/lib.rs:4: ";
    assert_eq!(
        said(
            ("pub const FINISHED: [Status; 1] = [Status::Old]; ", ""),
            "use entity::kinds::Status; fn f() { Status::FINISHED; }"
        ),
        format!("{place}`Status::FINISHED`")
    );
    assert_eq!(
        said(
            (" pub fn first() -> Self { Self::Open }", ""),
            "use entity::kinds::Status; fn f() { Status::first(); }"
        ),
        format!("{place}`Status::first`")
    );
    assert_eq!(
        said(("pub struct JobId(", "pub struct JobKey("), "use entity::kinds::JobId;"),
        format!("{place}`JobId`")
    );
    assert_eq!(
        said(
            ("pub const NONE: &str", "pub const NOTHING: &str"),
            "fn f() { entity::kinds::JobId::NONE; }"
        ),
        format!("{place}`JobId::NONE`")
    );
    assert_eq!(
        said(
            ("pub const LIMIT: usize = 1;", ""),
            "use entity::kinds; fn f() { kinds::LIMIT; }"
        ),
        format!("{place}`LIMIT`")
    );
    assert_eq!(
        said(
            ("pub fn clip(", "pub fn cut("),
            "use entity::kinds::clip; fn f() { clip(); }"
        ),
        format!("{place}`clip`")
    );
    assert!(
        said(
            ("pub retries: i32, ", ""),
            "use entity::kinds::Settings; fn f() { Settings { retries: 1, pause: 2 } }"
        )
        .ends_with("`Settings.retries`")
    );
    assert!(
        said(
            (" by: String", ""),
            "use entity::kinds::Status; fn f(s: Status) { let Status::Sent { by, .. } = s; }"
        )
        .ends_with("`Status::Sent.by`")
    );
}

#[test]
fn what_is_there_or_may_have_been_made_is_not_missed() {
    let gone = (" Old,", "");
    let quiet = [
        "use entity::kinds::*; fn f(s: Status) { Status::Open; clip(LIMIT); Inner; Utc::now(); }",
        "use entity::kinds::{Level, LevelIter, Utc}; fn f() { Level::iter(); Level::COUNT; }",
        "use entity::kinds::Status; fn f() { Status::default(); Status::from(1); Status::first().is_open(); Status::FINISHED; }",
        "use entity::kinds::Status::*; use sea_orm::*; fn f() { Set(Open); Condition::all(); Some(1); }",
        "use entity::kinds::Settings; fn f() { Settings { retries: 1, ..x() }; }",
        "use entity::{events, jobs}; fn f() { events::Entity; events::Column::Name; jobs::ActiveModelEx; }",
        "enum Own { Old } fn f() { Own::Old; }",
    ];
    for migration in quiet {
        assert_eq!(lost(gone, migration), [""; 0], "{migration}");
    }
}
