use super::*;
use crate::runtime_api::syntax::BASH;

/// The rewritten script and what is said about it.
fn rewritten(source: &str) -> (String, Vec<String>) {
    let rewrite = rewrite(&mut Parser::new(&BASH).unwrap(), source).unwrap();
    (rewrite.text, rewrite.remarks.iter().map(ToString::to_string).collect())
}

fn assert_becomes(source: &str, expected: &str) {
    assert_eq!(rewritten(source), (expected.to_owned(), Vec::new()), "of\n{source}");
}

fn assert_stays(source: &str) {
    assert_becomes(source, source);
}

#[test]
fn the_helpers_line_goes_however_it_is_written() {
    let paths = [
        "./cronium.sh",
        "cronium.sh",
        "'./cronium.sh'",
        "\"./cronium.sh\"",
        "../runtime-helpers/cronium.sh",
        "/tmp/runtime-helpers/cronium.sh",
        "\"$HELPERS/cronium.sh\"",
        "\"$HELPERS\"/cronium.sh",
        "${CRONIUM_HOME:-/opt/cronium}/cronium.sh",
        "\"${CRONIUM_SH:-./cronium.sh}\"",
        "$(dirname \"$0\")/cronium.sh",
        "\"`pwd`/cronium.sh\"",
        "./cronium.sh 2>/dev/null",
        "./cronium.sh || exit 1",
        "./cronium.sh || { echo 'no helpers' >&2; exit 1; }",
        "./cronium.sh;",
        "\\\n  ./cronium.sh",
    ];
    for path in paths {
        for command in ["source", ".", "builtin source", "command ."] {
            let source = format!("#!/bin/bash\n{command} {path}\necho ok\n");
            assert_becomes(&source, "#!/bin/bash\necho ok\n");
        }
    }
    assert_becomes("H=./cronium.sh\nsource \"$H\"\necho ok\n", "H=./cronium.sh\necho ok\n");
    assert_becomes("source ./cronium.sh", "");
}

#[test]
fn other_files_and_other_words_stay() {
    assert_stays("source ./cronium_env.sh\n. lib/my-cronium.sh\n. ./cronium.sh.bak\nsource ./cronium.shell\n");
    assert_stays("# source ./cronium.sh\necho source ./cronium.sh '. ./cronium.sh'\n");
    assert_stays("H=./other.sh\nH=./cronium.sh\nsource $H\n");
    assert_stays("my_cronium_setVariable a\ncronium_setVariables b\necho cronium_setVariable\n");
    assert_stays("cat <<'EOF'\n$(cronium_getVariable a) `cronium_getVariable b`\nEOF\n");
    assert_stays("cat <<EOF\n\\$(cronium_getVariable a) \\`cronium_getVariable b\\` cronium_setVariable\nEOF\n");
}

#[test]
fn what_the_lines_were_in_stays_valid() {
    assert_becomes("f() { . ./cronium.sh; }\nf\n", "f() { :; }\nf\n");
    assert_becomes("if true; then . ./cronium.sh; fi\n", "if true; then :; fi\n");
    assert_becomes(
        "if a; then\n  . ./cronium.sh\nelse\n  b\nfi\n",
        "if a; then\n  :\nelse\n  b\nfi\n",
    );
    assert_becomes("if a; then\n  . ./cronium.sh\n  b\nfi\n", "if a; then\n  b\nfi\n");
    assert_becomes("if . ./cronium.sh; then b; fi\n", "if true; then b; fi\n");
    assert_becomes("case $x in a) . ./cronium.sh ;; esac\n", "case $x in a) : ;; esac\n");
    assert_becomes("while a; do . ./cronium.sh; done\n", "while a; do :; done\n");
    assert_becomes("(. ./cronium.sh; b)\n", "(b)\n");
    assert_becomes("a; . ./cronium.sh\nb\n", "a\nb\n");
    assert_becomes(". ./cronium.sh & b\n", ": & b\n");
    assert_becomes("! . ./cronium.sh\n", "false\n");
    assert_becomes("a && . ./cronium.sh\n", "a && :\n");
    assert_becomes(". ./cronium.sh && a\n", "a\n");
    assert_becomes("x=$(. ./cronium.sh && cronium_input)\n", "x=$(cronium_input)\n");
}

