//! A change made to the table that is there, so that what was added to it by hand outlives the rebuild.

use super::definition::{Clause, Column, Constraint, Definition, Kind, alike, mentions, same};
use crate::{
    ddl::{alter_table::Step, quote},
    schema::PrimaryKey,
};

/// A change of a table.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'w> {
    /// The table's name.
    pub table: &'w str,
    /// What changes.
    pub steps: &'w [Step],
    /// The table as the history has it afterwards.
    pub after: &'w Definition,
    /// The columns that are new.
    pub added: &'w [String],
}

impl Wanted<'_> {
    fn is_added(&self, name: &str) -> bool {
        self.added.iter().any(|added| same(added, name))
    }

    /// The columns that go.
    pub(super) fn dropped(&self) -> Vec<&str> {
        let dropped = self.steps.iter().filter_map(|step| match step {
            Step::DropColumn(name) => Some(name.as_str()),
            _ => None,
        });
        dropped.collect()
    }
}

/// The table that is there with the change made to it. What the change does not speak of stays as it is, whatever the
/// history says of it.
///
/// # Errors
/// Why it cannot be made, in a sentence without its end.
pub(super) fn merged(live: &Definition, wanted: &Wanted<'_>) -> Result<Definition, String> {
    starts_there(live, wanted)?;
    is_made(wanted)?;
    let mut new = live.clone();
    let dropped = wanted.dropped();
    new.columns
        .retain(|column| !dropped.iter().any(|name| same(name, &column.name)));
    new.columns.extend(
        wanted
            .after
            .columns
            .iter()
            .filter(|column| wanted.is_added(&column.name))
            .cloned(),
    );
    for step in wanted.steps {
        change_column(&mut new, step, wanted.after);
    }
    compute(&mut new, wanted.after);
    let mut gone = names_of_dropped(wanted.steps);
    replace_key(&mut new, &mut gone, wanted);
    drop_constraints(&mut new, gone, wanted)?;
    add_constraints(&mut new, wanted)?;
    still_holds(&mut new, wanted, &dropped)?;
    Ok(new)
}

/// Refuses where a column is missing that the change starts from, or is there that it adds.
fn starts_there(live: &Definition, wanted: &Wanted<'_>) -> Result<(), String> {
    let table = wanted.table;
    let dropped = wanted.dropped();
    let kept = wanted.after.columns.iter().map(|column| column.name.as_str());
    let known: Vec<&str> = kept
        .filter(|name| !wanted.is_added(name))
        .chain(dropped.iter().copied())
        .collect();
    let missing: Vec<&str> = known
        .iter()
        .copied()
        .filter(|name| live.column(name).is_none())
        .collect();
    let is_known = |name: &str| known.iter().any(|known| same(known, name));
    let others: Vec<&str> = live
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .filter(|name| !is_known(name))
        .collect();
    if let [first, ..] = missing.as_slice() {
        let found = match others.as_slice() {
            [] => format!(
                "what is there is {}",
                list(live.columns.iter().map(|column| column.name.as_str()))
            ),
            [other] => format!(
                "there is {}, of which the change knows nothing; if it is the same under another name, \
                 `ALTER TABLE {} RENAME COLUMN {} TO {}` brings it back",
                list([*other]),
                quote(table),
                quote(other),
                quote(first)
            ),
            _ => format!(
                "there are {}, of which the change knows nothing; if one of them is the same under another name, \
                 `ALTER TABLE {} RENAME COLUMN … TO {}` brings it back",
                list(others.iter().copied()),
                quote(table),
                quote(first)
            ),
        };
        let has = if missing.len() == 1 {
            "the column"
        } else {
            "the columns"
        };
        return Err(format!(
            "`{table}` lacks {has} {} that the change starts from: {found}",
            list(missing.iter().copied())
        ));
    }
    let twice = wanted.added.iter().find(|name| live.column(name).is_some());
    twice.map_or(Ok(()), |name| {
        Err(format!(
            "`{table}` has a column `{name}` already, which the change adds: rename yours, or take it away, and run it again"
        ))
    })
}

fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn change_column(new: &mut Definition, step: &Step, after: &Definition) {
    let name = match step {
        Step::SetType(column, _) | Step::SetCounterType(column) | Step::SetExpression(column) => {
            column.get_column_name()
        }
        Step::SetNotNull(name, _)
        | Step::DropNotNull(name)
        | Step::SetDefault(name, _)
        | Step::DropDefault(name)
        | Step::StartCounting(name)
        | Step::StopCounting(name) => name.clone(),
        _ => return,
    };
    let Some(wanted) = after.column(&name) else { return };
    let Some(column) = new.columns.iter_mut().find(|column| same(&column.name, &name)) else {
        return;
    };
    match step {
        Step::SetType(..)
        | Step::SetExpression(_)
        | Step::SetCounterType(_)
        | Step::StartCounting(_)
        | Step::StopCounting(_) => {
            // A collation stands in the type, so where the rest of it is the same the collation is what changes; where the
            // type is another one, a collation of which the history has nothing is kept.
            if wanted.has(Kind::Collate) || same(&column.data_type, &wanted.data_type) {
                column.set(Kind::Collate, wanted.clause(Kind::Collate));
            }
            column.data_type.clone_from(&wanted.data_type);
        }
        Step::SetNotNull(..) => {
            column.set(Kind::Null, None);
            column.set(Kind::NotNull, wanted.clause(Kind::NotNull));
        }
        Step::DropNotNull(_) => column.set(Kind::NotNull, None),
        Step::SetDefault(..) => column.set(Kind::Default, wanted.clause(Kind::Default)),
        _ => column.set(Kind::Default, None),
    }
}

/// How a column is computed is told by no step.
fn compute(new: &mut Definition, after: &Definition) {
    for column in &mut new.columns {
        let Some(wanted) = after.column(&column.name) else {
            continue;
        };
        let (is, is_to_be) = (column.clause(Kind::Generated), wanted.clause(Kind::Generated));
        let is_same = match (is, is_to_be) {
            (Some(is), Some(is_to_be)) => alike(&is.text, &is_to_be.text),
            (is, is_to_be) => is.is_none() == is_to_be.is_none(),
        };
        if !is_same {
            column.set(Kind::Generated, is_to_be.cloned().as_ref());
        }
    }
}

fn names_of_dropped(steps: &[Step]) -> Vec<String> {
    let dropped = steps.iter().filter_map(|step| match step {
        Step::DropConstraint(name) => Some(name.clone()),
        _ => None,
    });
    dropped.collect()
}

/// The primary key is the history's where the change speaks of it.
fn replace_key(new: &mut Definition, gone: &mut Vec<String>, wanted: &Wanted<'_>) {
    let derived = PrimaryKey {
        name: None,
        columns: Vec::new(),
    }
    .name_on(wanted.table);
    let own = key_name(new);
    let is_key = |name: &str| same(name, &derived) || own.as_deref().is_some_and(|own| same(own, name));
    let drops = gone.iter().any(|name| is_key(name));
    let speaks = wanted.steps.iter().any(|step| match step {
        Step::AddPrimaryKey(..) | Step::StartCounting(_) | Step::StopCounting(_) | Step::SetCounterType(_) => true,
        Step::RenameConstraint(from, _) => is_key(from),
        _ => false,
    });
    if !drops && !speaks {
        return;
    }
    gone.retain(|name| !is_key(name));
    for column in &mut new.columns {
        let key = wanted
            .after
            .column(&column.name)
            .and_then(|column| column.clause(Kind::PrimaryKey));
        column.set(Kind::PrimaryKey, key);
    }
    new.constraints.retain(|own| own.kind != Kind::PrimaryKey);
    let behind = wanted.after.constraints.iter().find(|own| own.kind == Kind::PrimaryKey);
    if let Some(key) = behind {
        new.constraints.insert(0, key.clone());
    }
}

