//! The files of a migration crate: all are made before the first is written.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use sea_orm::prelude::DateTime;
use syn::{spanned::Spanned as _, visit::Visit};

use super::frames;
use crate::commands::writing::{shown, write_all};
use crate::{
    diff::Decisions,
    history::{Error, Kind, LockFile, LockedMigration, Result, Undo, digest},
    schema::Schema,
};

/// How a step stands in the migrator's list.
pub(super) enum Registered {
    /// A module of the crate with a `Migration`.
    Module,
    /// An expression.
    Expression(String),
    /// A comment.
    Comment(String),
}

/// What will be written.
pub(super) struct Files {
    dir: PathBuf,
    lock: LockFile,
    library: String,
    pending: Vec<(PathBuf, String)>,
    entries: Vec<(String, Registered)>,
    /// Whether the entries go before the contraction that waits for data steps.
    before_contraction: bool,
    /// Whether the library has more to change than its entries.
    is_library_new: bool,
    /// What changes beside the new migrations' own files.
    undo: Undo,
}

const STAMP: &str = "%Y%m%d_%H%M%S";

/// A stamp that many seconds later.
fn later(stamp: &str, seconds: u64) -> String {
    moved(stamp, |time| time + std::time::Duration::from_secs(seconds))
}

/// A stamp that many seconds earlier.
fn earlier(stamp: &str, seconds: u64) -> String {
    moved(stamp, |time| time - std::time::Duration::from_secs(seconds))
}

fn moved(stamp: &str, by: impl Fn(DateTime) -> DateTime) -> String {
    DateTime::parse_from_str(stamp, STAMP).map_or_else(|_| stamp.to_owned(), |time| by(time).format(STAMP).to_string())
}

/// How many seconds are left for the stamps of data steps.
const ROOM: u64 = 60;
/// How many where the newest migration is not that old.
const LEAST_ROOM: u64 = 10;

fn stamps(newest: Option<&str>, now: &str, many: usize, is_split: bool) -> Vec<String> {
    let first_ones = if is_split { many.saturating_sub(1) } else { many };
    let first = if is_split {
        let wanted = earlier(now, ROOM);
        match newest.map(|newest| later(newest, 1)) {
            Some(behind) if behind > wanted => behind,
            _ => wanted,
        }
    } else {
        now.to_owned()
    };
    let mut stamps: Vec<String> = (0..first_ones as u64).map(|at| later(&first, at)).collect();
    if is_split {
        let last = later(&first, first_ones as u64 + LEAST_ROOM);
        stamps.push(if last.as_str() > now { last } else { now.to_owned() });
    }
    stamps
}

fn failed(path: &Path, reason: &dyn std::fmt::Display, help: &str) -> Error {
    Error::File {
        path: path.display().to_string(),
        reason: reason.to_string(),
        help: help.to_owned(),
    }
}

