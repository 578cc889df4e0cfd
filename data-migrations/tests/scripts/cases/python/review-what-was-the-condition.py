from cronium import getCondition, setCondition
import os

print("input.json is only named here")
if not getCondition():
    setCondition(os.path.exists(__file__))
