#!/bin/bash
source ./cronium.sh
cronium_variables() { echo "mine: $1"; }
my_cronium_setVariable() { echo "mine: $*"; }
cronium_variables x
my_cronium_setVariable a b
cronium_setVariable_all=3
echo "$cronium_setVariable_all"
cronium_setVariable own "$cronium_setVariable_all"
