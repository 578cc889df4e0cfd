//! A column in use is renamed in steps: programs of either name run until the old one goes.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI32, Ordering},
};

use sea_orm::{ConnectionTrait as _, DatabaseConnection, TransactionTrait as _};
use seawright::{
    diff::{Decisions, InStepsError, Plan, in_steps},
    emit::{Form, Part, parts, statements},
    schema::{Dialect, Schema},
};
use tests::on_postgres;

use super::texts;
use crate::engine::listing::schema;

fn before() -> Schema {
    schema(
        "table logs\n  id integer pk\n  script varchar(20) = 'none'\n  note text null\n  unique logs_script (script)\n",
    )
}

fn after() -> Schema {
    schema("table logs\n  id integer pk\n  event varchar(20) = 'none'\n  note text null\n  unique logs_event (event)\n")
}

fn renamed(flag: &str) -> Decisions {
    let mut decisions = Decisions::default();
    decisions.add_rename(flag).unwrap();
    decisions
}

fn plan() -> Plan {
    in_steps(&before(), &after(), &renamed("column:logs.script=event")).unwrap()
}

/// As the runner sends it: what is online statement by statement, all else in a transaction.
async fn play(db: &DatabaseConnection, plan: &Plan, form: Form) {
    let statements = statements(plan, Dialect::Postgres, form).unwrap();
    if form == Form::Online {
        for sql in statements {
            db.execute_unprepared(&sql)
                .await
                .unwrap_or_else(|error| panic!("{sql}\n{error}"));
        }
        return;
    }
    let transaction = db.begin().await.unwrap();
    for sql in statements {
        transaction
            .execute_unprepared(&sql)
            .await
            .unwrap_or_else(|error| panic!("{sql}\n{error}"));
    }
    transaction.commit().await.unwrap();
}

/// Both columns of a row.
async fn pair(db: &DatabaseConnection, id: i32) -> String {
    texts(
        db,
        &format!("SELECT concat(script, ' ', event) FROM logs WHERE id = {id}"),
    )
    .await
    .swap_remove(0)
}

