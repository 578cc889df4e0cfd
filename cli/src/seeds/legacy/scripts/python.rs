//! Python scripts.

use super::Script;

pub(super) const SCRIPTS: [Script; 12] = [
    (
        "Monthly report",
        Some(
            r#"#!/usr/bin/env python3
"""Report of the month. A line such as import cronium in here is text."""
from __future__ import annotations
import cronium
import json

data = cronium.input()
cronium.setVariable('seen', len(data))
cronium.output({'n': len(data), 'raw': json.dumps(data)})
"#,
        ),
    ),
    (
        "Condition, carried on",
        Some(
            r"import sys
sys.path.insert(0, '.')
from cronium import cronium

if cronium.getCondition():
    cronium.setCondition(False)
print(cronium.event()['name'])
",
        ),
    ),
    (
        "Rates",
        Some(
            r"exec(open('/tmp/runtime-helpers/cronium.py').read())
value = cronium.getVariable('rate')
print('cronium.setVariable is not called in this string')
",
        ),
    ),
    (
        "Helpers from the runner",
        Some(
            "import json\n\nresult = cronium.input()\ncronium.setVariable(\n    'result',\n    json.dumps(result),\n)\n",
        ),
    ),
    (
        "Another module",
        Some(
            "import cronium_utils\nfrom my_cronium import setVariable\nimport my_cronium.cronium as tools\n\n\
             # import cronium\nsetVariable('a', 1)\nprint(cronium_utils.getVariable('a'), \"from cronium import input\")\n",
        ),
    ),
    (
        "By another name",
        Some(
            r"import json, os
try:
    import cronium as helpers
except ImportError:
    helpers = None

if helpers:
    helpers.setVariable('home', os.environ.get('HOME', ''))
",
        ),
    ),
    (
        "Behind the helpers' back",
        Some(
            r#"import json
import cronium

with open("variables.json") as file:
    variables = json.load(file)
variables.pop("__updated__", None)
HELP = """
import cronium
cronium.setCondition(True)
"""
cronium.output(variables)
"#,
        ),
    ),
    (
        "Written on Windows",
        Some(
            "# -*- coding: utf-8 -*-\r\nfrom cronium import input, output, setCondition\r\n\r\ndata = input()\r\n\
             setCondition(bool(data))\r\noutput('größer')\r\n",
        ),
    ),
    ("Still to write", Some("")),
    (
        "Indented with tabs",
        Some(
            "def main():\n\tfrom cronium import (\n\t\tgetVariable,\n\t\tsetVariable as keep,\n\t)\n\tkeep('n', int(getVariable('n') or 0) + 1)\n\nmain()",
        ),
    ),
    (
        "Path of its own",
        Some(
            "import sys, os\nsys.path.insert(0, os.path.dirname(__file__))\nexec(open(\"./cronium.py\").read())\noutput(input())\n",
        ),
    ),
    (
        "Already new",
        Some("import cronium\n\ncronium.set_variable('n', cronium.get_variable('n'))\n"),
    ),
];
