//! One test, because compiling is what costs: a project from its first rows through five changes of its entities.

use std::fs;

use tests::block_on;

use super::{databases::Databases, project::Project};

/// The migrations that are new, after a look at what a person reads of them.
fn new(shop: &Project, before: &[String]) -> Vec<String> {
    let new: Vec<String> = shop
        .migrations()
        .into_iter()
        .filter(|name| !before.contains(name))
        .collect();
    for name in &new {
        let text = fs::read_to_string(shop.migration(name)).unwrap();
        let title = name.splitn(3, '_').nth(2).unwrap();
        insta::with_settings!({ filters => [(r"m\d{8}_\d{6}", "m<stamp>")], omit_expression => true }, {
            insta::assert_snapshot!(title, text);
        });
    }
    new
}

/// Refused with that exit code and nothing written.
fn refused(shop: &Project, arguments: &[&str], code: i32) -> String {
    let before = shop.files();
    let said = shop.run(arguments);
    assert_eq!(said.code, code, "{arguments:?} {said:#?}");
    assert_eq!(said.stdout, "", "{arguments:?}");
    assert!(shop.files() == before, "{arguments:?} wrote something");
    said.stderr
}

/// A text without the line breaks that a long path brings.
fn unbroken(said: &str) -> String {
    said.replace("\n  | ", " ")
}

/// Generates what the entities ask for; the program is built before, for the entities, and after, for the migration.
fn generate(shop: &Project, arguments: &[&str]) -> Vec<String> {
    let before = shop.migrations();
    shop.succeed(&[&["generate"], arguments].concat());
    let new = new(shop, &before);
    shop.build();
    new
}

#[test]
fn a_project_lives() {
    block_on(async {
        let shop = Project::shop();
        let databases = Databases::new().await;
        shop.build();
        begins(&shop, &databases).await;
        adds_columns(&shop, &databases).await;
        renames_columns(&shop, &databases).await;
        adds_a_table(&shop, &databases).await;
        changes_columns(&shop, &databases).await;
        narrows_a_column(&shop, &databases).await;
        drops_columns(&shop, &databases).await;
        goes_back_to_nothing(&shop, &databases).await;
        is_told_of_mistakes(&shop);
        is_told_of_what_cannot_be(&shop, &databases);
    });
}

async fn begins(shop: &Project, databases: &Databases) {
    assert_eq!(shop.succeed(&["diff", "--exit-code"]), "Nothing to do.\n");
    assert_eq!(shop.succeed(&["generate", "nothing"]), "Nothing to do.\n");
    databases.up_down_up(shop, 1).await;
    databases
        .execute(
            "INSERT INTO customers (email, name) VALUES ('ada@example.org', 'Ada'), ('bob@example.org', 'Bob');
             INSERT INTO products (sku, name, price) VALUES ('T1', 'Tea', 350), ('C1', 'Cup', 900);
             INSERT INTO orders (customer_id, status, note) VALUES (1, 'open', 'a gift'), (2, 'sent', NULL);
             INSERT INTO order_lines (order_id, product_id, quantity) VALUES (1, 1, 3), (1, 2, 1), (2, 1, 1);",
        )
        .await;
}

const LINES: &str =
    "SELECT order_id || ' ' || product_id || ' ' || quantity FROM order_lines ORDER BY order_id, product_id";

async fn adds_columns(shop: &Project, databases: &Databases) {
    shop.edit(
        "customers",
        "    pub name: String,\n",
        "    pub name: String,\n    pub phone: Option<String>,\n    #[sea_orm(default_value = 0)]\n    pub points: i32,\n",
    );
    shop.build();
    is_taken_back(shop);
    let new = generate(shop, &["phone_and_points"]);
    lints_clean(shop, &new, &[]);
    databases.up_down_up(shop, new.len()).await;
    databases
        .find(
            "SELECT name || ' ' || coalesce(phone, '–') || ' ' || points FROM customers ORDER BY id",
            &["Ada – 0", "Bob – 0"],
        )
        .await;
    databases.find(LINES, &["1 1 3", "1 2 1", "2 1 1"]).await;
    // What a database has stays.
    let before = shop.files();
    databases.refuse_with(4, shop, &["history", "remove"], "has begun it");
    assert!(shop.files() == before);
}

