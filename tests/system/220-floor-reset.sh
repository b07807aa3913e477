#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A mirror that was restored from a backup gives out numbers that an endpoint has seen: it refuses
# them, asks, and a signed root document takes its floors down, once and with a record.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

# request FILE ENDPOINT SUBJECT: what the endpoint asks for, its floors in it.
request() {
    client floor --json >"$work-floors" 2>/dev/null
    jq -c --arg endpoint "$2" --arg subject "$3" '
        (if ($subject | startswith("ring:")) then .rings else .types end
            | map(select("\(.ring // .type)" == $subject[5:])) | .[0]) as $floor
        | {schema: "sallyport.request/1", kind: "floor-reset", endpoint: $endpoint,
           ring: "public", made: "2026-11-25T12:00:00Z", reason: "the mirror was restored",
           subject: $subject,
           floor: {time: $floor.time, number: ($floor.sequence // $floor.issue)}}' \
        "$work-floors" >"$1"
    [ -z "$as" ] || chown nobody "$1"
}
resets_recorded() {
    client audit list --json 2>/dev/null | jq '[.. | objects | select(.what? == "floor.reset")] | length'
}

resets() {
    expect 0 'a mirror' make_mirror
    expect 0 'an endpoint' enrol
    agent_start || return
    expect 0 'it takes the first medium' client import "$work/medium-1" --json
    cp -a "$work/repo" "$work/backup"
    for number in 2 3; do
        next_medium $number off >"$work-out" 2>"$work-err"
        flags_source "$work/source-$number" available
    done
    expect 0 'it takes the third' client import "$work/medium-3" --json
    request "$work/type.request" endpoint-1 type:flags-supplement
    request "$work/ring.request" endpoint-1 ring:public
    expect 2 'a floor that is in nobody’s way is not reset' \
        mirror rotate-root --request "$work/ring.request"

    # The mirror burns; the backup knows nothing of 2 and 3.
    rm -rf "$work/repo"
    mv "$work/backup" "$work/repo"
    rm -rf "$work/medium-2"
    flags_source "$work/source-new" off
    { mirror publish flags-supplement "$work/source-new" --version new &&
        mirror promote public && mirror export "$work/medium-new" --ring public; } >"$work-out" 2>&1
    remembered >"$work-before"
    expect 21 'numbers that were seen before are refused [B4]' client import "$work/medium-new" --json
    holds 'as equivocation' '.name == "equivocation"'

    sed 's/endpoint-1/endpoint-9/' "$work/ring.request" >"$work/stranger.request"
    expect 10 'of an endpoint that nobody knows no request is granted' \
        mirror rotate-root --request "$work/stranger.request"
    echo '{"schema":"sallyport.request/1"}' >"$work/bad.request"
    expect 20 'what is no request is refused' mirror rotate-root --request "$work/bad.request"
    mirror enroll endpoint-2 --ring public -o "$work/endpoint-2.enrol" \
        --passphrase-file "$work-passphrase" >"$work-out" 2>"$work-err"
    sed 's/endpoint-1/endpoint-2/' "$work/ring.request" >"$work/other.request"
    expect 0 'a reset for another endpoint' mirror rotate-root --request "$work/other.request" --json
    holds 'is in root document 2' '.version == 2 and .floor_resets[0].endpoint == "endpoint-2"'
    mirror export "$work/medium-other" --ring public >"$work-out" 2>&1
    expect 21 'does nothing for this one' client import "$work/medium-other" --json
    remembered | cmp -s "$work-before" -
    tap_result $? "nothing changed ($who)"

    expect 0 'the resets that were asked for' mirror rotate-root --json \
        --request "$work/ring.request" --request "$work/type.request"
    holds 'are in root document 3, and only they' \
        '.version == 3 and (.floor_resets | map(.endpoint) | unique == ["endpoint-1"]) and (.floor_resets | length == 2)'
    mirror export "$work/medium-reset" --ring public >"$work-out" 2>&1
    cp -R "$work/medium-reset" "$work/forged" && chmod -R u+w "$work/forged"
    rm "$work/forged/sallyport/export.p7m"
    flip "$work/forged/sallyport/root/3.p7m" 900
    expect 20 'a reset that was meddled with is refused [B4]' client import "$work/forged" --json
    expect 0 'the signed one lets the new set in [B4]' client import "$work/medium-reset" --json
    serving | jq -e 'any(.[]; .version == "new")' >/dev/null
    tap_result $? "and its content is served ($who)"
    [ "$(resets_recorded)" -eq 2 ]
    tap_result $? "two resets are in the audit chain ($who)"
    expect 0 'the chain is intact' client audit verify
    expect 0 'the same medium again' client import "$work/medium-reset" --json
    [ "$(resets_recorded)" -eq 2 ]
    tap_result $? "resets nothing again ($who)"
    expect 21 'from here on older is older' client import "$work/medium-1" --json
}

for_each_user resets
tap_done
