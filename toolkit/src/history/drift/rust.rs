//! What in the entities would accept a difference: a field, a line of a `TableSpec`, or a whole entity.

use crate::{
    diff::Change,
    schema::{
        Column, DataType, Direction, Expression, ForeignKey, Index, IndexKey, Literal, ReferentialAction, Schema,
        Table, Unique, Unmanaged, UnmanagedKind,
    },
};

/// The Rust that makes the entities agree with the live database in what the change adds, takes or alters.
pub(super) fn accepting(change: &Change, live: &Schema) -> String {
    match change {
        Change::CreateTable { table } => entity(table),
        Change::DropTable { table } => format!(
            "// Take the entity of `{}` out of the list in `schema! {{ … }}`.",
            table.name
        ),
        Change::AddColumn { table, column, .. } => in_entity(table, &field(column, key_of(live, table))),
        Change::DropColumn { table, column } => in_entity(table, &format!("// Take out: pub {}", snake(&column.name))),
        Change::AlterColumn { table, to, .. } => in_entity(table, &field(to, key_of(live, table))),
        Change::AddUnique { table, unique } => in_spec(table, &self::unique(unique)),
        Change::DropUnique { table, unique } => in_spec(table, &format!("// Take out: {}", self::unique(unique))),
        Change::AddForeignKey { table, key } => in_entity(table, &relation(key)),
        Change::DropForeignKey { table, key } => in_entity(
            table,
            &format!(
                "// Take out the relation to `{}` from \"{}\".",
                key.ref_table,
                key.columns.join(", ")
            ),
        ),
        Change::AddCheck { table, check } => in_spec(
            table,
            &format!(
                "table.check({:?}, Expr::cust({:?}));",
                check.name,
                check.expression.to_string()
            ),
        ),
        Change::DropCheck { table, check } => {
            in_spec(table, &format!("// Take out: table.check({:?}, …);", check.name))
        }
        Change::CreateIndex { table, index } => in_spec(table, &self::index(index)),
        Change::DropIndex { table, index } => in_spec(table, &format!("// Take out: {}", self::index(index))),
        Change::RenameIndex { table, from, to } => in_spec(table, &format!("// Rename the index {from:?} to {to:?}.")),
        Change::RenameConstraint { table, from, to, .. } => in_spec(
            table,
            &format!(
                "// Give the constraint {from:?} the name {to:?}: `unique`, `foreign_key_name`, `primary_key_name` or `check`."
            ),
        ),
        Change::ReplacePrimaryKey { table, to, .. } => {
            let columns = to.as_ref().map_or_else(String::new, |key| key.columns.join(", "));
            in_entity(
                table,
                &format!("// #[sea_orm(primary_key)] on just these fields: {columns}"),
            )
        }
        Change::SetTableComment { table, to, .. } => in_spec(
            table,
            &format!("table.comment({:?});", to.as_deref().unwrap_or_default()),
        ),
        Change::RenameTable { .. }
        | Change::RenameColumn { .. }
        | Change::MirrorColumn { .. }
        | Change::UnmirrorColumn { .. } => String::new(),
        Change::CreateEnum { enumeration } => active_enum(&enumeration.name, &enumeration.values),
        Change::AlterEnum { to, .. } => active_enum(&to.name, &to.values),
        Change::RenameEnumValue { enumeration, from, to } => {
            format!("// In the enumeration of the type `{enumeration}`: the value {from:?} is {to:?} now.")
        }
        Change::DropEnum { enumeration } => format!("// Take out the enumeration of the type `{}`.", enumeration.name),
        Change::Unmanaged { from, to, .. } => by_hand(from.as_ref(), to.as_ref()),
    }
}

/// Entities cannot say it: a migration that is written by hand can.
fn by_hand(from: Option<&Unmanaged>, to: Option<&Unmanaged>) -> String {
    let head = "// No entity can say it. In a migration of your own (`seawright generate NAME --empty`):";
    let send = |sql: &str| format!("// manager.get_connection().execute_unprepared({sql:?}).await?;");
    match (from, to) {
        (_, Some(to)) if is_statement(to) => format!("{head}\n{}", send(&to.definition)),
        (_, Some(to)) => format!("{head}\n// make the {} `{}`: {to}", to.kind, to.name),
        (Some(from), None) => format!("{head}\n// remove the {} `{}`: {from}", from.kind, from.name),
        (None, None) => String::new(),
    }
}

fn is_statement(one: &Unmanaged) -> bool {
    one.definition.starts_with("CREATE ")
}

fn in_entity(table: &str, text: &str) -> String {
    format!("// In the `Model` of `{table}`:\n{text}")
}

fn in_spec(table: &str, text: &str) -> String {
    format!("// In `TableSpec::spec` of `{table}`:\n{text}")
}

fn key_of<'s>(schema: &'s Schema, table: &str) -> &'s [String] {
    schema.table(table).map_or(&[], Table::key_columns)
}

fn variant(name: &str) -> String {
    format!("Column::{}", camel(name))
}

