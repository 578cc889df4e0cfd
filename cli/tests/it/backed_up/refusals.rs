//! What is refused, and what a role without rights can do.

use sea_orm::ConnectionTrait as _;
use tests::{on_every_database, on_postgres};

use super::{another, back_up, everything, restore, state};
use crate::support::{seawright, seawright_in, seawright_with};

on_every_database! {
    /// It never writes into a database that holds anything, unless told; and what is there survives a restore that fails.
    async fn a_database_that_holds_something(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        let folder = tempfile::tempdir().unwrap();
        for form in ["portable", "native"] {
            let file = folder.path().join(form);
            back_up(&db, &file, &["--as", form]).ok();
            let other = another(&db).await;
            let connection = other.connect().await;
            connection.execute_unprepared("CREATE TABLE invoices (id integer PRIMARY KEY, amount integer)").await.unwrap();
            connection.execute_unprepared("INSERT INTO invoices VALUES (1, 100)").await.unwrap();
            connection.close().await.unwrap();
            let before = state(&other).await;
            let ran = restore(&other, &file, &[]);
            assert_eq!(ran.code, 4, "{}", ran.shown());
            assert!(ran.stderr.contains("the table `invoices`") && ran.stderr.contains("--overwrite"), "{}", ran.stderr);
            assert_eq!(before, state(&other).await);
            restore(&other, &file, &["--overwrite"]).ok();
            assert_eq!(state(&db).await, state(&other).await);
        }
    }

    async fn a_file_that_is_there(db: TestDb) {
        db.connect().await.close().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        std::fs::write(&file, "my notes").unwrap();
        let ran = back_up(&db, &file, &[]);
        assert_eq!(ran.code, 4, "{}", ran.shown());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "my notes");
        back_up(&db, &file, &["--replace"]).ok();
        restore(&db, &file, &["--check"]).ok();
        let nowhere = folder.path().join("no/folder/a");
        let ran = back_up(&db, &nowhere, &[]);
        assert!(ran.code == 1 && ran.stderr.contains("check the path"), "{}", ran.shown());
    }
}

#[test]
fn mysql() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["backup", "restore"] {
        std::fs::write(folder.path().join("b"), "").unwrap();
        let ran = seawright_in(folder.path(), &["-u", "mysql://me:s3cret@db/shop", command, "a"]);
        assert!(ran.code == 1 && !ran.shown().contains("s3cret"), "{}", ran.shown());
    }
}

