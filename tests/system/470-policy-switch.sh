#!/bin/sh
# SPDX-License-Identifier: ISC
#
# From a policy document to what it switches: remapper rules and policy are published and imported,
# the site has documents of its own, and a driver stops and starts as they say; where each value
# comes from is shown down to the line. What is wrong with a document or a rule changes no key.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin
cp "$TOP_BUILDDIR/tests/system/hammer" "$folder/bin"

# rule FOLDER STEM KEY TYPE SELECT MORE: a rule file of one key, on its second line.
rule() {
    mkdir -p "$1"
    printf '<remap xmlns="urn:sallyport:remapper:1" policy="%s">\n' "$2" >"$1/$2.xml"
    printf '<key name="%s" type="%s" select="%s"%s/>\n</remap>\n' "$3" "$4" "$5" "$6" >>"$1/$2.xml"
}

# document FOLDER STEM ELEMENT ATTRIBUTE VALUE: a policy document that says one thing, on its third
# line.
document() {
    mkdir -p "$1"
    printf '<?xml version="1.0"?>\n<policy>\n<%s %s="%s"/>\n</policy>\n' "$3" "$4" "$5" >"$1/.$2.xml"
    put "$1/.$2.xml" 644 "$1/$2.xml"
}

# put FILE MODE PLACE: the whole of it at once, for the agent may be looking.
put() {
    [ -z "$as" ] || chown nobody "$1"
    chmod "$2" "$1"
    mv "$1" "$3"
}

# site_says STEM ELEMENT ATTRIBUTE VALUE: a document of the site's own.
site_says() {
    document "$work/policy" "$@"
}

reload() {
    kill -HUP "$agent_pid"
}

# point NAME COMMAND...: one test point, which becomes true within ten seconds.
point() {
    name=$1
    shift
    until_true "$@"
    tap_result $? "$name ($who)"
}

is() {
    [ "$(client config get "$1" 2>/dev/null)" = "$2" ]
}

# runs FAMILY: its process, a child of the agent; prints the pid.
runs() {
    read -r children <"/proc/$agent_pid/task/$agent_pid/children"
    for child in $children; do
        ! tr '\0' '\n' <"/proc/$child/cmdline" | head -n 1 | grep -q "^sallyport-driver-$1\$" || {
            echo "$child"
            return 0
        }
    done
    return 1
}
runs_not() {
    ! runs "$1" >/dev/null
}

# content TYPE FILTER: of the type's row.
content() {
    client contents --json | jq -e --arg t "$1" ".contents[] | select(.type == \$t) | $2" >/dev/null
}

origin_says() {
    expect 0 "where $1 comes from" client config get "$1" --origin
    says "$2" "$3"
}

# The hash that the reputation list calls bad.
zeros=0000000000000000000000000000000000000000000000000000000000000000

answers() {
    client rep "$zeros" 2>/dev/null | grep -q '^bad .*(zeros)'
}

sources() {
    rule "$work/rules" reputation reputation/enabled bool //reputation/@use \
        ' convert="yes-no" default="true"'
    rule "$work/rules" schedule source-schedule/enabled bool //schedule/@on \
        ' convert="yes-no" default="true"'
    rule "$work/rules" acme acme/mode string //acme/@mode ''
    mkdir -p "$work/rep"
    printf '%s,bad,zeros\n' "$zeros" >"$work/rep/sha256.csv"
    flags_source "$work/flags" available
    printf '{"schema":"sallyport.flags/1","releases":{"*":{"source-schedule":"available"}}}\n' \
        >"$work/flags/flags.json"
    chmod -R a+rX "$work/rules" "$work/rep" "$work/flags"
    site_says acme acme mode fast
    [ -z "$as" ] || chown nobody "$work/policy"
    printf '[agent]\npolicy = %s/policy\n' "$work" >"$work/agent.conf"
}

# medium N: everything that was published, to a medium.
medium() {
    mirror promote public && mirror export "$work/medium-$1" --ring public
}

publish_first() {
    mirror init "$work/repo" --org 'Test Works' --ring engineering --ring public \
        --unprotected-keys && mirror publish flags-supplement "$work/flags" --version 1 &&
        mirror publish local-rep-data "$work/rep" --version 1 &&
        mirror publish remapper-rules "$work/rules" --version 7 && mirror promote public &&
        mirror flags set source-schedule on --ring public && mirror export "$work/medium-1" --ring public
}

