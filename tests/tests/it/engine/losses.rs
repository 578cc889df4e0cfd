//! What a change of a type would cost is refused, on real databases, and nothing is changed by the refusal.

use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};
use seawright::{
    diff::{Change, Conversion, Decisions, Loss, OnLoss, Plan, diff},
    emit::{EmitError, Form, statements},
    schema::{DataType, Dialect, Schema},
};
use tests::{TestDb, block_on, skips_postgres};

use super::{
    cases::{Ground, from_nothing},
    listing,
};

/// A column's two types, a value that fits, and values that do not, as SQL.
struct Narrowing {
    from: &'static str,
    to: &'static str,
    fits: &'static [&'static str],
    unfit: &'static [&'static str],
    /// Only that database has the types.
    only: Option<Dialect>,
}

const fn both(
    from: &'static str,
    to: &'static str,
    fits: &'static [&'static str],
    unfit: &'static [&'static str],
) -> Narrowing {
    Narrowing {
        from,
        to,
        fits,
        unfit,
        only: None,
    }
}

const fn only(
    dialect: Dialect,
    from: &'static str,
    to: &'static str,
    fits: &'static [&'static str],
    unfit: &'static [&'static str],
) -> Narrowing {
    Narrowing {
        from,
        to,
        fits,
        unfit,
        only: Some(dialect),
    }
}

const NARROWINGS: &[Narrowing] = &[
    both(
        "varchar(50)",
        "varchar(5)",
        &["'short'", "'äöüß€'"],
        &["'longer'", "'12345 '"],
    ),
    both("text", "varchar(5)", &["''"], &["'longer'"]),
    both("text", "char(2)", &["'ab'"], &["'abc'"]),
    both("integer", "varchar(3)", &["999", "-99"], &["1000", "-100"]),
    both("bigint", "integer", &["2147483647"], &["2147483648", "-2147483649"]),
    both("integer", "smallint", &["-32768"], &["40000"]),
    both("integer", "boolean", &["0", "1"], &["2", "-1"]),
    both(
        "decimal(10,4)",
        "decimal(3,1)",
        &["1.5", "-99.9"],
        &["1.25", "100", "-100.5"],
    ),
    both("decimal(10,4)", "integer", &["7"], &["7.5"]),
    both("integer", "decimal(4,2)", &["99"], &["100"]),
    both("double", "integer", &["3"], &["3.5", "3000000000"]),
    both("text", "integer", &["'12'", "'-7'"], &["'abc'", "''", "'1.5'"]),
    both("text", "decimal(4,1)", &["'12.5'"], &["'12.55'", "'x'"]),
    both("text", "double", &["'1.5'"], &["'abc'"]),
    both("text", "json", &["'{\"a\": 1}'", "'[]'"], &["'not json'"]),
    both(
        "text",
        "date",
        &["'2024-02-29'"],
        &["'2023-02-29'", "'soon'", "'2024-02-29 10:00:00'"],
    ),
    both("text", "datetime", &["'2024-02-29 10:00:00'"], &["'soon'"]),
    both(
        "datetime",
        "date",
        &["'2024-01-01 00:00:00'"],
        &["'2024-01-01 10:00:00'", "'2024-01-01 00:00:00.5'"],
    ),
    both("datetime", "time", &[], &["'2024-01-01 10:00:00'"]),
    both("varchar(20)", "enum:mood", &["'sad'"], &["'happy'"]),
    only(Dialect::Postgres, "double", "float", &["0.5"], &["0.1"]),
    only(
        Dialect::Postgres,
        "datetime",
        "custom:timestamp(0)",
        &["'2024-01-01 10:00:00'"],
        &["'2024-01-01 10:00:00.4'"],
    ),
    only(
        Dialect::Postgres,
        "varchar(50)",
        "char(5)",
        &["'short'"],
        &["'abc '", "'longer'"],
    ),
    only(
        Dialect::Postgres,
        "bigint",
        "double",
        &["9007199254740992"],
        &["9007199254740993"],
    ),
    only(
        Dialect::Postgres,
        "text",
        "time",
        &["'10:00'"],
        &["'2024-01-01 10:00'", "'10:00+02'"],
    ),
    only(
        Dialect::Postgres,
        "text",
        "timestamp",
        &["'2024-01-01 10:00:00 PM'"],
        &["'2024-01-01 10:00:00+02'", "'2024-01-01 10:00 CET'"],
    ),
    only(
        Dialect::Postgres,
        "integer[]",
        "smallint[]",
        &["'{1,2}'"],
        &["'{40000}'"],
    ),
    only(
        Dialect::Postgres,
        "varchar(9)[]",
        "varchar(2)[]",
        &["'{ab}'"],
        &["'{abc}'"],
    ),
    only(
        Dialect::Postgres,
        "custom:varbit(8)",
        "custom:varbit(4)",
        &["'1010'"],
        &["'10101'"],
    ),
    only(
        Dialect::Sqlite,
        "text",
        "uuid",
        &["'67e55044-10b1-426f-9247-bb680e5fe0c8'"],
        &["'67e5'", "'zzz55044-10b1-426f-9247-bb680e5fe0c8'"],
    ),
    only(
        Dialect::Sqlite,
        "text",
        "time",
        &["'10:00:00'"],
        &["'2024-01-01 10:00:00'", "'x'"],
    ),
    only(Dialect::Sqlite, "custom:INT", "smallint", &["7"], &["40000", "'x'"]),
    only(Dialect::Sqlite, "text", "custom:INT", &["'7'"], &["'x'"]),
];

