# The helpers of the old executor: they work on files in the working directory.

cronium_input() {
    if [ -f input.json ]; then cat input.json; else echo '{}'; fi
}

cronium_output() {
    if printf '%s' "$1" | jq -e . >/dev/null 2>&1; then
        printf '%s' "$1" > output.json
    else
        jq -n --arg text "$1" '$text' > output.json
    fi
}

cronium_event() {
    cat event.json
}

cronium_setCondition() {
    printf '{"condition": %s}' "$1" > condition.json
}

cronium_getCondition() {
    [ -f condition.json ] && [ "$(jq -r .condition condition.json)" = true ]
}

cronium_getVariable() {
    jq -r --arg name "$1" '.[$name] // empty' variables.json
}

cronium_setVariable() {
    jq --arg name "$1" --arg value "$2" --arg now "$(date -u +%FT%TZ)" '.[$name] = $value | .__updated__ = $now' \
        variables.json > variables.json.new && mv variables.json.new variables.json
}
