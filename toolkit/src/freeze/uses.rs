//! What a data migration uses of the entities.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use super::{
    bound::{Bond, Bonds},
    resolve::{At, ENTITY, Found, How, LeafId, Target, World},
    shape::Shape,
    walk::{Spoken, Walk, line},
};

/// What of one entity is used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Use {
    pub(super) columns: BTreeSet<String>,
    /// Rows are used as a whole, so that no column may be missing.
    pub(super) whole: bool,
    /// The functions that SeaORM makes of unique columns.
    pub(super) keys: bool,
    /// What stands beside the entity in its source and is named through its module.
    pub(super) beside: BTreeSet<String>,
}

impl Use {
    /// Adds what another uses.
    pub(super) fn add(&mut self, other: &Self) {
        self.columns.extend(other.columns.iter().cloned());
        self.beside.extend(other.beside.iter().cloned());
        self.whole |= other.whole;
        self.keys |= other.keys;
    }
}

/// An entity's module, or what has that path below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) entity: usize,
    pub(super) names: Vec<String>,
}

/// The first segments of a path in the code, which lead to an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) at: At,
    pub(super) range: Range<usize>,
    pub(super) place: Place,
    /// The import of the same module that the first of them was.
    pub(super) import: Option<usize>,
}

/// Something that cannot be kept as it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tie {
    pub(super) place: String,
    pub(super) what: String,
    pub(super) entities: BTreeSet<usize>,
}

/// What the modules of a data migration use.
#[derive(Debug, Default)]
pub(super) struct Uses {
    pub(super) entities: BTreeMap<usize, Use>,
    /// Imports that lead to an entity.
    pub(super) leaves: BTreeMap<LeafId, Place>,
    /// What of entities comes with an import of everything, by the names that it has there.
    pub(super) globs: BTreeMap<LeafId, BTreeMap<String, Place>>,
    /// Paths in the code that lead to an entity by their first segments.
    pub(super) written: Vec<Written>,
    /// How often an import is used: by paths in the code that lead to that entity, and otherwise.
    pub(super) through: BTreeMap<LeafId, (Vec<usize>, usize)>,
    pub(super) ties: BTreeSet<Tie>,
}

/// Methods that take or give a row as a whole.
const WHOLE: &[&str] = &[
    "from_json",
    "into_active_model",
    "into_json",
    "reset_all",
    "set_from_json",
];

/// SeaORM's methods over the relations between entities; `join` and its kin have one argument where they are meant.
const RELATIONS: &[(&str, Option<usize>)] = &[
    ("belongs_to", None),
    ("find_also_linked", None),
    ("find_also_related", None),
    ("find_both_related", None),
    ("find_linked", None),
    ("find_related", None),
    ("find_with_linked", None),
    ("find_with_related", None),
    ("inner_join", Some(1)),
    ("left_join", Some(1)),
    ("load_many", None),
    ("load_many_to_many", None),
    ("load_one", None),
    ("right_join", Some(1)),
];

impl Uses {
    /// What those modules use. `shapes` are the entities as they were.
    pub(super) fn of(world: &World<'_>, bonds: &Bonds, shapes: &BTreeMap<usize, &Shape>, modules: &[At]) -> Self {
        let mut scan = Scan {
            world,
            bonds,
            shapes,
            uses: Self::default(),
            fields: BTreeSet::new(),
            relations: Vec::new(),
            calls: Vec::new(),
        };
        for at in modules {
            scan.imports(*at);
            for item in &world.module(*at).items {
                for spoken in Walk::of(item) {
                    scan.spoken(*at, &spoken);
                }
            }
        }
        scan.end()
    }
}

struct Scan<'w> {
    world: &'w World<'w>,
    bonds: &'w Bonds,
    shapes: &'w BTreeMap<usize, &'w Shape>,
    uses: Uses,
    /// The names of fields of values of which the type is not known.
    fields: BTreeSet<String>,
    relations: Vec<(String, String)>,
    /// Methods by their name: the place, the name, how many arguments.
    calls: Vec<(String, String, usize)>,
}

