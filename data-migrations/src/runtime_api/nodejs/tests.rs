use super::*;
use crate::runtime_api::syntax::NODEJS;

/// The rewritten script and what is said about it.
fn rewritten(source: &str) -> (String, Vec<String>) {
    let rewrite = rewrite(&mut Parser::new(&NODEJS).unwrap(), source).unwrap();
    (rewrite.text, rewrite.remarks.iter().map(ToString::to_string).collect())
}

fn assert_becomes(source: &str, expected: &str) {
    assert_eq!(rewritten(source), (expected.to_owned(), Vec::new()), "of\n{source}");
}

fn assert_stays(source: &str) {
    assert_becomes(source, source);
}

/// A script of one statement behind the line that brings the helpers in.
fn assert_statement(statement: &str, expected: &str) {
    assert_becomes(
        &format!("const cronium = require('./cronium.js');\n{statement}\n"),
        &format!("const cronium = require('cronium');\n\n(async () => {{\n{expected}\n}})();\n"),
    );
}

#[test]
fn every_way_to_the_helpers_becomes_a_require() {
    for line in [
        "const cronium = require('./cronium.js');",
        "const cronium = require('./cronium');",
        "const cronium = require('../runtime-helpers/cronium.js');",
        "const cronium = require('/tmp/runtime-helpers/cronium');",
        "const cronium = require(`${__dirname}/cronium.js`);",
        "const cronium = require(__dirname + '/cronium.js');",
        "const cronium = require(path.join(__dirname, 'cronium.js'));",
        "const { cronium } = require('./cronium.js');",
        "require('./cronium.js');",
        "import cronium from './cronium.js';",
        "import * as cronium from './cronium.js';",
        "import { default as cronium } from './cronium.js';",
        "import './cronium.js';",
        "import cronium from 'cronium';",
    ] {
        assert_becomes(
            &format!("{line}\ncronium.output(1);\n"),
            "const cronium = require('cronium');\n\n(async () => {\nawait cronium.output(1);\n})();\n",
        );
    }
    assert_becomes(
        "let c = require(\"./cronium\")\nc.output(1)",
        "let c = require(\"cronium\")\n\n;(async () => {\nawait c.output(1)\n})();",
    );
    assert_becomes(
        "import c, { setVariable as s } from './cronium.js';\ns('a', c.input());\n",
        "const c = require('cronium');\nconst { setVariable: s } = require('cronium');\n\n(async () => {\nawait s('a', await c.input());\n})();\n",
    );
    assert_becomes(
        "const s = require('./cronium.js').setVariable;\ns('a', 1);\n",
        "const s = require('cronium').setVariable;\n\n(async () => {\nawait s('a', 1);\n})();\n",
    );
}

#[test]
fn the_executors_line_stands_where_requires_stand() {
    let wrapped = "const cronium = require('cronium');\n\n(async () => {\nawait cronium.output(1);\n})();\n";
    assert_becomes("cronium.output(1);\n", wrapped);
    assert_becomes(
        "'use strict';\ncronium.output(1);\n",
        &format!("'use strict';\n{wrapped}"),
    );
    assert_becomes(
        "#!/usr/bin/env node\n// About.\n\n'use strict';\nconst fs = require('fs');\n\n// Tell.\ncronium.output(1); // it\n",
        "#!/usr/bin/env node\n// About.\n\n'use strict';\nconst cronium = require('cronium');\nconst fs = require('fs');\n\n(async () => {\n// Tell.\nawait cronium.output(1); // it\n})();\n",
    );
    assert_becomes(
        "try { require('./cronium.js'); } catch (e) {}\ncronium.output(1);\n",
        "const cronium = require('cronium');\n\n(async () => {\ntry { } catch (e) {}\nawait cronium.output(1);\n})();\n",
    );
    assert_becomes(
        "global.cronium.output(1);\n",
        "(async () => {\nawait require('cronium').output(1);\n})();\n",
    );
}

#[test]
fn there_is_one_declaration() {
    let once = "const cronium = require('cronium');\n\n(async () => {\nawait cronium.output(1);\n})();\n";
    for source in [
        "const cronium = require('./cronium.js');\nconst cronium = require('./cronium.js');\ncronium.output(1);\n",
        "require('./cronium.js');\nconst cronium = require('./cronium.js');\ncronium.output(1);\n",
        "require('./cronium.js');\nrequire('./cronium');\ncronium.output(1);\n",
    ] {
        assert_becomes(source, once);
    }
}

