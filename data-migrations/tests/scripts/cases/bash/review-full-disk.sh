#!/usr/bin/env bash
. "./cronium.sh"
used=$(df --output=pcent / | tail -1 | tr -dc '0-9')
if cronium_getCondition; then echo "was full before"; fi
[ "$used" -gt 90 ] && cronium_setCondition true || cronium_setCondition false
trap 'cronium_setVariable ended "$(date)"' EXIT
