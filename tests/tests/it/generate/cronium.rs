//! Cronium's own entities change after its data migrations were written: its whole history goes on leading from the
//! legacy database to where it leads.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tests::{TestDb, block_on};

use super::{
    databases::rows,
    project::{Said, build, repository, run, standalone, target},
};

/// A copy of the workspace's packages. It stays where it is from one run to the next, so that cargo compiles only what
/// differs.
struct Workspace {
    folder: PathBuf,
}

const PACKAGES: [&str; 4] = ["cli", "data-migrations", "entity", "migration"];

impl Workspace {
    fn copy() -> Self {
        let workspace = Self {
            folder: target().join("tmp/cronium"),
        };
        let repository = repository();
        for package in PACKAGES {
            mirror(&repository.join(package), &workspace.folder.join(package));
            let manifest = workspace.folder.join(package).join("Cargo.toml");
            let text = fs::read_to_string(repository.join(package).join("Cargo.toml")).unwrap();
            put(&manifest, without_tests(&text).as_bytes());
        }
        for file in ["Cargo.lock", "rust-toolchain.toml", "rustfmt.toml"] {
            put(&workspace.folder.join(file), &fs::read(repository.join(file)).unwrap());
        }
        let manifest = fs::read_to_string(repository.join("Cargo.toml")).unwrap();
        let members = PACKAGES.map(str::to_owned);
        put(
            &workspace.folder.join("Cargo.toml"),
            standalone(&manifest, &repository, &members).as_bytes(),
        );
        workspace
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap()
    }

    /// Replaces a text that stands in the file.
    fn edit(&self, file: &str, from: &str, to: &str) {
        let text = self.read(file);
        assert!(text.contains(from), "`{from}` in {file}");
        fs::write(self.path(file), text.replace(from, to)).unwrap();
    }

    fn build(&self, options: &[&str]) {
        build(&self.folder, "cli", options, &self.path("cronium.program"));
    }

    fn run(&self, arguments: &[&str]) -> Said {
        run(&self.path("cronium.program"), &self.folder, arguments)
    }

    fn succeed(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!(said.code, 0, "{arguments:?} {said:#?}");
        said.stdout
    }

    /// Puts steps behind those of the history that are no data steps but the first three and the scripts'.
    fn history(&self, steps: &[&str]) {
        const STAY: [&str; 4] = [
            "::conditional_events()",
            "::templates()",
            "::sessions()",
            "::runtime_api()",
        ];
        let text = self.read("migration/src/lib.rs");
        let mut kept: Vec<&str> = text
            .lines()
            .filter(|line| !line.contains("data_migrations::") || STAY.iter().any(|step| line.contains(step)))
            .collect();
        let end = kept.iter().rposition(|line| line.trim() == "]").unwrap();
        let steps: Vec<String> = steps
            .iter()
            .filter(|step| !kept.iter().any(|line| line.contains(*step)))
            .map(|step| format!("            Box::new(data_migrations::{step}),"))
            .collect();
        for step in steps.iter().rev() {
            kept.insert(end, step);
        }
        fs::write(self.path("migration/src/lib.rs"), kept.join("\n") + "\n").unwrap();
    }
}

/// A folder with just the files of another; what is the same already stays untouched.
fn mirror(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(to).unwrap() {
        let path = entry.unwrap().path();
        if !from.join(path.file_name().unwrap()).exists() {
            if path.is_dir() {
                fs::remove_dir_all(path).unwrap();
            } else {
                fs::remove_file(path).unwrap();
            }
        }
    }
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            mirror(&entry.path(), &to);
        } else if entry.file_name() != "Cargo.toml" {
            put(&to, &fs::read(entry.path()).unwrap());
        }
    }
}

fn put(path: &Path, bytes: &[u8]) {
    if fs::read(path).ok().as_deref() != Some(bytes) {
        fs::write(path, bytes).unwrap();
    }
}

/// A manifest without what only tests, examples and benches need.
fn without_tests(manifest: &str) -> String {
    let mut kept = true;
    let mut text = String::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            kept = !["[dev-dependencies]", "[[test]]", "[[bench]]", "[[example]]"].contains(&line);
        }
        if kept {
            text += &format!("{line}\n");
        }
    }
    text
}

/// A data migration over both tables that change.
const CLAIMS: &str = r#"//! Every event without a job gets one that says what the event is for.

use async_trait::async_trait;
use entity::{
    events::events,
    jobs::{
        JobId, JobStatus, JobType,
        jobs::{self, Column as Job},
    },
    values::Document,
};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, Select, sea_query::Query};
use seawright::data::{Batch, DataError, DataMigration};

/// The step.
pub const CLAIMS: &str = "m20270101_000000_claims";

/// Gives every event a job.
#[derive(Clone, Copy, Debug)]
pub struct Claims;

#[async_trait]
impl DataMigration for Claims {
    type Source = events::Entity;

    fn pending(&self) -> Select<events::Entity> {
        let with_job = Query::select().column(Job::EventId).from(jobs::Entity).take();
        events::Entity::find().filter(events::Column::Id.not_in_subquery(with_job))
    }

    async fn migrate(&self, batch: &mut Batch<'_, events::Entity>) -> Result<(), DataError> {
        let jobs: Vec<jobs::ActiveModel> = batch.rows().iter().map(job).collect();
        batch.insert(jobs).await
    }
}

