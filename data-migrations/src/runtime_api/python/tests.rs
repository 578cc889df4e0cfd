use super::*;
use crate::runtime_api::syntax::PYTHON;

/// The rewritten script and what is said about it.
fn rewritten(source: &str) -> (String, Vec<String>) {
    let rewrite = rewrite(&mut Parser::new(&PYTHON).unwrap(), source).unwrap();
    (rewrite.text, rewrite.remarks.iter().map(ToString::to_string).collect())
}

fn assert_becomes(source: &str, expected: &str) {
    assert_eq!(rewritten(source), (expected.to_owned(), Vec::new()), "of\n{source}");
}

fn assert_stays(source: &str) {
    assert_becomes(source, source);
}

#[test]
fn every_way_to_the_helpers_becomes_an_import() {
    for source in [
        "import cronium\ncronium.setVariable('a', 1)\n",
        "from cronium import cronium\ncronium.setVariable('a', 1)\n",
        "exec(open('./cronium.py').read())\ncronium.setVariable('a', 1)\n",
        "exec(open(\"/tmp/runtime-helpers/cronium.py\").read(), globals())\ncronium.setVariable('a', 1)\n",
        "exec(compile(open('cronium.py').read(), 'cronium.py', 'exec'))\ncronium.setVariable('a', 1)\n",
        "exec(Path(__file__).with_name('cronium.py').read_text())\ncronium.setVariable('a', 1)\n",
        "with open('cronium.py') as file:\n    exec(file.read())\ncronium.setVariable('a', 1)\n",
        "from cronium import *\ncronium.setVariable('a', 1)\n",
        "import sys\nsys.path.insert(0, '.')\nfrom cronium import cronium\ncronium.setVariable('a', 1)\n",
        "import sys, os\nsys.path.append(os.path.dirname(os.path.abspath(__file__)))\nimport cronium\ncronium.setVariable('a', 1)\n",
        "import cronium\ncronium.cronium.setVariable('a', 1)\n",
    ] {
        assert_becomes(source, "import cronium\ncronium.set_variable('a', 1)\n");
    }
    assert_becomes(
        "from cronium import cronium as c\nc.getVariable('a')\n",
        "import cronium as c\nc.get_variable('a')\n",
    );
    assert_becomes(
        "c = __import__('cronium')\nc.getVariable('a')\n",
        "c = __import__('cronium')\nc.get_variable('a')\n",
    );
}

#[test]
fn the_executors_import_stands_where_imports_stand() {
    assert_becomes("cronium.output(1)", "import cronium\n\ncronium.output(1)");
    assert_becomes(
        "#!/usr/bin/env python3\n# coding: utf-8\n'''Text.'''\nfrom __future__ import annotations\nfrom __future__ import division\n\nimport os\ncronium.output(1)\n",
        "#!/usr/bin/env python3\n# coding: utf-8\n'''Text.'''\nfrom __future__ import annotations\nfrom __future__ import division\n\nimport cronium\nimport os\ncronium.output(1)\n",
    );
    assert_becomes(
        "'Text.'; x = cronium.input()\n",
        "'Text.'; import cronium; x = cronium.input()\n",
    );
    assert_becomes(
        "# a\r\ncronium.output(1)\r\n",
        "# a\r\nimport cronium\r\n\r\ncronium.output(1)\r\n",
    );
}

#[test]
fn what_the_lines_were_in_stays_valid() {
    assert_becomes(
        "import cronium\ndef f():\n    sys.path.insert(0, '.')\n",
        "import cronium\ndef f():\n    pass\n",
    );
    assert_becomes(
        "try:\n    from cronium import cronium\nexcept ImportError:\n    sys.path.insert(0, '/tmp/runtime-helpers')\n    from cronium import cronium\n",
        "try:\n    import cronium\nexcept ImportError:\n    import cronium\n",
    );
    assert_becomes(
        "def f():\n    exec(open('cronium.py').read(), globals())\n    return getVariable('a')\n",
        "from cronium import get_variable\n\ndef f():\n    return get_variable('a')\n",
    );
    assert_becomes(
        "if a: exec(open('cronium.py').read())\nelse: exec(open('cronium.py').read())\n",
        "if a: import cronium\nelse: pass\n",
    );
    assert_becomes(
        "import a; from cronium import cronium, output; output(cronium)\n"
            .replace("output(cronium)", "output(1)")
            .as_str(),
        "import a; import cronium; from cronium import output; output(1)\n",
    );
}

