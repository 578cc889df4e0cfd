# The helpers of the old executor: they work on files in the working directory.
import json
import os
from datetime import datetime


def _read(name, otherwise):
    if not os.path.exists(name):
        return otherwise
    with open(name, encoding="utf-8") as file:
        return json.load(file)


def _write(name, value):
    with open(name, "w", encoding="utf-8") as file:
        json.dump(value, file)


def input():
    return _read("input.json", {})


def output(value):
    _write("output.json", value)


def event():
    return _read("event.json", {})


def setCondition(condition):
    _write("condition.json", {"condition": bool(condition)})


def getCondition():
    return _read("condition.json", {}).get("condition", False)


def getVariable(name, default=None):
    return _read("variables.json", {}).get(name, default)


def setVariable(name, value):
    variables = _read("variables.json", {})
    variables[name] = value if isinstance(value, str) else json.dumps(value)
    variables["__updated__"] = datetime.now().isoformat()
    _write("variables.json", variables)


class _Cronium:
    input = staticmethod(input)
    output = staticmethod(output)
    event = staticmethod(event)
    setCondition = staticmethod(setCondition)
    getCondition = staticmethod(getCondition)
    getVariable = staticmethod(getVariable)
    setVariable = staticmethod(setVariable)


cronium = _Cronium()