impl Files {
    pub(super) fn new(dir: &Path, mut lock: LockFile) -> Result<Self> {
        let path = dir.join("src/lib.rs");
        let library = match std::fs::read_to_string(&path) {
            Ok(text) if text.contains("MigratorTrait") => text,
            Ok(_) => LIBRARY.to_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => LIBRARY.to_owned(),
            Err(error) => return Err(failed(&path, &error, "check that the file can be read")),
        };
        // What was written by hand is history once something follows it.
        for migration in lock
            .migrations
            .iter_mut()
            .filter(|migration| migration.kind == Kind::Manual && migration.checksum.is_none())
        {
            let path = LockFile::source_path(dir, &migration.name);
            let text = std::fs::read_to_string(&path)
                .map_err(|error| failed(&path, &error, "take it back from version control"))?;
            migration.checksum = Some(digest(&text));
        }
        Ok(Self {
            dir: dir.to_owned(),
            lock,
            library,
            pending: Vec::new(),
            entries: Vec::new(),
            before_contraction: false,
            is_library_new: false,
            undo: Undo::default(),
        })
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn lock(&self) -> &LockFile {
        &self.lock
    }

    pub(super) fn lock_mut(&mut self) -> &mut LockFile {
        &mut self.lock
    }

    /// The stamp of the next migration: now, or just behind the newest one where that lies ahead.
    pub(super) fn next_stamp(&self, now: DateTime) -> String {
        let now = now.format(STAMP).to_string();
        let newest = self
            .lock
            .migrations
            .iter()
            .filter_map(|migration| migration.name.get(1..16))
            .max();
        match newest {
            Some(newest) if newest >= now.as_str() => later(newest, 1),
            _ => now,
        }
    }

    /// The stamps of that many new migrations. Where the last one waits for data steps, the others are stamped earlier, so
    /// that those have room between and nothing is of a time that has not come.
    pub(super) fn stamps(&self, now: &str, many: usize, is_split: bool) -> Vec<String> {
        let newest = self
            .lock
            .migrations
            .iter()
            .filter_map(|migration| migration.name.get(1..16))
            .max();
        stamps(newest, now, many, is_split)
    }

    pub(super) fn add_schema(&mut self, locked: LockedMigration, text: String, after: Schema) -> Result<()> {
        let json = after
            .to_json()
            .map_err(|error| failed(&self.dir, &error, "report this"))?;
        self.pending
            .push((LockFile::schema_path(&self.dir, &locked.name), json));
        self.add_source(&locked.name.clone(), text, Registered::Module);
        self.lock.migrations.push(locked);
        self.lock.schema = after;
        Ok(())
    }

    pub(super) fn add_source(&mut self, name: &str, text: String, registered: Registered) {
        self.pending.push((LockFile::source_path(&self.dir, name), text));
        self.entries.push((name.to_owned(), registered));
    }

    /// A file that gets that text, whatever it is; a migration by hand that is history keeps its account in the lock.
    pub(super) fn replace(&mut self, path: PathBuf, text: String) {
        if path == self.dir.join("src/lib.rs") {
            self.library = text;
            self.is_library_new = true;
            return;
        }
        let dir = self.dir.clone();
        for migration in &mut self.lock.migrations {
            if migration.checksum.is_some() && path == LockFile::source_path(&dir, &migration.name) {
                migration.checksum = Some(digest(&text));
            }
        }
        self.pending.push((path, text));
    }

    /// What has to be known to take the new migrations back.
    pub(super) fn undo_mut(&mut self) -> &mut Undo {
        &mut self.undo
    }

    /// Marks where data steps go.
    pub(super) fn place_for_data(&mut self) {
        self.entries
            .push((String::new(), Registered::Comment(PLACE.to_owned())));
    }

    /// The frame of a data migration in the crate beside, and its step before the contraction that waits for it.
    pub(super) fn data(&mut self, step: &str, name: &str) -> Result<()> {
        let crate_dir = super::freezing::data_crate(&self.dir);
        let library_path = crate_dir.join("src/lib.rs");
        let library = std::fs::read_to_string(&library_path).map_err(|error| {
            failed(
                &library_path,
                &error,
                "data migrations live in a crate `data-migrations` beside the migration crate",
            )
        })?;
        let last = self
            .lock
            .migrations
            .last()
            .filter(|last| last.gated)
            .map(|last| last.name.clone());
        let step = match &last {
            // Between expansion and contraction, behind the steps that are there.
            Some(contraction) => {
                self.before_contraction = true;
                let before = self
                    .lock
                    .migrations
                    .iter()
                    .rev()
                    .find(|migration| migration.name != *contraction);
                let stamp = before
                    .and_then(|before| before.name.get(1..16))
                    .map_or_else(|| step[1..16].to_owned(), |stamp| later(stamp, 1));
                if contraction.get(1..16).is_some_and(|last| stamp.as_str() >= last) {
                    return Err(failed(
                        &LockFile::path(&self.dir),
                        &format!(
                            "there is no second left between `{stamp}` and `{contraction}` for the name of another step"
                        ),
                        "apply what is there, or take the contraction back (`seawright history remove`) and generate it again",
                    ));
                }
                format!("m{stamp}_{name}")
            }
            None => step.to_owned(),
        };
        let type_name: String = name
            .split('_')
            .map(|word| word[..word.len().min(1)].to_ascii_uppercase() + word.get(1..).unwrap_or_default())
            .collect();
        self.pending.push((
            crate_dir.join(format!("src/{name}.rs")),
            super::formatted(&frames::data(&type_name, &step), Some(&crate_dir)),
        ));
        let separator = if library.ends_with('\n') { "" } else { "\n" };
        self.pending
            .push((library_path, format!("{library}{separator}\npub mod {name};\n")));
        let expression = format!(
            "seawright::data::DataStep::new(data_migrations::{name}::STEP, data_migrations::{name}::{type_name})"
        );
        self.entries.push((step.clone(), Registered::Expression(expression)));
        let locked = LockedMigration {
            name: step,
            kind: Kind::Data,
            checksum: None,
            gated: false,
            online: false,
            decisions: Decisions::default(),
            replaces: Vec::new(),
            undo: None,
        };
        let at = if last.is_some() {
            self.lock.migrations.len() - 1
        } else {
            self.lock.migrations.len()
        };
        self.lock.migrations.insert(at, locked);
        Ok(())
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.entries
            .iter()
            .map(|(name, _)| name.clone())
            .filter(|name| !name.is_empty())
            .collect()
    }

    /// Writes everything that is not yet so and names it; where one file fails, those that were new are taken away and
    /// the others put back.
    pub(super) fn write(mut self) -> Result<Vec<String>> {
        if !self.entries.is_empty() || self.is_library_new {
            let library_path = self.dir.join("src/lib.rs");
            let library = registered(&self.library, &self.entries, self.before_contraction).ok_or_else(|| {
                failed(
                    &library_path,
                    &"the list of migrations was not found",
                    "keep `fn migrations()` with one `vec![…]` in `impl MigratorTrait for Migrator`",
                )
            })?;
            let library = super::formatted(&library, Some(&self.dir));
            self.pending.push((library_path, library));
        }
        self.pending
            .retain(|(path, text)| std::fs::read_to_string(path).ok().as_deref() != Some(text.as_str()));
        if self.pending.is_empty() {
            return Ok(Vec::new());
        }
        // The first of them is the last that is taken back.
        let mut undo = Some(self.undo.clone());
        let names = self.names();
        for migration in self
            .lock
            .migrations
            .iter_mut()
            .filter(|migration| names.contains(&migration.name))
        {
            migration.undo = Some(undo.take().unwrap_or_default());
        }
        self.pending.push((LockFile::path(&self.dir), self.lock.text()?));
        let written: Vec<(PathBuf, Option<String>)> = self
            .pending
            .into_iter()
            .map(|(path, text)| (path, Some(text)))
            .collect();
        write_all(&written)?;
        Ok(written.iter().map(|(path, _)| shown(path)).collect())
    }
}

/// What marks, in the list, where data steps go.
const PLACE: &str = "// Data steps go here, between what adds and what destroys.";

const LIBRARY: &str = "//! The history of the schema: a step a line, in the order in which they run.

use sea_orm_migration::{MigrationTrait, MigratorTrait, async_trait};

/// The text of the lock file: what is known of each step, and the schema that the newest led to.
pub const LOCK: &str = include_str!(\"../seawright.lock\");

/// The history.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![]
    }
}
";

