#!/bin/bash
source ./cronium.sh

name=$(cronium_input | jq -r '.name // "nobody"')
seen=$(cronium_getVariable seen)
cronium_setVariable seen $((seen + 1))
cronium_output "{\"name\": \"$name\", \"seen\": $((seen + 1))}"