fn schema(data_type: &str) -> Schema {
    listing::schema(&format!(
        "enum mood: sad, glad\ntable things\n  id integer pk\n  v {data_type} null\n"
    ))
}

fn plan(narrowing: &Narrowing, on_loss: OnLoss) -> Plan {
    let mut decisions = Decisions {
        losses: vec![("things".into(), "v".into(), on_loss)],
        ..Decisions::default()
    };
    diff(&schema(narrowing.from), &schema(narrowing.to), &mut decisions).unwrap()
}

/// Every row with the kind of each value.
async fn rows(db: &DatabaseConnection) -> Vec<(i32, Option<String>)> {
    let backend = db.get_database_backend();
    let value = if backend == sea_orm::DbBackend::Sqlite {
        "typeof(v) || ' ' || quote(v)"
    } else {
        "v::text"
    };
    let sql = format!("SELECT id, {value} AS v FROM things ORDER BY id");
    let rows = db.query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
    rows.iter()
        .map(|row| (row.try_get("", "id").unwrap(), row.try_get("", "v").unwrap()))
        .collect()
}

async fn with(ground: &Ground, narrowing: &Narrowing, values: &[&str]) -> DatabaseConnection {
    let db = ground.empty().await;
    let before = schema(narrowing.from);
    ground.play(&db, &from_nothing(&before)).await.unwrap();
    for (at, value) in values.iter().enumerate() {
        db.execute_unprepared(&format!("INSERT INTO things (id, v) VALUES ({at}, {value})"))
            .await
            .unwrap_or_else(|error| panic!("{} {value}: {error}", narrowing.from));
    }
    db
}

