import json, os
try:
    import cronium as helpers
except ImportError:
    helpers = None

if helpers:
    helpers.setVariable('home', os.environ.get('NO_SUCH_NAME', ''))
keep = helpers.setVariable
h = helpers
keep('json', json.dumps([1]))
h.setCondition(h.getVariable('seen') == '4')
