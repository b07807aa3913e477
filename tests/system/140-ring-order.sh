#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Three rings: what is published reaches the last one only by promotion, ring by ring; an aborted set
# goes no further; one type that may not go on holds up no other; two signatures for the last ring
# whatever the verb.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

# other_source N: content like no other here.
other_source() {
    mkdir -p "$work/source-$1"
    printf '{"schema":"sallyport.flags/1","releases":{"*":{"note-%s":"off"}}}\n' "$1" \
        >"$work/source-$1/flags.json"
    chmod -R a+rX "$work/source-$1"
}
ring_has() {
    mirror show "$1" --json 2>/dev/null |
        jq -e --arg v "$2" '[.document.packages[] | select(.version == $v)] | length == 1' >/dev/null
}
point() {
    name=$1
    shift
    "$@"
    tap_result $? "$name ($who)"
}
lacks() {
    ! ring_has "$@"
}

order() {
    expect 0 'init' mirror init "$work/repo" --org 'Test Works' --unprotected-keys --two-person
    flags_source "$work/source-1" available
    flags_source "$work/source-2" off
    expect 10 'an empty ring has nothing to promote' mirror promote public --key release
    expect 0 'publish' mirror publish flags-supplement "$work/source-1" --version 1
    point 'the first ring has it' ring_has engineering 1
    expect 2 'the first ring takes no promotion' mirror promote engineering
    expect 10 'no ring is skipped: the one between is empty' mirror promote public --key release
    expect 0 'promote to the second' mirror promote internal
    point 'the last still lacks it' lacks public 1
    expect 10 'there is nothing to export' mirror export "$work/medium-0" --ring public
    expect 3 'promote to the last waits' mirror promote public --key release --json
    holds 'for one of two' '.pending and .signatures == 1 and .threshold == 2'
    expect 3 'once more signs nothing' mirror promote public --key release --json
    holds 'the same set waits' '.sequence == 1 and .signatures == 1'
    expect 0 'what waits is listed' mirror list pending --json
    holds 'with who signed and what is missing' \
        '.rows[0] | .ring == "public" and .missing == 1 and (.signers | length) == 1 and .obsolete == null'
    expect 0 'looked at before it is signed' mirror cosign public --dry-run --json
    holds 'and not changed' '.dry_run and .signatures == 1'
    expect 0 'the other person signs' mirror cosign public --key release-2
    point 'the last ring has it' ring_has public 1

    # An aborted set, and the type beside it.
    expect 0 'the next version' mirror publish flags-supplement "$work/source-2" --version 2
    expect 2 'an abort says why' mirror abort engineering/2
    expect 10 'and names a set' mirror abort engineering/9 --reason 'no such'
    expect 0 'abort' mirror abort engineering/2 --reason 'false alarms' --json
    holds 'names what it stops' '.packages[0].version == "2" and .changed'
    expect 0 'again changes nothing' mirror abort engineering/2 --reason 'other' --json
    holds 'and keeps the reason' '(.changed | not) and .reason == "false alarms"'
    head -c 1000 /dev/zero >"$work/blob"
    expect 0 'another type' mirror publish null "$work/blob" --version 1
    expect 0 'promote' mirror promote internal --json
    holds 'takes the one and names the other' \
        '.packages[0].type == "null" and (.packages | length) == 1 and .left[0].type == "flags-supplement" and .left[0].reason == "aborted"'
    point 'the aborted one stays where it is' lacks internal 2
    expect 0 'a refresh does not carry it on' mirror refresh engineering
    expect 4 'either' mirror promote internal --fail-unchanged
    says 'the reason is told' 'engineering/2 is aborted: false alarms'
    expect 0 'it is listed' mirror list aborted --json
    holds 'with its reason' '.rows[0].reason == "false alarms" and .rows[0].sequence == 2'
    expect 0 'a re-issue is another package' mirror reissue flags-supplement 2
    expect 0 'and goes on' mirror promote internal --only flags-supplement --json
    holds 'alone' '.packages[0].issue == 3 and (.left | length) == 0'

    # A driver that is missing holds up its own type only.
    expect 0 'both go on' mirror publish null "$work/source-1" --version 2
    other_source 3
    expect 0 'to the second ring' mirror publish flags-supplement "$work/source-3" --version 3
    mv "$folder/libexec/sallyport-driver-null" "$folder/libexec/away"
    expect 3 'without a driver' mirror promote internal --json
    mv "$folder/libexec/away" "$folder/libexec/sallyport-driver-null"
    holds 'its type is left, the other is promoted' \
        '.packages[0].version == "3" and .left[0].reason == "driver-missing"'
    expect 0 'and follows later' mirror promote internal
    point 'in its version' ring_has internal 2

    # Every verb that signs waits for the second person; a newer set takes the place of what waits.
    expect 3 'promote' mirror promote public --key release --json
    sequence=$(jq .sequence "$work-out")
    expect 3 'a flag for the same ring' mirror flags set ips on --ring public --key release --json
    holds 'makes the promotion obsolete' ".replaces == $sequence"
    expect 0 'cosign' mirror cosign public --key release-2
    point 'the promotion has to be made again' lacks public 3
    expect 3 'refresh' mirror refresh public --key release
    expect 0 'cosign' mirror cosign public --key release-2
    expect 3 'promote' mirror promote public --key release
    expect 0 'cosign' mirror cosign public --key release-2
    point 'now it is there' ring_has public 3
    expect 3 'withdraw' mirror withdraw flags-supplement 3 --reason 'bad' --key release --json
    holds 'the others are done, the last one waits' \
        '[.rings[] | select(.outcome == "signed") | .pending] == [false, false, true]'
    expect 3 'again signs nothing' mirror withdraw flags-supplement 3 --reason 'bad' --key release --json
    holds 'it still waits' '[.rings[] | .outcome] == ["absent", "absent", "signed"]'
    expect 0 'cosign' mirror cosign public --key release-2
    point 'it is gone' lacks public 3
    expect 0 'again' mirror withdraw flags-supplement 3 --reason 'bad' --json
    holds 'nothing is left to do' '[.rings[] | .outcome] == ["absent", "absent", "absent"]'
    expect 0 'it is listed' mirror list withdrawn --json
    holds 'with its reason' '.rows[0].version == "3" and .rows[0].reason == "bad"'

    # What waits and was overtaken by a decision is not signed.
    other_source 4
    expect 0 'a fourth' mirror publish flags-supplement "$work/source-4" --version 4
    expect 0 'promote' mirror promote internal
    expect 3 'promote' mirror promote public --key release
    expect 0 'abort' mirror abort internal/"$(mirror show internal --json | jq .document.sequence)" \
        --reason 'wait'
    expect 2 'cosign sees that' mirror cosign public --key release-2
    says 'and says so' 'is aborted \(wait\)'
    expect 0 'list shows it' mirror list pending --json
    holds 'as obsolete' '.rows[0].obsolete != null'
    expect 0 'the repository is whole' mirror verify
}

for_each_user order
tap_done
