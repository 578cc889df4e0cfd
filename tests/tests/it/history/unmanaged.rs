//! What a database has beside its tables, while steps run: named where a step would break it, and in the shadow where steps need it.

use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};
use seawright::{
    history::{History, Runner, Side, drift, replay},
    schema::UnmanagedKind,
};
use tests::{on_every_database, on_postgres};

use super::small::{Sends, history};

const NOTES: &str = "CREATE TABLE notes (id integer PRIMARY KEY, body text, kind text)";

history!(DropsBody: Sends::up("m1_notes", &[NOTES]), Sends::up("m2_drop", &["INSERT INTO notes VALUES (1, 'a', 'b')", "ALTER TABLE notes DROP COLUMN body"]));

history!(RenamesBody: Sends::up("m1_notes", &[NOTES]), Sends::up("m2_rename", &["ALTER TABLE notes RENAME COLUMN body TO content"]));

history!(RetypesBody: Sends::up("m1_notes", &[NOTES]), Sends::up("m2_retype", &["ALTER TABLE notes ALTER COLUMN body TYPE varchar(9)"]));

history!(TakesCare: Sends::up("m1_notes", &[NOTES]), Sends::up("m2_drop", &[
    "DROP VIEW bodies",
    "ALTER TABLE notes DROP COLUMN body",
]));

history!(UsesCitext: Sends::up("m1_people", &["CREATE TABLE people (email citext PRIMARY KEY)"]));

history!(MakesCitext: Sends::up("m1_citext", &["CREATE EXTENSION citext"]), Sends::up("m2_people", &["CREATE TABLE people (email citext PRIMARY KEY)"]));

history!(MakesTrigger: Sends::up("m1_notes", &[NOTES, FUNCTION, TRIGGER]));

const FUNCTION: &str = "CREATE FUNCTION tidy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.body := trim(NEW.body); RETURN NEW; END $$";
const TRIGGER: &str = "CREATE TRIGGER tidied BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION tidy()";

async fn count(db: &DatabaseConnection, sql: &str) -> i64 {
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .unwrap();
    row.unwrap().try_get("", "count").unwrap()
}

/// Applies the first step, makes something by hand, and is refused the second before its first statement.
async fn refused(db: &DatabaseConnection, history: History, by_hand: &str) -> String {
    let runner = Runner::new(db, history).unwrap();
    runner.up(Some(1), None).await.unwrap();
    db.execute_unprepared(by_hand).await.unwrap();
    let error = runner.up(None, None).await.unwrap_err();
    assert_eq!(error.exit_code(), 4, "{error}");
    assert_eq!(
        count(db, "SELECT count(*) AS count FROM notes").await,
        0,
        "something was sent"
    );
    assert_eq!(runner.status().await.unwrap().pending(), 1);
    error.to_string()
}

on_every_database! {
    async fn a_view_over_a_column_that_goes(db: TestDb) {
        let connection = db.connect().await;
        let error = refused(&connection, History::of::<DropsBody>(), "CREATE VIEW bodies AS SELECT id, body FROM notes").await;
        assert!(error.contains("view `bodies` reads the column `notes.body`, which is to go"), "{error}");
    }

    /// A step that removes the view itself is let go on, and so is one over whose column no view lies.
    async fn a_step_that_takes_care(db: TestDb) {
        let connection = db.connect().await;
        for (view, history) in [
            ("CREATE VIEW bodies AS SELECT id, body FROM notes", History::of::<TakesCare>()),
            ("CREATE VIEW kinds AS SELECT id, kind FROM notes", History::of::<DropsBody>()),
        ] {
            let other = if db.is_postgres() { tests::TestDb::postgres().await } else { tests::TestDb::sqlite() };
            let connection = other.connect().await;
            let runner = Runner::new(&connection, history).unwrap();
            runner.up(Some(1), None).await.unwrap();
            connection.execute_unprepared(view).await.unwrap();
            runner.up(None, None).await.unwrap();
        }
        connection.close().await.unwrap();
    }

    async fn an_index_that_only_its_filter_ties_to_a_column(db: TestDb) {
        let connection = db.connect().await;
        let error = refused(&connection, History::of::<DropsBody>(), "CREATE INDEX with_body ON notes (kind) WHERE body IS NOT NULL").await;
        assert!(error.contains("index `with_body` on `notes` reads the column `notes.body`"), "{error}");
    }
}