#[test]
fn calls_are_awaited_wherever_they_stand() {
    for (statement, expected) in [
        (
            "const v = cronium.input().value;",
            "const v = (await cronium.input()).value;",
        ),
        (
            "cronium.input().items[0].run();",
            "(await cronium.input()).items[0].run();",
        ),
        (
            "a(cronium.getVariable('b'), ...cronium.input());",
            "a(await cronium.getVariable('b'), ...await cronium.input());",
        ),
        (
            "x = `${cronium.getVariable('a')}`;",
            "x = `${await cronium.getVariable('a')}`;",
        ),
        (
            "x = cronium.getVariable('a') ** 2;",
            "x = (await cronium.getVariable('a')) ** 2;",
        ),
        (
            "x = 2 ** cronium.getVariable('a');",
            "x = 2 ** await cronium.getVariable('a');",
        ),
        ("cronium.getVariable('a')();", "(await cronium.getVariable('a'))();"),
        (
            "x = !cronium.input() || cronium.event()?.id;",
            "x = !await cronium.input() || (await cronium.event())?.id;",
        ),
        (
            "x = cronium['getVariable']('a');",
            "x = await cronium['getVariable']('a');",
        ),
        (
            "if (x) cronium.output(1); else cronium.output(2);",
            "if (x) await cronium.output(1); else await cronium.output(2);",
        ),
        (
            "for (const i of cronium.input()) cronium.output(i);",
            "for (const i of await cronium.input()) await cronium.output(i);",
        ),
        (
            "cronium.setVariable('a', cronium.getVariable(cronium.getVariable('b')));",
            "await cronium.setVariable('a', await cronium.getVariable(await cronium.getVariable('b')));",
        ),
    ] {
        assert_statement(statement, expected);
    }
}

#[test]
fn a_bracket_at_the_start_of_a_line_continues_no_other() {
    assert_statement(
        "const a = 1\ncronium.input().x()",
        "const a = 1\n;(await cronium.input()).x()",
    );
    assert_statement(
        "const f = function () {}\ncronium.input().x()",
        "const f = function () {}\n;(await cronium.input()).x()",
    );
    assert_statement(
        "if (a) {}\ncronium.input().x()",
        "if (a) {}\n(await cronium.input()).x()",
    );
    assert_statement("if (a) cronium.input().x()", "if (a) (await cronium.input()).x()");
}

#[test]
fn functions_become_async_and_their_calls_are_awaited() {
    assert_statement(
        "function f() { return cronium.input(); }\nconst g = () => f();\nx(g());",
        "async function f() { return await cronium.input(); }\nconst g = async () => await f();\nx(await g());",
    );
    assert_statement(
        "class A { m() { cronium.output(1); } static s() { new A().m(); } }\nA.s();",
        "class A { async m() { await cronium.output(1); } static async s() { await new A().m(); } }\nawait A.s();",
    );
    assert_statement(
        "const o = { m: function () { cronium.output(1); }, n() { o.m(); } };\no.n();",
        "const o = { m: async function () { await cronium.output(1); }, async n() { await o.m(); } };\nawait o.n();",
    );
    assert_statement(
        "(() => cronium.output(1))();",
        "await (async () => await cronium.output(1))();",
    );
    assert_statement(
        "(function f(n) { if (n) f(n - 1); cronium.output(n); }).call(null, 3);",
        "await (async function f(n) { if (n) await f(n - 1); await cronium.output(n); }).call(null, 3);",
    );
    assert_statement(
        "function twice(work) { work(); work(); }\ntwice(() => cronium.output(1));",
        "async function twice(work) { await work(); await work(); }\nawait twice(async () => await cronium.output(1));",
    );
    // Nothing waits for these.
    assert_becomes(
        "const cronium = require('./cronium.js');\nsetTimeout(() => { cronium.output(1); }, 1);\nstream.on('end', () => cronium.output(2));\n",
        "const cronium = require('cronium');\nsetTimeout(async () => { await cronium.output(1); }, 1);\nstream.on('end', async () => await cronium.output(2));\n",
    );
}

#[test]
fn what_is_async_already_needs_no_function_around_it() {
    assert_becomes(
        "const cronium = require('./cronium.js');\nasync function main() { cronium.output(await other()); }\nmain().catch(console.error);\n",
        "const cronium = require('cronium');\nasync function main() { await cronium.output(await other()); }\nmain().catch(console.error);\n",
    );
    // But `await` and `return` at the top do.
    assert_statement(
        "const x = await other();\ncronium.input();",
        "const x = await other();\nawait cronium.input();",
    );
    assert_becomes(
        "const cronium = require('./cronium.js');\nif (a) return;\nsetTimeout(() => cronium.output(1));\n",
        "const cronium = require('cronium');\n\n(async () => {\nif (a) return;\nsetTimeout(async () => await cronium.output(1));\n})();\n",
    );
}

#[test]
fn a_callback_for_each_of_a_list_becomes_a_loop() {
    assert_statement(
        "[1, 2].forEach((n) => cronium.setVariable('n', n));",
        "for (const n of [1, 2]) { await cronium.setVariable('n', n); }",
    );
    assert_statement(
        "Object.keys(o).forEach(function (key, i) { if (i) return; cronium.setVariable(key, i); });",
        "for (const [i, key] of Object.keys(o).entries()) { if (i) continue; await cronium.setVariable(key, i); }",
    );
    for source in [
        // Whatever this is: a map's `forEach` gives other things than a loop over it.
        "things.forEach((n) => cronium.setVariable('n', n));",
        "[1].forEach((n) => { for (;;) { return; } cronium.output(n); });",
        "[1].forEach(function (n) { this.x = cronium.getVariable(n); });",
        "const list = [1]; list.forEach((n) => { list.push(n); cronium.output(n); });",
        "const n = [1]; n.forEach((n) => cronium.output(n));",
    ] {
        let (text, remarks) = rewritten(&format!("const cronium = require('./cronium.js');\n{source}\n"));
        assert!(text.ends_with(&format!("{source}\n")), "{text}");
        assert_eq!(
            remarks,
            ["line 2: calls the runtime API in a callback of `forEach`, where it could not be awaited"]
        );
    }
}

