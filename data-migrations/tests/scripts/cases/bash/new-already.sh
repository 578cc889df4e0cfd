#!/bin/bash
cronium_set_variable seen "$(cronium_get_variable seen)"
