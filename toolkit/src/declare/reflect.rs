//! One entity → one table, by what SeaORM lets a program read.

use sea_orm::{
    ColumnTrait as _, ColumnType, DbBackend, EntityTrait, Identity, Iterable as _, PrimaryKeyToColumn as _,
    RelationTrait as _, Schema as OrmSchema,
    sea_query::{ForeignKeyAction, StringLen, TableRef},
};

use super::{Problem, Spec, expression::from_expr};
use crate::schema::{
    AutoIncrement, Column, Convention, DataType, EnumType, ForeignKey, Index, IndexPart, PrimaryKey, ReferentialAction,
    Table, Unique, truncate,
};

/// What one entity says.
#[derive(Clone, Debug)]
pub(super) struct Reflection {
    /// The table.
    pub table: Table,
    /// The native enumeration types that its columns use.
    pub enums: Vec<EnumType>,
    /// The database schema that the entity names.
    pub schema: Option<String>,
    /// Columns that refer to a table for which a database schema is named, with that.
    pub refers: Vec<(String, String)>,
    /// The renames that `renamed_from` tells of: old column, new column.
    pub renames: Vec<(String, String)>,
    /// What SeaORM accepts but a database cannot have, or what Seawright cannot read.
    pub problems: Vec<Problem>,
}

/// Reads an entity and its specification.
pub(super) fn reflect<E: EntityTrait>(spec: Spec<E>, convention: &Convention) -> Reflection {
    let entity = E::default();
    let name = entity.table_name().to_owned();
    let mut problems = Vec::new();
    if let Some((schema, table)) = name.split_once('.') {
        problems.push(Problem::new(
            &name,
            None,
            format!(
                "a table's name with a point in it is one name to SeaORM, and no table of a schema; if `{schema}` is a schema, say \
                 `schema_name = \"{schema}\", table_name = \"{table}\"`, otherwise write `{schema}_{table}`"
            ),
        ));
    }
    let mut enums = Vec::new();
    let mut renames = Vec::new();
    let mut uniques = spec.uniques.clone();

    let orm = OrmSchema::new(DbBackend::Postgres);
    let created = orm.create_table_from_entity(E::default());
    let mut columns = Vec::new();
    for (column, def) in E::Column::iter().zip(created.get_columns()) {
        let column_name = def.get_column_name();
        let specification = def.get_column_spec();
        let data_type = match data_type(column.def().get_column_type(), &mut enums) {
            Ok(data_type) => data_type,
            Err(what) => {
                problems.push(Problem::new(&name, Some(&column_name), what));
                DataType::Text
            }
        };
        let mut read = Column::new(column_name.clone(), data_type);
        read.nullable = specification.nullable != Some(false) && !specification.primary_key;
        read.default = specification.default.as_ref().map(from_expr);
        if specification.auto_increment {
            read.auto_increment = AutoIncrement::Yes;
        }
        read.generated = specification
            .generated
            .as_ref()
            .map(|generated| from_expr(&generated.expr));
        if let Some(comment) = &specification.comment {
            let (comment, renamed_from) = split_comment(comment);
            read.comment = comment;
            renames.extend(renamed_from.map(|old| (old, column_name.clone())));
        }
        if specification.unique {
            uniques.push((None, vec![column_name.clone()]));
        }
        if let Some(extra) = &specification.extra {
            problems.push(Problem::new(
                &name,
                Some(&column_name),
                format!("`extra = \"{extra}\"` is raw SQL that Seawright cannot compare; say it in `impl TableSpec` (a check, a comment, an index)"),
            ));
        }
        columns.push(read);
    }

    let key: Vec<String> = E::PrimaryKey::iter()
        .map(|key| sea_orm::Iden::to_string(&key.into_column()))
        .collect();
    for key in &key {
        // A key's column is NOT NULL whatever its Rust type says.
        if let Some(column) = columns.iter_mut().find(|column| column.name == *key) {
            column.nullable = false;
            if column.auto_increment.is_on() && !is_integer(&column.data_type) {
                problems.push(Problem::new(
                    &name,
                    Some(key),
                    format!("a key of type {} cannot count by itself; add `auto_increment = false` to its `#[sea_orm(primary_key)]`", column.data_type),
                ));
            }
        }
    }
    let mut indexes = spec.indexes.clone();
    for statement in orm.create_index_from_entity(E::default()) {
        let over = statement.get_index_spec().get_column_names();
        if statement.is_unique_key() {
            uniques.push((None, over));
        } else {
            let index_name = (convention.index)(&name, &over);
            if !indexes.iter().any(|index| index.name == index_name) {
                indexes.push(Index::new(
                    index_name,
                    over.into_iter().map(IndexPart::column).collect(),
                ));
            }
        }
    }
    for index in &mut indexes {
        index.name = truncate(&index.name, convention.max_bytes).to_owned();
    }

    let mut table = Table {
        comment: spec.comment.clone().or_else(|| created.get_comment().cloned()),
        primary_key: (!key.is_empty()).then(|| PrimaryKey {
            name: spec.primary_key_name.clone(),
            columns: key,
        }),
        uniques: merge_uniques(&name, uniques, convention),
        foreign_keys: foreign_keys::<E>(&name, &spec, convention, &mut problems),
        checks: spec.checks.clone(),
        unmanaged: Vec::new(),
        indexes,
        columns,
        name,
    };
    for (column, comment) in spec.column_comments {
        change(&mut table, &column, |column| column.comment = Some(comment));
    }
    for (column, data_type) in spec.types {
        change(&mut table, &column, |column| column.data_type = data_type);
    }
    for (column, default) in spec.defaults {
        change(&mut table, &column, |column| column.default = Some(default));
    }
    Reflection {
        table,
        enums,
        schema: entity.schema_name().map(str::to_owned),
        refers: refers::<E>(),
        renames,
        problems,
    }
}