/// A migration that was generated and not applied goes as if it had never been there: every file is as it was.
fn is_taken_back(shop: &Project) {
    let before = shop.files();
    shop.succeed(&["generate", "too_early"]);
    let newest = shop.migrations().pop().unwrap();
    shop.succeed(&["generate", "by_hand", "--empty"]);
    assert!(unbroken(&refused(shop, &["history", "remove", &newest], 4)).contains("is not the newest"));
    assert!(unbroken(&refused(shop, &["history", "remove", "m1_nothing"], 2)).contains("m1_nothing"));
    shop.succeed(&["history", "remove"]);
    let said = shop.succeed(&["history", "remove", &newest]);
    assert!(
        said.contains("is taken back") && said.contains("No database was asked"),
        "{said}"
    );
    assert!(shop.files() == before, "something is not as it was");
    let init = shop.migrations().pop().unwrap();
    assert!(unbroken(&refused(shop, &["history", "remove", &init], 4)).contains("by an earlier Seawright"));
}

/// What is generated passes the linter that CI asks, but for what the entities themselves ask for.
fn lints_clean(shop: &Project, new: &[String], but: &[&str]) {
    for name in new {
        for dialect in ["postgres", "sqlite"] {
            let said = shop.run(&["lint", "--step", name, "--dialect", dialect]).stdout;
            let found = said.lines().filter_map(|line| {
                let line = line.strip_prefix("warning[").or_else(|| line.strip_prefix("error["))?;
                Some(line.split(']').next().unwrap())
            });
            assert!(found.into_iter().all(|code| but.contains(&code)), "{said}");
            assert!(!said.is_empty());
        }
    }
}

/// `status` stands in the filter of an index, `name` and `sku` in the names that the convention gives.
async fn renames_columns(shop: &Project, databases: &Databases) {
    shop.edit("orders", "pub status: String", "pub state: String");
    shop.edit("orders", "Column::Status", "Column::State");
    shop.edit("../checks", "Column::Status.", "Column::State.");
    shop.edit("../checks", "[orders::Column::Status]", "[orders::Column::State]");
    shop.edit("../checks", "Column::Sku", "Column::Code");
    shop.edit("products", "pub sku: String", "pub code: String");
    shop.edit("products", "pub name: String", "pub title: String");
    shop.build();
    insta::assert_snapshot!("renames_refused", refused(shop, &["generate", "renames"], 4));
    let rename = |rename| ["--rename", rename];
    let part = [&["generate", "renames"], &rename("column:orders.status=state")[..]].concat();
    refused(shop, &part, 4);
    let wrong = [&part, &rename("column:orders.statsu=state")[..]].concat();
    insta::assert_snapshot!("rename_of_nothing_refused", refused(shop, &wrong, 2));
    let new = generate(
        shop,
        &[
            &["renames"],
            &rename("column:orders.status=state")[..],
            &rename("column:products.sku=code")[..],
            &rename("column:products.name=title")[..],
        ]
        .concat(),
    );
    databases.up_down_up(shop, new.len()).await;
    databases
        .find("SELECT state FROM orders ORDER BY id", &["open", "sent"])
        .await;
    databases
        .find(
            "SELECT code || ' ' || title || ' ' || price FROM products ORDER BY id",
            &["T1 Tea 350", "C1 Cup 900"],
        )
        .await;
    databases.find(LINES, &["1 1 3", "1 2 1", "2 1 1"]).await;
}

