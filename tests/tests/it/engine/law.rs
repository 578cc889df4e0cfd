//! What holds for any two schemas: the plan between them leads from one to the other and back, and no row loses a value.
//!
//! Every run has schemas of its own. A failure says which: `SEAWRIGHT_LAW_SEED` repeats them.

use std::{
    collections::{BTreeMap, hash_map::RandomState},
    hash::{BuildHasher as _, Hasher as _},
    time::{Duration, Instant},
};

use proptest::{
    collection::vec,
    prelude::{Strategy, any},
    sample::{select, subsequence},
    test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner},
};
use seawright::{
    diff::{Plan, Questioner, diff},
    schema::{
        AutoIncrement, Check, Column, Comparison, DataType, Dialect, Direction, EnumType, Expression, ForeignKey,
        Index, IndexKey, IndexPart, Literal, PrimaryKey, ReferentialAction, Schema, Table, Unique,
    },
};
use tests::{TestDb, block_on, skips_postgres};

use super::{
    cases::{Ground, from_nothing, same},
    values::{Dice, Lineage, Player, fill, there_and_back},
};

/// Takes everything for new.
struct AllNew;

impl Questioner for AllNew {
    fn table(&mut self, _: &Table, _: &[&Table]) -> Option<Option<String>> {
        Some(None)
    }

    fn column(&mut self, _: &str, _: &Column, _: &[&Column]) -> Option<Option<String>> {
        Some(None)
    }

    fn fill(&mut self, _: &str, column: &Column) -> Option<Expression> {
        Some(constant(&column.data_type))
    }

    fn zone(&mut self, _: &str, _: &Column, _: &Column) -> Option<String> {
        Some("UTC".to_owned())
    }
}

/// A value of a type. No wildcard: a type that is new to the IR asks for its own here.
fn constant(data_type: &DataType) -> Expression {
    Expression::Literal(match data_type {
        DataType::TinyInteger | DataType::SmallInteger | DataType::Integer | DataType::BigInteger => Literal::Int(-7),
        DataType::TinyUnsigned | DataType::SmallUnsigned | DataType::Unsigned | DataType::BigUnsigned => {
            Literal::Int(7)
        }
        DataType::Float | DataType::Double | DataType::Decimal(_) => Literal::Double(1.5),
        DataType::Boolean => Literal::Bool(true),
        DataType::Char(_)
        | DataType::Varchar(_)
        | DataType::Text
        | DataType::Blob
        | DataType::Binary(_)
        | DataType::VarBinary(_) => Literal::Text("7".into()),
        DataType::Date => Literal::Text("2020-02-29".into()),
        DataType::Time => Literal::Text("07:00:00".into()),
        DataType::DateTime | DataType::Timestamp => Literal::Text("2020-02-29 07:00:00".into()),
        DataType::TimestampTz => Literal::Text("2020-02-29 07:00:00+00".into()),
        DataType::Json | DataType::JsonBinary | DataType::Array(_) => Literal::Text("{}".into()),
        DataType::Uuid => Literal::Text("01890a5d-ac96-774b-bcce-b302099a8057".into()),
        DataType::Enum(_) => Literal::Text("glad".into()),
        DataType::Custom(_) => Literal::Text("10.0.0.1".into()),
    })
}

