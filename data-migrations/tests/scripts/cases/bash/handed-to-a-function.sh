#!/bin/bash
. ./cronium.sh
twice() { "$@"; "$@"; }
twice cronium_setVariable a 1
export -f cronium_getVariable
declare -F cronium_setVariable > /dev/null && echo there
