//! A case on real databases: there and back in every way that it can be sent, each value compared each time.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use seawright::{
    diff::Plan,
    emit::{Part, script},
    schema::Schema,
};

use super::{
    case::Case,
    cases::{Ground, from_nothing, same, sent, taken_back},
    emitted,
    values::{Dice, Filled, Lineage, Player, fill, read_all, refuses, there_and_back},
};

/// How a plan is sent.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    /// Its statements, in the forms of its migrations.
    Statements,
    /// The migrations in Rust.
    Migrations,
    /// The script of `diff --emit sql`.
    Script,
}

/// A plan with a way to send it; `is_back` plays the plan that it is the inverse of from its end.
struct Sent<'p> {
    ground: &'p Ground,
    /// The plan as the case has it.
    plan: &'p Plan,
    migrations: &'p [(String, Part)],
    way: Way,
    is_back: bool,
}

impl Sent<'_> {
    async fn go(&self, db: &DatabaseConnection, up: bool) -> Result<(), String> {
        match self.way {
            Way::Statements | Way::Script if !up => self.ground.play_back(db, self.plan).await,
            Way::Statements => self.ground.play(db, self.plan).await,
            // No script is printed for the way back: it is played as its migrations do it.
            Way::Script => self.ground.run_script(db, self.plan).await,
            Way::Migrations => {
                let all = emitted::all();
                let mut migrations: Vec<&(String, Part)> = self.migrations.iter().collect();
                if !up {
                    migrations.reverse();
                }
                for (name, part) in migrations {
                    let migration = all.iter().find(|migration| migration.name() == name);
                    let migration = migration.ok_or_else(|| format!("no {name}: UPDATE_CASES=1 writes it"))?;
                    self.ground.migrate(db, migration.as_ref(), part.form, up).await?;
                }
                Ok(())
            }
        }
    }
}

impl Player for Sent<'_> {
    async fn start(&self) -> Result<DatabaseConnection, String> {
        let schema = if self.is_back {
            &self.plan.after
        } else {
            &self.plan.before
        };
        let db = self.ground.empty().await;
        self.ground.play(&db, &from_nothing(schema)).await?;
        Ok(db)
    }

    async fn up(&self, db: &DatabaseConnection) -> Result<(), String> {
        self.go(db, !self.is_back).await
    }

    async fn down(&self, db: &DatabaseConnection) -> Option<Result<(), String>> {
        if taken_back(self.plan, self.ground.dialect()).is_err() {
            return None;
        }
        Some(self.go(db, self.is_back).await)
    }
}

/// What is wrong with a case on a database: which part of it, and how.
pub(crate) async fn case(
    plan: &Plan,
    case: &Case,
    migrations: &[(String, Part)],
    ground: &Ground,
    beside: &Ground,
) -> Vec<(String, String)> {
    let dialect = ground.dialect();
    if sent(plan, dialect).is_err() {
        return Vec::new(); // The refusal is in the case's text.
    }
    let mut wrong: Vec<(String, String)> = Vec::new();
    let mut also = |part: &str, done: Result<(), String>| {
        if let Err(why) = done {
            wrong.push((part.to_owned(), why));
        }
    };
    let built = async |schema: &Schema| ground.built(schema).await;
    let (before, after) = match (built(&plan.before).await, built(&plan.after).await) {
        (Ok(before), Ok(after)) => (before, after),
        (Err(why), _) | (_, Err(why)) => {
            also("built", Err(why));
            return wrong;
        }
    };
    let is_schema =
        async |db: &DatabaseConnection, up: bool| same(if up { &after } else { &before }, &ground.read(db).await);
    let given = match given(plan, case, ground).await {
        Ok(given) => given,
        Err(why) => {
            also("rows", Err(why));
            return wrong;
        }
    };
    let ways = ways(plan, migrations, ground);
    if !case.block("converted").is_empty() {
        // Its values become others, which a test of its own knows: here it goes there, back and there again over the rows.
        for way in ways {
            let player = Sent {
                ground,
                plan,
                migrations,
                way,
                is_back: false,
            };
            let done = converted(case, &player, &is_schema).await;
            also("converted", done.map_err(|why| format!("{way:?}: {why}")));
        }
        return wrong;
    }
    match filled(plan, case, &given, ground, beside).await {
        Err(why) => also("rows", Err(why)),
        Ok((lineage, filled)) => {
            also("rows", full(plan, case, &filled));
            for way in ways.iter().copied() {
                let player = Sent {
                    ground,
                    plan,
                    migrations,
                    way,
                    is_back: false,
                };
                let done = there_and_back(plan, &lineage, &filled, dialect, &player, &is_schema).await;
                also("kept", done.map_err(|why| format!("{way:?}: {why}")));
                let done = refuses(plan, &lineage, &filled, dialect, &player).await;
                also("fits", done.map_err(|why| format!("{way:?}: {why}")));
            }
        }
    }
    if taken_back(plan, dialect).is_err() {
        return wrong;
    }
    // Rows that come when the change is there already: it is taken back over them.
    let inverse = plan.inverse();
    match filled(&inverse, case, &Given::new(), ground, beside).await {
        Err(why) => also("rows back", Err(why)),
        Ok((lineage, filled)) => {
            for way in ways.into_iter().filter(|way| *way != Way::Script) {
                let player = Sent {
                    ground,
                    plan,
                    migrations,
                    way,
                    is_back: true,
                };
                let done = once(&inverse, &lineage, &filled, &player, ground).await;
                also("kept back", done.map_err(|why| format!("{way:?}: {why}")));
                let done = refuses(&inverse, &lineage, &filled, dialect, &player).await;
                also("fits back", done.map_err(|why| format!("{way:?}: {why}")));
            }
        }
    }
    wrong
}

