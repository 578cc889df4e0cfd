#!/bin/bash
# Helpers come from where the runner puts them.
source "${CRONIUM_HOME:-.}/cronium.sh"  # was: source ./cronium.sh
msg="please run cronium_setVariable by hand, or source ./cronium.sh first"
echo 'cronium_getVariable x' "$msg"
cronium_setVariable message "$msg"