fn job(event: &events::Model) -> jobs::ActiveModel {
    jobs::ActiveModel {
        id: Set(JobId::for_log(event.id)),
        event_id: Set(event.id),
        user_id: Set(event.user_id.clone()),
        r#type: Set(JobType::Script),
        status: Set(JobStatus::Cancelled),
        payload: Set(Document::default()),
        orchestrator_id: Set(Some("claims".to_owned())),
        last_error: Set(event.description.clone()),
        ..Default::default()
    }
}
"#;

#[test]
fn events_and_jobs_change_and_the_history_does_not() {
    block_on(async {
        let cronium = Workspace::copy();
        fs::write(cronium.path("data-migrations/src/claims.rs"), CLAIMS).unwrap();
        cronium.edit(
            "data-migrations/src/lib.rs",
            "mod conditional_events;",
            "pub mod claims;\nmod conditional_events;",
        );
        let claims = "claims_step()";
        cronium.edit(
            "data-migrations/src/lib.rs",
            "use seawright::data::DataStep;\n",
            "use seawright::data::DataStep;\n\n/// The step of the claims.\npub fn claims_step() -> DataStep {\n    DataStep::new(claims::CLAIMS, claims::Claims)\n}\n",
        );
        cronium.history(&["runtime_api()", claims]);
        changes(&cronium, claims);
        replays(&cronium).await;
    });
}

fn changes(cronium: &Workspace, claims: &str) {
    // From here on, what the entities were is kept.
    cronium.build(&["--no-default-features"]);
    cronium.succeed(&["generate", "keep"]);

    cronium.edit(
        "entity/src/events/events.rs",
        "    #[sea_orm(column_type = \"Text\")]\n    pub description: Option<String>,\n",
        "",
    );
    for file in ["entity/src/jobs/jobs.rs", "entity/src/jobs/entry.rs"] {
        cronium.edit(file, "orchestrator_id", "claimed_by");
    }
    cronium.edit("entity/src/jobs/jobs.rs", "OrchestratorId", "ClaimedBy");
    cronium.build(&["--no-default-features"]);
    let generate = [
        "generate",
        "slim",
        "--allow-destructive",
        "--rename",
        "column:jobs.orchestrator_id=claimed_by",
    ];

    // A step that follows rules of the entities' crate which take rows of today cannot be kept as it was.
    cronium.history(&["runtime_api()", "event_jobs()", claims]);
    let said = cronium.run(&generate);
    assert_eq!(said.code, 4, "{said:#?}");
    assert!(
        said.stderr.contains("event_jobs.rs") && said.stderr.contains("`EventEntry`"),
        "{said:#?}"
    );
    // So it is not history here, and whoever changes the entities changes it too.
    cronium.history(&["runtime_api()", claims]);
    cronium.edit("data-migrations/src/jobs/log_job.rs", "OrchestratorId", "ClaimedBy");

    let said = cronium.succeed(&generate);
    for line in [
        "  claims, in data-migrations/src/claims_frozen.rs\n    events   3 columns  `description` is gone\n",
        "  runtime_api, in data-migrations/src/runtime_api/frozen.rs\n",
    ] {
        assert!(said.contains(line), "{said}");
    }
    assert!(
        cronium
            .read("data-migrations/src/claims.rs")
            .contains("use crate::claims_frozen::{\n")
    );
    cronium.build(&[]);
}

/// From the legacy database with its rows, by the changed program.
async fn replays(cronium: &Workspace) {
    let (legacy, db) = (TestDb::sqlite(), TestDb::sqlite());
    for db in [&legacy, &db] {
        cronium.succeed(&["-u", db.url(), "seed", "legacy"]);
    }
    cronium.succeed(&["-u", db.url(), "adopt"]);
    cronium.succeed(&["-u", db.url(), "up"]);
    assert_eq!(
        cronium.succeed(&["-u", db.url(), "diff", "--from", "entities", "--to", "live"]),
        "Nothing to do.\n"
    );
    let of = |db, sql| async move { rows(db, sql).await };
    for (before, after) in [
        // What the data migration read from the column that is gone, into the one that has another name now.
        (
            "SELECT id || '|' || coalesce(description, '–') || '|claims' FROM events ORDER BY id",
            "SELECT event_id || '|' || coalesce(last_error, '–') || '|' || claimed_by FROM jobs ORDER BY event_id",
        ),
        (
            "SELECT id || name || user_id || status || created_at || updated_at FROM events ORDER BY id",
            "SELECT id || name || user_id || status || created_at || updated_at FROM events ORDER BY id",
        ),
        (
            "SELECT id || '|' || type || coalesce(value, '–') || created_at FROM conditional_events ORDER BY id",
            "SELECT id || '|' || type || coalesce(value, '–') || created_at FROM conditional_actions ORDER BY id",
        ),
        (
            "SELECT CAST(count(*) AS text) FROM events WHERE type IN ('BASH', 'PYTHON', 'NODEJS')",
            "SELECT CAST(count(*) AS text) FROM events WHERE tags LIKE '%runtime:api%'",
        ),
    ] {
        let (before, after) = (of(&legacy, before).await, of(&db, after).await);
        assert!(!before.is_empty());
        assert_eq!(before, after);
    }
}