/// The places in a library's text that are edited, as byte offsets.
#[derive(Default)]
struct Places {
    /// Behind the last `mod m…;`, or behind the last `use`.
    modules: usize,
    has_modules: bool,
    /// Before the `]` of the list.
    list_end: Option<usize>,
    /// Before the last element of the list.
    last_element: Option<usize>,
    is_empty: bool,
    ends_with_comma: bool,
}

struct Finder<'t> {
    text: &'t str,
    places: Places,
}

impl Visit<'_> for Finder<'_> {
    fn visit_item_mod(&mut self, item: &syn::ItemMod) {
        if item.content.is_none() {
            self.places.modules = offset(self.text, item.span().end());
            self.places.has_modules = true;
        }
    }

    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        if !self.places.has_modules {
            self.places.modules = offset(self.text, item.span().end());
        }
    }

    fn visit_impl_item_fn(&mut self, function: &syn::ImplItemFn) {
        if function.sig.ident == "migrations" {
            syn::visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_macro(&mut self, call: &syn::Macro) {
        if !call.path.is_ident("vec") {
            return;
        }
        let elements = call.parse_body_with(syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated);
        if let Ok(elements) = elements {
            self.places.list_end = Some(offset(self.text, call.delimiter.span().close().start()));
            self.places.is_empty = elements.is_empty();
            self.places.ends_with_comma = elements.trailing_punct();
            self.places.last_element = elements.last().map(|last| offset(self.text, last.span().start()));
        }
    }
}

fn offset(text: &str, place: proc_macro2::LineColumn) -> usize {
    let line: usize = text.split_inclusive('\n').take(place.line - 1).map(str::len).sum();
    let rest = &text[line..];
    line + rest.char_indices().nth(place.column).map_or(rest.len(), |(at, _)| at)
}

/// The library's text with the new entries; none where its list was not found.
fn registered(text: &str, entries: &[(String, Registered)], before_last: bool) -> Option<String> {
    let file = syn::parse_file(text).ok()?;
    let mut finder = Finder {
        text,
        places: Places::default(),
    };
    finder.visit_file(&file);
    let places = finder.places;
    let end = places.list_end?;
    let mut modules = String::new();
    let mut list = String::new();
    for (name, entry) in entries {
        match entry {
            Registered::Module => {
                let _ = write!(modules, "\npub mod {name};");
                let _ = writeln!(list, "            Box::new({name}::Migration),");
            }
            Registered::Expression(expression) => {
                let _ = writeln!(list, "            Box::new({expression}),");
            }
            Registered::Comment(comment) => {
                let _ = writeln!(list, "            {comment}");
            }
        }
    }
    let mut edited = text.to_owned();
    if let Some(at) = places.last_element.filter(|_| before_last) {
        edited.insert_str(at, list.trim_start());
    } else {
        let comma = if places.is_empty || places.ends_with_comma {
            ""
        } else {
            ","
        };
        let lead = if places.is_empty { "\n" } else { "" };
        let before = edited[..end].trim_end().len();
        edited.replace_range(before..end, &format!("{comma}\n{lead}{list}        "));
    }
    if !modules.is_empty() {
        let gap = if places.has_modules { "" } else { "\n" };
        edited.insert_str(places.modules, &format!("{gap}{modules}"));
    }
    Some(edited)
}

/// The library's text without the entries of a migration; none where they do not stand in it as they were written.
pub(super) fn unregistered(text: &str, name: &str) -> Option<String> {
    let (module, entry) = (format!("pub mod {name};"), format!("Box::new({name}::Migration),"));
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let place = |wanted: &str| {
        let mut places = lines.iter().enumerate().filter(|(_, line)| line.trim() == wanted);
        let first = places.next().map(|(at, _)| at)?;
        places.next().is_none().then_some(first)
    };
    let (Some(module), Some(entry)) = (place(&module), place(&entry)) else {
        // A list of one stands in one line.
        let module = place(&module)?;
        let alone = format!("vec![Box::new({name}::Migration)]");
        if text.matches(&alone).count() != 1 {
            return None;
        }
        let kept = lines
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != module)
            .map(|(_, line)| *line);
        return Some(kept.collect::<String>().replace(&alone, "vec![]"));
    };
    // The mark for data steps goes with the contraction behind it.
    let is_gone = |at: usize| at == module || at == entry || (at + 1 == entry && lines[at].trim() == PLACE);
    let kept = lines
        .iter()
        .enumerate()
        .filter(|(at, _)| !is_gone(*at))
        .map(|(_, line)| *line);
    Some(kept.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_registered_can_be_taken_back() {
        let module = |name: &str| (name.to_owned(), Registered::Module);
        let place = (String::new(), Registered::Comment(PLACE.into()));
        let first = registered(LIBRARY, &[module("m1_a")], false).unwrap();
        let second = registered(&first, &[place, module("m2_b")], false).unwrap();
        assert_eq!(unregistered(&second, "m2_b").unwrap(), first);
        assert_eq!(unregistered(&second, "m3_c"), None);
        let laid_out = "pub mod m1_a;\nvec![Box::new(m1_a::Migration)]\n";
        assert_eq!(unregistered(laid_out, "m1_a").unwrap(), "vec![]\n");
    }

    #[test]
    fn a_contraction_is_of_now_and_leaves_room() {
        let now = "20260101_120000";
        assert_eq!(stamps(None, now, 1, false), [now]);
        assert_eq!(stamps(None, now, 2, false), [now, "20260101_120001"]);
        let split = ["20260101_115900", "20260101_115901", now];
        assert_eq!(stamps(None, now, 3, true), split);
        assert_eq!(stamps(Some("20251231_000000"), now, 3, true), split);
        // Behind what was generated a moment ago.
        assert_eq!(stamps(Some("20260101_115930"), now, 2, true), ["20260101_115931", now]);
        assert_eq!(
            stamps(Some("20260101_115959"), now, 2, true),
            ["20260101_120000", "20260101_120011"]
        );
    }

    #[test]
    fn a_step_is_registered_at_the_end_or_before_the_contraction() {
        let module = |name: &str| (name.to_owned(), Registered::Module);
        let first = registered(
            LIBRARY,
            &[
                module("m1_a"),
                (String::new(), Registered::Comment(PLACE.into())),
                module("m2_b"),
            ],
            false,
        )
        .unwrap();
        let step = ("m1_x".to_owned(), Registered::Expression("data()".into()));
        let second = registered(&first, &[step], true).unwrap();
        let lines: Vec<&str> = second
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with("pub mod ") || line.starts_with("Box") || line.starts_with("// "))
            .collect();
        assert_eq!(
            lines,
            [
                "pub mod m1_a;",
                "pub mod m2_b;",
                "Box::new(m1_a::Migration),",
                PLACE,
                "Box::new(data()),",
                "Box::new(m2_b::Migration),"
            ]
        );
        syn::parse_file(&second).unwrap();
    }
}
