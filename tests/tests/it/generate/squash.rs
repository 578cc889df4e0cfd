//! One test, because compiling is what costs: the first steps of a history become one, and that one with the rest once more.

use std::{fs, path::PathBuf};

use tests::block_on;

use super::{
    databases::Databases,
    project::{Project, Said, run},
};

/// What a person reads, without the stamps of its day and what takes time.
fn shown(name: &str, text: &str) {
    let filters = [
        (r"m20\d{6}_\d{6}_(insured|colour|squashed|begun)", "m<stamp>_$1"),
        (r"(/[^/\s`]+)+/migration/", "…/migration/"),
    ];
    insta::with_settings!({ filters => filters, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

/// The program as it is now, kept under another name.
struct Kept<'p> {
    post: &'p Project,
    path: PathBuf,
}

impl<'p> Kept<'p> {
    fn of(post: &'p Project) -> Self {
        let path = post.program().with_extension("kept");
        fs::copy(post.program(), &path).unwrap();
        Self { post, path }
    }

    fn run(&self, arguments: &[&str]) -> Said {
        run(&self.path, &self.post.dir(), arguments, &[])
    }

    fn each(&self, databases: &Databases, arguments: &[&str]) {
        for url in databases.urls() {
            let said = self.run(&[&["-u", url], arguments].concat());
            assert_eq!(said.code, 0, "{arguments:?} {said:#?}");
        }
    }
}

/// Refused with exit code 4, nothing written.
fn refused(post: &Project, arguments: &[&str], code: i32) -> String {
    let before = post.files();
    let said = post.run(arguments);
    assert_eq!(said.code, code, "{arguments:?} {said:#?}");
    assert!(post.files() == before, "{arguments:?} wrote something");
    said.stderr.replace("\n  | ", " ")
}

const ROWS: &str = "INSERT INTO parcels (label, status, weight, note) VALUES
    ('A', 'sent', 400, ' by the door'), ('B', 'announced', 70, 'not yet'), ('C', 'sent', 5000, NULL)";
const SHIPMENTS: &str = "SELECT id || ' ' || grams || ' ' || coalesce(remark, '–') FROM shipments ORDER BY id";
const MOVED: &[&str] = &["101 400 by the door", "103 5000 –"];

/// What the history's own table has, stamps apart.
const RECORDED: &str = "SELECT substr(version, 18) FROM seaql_migrations ORDER BY version";

#[test]
fn a_history_is_squashed_and_goes_on() {
    block_on(async {
        let post = Project::post();
        grows(&post);
        let before = Kept::of(&post);
        let [insured, colour] = &post.migrations()[1..] else {
            panic!("{:?}", post.migrations());
        };
        let (all, part, middle) = (Databases::new().await, Databases::new().await, Databases::new().await);
        for (databases, steps) in [(&all, "5"), (&part, "4"), (&middle, "2")] {
            before.each(databases, &["up", "-n", "1"]);
            databases.execute(ROWS).await;
            before.each(databases, &["up", "--num", steps]);
        }
        // One step was applied before: these are the third of `middle`, the last of the others.
        for url in part.urls() {
            let said = before.run(&["-u", url, "down", "-n", "1"]);
            assert_eq!(said.code, 0, "{said:#?}");
        }
        let (dumps, catalogs) = (all.dumps().await, all.catalogs().await);
        is_told_what_cannot_be(&post, &middle, insured);
        squash(&post, &all, insured);
        post.build();
        post.check_format();
        leads_to_the_same(&post, &dumps, &catalogs).await;
        needs_nothing(&post, &all).await;
        goes_on(&post, &part, &catalogs).await;
        is_refused(&post, &middle);
        squash_again(&post, colour);
        post.build();
        leads_to_the_same(&post, &dumps, &catalogs).await;
        for databases in [&all, &part] {
            databases.each(&post, &["up"]);
            databases.find(RECORDED, &["begun"]).await;
            databases.find(SHIPMENTS, MOVED).await;
        }
        // This one has never heard of the first squash.
        let late = Databases::new().await;
        before.each(&late, &["up"]);
        late.each(&post, &["up"]);
        late.find(RECORDED, &["begun"]).await;
        late.each(&post, &["down"]);
        late.find(RECORDED, &[]).await;
    });
}

/// Two columns, each with its step.
fn grows(post: &Project) {
    let weight = "    pub weight: Grams,\n";
    post.edit(
        "sending/parcels",
        weight,
        &format!("{weight}    pub insured: Option<bool>,\n"),
    );
    post.build();
    post.succeed(&["generate", "insured"]);
    post.edit(
        "sending/parcels",
        weight,
        &format!("{weight}    pub colour: Option<String>,\n"),
    );
    post.build();
    post.succeed(&["generate", "colour"]);
    let said = refused(post, &["squash", "--to", &post.migrations()[1]], 4);
    assert!(said.contains("older than the lock file"), "{said}");
    post.build();
}

fn is_told_what_cannot_be(post: &Project, middle: &Databases, insured: &str) {
    let said = refused(post, &["squash", "--to", "m20200101_000000_never"], 2);
    assert!(said.contains("there is no step"), "{said}");
    let said = refused(post, &["squash", "--to", &post.migrations()[0]], 4);
    assert!(said.contains("is the first step"), "{said}");
    let said = refused(post, &["squash", "--to", insured, "--name", "insured"], 2);
    assert!(said.contains("--name"), "{said}");
    for url in middle.urls() {
        let said = refused(post, &["-u", url, "squash", "--to", insured], 4);
        assert!(said.contains("has 3 of the 4 steps"), "{said}");
    }
}

fn squash(post: &Project, databases: &Databases, insured: &str) {
    let url = databases.urls().pop().unwrap();
    let before = post.files();
    let dry = post.succeed(&["-u", url, "squash", "--to", insured, "--dry-run"]);
    assert!(post.files() == before, "a dry run wrote something");
    assert!(dry.contains("Would be written"), "{dry}");
    let said = post.succeed(&["-u", url, "squash", "--to", insured]);
    if databases.urls().len() > 1 {
        shown("squashed", &said);
    }
    let library = fs::read_to_string(post.dir().join("migration/src/lib.rs")).unwrap();
    shown("squashed_library", &library);
    let [squashed, _] = &post.migrations()[..] else {
        panic!("{:?}", post.migrations());
    };
    shown(
        "squashed_migration",
        &fs::read_to_string(post.migration(squashed)).unwrap(),
    );
    let said = refused(post, &["squash", "--to", insured], 4);
    assert!(said.contains("older than the lock file"), "{said}");
}

fn squash_again(post: &Project, colour: &str) {
    let said = post.succeed(&["--format", "json", "squash", "--to", colour, "--name", "begun"]);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["unproven"][0], "postgres", "{said:#}");
    let lock = fs::read_to_string(post.dir().join("migration/seawright.lock")).unwrap();
    let lock: serde_json::Value = serde_json::from_str(&lock).unwrap();
    assert_eq!(lock["version"], 2);
    let replaces = serde_json::to_string_pretty(&lock["migrations"]).unwrap();
    insta::with_settings!({ filters => [(r"m20\d{6}_\d{6}_", "m<stamp>_"), (r"sha256:\w+", "sha256:…")], omit_expression => true }, {
        insta::assert_snapshot!("squashed_twice", replaces);
    });
}

/// From nothing, on every database, and by the project's own checks.
async fn leads_to_the_same(post: &Project, dumps: &[String], catalogs: &[Vec<String>]) {
    let empty = Databases::new().await;
    let nothing = empty.catalogs().await;
    empty.each(post, &["up"]);
    assert_eq!(empty.catalogs().await, catalogs);
    // SQLite keeps a statement as it was written; of PostgreSQL the other's word counts too.
    assert_eq!(empty.dumps().await[1..], dumps[1..]);
    empty.agree(post);
    for url in empty.urls() {
        let said = post.succeed(&["-u", url, "check"]);
        assert!(said.contains("All is well."), "{said}");
    }
    empty.each(post, &["down", "-n", "9"]);
    assert_eq!(empty.catalogs().await, nothing);
}

async fn needs_nothing(post: &Project, all: &Databases) {
    for url in all.urls() {
        let said = post.succeed(&["-u", url, "status", "--exit-code"]);
        assert!(said.contains("_squashed` counts as applied"), "{said}");
    }
    all.find(RECORDED, &["init", "shipments", "remarks", "insured", "colour"])
        .await;
    all.each(post, &["up"]);
    all.find(RECORDED, &["squashed", "colour"]).await;
    all.find(
        "SELECT substr(step, 18) FROM seawright_history ORDER BY step",
        &["squashed", "colour"],
    )
    .await;
    all.find(SHIPMENTS, MOVED).await;
    all.agree(post);
    for url in all.urls() {
        let said = post.succeed(&["-u", url, "status", "--exit-code"]);
        assert!(!said.contains("counts as applied"), "{said}");
    }
    // What the data steps did is still known.
    all.find(
        "SELECT substr(step, 18) FROM seawright_data_steps ORDER BY step",
        &["shipments", "remarks"],
    )
    .await;
}

/// A later step is still to come.
async fn goes_on(post: &Project, part: &Databases, catalogs: &[Vec<String>]) {
    part.each(post, &["up"]);
    part.find(RECORDED, &["squashed", "colour"]).await;
    part.find(SHIPMENTS, MOVED).await;
    assert_eq!(part.catalogs().await, catalogs);
}

fn is_refused(post: &Project, middle: &Databases) {
    for url in middle.urls() {
        let said = refused(post, &["-u", url, "up"], 4);
        assert!(
            said.contains("stands for 4 older steps, of which this database has 3"),
            "{said}"
        );
    }
}