the_site_switches() {
    origin_says reputation/enabled 'a default says which rule' \
        '^true  \(default by remapper-rules reputation.xml:2\)$'
    origin_says acme/mode 'the site says it in its own file' \
        "^fast  \(policy $work/policy/acme.xml:3 \(site\) by remapper-rules acme.xml:2\)\$"
    origin_says import/strict-expiry 'nobody says it' '^false  \(built-in\)$'
    runs flags >"$work-flags-before"
    # shellcheck disable=SC2086 # $as is words
    $as "$folder/bin/hammer" "$work/socket" source-schedule >"$work-asked" 2>&1 &
    asking=$!
    answers && runs scanner >/dev/null
    tap_result $? "on: lookups are answered ($who)"
    site_says reputation reputation use no
    reload
    point 'the site switches it off' is reputation/enabled false
    point 'and its driver is gone' runs_not scanner
    expect 23 'a lookup is refused' client rep "$zeros" --json
    says 'with the code' '"name":"switched-off"'
    says 'and who did it' 'reputation/enabled is false: policy .*/reputation.xml:3 \(site\)'
    runs_not scanner
    tap_result $? "and starts no driver ($who)"
    kill "$asking"
    wait "$asking"
    tap_result $? "no request to another driver failed meanwhile ($who)"
    sed 's/^/# /' "$work-asked"
    runs flags | cmp -s - "$work-flags-before"
    tap_result $? "whose process is the same ($who)"
    origin_says reputation/enabled 'the site, file and line' \
        "^false  \(policy $work/policy/reputation.xml:3 \(site\) by remapper-rules reputation.xml:2\)\$"
    content local-rep-data '.health == "ok" and .reason == "switched-off" and
        (.words | test("reputation/enabled is false: policy .*reputation.xml:3"))'
    tap_result $? "status says so ($who)"
    client flags source-schedule --json | jq -e '.flags[0].value' >/dev/null
    tap_result $? "a flag that is on ($who)"
    site_says schedule schedule on no
    reload
    point 'and a key that says off' is source-schedule/enabled false
    expect 0 'the flag' client flags source-schedule --json
    holds 'is off, and says by whom' \
        '.flags[0] | .value == false and .origin == "setting" and (.why | test("schedule.xml:3"))'
}

what_is_signed_wins() {
    document "$work/signed" reputation reputation use yes
    chmod -R a+rX "$work/signed"
    expect 0 'policy is published' mirror publish policy "$work/signed" --version 2026.11.25-1
    expect 0 'and exported' medium 2
    expect 0 'imported' client import "$work/medium-2"
    is reputation/enabled true
    tap_result $? "it wins, with the import's end ($who)"
    answers && runs scanner >/dev/null
    tap_result $? "and lookups are answered again ($who)"
    origin_says reputation/enabled 'which package' \
        '^true  \(policy reputation.xml:3 \(signed, policy 2026.11.25-1\) by remapper-rules reputation.xml:2\)$'
    is source-schedule/enabled false
    tap_result $? "other documents of the site still count ($who)"
    document "$work/signed" reputation reputation use no
    expect 0 'the next policy' mirror publish policy "$work/signed" --version 2026.11.25-2
    expect 0 'is exported' medium 3
    expect 0 'and imported' client import "$work/medium-3"
    is reputation/enabled false && runs_not scanner
    tap_result $? "off by signature ($who)"
    site_says reputation reputation use yes
    agent_stop
    agent_start --config "$work/agent.conf" || return
    is reputation/enabled false && runs_not scanner
    tap_result $? "still so after a restart, whatever the site says ($who)"
}

