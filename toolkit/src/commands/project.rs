//! What a project hands to its command line.

use std::{
    fmt,
    path::{Path, PathBuf},
    process::ExitCode,
};

use async_trait::async_trait;
use sea_orm::DatabaseConnection;
use sea_orm_migration::MigratorTrait;

use super::{Output, args::Globals};
use crate::{
    backup::{unfinished, unfinished_error},
    data::DataStep,
    ddl::online::LockPolicy,
    declare::{Entities, source_problems},
    history::{self, Error, History, Result},
    lint::Allowance,
    schema::{Dialect, Schema},
    seed::SeedProfile,
    verify::{Check, Flow},
};

/// Makes a project's flows.
pub type MakeFlows = fn() -> Result<Vec<Box<dyn Flow>>>;

/// A command that only this project has.
#[async_trait]
pub trait ExtraCommand: Send + Sync {
    /// Its name.
    fn name(&self) -> &'static str;

    /// What it does, in one line.
    fn about(&self) -> &'static str;

    /// Does it.
    ///
    /// # Errors
    /// Any.
    async fn run(&self, context: &Context) -> Result<ExitCode>;
}

/// A project: its name, its entities, its history, its data migrations.
///
/// ```no_run
/// # mod entity { pub fn schema() -> seawright::declare::Entities { seawright::schema! {} } }
/// # mod migration {
/// #     pub struct Migrator;
/// #     impl sea_orm_migration::MigratorTrait for Migrator {
/// #         fn migrations() -> Vec<Box<dyn sea_orm_migration::MigrationTrait>> { Vec::new() }
/// #     }
/// # }
/// use seawright::cli::Project;
/// fn main() -> std::process::ExitCode {
///     seawright::cli::run(Project::new("shop").entities(entity::schema()).migrator::<migration::Migrator>())
/// }
/// ```
pub struct Project {
    name: &'static str,
    entities: Option<Entities>,
    history: Option<History>,
    lock: Option<&'static str>,
    trial: Option<History>,
    data: Vec<DataStep>,
    seeds: Vec<Box<dyn SeedProfile>>,
    checks: Option<fn() -> Result<Vec<Check>>>,
    flows: Option<MakeFlows>,
    extras: Vec<Box<dyn ExtraCommand>>,
    databases: Vec<Dialect>,
    allowed: Vec<(String, Allowance)>,
    requires_backup: bool,
}

