//! A schema in a few lines, for the cases.
//!
//! ```text
//! enum mood: sad, glad
//! table users -- the people
//!   id integer pk auto
//!   name varchar(255) null = 'nobody'
//!   total integer as price * amount
//!   key users_key (id, name)
//!   unique users_name_unique (name)
//!   fk users_org_fk (org_id) -> orgs (id) on delete cascade on update restrict
//!   check named: name <> ''
//!   unique index idx_users_name (name desc, `lower(name)`) using btree include (id) where name is not null
//! ```

use seawright::schema::{
    AutoIncrement, Check, Column, Comparison, DataType, Direction, EnumType, Expression, ForeignKey, Index, IndexKey,
    IndexPart, Literal, PrimaryKey, ReferentialAction, Schema, Table, Unique,
};

/// Reads a listing.
pub(crate) fn schema(text: &str) -> Schema {
    let mut schema = Schema::default();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if let Some(rest) = line.strip_prefix("enum ") {
            let (name, values) = rest.split_once(": ").unwrap();
            schema.enums.push(EnumType {
                name: name.into(),
                values: list(values),
            });
        } else if let Some(rest) = line.strip_prefix("table ") {
            let (name, comment) = commented(rest);
            schema.tables.push(Table {
                name: name.into(),
                comment,
                ..Table::default()
            });
        } else {
            item(schema.tables.last_mut().unwrap(), line.trim());
        }
    }
    schema.normalised()
}

fn item(table: &mut Table, line: &str) {
    let (word, rest) = line.split_once(' ').unwrap();
    match word {
        "key" => {
            let (name, columns) = named(rest);
            table.primary_key = Some(PrimaryKey {
                name: (!name.is_empty()).then_some(name),
                columns,
            });
        }
        "unique" if !rest.starts_with("index ") => {
            let (name, columns) = named(rest);
            table.uniques.push(Unique { name, columns });
        }
        "unique" => table.indexes.push(index(rest.strip_prefix("index ").unwrap(), true)),
        "index" => table.indexes.push(index(rest, false)),
        "fk" => table.foreign_keys.push(foreign_key(rest)),
        "check" => {
            let (name, text) = rest.split_once(": ").unwrap();
            table.checks.push(Check {
                name: name.into(),
                expression: expression(text),
            });
        }
        _ => {
            let (column, is_key) = column(word, rest);
            if is_key {
                table.primary_key = Some(PrimaryKey {
                    name: None,
                    columns: vec![column.name.clone()],
                });
            }
            table.columns.push(column);
        }
    }
}

/// `id integer pk auto`, `name varchar(255) null = 'x' -- comment`, `total integer as a + b`; `_` is a blank in a type.
fn column(name: &str, rest: &str) -> (Column, bool) {
    let (rest, comment) = commented(rest);
    let (rest, default) = rest
        .split_once(" = ")
        .map_or((rest, None), |(rest, value)| (rest, Some(expression(value))));
    let (rest, generated) = rest
        .split_once(" as ")
        .map_or((rest, None), |(rest, of)| (rest, Some(expression(of))));
    let (data_type, flags) = rest.split_once(' ').unwrap_or((rest, ""));
    let data_type = if data_type.starts_with("enum:") {
        data_type.to_owned()
    } else {
        data_type.replace('_', " ")
    };
    let mut column = Column::new(name, data_type.parse::<DataType>().unwrap());
    (column.default, column.generated, column.comment) = (default, generated, comment);
    let flags: Vec<&str> = flags.split_whitespace().collect();
    column.nullable = flags.contains(&"null");
    if flags.contains(&"auto") {
        column.auto_increment = AutoIncrement::Yes;
    }
    (column, flags.contains(&"pk"))
}

fn commented(text: &str) -> (&str, Option<String>) {
    text.split_once(" -- ")
        .map_or((text, None), |(text, comment)| (text, Some(comment.to_owned())))
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(|part| part.trim().to_owned()).collect()
}

/// `name (a, b)`
fn named(text: &str) -> (String, Vec<String>) {
    let (name, columns) = text.trim_end_matches(')').split_once('(').unwrap();
    (name.trim().to_owned(), list(columns))
}