#[test]
fn a_question_for_the_helpers_file_is_answered() {
    for test in ["[ -f ./cronium.sh ]", "test -r ./cronium.sh", "[[ -e cronium.sh ]]"] {
        assert_becomes(&format!("if {test}; then\n  . ./cronium.sh\nfi\na\n"), "a\n");
        assert_becomes(&format!("{test} && . ./cronium.sh; a\n"), "a\n");
        assert_becomes(&format!("{test} || exit 1\na\n"), "a\n");
        assert_becomes(
            &format!("if {test}; then b; else c; fi\n"),
            "if true; then b; else c; fi\n",
        );
        assert_becomes(&format!("if ! {test}; then exit 1; fi\na\n"), "a\n");
    }
    assert_becomes("set -e\n[ ! -f cronium.sh ] && exit 1\na\n", "set -e\na\n");
    let (_, remarks) = rewritten(". ./cronium.sh\n[ -f cronium.sh -a -n \"$x\" ] && a\n");
    assert_eq!(remarks.len(), 1, "{remarks:?}");
}

#[test]
fn functions_get_their_new_names_wherever_they_are_called() {
    assert_becomes(
        "x=$(cronium_getVariable \"$(cronium_getVariable key)\")\ny=`cronium_getVariable y`\n",
        "x=$(cronium_get_variable \"$(cronium_get_variable key)\")\ny=`cronium_get_variable y`\n",
    );
    assert_becomes(
        "cat <<-EOF | grep x && cronium_setCondition true\n\t$(cronium_getVariable a) ${b:-$(cronium_getVariable b)} `cronium_getVariable c`\n\tEOF\n",
        "cat <<-EOF | grep x && cronium_set_condition true\n\t$(cronium_get_variable a) ${b:-$(cronium_get_variable b)} `cronium_get_variable c`\n\tEOF\n",
    );
    assert_becomes("trap cronium_setCondition EXIT\n", "trap cronium_set_condition EXIT\n");
    assert_becomes("type cronium_setVariable\n", "type cronium_set_variable\n");
    assert_becomes("export -f cronium_setVariable\n", "export -f cronium_set_variable\n");
}

#[test]
fn functions_of_the_scripts_own_keep_their_names() {
    let (text, remarks) = rewritten("cronium_setVariable() { echo mine; }\ncronium_setVariable a\n");
    assert_eq!(text, "cronium_setVariable() { echo mine; }\ncronium_setVariable a\n");
    assert_eq!(remarks.len(), 1, "{remarks:?}");
    // A new name for what it calls would make it call itself.
    let source = "cronium_set_variable() { cronium_setVariable \"$@\"; }\n";
    let (text, remarks) = rewritten(source);
    assert_eq!((text.as_str(), remarks.len()), (source, 1));
}

#[test]
fn what_is_run_as_text_is_told() {
    for source in [
        "eval \"cronium_setVariable a $b\"\n",
        "trap 'cronium_setVariable a b' EXIT\n",
        "bash -c '. ./cronium.sh; a'\n",
        "ssh host <<'EOF'\ncronium_getVariable a\nEOF\n",
        "alias keep='cronium_setVariable'\n",
        "python3 - <<'EOF'\nimport cronium\nEOF\n",
        "f=cronium_setVariable\n$f a b\n",
    ] {
        let (text, remarks) = rewritten(source);
        assert_eq!((text.as_str(), remarks.len()), (source, 1), "{remarks:?}");
    }
}

#[test]
fn the_old_executors_files_are_told_and_others_are_not() {
    let (_, remarks) = rewritten("jq . input.json ./input.json \"$PWD/input.json\"\na > output.json\n");
    assert_eq!(
        remarks,
        [
            "line 1: uses `input.json`, a file of the old executor that is gone",
            "line 2: uses `output.json`, a file of the old executor that is gone",
        ]
    );
    assert_stays("jq . data/input.json /srv/event.json\necho input.json\n# input.json\n");
}

#[test]
fn a_script_for_the_images_stays() {
    assert_stays("source /usr/local/bin/cronium.sh\ncronium_set_variable a 1\n");
    assert_becomes(
        "source /usr/local/bin/cronium.sh\ncronium_setVariable a 1\n",
        "cronium_set_variable a 1\n",
    );
}

#[test]
fn a_broken_script_is_not_read() {
    assert_eq!(
        rewrite(&mut Parser::new(&BASH).unwrap(), "if a; then\ncronium_input"),
        None
    );
}

/// To the grammar, the backslash joins the lines.
#[test]
fn a_backslash_before_a_command_is_no_end_of_a_line() {
    assert_becomes("a\n\\cronium_setVariable b\n", "a\n\\cronium_set_variable b\n");
}
