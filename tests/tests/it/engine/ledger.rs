//! Known failures of the cases. One that starts to pass fails here, so that it is taken from the list.

/// A case, a database, which part of the case, and the fault that it shows.
const KNOWN: &[(&str, &str, &str, &str)] = &[(
    "The primary key moves to another column",
    "sqlite",
    "fits back",
    "B2: SQLite numbers a NULL in an integer key",
)];

/// What fails of a case and is not known, and what is known and does not fail.
pub(crate) fn judged(title: &str, database: &str, failed: &[(String, String)]) -> Vec<String> {
    let is_this = |known: &&(&str, &str, &str, &str)| known.0 == title && known.1 == database;
    let known: Vec<_> = KNOWN.iter().filter(is_this).collect();
    let passes = known
        .iter()
        .filter(|known| !failed.iter().any(|(part, _)| part == known.2));
    let mut wrong: Vec<String> = passes
        .map(|(_, _, part, fault)| format!("{title} ({part}): passes now; take it ({fault}) from the ledger"))
        .collect();
    let new = failed
        .iter()
        .filter(|(part, _)| !known.iter().any(|known| known.2 == part));
    wrong.extend(new.map(|(part, why)| format!("{title} ({part}): {why}")));
    wrong
}

#[test]
fn the_ledger_names_cases_that_are_there() {
    let titles: Vec<String> = super::cases::FILES
        .iter()
        .flat_map(|file| super::case::read(file).1)
        .map(|case| case.title)
        .collect();
    for (title, ..) in KNOWN {
        assert!(titles.iter().any(|other| other == title), "no case is called {title}");
    }
}