fn key_name(table: &Definition) -> Option<String> {
    let beside = table.columns.iter().find_map(|column| column.clause(Kind::PrimaryKey));
    let behind = table.constraints.iter().find(|own| own.kind == Kind::PrimaryKey);
    beside
        .and_then(|clause| clause.name.clone())
        .or_else(|| behind.and_then(|own| own.name.clone()))
}

/// Where a constraint stands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Beside(usize, usize),
    Behind(usize),
}

fn is_constraint(kind: Kind) -> bool {
    matches!(kind, Kind::Unique | Kind::Check | Kind::References)
}

/// Every unique key, check and reference.
fn constraints(table: &Definition) -> Vec<(Place, Constraint)> {
    let mut all = Vec::new();
    for (at, column) in table.columns.iter().enumerate() {
        for (nth, clause) in column
            .clauses
            .iter()
            .enumerate()
            .filter(|(_, own)| is_constraint(own.kind))
        {
            all.push((Place::Beside(at, nth), clause.as_constraint(&column.name)));
        }
    }
    let behind = table.constraints.iter().enumerate();
    for (at, own) in behind.filter(|(_, own)| is_constraint(own.kind)) {
        all.push((Place::Behind(at), own.clone()));
    }
    all
}

fn remove(table: &mut Definition, mut places: Vec<Place>) {
    // From the back, so that the places before stay what they are.
    places.sort_by_key(|place| match place {
        Place::Beside(at, nth) => (*at, *nth),
        Place::Behind(at) => (usize::MAX, *at),
    });
    places.dedup();
    for place in places.into_iter().rev() {
        match place {
            Place::Beside(at, nth) => {
                table.columns[at].clauses.remove(nth);
            }
            Place::Behind(at) => {
                table.constraints.remove(at);
            }
        }
    }
}

/// Whether two constraints demand the same of the same columns, whatever they are called.
fn demands_the_same(a: &Constraint, b: &Constraint) -> bool {
    let same_columns = |a: &[String], b: &[String]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b));
    a.kind == b.kind
        && match a.kind {
            Kind::Unique => same_columns(&a.columns, &b.columns),
            Kind::References => {
                same_columns(&a.columns, &b.columns)
                    && match (&a.refers, &b.refers) {
                        (Some((table, columns)), Some((other, others))) => {
                            // Without columns it is the other table's primary key.
                            let is_short = columns.is_empty() || others.is_empty();
                            same(table, other) && (is_short || same_columns(columns, others))
                        }
                        _ => false,
                    }
            }
            _ => alike(&a.text, &b.text),
        }
}

fn is_named(own: &Constraint, name: &str) -> bool {
    own.name.as_deref().is_some_and(|own| same(own, name))
}

