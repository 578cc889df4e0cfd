# The helpers of the runtime API.

_cronium_call() {
    local method=$1 path=$2 body=${3-}
    curl --silent --show-error --fail --request "$method" \
        --header "Authorization: Bearer $CRONIUM_EXECUTION_TOKEN" --header 'Content-Type: application/json' \
        ${body:+--data-binary "$body"} "$CRONIUM_RUNTIME_API/executions/$CRONIUM_EXECUTION_ID/$path"
}

cronium_input() {
    _cronium_call GET input
}

cronium_output() {
    if printf '%s' "$1" | jq -e . >/dev/null 2>&1; then
        _cronium_call POST output "$1" > /dev/null
    else
        _cronium_call POST output "$(jq -n --arg text "$1" '$text')" > /dev/null
    fi
}

cronium_event() {
    _cronium_call GET context | jq .event
}

cronium_set_condition() {
    _cronium_call POST condition "{\"condition\": $1}" > /dev/null
}

cronium_get_variable() {
    _cronium_call GET "variables/$1" | jq -r '.value // empty'
}

cronium_set_variable() {
    _cronium_call PUT "variables/$1" "$(jq -n --arg value "$2" '{value: $value}')" > /dev/null
}
