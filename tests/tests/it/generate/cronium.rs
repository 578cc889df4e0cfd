//! Cronium's own entities change after its data migrations were written: its whole history goes on leading from the
//! legacy database to where it led.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use tests::{TestDb, block_on};

use super::{
    databases::rows,
    project::{build, repository, run, standalone, target},
};

/// A copy of the workspace's packages. It stays where it is from one run to the next, so that cargo compiles only what
/// differs; and it is in a folder of another name, because cargo takes packages for the same that have the same path in
/// their workspace.
struct Workspace {
    folder: PathBuf,
}

const PACKAGES: [&str; 4] = ["cli", "data-migrations", "entity", "migration"];

impl Workspace {
    fn copy() -> Self {
        let workspace = Self {
            folder: target().join("tmp/freezing"),
        };
        fs::create_dir_all(workspace.path("")).unwrap();
        let repository = repository();
        for package in PACKAGES {
            mirror(&repository.join(package), &workspace.path(package));
            let manifest = workspace.path(package).join("Cargo.toml");
            let text = fs::read_to_string(repository.join(package).join("Cargo.toml")).unwrap();
            put(&manifest, without_tests(&text).as_bytes());
        }
        for file in ["Cargo.lock", "rust-toolchain.toml", "rustfmt.toml"] {
            put(&workspace.folder.join(file), &fs::read(repository.join(file)).unwrap());
        }
        let manifest = fs::read_to_string(repository.join("Cargo.toml")).unwrap();
        let members = PACKAGES.map(|package| format!("cronium/{package}"));
        put(
            &workspace.folder.join("Cargo.toml"),
            standalone(&manifest, &repository, &members).as_bytes(),
        );
        workspace
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.join("cronium").join(file)
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

    /// Builds the program, under a name of its own.
    fn build(&self, options: &[&str], program: &'static str) -> Program<'_> {
        let program = Program {
            workspace: self,
            program,
        };
        build(&self.folder, "cli", options, &program.path());
        program
    }
}

/// The program as the workspace was when it was built.
struct Program<'w> {
    workspace: &'w Workspace,
    program: &'static str,
}

impl Program<'_> {
    fn path(&self) -> PathBuf {
        self.workspace.path(self.program)
    }

    fn succeed(&self, arguments: &[&str]) -> String {
        let said = run(
            &self.path(),
            &self.workspace.path(""),
            arguments,
            &[("CRONIUM_VAULT_KEY", KEY)],
        );
        assert_eq!(said.code, 0, "{arguments:?} {said:#?}");
        said.stdout
    }

    /// A legacy database with its rows, and what the whole history makes of it.
    fn migrated(&self) -> TestDb {
        let db = TestDb::sqlite();
        self.succeed(&["-u", db.url(), "seed", "legacy"]);
        self.succeed(&["-u", db.url(), "adopt"]);
        self.succeed(&["-u", db.url(), "up", "--as-of", "2025-07-20T12:00:00"]);
        db
    }
}

/// The key that secrets are sealed with.
const KEY: &str = "test:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

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

/// What is renamed: table, before, after.
const RENAMED: [[&str; 3]; 2] = [
    ["jobs", "orchestrator_id", "claimed_by"],
    ["tool_credentials", "encryption_metadata", "sealed_with"],
];

#[test]
fn entities_change_and_the_whole_history_does_not() {
    block_on(async {
        let cronium = Workspace::copy();
        let unchanged = cronium.build(&[], "unchanged.program");
        changes(&cronium);
        let entities = cronium.build(&["--no-default-features"], "entities.program");
        is_frozen(&cronium, &entities);
        let changed = cronium.build(&[], "changed.program");
        lead_to_the_same(&unchanged, &changed).await;
    });
}

/// A column goes, two get other names; what lives on goes with them.
fn changes(cronium: &Workspace) {
    cronium.edit(
        "entity/src/events/events.rs",
        "    #[sea_orm(column_type = \"Text\")]\n    pub description: Option<String>,\n",
        "",
    );
    cronium.edit("entity/src/jobs/jobs.rs", "orchestrator_id:", "claimed_by:");
    cronium.edit("entity/src/jobs/jobs.rs", "OrchestratorId", "ClaimedBy");
    for file in ["claim", "create", "stuck", "transitions"] {
        let file = format!("entity/src/jobs/queue/{file}.rs");
        let text = cronium.read(&file);
        let text = text
            .replace("orchestrator_id", "claimed_by")
            .replace("OrchestratorId", "ClaimedBy");
        fs::write(cronium.path(&file), text).unwrap();
    }
    cronium.edit("cli/src/seeds/modern/runs.rs", "orchestrator_id", "claimed_by");
    cronium.edit(
        "entity/src/tools/tool_credentials.rs",
        "encryption_metadata:",
        "sealed_with:",
    );
    cronium.edit("data-migrations/src/rotation.rs", "encryption_metadata", "sealed_with");
    cronium.edit("data-migrations/src/rotation.rs", "EncryptionMetadata", "SealedWith");
}