/// Takes away what the change takes away. SQLite's tables need not tell a constraint's name (sea-query writes none for a
/// foreign key): then it is the one that the history does not have afterwards, if it is clear which.
fn drop_constraints(new: &mut Definition, mut gone: Vec<String>, wanted: &Wanted<'_>) -> Result<(), String> {
    let all = constraints(new);
    let mut places = Vec::new();
    gone.retain(|name| {
        let found: Vec<&Place> = all
            .iter()
            .filter(|(_, own)| is_named(own, name))
            .map(|(place, _)| place)
            .collect();
        places.extend(found.iter().map(|place| (*place).clone()));
        found.is_empty()
    });
    let afterwards: Vec<Constraint> = constraints(wanted.after).into_iter().map(|(_, own)| own).collect();
    let mut candidates: Vec<(&Place, &Constraint)> = all
        .iter()
        .filter(|(place, own)| own.name.is_none() && !places.contains(place))
        .filter(|(_, own)| is_added_key(own, wanted) || !afterwards.iter().any(|other| demands_the_same(own, other)))
        .map(|(place, own)| (place, own))
        .collect();
    let mut unclear = Vec::new();
    for name in gone {
        let lower = name.to_ascii_lowercase();
        let tells = |own: &Constraint| {
            !own.columns.is_empty()
                && own
                    .columns
                    .iter()
                    .all(|column| lower.contains(&column.to_ascii_lowercase()))
        };
        let told: Vec<usize> = (0..candidates.len()).filter(|at| tells(candidates[*at].1)).collect();
        match told.as_slice() {
            [at] => places.push(candidates.remove(*at).0.clone()),
            _ => unclear.push(name),
        }
    }
    if candidates.len() > unclear.len() && !unclear.is_empty() {
        let (first, named) = (&unclear[0], candidates.iter().map(|(_, own)| format!("`{}`", own.text)));
        return Err(format!(
            "the change takes the constraint `{first}` from `{}`, and SQLite does not tell which of {} that is: \
             give it its name in the table, or take away by hand what was added by hand",
            wanted.table,
            named.collect::<Vec<_>>().join(", ")
        ));
    }
    if !unclear.is_empty() {
        places.extend(candidates.into_iter().map(|(place, _)| place.clone()));
    }
    remove(new, places);
    for step in wanted.steps {
        if let Step::RenameConstraint(from, to) = step {
            rename(new, from, to);
        }
    }
    Ok(())
}

/// Whether a reference is where the change adds one.
fn is_added_key(own: &Constraint, wanted: &Wanted<'_>) -> bool {
    wanted.steps.iter().filter_map(added_key).any(|(columns, table)| {
        own.refers.as_ref().is_some_and(|(refers, _)| same(refers, &table))
            && own.columns.len() == columns.len()
            && own.columns.iter().zip(&columns).all(|(a, b)| same(a, b))
    })
}

/// A reference's text without the columns that refer.
fn reference(text: &str) -> &str {
    let at = text.to_ascii_lowercase().find("references");
    at.and_then(|at| text.get(at..)).unwrap_or(text)
}

fn added_key(step: &Step) -> Option<(Vec<String>, String)> {
    let Step::AddForeignKey(key) = step else { return None };
    let key = key.get_foreign_key();
    let table = key.get_ref_table()?;
    let table = match table {
        sea_orm::sea_query::TableRef::Table(name, _) => name.1.to_string(),
        _ => return None,
    };
    Some((key.get_columns(), table))
}

fn rename(table: &mut Definition, from: &str, to: &str) {
    let clauses = table
        .columns
        .iter_mut()
        .flat_map(|column: &mut Column| &mut column.clauses);
    let beside = clauses.map(|clause: &mut Clause| &mut clause.name);
    let behind = table.constraints.iter_mut().map(|own| &mut own.name);
    for name in beside.chain(behind) {
        if name.as_deref().is_some_and(|name| same(name, from)) {
            *name = Some(to.to_owned());
        }
    }
}

/// Adds what the history has and the table has not.
fn add_constraints(new: &mut Definition, wanted: &Wanted<'_>) -> Result<(), String> {
    let here: Vec<Constraint> = constraints(new).into_iter().map(|(_, own)| own).collect();
    for (place, own) in constraints(wanted.after) {
        if let Place::Beside(..) = place {
            continue; // It came with its column.
        }
        if is_fact(&own) {
            continue; // What it stands for is in the table that is there.
        }
        let is_new = wanted.steps.iter().any(|step| match step {
            Step::AddUnique(name, _) | Step::AddCheck(name, _) => is_named(&own, name),
            _ => false,
        });
        let namesake = here
            .iter()
            .find(|other| own.name.as_deref().is_some_and(|name| is_named(other, name)));
        match namesake {
            Some(other) if is_new && !demands_the_same(&own, other) => {
                return Err(format!(
                    "`{}` has a constraint `{}` already, and it is another than the one that the change adds: `{}` in the place of `{}`",
                    wanted.table,
                    own.name.as_deref().unwrap_or_default(),
                    other.text,
                    own.text
                ));
            }
            Some(_) => {}
            None => match here.iter().find(|other| demands_the_same(&own, other)) {
                Some(other) if is_added_key(&own, wanted) && !alike(reference(&own.text), reference(&other.text)) => {
                    return Err(format!(
                        "`{}` has a reference already where the change adds one, and it is another: `{}` in the place of `{}`",
                        wanted.table, other.text, own.text
                    ));
                }
                Some(_) => {}
                None => new.constraints.push(own),
            },
        }
    }
    Ok(())
}

