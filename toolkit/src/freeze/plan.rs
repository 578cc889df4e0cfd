//! Decides what has to be kept, and puts the files together.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use super::{
    Freeze, FreezeError, Frozen, FrozenEntity, Obstacle, Request, Shape, Shapes, Unreadable,
    bound::Bonds,
    emit::{Keep, frozen, own_paths},
    lost::lost,
    resolve::{At, ENTITY, Target, World},
    shape,
    sources::Sources,
    statement::declaration,
    steps::{Unit, groups, units},
    switch::{Edit, Kept, edited, switch},
    uses::{Use, Uses},
};

/// The crates that are looked at: the entities first, the migrations last.
pub(super) struct Crates {
    pub(super) all: Vec<Sources>,
    pub(super) after: Shapes,
}

impl Crates {
    fn read(request: &Request<'_>) -> Result<Option<Self>, Unreadable> {
        let package = package(&request.entities.join("../Cargo.toml"), "name").unwrap_or_else(|| "entity".to_owned());
        let users = [request.data, request.migration];
        let called = users
            .iter()
            .find_map(|user| renamed(&user.join("Cargo.toml"), &package));
        let entity = called.unwrap_or_else(|| package.replace('-', "_"));
        let Some(mut entities) = Sources::read(request.entities, &entity)? else {
            return Ok(None);
        };
        let after = Shapes::of(&entities);
        for path in request.before.entities.keys() {
            entities.ensure(&path.split("::").map(str::to_owned).collect::<Vec<_>>());
        }
        let mut all = vec![entities];
        for user in users {
            let package = package_name(user);
            let called = renamed(&request.migration.join("Cargo.toml"), &package);
            let name = called.unwrap_or_else(|| package.replace('-', "_"));
            all.extend(Sources::read(&user.join("src"), &name)?);
        }
        Ok(Some(Self { all, after }))
    }

    fn world(&self, before: &Shapes) -> World<'_> {
        let mut entities = shape::modules(&self.all[ENTITY]);
        for (at, module) in self.all[ENTITY].modules.iter().enumerate() {
            if before.entities.contains_key(&module.path.join("::")) {
                entities.insert(at);
            }
        }
        World {
            crates: self.all.iter().collect(),
            entities,
        }
    }
}

fn package_name(folder: &Path) -> String {
    package(&folder.join("Cargo.toml"), "name").unwrap_or_default()
}

/// A key of a manifest's first section.
fn package(manifest: &Path, key: &str) -> Option<String> {
    let text = std::fs::read_to_string(manifest).ok()?;
    let line = text
        .lines()
        .find(|line| line.split('=').next().is_some_and(|name| name.trim() == key))?;
    Some(line.split_once('=')?.1.trim().trim_matches('"').to_owned())
}

/// The name by which a manifest calls a package that has another.
fn renamed(manifest: &Path, package: &str) -> Option<String> {
    let text = std::fs::read_to_string(manifest).ok()?;
    let said = format!("package = \"{package}\"");
    let line = text
        .lines()
        .find(|line| line.contains(&said) && !line.trim_start().starts_with("package"))?;
    Some(line.split(['=', '.']).next()?.trim().replace('-', "_"))
}

/// The tables that each data migration of the history uses, by its module.
///
/// # Errors
/// A file that can't be read.
pub fn users(request: &Request<'_>) -> Result<Vec<(String, Vec<String>)>, FreezeError> {
    let Some(crates) = Crates::read(request)? else {
        return Ok(Vec::new());
    };
    let plan = Plan::new(request, &crates);
    let mut users = Vec::new();
    for (unit, uses) in plan.units.iter().zip(&plan.uses) {
        let tables: Vec<String> = uses
            .entities
            .keys()
            .filter_map(|entity| plan.shapes.get(entity))
            .map(|shape| shape.table_name().to_owned())
            .collect();
        if !tables.is_empty() {
            users.push((plan.module(unit), tables));
        }
    }
    Ok(users)
}

