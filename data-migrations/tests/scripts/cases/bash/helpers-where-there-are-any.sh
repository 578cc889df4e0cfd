#!/bin/bash
set -e

if [ -f ./cronium.sh ]; then
  source './cronium.sh'
fi
test -r ./cronium.sh && . ./cronium.sh; echo ready
tell() { cronium_setVariable told "$1"; }
tell "ä \"quoted\" word"