/// Whether it is no check: the IR keeps what it has no field for (`STRICT`, a deferred key) under such a name.
fn is_fact(own: &Constraint) -> bool {
    own.kind == Kind::Check && own.name.as_deref().is_some_and(names_a_fact)
}

fn names_a_fact(name: &str) -> bool {
    name == "sql" || name.starts_with("sql: ")
}

/// Refuses a change of what the IR has no field for: it would change nothing, in silence.
fn is_made(wanted: &Wanted<'_>) -> Result<(), String> {
    let mut facts = wanted.steps.iter().filter_map(|step| match step {
        Step::AddCheck(name, _) | Step::DropConstraint(name) => Some(name.as_str()),
        Step::RenameConstraint(from, _) => Some(from.as_str()),
        _ => None,
    });
    let fact = facts.find(|name| names_a_fact(name));
    fact.map_or(Ok(()), |name| {
        Err(format!(
            "`{}` is to change in something that no migration can say (`{}`): change it by hand",
            wanted.table,
            name.trim_start_matches("sql: ")
        ))
    })
}

/// Refuses where something that was made by hand speaks of a column that goes.
fn still_holds(new: &mut Definition, wanted: &Wanted<'_>, dropped: &[&str]) -> Result<(), String> {
    let table = wanted.table;
    let alone = |own: &Constraint, name: &str| own.columns.len() == 1 && own.mentions(name);
    for name in dropped {
        // A key or a reference of only that column goes with it, as it does in place.
        new.constraints
            .retain(|own| !(matches!(own.kind, Kind::Unique | Kind::References) && alone(own, name)));
        if let Some(own) = new.constraints.iter().find(|own| own.mentions(name)) {
            return Err(format!(
                "`{table}.{name}` is to go, and a constraint of `{table}` that the change does not know speaks of it: `{}`; take it away first",
                own.sql()
            ));
        }
        for column in &new.columns {
            let speaks =
                |clause: &&Clause| matches!(clause.kind, Kind::Check | Kind::Generated) && mentions(&clause.text, name);
            if let Some(clause) = column.clauses.iter().find(speaks) {
                return Err(format!(
                    "`{table}.{name}` is to go, and `{table}.{}` speaks of it: `{}`; change that first",
                    column.name, clause.text
                ));
            }
        }
    }
    if new.has_option("WITHOUT") && new.key().is_empty() {
        return Err(format!(
            "`{table}` is WITHOUT ROWID and cannot be without a primary key"
        ));
    }
    if new.options.to_ascii_uppercase().contains("STRICT") {
        let changed = |column: &Column| {
            wanted.is_added(&column.name)
                || wanted
                    .steps
                    .iter()
                    .any(|step| matches!(step, Step::SetType(to, _) if same(&to.get_column_name(), &column.name)))
        };
        let of_strict = |data_type: &str| {
            ["int", "integer", "real", "text", "blob", "any"]
                .iter()
                .any(|known| same(known, data_type))
        };
        if let Some(column) = new
            .columns
            .iter()
            .find(|column| changed(column) && !of_strict(&column.data_type))
        {
            return Err(format!(
                "`{table}` is STRICT, and `{}` is no type of such a table (column `{}`): make it without STRICT first, or choose text, \
                 integer, real or blob",
                column.data_type, column.name
            ));
        }
    }
    Ok(())
}