/// Types, each of which can become any other of its row where its values allow it.
fn families(dialect: Option<Dialect>) -> Vec<Vec<DataType>> {
    let mut families = vec![
        vec![
            DataType::Integer,
            DataType::BigInteger,
            DataType::Varchar(Some(20)),
            DataType::Text,
        ],
        vec![DataType::SmallInteger, DataType::Integer, DataType::BigInteger],
        vec![
            DataType::TinyInteger,
            DataType::TinyUnsigned,
            DataType::SmallUnsigned,
            DataType::Unsigned,
        ],
        vec![DataType::BigUnsigned, DataType::BigInteger],
        vec![DataType::Float, DataType::Double],
        vec![
            DataType::Decimal(Some((12, 2))),
            DataType::Decimal(Some((14, 4))),
            DataType::Decimal(None),
        ],
        // Not with `varchar`: a check on a column keeps the cast of the type that the column had (fault C5).
        vec![DataType::Char(Some(5)), DataType::Char(Some(9))],
        vec![DataType::Varchar(Some(20)), DataType::Varchar(None), DataType::Text],
        vec![
            DataType::Blob,
            DataType::Binary(4),
            DataType::VarBinary(Some(8)),
            DataType::VarBinary(None),
        ],
        vec![DataType::Date],
        vec![DataType::Time],
        vec![DataType::DateTime, DataType::Timestamp],
        vec![DataType::TimestampTz],
        vec![DataType::Json, DataType::JsonBinary],
        vec![DataType::Uuid],
        vec![DataType::Boolean],
        vec![DataType::Enum("mood".into())],
    ];
    // SQLite has no arrays, and refuses the types of PostgreSQL.
    if dialect != Some(Dialect::Sqlite) {
        families.extend([
            vec![DataType::Array(Box::new(DataType::Integer))],
            vec![DataType::Array(Box::new(DataType::Text))],
            vec![DataType::Custom("inet".into())],
        ]);
    }
    families
}

fn column(name: &'static str, types: Vec<DataType>) -> impl Strategy<Value = Column> {
    (select(types), any::<bool>(), any::<bool>()).prop_map(move |(data_type, nullable, has_default)| {
        let mut column = Column::new(name, data_type);
        column.nullable = nullable;
        column.default = (has_default && !is_bytes(&column.data_type)).then(|| constant(&column.data_type));
        column
    })
}

/// Each database writes a constant of bytes in its own way, and the IR has none.
fn is_bytes(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Blob | DataType::Binary(_) | DataType::VarBinary(_))
}

/// Whether values of a type have an order on every database.
fn is_ordered(data_type: &DataType) -> bool {
    !matches!(data_type, DataType::Json)
}

/// What stands on the columns of a table: unique, index, check, foreign key.
type Choices = (Vec<(bool, bool, bool)>, Option<usize>, bool);

fn table(name: &'static str, types: &[Vec<DataType>; 3]) -> impl Strategy<Value = (Table, Choices)> + use<> {
    let types = types.clone();
    let columns = subsequence(vec![0, 1, 2], 0..=3);
    let columns = columns.prop_flat_map(move |at| {
        let columns = at.into_iter().map(|at| column(["a", "b", "c"][at], types[at].clone()));
        columns.collect::<Vec<_>>()
    });
    let choices = (
        vec((any::<bool>(), any::<bool>(), any::<bool>()), 3),
        proptest::option::of(0..3_usize),
        any::<bool>(),
    );
    (columns, choices).prop_map(move |(columns, choices)| {
        let mut table = Table {
            name: name.into(),
            ..Table::default()
        };
        let mut id = Column::new("id", DataType::Integer);
        id.auto_increment = AutoIncrement::Yes;
        table.columns.push(id);
        table.primary_key = Some(PrimaryKey {
            name: None,
            columns: vec!["id".into()],
        });
        table.columns.extend(columns);
        (table, choices)
    })
}

/// Two schemas in which a column has types of one family.
fn two_schemas(dialect: Option<Dialect>) -> impl Strategy<Value = (Schema, Schema)> {
    let family = || select(families(dialect));
    (family(), family(), family()).prop_flat_map(|(a, b, c)| {
        let types = [a, b, c];
        (schema(&types), schema(&types))
    })
}

fn schema(types: &[Vec<DataType>; 3]) -> impl Strategy<Value = Schema> + use<> {
    let types = types.clone();
    subsequence(vec!["one", "three", "two"], 0..=3)
        .prop_flat_map(move |names| names.into_iter().map(|name| table(name, &types)).collect::<Vec<_>>())
        .prop_map(|tables| {
            let names: Vec<String> = tables.iter().map(|(table, _)| table.name.clone()).collect();
            let tables = tables.into_iter().map(|(mut table, choices)| {
                furnish(&mut table, &choices, &names);
                table
            });
            let tables: Vec<Table> = tables.collect();
            let mood = DataType::Enum("mood".into());
            let is_used = tables
                .iter()
                .flat_map(|table| &table.columns)
                .any(|column| column.data_type == mood);
            let mood = EnumType {
                name: "mood".into(),
                values: vec!["sad".into(), "glad".into(), "it's so so".into()],
            };
            Schema {
                enums: is_used.then_some(mood).into_iter().collect(),
                tables,
                ..Schema::default()
            }
            .normalised()
        })
}

