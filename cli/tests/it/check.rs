//! `check` on this repository as it is: what CI asks of a fresh clone, and with a key.

use std::path::Path;

use crate::support::{Ran, command, ran, seawright_in};

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs the program in a folder with no key to seal secrets.
fn seawright_without_key(folder: &Path, arguments: &[&str]) -> Ran {
    let program = env!("CARGO_BIN_EXE_seawright");
    ran(command(program, folder, arguments, &[]).env_remove("CRONIUM_VAULT_KEY"))
}

#[test]
fn without_a_key_it_says_what_was_not_asked() {
    let said = seawright_without_key(here(), &["check"]).ok().stdout;
    let not_asked = said
        .matches("not asked: it needs CRONIUM_VAULT_KEY, which seals the secrets")
        .count();
    assert_eq!(not_asked, 2, "{said}");
    assert!(
        said.ends_with("All is well, as far as it was asked: 2 of 9 claims were not.\n"),
        "{said}"
    );
}

/// The profiles that are at the end of the history are made, and need no adoption.
#[test]
fn with_a_key_all_is_asked() {
    let said = seawright_in(here(), &["check"]).ok().stdout;
    assert_eq!(said.matches("nothing is pending on it").count(), 2, "{said}");
    assert!(said.ends_with("All is well.\n"), "{said}");
}
