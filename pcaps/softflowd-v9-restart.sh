#!/usr/bin/env bash
# softflowd, NetFlow v9, stopped and started again: sequence and uptime begin anew.
. "$(dirname "$0")/lib.sh"

network
capture
softflowd -v 9 -n 203.0.113.9:$port
some_traffic
stop_exporters
softflowd -v 9 -n 203.0.113.9:$port
some_traffic
finish
