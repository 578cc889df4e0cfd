#!/usr/bin/env bash
. "./cronium.sh"
used=$(cronium_getVariable rate)
[ "$used" -gt 90 ] && cronium_setCondition true || cronium_setCondition false
