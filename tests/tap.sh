# shellcheck shell=sh
# SPDX-License-Identifier: ISC
#
# TAP for test scripts: sourced, not run. Each point is one line; the plan comes last.
tap_count=0
tap_failed=0

# tap_result STATUS NAME: one point, good when STATUS is 0.
tap_result() {
    tap_count=$((tap_count + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $tap_count - $2"
    else
        echo "not ok $tap_count - $2"
        tap_failed=$((tap_failed + 1))
    fi
}

# tap_empty NAME COMMAND...: good when the command writes nothing; else shows what it wrote.
tap_empty() {
    tap_name=$1
    shift
    tap_text=$("$@" 2>&1)
    [ -z "$tap_text" ]
    tap_result $? "$tap_name"
    [ -z "$tap_text" ] || printf '%s\n' "$tap_text" | sed 's/^/# /'
}

# tap_found NAME PATTERN COMMAND...: good when the command writes a line that matches (grep -E).
tap_found() {
    tap_name=$1 tap_pattern=$2
    shift 2
    tap_text=$("$@" 2>&1)
    if printf '%s\n' "$tap_text" | grep -qE -- "$tap_pattern"; then
        tap_result 0 "$tap_name"
    else
        tap_result 1 "$tap_name"
        echo "# expected a line like: $tap_pattern"
        printf '%s\n' "$tap_text" | sed 's/^/# /'
    fi
}

tap_skip() {
    tap_count=$((tap_count + 1))
    echo "ok $tap_count - $1 # SKIP $2"
}

# tap_skip_all REASON: the whole script.
tap_skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}

# tap_built PROGRAM: one that is missing or can't be run is a failure, never a reason to skip.
tap_built() {
    [ -x "$1" ] || {
        echo "Bail out! $1 is not built"
        exit 1
    }
}

tap_done() {
    echo "1..$tap_count"
    [ "$tap_failed" -eq 0 ]
}