impl Scan<'_> {
    fn imports(&mut self, at: At) {
        for (import, statement) in self.world.module(at).imports.iter().enumerate() {
            for leaf in 0..statement.leaves.len() {
                let id = LeafId {
                    module: at,
                    import,
                    leaf,
                };
                let found = self.world.imported(id);
                let place = self.place(at, statement.range.start);
                self.bonds_of(&found, &place);
                let Some((entity, names)) = found.in_entity(self.world) else {
                    continue;
                };
                // What stands beside the entity stays where it is.
                if names.first().is_some_and(|name| self.world.is_beside(entity, name)) {
                    continue;
                }
                if let Some(How::Written(_)) = found.how {
                    let names = names.clone();
                    self.uses.leaves.insert(id, Place { entity, names });
                }
                self.names(entity, &names, &place);
            }
        }
    }

    fn place(&self, at: At, byte: usize) -> String {
        let sources = self.world.crates[at.0];
        sources.place(at.1, line(&sources.file_of(at.1).text, byte))
    }

    fn spoken(&mut self, at: At, spoken: &Spoken) {
        match spoken {
            Spoken::Path(path) => self.path(at, path),
            Spoken::Fields(path, fields) => {
                let found = self.world.resolve(at, path);
                match found.in_entity(self.world) {
                    Some((entity, _)) => {
                        let used = self.uses.entities.entry(entity).or_default();
                        used.columns.extend(fields.iter().cloned());
                    }
                    // Of another type, whose path is known, or of an alias.
                    None if matches!(found.target, Target::Item((ENTITY, _), _)) => {}
                    None => self.fields.extend(fields.iter().cloned()),
                }
            }
            Spoken::Field(name) => {
                self.fields.insert(name.clone());
            }
            Spoken::Call(name, arguments, range) => {
                let place = self.place(at, range.start);
                if RELATIONS
                    .iter()
                    .any(|(method, needs)| method == name && needs.is_none_or(|needs| needs == *arguments))
                {
                    self.relations.push((place.clone(), format!("`{name}`")));
                }
                if let Some(column) = name.strip_prefix("set_") {
                    self.fields.insert(column.to_owned());
                }
                self.calls.push((place, name.clone(), *arguments));
            }
            Spoken::Text(_) => {}
        }
    }

    fn path(&mut self, at: At, path: &[(String, Range<usize>)]) {
        let path_names: Vec<String> = path.iter().map(|(name, _)| name.clone()).collect();
        let found = self.world.resolve(at, &path_names);
        let place = self.place(at, path.first().map_or(0, |(_, range)| range.start));
        self.bonds_of(&found, &place);
        let entity = found.in_entity(self.world);
        let written = match (&entity, found.how) {
            (Some((entity, names)), Some(How::Written(segments))) => {
                let is_beside = names.first().is_some_and(|name| self.world.is_beside(*entity, name));
                (!is_beside).then_some((*entity, segments))
            }
            _ => None,
        };
        for id in &found.via {
            let through = self.uses.through.entry(*id).or_default();
            match (written, found.how) {
                (Some((entity, _)), _) => through.0.push(entity),
                (None, Some(How::Glob(glob))) if glob == *id => {
                    through.0.extend(entity.as_ref().map(|(entity, _)| *entity));
                }
                _ => through.1 += 1,
            }
        }
        let Some((entity, names)) = entity else { return };
        if let Some((_, segments)) = written
            && let Some(place) = self.place_of(at, &path_names[..segments])
        {
            let range = path[0].1.start..path[segments - 1].1.end;
            let import = found.via.iter().find(|id| id.module == at).map(|id| id.import);
            self.uses.written.push(Written {
                at,
                range,
                place,
                import,
            });
        }
        if let Some(How::Glob(id)) = found.how
            && let Some(place) = self.place_of(at, &path_names[..1])
        {
            let globs = self.uses.globs.entry(id).or_default();
            globs.insert(path_names[0].clone(), place);
        }
        if let Some(name) = names.first().filter(|name| self.world.is_beside(entity, name)) {
            if matches!(found.how, Some(How::Leaf(_) | How::Glob(_)))
                && found.via.iter().all(|id| !self.ends_beside(*id))
            {
                let used = self.uses.entities.entry(entity).or_default();
                used.beside.insert(name.clone());
            }
            return;
        }
        self.names(entity, &names, &place);
    }

    /// The entity that a path leads to.
    fn place_of(&self, at: At, path: &[String]) -> Option<Place> {
        let (entity, names) = self.world.resolve(at, path).in_entity(self.world)?;
        Some(Place { entity, names })
    }

    /// Whether an import brings what stands beside an entity, by its own path.
    fn ends_beside(&self, id: LeafId) -> bool {
        self.world
            .imported(id)
            .in_entity(self.world)
            .and_then(|(entity, names)| Some(self.world.is_beside(entity, names.first()?)))
            .unwrap_or(false)
    }

    /// An entity's module and what of it is named.
    fn names(&mut self, entity: usize, names: &[String], place: &str) {
        let used = self.uses.entities.entry(entity).or_default();
        match names {
            [column, name, ..] if column == "Column" => {
                let columns = self
                    .shapes
                    .get(&entity)
                    .map(|shape| &shape.columns[..])
                    .unwrap_or_default();
                match columns.iter().find(|column| column.variant() == *name) {
                    Some(column) => {
                        used.columns.insert(column.name.clone());
                    }
                    // All of them, one after another.
                    None => used.whole = true,
                }
            }
            [relation, ..] if relation == "Relation" || relation == "RelatedEntity" => {
                self.relations.push((place.to_owned(), format!("`{relation}`")));
            }
            [made, name, ..] => {
                if ["find_by_", "filter_by_", "delete_by_"]
                    .iter()
                    .any(|lead| name.strip_prefix(lead).is_some_and(|key| key != "id"))
                {
                    used.keys = true;
                }
                used.whole |= WHOLE.contains(&name.as_str());
                // A method of the entity's own types that stands in the source.
                let bonds = self.bonds.methods.get(name).into_iter().flatten();
                let own: Vec<Bond> = bonds
                    .filter(|bond| bond.of.as_ref().is_some_and(|(of, what)| *of == entity && what == made))
                    .cloned()
                    .collect();
                for bond in own {
                    self.tie(place, &format!("`{made}::{name}`"), &bond);
                }
            }
            _ => {}
        }
    }

    /// Notes where a path leads to something that is bound to entities of today.
    fn bonds_of(&mut self, found: &Found, place: &str) {
        let Target::Item((ENTITY, module), name) = &found.target else {
            return;
        };
        if let Some(bond) = self.bonds.items.get(&(*module, name.clone())).cloned() {
            self.tie(place, &format!("`{name}`"), &bond);
            return;
        }
        let Some(method) = found.rest.first() else { return };
        let of = Some((*module, name.clone()));
        let mut all = self.bonds.methods.get(method).into_iter().flatten();
        let bond = all.find(|bond| bond.of == of && !bond.is_common).cloned();
        if let Some(bond) = bond
            && found.in_entity(self.world).is_none()
        {
            self.tie(place, &format!("`{name}::{method}`"), &bond);
        }
    }

    fn tie(&mut self, place: &str, what: &str, bond: &Bond) {
        self.uses.ties.insert(Tie {
            place: place.to_owned(),
            what: format!("{what} ({})", bond.place),
            entities: bond.entities.clone(),
        });
    }

    /// Gives the fields to the entities that have columns of their names.
    fn end(mut self) -> Uses {
        let used: BTreeSet<usize> = self.uses.entities.keys().copied().collect();
        let calls_whole = self.calls.iter().any(|(_, name, _)| WHOLE.contains(&name.as_str()));
        for (entity, of) in &mut self.uses.entities {
            let Some(shape) = self.shapes.get(entity) else { continue };
            of.whole |= calls_whole || shape.derives.iter().any(|derive| derive.ends_with("Serialize"));
            let all = &shape.columns;
            of.columns = all
                .iter()
                .filter(|column| {
                    of.whole
                        || column.is_key()
                        || (of.keys && column.is_unique())
                        || of.columns.contains(&column.name)
                        || self.fields.contains(&column.name)
                })
                .map(|column| column.name.clone())
                .collect();
        }
        for (place, name, arguments) in std::mem::take(&mut self.calls) {
            let bonds: Vec<Bond> = self
                .bonds
                .methods
                .get(&name)
                .into_iter()
                .flatten()
                .filter(|bond| {
                    !bond.is_common && bond.arguments == Some(arguments) && !bond.entities.is_disjoint(&used)
                })
                .cloned()
                .collect();
            for bond in bonds {
                self.tie(&place, &format!("`{name}`"), &bond);
            }
        }
        for (place, what) in std::mem::take(&mut self.relations) {
            self.uses.ties.insert(Tie {
                place,
                what: format!("{what}, by the relations between entities,"),
                entities: used.clone(),
            });
        }
        self.uses
    }
}
