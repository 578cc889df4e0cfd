#!/bin/bash
# remember: source ./cronium.sh
mkdir -p lib data && echo 'echo env' > cronium_env.sh && echo 'echo bak' > lib/my-cronium.sh.bak
source ./cronium_env.sh
. ./lib/my-cronium.sh.bak
echo '{"mine": true}' > data/input.json
jq -c . data/input.json
echo "see input.json and output.json"
