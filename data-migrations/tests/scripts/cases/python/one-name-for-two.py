from cronium import cronium, output, getVariable as read
set_variable = read('seen'); from cronium import setVariable
setVariable('seen', set_variable + '!')
output([read('seen'), cronium.getVariable('rate')])


def local():
    setVariable = print
    setVariable('not kept')


local()