/// There, back and there again, over the rows that the case brings.
async fn converted(
    case: &Case,
    player: &Sent<'_>,
    is_schema: &impl AsyncFn(&DatabaseConnection, bool) -> Result<(), String>,
) -> Result<(), String> {
    let db = player.start().await?;
    let rows = case.block("rows").trim();
    if !rows.is_empty() {
        db.execute_unprepared(rows).await.map_err(|error| error.to_string())?;
    }
    player.up(&db).await.map_err(|why| format!("up: {why}"))?;
    is_schema(&db, true).await.map_err(|why| format!("up: {why}"))?;
    let Some(down) = player.down(&db).await else {
        return Ok(());
    };
    down.map_err(|why| format!("down: {why}"))?;
    is_schema(&db, false).await.map_err(|why| format!("down: {why}"))?;
    player.up(&db).await.map_err(|why| format!("up again: {why}"))?;
    is_schema(&db, true).await.map_err(|why| format!("up again: {why}"))
}

fn ways(plan: &Plan, migrations: &[(String, Part)], ground: &Ground) -> Vec<Way> {
    let mut ways = vec![Way::Statements];
    if !migrations.is_empty() {
        ways.push(Way::Migrations);
    }
    if script(plan, ground.dialect()).is_ok() {
        ways.push(Way::Script);
    }
    ways
}

/// The way back only, and what has to be found then.
async fn once(
    plan: &Plan,
    lineage: &Lineage,
    filled: &Filled,
    player: &Sent<'_>,
    ground: &Ground,
) -> Result<(), String> {
    struct Once<'s, 'p>(&'s Sent<'p>);
    impl Player for Once<'_, '_> {
        async fn start(&self) -> Result<DatabaseConnection, String> {
            self.0.start().await
        }
        async fn up(&self, db: &DatabaseConnection) -> Result<(), String> {
            self.0.up(db).await
        }
        async fn down(&self, _: &DatabaseConnection) -> Option<Result<(), String>> {
            None
        }
    }
    let nothing = async |_: &DatabaseConnection, _: bool| Ok(());
    there_and_back(plan, lineage, filled, ground.dialect(), &Once(player), nothing).await
}

type Given = BTreeMap<String, Vec<Vec<Option<String>>>>;

/// The rows that the case brings itself.
async fn given(plan: &Plan, case: &Case, ground: &Ground) -> Result<Given, String> {
    let block = case.block("rows").trim();
    if block.is_empty() || block == "none" {
        return Ok(Given::new());
    }
    let db = ground.empty().await;
    ground.play(&db, &from_nothing(&plan.before)).await?;
    db.execute_unprepared(block).await.map_err(|error| error.to_string())?;
    read_all(&db, ground.dialect(), &plan.before).await
}

async fn filled(
    plan: &Plan,
    case: &Case,
    given: &Given,
    ground: &Ground,
    beside: &Ground,
) -> Result<(Lineage, Filled), String> {
    let lineage = Lineage::of(plan);
    if case.block("rows").trim() == "none" {
        return Ok((lineage, Filled::none(plan)));
    }
    let (from, to) = (ground.empty().await, beside.empty().await);
    ground.play(&from, &from_nothing(&plan.before)).await?;
    beside.play(&to, &from_nothing(&plan.after)).await?;
    let filled = fill(
        plan,
        &lineage,
        (&from, &to),
        ground.dialect(),
        given,
        Dice::of(&case.title),
    )
    .await?;
    Ok((lineage, filled))
}

/// A table without rows shows nothing.
fn full(plan: &Plan, case: &Case, filled: &Filled) -> Result<(), String> {
    if case.block("rows").trim() == "none" {
        return Ok(());
    }
    let empty: Vec<&str> = plan
        .before
        .tables
        .iter()
        .map(|table| table.name.as_str())
        .filter(|name| filled.count(name) == 0)
        .collect();
    if empty.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "no row could be made for {}; give some, or say `none`",
            empty.join(", ")
        ))
    }
}
