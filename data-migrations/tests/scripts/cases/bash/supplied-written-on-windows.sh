#!/bin/bash
source cronium.sh

value=$(cronium_getVariable rate)
cronium_setVariable rate "$value"