/// `order_lines` refer to `orders`, which SQLite has to build anew for its foreign key and its filled column.
async fn adds_a_table(shop: &Project, databases: &Databases) {
    fs::write(shop.entity("addresses"), ADDRESSES).unwrap();
    shop.edit("mod", "mod customers;", "mod addresses;\nmod customers;");
    shop.edit(
        "mod",
        "        customers::Entity,",
        "        addresses::Entity,\n        customers::Entity,",
    );
    shop.edit("orders", "use super::{", "use super::{addresses, ");
    shop.edit(
        "orders",
        "    pub customer_id: i32,\n",
        "    pub customer_id: i32,\n    pub address_id: Option<i32>,\n    #[sea_orm(column_type = \"Char(Some(3))\")]\n    pub currency: String,\n",
    );
    shop.edit(
        "orders",
        "    #[sea_orm(has_many)]\n",
        "    #[sea_orm(belongs_to, from = \"address_id\", to = \"id\", on_delete = \"SetNull\")]\n    pub address: BelongsTo<Option<addresses::Entity>>,\n    #[sea_orm(has_many)]\n",
    );
    shop.build();
    insta::assert_snapshot!("fill_refused", refused(shop, &["generate", "addresses"], 4));
    let new = generate(shop, &["addresses", "--backfill", "orders.currency=EUR"]);
    lints_clean(shop, &new, &["ban-char-field"]);
    databases.up_down_up(shop, new.len()).await;
    databases
        .execute("INSERT INTO addresses (customer_id, street) VALUES (1, 'Main Street 1'); UPDATE orders SET address_id = 1 WHERE id = 1;")
        .await;
    databases
        .find(
            "SELECT customer_id || ' ' || state || ' ' || coalesce(note, '–') || ' ' || currency || ' ' || coalesce(address_id, 0) FROM orders ORDER BY id",
            &["1 open a gift EUR 1", "2 sent – EUR 0"],
        )
        .await;
    databases.find(LINES, &["1 1 3", "1 2 1", "2 1 1"]).await;
}

const ADDRESSES: &str = r#"//! Where orders go.

use sea_orm::entity::prelude::*;

use super::customers;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "addresses")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub customer_id: i32,
    pub street: String,

    #[sea_orm(belongs_to, from = "customer_id", to = "id", on_delete = "Cascade")]
    pub customer: BelongsTo<customers::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
"#;

async fn changes_columns(shop: &Project, databases: &Databases) {
    // A wider type, under the rows of a table that another refers to.
    shop.edit("products", "pub price: i32", "pub price: i64");
    shop.edit("customers", "pub name: String", "pub name: Option<String>");
    shop.edit("order_lines", "default_value = 1", "default_value = 2");
    shop.edit(
        "products",
        "use sea_orm::entity::prelude::*;\n",
        "use sea_orm::entity::prelude::*;\nuse seawright::declare::{Spec, TableSpec};\n",
    );
    let products = fs::read_to_string(shop.entity("products")).unwrap();
    fs::write(shop.entity("products"), products + PRODUCTS_SPEC).unwrap();
    shop.build();
    let new = generate(shop, &["prices"]);
    databases.up_down_up(shop, new.len()).await;
    databases
        .find(
            "SELECT code || ' ' || title || ' ' || price FROM products ORDER BY id",
            &["T1 Tea 350", "C1 Cup 900"],
        )
        .await;
    databases
        .execute(
            "UPDATE products SET price = 5000000000 WHERE id = 1; UPDATE products SET price = 350 WHERE id = 1;
             INSERT INTO order_lines (order_id, product_id) VALUES (2, 2);",
        )
        .await;
    databases.find(LINES, &["1 1 3", "1 2 1", "2 1 1", "2 2 2"]).await;
}

const PRODUCTS_SPEC: &str = r#"
impl TableSpec for Entity {
    fn spec(table: &mut Spec<Self>) {
        table.unique("products_differ", [Column::Title, Column::Price]);
        table.check("products_price_not_negative", Column::Price.gte(0));
    }
}
"#;

