import json
import cronium

with open("variables.json") as file:
    variables = json.load(file)
variables.pop("__updated__", None)
HELP = """
import cronium
cronium.setCondition(True)
"""
cronium.output(variables)
