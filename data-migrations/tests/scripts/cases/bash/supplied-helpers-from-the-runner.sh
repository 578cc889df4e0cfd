# No line brings the helpers in: the runner did.
customer=$(cronium_input | jq -r .customer)
cronium_setVariable last_customer "$customer"
cronium_setCondition true
cronium_output "\"$customer\""
