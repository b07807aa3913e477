#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The configuration file as people get it wrong: each mistake is told with file, line and what was
# meant, before anything runs; and what is right can be looked up with where it comes from.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

# wrong NAME TEXT WORDS: refused with these words.
wrong() {
    printf '%b' "$2" >"$work/agent.conf"
    expect 2 "$1: refused" agent --config "$work/agent.conf" run --once
    says "$1: told" "agent.conf$3"
}

mistakes() {
    wrong 'a key' '[agent]\ninterval = 60\nsokcet = /s\n' ':3: unknown key sokcet; nearest: socket'
    wrong 'a section' '[agnet]\ninterval = 60\n' ':2: unknown section agnet; nearest: agent'
    wrong 'a section of a later part' '[ips]\nhome = x\n' ':2: unknown section ips'
    wrong 'twice' '[agent]\ninterval = 60\ninterval = 90\n' ':3: .*given twice'
    wrong 'a unit' '[agent]\ninterval = 1h\n' ':2: \[agent\] interval: expected a number from 60'
    wrong 'a size' '[driver flags]\nmemory = 64X\n' ':2: .*expected a size'
    wrong 'a family' '[driver flag]\nmemory = 64M\n' ':2: .*flag is no driver family'
    wrong 'a type' '[age flags]\nwarn = 1\nfail = 2\n' ':2: .*flags is no content type'
    wrong 'ends' '[driver flags]\nends = 1\n' ':2: .*expected a number from 2 to 20'
    wrong 'a category' '[export]\ncategories = all\n' ':2: .*expected refusals, detections or both'
    wrong 'a source without a place' '[source x]\ntype = dir\n' ': \[source x\] needs type and location'
    wrong 'no key' '[agent]\ninterval\n' ':2: neither \[section\] nor key = value'

    mkdir -p "$work/conf.d"
    printf '[agent]\ninterval = 300\n' >"$work/agent.conf"
    printf '# ours\n[agent]\nsite = delta\n[export]\ncategories = none\n' >"$work/conf.d/10-site.conf"
    printf '[agent]\ninterval = 600\n' >"$work/conf.d/20-late.conf"
    [ -z "$as" ] || chown -R nobody "$work"
    agent_start --config "$work/agent.conf" || return
    expect 0 'the values' call Config '{}'
    holds 'a drop-in wins, with its line' \
        '.values[] | select(.key == "agent.interval") |
            .value == "600" and (.origin | endswith("conf.d/20-late.conf:2"))'
    holds 'comments count as lines' \
        '.values[] | select(.key == "agent.site") | .origin | endswith("conf.d/10-site.conf:3")'
    holds 'what nobody said is built-in' \
        '.values[] | select(.key == "age.flags-supplement.warn") | .origin == "built-in"'
    holds 'what the command line said is its own' \
        '.values[] | select(.key == "agent.state") | .origin == "command line"'
    holds 'what may leave' \
        '.values[] | select(.key == "export.categories") | .value == "none"'
}

for_each_user mistakes
tap_done
