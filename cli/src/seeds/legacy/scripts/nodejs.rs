//! Node scripts.

use super::Script;

pub(super) const SCRIPTS: [Script; 12] = [
    (
        "Mail of the day",
        Some(
            r"#!/usr/bin/env node
const cronium = require('./cronium.js');
const { subject = 'Heute' } = cronium.input();
cronium.setVariable('subject', subject);
cronium.output({ subject, event: cronium.event().name });
",
        ),
    ),
    (
        "Rates",
        Some(
            r"require('./cronium.js');
const rate = cronium.getVariable('rate');
console.log(`cronium.getVariable is text, ${cronium.getVariable('region')} is not`);
cronium.setCondition(rate > 3);
",
        ),
    ),
    (
        "One after the other",
        Some(
            r#"let cronium = require("/app/runtime-helpers/cronium");
[1, 2, 3].forEach((n) => cronium.setVariable('n' + n, n));
if (cronium.getCondition()) { console.log('yes'); }
"#,
        ),
    ),
    (
        "As a module",
        Some("import cronium from './cronium.js';\n\nconst v = cronium.input().value;\ncronium.output(v);\n"),
    ),
    (
        "Only what is needed",
        Some(
            "'use strict';\nimport { input, output } from \"./cronium.js\";\nimport fs from 'node:fs';\n\noutput(Object.keys(input()));\nfs.rmSync('old', { force: true });\n",
        ),
    ),
    (
        "Helpers from the runner",
        Some(
            "const total = cronium.input().items.reduce((sum, item) => sum + item.price, 0);\ncronium.output({ total });\n",
        ),
    ),
    (
        "Another module",
        Some(
            "const tools = require('./cronium-tools');\n// const cronium = require('./cronium.js');\n/* cronium.setVariable('a', 1) */\n\
             console.log(tools.run(), \"require('./cronium.js')\", /cronium.input()/.test('x'));\n",
        ),
    ),
    (
        "Written on Windows",
        Some(
            "var cronium = require('./cronium')\r\n\r\nasync function main () {\r\n  const v = cronium.getVariable('wert')\r\n  \
             cronium.setVariable('wert', `${v}!`)\r\n}\r\n\r\nmain()\r\n",
        ),
    ),
    ("Nothing in it", None),
    (
        "Taken apart",
        Some(
            "const { getVariable, setVariable: keep } = require('./cronium.js');\nkeep('n', Number(getVariable('n')) + 1);\n",
        ),
    ),
    (
        "Behind the helpers' back",
        Some(
            "const fs = require('fs');\nconst input = JSON.parse(fs.readFileSync('input.json', 'utf8'));\nfs.writeFileSync('output.json', JSON.stringify(input));\nconsole.log(fs.existsSync('condition.json'));\n",
        ),
    ),
    (
        "Already new",
        Some(
            "const cronium = require('cronium');\n\n(async () => {\n  await cronium.output(await cronium.input());\n})();\n",
        ),
    ),
];