impl fmt::Debug for Project {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Project")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Project {
    /// A project of that name; the embedded database's file is called after it.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            entities: None,
            history: None,
            lock: None,
            trial: None,
            data: Vec::new(),
            seeds: Vec::new(),
            checks: None,
            flows: None,
            extras: Vec::new(),
            databases: vec![Dialect::Postgres, Dialect::Sqlite],
            allowed: Vec::new(),
            requires_backup: false,
        }
    }

    /// Its entities.
    #[must_use]
    pub fn entities(mut self, entities: Entities) -> Self {
        self.entities = Some(entities);
        self
    }

    /// Its history.
    #[must_use]
    pub fn migrator<M: MigratorTrait>(mut self) -> Self {
        self.history = Some(History::of::<M>());
        self
    }

    /// The text of its migration crate's lock file, `migration::LOCK`: with it a migration whose file only looks different is
    /// told from one that does something else.
    #[must_use]
    pub fn lock(mut self, lock: &'static str) -> Self {
        self.lock = Some(lock);
        self
    }

    /// Its history as it is tried out in databases of Seawright's own, where it needs something that only a real one has: keys,
    /// say. It must be the same history.
    #[must_use]
    pub fn trial<M: MigratorTrait>(mut self) -> Self {
        self.trial = Some(History::of::<M>());
        self
    }

    /// Its data migrations, those of the history included.
    #[must_use]
    pub fn data(mut self, steps: Vec<DataStep>) -> Self {
        self.data = steps;
        self
    }

    /// A kind of database that `seed` can make.
    #[must_use]
    pub fn seed(mut self, profile: impl SeedProfile + 'static) -> Self {
        self.seeds.push(Box::new(profile));
        self
    }

    /// What must hold of its rows, beside what holds for any project. They are made when they are asked, since one may
    /// need keys.
    #[must_use]
    pub fn checks(mut self, checks: fn() -> Result<Vec<Check>>) -> Self {
        self.checks = Some(checks);
        self
    }

    /// What its database is for, run by `verify --flows`. They are made when they are asked for.
    #[must_use]
    pub fn flows(mut self, flows: MakeFlows) -> Self {
        self.flows = Some(flows);
        self
    }

    /// A command that only this project has.
    #[must_use]
    pub fn command(mut self, command: impl ExtraCommand + 'static) -> Self {
        self.extras.push(Box::new(command));
        self
    }

    /// The databases that its migrations must run on: PostgreSQL and SQLite without this.
    #[must_use]
    pub fn databases(mut self, databases: impl IntoIterator<Item = Dialect>) -> Self {
        self.databases = databases.into_iter().collect();
        self
    }

    /// What `lint` finds by that rule in that step is no danger, and why. For steps that have landed, whose source stays as
    /// it is; in the source of any other say so on the spot: `// seawright: allow(rule): reason`.
    #[must_use]
    pub fn allow(mut self, step: impl Into<String>, rule: impl Into<String>, reason: impl Into<String>) -> Self {
        let allowance = Allowance {
            code: rule.into(),
            reason: reason.into(),
        };
        self.allowed.push((step.into(), allowance));
        self
    }

    /// Has `up` and `data run` refuse to change a database without a backup: `--backup FILE` takes one, `--backup-taken` says that
    /// there is one.
    #[must_use]
    pub fn require_backup(mut self) -> Self {
        self.requires_backup = true;
        self
    }

    pub(super) fn requires_backup(&self) -> bool {
        self.requires_backup
    }

    pub(super) fn allowed_in(&self, step: &str) -> Vec<Allowance> {
        let of_step = self.allowed.iter().filter(|(name, _)| name == step);
        of_step.map(|(_, allowance)| allowance.clone()).collect()
    }

    pub(super) fn lock_text(&self) -> Option<&'static str> {
        self.lock
    }

    pub(super) fn extras(&self) -> &[Box<dyn ExtraCommand>] {
        &self.extras
    }

    pub(super) fn own_checks(&self) -> Result<Vec<Check>> {
        self.checks.map_or_else(|| Ok(Vec::new()), |checks| checks())
    }

    pub(super) fn own_flows(&self) -> Result<Vec<Box<dyn Flow>>> {
        self.flows.map_or_else(|| Ok(Vec::new()), |flows| flows())
    }

    /// The profiles that `seed` can make.
    pub fn seeds(&self) -> &[Box<dyn SeedProfile>] {
        &self.seeds
    }
}

/// A project with the arguments of this call.
#[derive(Debug)]
pub struct Context {
    project: Project,
    globals: Globals,
    output: Output,
}

impl Context {
    pub(super) fn new(project: Project, globals: Globals, output: Output) -> Self {
        Self {
            project,
            globals,
            output,
        }
    }

    /// The project.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// Where results go.
    pub fn output(&self) -> Output {
        self.output
    }

    pub(super) fn verbose(&self) -> bool {
        self.globals.verbose
    }

    /// The database URL: the flag, the environment, or the embedded file.
    pub fn url(&self) -> String {
        self.globals
            .database_url
            .clone()
            .unwrap_or_else(|| format!("sqlite://{}.db?mode=rwc", self.project.name))
    }

    /// How long another run is waited for.
    pub(super) fn waiting(&self) -> history::Waiting {
        history::Waiting {
            limit: std::time::Duration::from_secs(self.globals.lock_wait),
        }
    }

    /// How steps wait for locks on tables.
    pub(super) fn lock_policy(&self) -> LockPolicy {
        LockPolicy {
            timeout: std::time::Duration::from_millis(self.globals.lock_timeout),
            patience: std::time::Duration::from_secs(self.globals.lock_wait),
            longest_wait: self.globals.online_wait.map(std::time::Duration::from_secs),
            ..LockPolicy::default()
        }
    }

    pub(super) fn is_url_given(&self) -> bool {
        self.globals.database_url.is_some()
    }

    /// Whether the embedded database, which is meant where none is named, is there.
    pub(super) fn has_embedded(&self) -> bool {
        Path::new(&format!("{}.db", self.project.name)).is_file()
    }