mistakes_change_nothing() {
    cp -r "$work/rules" "$work/bad-rules"
    rule "$work/bad-rules" audit audit/enabled bool //audit/@on ' default="false"'
    expect 23 'no rule makes a key of what protects' \
        mirror publish remapper-rules "$work/bad-rules" --version 8
    says 'and it says why' 'audit.xml.*audit/enabled: .*the audit chain is never switched off'
    printf '<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<p>&x;</p>\n' \
        >"$work/policy/.acme"
    put "$work/policy/.acme" 644 "$work/policy/acme.xml"
    site_says schedule schedule on yes
    reload
    point 'the other documents count' is source-schedule/enabled true
    is acme/mode fast
    tap_result $? "a document with a DOCTYPE leaves its key ($who)"
    content remapper-rules '.health == "warn" and .reason == "partial" and (.words | test("DOCTYPE"))'
    tap_result $? "and health says which [J5] ($who)"
    document "$work" acme acme mode slow
    put "$work/acme.xml" 666 "$work/policy/acme.xml"
    reload
    point 'a document that anybody could have written' content remapper-rules \
        '.words | test("acme.xml has mode 0666")'
    is acme/mode fast
    tap_result $? "leaves its key too [J5] ($who)"
    printf '<policy/>\n' >"$work/policy/.acme"
    put "$work/policy/.acme" 644 "$work/policy/acme.xml"
    reload
    point 'no match and no default' content remapper-rules '.words | test("acme.xml:2: ")'
    is acme/mode fast
    tap_result $? "leaves the key of that rule file ($who)"
    expect 0 'what was left out is listed' client config list --json
    holds 'by name' '.left | length == 1 and .[0].kind == "rules" and .[0].name == "acme.xml"'
    site_says acme acme mode slow
    reload
    point 'until it is put right' is acme/mode slow
    content remapper-rules '.health == "ok"'
    tap_result $? "and health is again what it was ($who)"
}

what_goes_is_built_in_again() {
    rm "$work/policy/reputation.xml"
    expect 0 'the policy is withdrawn' mirror withdraw policy 2026.11.25-2 --reason 'wrong'
    expect 0 'export' mirror export "$work/medium-4" --ring public
    expect 0 'import' client import "$work/medium-4"
    origin_says reputation/enabled 'what the policy before said holds again' \
        '^true  \(policy reputation.xml:3 \(signed, policy 2026.11.25-1\)'
    answers
    tap_result $? "and lookups are answered ($who)"
    mv "$work/signed/reputation.xml" "$work/signed/other.xml"
    expect 0 'a policy without that document' mirror publish policy "$work/signed" --version 3
    expect 0 'export' medium 5
    expect 0 'import' client import "$work/medium-5"
    origin_says reputation/enabled 'leaves the default of the rule' \
        '^true  \(default by remapper-rules reputation.xml:2\)$'
    rm "$work/rules/reputation.xml"
    expect 0 'rules without that key' mirror publish remapper-rules "$work/rules" --version 8
    expect 0 'export' medium 6
    expect 0 'import' client import "$work/medium-6"
    origin_says reputation/enabled 'nobody says it any more' '^true  \(built-in\)$'
    expect 0 'each change is in the audit' client audit list --json
    holds 'with the value before and the value now' \
        '[.records[] | select(.what == "set" and .subject == "reputation/enabled") | .words] |
            any(test("true -> false")) and any(test("-> \\(built-in\\)"))'
    expect 0 'whose chain holds' client audit verify
}

# Policy may tighten what an import asks for: long after the set has passed its expiry.
what_is_strict_by_policy() {
    faketime_find || {
        tap_skip "a policy of strict expiry ($who)" 'libfaketime is not installed'
        return
    }
    rule "$work/rules" strict import/strict-expiry bool //strict/@on ' default="true"'
    expect 0 'a rule of strict expiry' mirror publish remapper-rules "$work/rules" --version 9
    expect 0 'export' medium 7
    expect 0 'import' client import "$work/medium-7"
    is import/strict-expiry true
    tap_result $? "holds ($who)"
    printf '%s,bad,ones\n' "$(printf %s "$zeros" | tr 0 1)" >>"$work/rep/sha256.csv"
    expect 0 'the next content' mirror publish local-rep-data "$work/rep" --version 2
    expect 0 'is exported' medium 8
    agent_stop
    clock='+900d'
    agent_start --config "$work/agent.conf" || return
    expect 22 'and refused when the set has expired' client import "$work/medium-8" --json
    holds 'as that' '.name == "expired"'
    agent_stop
    clock=''
}

switch_by_policy() {
    sources
    expect 0 'rules are published' publish_first
    expect 0 'enrol' enrol
    agent_start --config "$work/agent.conf" || return
    expect 0 'import' client import "$work/medium-1"
    the_site_switches
    what_is_signed_wins
    mistakes_change_nothing
    what_goes_is_built_in_again
    what_is_strict_by_policy
}

for_each_user switch_by_policy
tap_done
