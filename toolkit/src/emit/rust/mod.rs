//! plan → Rust: a migration in the shape that a SeaORM developer would write by hand.

mod code;
mod expression;
mod idents;
mod keys;
mod values;

use std::fmt::Write as _;

use self::{code::Code, idents::Idents};
use super::{
    online::Form,
    sql::{EmitError, statements},
    step::{Step, steps},
    unmanaged,
};
use crate::{
    diff::{Change, Plan},
    schema::Dialect,
};

/// What a migration's file says beside its plan.
#[derive(Clone, Debug)]
pub struct Source<'s> {
    /// The migration's name, which is the file's.
    pub name: &'s str,
    /// How it is made.
    pub form: Form,
}

/// The source file of a migration, not yet formatted. It runs on PostgreSQL and on SQLite.
///
/// # Errors
/// [`EmitError`] where PostgreSQL could not have what the plan asks; what only SQLite lacks is refused when it runs.
pub fn rust(plan: &Plan, source: &Source<'_>) -> Result<String, EmitError> {
    // The SQL is made for its refusals: an emitted migration must be able to run.
    statements(plan, Dialect::Postgres, source.form)?;
    // The way down must not make half of something either.
    unmanaged::refuse(&plan.inverse(), Dialect::Postgres)?;
    let is_gated = source.form == Form::Gated;
    let is_online = source.form == Form::Online;
    let inverse = plan.inverse();
    let idents = Idents::of(plan);
    let mut up = Code::new(plan, &idents, "up", is_online);
    let mut down = Code::new(&inverse, &idents, "down", is_online);
    let up_body = body(&mut up, &steps(plan, is_gated));
    let down_steps = steps(&inverse, is_gated);
    // Only tables that come back get their rows back; what the way up made goes without a question.
    let down_steps: Vec<Step> = down_steps
        .into_iter()
        .filter(|step| !matches!(step, Step::RequireMoved(_)))
        .collect();
    let mut down_body = body(&mut down, &down_steps);
    for step in steps(plan, false) {
        if let Step::Quarantine { table, .. } = step {
            let _ = writeln!(
                down_body,
                "data::bring_back(manager, self.name(), {}).await?;",
                idents.table_path(&table)
            );
        }
    }
    let functions = up.functions + &down.functions;

    let mut file = String::new();
    for line in header(plan, is_online) {
        let _ = writeln!(file, "//! {line}");
    }
    let mut text = String::new();
    let _ = write!(
        text,
        "/// {doc}\npub struct Migration;\n\n\
         impl MigrationName for Migration {{\n    fn name(&self) -> &str {{\n        {name:?}\n    }}\n}}\n\n\
         #[async_trait::async_trait]\nimpl MigrationTrait for Migration {{\n    \
         fn use_transaction(&self) -> Option<bool> {{\n        Some({whole})\n    }}\n\n    \
         async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {{\n{up_body}        Ok(())\n    }}\n\n    \
         async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {{\n{down_body}        Ok(())\n    }}\n}}\n{functions}",
        whole = !is_online,
        doc = title(source.name),
        name = source.name,
    );
    let declarations = idents.declarations();
    let imports = imports(&text, !declarations.is_empty());
    let _ = write!(file, "\n{imports}\n{text}{declarations}");
    Ok(file)
}

fn body(code: &mut Code<'_>, steps: &[Step]) -> String {
    let mut body = String::new();
    for step in steps {
        body += &code.step(step);
    }
    body
}

/// `m20250714_101500_job_system` → `Job system.`
fn title(name: &str) -> String {
    let words = name.splitn(3, '_').nth(2).unwrap_or(name).replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str() + "."
    })
}

