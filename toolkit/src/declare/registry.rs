//! The explicit list of entities.

use std::{fmt, path::PathBuf};

use sea_orm::{Iterable as _, RelationTrait as _};

use super::{
    Spec, TableSpec,
    reflect::{Reflection, reflect},
};
use crate::schema::{Convention, Schema};

/// Lists the entities that make a schema.
///
/// Every path is an entity; one that implements [`TableSpec`] is read with it. `convention = …;` may stand first.
///
/// ```
/// # mod cake {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "cake")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i32 }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// use seawright::schema::Convention;
/// let entities = seawright::schema! { convention = Convention::POSTGRES; cake::Entity };
/// assert_eq!(entities.schema().unwrap().tables.len(), 1);
/// ```
#[macro_export]
macro_rules! schema {
    (convention = $convention:expr; $($entity:path),* $(,)?) => {{
        #[allow(unused_imports, reason = "one of the two is used for each entity")]
        use $crate::declare::probe::{Plain as _, Specified as _};
        $crate::declare::Entities::new(
            $convention,
            concat!(env!("CARGO_MANIFEST_DIR"), "/src"),
            vec![$((&&$crate::declare::probe::Probe::<$entity>::new()).declared(stringify!($entity))),*],
        )
    }};
    ($($entity:path),* $(,)?) => {
        $crate::schema! { convention = $crate::schema::Convention::SEA_ORM; $($entity),* }
    };
}

/// Chooses at compile time whether an entity has a [`TableSpec`]: method lookup prefers the impl with fewer `&`.
pub mod probe {
    use std::marker::PhantomData;

    use sea_orm::EntityTrait;

    use super::{Declared, TableSpec, declared_plain, declared_with_spec};

    /// Stands for an entity's type.
    #[derive(Debug)]
    pub struct Probe<E>(PhantomData<E>);

    impl<E> Probe<E> {
        /// The probe of a type.
        #[expect(clippy::new_without_default, reason = "only the macro makes one")]
        pub fn new() -> Self {
            Self(PhantomData)
        }
    }

    /// An entity with a [`TableSpec`].
    pub trait Specified {
        /// The entity, ready to be read.
        fn declared(&self, path: &'static str) -> Declared;
    }

    impl<E: TableSpec> Specified for &Probe<E> {
        fn declared(&self, path: &'static str) -> Declared {
            declared_with_spec::<E>(path)
        }
    }

    /// An entity without one.
    pub trait Plain {
        /// The entity, ready to be read.
        fn declared(&self, path: &'static str) -> Declared;
    }

    impl<E: EntityTrait> Plain for Probe<E> {
        fn declared(&self, path: &'static str) -> Declared {
            declared_plain::<E>(path)
        }
    }
}

/// One listed entity.
#[derive(Clone, Copy)]
pub struct Declared {
    path: &'static str,
    relations: fn(),
    read: fn(&Convention) -> Reflection,
}

impl Declared {
    fn read(&self, convention: &Convention) -> Reflection {
        self.relations_end();
        (self.read)(convention)
    }

    /// Two entities that each have the other by `Related` make SeaORM ask in a circle until the stack is full, which no
    /// program survives. The source shows it ([`source_problems`](super::source_problems)); where there is none, the
    /// thread's name is in the last words of the process.
    fn relations_end(&self) {
        let name = format!(
            "the relations of `{}` (it and another entity each have the other by `Related`? let one be `belongs_to`)",
            self.path
        );
        // The relations are made once more below; a thread that cannot be had is no mistake of the entities.
        if let Ok(thread) = std::thread::Builder::new().name(name).spawn(self.relations) {
            let _ = thread.join();
        }
    }
}

fn relations<E: sea_orm::EntityTrait>() {
    for relation in E::Relation::iter() {
        let _ = relation.def();
    }
}

impl fmt::Debug for Declared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Declared").field(&self.path).finish()
    }
}

fn declared_with_spec<E: TableSpec>(path: &'static str) -> Declared {
    Declared {
        path,
        relations: relations::<E>,
        read: |convention| {
            let mut spec = Spec::<E>::default();
            E::spec(&mut spec);
            reflect(spec, convention)
        },
    }
}

fn declared_plain<E: sea_orm::EntityTrait>(path: &'static str) -> Declared {
    Declared {
        path,
        relations: relations::<E>,
        read: |convention| reflect::<E>(Spec::default(), convention),
    }
}

/// Something in the entities that no database can have, or that SeaORM would misread in silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: `table`, `table.column` or `file:line`.
    pub place: String,
    /// What is wrong and what to do.
    pub what: String,
}