on_postgres! {
    /// Reading is enough, even without the sequences; and no password is ever shown.
    async fn a_role_that_may_only_read(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        let connection = db.connect().await;
        let role = format!("{}_reader", db.url().rsplit('/').next().unwrap());
        connection.execute_unprepared(&format!("CREATE ROLE \"{role}\" LOGIN PASSWORD 's3cret'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO \"{role}\"")).await.unwrap();
        let mut url = url::Url::parse(db.url()).unwrap();
        url.set_username(&role).unwrap();
        url.set_password(Some("s3cret")).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let as_reader = |arguments: &[&str]| {
            seawright_in(folder.path(), &[&["-u", url.as_str(), "-v"], arguments].concat())
        };
        let taken = as_reader(&["backup", "a"]).ok();
        let other = another(&db).await;
        restore(&other, &folder.path().join("a"), &[]).ok();
        let restored = other.connect().await;
        assert_eq!(everything(&connection).await, everything(&restored).await);
        // The next number is free.
        let sql = "INSERT INTO roles (name, permissions) VALUES ('one more', '{}')";
        restored.execute_unprepared(sql).await.unwrap();
        restored.close().await.unwrap();
        let native = as_reader(&["backup", "--as", "native", "b"]);
        assert!(native.code == 1 && native.stderr.contains("permission denied"), "{}", native.shown());
        let back = as_reader(&["restore", "--overwrite", "a"]);
        assert_eq!(back.code, 1, "{}", back.shown());
        connection.execute_unprepared(&format!("GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO \"{role}\"")).await.unwrap();
        let granted = as_reader(&["backup", "--as", "native", "b"]).ok();
        for ran in [taken, native, back, granted] {
            assert!(!ran.shown().contains("s3cret"), "{}", ran.shown());
        }
        for file in ["a", "b"] {
            let bytes = std::fs::read(folder.path().join(file)).unwrap();
            assert!(!bytes.windows(6).any(|window| window == b"s3cret"));
        }
        connection.execute_unprepared(&format!("DROP OWNED BY \"{role}\"; DROP ROLE \"{role}\"")).await.unwrap();
        connection.close().await.unwrap();
    }

    async fn no_pg_dump_that_fits(db: TestDb) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        let bin = folder.path().to_str().unwrap().to_owned();
        let variables = [("SEAWRIGHT_PG_BIN", bin.as_str())];
        let arguments = ["backup", "--as", "native", file.to_str().unwrap()];
        let ran = seawright_with(&db, &variables, &arguments);
        assert!(ran.code == 1 && ran.stderr.contains("there is none here"), "{}", ran.shown());
        // An old one is no better, whatever its exit code.
        let old = folder.path().join("pg_dump");
        std::fs::write(&old, "#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n").unwrap();
        std::os::unix::fs::PermissionsExt::set_mode(&mut std::fs::metadata(&old).unwrap().permissions(), 0o755);
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&old, mode).unwrap();
        let ran = seawright_with(&db, &variables, &arguments);
        assert!(ran.code == 1 && ran.stderr.contains("the newest here is 9"), "{}", ran.shown());
        // One that dies half-way leaves nothing.
        std::fs::write(&old, "#!/bin/sh\ncase $1 in --version) echo 'pg_dump (PostgreSQL) 99.1';; *) echo half; echo 'pg_dump: error: the disk is on fire' >&2; exit 1;; esac\n").unwrap();
        let ran = seawright_with(&db, &variables, &arguments);
        assert!(ran.code == 1 && ran.stderr.contains("the disk is on fire"), "{}", ran.shown());
        assert!(!file.exists());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    /// The schema of -s, and no other; into another one too.
    async fn a_schema_of_its_own(db: TestDb) {
        let connection = db.connect().await;
        for sql in [
            "CREATE SCHEMA \"Shop\"",
            "CREATE SCHEMA other",
            "CREATE TABLE elsewhere (id integer)",
            "CREATE TYPE \"Shop\".mood AS ENUM ('sad')",
            "CREATE TABLE \"Shop\".people (id serial PRIMARY KEY, feeling \"Shop\".mood)",
            "CREATE TABLE \"Shop\".notes (id serial PRIMARY KEY, person integer REFERENCES \"Shop\".people (id))",
            "INSERT INTO \"Shop\".people (feeling) VALUES ('sad')",
            "INSERT INTO \"Shop\".notes (person) VALUES (1)",
            "CREATE FUNCTION \"Shop\".stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
            "CREATE TRIGGER stamps BEFORE INSERT ON \"Shop\".notes FOR EACH ROW EXECUTE FUNCTION \"Shop\".stamp()",
        ] {
            connection.execute_unprepared(sql).await.unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        let taken = back_up(&db, &file, &["-s", "Shop"]).ok();
        assert!(taken.stdout.starts_with("2 rows of 2 tables") && taken.stdout.contains("not in it: the schema `public` with 1 tables"), "{}", taken.stdout);
        restore(&db, &file, &["-s", "other"]).ok();
        assert_eq!(crate::support::number(&connection, "SELECT count(*) FROM other.people p JOIN other.notes n ON n.person = p.id").await, 1);
        let native = folder.path().join("b");
        back_up(&db, &native, &["-s", "Shop", "--as", "native"]).ok();
        let ran = restore(&db, &native, &["-s", "other", "--overwrite"]);
        assert!(ran.code == 4 && ran.stderr.contains("this backup is of the schema `Shop`"), "{}", ran.shown());
        connection.execute_unprepared("DROP TABLE \"Shop\".notes").await.unwrap();
        restore(&db, &native, &["-s", "Shop", "--overwrite"]).ok();
        assert_eq!(crate::support::number(&connection, "SELECT count(*) FROM \"Shop\".notes").await, 1);
        assert_eq!(crate::support::number(&connection, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").await, 1);
        connection.close().await.unwrap();
    }
}