/// A type with what `column_type` has to say where the Rust type alone does not.
fn rust_type(data_type: &DataType) -> (String, Option<String>) {
    let plain = |text: &str| (text.to_owned(), None);
    let said = |text: &str, column_type: String| (text.to_owned(), Some(column_type));
    match data_type {
        DataType::Boolean => plain("bool"),
        DataType::TinyInteger => plain("i8"),
        DataType::SmallInteger => plain("i16"),
        DataType::Integer => plain("i32"),
        DataType::BigInteger => plain("i64"),
        DataType::TinyUnsigned => plain("u8"),
        DataType::SmallUnsigned => plain("u16"),
        DataType::Unsigned => plain("u32"),
        DataType::BigUnsigned => plain("u64"),
        DataType::Float => plain("f32"),
        DataType::Double => plain("f64"),
        DataType::Decimal(None) => plain("Decimal"),
        DataType::Decimal(Some((precision, scale))) => {
            said("Decimal", format!("Decimal(Some(({precision}, {scale})))"))
        }
        DataType::Char(None) => said("String", "Char(None)".into()),
        DataType::Char(Some(length)) => said("String", format!("Char(Some({length}))")),
        DataType::Varchar(None) => plain("String"),
        DataType::Varchar(Some(length)) => said("String", format!("String(StringLen::N({length}))")),
        DataType::Text => said("String", "Text".into()),
        DataType::Blob => plain("Vec<u8>"),
        DataType::Binary(length) => said("Vec<u8>", format!("Binary({length})")),
        DataType::VarBinary(None) => said("Vec<u8>", "VarBinary(StringLen::None)".into()),
        DataType::VarBinary(Some(length)) => said("Vec<u8>", format!("VarBinary(StringLen::N({length}))")),
        DataType::Date => plain("Date"),
        DataType::Time => plain("Time"),
        DataType::DateTime => plain("DateTime"),
        DataType::Timestamp => said("DateTime", "Timestamp".into()),
        DataType::TimestampTz => plain("DateTimeWithTimeZone"),
        DataType::Json => said("Json", "Json".into()),
        DataType::JsonBinary => said("Json", "JsonBinary".into()),
        DataType::Uuid => plain("Uuid"),
        DataType::Enum(name) => (camel(name), None),
        DataType::Array(element) => {
            let (element, _) = rust_type(element);
            (format!("Vec<{element}>"), None)
        }
        DataType::Custom(name) => said("String", format!("custom({name:?})")),
    }
}

/// A field of an entity.
fn field(column: &Column, key: &[String]) -> String {
    let (mut rust, column_type) = rust_type(&column.data_type);
    let mut attributes = Vec::new();
    let name = snake(&column.name);
    if name != column.name {
        attributes.push(format!("column_name = {:?}", column.name));
    }
    if key.contains(&column.name) {
        attributes.push("primary_key".to_owned());
        if !column.auto_increment.is_on() {
            attributes.push("auto_increment = false".to_owned());
        }
    }
    attributes.extend(column_type.map(|text| format!("column_type = {text:?}")));
    match &column.default {
        None => {}
        Some(Expression::Literal(Literal::Text(text))) => attributes.push(format!("default_value = {text:?}")),
        Some(Expression::Literal(literal)) => attributes.push(format!("default_value = {literal}")),
        Some(Expression::CurrentTimestamp | Expression::Now) => {
            attributes.push("default_expr = \"Expr::current_timestamp()\"".to_owned());
        }
        Some(other) => {
            // The attribute is Rust in a text: what stands in quotes in it is escaped.
            let expression = format!("Expr::cust({:?})", other.to_string());
            attributes.push(format!("default_expr = {expression:?}"));
        }
    }
    if column.nullable {
        rust = format!("Option<{rust}>");
    }
    let attributes = if attributes.is_empty() {
        String::new()
    } else {
        format!("#[sea_orm({})]\n", attributes.join(", "))
    };
    let raw = if matches!(
        name.as_str(),
        "type" | "match" | "ref" | "use" | "where" | "move" | "loop" | "mod" | "fn"
    ) {
        "r#"
    } else {
        ""
    };
    format!("{attributes}pub {raw}{name}: {rust},")
}

fn relation(key: &ForeignKey) -> String {
    let list = |columns: &[String]| match columns {
        [one] => format!("{one:?}"),
        many => format!("\"({})\"", many.join(", ")),
    };
    let action = |word: &str, action: ReferentialAction| {
        let named = match action {
            ReferentialAction::NoAction => return String::new(),
            ReferentialAction::Restrict => "Restrict",
            ReferentialAction::Cascade => "Cascade",
            ReferentialAction::SetNull => "SetNull",
            ReferentialAction::SetDefault => "SetDefault",
        };
        format!(", {word} = \"{named}\"")
    };
    let name = match key.columns.as_slice() {
        [one] => snake(one.strip_suffix("_id").unwrap_or(&key.ref_table)),
        _ => snake(&key.ref_table),
    };
    format!(
        "#[sea_orm(belongs_to, from = {}, to = {}{}{})]\npub {name}: BelongsTo<{}::Entity>,",
        list(&key.columns),
        list(&key.ref_columns),
        action("on_delete", key.on_delete),
        action("on_update", key.on_update),
        snake(&key.ref_table),
    )
}