/// Keeps what data migrations of the history use of entities that have changed.
///
/// # Errors
/// What can't be kept as it was, or read.
pub fn freeze(request: &Request<'_>) -> Result<Freeze, FreezeError> {
    Crates::read(request)?.map_or_else(|| Ok(Freeze::default()), |crates| freeze_in(request, &crates))
}

/// As [`freeze`], in crates that have been read.
pub(super) fn freeze_in(request: &Request<'_>, crates: &Crates) -> Result<Freeze, FreezeError> {
    let plan = Plan::new(request, crates);
    for name in request.keep_live {
        if !plan.units.iter().any(|unit| plan.module(unit) == *name) {
            return Err(FreezeError::NoSuch(name.clone()));
        }
    }
    let mut made = Made::default();
    let mut obstacles = Vec::new();
    let stays = |at: usize| request.keep_live.contains(&plan.module(&plan.units[at]));
    for group in groups(&plan.units, |at| !plan.uses[at].entities.is_empty() && !stays(at)) {
        let is_affected = group.iter().any(|at| {
            plan.uses[*at]
                .entities
                .keys()
                .any(|entity| plan.changes.contains_key(entity))
        });
        if is_affected {
            match plan.group(&group, &mut made) {
                Ok(frozen) => made.frozen.extend(frozen),
                Err(found) => obstacles.extend(found),
            }
        }
    }
    let looked_at: Vec<&Unit> = (0..plan.units.len())
        .filter(|at| !stays(*at))
        .map(|at| &plan.units[at])
        .collect();
    obstacles.extend(lost(&plan.world, &looked_at));
    if !obstacles.is_empty() {
        return Err(FreezeError::Obstacles(obstacles));
    }
    let mut files = made.new;
    for ((of, file), edits) in made.edits {
        let file = &crates.all[of].files[file];
        let mut text = edited(&file.text, &edits);
        // What was laid out as rustfmt does is so again; everything else keeps its own layout.
        if (request.format)(&file.text) == file.text {
            text = (request.format)(&text);
        }
        files.push((file.path.clone(), text));
    }
    Ok(Freeze {
        files,
        frozen: made.frozen,
    })
}

#[derive(Default)]
struct Made {
    new: Vec<(PathBuf, String)>,
    edits: BTreeMap<At, Vec<Edit>>,
    frozen: Vec<Frozen>,
}

struct Plan<'p> {
    request: &'p Request<'p>,
    world: World<'p>,
    /// The entities as they were.
    shapes: BTreeMap<usize, &'p Shape>,
    changes: BTreeMap<usize, Vec<String>>,
    units: Vec<Unit>,
    uses: Vec<Uses>,
}

impl<'p> Plan<'p> {
    fn new(request: &'p Request<'p>, crates: &'p Crates) -> Self {
        let world = crates.world(request.before);
        let mut shapes = BTreeMap::new();
        let mut changes = BTreeMap::new();
        for entity in &world.entities {
            let path = world.module((ENTITY, *entity)).path.join("::");
            let (before, after) = (request.before.entities.get(&path), crates.after.entities.get(&path));
            shapes.extend(before.or(after).map(|shape| (*entity, shape)));
            let seen = match (before, after) {
                (Some(before), Some(after)) => before.seen_changes(after),
                (Some(_), None) => vec!["the entity is gone".to_owned()],
                (None, _) => Vec::new(),
            };
            if !seen.is_empty() {
                changes.insert(*entity, seen);
            }
        }
        let units = units(&world, crates.all.len() - 1);
        let bonds = Bonds::of(&world);
        let uses = units
            .iter()
            .map(|unit| Uses::of(&world, &bonds, &shapes, &unit.modules))
            .collect();
        Self {
            request,
            world,
            shapes,
            changes,
            units,
            uses,
        }
    }

    /// The name of the unit's module; of the crate, where it is its root.
    fn module(&self, unit: &Unit) -> String {
        let path = &self.world.module(unit.root).path;
        path.first()
            .cloned()
            .unwrap_or_else(|| self.world.crates[unit.root.0].name.clone())
    }

    fn path(&self, entity: usize) -> String {
        self.world.module((ENTITY, entity)).path.join("::")
    }