/// Names tell only the table and a number, so that what bears a name changes between two schemas.
fn furnish(table: &mut Table, (per_column, refers_to, is_desc): &Choices, tables: &[String]) {
    let columns: Vec<Column> = table.columns.iter().skip(1).cloned().collect();
    for (at, (column, (unique, index, check))) in columns.iter().zip(per_column).enumerate() {
        let name = |kind: &str| format!("{}_{kind}{at}", table.name);
        if !is_ordered(&column.data_type) {
            continue;
        }
        if *unique {
            table.uniques.push(Unique {
                name: name("unique"),
                columns: vec![column.name.clone()],
            });
        }
        if *index {
            let direction = if *is_desc { Direction::Desc } else { Direction::Asc };
            let mut made = Index::new(
                name("index"),
                vec![IndexPart {
                    key: IndexKey::Column(column.name.clone()),
                    direction,
                }],
            );
            made.filter = is_desc.then(|| Expression::IsNotNull(Box::new(Expression::Column(column.name.clone()))));
            table.indexes.push(made);
        }
        if *check && !is_bytes(&column.data_type) {
            let value = Box::new(constant(&column.data_type));
            let expression = Expression::Compare(
                Box::new(Expression::Column(column.name.clone())),
                Comparison::Gte,
                value,
            );
            table.checks.push(Check {
                name: name("check"),
                expression,
            });
        }
        let integer = matches!(column.data_type, DataType::Integer | DataType::BigInteger);
        if let Some(target) = refers_to.and_then(|at| tables.get(at)).filter(|_| integer && at == 0) {
            table.foreign_keys.push(ForeignKey {
                name: name("fk"),
                columns: vec![column.name.clone()],
                ref_table: target.clone(),
                ref_columns: vec!["id".into()],
                on_delete: if *is_desc {
                    ReferentialAction::Cascade
                } else {
                    ReferentialAction::NoAction
                },
                on_update: ReferentialAction::NoAction,
                not_valid: false,
            });
        }
    }
}

fn columns_as_sets(mut schema: Schema) -> Schema {
    for table in &mut schema.tables {
        table.columns.sort_by(|a, b| a.name.cmp(&b.name));
    }
    schema.normalised()
}

const SEED: &str = "SEAWRIGHT_LAW_SEED";

/// Whatever the machine, a law takes no longer than this.
const LIMIT: Duration = Duration::from_secs(40);

/// What is asked where a change is to land: a new seed may show a fault that was there before it.
const SEED_OF_CI: u64 = 7;

/// Another every time, unless a failure is to be repeated or a change is about to land.
fn seed() -> u64 {
    match std::env::var(SEED) {
        Ok(seed) => seed.parse().unwrap_or_else(|_| panic!("{SEED} is a whole number")),
        Err(_) if std::env::var_os("CI").is_some() => SEED_OF_CI,
        Err(_) => RandomState::new().build_hasher().finish(),
    }
}

fn for_any_two(cases: u32, dialect: Option<Dialect>, test: impl Fn(&Schema, &Schema, &Plan) -> Result<(), String>) {
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    let seed = seed();
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let start = Instant::now();
    let outcome = runner.run(&two_schemas(dialect), |(a, b)| {
        if start.elapsed() > LIMIT {
            return Ok(());
        }
        let plan = diff(&a, &b, &mut AllNew).unwrap();
        test(&a, &b, &plan).map_err(|why| {
            let changes: String = plan.changes.iter().map(|change| format!("  {change}\n")).collect();
            TestCaseError::fail(format!("{why}\n{changes}"))
        })
    });
    if let Err(error) = outcome {
        panic!("{SEED}={seed} repeats it: {error}");
    }
}