on_postgres! {
    /// PostgreSQL knows nothing of what stands in a function's text.
    async fn a_trigger_whose_function_names_a_column(db: TestDb) {
        let by_hand = format!("{FUNCTION}; {TRIGGER}");
        for (history, what) in [
            (History::of::<DropsBody>(), "reads the column `notes.body`, which is to go"),
            (History::of::<RenamesBody>(), "names the column `notes.body`, which is to get another name"),
            (History::of::<RetypesBody>(), "reads the column `notes.body`, which is to become"),
        ] {
            let other = tests::TestDb::postgres().await;
            let connection = other.connect().await;
            let error = refused(&connection, history, &by_hand).await;
            assert!(error.contains("trigger `tidied` on `notes`") && error.contains(what), "{error}");
        }
        drop(db);
    }

    async fn policies_and_generated_columns(db: TestDb) {
        let connection = db.connect().await;
        let by_hand = "CREATE POLICY own ON notes USING (body <> ''); ALTER TABLE notes ADD COLUMN size integer GENERATED ALWAYS AS (length(body)) STORED";
        let error = refused(&connection, History::of::<RetypesBody>(), by_hand).await;
        assert!(error.contains("policy `own` on `notes`"), "{error}");
        assert!(error.contains("`notes.size` is computed from `notes.body`"), "{error}");
    }

    /// An extension that the database's owner made is there when steps are replayed beside it, and one that a step makes is not
    /// made twice.
    async fn extensions_are_in_the_shadow(db: TestDb) {
        let connection = db.connect().await;
        connection.execute_unprepared("CREATE EXTENSION citext").await.unwrap();
        for history in [History::of::<UsesCitext>(), History::of::<MakesCitext>()] {
            let points = replay(&connection, db.url(), history).await.unwrap();
            let (_, schema) = points.last().unwrap();
            assert_eq!(schema.table("people").unwrap().columns[0].data_type.to_string(), "custom:citext");
            assert!(schema.unmanaged.iter().any(|one| one.kind == UnmanagedKind::Extension));
        }
    }

    /// The message names the step and what is lacking, and no line of PostgreSQL's own source.
    async fn what_fails_in_the_shadow_is_named(db: TestDb) {
        let connection = db.connect().await;
        let error = replay(&connection, db.url(), History::of::<UsesCitext>()).await.unwrap_err().to_string();
        assert!(error.contains("`m1_people`") && error.contains("type \"citext\" does not exist"), "{error}");
        assert!(!error.contains("at line"), "{error}");
    }

    /// The trigger that a step made, and nothing else, is what the history asks.
    async fn drift_compares_what_steps_made_by_hand(db: TestDb) {
        let connection = db.connect().await;
        let history = History::of::<MakesTrigger>();
        Runner::new(&connection, history).unwrap().up(None, None).await.unwrap();
        assert!(drift(&connection, db.url(), None, history).await.unwrap().is_none());
        connection
            .execute_unprepared("DROP TRIGGER tidied ON notes; CREATE VIEW bodies AS SELECT body FROM notes; CREATE EXTENSION citext")
            .await
            .unwrap();
        let found = drift(&connection, db.url(), None, history).await.unwrap();
        let said: Vec<(Side, &str)> = found.findings.iter().map(|finding| (finding.side, finding.what.split(':').next().unwrap())).collect();
        // What the database's owner adds for all that is in it is no drift.
        assert_eq!(said, [(Side::History, "unmanaged trigger tidied on notes"), (Side::Live, "unmanaged view bodies")]);
        assert!(found.findings.iter().flat_map(|finding| &finding.sql).all(|sql| sql.starts_with("-- by hand")));
    }
}