fn change(table: &mut Table, name: &str, change: impl FnOnce(&mut Column)) {
    if let Some(column) = table.columns.iter_mut().find(|column| column.name == name) {
        change(column);
    }
}

/// Whether a database can number rows with values of this type.
pub(crate) fn is_integer(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::TinyInteger
            | DataType::SmallInteger
            | DataType::Integer
            | DataType::BigInteger
            | DataType::TinyUnsigned
            | DataType::SmallUnsigned
            | DataType::Unsigned
            | DataType::BigUnsigned
    )
}

/// Columns that are said to be unique in two places are one constraint; a name given by hand wins.
fn merge_uniques(table: &str, said: Vec<(Option<String>, Vec<String>)>, convention: &Convention) -> Vec<Unique> {
    let mut uniques: Vec<Unique> = Vec::new();
    let (named, unnamed): (Vec<_>, Vec<_>) = said.into_iter().partition(|(name, _)| name.is_some());
    for (name, columns) in named.into_iter().chain(unnamed) {
        let name = match name {
            Some(name) => name,
            None if uniques.iter().any(|unique| unique.columns == columns) => continue,
            None => (convention.unique)(table, &columns),
        };
        let name = truncate(&name, convention.max_bytes).to_owned();
        if !uniques.iter().any(|unique| unique.name == name) {
            uniques.push(Unique { name, columns });
        }
    }
    uniques
}

