# -*- coding: utf-8 -*-
'''Keeps what came in.'''; LIMIT = 3

# The first few.
kept = cronium.input()['items'][:LIMIT]


def keep(cronium_items, *, cronium=None):
    """cronium.setVariable('no', 1)"""
    if cronium is not None:
        return cronium.getVariable
    return cronium_items


class Report:
    def send(self):
        cronium.output({'kept': keep(kept), 'größe': f"{cronium.getVariable('region')!r:>8} {{cronium.getVariable}}"})


Report().send()