async fn all_are_refused(ground: &Ground) {
    let dialect = ground.dialect();
    let mut wrong = Vec::new();
    for narrowing in NARROWINGS
        .iter()
        .filter(|own| own.only.is_none_or(|only| only == dialect))
    {
        let what = format!("{} → {}", narrowing.from, narrowing.to);
        let refusing = plan(narrowing, OnLoss::Refuse);
        if !refusing.changes.iter().any(|change| change.loss() == Loss::Values) {
            wrong.push(format!("{what}: nobody knows that it may cost values"));
        }
        for unfit in narrowing.unfit {
            let values: Vec<&str> = narrowing.fits.iter().chain([unfit]).copied().collect();
            let db = with(ground, narrowing, &values).await;
            let before = rows(&db).await;
            match ground.play(&db, &refusing).await {
                Ok(()) => wrong.push(format!("{what}: {unfit} went through as {:?}", rows(&db).await.last())),
                Err(_) if rows(&db).await != before => wrong.push(format!("{what}: {unfit} was refused and changed")),
                Err(_) => {}
            }
        }
        let values: Vec<&str> = narrowing.fits.iter().chain(&["NULL"]).copied().collect();
        let db = with(ground, narrowing, &values).await;
        let before = rows(&db).await;
        if let Err(why) = ground.play(&db, &refusing).await {
            wrong.push(format!("{what}: what fits was refused: {why}"));
            continue;
        }
        // A time of day has lost its date for good.
        if narrowing.to == "time" && narrowing.from == "datetime" {
            continue;
        }
        if let Err(why) = ground.play_back(&db, &refusing).await {
            wrong.push(format!("{what}: what fitted did not come back: {why}"));
        } else if !["double", "time", "timestamp"].contains(&narrowing.to) && !same_values(&before, &rows(&db).await) {
            wrong.push(format!("{what}: {before:?} came back as {:?}", rows(&db).await));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// JSON and numbers in texts may come back in another spelling; nothing else may.
fn same_values(before: &[(i32, Option<String>)], after: &[(i32, Option<String>)]) -> bool {
    before.iter().zip(after).all(|((_, before), (_, after))| {
        let plain = |value: &Option<String>| {
            let value = value.clone().unwrap_or_default();
            let value = value
                .rsplit(' ')
                .next()
                .unwrap_or_default()
                .trim_matches('\'')
                .to_owned();
            value.parse::<f64>().map_or(value, |number| number.to_string())
        };
        plain(before) == plain(after)
    }) && before.len() == after.len()
}

#[test]
fn what_does_not_fit_is_refused_on_postgres() {
    if skips_postgres() {
        return;
    }
    block_on(async {
        let db = TestDb::postgres().await;
        all_are_refused(&Ground::postgres(&db).await).await;
    });
}

#[test]
fn what_does_not_fit_is_refused_on_sqlite() {
    block_on(all_are_refused(&Ground::Sqlite));
}

/// The way back of a widening is a narrowing: what was written meanwhile must not be cut by it.
async fn the_way_back_refuses_as_well(ground: &Ground) {
    for (from, to, written) in [
        ("varchar(5)", "text", "'much too long'"),
        ("smallint", "bigint", "100000"),
        ("boolean", "integer", "2"),
        ("decimal(3,1)", "decimal(10,4)", "1.2345"),
    ] {
        let widening = both(from, to, &[], &[]);
        let db = with(ground, &widening, &[]).await;
        let plan = plan(&widening, OnLoss::Refuse);
        ground.play(&db, &plan).await.unwrap();
        db.execute_unprepared(&format!("INSERT INTO things (id, v) VALUES (1, {written})"))
            .await
            .unwrap();
        let before = rows(&db).await;
        let refused = ground.play_back(&db, &plan).await.unwrap_err();
        assert!(refused.contains("does not fit into"), "{from} ← {to}: {refused}");
        assert_eq!(rows(&db).await, before, "{from} ← {to}");
    }
}

#[test]
fn the_way_back_refuses_on_postgres() {
    if skips_postgres() {
        return;
    }
    block_on(async {
        let db = TestDb::postgres().await;
        the_way_back_refuses_as_well(&Ground::postgres(&db).await).await;
    });
}

#[test]
fn the_way_back_refuses_on_sqlite() {
    block_on(the_way_back_refuses_as_well(&Ground::Sqlite));
}

/// What is left of values that are truncated.
async fn truncated(ground: &Ground, cases: &[(&'static str, &'static str, &'static str, &str)]) {
    for (from, to, value, left) in cases {
        let narrowing = both(from, to, &[], &[]);
        let db = with(ground, &narrowing, &[value]).await;
        ground.play(&db, &plan(&narrowing, OnLoss::Truncate)).await.unwrap();
        assert_eq!(
            rows(&db).await,
            [(0, Some((*left).to_owned()))],
            "{from} → {to} of {value}"
        );
    }
}

#[test]
fn values_are_truncated_where_that_was_decided() {
    block_on(async {
        truncated(
            &Ground::Sqlite,
            &[
                ("varchar(50)", "varchar(5)", "'äöüß€ and more'", "text 'äöüß€'"),
                ("decimal(10,4)", "decimal(8,2)", "-1.239", "real -1.23"),
                ("datetime", "date", "'2024-01-01 10:00:00'", "text '2024-01-01'"),
                ("datetime", "time", "'2024-01-01 10:00:00'", "text '10:00:00'"),
            ],
        )
        .await;
        if skips_postgres() {
            return;
        }
        let db = TestDb::postgres().await;
        truncated(
            &Ground::postgres(&db).await,
            &[
                ("varchar(50)", "varchar(5)", "'äöüß€ and more'", "äöüß€"),
                ("decimal(10,4)", "decimal(8,2)", "-1.239", "-1.23"),
                ("datetime", "date", "'2024-01-01 10:00:00'", "2024-01-01"),
                ("datetime", "time", "'2024-01-01 10:00:00'", "10:00:00"),
                ("double", "float", "0.1", "0.1"),
                ("integer", "varchar(2)", "12345", "12"),
            ],
        )
        .await;
    });
}

/// What an expression gives must fit as well, and is counted with its rows where it does not.
async fn mapped(ground: &Ground) {
    for (from, to, value, expression) in [
        ("varchar(50)", "varchar(6)", "'code 1234567'", "substr(v, 6)"),
        ("varchar(50)", "integer", "'much'", "v || '!'"),
        ("varchar(50)", "smallint", "'70000'", "v"),
        ("varchar(50)", "enum:mood", "'SAD'", "lower(v) || 'der'"),
        ("integer", "boolean", "7", "v"),
    ] {
        // PostgreSQL wants an expression of a type that it assigns.
        let expression = match (ground.dialect(), to) {
            (Dialect::Postgres, "integer" | "smallint") => format!("({expression})::{to}"),
            (Dialect::Postgres, "enum:mood") => format!("({expression})::mood"),
            (Dialect::Postgres, "boolean") => continue,
            _ => expression.to_owned(),
        };
        let narrowing = both(from, to, &[], &[]);
        let db = with(ground, &narrowing, &[value]).await;
        let before = rows(&db).await;
        let mapping = plan(&narrowing, OnLoss::Map(expression.clone()));
        assert!(
            ground.play(&db, &mapping).await.is_err(),
            "{from} → {to} by {expression}: {:?}",
            rows(&db).await
        );
        assert_eq!(rows(&db).await, before, "{from} → {to} by {expression}");
    }
    let narrowing = both("varchar(50)", "varchar(6)", &[], &[]);
    let db = with(ground, &narrowing, &["'code 1234'", "NULL"]).await;
    ground
        .play(&db, &plan(&narrowing, OnLoss::Map("substr(v, 6)".into())))
        .await
        .unwrap();
    assert!(rows(&db).await[0].1.as_ref().unwrap().contains("1234"));
}

#[test]
fn what_an_expression_gives_must_fit() {
    block_on(async {
        mapped(&Ground::Sqlite).await;
        if !skips_postgres() {
            let db = TestDb::postgres().await;
            mapped(&Ground::postgres(&db).await).await;
        }
    });
}

/// A moment keeps its instant, whichever zone the session has.
#[test]
fn a_zone_is_the_one_that_was_decided() {
    let decided = |from: &str, to: &str, zone: &str| {
        let mut decisions = Decisions {
            zones: vec![("things".into(), "v".into(), zone.into())],
            ..Decisions::default()
        };
        diff(&schema(from), &schema(to), &mut decisions).unwrap()
    };
    block_on(async {
        let sqlite = Ground::Sqlite;
        let narrowing = both("datetime", "timestamptz", &[], &[]);
        let db = with(&sqlite, &narrowing, &["'2024-06-01 12:00:00.123456'"]).await;
        sqlite
            .play(&db, &decided("datetime", "timestamptz", "+02:00"))
            .await
            .unwrap();
        assert_eq!(
            rows(&db).await[0].1.as_deref(),
            Some("text '2024-06-01 12:00:00.123456+02:00'")
        );
        sqlite
            .play_back(&db, &decided("datetime", "timestamptz", "+02:00"))
            .await
            .unwrap();
        assert_eq!(
            rows(&db).await[0].1.as_deref(),
            Some("text '2024-06-01 12:00:00.123456'")
        );
        let refused = statements(
            &decided("datetime", "timestamptz", "Europe/Berlin"),
            Dialect::Sqlite,
            Form::Whole,
        );
        assert!(matches!(refused, Err(EmitError::Zone { .. })), "{refused:?}");
        if skips_postgres() {
            return;
        }
        let test = TestDb::postgres().await;
        let postgres = Ground::postgres(&test).await;
        for (zone, instant) in [
            ("UTC", "2024-06-01 12:00:00"),
            ("+02:00", "2024-06-01 10:00:00"),
            ("+2", "2024-06-01 10:00:00"),
            ("+0200", "2024-06-01 10:00:00"),
            ("-02:30", "2024-06-01 14:30:00"),
            ("Europe/Berlin", "2024-06-01 10:00:00"),
        ] {
            let db = with(&postgres, &narrowing, &["'2024-06-01 12:00:00'"]).await;
            db.execute_unprepared("SET TIME ZONE 'America/New_York'").await.unwrap();
            let plan = decided("datetime", "timestamptz", zone);
            postgres.play(&db, &plan).await.unwrap();
            let sql = "SELECT (v AT TIME ZONE 'UTC')::text AS v FROM things";
            let row = db
                .query_one_raw(Statement::from_string(sea_orm::DbBackend::Postgres, sql))
                .await
                .unwrap()
                .unwrap();
            assert_eq!(row.try_get::<String>("", "v").unwrap(), instant, "{zone}");
            postgres.play_back(&db, &plan).await.unwrap();
            assert_eq!(rows(&db).await[0].1.as_deref(), Some("2024-06-01 12:00:00"), "{zone}");
        }
    });
}

#[test]
fn what_no_database_converts_is_refused_before_anything_is_sent() {
    for (from, to) in [
        ("integer", "uuid"),
        ("integer", "custom:interval"),
        ("boolean", "date"),
        ("json", "integer"),
    ] {
        let plan = plan(&both(from, to, &[], &[]), OnLoss::Refuse);
        for dialect in [Dialect::Postgres, Dialect::Sqlite] {
            let refused = statements(&plan, dialect, Form::Whole);
            let is_refused = matches!(refused, Err(EmitError::NoConversion { .. } | EmitError::Type { .. }));
            assert!(is_refused, "{from} → {to}: {refused:?}");
        }
    }
}

/// A computed column cannot be left behind by a change of what it reads.
#[test]
fn a_type_that_a_computed_column_reads_is_refused_by_name() {
    let with_total = |price: &str| {
        listing::schema(&format!(
            "table things\n  id integer pk\n  price {price}\n  twice bigint null as (price * 2)\n"
        ))
    };
    let plan = diff(&with_total("integer"), &with_total("bigint"), &mut Decisions::default()).unwrap();
    let refused = statements(&plan, Dialect::Postgres, Form::Whole)
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("`things.price`") && refused.contains("`things.twice`"),
        "{refused}"
    );
    statements(&plan, Dialect::Sqlite, Form::Whole).unwrap();
}

#[test]
fn a_change_is_read_back_with_what_was_decided() {
    let mut column = seawright::schema::Column::new("v", DataType::Text);
    let from = column.clone();
    column.data_type = DataType::Varchar(Some(5));
    let change = Change::AlterColumn {
        table: "things".into(),
        from,
        to: column,
        conversion: Conversion {
            on_loss: OnLoss::Map("left(v, 5)".into()),
            ..Conversion::default()
        },
    };
    let json = serde_json::to_string(&change).unwrap();
    assert_eq!(serde_json::from_str::<Change>(&json).unwrap(), change, "{json}");
}
