import sys
sys.path.insert(0, '.')
from cronium import cronium

cronium.setCondition(False)
print(cronium.event()['name'])
