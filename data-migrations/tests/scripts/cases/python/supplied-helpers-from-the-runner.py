import json

result = cronium.input()
cronium.setVariable(
    'result',
    json.dumps(result),
)
