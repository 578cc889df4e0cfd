//! Every script of the test set runs twice: as it was, with the old helpers and files, and rewritten, against a runtime
//! API. Both must come to the same.

use std::{
    env, fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use data_migrations::runtime_api::{Language, Rewriter};

use crate::{
    Case, cases, folder,
    runtime_api::{EXECUTION, RuntimeApi, TOKEN},
    world::World,
};

/// What a run came to.
#[derive(Debug, PartialEq)]
struct Outcome {
    world: World,
    stdout: String,
    succeeded: bool,
}

/// The programs that a language's scripts and helpers need.
fn programs(language: Language) -> &'static [&'static str] {
    match language {
        Language::Bash => &["bash", "jq", "curl"],
        Language::Python => &["python3"],
        Language::NodeJs => &["node"],
    }
}

fn is_there(program: &str) -> bool {
    let asked = Command::new(program).arg("--version").output();
    asked.is_ok_and(|output| output.status.success())
}

fn outcome(world: World, output: &Output) -> Outcome {
    Outcome {
        world,
        stdout: String::from_utf8(output.stdout.clone()).unwrap(),
        succeeded: output.status.success(),
    }
}

/// The script as the old executor wrote it into its folder.
fn as_the_executor_wrote_it(case: &Case) -> String {
    let prefix = match case.language {
        Language::Bash => "source ./cronium.sh\n",
        Language::Python => "import cronium\n",
        // As on servers; the local one was `const cronium = …`, which no script with that line of its own survived.
        Language::NodeJs => "require('./cronium.js');\n",
    };
    if !case.is("supplied-") {
        return case.source.clone();
    }
    let shebang = if case.source.starts_with("#!") {
        case.source.find('\n').unwrap() + 1
    } else {
        0
    };
    let (shebang, script) = case.source.split_at(shebang);
    format!("{shebang}{prefix}{script}")
}

/// Runs a script as the old executor did.
fn run_legacy(case: &Case) -> (Outcome, String) {
    let place = tempfile::tempdir().unwrap();
    for helper in ["cronium.sh", "cronium.py", "cronium.js"] {
        fs::copy(folder("legacy").join(helper), place.path().join(helper)).unwrap();
    }
    let world = World::new();
    world.to_files(place.path());
    let (program, file) = match case.language {
        Language::Bash => ("bash", "script.sh"),
        Language::Python => ("python3", "script.py"),
        Language::NodeJs if case.is("module-") => ("node", "script.mjs"),
        Language::NodeJs => ("node", "script.js"),
    };
    fs::write(place.path().join(file), as_the_executor_wrote_it(case)).unwrap();
    let output = command(program, place.path()).arg(file).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    (outcome(world.after_files(place.path()), &output), errors)
}

/// Runs a script as the orchestrator does: nothing is put in front, and no file but the images' is there.
fn run_rewritten(language: Language, script: &str) -> (Outcome, String) {
    let place = tempfile::tempdir().unwrap();
    let api = RuntimeApi::start(World::new());
    let (program, flag) = match language {
        Language::Bash => ("bash", "-c"),
        Language::Python => ("python3", "-c"),
        Language::NodeJs => ("node", "-e"),
    };
    let output = command(program, place.path())
        .args([flag, script])
        .env("BASH_ENV", folder("api").join("bashrc"))
        .env("PYTHONPATH", folder("api"))
        .env("NODE_PATH", folder("api"))
        .env("CRONIUM_RUNTIME_API", api.url())
        .env("CRONIUM_EXECUTION_TOKEN", TOKEN)
        .env("CRONIUM_EXECUTION_ID", EXECUTION)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    (outcome(api.stop(), &output), errors)
}

fn command(program: &str, place: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(place)
        .stdin(Stdio::null())
        .env_remove("BASH_ENV")
        .env("NO_PROXY", "127.0.0.1")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONUTF8", "1");
    command
}

fn prove(language: Language) {
    if let Some(missing) = programs(language).iter().find(|program| !is_there(program)) {
        let skips = env::var_os("SEAWRIGHT_TEST_SKIP_SCRIPTS").is_some_and(|value| value == "1");
        assert!(
            skips,
            "there is no {missing} here, so no {language:?} script can be run: install it, call ./test, which does so, or set \
             SEAWRIGHT_TEST_SKIP_SCRIPTS=1 to do without"
        );
        eprintln!("SKIPPED: SEAWRIGHT_TEST_SKIP_SCRIPTS=1 and there is no {missing}, no {language:?} script was run");
        return;
    }
    let mut rewriter = Rewriter::new().unwrap();
    let mut different = String::new();
    let mut proven = 0;
    for case in cases(language).iter().filter(|case| !case.is("review-")) {
        let rewritten = rewriter.rewrite(language, &case.source);
        let (after, after_errors) = run_rewritten(language, &rewritten.text);
        // A script that is new already can't be run with the old helpers.
        let (before, before_errors) = if case.is("new-") {
            assert_eq!(rewritten.text, case.source, "{}", case.name);
            assert!(after.succeeded, "{}: {after_errors}", case.name);
            proven += 1;
            continue;
        } else {
            run_legacy(case)
        };
        proven += 1;
        if before != after || (before_errors.is_empty() && !after_errors.is_empty()) {
            different += &format!(
                "\n== {}\n{}\nbefore: {before:#?}\n{before_errors}\nafter: {after:#?}\n{after_errors}\n",
                case.name, rewritten.text
            );
        }
    }
    assert!(different.is_empty(), "{different}");
    eprintln!("{proven} {language:?} scripts do what they did");
}

#[test]
fn rewritten_shell_scripts_do_what_they_did() {
    prove(Language::Bash);
}

#[test]
fn rewritten_python_scripts_do_what_they_did() {
    prove(Language::Python);
}

#[test]
fn rewritten_node_scripts_do_what_they_did() {
    prove(Language::NodeJs);
}
