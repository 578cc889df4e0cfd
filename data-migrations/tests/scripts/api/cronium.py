"""The helpers of the runtime API."""
import json as _json
import os as _os
import urllib.error as _error
import urllib.parse as _parse
import urllib.request as _request


def _call(method, path, body=None):
    base = _os.environ["CRONIUM_RUNTIME_API"] + "/executions/" + _os.environ["CRONIUM_EXECUTION_ID"] + "/"
    request = _request.Request(base + path, method=method)
    request.add_header("Authorization", "Bearer " + _os.environ["CRONIUM_EXECUTION_TOKEN"])
    request.add_header("Content-Type", "application/json")
    if body is not None:
        request.data = _json.dumps(body).encode()
    with _request.urlopen(request) as response:
        text = response.read()
    return _json.loads(text) if text else None


def input():
    return _call("GET", "input")


def output(value):
    _call("POST", "output", value)


def event():
    return _call("GET", "context")["event"]


def set_condition(condition):
    _call("POST", "condition", {"condition": bool(condition)})


def get_variable(name, default=None):
    try:
        return _call("GET", "variables/" + _parse.quote(name))["value"]
    except _error.HTTPError as error:
        if error.code == 404:
            return default
        raise


def set_variable(name, value):
    value = value if isinstance(value, str) else _json.dumps(value)
    _call("PUT", "variables/" + _parse.quote(name), {"value": value})
