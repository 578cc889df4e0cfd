#!/bin/bash
source ./cronium.sh
X=1 cronium_setVariable a "$(cronium_getVariable seen)"
command cronium_setVariable b "`cronium_getVariable rate`"
"cronium_setVariable" c 3
\cronium_setVariable d 4
while read -r price; do
  cronium_setVariable "price_$price" "$price"
done < <(cronium_input | jq .items[].price)
total=$(( $(cronium_getVariable seen) + $(cronium_getVariable rate) ))
export RATE=$(cronium_getVariable rate)
rates=( $(cronium_getVariable rate) $(cronium_getVariable seen) )
cat <<< "here: $(cronium_getVariable region)"
cronium_getVariable region | tr 'A-Z' 'a-z'
! cronium_getVariable nothing > /dev/null
type -t cronium_setVariable
{ cronium_setVariable e 5; } > /dev/null && cronium_setCondition true
echo "$total $RATE ${rates[1]} ${missing:-$(cronium_getVariable region)}"
finish() { cronium_output "not JSON: $(cronium_getVariable customer)"; }
trap finish EXIT