fn unique(unique: &Unique) -> String {
    let columns: Vec<String> = unique.columns.iter().map(|column| variant(column)).collect();
    if unique.name.is_empty() {
        format!("table.unique_columns([{}]);", columns.join(", "))
    } else {
        format!("table.unique({:?}, [{}]);", unique.name, columns.join(", "))
    }
}

fn index(index: &Index) -> String {
    let is_expression = index
        .parts
        .iter()
        .any(|part| matches!(part.key, IndexKey::Expression(_)));
    let parts: Vec<String> = index
        .parts
        .iter()
        .map(|part| {
            let key = match &part.key {
                IndexKey::Column(name) if is_expression => format!("Expr::col({})", variant(name)),
                IndexKey::Column(name) => variant(name),
                IndexKey::Expression(expression) => format!("Expr::cust({:?})", expression.to_string()),
            };
            match part.direction {
                Direction::Desc => format!("{key}.desc()"),
                Direction::Asc => key,
            }
        })
        .collect();
    let method = if is_expression { "expression_index" } else { "index" };
    let mut text = format!("table.{method}({:?}, [{}])", index.name, parts.join(", "));
    if index.unique {
        text += ".unique()";
    }
    if let Some(filter) = &index.filter {
        text += &format!(".filter(Expr::cust({:?}))", filter.to_string());
    }
    if !index.include.is_empty() {
        let columns: Vec<String> = index.include.iter().map(|column| variant(column)).collect();
        text += &format!(".include([{}])", columns.join(", "));
    }
    if let Some(method) = &index.method {
        text += &format!(".using({method:?})");
    }
    text + ";"
}

fn active_enum(name: &str, values: &[String]) -> String {
    let variants: Vec<String> = values
        .iter()
        .map(|value| format!("    #[sea_orm(string_value = {value:?})]\n    {},", camel(value)))
        .collect();
    format!(
        "#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]\n\
         #[sea_orm(rs_type = \"String\", db_type = \"Enum\", enum_name = {name:?})]\npub enum {} {{\n{}\n}}",
        camel(name),
        variants.join("\n")
    )
}

/// A whole entity, with the specification of what the attributes cannot say.
fn entity(table: &Table) -> String {
    let indented = |text: &str| text.lines().map(|line| format!("    {line}\n")).collect::<String>();
    let mut text = format!(
        "use seawright::declare::{{Spec, TableSpec}};\nuse sea_orm::entity::prelude::*;\n\n#[sea_orm::model]\n\
         #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]\n#[sea_orm(table_name = {:?})]\npub struct Model {{\n",
        table.name
    );
    for column in &table.columns {
        text += &indented(&field(column, table.key_columns()));
    }
    for key in &table.foreign_keys {
        text += &indented(&relation(key));
    }
    text += "}\n\nimpl ActiveModelBehavior for ActiveModel {}\n";
    // Of what says more than an entity can, nothing is said by halves.
    let is_whole = |kind: UnmanagedKind, name: &str| table.unmanaged_of(kind, name).is_none();
    let uniques = table
        .uniques
        .iter()
        .filter(|unique| is_whole(UnmanagedKind::Unique, &unique.name));
    let mut lines: Vec<String> = uniques.map(unique).collect();
    let indexes = table
        .indexes
        .iter()
        .filter(|index| is_whole(UnmanagedKind::Index, &index.name));
    lines.extend(indexes.map(index));
    let checks = table
        .checks
        .iter()
        .filter(|check| is_whole(UnmanagedKind::Check, &check.name));
    lines.extend(checks.map(|check| {
        format!(
            "table.check({:?}, Expr::cust({:?}));",
            check.name,
            check.expression.to_string()
        )
    }));
    lines.extend(
        table
            .comment
            .iter()
            .map(|comment| format!("table.comment({comment:?});")),
    );
    lines.extend(
        table
            .unmanaged
            .iter()
            .map(|one| format!("// Not managed, to be made by hand: {} `{}`: {one}", one.kind, one.name)),
    );
    if lines.is_empty() {
        return text + "\nimpl TableSpec for Entity {}\n";
    }
    let body: String = lines.iter().map(|line| format!("        {line}\n")).collect();
    text + &format!("\nimpl TableSpec for Entity {{\n    fn spec(table: &mut Spec<Self>) {{\n{body}    }}\n}}\n")
}

/// A name as a field or a module: small letters, digits and underscores.
fn snake(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !text.is_empty() && !text.ends_with('_') {
            text.push('_');
        }
        text.extend(if letter.is_alphanumeric() {
            letter.to_lowercase().next()
        } else {
            Some('_')
        });
    }
    text
}

/// A name as a variant or a type.
fn camel(name: &str) -> String {
    name.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_uppercase().collect::<String>() + letters.as_str()
            })
        })
        .collect()
}