    /// What units that belong together use, kept in one module.
    fn group(&self, group: &[usize], made: &mut Made) -> Result<Option<Frozen>, Vec<Obstacle>> {
        let mut used: BTreeMap<usize, Use> = BTreeMap::new();
        for (entity, of) in group.iter().flat_map(|at| &self.uses[*at].entities) {
            used.entry(*entity).or_default().add(of);
        }
        let (obstacles, live) = self.ties(group);
        if !obstacles.is_empty() {
            return Err(obstacles);
        }
        let tied: BTreeSet<usize> = group
            .iter()
            .flat_map(|at| &self.uses[*at].ties)
            .flat_map(|tie| tie.entities.iter().copied())
            .collect();
        used.retain(|entity, _| !tied.contains(entity) && self.shapes.contains_key(entity));
        let gone = self.gone(group, &used);
        if !gone.is_empty() {
            return Err(gone);
        }
        let names = self.names(used.keys().copied());
        let place = self.place(group);
        let kept = Kept {
            path: place.path.clone(),
            names,
        };
        let steps: Vec<String> = group
            .iter()
            .flat_map(|at| self.units[*at].steps.iter().cloned())
            .collect();
        let paths: BTreeMap<usize, String> = used.keys().map(|entity| (*entity, self.path(*entity))).collect();
        let keeps: Vec<Keep<'_>> = used
            .iter()
            .map(|(entity, used)| Keep {
                path: &paths[entity],
                name: &kept.names[entity],
                shape: self.shapes[entity],
                used,
            })
            .collect();
        let text = frozen(&self.world.crates[ENTITY].name, &steps, self.request.by, &keeps);
        made.new.push((place.file.clone(), (self.request.format)(&text)));
        let mut switched = BTreeSet::new();
        for at in group {
            let edits = switch(
                &self.world,
                &self.units[*at],
                &self.uses[*at],
                &kept,
                self.request.format,
            );
            for (file, edits) in edits {
                switched.insert(self.world.crates[file.0].files[file.1].path.clone());
                made.edits.entry(file).or_default().extend(edits);
            }
        }
        made.edits
            .entry(place.declared_in)
            .or_default()
            .extend(place.declaration);
        let entities = used
            .iter()
            .map(|(entity, used)| FrozenEntity {
                entity: self.path(*entity),
                table: self.shapes[entity].table_name().to_owned(),
                columns: used.columns.iter().cloned().collect(),
                changes: self.changes.get(entity).cloned().unwrap_or_default(),
            })
            .collect();
        Ok(Some(Frozen {
            modules: group.iter().map(|at| self.module(&self.units[*at])).collect(),
            steps,
            file: place.file,
            switched: switched.into_iter().collect(),
            entities,
            live,
        }))
    }

    /// What ties the units to entities of today: those that have changed, and those that have not.
    fn ties(&self, group: &[usize]) -> (Vec<Obstacle>, Vec<Obstacle>) {
        let (mut changed, mut unchanged) = (Vec::new(), Vec::new());
        let uses = group.iter().map(|at| &self.uses[*at]);
        for (uses, tie) in uses.flat_map(|uses| uses.ties.iter().map(move |tie| (uses, tie))) {
            let tied = tie.entities.iter().filter(|entity| uses.entities.contains_key(*entity));
            let (is, is_not): (Vec<usize>, Vec<usize>) = tied.partition(|entity| self.changes.contains_key(*entity));
            let of = |entities: &[usize]| {
                let names: Vec<String> = entities
                    .iter()
                    .map(|entity| format!("`{}`", self.path(*entity)))
                    .collect();
                names.join(", ")
            };
            if !is.is_empty() {
                let what = format!("{} works with {} of today, which changed", tie.what, of(&is));
                changed.push((what, tie.place.clone()));
            } else if !is_not.is_empty() {
                let what = format!("{} works with {} of today", tie.what, of(&is_not));
                unchanged.push((what, tie.place.clone()));
            }
        }
        (once(changed), once(unchanged))
    }

