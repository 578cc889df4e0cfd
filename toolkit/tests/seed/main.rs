//! Factories over the tables of a small library, on SQLite and PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod library;

use std::collections::HashSet;

use library::*;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseConnection, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _,
};
use seawright::seed::{Factory, Rows, SeedError};
use tests::{TestDb, on_every_database};

async fn library(db: &TestDb) -> DatabaseConnection {
    let connection = db.connect().await;
    for sql in tables(connection.get_database_backend()) {
        connection.execute_unprepared(&sql).await.unwrap();
    }
    connection
}

fn factory(seed: u64) -> Factory {
    Factory::new(schema(), seed)
        .values::<books::Entity, Binding>(books::Column::Binding)
        .values::<samples::Entity, Binding>(samples::Column::Binding)
}

on_every_database! {
    /// What is required is made, what may be NULL is, defaults are the defaults.
    async fn one_row_needs_one_line(db: TestDb) {
        let db = library(&db).await;
        let book = factory(7).one::<books::Entity>().insert(&db).await.unwrap();
        let author = authors::Entity::find_by_id(book.author_id).one(&db).await.unwrap().unwrap();
        assert!(author.email.ends_with("@example.com"), "{}", author.email);
        assert_eq!((book.editor_id, book.copies), (None, 1));
        assert!(book.price > 0 && book.isbn.chars().count() <= 13);
        assert_eq!(authors::Entity::find().count(&db).await.unwrap(), 1);
    }

    /// The same seed makes the same rows in a database of the same contents; another seed makes others.
    async fn a_seed_says_all(db: TestDb) {
        let db = library(&db).await;
        let mut all = Vec::new();
        for seed in [7, 7, 8] {
            all.push(factory(seed).many::<books::Entity>(40).insert(&db).await.unwrap());
            for table in ["books", "authors"] {
                db.execute_unprepared(&format!("DELETE FROM {table}")).await.unwrap();
            }
        }
        // The numbers go on, all else is the same.
        let told = |books: &[books::Model]| -> Vec<String> {
            books.iter().map(|book| format!("{:?}", books::Model { id: 0, author_id: 0, ..book.clone() })).collect()
        };
        assert_eq!(told(&all[0]), told(&all[1]));
        assert_ne!(told(&all[0]), told(&all[2]));
    }

    /// Whatever is said counts, and what is said of one column changes no other.
    async fn everything_can_be_said(db: TestDb) {
        let db = library(&db).await;
        let ada = factory(1).one::<authors::Entity>().set(authors::Column::Name, "Ada").insert(&db).await.unwrap();
        let mut make = factory(7).define::<books::Entity>(|draw, book| {
            book.title = Set(format!("Volume {}", draw.number + 1));
            book.copies = Set(5);
        });
        let books = make
            .many::<books::Entity>(3)
            .with(|at, book| book.price = Set(100 + i32::try_from(at).unwrap()))
            .set(books::Column::Copies, 2)
            .of_by(books::Column::AuthorId, &ada)
            .insert(&db)
            .await
            .unwrap();
        let told: Vec<_> = books.iter().map(|book| (book.title.as_str(), book.price, book.copies, book.author_id)).collect();
        assert_eq!(told, [("Volume 1", 100, 2, ada.id), ("Volume 2", 101, 2, ada.id), ("Volume 3", 102, 2, ada.id)]);
        let plain = factory(7).one::<books::Entity>().with(|book| book.title = Set("x".into())).insert(&db).await.unwrap();
        assert_eq!(plain.binding, books[0].binding);
        // A number that is given, and the next that the database gives.
        let far = make.one::<books::Entity>().set(books::Column::Id, 5_000).of_by(books::Column::AuthorId, &ada).insert(&db).await.unwrap();
        assert_eq!(far.id, 5_000);
        assert!(make.one::<books::Entity>().insert(&db).await.unwrap().id > 5_000);
    }

    /// Rows of one call share what is made for them, or each has its own; where a key lets none be shared, each has.
    async fn parents_are_shared_unless_they_cannot_be(db: TestDb) {
        let db = library(&db).await;
        let mut make = factory(7);
        let authors = async |books: Vec<books::Model>| books.iter().map(|book| book.author_id).collect::<HashSet<_>>().len();
        let shared = make.many::<books::Entity>(10).insert(&db).await.unwrap();
        assert_eq!(authors(shared).await, 1);
        let apart = make.many::<books::Entity>(10).apart().insert(&db).await.unwrap();
        assert_eq!(authors(apart).await, 10);
        let desks = make.many::<desks::Entity>(10).insert(&db).await.unwrap();
        assert_eq!(desks.iter().map(|desk| desk.author_id).collect::<HashSet<_>>().len(), 10);
        let before = authors::Entity::find().count(&db).await.unwrap();
        let mut reusing = factory(9).reusing();
        let books = reusing.many::<books::Entity>(10).insert(&db).await.unwrap();
        assert!(authors(books).await > 1);
        assert_eq!(authors::Entity::find().count(&db).await.unwrap(), before);
        let edited = make.one::<books::Entity>().link(books::Column::EditorId).insert(&db).await.unwrap();
        assert!(edited.editor_id.is_some_and(|editor| editor != edited.author_id), "{edited:?}");
    }

    /// What a row refers to is what the row that it was given refers to.
    async fn a_given_row_brings_its_own(db: TestDb) {
        let db = library(&db).await;
        let mut make = factory(7);
        let book = make.one::<books::Entity>().insert(&db).await.unwrap();
        make.one::<authors::Entity>().insert(&db).await.unwrap();
        let loan = make.one::<loans::Entity>().of(&book).insert(&db).await.unwrap();
        assert_eq!((loan.book_id, loan.author_id), (book.id, book.author_id));
        assert_eq!(authors::Entity::find().count(&db).await.unwrap(), 2);
        // Of several references somebody has to say which.
        let ada = authors::Entity::find().one(&db).await.unwrap().unwrap();
        let loans = make.many::<pairs::Entity>(1).of(&ada).insert(&db).await.unwrap_err();
        assert_eq!(loans.to_string(), "pairs.left_id, right_id: each of them refers to authors: say which with `of_by`");
        let pair = make.one::<pairs::Entity>().of_by(pairs::Column::LeftId, &ada).insert(&db).await.unwrap();
        assert_ne!(pair.left_id, pair.right_id);
    }

    /// No unique key collides: not in a call, not with another seed's rows, not with rows of the same seed that are there.
    async fn unique_keys_never_collide(db: TestDb) {
        let db = library(&db).await;
        for seed in [7, 7, 8, 9] {
            let mut make = factory(seed);
            make.many::<authors::Entity>(300).insert(&db).await.unwrap();
            make.many::<books::Entity>(300).insert(&db).await.unwrap();
            make.many::<tags::Entity>(300).insert(&db).await.unwrap();
        }
        // The tags of each call have a book of their own.
        assert_eq!(books::Entity::find().count(&db).await.unwrap(), 1_204);
        // A key of two letters has room for some thousands, and of all of them none twice.
        let mut make = factory(7);
        make.many::<shelves::Entity>(200).insert(&db).await.unwrap();
        factory(7).many::<shelves::Entity>(200).insert(&db).await.unwrap();
        let same = make.many::<authors::Entity>(2).set(authors::Column::Email, "a@b.c").insert(&db).await.unwrap_err();
        assert_eq!(
            same.to_string(),
            "authors: another row has `a@b.c` in the unique key (email), and the value was given: give each row its own"
        );
        // One of the 3 bindings for each: then there is no other left.
        make.many::<samples::Entity>(3).insert(&db).await.unwrap();
        let fourth = factory(2).one::<samples::Entity>().insert(&db).await.unwrap_err();
        assert!(matches!(fourth, SeedError::Taken { given: false, .. }), "{fourth}");
        // Nothing of a call that fails is left.
        let tags = tags::Entity::find().count(&db).await.unwrap();
        let book = books::Entity::find().one(&db).await.unwrap().unwrap();
        let given = make.many::<tags::Entity>(2).set(tags::Column::Tag, "x").of(&book).insert(&db).await;
        assert!(given.is_err());
        assert_eq!(tags::Entity::find().count(&db).await.unwrap(), tags);
    }

    /// A row may refer to its own table; two tables that need each other can't begin.
    async fn references_may_go_round(db: TestDb) {
        let db = library(&db).await;
        let mut make = factory(7);
        let shelf = make.one::<rooms::Entity>().insert(&db).await.unwrap();
        assert_eq!(shelf.inside_id, None);
        let inner = make.one::<rooms::Entity>().of(&shelf).insert(&db).await.unwrap();
        assert_eq!(inner.inside_id, Some(shelf.id));
        let member = make.one::<members::Entity>().insert(&db).await.unwrap();
        let team = teams::Entity::find_by_id(member.team_id).one(&db).await.unwrap().unwrap();
        assert_eq!(team.captain_id, None);
        let egg = make.one::<eggs::Entity>().insert(&db).await.unwrap_err();
        assert_eq!(
            egg.to_string(),
            "no row can be the first of eggs → hens → eggs: each needs one of the next by a column that may not be NULL; \
             let one of these columns be NULL"
        );
    }

    /// Rows in any order: those that others refer to go first, and where they go round, a reference waits.
    async fn the_order_is_worked_out(db: TestDb) {
        let db = library(&db).await;
        let mut rows = Rows::new(&schema()).unwrap();
        rows.add::<loans::Entity>(&loans::ActiveModel { id: Set(4), book_id: Set(3), author_id: Set(2) }).unwrap();
        rows.add::<members::Entity>(&members::ActiveModel { id: Set(8), team_id: Set(9) }).unwrap();
        rows.add::<teams::Entity>(&teams::ActiveModel { id: Set(9), captain_id: Set(Some(8)) }).unwrap();
        let rooms = [(1, Some(2)), (2, Some(3)), (3, None)].map(|(id, inside_id)| rooms::ActiveModel { id: Set(id), inside_id: Set(inside_id) });
        rows.extend::<rooms::Entity>(&rooms).unwrap();
        rows.add::<books::Entity>(&books::ActiveModel {
            id: Set(3),
            author_id: Set(2),
            isbn: Set("978".into()),
            title: Set("Notes".into()),
            binding: Set(Binding::Cloth),
            price: Set(3),
            ..Default::default()
        }).unwrap();
        rows.add::<authors::Entity>(&authors::ActiveModel { id: Set(2), email: Set("a@b.c".into()), name: Set("Ada".into()) }).unwrap();
        let seeded = rows.insert(&db).await.unwrap();
        let order: Vec<&str> = seeded.tables.iter().map(|(table, _)| table.as_str()).collect();
        let at = |table: &str| order.iter().position(|own| *own == table).unwrap();
        assert!(at("authors") < at("books") && at("books") < at("loans"), "{order:?}");
        assert_eq!(teams::Entity::find().one(&db).await.unwrap().unwrap().captain_id, Some(8));
        assert_eq!(rooms::Entity::find_by_id(1).one(&db).await.unwrap().unwrap().inside_id, Some(2));
        // The database counts on behind what it was given.
        let author = authors::ActiveModel { email: Set("b@b.c".into()), name: Set("Bob".into()), ..Default::default() };
        assert!(authors::Entity::insert(author).exec(&db).await.unwrap().last_insert_id > 2);

        let mut rows = Rows::new(&schema()).unwrap();
        rows.add::<eggs::Entity>(&eggs::ActiveModel { id: Set(1), hen_id: Set(1) }).unwrap();
        rows.add::<hens::Entity>(&hens::ActiveModel { id: Set(1), egg_id: Set(1) }).unwrap();
        assert!(matches!(rows.insert(&db).await, Err(SeedError::Cycle(tables)) if tables == ["eggs", "hens", "eggs"]));
    }

    /// Ten thousand rows go in several statements, and what a caller says of each is said of each.
    async fn many_rows_fill_a_table(db: TestDb) {
        let db = library(&db).await;
        let mut make = factory(7);
        let filled = make.many::<books::Entity>(12_345).with(|at, book| book.price = Set(1 + i32::try_from(at).unwrap())).fill(&db).await.unwrap();
        assert_eq!(filled, 12_345);
        assert_eq!(books::Entity::find().count(&db).await.unwrap(), 12_345);
        let last = books::Entity::find().filter(books::Column::Price.eq(12_345)).count(&db).await.unwrap();
        assert_eq!(last, 1);
    }
}

#[tokio::test]
async fn mistakes_are_told() {
    let db = sea_orm::Database::connect("sqlite::memory:").await.unwrap();
    let mut make = Factory::new(schema(), 1);
    let error = make.one::<foreigners::Entity>().insert(&db).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the table `foreigners` is not among the factory's entities: list it in `schema!`"
    );
    for sql in tables(sea_orm::DbBackend::Sqlite) {
        db.execute_unprepared(&sql).await.unwrap();
    }
    let error = make.one::<books::Entity>().insert(&db).await.unwrap_err();
    let told = error.to_string();
    assert!(
        told.starts_with("books.binding: `binding 1` is no value for it"),
        "{told}"
    );
    assert!(
        told.ends_with("say which are with `Factory::values`, or give one with `Factory::define`"),
        "{told}"
    );
}