#[test]
fn a_bare_name_is_the_helpers_only_where_it_came_from_them() {
    // Without an import, these are Python's own, or nobody's.
    assert_becomes(
        "x = input('?')\ncronium.output(x)\n",
        "import cronium\n\nx = input('?')\ncronium.output(x)\n",
    );
    assert_stays("import cronium\nsetVariable('a', 1)\n");
    assert_becomes(
        "from cronium import setVariable\ndef f(setVariable):\n    setVariable(1)\nsetVariable('a', [setVariable for setVariable in x])\n",
        "from cronium import set_variable\ndef f(setVariable):\n    setVariable(1)\nset_variable('a', [setVariable for setVariable in x])\n",
    );
    assert_becomes(
        "from cronium import setVariable\nclass A:\n    setVariable = 1\n    def f(self):\n        self.setVariable = setVariable\n        g(setVariable=setVariable)\n",
        "from cronium import set_variable\nclass A:\n    setVariable = 1\n    def f(self):\n        self.setVariable = set_variable\n        g(setVariable=set_variable)\n",
    );
    assert_becomes(
        "def f():\n    global getVariable\n    from cronium import getVariable\nf()\ngetVariable('a')\n",
        "def f():\n    global get_variable\n    from cronium import get_variable\nf()\nget_variable('a')\n",
    );
}

#[test]
fn a_new_name_that_is_taken_is_not_given() {
    assert_becomes(
        "from cronium import setVariable\nset_variable = 1\nsetVariable('a', set_variable)\n",
        "from cronium import set_variable as setVariable\nset_variable = 1\nsetVariable('a', set_variable)\n",
    );
    assert_becomes(
        "from cronium import *\ndef get_variable(): pass\ngetVariable('a')\n",
        "from cronium import get_variable as getVariable\ndef get_variable(): pass\ngetVariable('a')\n",
    );
}

#[test]
fn what_the_helpers_file_imported_for_the_script_is_imported() {
    assert_becomes(
        "exec(open('cronium.py').read())\nprint(json.dumps(input()))\n",
        "import json\nfrom cronium import input\nprint(json.dumps(input()))\n",
    );
}

#[test]
fn strings_comments_and_other_modules_stay() {
    assert_stays(
        "'''\nimport cronium\ncronium.setVariable(1)\n'''\n# cronium.setVariable(1)\nx = 'cronium.setVariable'\n",
    );
    assert_stays(
        "import cronium_utils\nfrom my_cronium import setVariable\nimport a.cronium as b\nsetVariable(1)\nb.getVariable(1)\n",
    );
    assert_stays("cronium = Client()\ncronium.setVariable(1)\n");
    assert_stays("def f(cronium):\n    return cronium.getVariable(1)\n");
    assert_stays("import sys\nsys.path.insert(0, '.')\nimport mine\n");
    assert_stays("import sys, cronium\nsys.path.insert(0, '/opt/mine')\n");
}

#[test]
fn calls_in_texts_with_fields_are_calls() {
    assert_becomes(
        "import cronium\nx = f'{cronium.getVariable(\"a\")!r:>{cronium.getVariable(\"b\")}} {{cronium.getVariable}}'\n",
        "import cronium\nx = f'{cronium.get_variable(\"a\")!r:>{cronium.get_variable(\"b\")}} {{cronium.getVariable}}'\n",
    );
}

#[test]
fn what_a_person_has_to_look_at_is_told() {
    for source in [
        "import cronium\nif cronium.getCondition(): pass\n",
        "import cronium\nf(cronium)\n",
        "import cronium\nos.system('python3 -c \"import cronium\"')\n",
        "import cronium\nopen(__file__)\n",
        "open(f'{folder}/input.json')\n",
        "os.path.join(folder, 'output.json')\n",
        "variables.pop('__updated__')\n",
        "spec = spec_from_file_location('cronium', '/tmp/runtime-helpers/cronium.py')\n",
    ] {
        let (text, remarks) = rewritten(source);
        assert_eq!((text.as_str(), remarks.len()), (source, 1), "{remarks:?}");
    }
    assert_stays("print('input.json')\nopen('data/input.json')\n'input.json'\n");
    // The import of a name that is not there would end the script before it begins.
    assert_eq!(
        rewritten("from cronium import getCondition\nx = 1\n").0,
        "import cronium\nx = 1\n"
    );
}

#[test]
fn a_broken_script_is_not_read() {
    assert_eq!(
        rewrite(&mut Parser::new(&PYTHON).unwrap(), "def f(:\n  cronium.input()"),
        None
    );
}