#[test]
fn a_plan_leads_there_and_back() {
    for_any_two(512, None, |a, b, plan| {
        same(&columns_as_sets(b.clone()), &columns_as_sets(plan.after.clone()))?;
        let again = diff(&plan.after, b, &mut AllNew).unwrap();
        if !again.is_empty() {
            return Err(format!("a second diff finds {}", again.changes[0]));
        }
        let (expand, contract) = plan.split();
        same(
            &columns_as_sets(plan.after.clone()),
            &columns_as_sets(contract.after.clone()),
        )?;
        if expand.destructive().next().is_some() {
            return Err("what adds destroys".to_owned());
        }
        let (whole, online) = seawright::emit::apart(plan);
        same(
            &columns_as_sets(plan.after.clone()),
            &columns_as_sets(online.after.clone()),
        )?;
        let changes = whole.changes.len() + online.changes.len();
        if changes < plan.changes.len() {
            return Err("a change got lost between the transaction and what is online".to_owned());
        }
        let undone = Plan::new(whole.after.clone(), whole.inverse().changes);
        same(&columns_as_sets(a.clone()), &columns_as_sets(undone.after))?;
        let back = Plan::new(plan.after.clone(), plan.inverse().changes);
        same(&columns_as_sets(a.clone()), &columns_as_sets(back.after))
    });
}

/// A plan as its migrations send it.
struct Sent<'g> {
    ground: &'g Ground,
    plan: &'g Plan,
}

impl Player for Sent<'_> {
    async fn start(&self) -> Result<sea_orm::DatabaseConnection, String> {
        let db = self.ground.empty().await;
        self.ground.play(&db, &from_nothing(&self.plan.before)).await?;
        Ok(db)
    }

    async fn up(&self, db: &sea_orm::DatabaseConnection) -> Result<(), String> {
        self.ground.play(db, self.plan).await
    }

    /// What was dropped comes back without its rows and values: where others may not be without them, the way back is
    /// refused, and that aloud.
    async fn down(&self, db: &sea_orm::DatabaseConnection) -> Option<Result<(), String>> {
        const REFUSALS: [&str; 5] = [
            "contains null values",
            "constraint failed",
            "violate",
            "could not create unique index",
            "rows refer to rows that are not there",
        ];
        let back = self.ground.play_back(db, self.plan).await;
        let is_refused = back
            .as_ref()
            .is_err_and(|why| REFUSALS.iter().any(|words| why.contains(words)));
        (!is_refused || self.plan.destructive().next().is_none()).then_some(back)
    }
}

async fn holds(ground: &Ground, beside: &Ground, a: &Schema, b: &Schema, plan: &Plan) -> Result<(), String> {
    let dialect = ground.dialect();
    let (before, after) = (ground.built(a).await?, ground.built(b).await?);
    let is_schema = async |db: &sea_orm::DatabaseConnection, up: bool| {
        same(if up { &after } else { &before }, &ground.read(db).await)
    };
    let lineage = Lineage::of(plan);
    let (from, to) = (ground.empty().await, beside.empty().await);
    ground.play(&from, &from_nothing(&plan.before)).await?;
    beside.play(&to, &from_nothing(&plan.after)).await?;
    // The rows are part of what a seed repeats.
    let dice = Dice::of(&format!("{:?}", plan.changes));
    let filled = fill(plan, &lineage, (&from, &to), dialect, &BTreeMap::new(), dice).await?;
    there_and_back(plan, &lineage, &filled, dialect, &Sent { ground, plan }, is_schema).await
}

fn run_for_real(ground: &Ground, beside: &Ground, cases: u32) {
    let runtime = tokio::runtime::Handle::current();
    for_any_two(cases, Some(ground.dialect()), |a, b, plan| {
        tokio::task::block_in_place(|| runtime.block_on(holds(ground, beside, a, b, plan)))
    });
}

#[test]
fn plans_work_on_sqlite() {
    block_on(async { run_for_real(&Ground::Sqlite, &Ground::Sqlite, 64) });
}

#[test]
fn plans_work_on_postgres() {
    if skips_postgres() {
        return;
    }
    block_on(async {
        let db = TestDb::postgres().await;
        run_for_real(&Ground::postgres(&db).await, &Ground::beside(&db).await, 24);
    });
}