impl Problem {
    pub(super) fn new(table: &str, column: Option<&str>, what: impl Into<String>) -> Self {
        let place = column.map_or_else(|| table.to_owned(), |column| format!("{table}.{column}"));
        Self {
            place,
            what: what.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// The entities make no schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the entities have {} {}:\n{}", .0.len(), if .0.len() == 1 { "mistake" } else { "mistakes" }, list(.0))]
pub struct DeclareError(pub Vec<Problem>);

fn list(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(|problem| format!("  {problem}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// A list of entities with its naming convention: what [`schema!`](crate::schema!) makes.
#[derive(Clone, Debug)]
pub struct Entities {
    convention: Convention,
    source: PathBuf,
    declared: Vec<Declared>,
}

impl Entities {
    /// The list that the macro makes. `source` is the folder of the entities' source files, read for mistakes
    /// that only the source shows, where it is there.
    pub fn new(convention: Convention, source: &str, declared: Vec<Declared>) -> Self {
        Self {
            convention,
            source: PathBuf::from(source),
            declared,
        }
    }

    /// The folder of the entities' source files on the machine that compiled them.
    pub fn source(&self) -> &std::path::Path {
        &self.source
    }

    /// The schema that the entities declare, in whatever database schema they are made.
    ///
    /// # Errors
    /// [`DeclareError`] with every mistake found: types and keys that no database can have, two entities of one
    /// table, names used twice, foreign keys to tables or columns that are not listed, entities of more than one
    /// database schema.
    pub fn schema(&self) -> Result<Schema, DeclareError> {
        self.read(None)
    }

    /// The schema that the entities declare, for a database schema: an entity may name no other (`schema_name`).
    ///
    /// # Errors
    /// As [`schema`](Self::schema).
    pub fn schema_in(&self, database_schema: &str) -> Result<Schema, DeclareError> {
        self.read(Some(database_schema))
    }

    fn read(&self, works_in: Option<&str>) -> Result<Schema, DeclareError> {
        let mut schema = Schema::default();
        let mut problems = Vec::new();
        let reflections: Vec<Reflection> = self
            .declared
            .iter()
            .map(|declared| declared.read(&self.convention))
            .collect();
        check_schemas(&reflections, works_in, &mut problems);
        for (declared, reflection) in self.declared.iter().zip(reflections) {
            problems.extend(reflection.problems);
            for enumeration in reflection.enums {
                match schema.enums.iter().find(|other| other.name == enumeration.name) {
                    None => schema.enums.push(enumeration),
                    Some(other) if other.values == enumeration.values => {}
                    Some(_) => problems.push(Problem::new(
                        &reflection.table.name,
                        None,
                        format!(
                            "the enumeration type `{}` is declared twice with different values",
                            enumeration.name
                        ),
                    )),
                }
            }
            if schema.table(&reflection.table.name).is_some() {
                problems.push(Problem::new(
                    &reflection.table.name,
                    None,
                    format!("two entities have this table; `{}` is the second", declared.path),
                ));
            } else {
                schema.insert(reflection.table);
            }
        }
        check_references(&schema, &mut problems);
        check_names(&schema, &mut problems);
        if problems.is_empty() {
            Ok(schema.normalised())
        } else {
            Err(DeclareError(problems))
        }
    }

    /// The renames that the entities themselves tell of (`renamed_from`): table, old column, new column.
    pub fn renames(&self) -> Vec<(String, String, String)> {
        let mut renames = Vec::new();
        for declared in &self.declared {
            let reflection = declared.read(&self.convention);
            renames.extend(
                reflection
                    .renames
                    .into_iter()
                    .map(|(old, new)| (reflection.table.name.clone(), old, new)),
            );
        }
        renames
    }
}

fn check_references(schema: &Schema, problems: &mut Vec<Problem>) {
    for table in &schema.tables {
        for key in &table.foreign_keys {
            let at = key.columns.join(", ");
            let Some(target) = schema.table(&key.ref_table) else {
                problems.push(Problem::new(
                    &table.name,
                    Some(&at),
                    format!("refers to the table `{}`, which `schema!` does not list", key.ref_table),
                ));
                continue;
            };
            let is_key = target.key_columns() == key.ref_columns
                || target.uniques.iter().any(|unique| unique.columns == key.ref_columns)
                || target.indexes.iter().any(|index| {
                    index.unique
                        && index.filter.is_none()
                        && index
                            .parts
                            .iter()
                            .map(|part| part.column_name())
                            .eq(key.ref_columns.iter().map(|name| Some(name.as_str())))
                });
            if !is_key {
                problems.push(Problem::new(
                    &table.name,
                    Some(&at),
                    format!(
                        "refers to `{}({})`, which is no key of that table",
                        key.ref_table,
                        key.ref_columns.join(", ")
                    ),
                ));
            }
        }
    }
}

/// A name is borne once. Which of two things of one name a database keeps depends on what comes first.
fn check_names(schema: &Schema, problems: &mut Vec<Problem>) {
    for clash in schema.clashes(None) {
        let mut what = clash.to_string();
        if clash.first.contains("foreign key") && clash.second.contains("foreign key") {
            what += ", in `impl TableSpec` with `table.foreign_key_name_to([columns], \"table\", \"name\")`";
        }
        problems.push(Problem::new(clash.table.as_deref().unwrap_or_default(), None, what));
    }
}

/// SeaORM asks the schema that an entity names, whatever the connection's is; Seawright works in one schema.
fn check_schemas(reflections: &[Reflection], works_in: Option<&str>, problems: &mut Vec<Problem>) {
    let named = reflections.iter().filter_map(|reflection| reflection.schema.as_deref());
    let Some(works_in) = works_in.or_else(|| named.clone().next()) else {
        return;
    };
    for reflection in reflections {
        let table = &reflection.table.name;
        if let Some(schema) = reflection.schema.as_deref().filter(|schema| *schema != works_in) {
            problems.push(Problem::new(table, None, another_schema(schema, works_in)));
        }
        for (columns, schema) in reflection.refers.iter().filter(|(_, schema)| schema != works_in) {
            problems.push(Problem::new(
                table,
                Some(columns),
                format!(
                    "refers to a table of the schema `{schema}`, and the command works in `{works_in}`; add `skip_fk` to the \
                     relation, and make the key in a migration of your own (`seawright generate NAME --empty`)"
                ),
            ));
        }
    }
}

pub(super) fn another_schema(schema: &str, works_in: &str) -> String {
    format!(
        "`schema_name = \"{schema}\"`: SeaORM asks for this table in the schema `{schema}`, and the command works in `{works_in}`, \
         where it would be made. Run it with `-s {schema}` for the entities of that schema, with a history of their own, or take \
         `schema_name` away"
    )
}
