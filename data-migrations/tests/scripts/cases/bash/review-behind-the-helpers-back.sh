#!/bin/bash
jq -r '.customer' variables.json
jq '.__updated__' variables.json
name=$(jq -r .name input.json); id=$(jq .id event.json)
echo "{\"name\": \"$name\", \"event\": $id}" > output.json
echo '{"condition": true}' > condition.json
