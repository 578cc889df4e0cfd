source ./cronium.sh

source ./cronium.sh
cronium_output '"twice"'