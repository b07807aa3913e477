#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Waves: release.conf says which share of a ring takes a type after which time; the set carries it;
# an endpoint works out its turn, tells when it comes, and serves what it had until then.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

release_conf() {
    cat >"$work/repo/release.conf"
}
refused() {
    expect 2 "refused: $1" mirror refresh public
    says "with file and line: $1" "release.conf:$2: .*$3"
}

# The wave of this endpoint in a set, by the rule in the manual: the first eight bytes of
# SHA-384(endpoint | set) as a fraction of 100. Seven bytes decide it and fit into the shell's numbers.
position() {
    hex=$({
        printf endpoint-1
        # shellcheck disable=SC2059 # octal escapes
        printf "$(printf '%s' "$1" | sed 's/../& /g' | tr ' ' '\n' | grep . |
            while read -r byte; do printf '\\%03o' "0x$byte"; done)"
    } | sha384sum | cut -c1-14)
    echo $((0x$hex * 100 >> 56))
}

waves() {
    { make_mirror && enrol; } >"$work-out" 2>&1
    tap_result $? "a mirror with one version ($who)"
    mirror show public --json >"$work-out" 2>"$work-err"
    holds 'without release.conf: one wave of everybody' \
        '.document.waves == {"default": [{"delay": 0, "percent": 100}]}'

    printf '[waves public]\nplans = 100%%\n' | release_conf
    refused 'an unknown key' 2 'plan'
    printf '[wave public]\nplan = 100%%\n' | release_conf
    refused 'an unknown section' 2 'waves'
    printf '[waves publik]\nplan = 100%%\n' | release_conf
    refused 'an unknown ring' 2 'engineering, public'
    printf '[waves public.flag-supplement]\nplan = 100%%\n' | release_conf
    refused 'an unknown type' 2 'nearest: flags-supplement'
    printf '\n[waves public]\nplan = 10%%, 50%% soon\n' | release_conf
    refused 'no plan' 3 'such as: 10%, 50% 24h, 100% 3d'
    printf '[waves public]\nplan = 50%%, 10%% 1h, 100%% 2h\n' | release_conf
    refused 'shares that fall' 2 'percent does not rise'
    printf '[waves public]\nplan = 50%% 2h, 100%% 1h\n' | release_conf
    refused 'delays that fall' 2 'delay does not rise'
    printf '[waves public]\nplan = 50%%\n' | release_conf
    refused 'a plan that leaves some out' 2 '100 percent'
    printf '[waves public]\nplan = 100%% 900d\n' | release_conf
    refused 'a delay of years' 2 'delay'
    mirror show public --json >"$work-out" 2>"$work-err"
    holds 'nothing was signed' '.document.sequence == 1'

    release_conf <<'END'
# slowly, but flags at once
[waves public]
plan = 50% 1h, 100% 2h
[waves public.flags-supplement]
plan = 100%
[waves engineering]
plan = 100%
END
    head -c 1000 /dev/zero >"$work/blob"
    expect 0 'a second type' mirror publish null "$work/blob" --version 1
    expect 0 'and the next version' next_medium 2 off
    mirror show public --json >"$work-out" 2>"$work-err"
    holds 'the set carries the plans of its types' \
        '.document.waves == {"default": [{"delay": 3600, "percent": 50}, {"delay": 7200, "percent": 100}], "flags-supplement": [{"delay": 0, "percent": 100}]}'
    set_=$(jq -r .digest "$work-out")
    mirror show engineering --json >"$work-out" 2>"$work-err"
    holds 'each ring its own' '.document.waves | length == 1'

    agent_start || return
    expect 0 'import' client import "$work/medium-2" --json
    holds 'flags are active, the other waits' \
        '[.packages[] | [.type, .result]] == [["flags-supplement", "active"], ["null", "staged"]]'
    wave=1
    [ "$(position "$set_")" -lt 50 ] || wave=2
    expect 0 'status' client status --json
    holds "it is wave $wave of 2, as the rule says" ".wave.number == $wave and .wave.of == 2"
    holds 'and opens after its delay' \
        "(.wave.opens[:19] + \"Z\" | fromdate) - (now | floor) | . > $wave * 3600 - 60 and . <= $wave * 3600"
    client contents --json >"$work-out" 2>"$work-err"
    holds 'the content tells it too' \
        "[.contents[] | select(.type == \"null\")][0] | .version == null and .staged.version == \"1\" and .staged.wave.number == $wave"
    expect 0 'the same again' client import "$work/medium-2" --json
    holds 'still waits' '[.packages[] | select(.type == "null")][0].result != "active"'
    agent_stop
    agent_start || return
    client contents --json >"$work-out" 2>"$work-err"
    holds 'after a restart as well' \
        '[.contents[] | select(.type == "null")][0] | .version == null and .staged.version == "1"'

    # Everybody now: the newest set's plan counts.
    rm "$work/repo/release.conf"
    expect 0 'the plan is taken back' mirror refresh public
    expect 0 'export' mirror export "$work/medium-3" --ring public
    expect 0 'import' client import "$work/medium-3" --json
    client contents --json >"$work-out" 2>"$work-err"
    holds 'it is active' \
        '[.contents[] | select(.type == "null")][0] | .version == "1" and .staged == null'

    # Nothing but what waits.
    printf '[waves public]\nplan = 100%% 1h\n' | release_conf
    expect 0 'the next version' next_medium 4 available
    expect 0 'import' client import "$work/medium-4" --json
    holds 'is accepted and not active' '.result == "staged"'
    client contents --json >"$work-out" 2>"$work-err"
    holds 'what was there serves on' \
        '[.contents[] | select(.type == "flags-supplement")][0] | .version == "2" and .staged.version == "4"'
    expect 21 'the floor has risen all the same' client import "$work/medium-3"
    # A withdrawal does not wait for a wave.
    expect 0 'withdraw what waits' mirror withdraw flags-supplement 4 --reason 'bad'
    expect 0 'export' mirror export "$work/medium-5" --ring public
    expect 0 'import' client import "$work/medium-5"
    client contents --json >"$work-out" 2>"$work-err"
    holds 'it never comes' \
        '[.contents[] | select(.type == "flags-supplement")][0] | .version == "2" and .staged == null'
}

for_each_user waves
tap_done
