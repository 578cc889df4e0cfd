//! What holds for every script.

use data_migrations::runtime_api::{Language, Rewriter};

use crate::{LANGUAGES, all_cases, cases};

/// A script, and the forms that it could have been written in.
fn forms(source: &str) -> Vec<String> {
    let unix = source.replace("\r\n", "\n");
    vec![
        source.to_owned(),
        unix.replace('\n', "\r\n"),
        unix.trim_end().to_owned(),
        format!("\n\n{unix}\n\n"),
        format!("{unix}# the end"),
        format!("// a comment\n{unix}"),
    ]
}

fn assert_idempotent(rewriter: &mut Rewriter, language: Language, source: &str) {
    let once = rewriter.rewrite(language, source);
    let twice = rewriter.rewrite(language, &once.text);
    assert_eq!(twice.text, once.text, "of\n{source}");
}

#[test]
fn a_rewritten_script_stays_as_it_is() {
    let mut rewriter = Rewriter::new().unwrap();
    for case in all_cases() {
        for form in forms(&case.source) {
            assert_idempotent(&mut rewriter, case.language, &form);
        }
    }
}

#[test]
fn two_scripts_in_one_are_rewritten_once_too() {
    let mut rewriter = Rewriter::new().unwrap();
    for language in LANGUAGES {
        let cases = cases(language);
        for first in &cases {
            for second in &cases {
                let both = format!("{}\n{}", first.source, second.source);
                assert_idempotent(&mut rewriter, language, &both);
            }
        }
    }
}

/// A script cut off anywhere is often none. It must come through all the same.
#[test]
fn a_script_cut_off_anywhere_is_rewritten_or_left() {
    let mut rewriter = Rewriter::new().unwrap();
    for case in all_cases() {
        // Within a word, one place is as good as another.
        let places = case.source.char_indices().filter(|(_, c)| !c.is_alphanumeric());
        for (at, _) in places {
            assert_idempotent(&mut rewriter, case.language, &case.source[..at]);
        }
    }
}

#[test]
fn line_ends_stay_what_they_were() {
    let mut rewriter = Rewriter::new().unwrap();
    for case in all_cases() {
        let windows = case.source.replace("\r\n", "\n").replace('\n', "\r\n");
        let text = rewriter.rewrite(case.language, &windows).text;
        assert!(!text.replace("\r\n", "").contains('\n'), "{}: {text:?}", case.name);
        let unix = case.source.replace("\r\n", "\n");
        let text = rewriter.rewrite(case.language, &unix).text;
        assert!(!text.contains('\r'), "{}: {text:?}", case.name);
    }
}

/// A script can hold a password. What is said about it quotes nothing of it but the helpers' own names.
#[test]
fn remarks_say_nothing_that_was_in_the_script() {
    let mut rewriter = Rewriter::new().unwrap();
    let secret = "hunter2";
    let scripts = [
        (
            Language::Bash,
            "source ./cronium.sh\neval \"cronium_setVariable password hunter2\"\ncat hunter2/input.json input.json\n",
        ),
        (
            Language::Python,
            "import cronium\nf(cronium, 'hunter2')\nprint(cronium.getCondition('hunter2'))\nexec('cronium hunter2')\n",
        ),
        (
            Language::NodeJs,
            "hunter2(cronium);\n['hunter2'].sort((a) => cronium.getVariable('hunter2' + a));\neval('cronium hunter2');\n",
        ),
        (Language::NodeJs, "cronium.setVariable('hunter2'"),
    ];
    for (language, script) in scripts {
        let remarks = rewriter.rewrite(language, script).remarks;
        assert!(!remarks.is_empty(), "{script}");
        for remark in remarks {
            assert!(!remark.to_string().contains(secret), "{remark}");
        }
    }
}

#[test]
fn only_what_can_not_do_all_that_it_did_gets_remarks() {
    let mut rewriter = Rewriter::new().unwrap();
    for case in all_cases() {
        let remarks = rewriter.rewrite(case.language, &case.source).remarks;
        let expected = case.is("review-") || case.name == "handed-to-a-function";
        assert_eq!(!remarks.is_empty(), expected, "{}: {remarks:?}", case.name);
    }
}

/// A script that somebody made to nest as nobody writes must not end the migration of all the others.
#[test]
fn a_script_that_nests_without_end_is_left() {
    let mut rewriter = Rewriter::new().unwrap();
    let nested =
        |open: &str, inner: &str, close: &str| format!("{}{inner}{}", open.repeat(50_000), close.repeat(50_000));
    for (language, script) in [
        (Language::Bash, nested("$(", "cronium_getVariable a", ")")),
        (Language::Python, nested("(", "cronium.input()", ")")),
        (Language::NodeJs, nested("(", "cronium.input()", ")")),
        (Language::NodeJs, nested("", "cronium.input()", " || a")),
    ] {
        let rewritten = rewriter.rewrite(language, &script);
        assert_eq!((rewritten.text == script, rewritten.remarks.len()), (true, 1));
    }
}
