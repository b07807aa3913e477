#!/bin/sh
# SPDX-License-Identifier: ISC
#
# An installation that is damaged all over - a program, the broker of repairs itself, modes, folders,
# a link, content, the outbox - heals within one look, says what it did, and leaves alone what is
# sound. Without a repair-kit: by the rules that are built in.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin
libexec=$folder/libexec
sh "$TOP_SRCDIR/agent/pristine.sh" "$libexec/pristine" "$libexec"/sallyport-* || exit 1
sound=$(cd "$libexec" && sha384sum sallyport-*)

# A source that is looked at by the clock, as one set says and the content allows.
flags_source() {
    mkdir -p "$1"
    echo '{"schema":"sallyport.flags/1","releases":{"*":{"source-schedule":"available"}}}' \
        >"$1/flags.json"
    chmod -R a+rX "$1"
}
make_source() {
    make_mirror_anew && mirror flags set source-schedule on --ring public &&
        mirror export "$work/medium" --ring public
}
# As the user of the moment.
own() {
    # shellcheck disable=SC2086
    $as "$@"
}
content() { echo "$work/state/content/flags-supplement"; }
here() {
    # shellcheck disable=SC2012 # one folder
    echo "$(content)/$(ls "$(content)" | grep -xE '[0-9a-f]{96}')"
}
mode() { stat -c %a "$1"; }
programs_sound() {
    [ "$(cd "$libexec" && sha384sum sallyport-*)" = "$sound" ] &&
        [ -z "$(find "$libexec" -maxdepth 1 -name 'sallyport-*' ! -perm 755)" ]
}
# Everything that the look is to put right; the last that it does is content.
healed() {
    client status --json >"$work-out" 2>/dev/null &&
        jq -e '(.importing | not) and (.contents[] | select(.type == "flags-supplement") |
            .health == "ok")' "$work-out" >/dev/null && [ -h "$(content)/current" ] &&
        cmp -s "$work/source-1/flags.json" "$(here)/flags.json"
}
# audit FILTER: of the records of repairs.
audit() { call Audit '{"after":0,"limit":1000}' >"$work-out" && jq -e \
    "[.records[] | select(.what == \"repair\")] | $1" "$work-out" >/dev/null; }

damage() {
    flip "$libexec/sallyport-driver-null" 5000
    own rm "$libexec/sallyport-intake"
    own chmod 4777 "$libexec/sallyport-front"
    flip "$libexec/sallyport-repaird" 5000
    own truncate -s 100 "$libexec/sallyport-repaird"
    own mkdir -p "$work/state/outbox"
    own chmod 755 "$work/state/outbox" "$(content)"
    own mkdir "$work/state/staging/left"
    own rm "$(content)/current"
    own chmod 600 "$(here)/flags.json"
    flip "$(here)/flags.json" 12
    own chmod 400 "$(here)/flags.json"
}

trip() {
    [ -z "$as" ] || chown -R nobody "$libexec"
    expect 0 'a mirror and a medium' make_source
    expect 0 'an enrolment' enrol
    agent_start --import "$work/medium" || return
    until_true healed
    tap_result $? "the first look imports ($who)"
    audit 'length == 0'
    tap_result $? "and repairs nothing ($who)"

    before=$(serving)
    damage
    expect 3 'a dry run says what would be done' client repair --dry-run --json
    holds 'and what for' '[.own[].object] | contains(["own:sallyport-driver-null", "own:sallyport-intake",
        "own:sallyport-front", "state:outbox", "state:content/flags-supplement", "links"])'
    ! programs_sound
    tap_result $? "and does nothing ($who)"
    kill -HUP "$agent_pid"
    until_true healed
    tap_result $? "one look heals it ($who)"
    programs_sound
    tap_result $? "programs are what they were ($who)"
    [ "$(mode "$work/state/outbox") $(mode "$(content)") $(ls "$work/state/staging")" = '700 700 ' ]
    tap_result $? "modes and staging, too ($who)"
    [ "$(serving)" = "$before" ]
    tap_result $? "what is in service is what it was ($who)"
    expect 0 'status tells of it' client status --json
    holds 'each by its name' '.health == "ok" and ([.repairs[] | select(.code == "ok") | .object] |
        contains(["own:sallyport-driver-null", "own:sallyport-intake", "own:sallyport-front",
            "own:sallyport-repaird", "state:outbox", "state:content/flags-supplement"]))'
    audit '[.[] | select(.code == "ok") | "\(.subject) \(.words)"] |
        any(test("^own:sallyport-driver-null restore_own: put back: .* digest$")) and
        any(test("^state:outbox set_mode: mode 0700 in place of 0755$"))'
    tap_result $? "and so does the trail ($who)"
    expect 0 'a repair by hand: all is sound' client repair --json
    holds 'it says so' '.result == "sound" and .own == []'

    # Not again so soon, but for a person.
    own chmod 755 "$work/state/outbox"
    kill -HUP "$agent_pid"
    until_true grep -q 'set_mode state:outbox was tried .* not again so soon' "$work-agent-log"
    tap_result $? "the next look lets it be ($who)"
    until_true healed
    expect 0 'a person'\''s order' client repair --json
    holds 'is carried out' '.result == "repaired" and .own[0].object == "state:outbox"'

    # Before anything is loaded; and what can't be put right is told.
    agent_stop
    flip "$libexec/sallyport-verify" 5000
    flip "$libexec/pristine/sallyport-reader-tar" 5000
    own rm "$libexec/sallyport-reader-tar"
    agent_start || return
    expect 1 'a start with a damaged verify' client check
    expect 0 'status tells' client status --json
    holds 'its content is proven and loaded' \
        '.contents[] | select(.type == "flags-supplement") | .health == "ok"'
    holds 'the copy that is damaged, too, is told' '.health == "warn" and
        (.repairs[] | select(.object == "own:sallyport-reader-tar") |
            .code == "bad-digest" and (.words | test("pristine copy .* damaged, too")))'
    agent_stop
    own cp "$TOP_BUILDDIR/agent/sallyport-reader-tar" "$libexec/pristine"
    agent_start || return
    expect 0 'with a good copy it goes away' client repair --json
    programs_sound
    tap_result $? "and the program is back ($who)"
    expect 0 'nothing is left to say' client check
    agent_stop
}

for_each_user trip
tap_done
