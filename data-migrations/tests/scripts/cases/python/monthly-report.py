#!/usr/bin/env python3
"""Report of the month. A line such as import cronium in here is text."""
from __future__ import annotations
import cronium
import json

data = cronium.input()
cronium.setVariable('seen', len(data))
cronium.output({'n': len(data), 'raw': json.dumps(data)})
