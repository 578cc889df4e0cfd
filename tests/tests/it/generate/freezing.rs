//! One test, because compiling is what costs: entities change after data migrations were written against them.

use std::fs;

use tests::block_on;

use super::{databases::Databases, project::Project};

/// What a person reads of a file, the stamps of its day apart.
fn shown(name: &str, text: &str) {
    insta::with_settings!({ filters => [(r"m20\d{6}_\d{6}_no", "m<stamp>_no"), (r"m20\d{6}_\d{6}_words", "m<stamp>_words")], omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

fn read(post: &Project, file: &str) -> String {
    fs::read_to_string(post.dir().join(file)).unwrap()
}

/// The files of the data migrations, by their paths.
fn data_migrations(post: &Project) -> Vec<(String, String)> {
    let of_data = post.dir().join("data-migrations");
    let files = post.files().into_iter();
    files
        .filter_map(|(path, bytes)| {
            let name = path.strip_prefix(&of_data).ok()?.to_str()?.to_owned();
            Some((name, String::from_utf8(bytes).unwrap()))
        })
        .collect()
}

#[test]
fn entities_change_and_history_does_not() {
    block_on(async {
        let post = Project::post();
        loses_a_column(&post);
        replays(&post, "remark").await;
        renames_a_column(&post);
        replays(&post, "words").await;
        changes_only_keys(&post);
        is_told_of_a_changed_shape(&post);
    });
}

/// `note` is read by `shipments`, which is a file; `remarks` uses only the other table.
fn loses_a_column(post: &Project) {
    let note = "    #[sea_orm(column_type = \"Text\")]\n    pub note: Option<String>,\n";
    post.edit("sending/parcels", note, "    pub insured: Option<bool>,\n");
    post.build_entities();
    let new = [
        "generate",
        "no_notes",
        "--create",
        "parcels.insured",
        "--allow-destructive",
    ];
    shown("a_column_is_lost", &post.succeed(&new));
    shown(
        "shipments_frozen",
        &read(post, "data-migrations/src/shipments_frozen.rs"),
    );
    shown("shipments", &read(post, "data-migrations/src/shipments.rs"));
    assert!(!post.dir().join("data-migrations/src/remarks/frozen.rs").exists());
    post.check_format();
    post.build();
}

/// `remarks` is a folder, imports everything and speaks of the domain; `shipments` is done with all of this.
fn renames_a_column(post: &Project) {
    let before = data_migrations(post);
    post.edit("sending/shipments", "pub remark:", "pub words:");
    post.edit("sending/parcels", "pub weight:", "pub grams:");
    let path = post.entity("sending/shipments");
    let entity = fs::read_to_string(&path).unwrap();
    let rule = "/// Whether it has a remark.\npub fn has_remark(shipment: &Model) -> bool {\n    shipment.words.is_some()\n}\n";
    fs::write(path, format!("{entity}\n{rule}")).unwrap();
    post.build_entities();
    let new = [
        &["generate", "words"][..],
        &["--rename", "column:shipments.remark=words"],
        &["--rename", "column:parcels.weight=grams"],
    ]
    .concat();
    follows_a_rule_of_today(post, &new);
    let new = [&["--format", "json"], &new[..]].concat();
    shown("a_column_is_renamed", &post.succeed(&new));
    shown("remarks_frozen", &read(post, "data-migrations/src/remarks/frozen.rs"));
    shown("remarks_words", &read(post, "data-migrations/src/remarks/words.rs"));
    shown("remarks", &read(post, "data-migrations/src/remarks/mod.rs"));
    // What was frozen before stays as it is, byte for byte.
    let after = data_migrations(post);
    for file in before.iter().filter(|(name, _)| !name.starts_with("src/remarks/")) {
        assert!(after.contains(file), "{} changed", file.0);
    }
    post.check_format();
    post.build();
}

/// What takes rows of the entities' crate cannot be kept as it was: it is named, and nothing is written.
fn follows_a_rule_of_today(post: &Project, generate: &[&str]) {
    let path = post.dir().join("data-migrations/src/remarks/words.rs");
    let text = fs::read_to_string(&path).unwrap();
    let with_rule = text.replace(
        "    let sending",
        "    sending::shipments::has_remark(shipment);\n    let sending",
    );
    assert_ne!(text, with_rule);
    fs::write(&path, with_rule).unwrap();
    let before = post.files();
    let said = post.run(generate);
    assert_eq!(said.code, 4, "{said:#?}");
    shown(
        "a_rule_of_today",
        &said.stderr.replace(&post.dir().display().to_string(), "<post>"),
    );
    assert_eq!(post.files(), before);
    fs::write(path, text).unwrap();
}

/// A comment, an index and a default are none of a data migration's business.
fn changes_only_keys(post: &Project) {
    let before = data_migrations(post);
    post.edit(
        "sending/parcels",
        "    pub label: String,",
        "    /// On its lid.\n    pub label: String,",
    );
    post.edit(
        "sending/shipments",
        "    #[sea_orm(default_value = false)]",
        "    #[sea_orm(default_value = true, indexed)]",
    );
    post.build_entities();
    let said = post.succeed(&["generate", "by_hand"]);
    assert!(!said.contains("Frozen") && !said.contains("entities.json"), "{said}");
    assert_eq!(data_migrations(post), before);
}

fn is_told_of_a_changed_shape(post: &Project) {
    let path = post.dir().join("migration/entities.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("words", "remark")).unwrap();
    for arguments in [&["diff"][..], &["generate", "more"]] {
        let said = post.run(arguments);
        assert_eq!(said.code, 1, "{said:#?}");
        let text = said.stderr.replace("\n  | ", " ");
        assert!(text.contains("is not what `generate` wrote"), "{said:#?}");
    }
}

/// The whole history leads from rows to the same rows as ever, and from nothing to the same schema.
async fn replays(post: &Project, words: &str) {
    let databases = Databases::new().await;
    databases.each(post, &["up", "-n", "1"]);
    databases
        .execute(
            "INSERT INTO parcels (label, status, weight, note) VALUES
                 ('A', 'sent', 400, ' by the door'), ('B', 'announced', 70, 'not yet'),
                 ('C', 'sent', 5000, NULL), ('D', 'sent', 999, 'fragile');",
        )
        .await;
    databases.each(post, &["up"]);
    databases
        .find(
            &format!(
                "SELECT id || ' ' || parcel_id || ' ' || grams || ' ' || CASE WHEN by_hand THEN 'by hand' ELSE 'by car' END
                 || ' ' || coalesce({words}, '–') FROM shipments ORDER BY id"
            ),
            &[
                "101 1 400 by hand by the door",
                "103 3 5000 by car –",
                "104 4 999 by hand fragile",
            ],
        )
        .await;
    databases.agree(post);
    databases.each(post, &["data", "verify"]);
    let empty = Databases::new().await;
    empty.each(post, &["up"]);
    empty.agree(post);
}