    /// Types of columns that are kept and that the entities' crate no longer has.
    fn gone(&self, group: &[usize], used: &BTreeMap<usize, Use>) -> Vec<Obstacle> {
        let file = self.world.crates[self.units[group[0]].root.0].file_of(self.units[group[0]].root.1);
        let mut gone = Vec::new();
        for (entity, used) in used {
            let columns = self.shapes[entity].columns.iter();
            for column in columns.filter(|column| used.columns.contains(&column.name)) {
                for (_, path) in own_paths(&column.rust_type) {
                    let names: Vec<String> = path.split("::").map(str::to_owned).collect();
                    if self.world.resolve((ENTITY, 0), &names).target == Target::Elsewhere {
                        let entity = self.path(*entity);
                        gone.push(Obstacle {
                            place: file.path.display().to_string(),
                            what: format!(
                                "`{}` of `{entity}` was a `{path}`, which is gone; keep the type where it was",
                                column.name
                            ),
                        });
                    }
                }
            }
        }
        gone
    }

    /// The name of each entity's module; two of one name are told apart by what they are in.
    fn names(&self, entities: impl Iterator<Item = usize>) -> BTreeMap<usize, String> {
        let mut names = BTreeMap::new();
        for entity in entities {
            let path = &self.world.module((ENTITY, entity)).path;
            let mut length = 1;
            let mut name = path.last().cloned().unwrap_or_default();
            while names.values().any(|other| *other == name) && length < path.len() {
                length += 1;
                name = path[path.len() - length..].join("_");
            }
            names.insert(entity, name);
        }
        names
    }

    /// Where the module goes: into the folder of a migration that is one, beside one that is a file.
    fn place(&self, group: &[usize]) -> Place {
        let root = self.units[group[0]].root;
        let sources = self.world.crates[root.0];
        let module = self.world.module(root);
        let file = &sources.file_of(root.1).path;
        let name = module.path.first().cloned();
        let folder = file.parent().unwrap_or(Path::new("."));
        let is_folder = file.file_name().is_some_and(|name| name == "mod.rs");
        let below = folder.join(name.as_deref().unwrap_or_default());
        let (folder, stem, parent) = match &name {
            None => (folder.to_owned(), "frozen".to_owned(), root),
            Some(_) if is_folder && group.len() == 1 => (folder.to_owned(), "frozen".to_owned(), root),
            Some(_) if !is_folder && group.len() == 1 && below.is_dir() => (below, "frozen".to_owned(), root),
            Some(name) => {
                let crate_root = (root.0, 0);
                let file = &sources.file_of(0).path;
                let folder = file.parent().unwrap_or(Path::new("."));
                (folder.to_owned(), format!("{name}_frozen"), crate_root)
            }
        };
        // A migration that gained a use of another entity later is kept a second time.
        let mut called = stem.clone();
        let mut number = 1;
        while folder.join(format!("{called}.rs")).exists() {
            number += 1;
            called = format!("{stem}_{number}");
        }
        let within = self
            .world
            .module(parent)
            .path
            .iter()
            .map(|name| format!("::{name}"))
            .collect::<String>();
        let declared_in = (parent.0, self.world.module(parent).file);
        let text = &sources.files[declared_in.1].text;
        Place {
            file: folder.join(format!("{called}.rs")),
            path: format!("crate{within}::{called}"),
            declared_in,
            declaration: declaration(text, &called, name.as_deref().unwrap_or_default()),
        }
    }
}

/// Each once, with its first place.
fn once(all: Vec<(String, String)>) -> Vec<Obstacle> {
    let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (what, place) in all {
        places.entry(what).or_default().insert(place);
    }
    places
        .into_iter()
        .filter_map(|(what, places)| {
            let more = match places.len() {
                1 => String::new(),
                2 => " (and in 1 more place)".to_owned(),
                many => format!(" (and in {} more places)", many - 1),
            };
            Some(Obstacle {
                place: places.into_iter().next()?,
                what: what + &more,
            })
        })
        .collect()
}

struct Place {
    file: PathBuf,
    path: String,
    declared_in: At,
    declaration: Option<Edit>,
}
