#!/bin/bash
set -euo pipefail
source "$PWD/cronium.sh"
cat > README <<'TEXT'
source ./cronium.sh
cronium_setVariable is how a script keeps a value. This is a document, no command: `cronium_getVariable customer`.
TEXT
cat <<-EOF >> README
	. ./cronium.sh
	made for $(cronium_getVariable customer), \$(cronium_getVariable customer)
	from `cronium_getVariable region`, not \`cronium_getVariable region\`
	EOF
cronium_event | jq -r .name >> README
cat README
