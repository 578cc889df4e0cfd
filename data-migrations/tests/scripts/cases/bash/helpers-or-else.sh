#!/bin/bash
set -e
helper="./cronium.sh"
if [ ! -f "$helper" ]; then
  echo "no helpers" >&2
  exit 1
fi
[ ! -r cronium.sh ] && exit 2
if [[ -f cronium.sh ]]; then
  source "$helper"
  mode=cronium
else
  mode=alone
fi
load() { . "$(pwd)"/cronium.sh; }
load
. ./cronium.sh || { echo "broken" >&2; exit 3; }
if . ./cronium.sh; then echo "mode $mode"; fi
(source cronium.sh; cronium_setVariable mode "$mode")
value=$(. ./cronium.sh && cronium_getVariable mode)
case $mode in
  cronium) source cronium.sh ;;
  *) echo other ;;
esac
cronium_output "$value"
