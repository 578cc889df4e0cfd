import os
HELPER = os.path.join('.', 'cronium.py')
with open(HELPER) as file:
    exec(compile(file.read(), HELPER, 'exec'))

print([(lambda name: getVariable(name))(name) for name in ['seen', 'rate']])
output({name: getVariable(name, 'none') for name in ('seen', 'absent')})