#[test]
fn what_can_not_wait_is_told() {
    for source in [
        "[3].sort((a, b) => cronium.getVariable(a) - b);",
        "const x = [3].map((a) => cronium.getVariable(a));",
        "class A { constructor() { cronium.input(); } }",
        "class A { x = cronium.input(); }",
        "class A { static { cronium.input(); } }",
        "class A { get x() { return cronium.input(); } }",
        "function* g() { yield cronium.input(); }",
        "function f(x = cronium.input()) {}",
        "const o = { m() { cronium.input(); } }; o[name]();",
        "function F() { this.x = cronium.input(); } new F();",
        "new Promise((resolve) => { resolve(cronium.input()); });",
        "process.on('exit', () => cronium.output(1));",
        "list.map(cronium.getVariable);",
        "run(cronium);",
    ] {
        let (text, remarks) = rewritten(&format!("const cronium = require('./cronium.js');\n{source}\n"));
        assert_eq!(text, format!("const cronium = require('cronium');\n{source}\n"));
        assert_eq!(remarks.len(), 1, "{source}: {remarks:?}");
    }
}

#[test]
fn names_that_mean_something_else_stay() {
    assert_stays("const cronium = new Client();\ncronium.output(1);\n");
    assert_stays("const cronium = require('cronium-tools');\ncronium.output(1);\n");
    assert_stays("const cronium = require('@acme/cronium');\ncronium.output(1);\n");
    assert_stays("function f(cronium) { return cronium.input(); }\n");
    assert_stays("const a = b.cronium.input(); c = { cronium: 1 };\n");
    assert_stays("// cronium.input()\nx = 'cronium.input()' + /cronium.input()/ + `cronium.input()`;\n");
    assert_statement(
        "{ const cronium = other; cronium.input(); }\ncronium.input();",
        "{ const cronium = other; cronium.input(); }\nawait cronium.input();",
    );
    assert_becomes(
        "const { input } = require('./cronium.js');\nfunction f(input) { input(); }\nf(input());\n",
        "const { input } = require('cronium');\n\n(async () => {\nfunction f(input) { input(); }\nf(await input());\n})();\n",
    );
}

#[test]
fn what_the_api_is_asked_by_already_stays() {
    assert_stays("const cronium = require('cronium');\ncronium.output(1).then(() => {});\n");
    assert_stays("const { input } = require('cronium');\n(async () => { await input(); })();\n");
}

#[test]
fn imports_of_other_modules_become_requires() {
    assert_becomes(
        "import fs, { rmSync as rm } from 'node:fs';\nimport 'side';\nimport cronium from './cronium.js';\ncronium.output(fs);\nimport * as late from \"late\";\n",
        "const fs = require('node:fs');\nconst { rmSync: rm } = require('node:fs');\nrequire('side');\nconst cronium = require('cronium');\nconst late = require(\"late\");\n\n(async () => {\nawait cronium.output(fs);\n})();\n",
    );
    // Without the helpers, they are nobody's business.
    assert_stays("import fs from 'node:fs';\nfs.rmSync('a');\n");
    let exports = "import cronium from './cronium.js';\nexport const a = cronium.input();\n";
    let (text, remarks) = rewritten(exports);
    assert_eq!((text.as_str(), remarks.len()), (exports, 1));
}

#[test]
fn what_a_person_has_to_look_at_is_told() {
    for (source, expected) in [
        ("cronium.getCondition();", "`getCondition` has no counterpart"),
        (
            "const { getCondition } = cronium; getCondition();",
            "`getCondition` has no counterpart",
        ),
        ("fs.readFileSync('./input.json');", "uses `input.json`"),
        ("path.join(__dirname, 'output.json');", "uses `output.json`"),
        ("fs.existsSync(`${folder}/event.json`);", "uses `event.json`"),
        ("delete variables['__updated__'];", "uses `__updated__`"),
        ("execSync('node -e \"cronium.input()\"');", "runs a text"),
        ("if (require.main === module) main();", "`require.main`"),
        ("await import('./cronium.js');", "imports `cronium.js` while it runs"),
    ] {
        let (_, remarks) = rewritten(&format!("{source}\n"));
        assert!(
            remarks.len() == 1 && remarks[0].contains(expected),
            "{source}: {remarks:?}"
        );
    }
    assert_stays("console.log('input.json');\nfs.readFileSync('data/input.json');\n");
}

#[test]
fn a_broken_script_is_not_read() {
    assert_eq!(
        rewrite(&mut Parser::new(&NODEJS).unwrap(), "let x = 'a\ncronium.input()"),
        None
    );
}
