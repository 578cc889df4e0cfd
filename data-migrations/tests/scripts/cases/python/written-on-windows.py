# -*- coding: utf-8 -*-
from cronium import input, output, setCondition

data = input()
setCondition(bool(data))
output('größer')
