import cronium
import subprocess


def save(helpers, value):
    helpers.setVariable('value', value)


save(cronium, 1)
getattr(cronium, 'setVariable')('other', 2)
subprocess.run(['python3', '-c', 'import cronium; cronium.setVariable("a", 1)'])