/// A name that the new type does not hold: asked, counted, refused, and then put apart.
async fn narrows_a_column(shop: &Project, databases: &Databases) {
    const NAMES: &str = "SELECT name || ' ' || email FROM customers ORDER BY id";
    const ALL: [&str; 3] = [
        "Ada ada@example.org",
        "Bob bob@example.org",
        "Caroline caro@example.org",
    ];
    databases
        .execute("INSERT INTO customers (email, name) VALUES ('caro@example.org', 'Caroline')")
        .await;
    shop.edit(
        "customers",
        "    pub name: Option<String>,",
        "    #[sea_orm(column_type = \"String(StringLen::N(5))\")]\n    pub name: Option<String>,",
    );
    shop.build();
    insta::assert_snapshot!("loss_refused", refused(shop, &["generate", "names"], 4));
    let counted = "1 of 3 rows does not fit; SELECT * FROM \"customers\" WHERE";
    for url in databases.urls() {
        let said = unbroken(&refused(shop, &["-u", url, "generate", "names"], 4));
        assert!(said.contains(counted), "{said}");
    }
    let answered = |answer| ["generate", "names", "--on-loss", answer];
    let wrong = unbroken(&refused(shop, &answered("customers.nme=refuse"), 2));
    assert!(wrong.contains("customers.nme"), "{wrong}");
    let idle = [
        "generate",
        "names",
        "--on-loss",
        "*=refuse",
        "--on-loss",
        "orders.state=refuse",
    ];
    let idle = unbroken(&refused(shop, &idle, 2));
    assert!(idle.contains("orders.state"), "{idle}");

    // As it stands when nobody wants to lose anything.
    let new = generate(shop, &answered("customers.name=refuse")[1..]);
    lints_clean(shop, &new, &["changing-column-type"]);
    let before = databases.dumps().await;
    for arguments in [&["up", "--dry-run"][..], &["up"]] {
        for url in databases.urls() {
            let said = shop.run(&[&["-u", url], arguments].concat());
            let text = format!("{}{}", said.stdout, unbroken(&said.stderr));
            assert!(
                text.contains("does not fit into varchar(5) in 1 row"),
                "{arguments:?} {said:#?}"
            );
            assert_eq!(said.code, if arguments.len() == 2 { 0 } else { 4 }, "{said:#?}");
        }
    }
    assert_eq!(databases.dumps().await, before);
    databases.find(NAMES, &ALL).await;
    // What was refused left nothing in the database, so it may go.
    for _ in &new {
        shop.succeed(&["-u", databases.urls().last().unwrap(), "history", "remove"]);
    }

    let new = generate(shop, &["names_apart", "--on-loss", "customers.name=quarantine"]);
    lints_clean(shop, &new, &["changing-column-type"]);
    databases.each(shop, &["up"]);
    databases.find(NAMES, &ALL[..2]).await;
    for url in databases.urls() {
        let held = shop.succeed(&["-u", url, "data", "quarantine", "list"]);
        assert!(
            held.contains("customers 3: `name` does not fit into varchar(5)"),
            "{held}"
        );
    }
    databases.each(shop, &["down", "-n", &new.len().to_string()]);
    databases.find(NAMES, &ALL).await;
    databases.execute("DELETE FROM customers WHERE name = 'Caroline'").await;
    databases.up_down_up(shop, new.len()).await;
    databases.find(NAMES, &ALL[..2]).await;
    databases.find(LINES, &["1 1 3", "1 2 1", "2 1 1", "2 2 2"]).await;
}

/// `title` is in an index and in a unique constraint, `address_id` is a foreign key, `points` may not be NULL.
async fn drops_columns(shop: &Project, databases: &Databases) {
    shop.edit(
        "customers",
        "    #[sea_orm(default_value = 0)]\n    pub points: i32,\n",
        "",
    );
    shop.edit(
        "orders",
        "    #[sea_orm(column_type = \"Text\")]\n    pub note: Option<String>,\n",
        "",
    );
    shop.build();
    insta::assert_snapshot!("drops_refused", refused(shop, &["generate", "drops"], 4));
    let new = generate(shop, &["drops", "--allow-destructive"]);
    databases.up_down_up(shop, new.len()).await;
    databases
        .find(
            "SELECT name || ' ' || email FROM customers ORDER BY id",
            &["Ada ada@example.org", "Bob bob@example.org"],
        )
        .await;
    databases.find(LINES, &["1 1 3", "1 2 1", "2 1 1", "2 2 2"]).await;

    shop.edit("orders", "    pub address_id: Option<i32>,\n", "");
    shop.edit(
        "orders",
        "    #[sea_orm(belongs_to, from = \"address_id\", to = \"id\", on_delete = \"SetNull\")]\n    pub address: BelongsTo<Option<addresses::Entity>>,\n",
        "",
    );
    shop.edit("orders", "use super::{addresses, ", "use super::{");
    shop.edit("products", "    #[sea_orm(indexed)]\n    pub title: String,\n", "");
    shop.edit(
        "products",
        "        table.unique(\"products_differ\", [Column::Title, Column::Price]);\n",
        "",
    );
    shop.build();
    let new = generate(shop, &["drops_of_keys", "--allow-destructive"]);
    databases.up_down_up(shop, new.len()).await;
    databases.find(LINES, &["1 1 3", "1 2 1", "2 1 1", "2 2 2"]).await;
}