    /// The kind of the database that the URL names; PostgreSQL where none was given.
    pub(super) fn dialect(&self) -> Dialect {
        let url = self.url();
        match url.split([':', '+']).next() {
            Some("sqlite") if self.is_url_given() => Dialect::Sqlite,
            Some("mysql" | "mariadb") => Dialect::Mysql,
            _ => Dialect::Postgres,
        }
    }

    /// The database to replay the history in, where one is named.
    pub fn shadow(&self) -> Option<&str> {
        self.globals.shadow.as_deref()
    }

    /// A connection to the database.
    ///
    /// # Errors
    /// [`Error::Connect`]; [`Error::Backup`] where a restore was begun there that never came to its end.
    pub async fn connect(&self) -> Result<DatabaseConnection> {
        let db = self.connect_anyway().await?;
        match unfinished(&db).await? {
            None => Ok(db),
            Some(which) => Err(super::backup::failed(unfinished_error(&which))),
        }
    }

    /// A connection to the database, whatever its state.
    pub(super) async fn connect_anyway(&self) -> Result<DatabaseConnection> {
        history::connect(&self.url(), self.globals.database_schema.as_deref()).await
    }

    /// A connection to another one.
    ///
    /// # Errors
    /// [`Error::Connect`].
    pub(super) async fn connect_to(&self, url: &str) -> Result<DatabaseConnection> {
        history::connect(url, self.globals.database_schema.as_deref()).await
    }

    /// The project's history.
    ///
    /// # Errors
    /// [`Error::Usage`] where its `main` names none.
    pub fn history(&self) -> Result<History> {
        let history = self.project.history.ok_or_else(|| {
            Error::Usage(
                "this project names no migrator; add `.migrator::<migration::Migrator>()` to its `main`".into(),
            )
        })?;
        Ok(match self.project.lock {
            Some(lock) => history.locked(lock),
            None => history,
        })
    }

    /// The project's history, for databases of Seawright's own.
    ///
    /// # Errors
    /// As [`history`](Self::history).
    pub(super) fn trial(&self) -> Result<History> {
        let history = self.history()?;
        Ok(match (self.project.trial, self.project.lock) {
            (Some(trial), Some(lock)) => trial.locked(lock),
            (Some(trial), None) => trial,
            (None, _) => history,
        })
    }

    /// The project's entities.
    ///
    /// # Errors
    /// [`Error::Usage`] where its `main` names none.
    pub(super) fn entities(&self) -> Result<&Entities> {
        self.project.entities.as_ref().ok_or_else(|| {
            Error::Usage("this project names no entities; add `.entities(entity::schema())` to its `main`".into())
        })
    }

    /// The schema that the entities declare, their source looked over for what SeaORM accepts in silence.
    ///
    /// # Errors
    /// [`Error::Source`], [`Error::Declare`].
    pub fn declared(&self) -> Result<Schema> {
        let entities = self.entities()?;
        let works_in = self.database_schema();
        let problems = source_problems(entities.source(), works_in);
        if !problems.is_empty() {
            return Err(Error::Source(problems));
        }
        Ok(entities.schema_in(works_in)?)
    }

    /// The schema of PostgreSQL in which tables without another are made.
    fn database_schema(&self) -> &str {
        self.globals.database_schema.as_deref().unwrap_or("public")
    }

    /// The data migrations.
    pub fn data(&self) -> &[DataStep] {
        &self.project.data
    }

    pub(super) fn databases(&self) -> &[Dialect] {
        &self.project.databases
    }

    /// The migration crate's folder.
    ///
    /// # Errors
    /// [`Error::File`] where there is none here or above.
    pub(super) fn migration_dir(&self) -> Result<PathBuf> {
        let missing = |path: &Path| Error::File {
            path: path.display().to_string(),
            reason: "there is no migration crate here".into(),
            help: "run it in the workspace's folder, or name the crate's folder with --migration-dir".into(),
        };
        if let Some(dir) = &self.globals.migration_dir {
            return if dir.join("Cargo.toml").is_file() {
                Ok(dir.clone())
            } else {
                Err(missing(dir))
            };
        }
        let here = std::env::current_dir().map_err(|_| missing(Path::new(".")))?;
        here.ancestors()
            .map(|folder| folder.join("migration"))
            .find(|dir| dir.join("Cargo.toml").is_file())
            .ok_or_else(|| missing(&here.join("migration")))
    }
}