on_postgres! {
    async fn programs_of_either_name_run_until_the_old_one_goes(db: TestDb) {
        let db = db.connect().await;
        play(&db, &Plan::new(Schema::default(), seawright::diff::diff(&Schema::default(), &before(), &mut Decisions::default()).unwrap().changes), Form::Whole).await;
        db.execute_unprepared("INSERT INTO logs SELECT n, 'script ' || n, repeat('x', 500) FROM generate_series(1, 3000) AS n").await.unwrap();
        let plan = plan();
        assert_eq!(plan.destructive().count(), 0, "its values live on");
        let parts = parts(&plan);
        let [expand, online, contract] = &parts[..] else { panic!("{parts:#?}") };
        assert_eq!([expand.form, online.form, contract.form], [Form::Whole, Form::Online, Form::Gated]);
        play(&db, &expand.plan, expand.form).await;
        // The old program goes on all the time.
        let (ended, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicI32::new(0)));
        let old_program = {
            let (db, ended, written) = (db.clone(), Arc::clone(&ended), Arc::clone(&written));
            tokio::spawn(async move {
                for n in 0.. {
                    if ended.load(Ordering::SeqCst) {
                        break;
                    }
                    let sql = format!("INSERT INTO logs (id, script) VALUES ({}, 'new {n}'); UPDATE logs SET script = 'again {n}' WHERE id = {}", 10_000 + n, 1 + (n * 7) % 3000);
                    db.execute_unprepared(&sql).await.unwrap();
                    written.fetch_add(1, Ordering::SeqCst);
                }
            })
        };
        play(&db, &online.plan, online.form).await;
        ended.store(true, Ordering::SeqCst);
        old_program.await.unwrap();
        assert!(written.load(Ordering::SeqCst) > 0);
        assert_eq!(texts(&db, "SELECT count(*)::text FROM logs WHERE event IS DISTINCT FROM script").await, ["0"]);

        let sql = "INSERT INTO logs (id, script) VALUES (20001, 'old'); INSERT INTO logs (id, event) VALUES (20002, 'new'); INSERT INTO logs (id) VALUES (20003);";
        db.execute_unprepared(sql).await.unwrap();
        assert_eq!(pair(&db, 20_001).await, "old old");
        assert_eq!(pair(&db, 20_002).await, "new new");
        assert_eq!(pair(&db, 20_003).await, "none none");
        db.execute_unprepared("UPDATE logs SET script = 'o' WHERE id = 20002; UPDATE logs SET event = 'n' WHERE id = 20001; UPDATE logs SET note = 'seen'").await.unwrap();
        assert_eq!(pair(&db, 20_001).await, "n n");
        assert_eq!(pair(&db, 20_002).await, "o o");
        let error = db.execute_unprepared("INSERT INTO logs (id, script) VALUES (20004, NULL)").await.unwrap_err();
        assert!(error.to_string().contains("null value"), "{error}");
        let error = db.execute_unprepared("INSERT INTO logs (id, script) VALUES (20005, 'o')").await.unwrap_err();
        assert!(error.to_string().contains("logs_event"), "{error}");

        play(&db, &contract.plan, contract.form).await;
        db.execute_unprepared("INSERT INTO logs (id, event) VALUES (20006, 'alone'); DELETE FROM logs WHERE id = 20003; INSERT INTO logs (id) VALUES (20007)").await.unwrap();
        let all = "SELECT md5(string_agg(id || event, ',' ORDER BY id)) FROM logs";
        let (values, functions) = (texts(&db, all).await, "SELECT count(*)::text FROM pg_proc WHERE proname = 'logs_event_mirror'");
        assert_eq!(texts(&db, functions).await, ["0"]);
        assert_eq!(texts(&db, "SELECT event FROM logs WHERE id = 20007").await, ["none"]);

        // The way back, for those who still run the old program.
        for Part { plan, form } in parts.into_iter().rev() {
            play(&db, &plan.inverse(), form).await;
        }
        assert_eq!(texts(&db, &all.replace("event", "script")).await, values);
        assert_eq!(texts(&db, functions).await, ["0"]);
        let found = seawright::introspect::introspect(&db).await.unwrap();
        assert_eq!(found.table("logs").unwrap().column("script"), before().table("logs").unwrap().column("script"));
    }

    /// Where somebody has taken the trigger away, the old column does not go: its values may be newer.
    async fn the_old_one_stays_where_the_two_need_not_be_alike(db: TestDb) {
        let db = db.connect().await;
        db.execute_unprepared("CREATE TABLE logs (id integer PRIMARY KEY, script varchar(20) NOT NULL, event varchar(20) NOT NULL)").await.unwrap();
        let parts = parts(&plan());
        let sql = statements(&parts[2].plan, Dialect::Postgres, Form::Gated).unwrap();
        let error = db.execute_unprepared(&sql[0]).await.unwrap_err();
        assert!(error.to_string().contains("does not exist"), "{error}");
    }
}

#[test]
fn what_has_no_such_form_is_refused() {
    let refused = |before: &str, after: &str, flag: &str| {
        let error = in_steps(&schema(before), &schema(after), &renamed(flag)).unwrap_err();
        assert!(!matches!(error, InStepsError::Undecided(_)), "{error}");
        error.to_string()
    };
    let flag = "column:logs.a=b";
    insta::assert_snapshot!(
        [
            refused(
                "table logs\n  a integer pk auto\n",
                "table logs\n  b integer pk auto\n",
                flag
            ),
            refused(
                "table logs\n  a varchar(20) pk\n",
                "table logs\n  b varchar(20) pk\n",
                flag
            ),
            refused(
                "table logs\n  id integer pk\n  a integer\n",
                "table logs\n  id integer pk\n  b bigint\n",
                flag
            ),
            refused(
                "table logs\n  id integer pk\n",
                "table notes\n  id integer pk\n",
                "table:logs=notes"
            ),
        ]
        .join("\n")
    );
}