fn foreign_key(text: &str) -> ForeignKey {
    let (from, to) = text.split_once(" -> ").unwrap();
    let (name, columns) = named(from);
    let (to, actions) = to.split_once(')').unwrap();
    let (ref_table, ref_columns) = named(to);
    let action = |of: &str| {
        let after = actions.split_once(of).map_or("", |(_, after)| after.trim_start());
        ["cascade", "restrict", "set null", "set default"]
            .into_iter()
            .position(|word| after.starts_with(word))
            .map_or(ReferentialAction::NoAction, |at| {
                [
                    ReferentialAction::Cascade,
                    ReferentialAction::Restrict,
                    ReferentialAction::SetNull,
                    ReferentialAction::SetDefault,
                ][at]
            })
    };
    let (on_delete, on_update) = (action("on delete"), action("on update"));
    ForeignKey {
        name,
        columns,
        ref_table,
        ref_columns,
        on_delete,
        on_update,
        not_valid: false,
    }
}

fn index(text: &str, unique: bool) -> Index {
    let (text, filter) = text
        .split_once(" where ")
        .map_or((text, None), |(text, filter)| (text, Some(expression(filter))));
    let (text, include) = text
        .split_once(" include ")
        .map_or((text, Vec::new()), |(text, columns)| (text, named(columns).1));
    let (text, method) = text
        .split_once(" using ")
        .map_or((text, None), |(text, method)| (text, Some(method.to_owned())));
    let (name, parts) = text.strip_suffix(')').unwrap().split_once(" (").unwrap();
    let parts = list(parts).into_iter().map(|part| {
        let (key, direction) = part
            .strip_suffix(" desc")
            .map_or((part.as_str(), Direction::Asc), |key| (key, Direction::Desc));
        let key = key.strip_prefix('`').and_then(|key| key.strip_suffix('`')).map_or_else(
            || IndexKey::Column(key.to_owned()),
            |sql| IndexKey::Expression(expression(sql)),
        );
        IndexPart { key, direction }
    });
    let mut index = Index::new(name, parts.collect());
    (index.unique, index.filter, index.include, index.method) = (unique, filter, include, method);
    index
}

/// A constant, a moment, `column IS [NOT] NULL`, `column OP constant`, `function(column)`; everything else stays SQL.
fn expression(text: &str) -> Expression {
    let is_name = |word: &str| {
        word.chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    let column = |name: &str| Box::new(Expression::Column(name.to_owned()));
    let words: Vec<&str> = text.splitn(3, ' ').collect();
    let comparison = |word: &str| {
        use Comparison::{Eq, Gt, Gte, Lt, Lte, Ne};
        [("=", Eq), ("<>", Ne), ("<", Lt), ("<=", Lte), (">", Gt), (">=", Gte)]
            .into_iter()
            .find(|(sign, _)| *sign == word)
    };
    match (text, words.as_slice()) {
        ("now()", _) => Expression::Now,
        ("current_timestamp", _) => Expression::CurrentTimestamp,
        (_, [name, "is", "null"]) if is_name(name) => Expression::IsNull(column(name)),
        (_, [name, "is", "not null"]) if is_name(name) => Expression::IsNotNull(column(name)),
        (_, [name, sign, value]) if is_name(name) && comparison(sign).is_some() && literal(value).is_some() => {
            let value = Expression::Literal(literal(value).unwrap());
            Expression::Compare(column(name), comparison(sign).unwrap().1, Box::new(value))
        }
        _ => {
            let call = text.strip_suffix(')').and_then(|text| text.split_once('('));
            match (literal(text), call) {
                (Some(value), _) => Expression::Literal(value),
                (None, Some((function, name))) if is_name(function) && is_name(name) => {
                    Expression::Function(function.to_owned(), vec![*column(name)])
                }
                _ => Expression::Sql(text.to_owned()),
            }
        }
    }
}

fn literal(text: &str) -> Option<Literal> {
    let quoted = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    Some(match (text, quoted) {
        ("true" | "false", _) => Literal::Bool(text == "true"),
        (_, Some(inside)) if !inside.replace("''", "").contains('\'') => Literal::Text(inside.replace("''", "'")),
        _ => text
            .parse()
            .map(Literal::Int)
            .or_else(|_| text.parse().map(Literal::Double))
            .ok()?,
    })
}
