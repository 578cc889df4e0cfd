import sys
if '.' not in sys.path:
    sys.path.append('.')
try:
    from cronium import *
except ImportError:
    exec(open('/tmp/runtime-helpers/cronium.py').read())


def get_variable(name):
    return 'mine: ' + name


def total(items=None):
    items = items or input()['items']
    setVariable('total', sum(item['price'] for item in items))
    return [getVariable(name) for name in ('total', 'seen')]


print(total(), get_variable('seen'))