fn foreign_keys<E: EntityTrait>(
    table: &str,
    spec: &Spec<E>,
    convention: &Convention,
    problems: &mut Vec<Problem>,
) -> Vec<ForeignKey> {
    let mut keys: Vec<ForeignKey> = Vec::new();
    for relation in E::Relation::iter() {
        let relation = relation.def();
        if relation.is_owner || relation.skip_fk {
            continue;
        }
        let (columns, ref_columns) = (identity(&relation.from_col), identity(&relation.to_col));
        let Some(ref_table) = table_name(&relation.to_tbl) else {
            problems.push(Problem::new(
                table,
                None,
                "a relation leads to something that is no table",
            ));
            continue;
        };
        let named = |to: Option<&str>| {
            let is_it =
                |(over, table, _): &&(Vec<String>, Option<String>, String)| *over == columns && table.as_deref() == to;
            spec.foreign_key_names.iter().find(is_it).map(|(.., name)| name.clone())
        };
        let name = named(Some(&ref_table))
            .or_else(|| named(None))
            .or(relation.fk_name)
            .unwrap_or_else(|| (convention.foreign_key)(table, &columns, &ref_table, &ref_columns));
        let key = ForeignKey {
            name: truncate(&name, convention.max_bytes).to_owned(),
            columns,
            ref_table,
            ref_columns,
            on_delete: action(relation.on_delete),
            on_update: action(relation.on_update),
            not_valid: false,
        };
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

fn refers<E: EntityTrait>() -> Vec<(String, String)> {
    let relations = E::Relation::iter().map(|relation| relation.def());
    let own = relations.filter(|relation| !relation.is_owner && !relation.skip_fk);
    own.filter_map(|relation| match &relation.to_tbl {
        TableRef::Table(name, _) => {
            let schema = name.0.as_ref()?;
            Some((identity(&relation.from_col).join(", "), schema.1.to_string()))
        }
        _ => None,
    })
    .collect()
}

fn identity(identity: &Identity) -> Vec<String> {
    identity.iter().map(ToString::to_string).collect()
}

fn table_name(table: &TableRef) -> Option<String> {
    match table {
        TableRef::Table(name, _) => Some(name.1.to_string()),
        _ => None,
    }
}

fn action(action: Option<ForeignKeyAction>) -> ReferentialAction {
    match action {
        Some(ForeignKeyAction::Restrict) => ReferentialAction::Restrict,
        Some(ForeignKeyAction::Cascade) => ReferentialAction::Cascade,
        Some(ForeignKeyAction::SetNull) => ReferentialAction::SetNull,
        Some(ForeignKeyAction::SetDefault) => ReferentialAction::SetDefault,
        _ => ReferentialAction::NoAction,
    }
}

/// SeaORM carries `renamed_from` in the comment's text: `comment; renamed_from "old"` (schema/entity.rs of 2.0.4).
fn split_comment(comment: &str) -> (Option<String>, Option<String>) {
    let Some(at) = comment.rfind("renamed_from \"") else {
        return (Some(comment.to_owned()), None);
    };
    let old = comment[at..]
        .trim_start_matches("renamed_from \"")
        .trim_end_matches('"')
        .to_owned();
    let rest = comment[..at].trim_end_matches("; ");
    ((!rest.is_empty()).then(|| rest.to_owned()), Some(old))
}

fn data_type(column_type: &ColumnType, enums: &mut Vec<EnumType>) -> Result<DataType, String> {
    Ok(match column_type {
        ColumnType::Boolean => DataType::Boolean,
        ColumnType::TinyInteger => DataType::TinyInteger,
        ColumnType::SmallInteger => DataType::SmallInteger,
        ColumnType::Integer => DataType::Integer,
        ColumnType::BigInteger => DataType::BigInteger,
        ColumnType::TinyUnsigned => DataType::TinyUnsigned,
        ColumnType::SmallUnsigned => DataType::SmallUnsigned,
        ColumnType::Unsigned => DataType::Unsigned,
        ColumnType::BigUnsigned => DataType::BigUnsigned,
        ColumnType::Float => DataType::Float,
        ColumnType::Double => DataType::Double,
        ColumnType::Decimal(size) => DataType::Decimal(*size),
        ColumnType::Char(length) => DataType::Char(*length),
        ColumnType::String(StringLen::N(length)) => DataType::Varchar(Some(*length)),
        ColumnType::String(_) => DataType::Varchar(None),
        ColumnType::Text => DataType::Text,
        ColumnType::Blob => DataType::Blob,
        ColumnType::Binary(length) => DataType::Binary(*length),
        ColumnType::VarBinary(StringLen::N(length)) => DataType::VarBinary(Some(*length)),
        ColumnType::VarBinary(_) => DataType::VarBinary(None),
        ColumnType::Date => DataType::Date,
        ColumnType::Time => DataType::Time,
        ColumnType::DateTime => DataType::DateTime,
        ColumnType::Timestamp => DataType::Timestamp,
        ColumnType::TimestampWithTimeZone => DataType::TimestampTz,
        ColumnType::Json => DataType::Json,
        ColumnType::JsonBinary => DataType::JsonBinary,
        ColumnType::Uuid => DataType::Uuid,
        ColumnType::Custom(name) => DataType::Custom(name.to_string()),
        ColumnType::Inet => DataType::Custom("inet".into()),
        ColumnType::Cidr => DataType::Custom("cidr".into()),
        ColumnType::MacAddr => DataType::Custom("macaddr".into()),
        ColumnType::LTree => DataType::Custom("ltree".into()),
        ColumnType::Array(element) => DataType::Array(Box::new(data_type(element, enums)?)),
        ColumnType::Enum { name, variants } => {
            let name = name.to_string();
            if name.contains('.') {
                return Err(format!(
                    "the enumeration type `{name}` has a point in its name, which is one name to SeaORM and no type of a schema; \
                     set `enum_name` without it"
                ));
            }
            if name.chars().any(char::is_uppercase) {
                // CREATE TYPE quotes the name, the column does not (SeaQL/sea-orm#2405).
                return Err(format!(
                    "the enumeration type `{name}` has capitals, which PostgreSQL would not find; set `enum_name` in snake_case"
                ));
            }
            enums.push(EnumType {
                name: name.clone(),
                values: variants.iter().map(ToString::to_string).collect(),
            });
            DataType::Enum(name)
        }
        other => {
            return Err(format!(
                "the type {other:?} is not known here; use `column_type = \"custom(\\\"…\\\")\"`"
            ));
        }
    })
}
