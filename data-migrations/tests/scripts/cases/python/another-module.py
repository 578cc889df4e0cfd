import types
cronium_utils = types.SimpleNamespace(getVariable=lambda name: 'mine: ' + name)
my_cronium = cronium_utils


def setVariable(name, value):
    print(name, value)


# import cronium
setVariable('a', 1)
print(cronium_utils.getVariable('a'), my_cronium.getVariable('b'), "from cronium import input")
