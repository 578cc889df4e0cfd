//! Shell scripts.

use super::Script;

pub(super) const SCRIPTS: [Script; 12] = [
    (
        "Count the customers",
        Some(
            r#"#!/bin/bash
source ./cronium.sh

name=$(cronium_input | jq -r '.name // "nobody"')
seen=$(cronium_getVariable seen)
cronium_setVariable seen $((seen + 1))
cronium_output "{\"name\": \"$name\", \"seen\": $((seen + 1))}"
"#,
        ),
    ),
    (
        "Only if the disk is full",
        Some(
            r#"#!/usr/bin/env bash
. "./cronium.sh"
used=$(df --output=pcent / | tail -1 | tr -dc '0-9')
if cronium_getCondition; then echo "was full before"; fi
[ "$used" -gt 90 ] && cronium_setCondition true || cronium_setCondition false
"#,
        ),
    ),
    (
        "Write the read-me",
        Some(
            r"#!/bin/bash
set -euo pipefail
source /usr/local/bin/cronium.sh
cat > README <<'TEXT'
source ./cronium.sh
cronium_setVariable is how a script keeps a value. This is a document, no command.
TEXT
cat <<-EOF >> README
	. ./cronium.sh
	made for $(cronium_getVariable customer)
	EOF
cronium_event | jq -r .name >> README
",
        ),
    ),
    (
        "Send the message on",
        Some(
            r#"#!/bin/bash
# Helpers come from where the runner puts them.
source "${CRONIUM_HOME:-/opt/cronium}/cronium.sh"  # was: source ./cronium.sh
msg="please run cronium_setVariable by hand, or source ./cronium.sh first"
echo 'cronium_getVariable x'
cronium_setVariable message "$msg"
"#,
        ),
    ),
    (
        "Written on Windows",
        Some(
            "#!/bin/bash\r\nsource cronium.sh\r\n\r\nvalue=$(cronium_getVariable rate)\r\ncronium_setVariable rate \"$value\"\r\n",
        ),
    ),
    (
        "Nightly dump",
        Some(
            r"#!/bin/bash
# remember: source ./cronium.sh
source ./cronium_env.sh
. ./lib/my-cronium.sh.bak
mkdir -p /backups
pg_dump shop | gzip > /backups/shop_$(date +%F).sql.gz
",
        ),
    ),
    (
        "Helpers from the runner",
        Some(
            r#"# No line brings the helpers in: the runner did.
customer=$(cronium_input | jq -r .customer)
cronium_setVariable last_customer "$customer"
cronium_setCondition true
cronium_output "\"$customer\""
"#,
        ),
    ),
    ("Say hello", Some("echo 'nothing of Cronium in here'\nexit 0\n")),
    (
        "Helpers where there are any",
        Some(
            r#"#!/bin/bash
set -e

if [ -f ./cronium.sh ]; then
  source './cronium.sh'
fi
test -r /tmp/runtime-helpers/cronium.sh && . /tmp/runtime-helpers/cronium.sh; echo ready
tell() { cronium_setVariable told "$1"; }
tell "ä \"quoted\" word"
"#,
        ),
    ),
    (
        "Behind the helpers' back",
        Some(
            r#"#!/bin/bash
jq -r '.customer' variables.json
jq '.__updated__' variables.json
name=$(jq -r .name input.json); id=$(jq .id event.json)
echo "{\"name\": \"$name\", \"event\": $id}" > output.json
echo '{"condition": true}' > condition.json
"#,
        ),
    ),
    (
        "The same helpers twice",
        Some("source ./cronium.sh\n\nsource ./cronium.sh\ncronium_output '\"twice\"'"),
    ),
    (
        "Already new",
        Some("#!/bin/bash\ncronium_set_variable seen \"$(cronium_get_variable seen)\"\n"),
    ),
];
