//! What holds for any two schemas: the plan between them leads from one to the other and back.

use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any, prop_oneof},
    sample::subsequence,
    test_runner::{Config, TestRunner},
};
use seawright::{
    diff::{Plan, Questioner, diff},
    schema::{
        AutoIncrement, Check, Column, Comparison, DataType, Direction, Expression, ForeignKey, Index, IndexKey,
        IndexPart, Literal, PrimaryKey, ReferentialAction, Schema, Table, Unique,
    },
};
use tests::{TestDb, block_on, skips_postgres};

use super::cases::{Ground, from_nothing, same};

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

fn constant(data_type: &DataType) -> Expression {
    Expression::Literal(match data_type {
        DataType::Integer | DataType::BigInteger => Literal::Int(-7),
        DataType::Boolean => Literal::Bool(true),
        _ => Literal::Text("7".into()),
    })
}

fn column(name: &'static str) -> impl Strategy<Value = Column> {
    let types = prop_oneof![
        Just(DataType::Integer),
        Just(DataType::BigInteger),
        Just(DataType::Varchar(Some(20))),
        Just(DataType::Text)
    ];
    (types, any::<bool>(), any::<bool>()).prop_map(move |(data_type, nullable, has_default)| {
        let mut column = Column::new(name, data_type);
        column.nullable = nullable;
        column.default = has_default.then(|| constant(&column.data_type));
        column
    })
}

/// What stands on the columns of a table: unique, index, check, foreign key.
type Choices = (Vec<(bool, bool, bool)>, Option<usize>, bool);

fn table(name: &'static str) -> impl Strategy<Value = (Table, Choices)> {
    let columns = subsequence(vec!["a", "b", "c"], 0..=3);
    let columns = columns.prop_flat_map(|names| names.into_iter().map(column).collect::<Vec<_>>());
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

fn schema() -> impl Strategy<Value = Schema> {
    subsequence(vec!["one", "three", "two"], 0..=3)
        .prop_flat_map(|names| names.into_iter().map(table).collect::<Vec<_>>())
        .prop_map(|tables| {
            let names: Vec<String> = tables.iter().map(|(table, _)| table.name.clone()).collect();
            let tables = tables.into_iter().map(|(mut table, choices)| {
                furnish(&mut table, &choices, &names);
                table
            });
            Schema {
                enums: Vec::new(),
                tables: tables.collect(),
            }
            .normalised()
        })
}

/// Names tell only the table and a number, so that what bears a name changes between two schemas.
fn furnish(table: &mut Table, (per_column, refers_to, is_desc): &Choices, tables: &[String]) {
    let columns: Vec<Column> = table.columns.iter().skip(1).cloned().collect();
    for (at, (column, (unique, index, check))) in columns.iter().zip(per_column).enumerate() {
        let name = |kind: &str| format!("{}_{kind}{at}", table.name);
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
        if *check {
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

fn for_any_two(cases: u32, test: impl Fn(&Schema, &Schema, &Plan) -> Result<(), String>) {
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 400,
        ..Config::default()
    };
    // The same schemas every time: a failure that comes and goes helps nobody.
    let mut runner = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let outcome = runner.run(&(schema(), schema()), |(a, b)| {
        let plan = diff(&a, &b, &mut AllNew).unwrap();
        test(&a, &b, &plan).map_err(|why| {
            let changes: String = plan.changes.iter().map(|change| format!("  {change}\n")).collect();
            proptest::test_runner::TestCaseError::fail(format!("{why}\n{changes}"))
        })
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

#[test]
fn a_plan_leads_there_and_back() {
    for_any_two(512, |a, b, plan| {
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

fn run_for_real(ground: &Ground, cases: u32) {
    let runtime = tokio::runtime::Handle::current();
    for_any_two(cases, |a, b, plan| {
        tokio::task::block_in_place(|| {
            runtime.block_on(async {
                let (before, after) = (ground.built(a).await?, ground.built(b).await?);
                let db = ground.empty().await;
                ground.play(&db, &from_nothing(a)).await?;
                ground.play(&db, plan).await.map_err(|why| format!("up: {why}"))?;
                same(&after, &ground.read(&db).await).map_err(|why| format!("up: {why}"))?;
                ground
                    .play_back(&db, plan)
                    .await
                    .map_err(|why| format!("down: {why}"))?;
                same(&before, &ground.read(&db).await).map_err(|why| format!("down: {why}"))
            })
        })
    });
}

#[test]
fn plans_work_on_sqlite() {
    block_on(async { run_for_real(&Ground::Sqlite, 64) });
}

#[test]
fn plans_work_on_postgres() {
    if skips_postgres() {
        return;
    }
    block_on(async {
        let db = TestDb::postgres().await;
        run_for_real(&Ground::postgres(&db).await, 24);
    });
}