async fn goes_back_to_nothing(shop: &Project, databases: &Databases) {
    let dumps = databases.dumps().await;
    for _ in shop.migrations() {
        databases.each(shop, &["down"]);
    }
    databases.each(shop, &["up"]);
    assert_eq!(databases.dumps().await, dumps, "after the way to nothing and back");
    let fresh = Databases::new().await;
    fresh.each(shop, &["up"]);
    assert_eq!(fresh.dumps().await, dumps, "in an empty database");
}

/// None of these needs the program to be built again.
fn is_told_of_mistakes(shop: &Project) {
    assert!(refused(shop, &["generate", "Bad-Name"], 2).contains("no name for a migration"));
    assert!(refused(shop, &["generate", "x", "--rename", "table:a=b"], 2).contains("there was no table `a`"));
    assert!(refused(shop, &["generate", "x", "--rename", "customers.a=b"], 2).contains("is not of the form"));
    assert!(refused(shop, &["generate", "x", "--create", "nowhere"], 2).contains("nothing of that name appears"));

    let customers = fs::read_to_string(shop.entity("customers")).unwrap();
    shop.edit(
        "customers",
        "#[sea_orm(unique)]",
        "#[sea_orm(uniqe, unique_key = \"a\", unique_key = \"b\")]",
    );
    assert!(refused(shop, &["generate", "more"], 1).contains("uniqe"));
    let said = shop.run(&["--format", "json", "diff"]);
    assert_eq!(said.code, 1);
    insta::with_settings!({ filters => [(r#"(/[^/\s"\\]+)+/src/entity/"#, "…/src/entity/")], omit_expression => true }, {
        insta::assert_snapshot!("mistakes_in_the_source", said.stdout);
    });
    fs::write(shop.entity("customers"), customers).unwrap();

    let first = shop.migration(&shop.migrations()[0]);
    let text = fs::read_to_string(&first).unwrap();
    fs::write(&first, text.replace("Init.", "Beginning.")).unwrap();
    for arguments in [&["diff"][..], &["generate", "more"]] {
        let said = unbroken(&refused(shop, arguments, 1));
        assert!(
            said.contains("_init.rs") && said.contains("is history and was changed"),
            "{said}"
        );
    }
    fs::remove_file(&first).unwrap();
    assert!(unbroken(&refused(shop, &["diff"], 1)).contains("its source is gone"));
    fs::write(&first, text).unwrap();
    assert_eq!(shop.succeed(&["diff", "--exit-code"]), "Nothing to do.\n");
}

/// A type that SQLite lacks, and a step that stands in the list twice.
fn is_told_of_what_cannot_be(shop: &Project, databases: &Databases) {
    let array = "table.column_type(Column::Code, DataType::Array(Box::new(DataType::Text)));\n        table.check(";
    shop.edit("products", "table.check(", array);
    shop.edit(
        "products",
        "use seawright::declare::{Spec, TableSpec};",
        "use seawright::{declare::{Spec, TableSpec}, schema::DataType};",
    );
    let first = &shop.migrations()[0];
    let library = shop.dir().join("migration/src/lib.rs");
    let text = fs::read_to_string(&library).unwrap();
    let entry = format!("Box::new({first}::Migration),");
    fs::write(&library, text.replace(&entry, &format!("{entry} {entry}"))).unwrap();
    shop.build();
    insta::assert_snapshot!(
        "array_refused",
        refused(shop, &["generate", "tags", "--on-loss", "products.code=refuse"], 1)
    );
    databases.refuse(
        shop,
        &["up"],
        &format!("two steps of the history have the name `{first}`"),
    );
}