/// Every step that uses what changed is kept, and nobody has to touch it.
fn is_frozen(cronium: &Workspace, entities: &Program<'_>) {
    let mut generate = vec!["--format", "json", "generate", "slim", "--allow-destructive"];
    let renamed = RENAMED.map(|[table, from, to]| format!("column:{table}.{from}={to}"));
    for renamed in &renamed {
        generate.extend(["--rename", renamed]);
    }
    let said = entities.succeed(&generate);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    let frozen = said["frozen"].as_array().unwrap();
    let of = |key: &str| -> Vec<Vec<&str>> {
        frozen
            .iter()
            .map(|frozen| {
                frozen[key]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|text| text.as_str().unwrap())
                    .collect()
            })
            .collect()
    };
    assert_eq!(of("modules"), [["runtime_api"], ["jobs"], ["workflows"]]);
    // The secrets' were frozen before, and what was kept is not touched again.
    for frozen in frozen {
        // Nothing that they use is shared with today's tables.
        assert!(frozen["live"].as_array().is_none_or(Vec::is_empty), "{frozen:#}");
    }
    let steps: Vec<&str> = of("steps").concat();
    let named: Vec<&str> = steps.iter().map(|step| &step["m20261124_130000_".len()..]).collect();
    assert_eq!(
        named,
        [
            "runtime_api",
            "logs_to_jobs",
            "event_jobs",
            "workflow_connections",
            "workflow_executions",
            "conditional_actions",
        ]
    );
    assert!(
        cronium
            .read("data-migrations/src/jobs/frozen.rs")
            .contains("pub orchestrator_id:")
    );
}

/// The same legacy database, by the program as it was and by the changed one.
async fn lead_to_the_same(unchanged: &Program<'_>, changed: &Program<'_>) {
    let (before, after) = (unchanged.migrated(), changed.migrated());
    for from in ["entities", "history"] {
        let said = changed.succeed(&["-u", after.url(), "diff", "--from", from, "--to", "live"]);
        assert_eq!(said, "Nothing to do.\n");
    }
    let (expected, found) = (contents(&before).await, contents(&after).await);
    for (table, rows) in &expected {
        assert_eq!(found.get(table), Some(rows), "{table}");
    }
    assert_eq!(found.len(), expected.len());
    for table in [
        "jobs",
        "events",
        "logs",
        "workflow_executions",
        "tool_credentials",
        "seawright_data_rows",
    ] {
        assert!(!expected[table].is_empty(), "{table}");
    }
    // The rotation goes by the entities of today.
    let (rotate, other) = (
        ["-u", after.url(), "data", "run", "rotate_tool_credentials"],
        KEY.replace("test:", "next:"),
    );
    let keys = [("CRONIUM_VAULT_KEY", other.as_str()), ("CRONIUM_VAULT_OLD_KEYS", KEY)];
    let said = run(&changed.path(), &changed.workspace.path(""), &rotate, &keys);
    assert_eq!(said.code, 0, "{said:#?}");
    let stale = "SELECT CAST(count(*) AS text) FROM tool_credentials WHERE credentials NOT LIKE 'v1:next:%'";
    assert_eq!(rows(&after, stale).await, ["0"]);
}

/// The rows of every table as the database itself writes them, with the columns that both programs know, by their older
/// names.
async fn contents(db: &TestDb) -> BTreeMap<String, Vec<String>> {
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'seaql_migrations'
                  AND (name NOT LIKE 'seawright%' OR name IN ('seawright_data_rows', 'seawright_data_notes')) ORDER BY 1";
    let mut all = BTreeMap::new();
    for table in rows(db, tables).await {
        let columns = rows(db, &format!("SELECT name FROM pragma_table_info('{table}')")).await;
        let mut columns: Vec<(String, String)> = columns
            .into_iter()
            .filter(|column| is_comparable(&table, column))
            .map(|column| {
                let renamed = RENAMED.iter().find(|[of, _, to]| *of == table && *to == column);
                let known = renamed.map_or(column.clone(), |[_, from, _]| (*from).to_owned());
                // No two seals are alike, so only how it is sealed counts.
                let value = if known == "credentials" {
                    "substr(credentials, 1, 8)".to_owned()
                } else {
                    format!("\"{column}\"")
                };
                (known, value)
            })
            .collect();
        columns.sort();
        let parts: Vec<String> = columns
            .iter()
            .map(|(name, value)| format!("'{name}=' || quote({value})"))
            .collect();
        let found = rows(
            db,
            &format!("SELECT {} FROM {table} ORDER BY 1", parts.join(" || ' ' || ")),
        )
        .await;
        all.insert(table, found);
    }
    all
}

/// What the change took is on one side only; the ledger's own numbers and times are each run's.
fn is_comparable(table: &str, column: &str) -> bool {
    let of_a_run = ["id", "run", "recorded_at", "row_json"];
    (table, column) != ("events", "description") && !(table.starts_with("seawright") && of_a_run.contains(&column))
}