/// What the migration does, a line for each kind of thing.
fn header(plan: &Plan, is_online: bool) -> Vec<String> {
    let count = |number: usize, one: &str, many: &str| format!("{number} {}", if number == 1 { one } else { many });
    let is = |test: fn(&Change) -> bool| plan.changes.iter().filter(|change| test(change)).count();
    let counted = [
        (
            is(|change| matches!(change, Change::CreateTable { .. })),
            "table created",
            "tables created",
        ),
        (
            is(|change| matches!(change, Change::RenameTable { .. })),
            "table renamed",
            "tables renamed",
        ),
        (
            is(|change| matches!(change, Change::DropTable { .. })),
            "table dropped",
            "tables dropped",
        ),
        (
            is(|change| matches!(change, Change::AddColumn { .. })),
            "column added",
            "columns added",
        ),
        (
            is(|change| matches!(change, Change::RenameColumn { .. })),
            "column renamed",
            "columns renamed",
        ),
        (
            is(|change| matches!(change, Change::AlterColumn { .. })),
            "column changed",
            "columns changed",
        ),
        (
            is(|change| matches!(change, Change::DropColumn { .. })),
            "column dropped",
            "columns dropped",
        ),
        (
            is(|change| matches!(change, Change::AddForeignKey { .. })),
            "foreign key added",
            "foreign keys added",
        ),
        (
            is(|change| matches!(change, Change::CreateIndex { .. })),
            "index added",
            "indexes added",
        ),
    ];
    let parts: Vec<String> = counted
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| count(number, one, many))
        .collect();
    let what = if parts.is_empty() {
        count(plan.changes.len(), "change", "changes")
    } else {
        parts.join(", ")
    };
    let mut lines = vec![format!("Written by Seawright from the entities: {what}.")];
    if is_online {
        lines.push(
            "Not in a transaction: each change lets writers go on, and is made only where it is still to be made."
                .into(),
        );
    }
    lines.push("History once it has landed; a change to it is an error.".into());
    lines
}

/// Explicit imports of what the text uses.
fn imports(text: &str, has_idents: bool) -> String {
    // `Table::create()`, and not `Users::Table`.
    let uses = |word: &&str| {
        text.match_indices(&format!("{word}::")).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            !before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_' || letter == ':')
        })
    };
    let mut prelude: Vec<&str> = [
        "DbErr",
        "MigrationName",
        "MigrationTrait",
        "SchemaManager",
        "async_trait",
    ]
    .into();
    if has_idents {
        prelude.extend(["DeriveIden", "sea_orm"]);
    }
    let types = [
        "ColumnDef",
        "ColumnType",
        "Expr",
        "ForeignKey",
        "ForeignKeyAction",
        "Func",
        "Index",
        "IndexOrder",
        "IndexType",
        "Table",
    ];
    prelude.extend(types.into_iter().filter(uses));
    // Traits whose methods are called.
    if text.contains(".and_where(") {
        prelude.push("ConditionalStatement as _");
    }
    if ["Expr::col(", "Expr::cust(", "Func::cust("]
        .iter()
        .any(|call| text.contains(call))
        && [
            ".eq(",
            ".ne(",
            ".lt(",
            ".lte(",
            ".gt(",
            ".gte(",
            ".is_in(",
            ".is_not_in(",
            ".is_null()",
            ".is_not_null()",
            ".and(",
            ".or(",
            ".not()",
        ]
        .iter()
        .any(|call| text.contains(call))
    {
        prelude.push("ExprTrait as _");
    }
    if text.contains("Type::create()") || text.contains("Type::drop()") {
        prelude.push("extension::postgres::Type");
    }
    prelude.sort_unstable();
    let mut lines = String::new();
    if uses(&"DbBackend") {
        lines += "use sea_orm_migration::sea_orm::DbBackend;\n";
    }
    lines = format!("use sea_orm_migration::prelude::{{{}}};\n{lines}", prelude.join(", "));
    let ddl: Vec<&str> = [
        "AlterTable",
        "MirrorColumn",
        "Rebuild",
        "RenameIndex",
        "RenameTable",
        "Unfit",
        "Using",
        "online",
    ]
    .into_iter()
    .filter(uses)
    .collect();
    let mut ours = Vec::new();
    if text.contains("data::") {
        ours.push("data".to_owned());
    }
    match (text.contains("ddl::"), ddl.is_empty()) {
        (true, true) => ours.push("ddl".to_owned()),
        (true, false) => ours.push(format!("ddl::{{self, {}}}", ddl.join(", "))),
        (false, false) => ours.push(format!("ddl::{{{}}}", ddl.join(", "))),
        (false, true) => {}
    }
    if !ours.is_empty() {
        let _ = writeln!(lines, "use seawright::{{{}}};", ours.join(", "));
    }
    lines
}
