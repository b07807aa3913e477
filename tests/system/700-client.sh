#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The command line as a whole: every verb against a real agent, as text and as JSON; without an
# agent; without rights; and the examples of sallyport(1) as they stand there.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
. "$TOP_SRCDIR/tests/system/reports.sh"
system_begin

# A verb in both forms: words, status, schema.
both() {
    words=$1 wanted_status=$2 schema=$3
    # shellcheck disable=SC2086 # words
    expect "$wanted_status" "$words" client $words
    ! grep -q "$(printf '\033')" "$work-out" "$work-err"
    tap_result $? "$words: no escape sequence ($who)"
    # shellcheck disable=SC2086
    expect "$wanted_status" "$words --json" client $words --json
    holds "$words: one document of its schema" ".schema == \"$schema\""
}

# Verbs that only look: words|status|schema.
looking='status|0|sallyport.status/1
contents|0|sallyport.contents/1
contents flags-supplement|0|sallyport.contents/1
floor|0|sallyport.floors/1
flags|0|sallyport.flag-list/1
flags source-schedule|0|sallyport.flag-list/1
audit list|0|sallyport.audit/1
audit show 1|0|sallyport.audit-record/1
audit refusals|0|sallyport.refusals/1
report|0|sallyport.report/1
report --from 7d --to 1d|0|sallyport.report/1
media|0|sallyport.media/1
outgoing|0|sallyport.outgoing/1
outgoing --show|0|sallyport.outgoing/1
repair --dry-run|0|sallyport.repair/1
config list --origin|0|sallyport.config/1
config get agent.interval|0|sallyport.config/1
explain|0|sallyport.explain/1
explain rollback|0|sallyport.explain/1
contents absent|10|sallyport.error/1
flags absent|10|sallyport.error/1
audit show 4711|10|sallyport.error/1
config get agent.absent|10|sallyport.error/1
explain absent|10|sallyport.error/1
report --from yesterday|2|sallyport.error/1
request media-registration --reason x --dry-run|2|sallyport.error/1'

every_look() {
    printf '%s\n' "$looking" >"$folder/looking"
    while IFS='|' read -r words wanted schema; do
        both "$words" "$wanted" "$schema" </dev/null
    done <"$folder/looking"
}

verbs() {
    { make_mirror && enrol && next_medium 2 available; } >"$work-out" 2>&1
    tap_result $? "a mirror with two versions ($who)"
    agent_start || return
    importing
    every_look
    refusing
    requesting
    following
    inspecting
    signing
    agent_stop
    without_an_agent
}

importing() {
    both "import $work/medium-1 --dry-run" 0 sallyport.import/1
    holds 'the plan names the floors' '.floors | length == 2 and all(.raised)'
    expect 0 'import --wait' client import "$work/medium-1" --wait --json
    holds 'is active' '.result == "active"'
    expect 4 'the same again' client import "$work/medium-1" --fail-unchanged
    expect 0 'a plan of the next' client import "$work/medium-2" --dry-run
    says 'with the floor before and after' '^type:flags-supplement +1 of .* 2 of '
    says 'and the space' '^Reads .*, needs .* of free space'
    expect 0 'the next' client import "$work/medium-2" --only flags-supplement
    expect 0 'media' client media --json
    holds 'both were seen' '.media | length == 2'
}

# The older medium is refused, which stays a warning until it was seen.
refusing() {
    expect 21 'the older medium' client import "$work/medium-1"
    expect 1 'check warns' client check
    says 'and says of what' '^SALLYPORT WARN: refusals rollback; '
    expect 1 'check as JSON' client check --json
    holds 'has the verdict' '.verdict == "warn" and .exit_status == 1'
    expect 0 'which refusals' client audit refusals --json
    holds 'that one' '.open == 1 and .refusals[0].code == "rollback"'
    expect 0 'acknowledge, dry' client audit acknowledge --all --dry-run --json
    expect 0 'acknowledge' client audit acknowledge --all --json
    holds 'one' '.schema == "sallyport.acknowledged/1" and .acknowledged == 1 and .open == 0'
    expect 0 'what would go home' client outgoing --show --json
    holds 'the refusal, every field' '.items[0].fields.code == "rollback"'
    expect 0 'nothing waits' client audit refusals --json
    holds 'none is open' '.open == 0 and .refusals == []'
    expect 0 'all of them are kept' client audit refusals --all --json
    holds 'as seen' '.refusals[0].acknowledged != null'
    expect 0 'check is well again' client check --audit
    says 'in one line with figures' '^SALLYPORT OK: .* \| age_flags-supplement='
    expect 0 'the chain' client audit verify
}

requesting() {
    expect 0 'a floor reset is asked for' client request floor-reset \
        --subject type:flags-supplement --reason 'a test' -o "$work/reset.json"
    says 'and what is next' 'sallyport-mirror rotate-root --request'
    jq -e '.schema == "sallyport.request/1" and .kind == "floor-reset" and .floor.number == 2' \
        "$work/reset.json" >/dev/null
    tap_result $? "the request holds the floor ($who)"
    expect 2 'it is not written over' client request ring-change --to engineering \
        --reason x -o "$work/reset.json"
    expect 0 'a ring change' client request ring-change --to engineering --reason 'a test' \
        -o "$work/ring.json" --json
    holds 'says what is next' '.next | test("enroll endpoint-1 --replace --request")'
    expect 10 'a floor that is none' client request floor-reset --subject type:absent \
        --reason x --dry-run
}

# Events as they are written, by a client that follows while another one acts.
following() {
    expect 0 'events as lines' client events --after 0 --json
    jq -es 'length > 3 and all(.[]; .number and .what)' "$work-out" >/dev/null
    tap_result $? "each line is an event ($who)"
    # shellcheck disable=SC2086
    $as "$folder/bin/sallyport" --socket "$work/socket" events --follow --after 0 --json \
        </dev/null >"$work-events" 2>&1 &
    follower=$!
    client import "$work/medium-1" >/dev/null 2>&1
    last=$(client audit list --limit 1000 --json | jq '.records[-1].number')
    tries=0
    until jq -es --argjson n "$last" 'any(.[]; .number == $n)' "$work-events" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -le 200 ] || break
        sleep 0.05
    done
    [ $tries -le 200 ]
    tap_result $? "what happens is told to who follows ($who)"
    kill $follower
    wait $follower 2>/dev/null
    client audit acknowledge --all >/dev/null 2>&1
}

inspecting() {
    both "inspect $work/medium-2" 0 sallyport.inspect/1
    holds 'with volume, floors and documents' \
        '.anchored and .volume.volume == 1 and (.floors | length == 2) and (.documents | length > 3)'
    expect 21 'an older one' client inspect "$work/medium-1"
    says 'with its verdict' '^Verdict: \[BLOCK\] rollback'
    expect 0 'a report' client inspect "$work/medium-2" --report "$work/check.txt"
    grep -q '^Verdict  *\[ OK \] ok' "$work/check.txt"
    tap_result $? "the report has the verdict ($who)"
    expect 0 'a report as JSON' client inspect "$work/medium-2" --report "$work/check.json" \
        --format json
    jq -e '.schema == "sallyport.inspect-report/1" and .code == "ok"' "$work/check.json" >/dev/null
    tap_result $? "with its schema ($who)"
    for format in html csv oscal; do
        expect 0 "a report as $format" client inspect "$work/medium-2" --report \
            "$work/check.$format" --format $format --marking 'TEST ONLY'
        grep -q 'TEST ONLY' "$work/check.$format"
        tap_result $? "with its marking ($who)"
    done
    expect 0 'a period as OSCAL' client report --format oscal -o "$work/period.oscal"
    says 'with its digest' "$(sha384sum "$work/period.oscal" | cut -c1-96)"
    ! oscal_can || oscal_check "$work/check.oscal" "$work/period.oscal"
    tap_result $? "OSCAL results of a real medium and period are valid ($who)"
    cp "$work/medium-1/sallyport/root/1.p7m" "$work/1.p7m"
    expect 0 'under a root document, without the agent' client inspect "$work/medium-1" \
        --root "$work/1.p7m" --json
    holds 'trusted, and no floors are known' '.anchored and .code == "ok" and .floors == null'
    expect 20 'a root certificate is no root document' client inspect "$work/medium-1" \
        --root "$work/repo/root.pem"
    says 'which is said' 'sallyport/root/N.p7m'
    broken_media
}

# verified FILE: FILE.p7s is the endpoint's word of FILE as it is now, by what everybody has.
verified() {
    openssl cms -verify -inform DER -in "$1.p7s" -CAfile "$work/endpoint.pem" -purpose any \
        -out "$work/statement.json" 2>/dev/null &&
        jq -e --arg sum "$(sha384sum <"$1" | cut -c1-96)" --argjson size "$(wc -c <"$1")" \
            '.schema == "sallyport.attestation/1" and .sha384 == $sum and .size == $size' \
            "$work/statement.json" >/dev/null
}

# flip FILE OFFSET: one bit.
flip() {
    byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
    # shellcheck disable=SC2059 # the format is the byte
    printf "\\$(printf '%03o' $((byte ^ 1)))" |
        dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

signing() {
    report=$work/month.html
    expect 0 'a signed report' client report -o "$report" --format html --sign \
        --certificate "$work/endpoint.pem"
    verified "$report"
    tap_result $? "OpenSSL finds it good ($who)"
    [ "$(stat -c %a "$work/state/endpoint.key")" = 600 ]
    tap_result $? "the key is its owner's alone ($who)"
    expect 0 'the audit chain' client audit list --json
    holds 'has the record that the statement names' \
        ".records | any(.what == \"attest\" and .number == $(jq .record.number \
            "$work/statement.json") and .digest == $(jq .record.digest "$work/statement.json"))"
    cp "$work/endpoint.pem" "$work/first.pem"
    expect 0 'a signed inspection' client inspect "$work/medium-2" --report "$work/check.json" \
        --format json --sign --certificate "$work/endpoint.pem"
    verified "$work/check.json" && cmp -s "$work/first.pem" "$work/endpoint.pem"
    tap_result $? "by the same key ($who)"
    flipped "$report"
    expect 2 'nothing to sign' client report --sign
    expect 2 'a certificate alone' client report -o "$report" --certificate "$work/endpoint.pem"
}

# One bit of the file is found, and one of the statement or of the signature. (Not all of a CMS is
# signed: the name of the signature's algorithm stands beside it.)
flipped() {
    cp "$1" "$work/kept"
    chmod u+w "$1"
    flip "$1" 1000
    ! verified "$1"
    tap_result $? "a changed report is found ($who)"
    cp "$work/kept" "$1"
    cp "$1.p7s" "$work/kept.p7s"
    size=$(wc -c <"$1.p7s") missed=
    at=$(LC_ALL=C grep -abo '"sha384"' "$1.p7s" | head -n 1 | cut -d: -f1)
    for at in $((at - 20)) $((at + 12)) $((at + 60)) $((at + 130)) $((size - 90)) $((size - 50)) \
        $((size - 1)); do
        cp "$work/kept.p7s" "$1.p7s"
        flip "$1.p7s" "$at"
        ! verified "$1" || missed="$missed $at"
    done
    echo "# of $size bytes, unnoticed at:$missed"
    [ "$(printf '%s' "$missed" | wc -w)" -eq 0 ]
    tap_result $? "so is a changed signature ($who)"
    cp "$work/kept.p7s" "$1.p7s"
}

# Whatever lies there is a verdict or an error with a code; nobody dies.
broken_media() {
    cp -R "$work/medium-2" "$work/half"
    chmod -R u+w "$work/half"
    rm -f "$work"/half/sallyport/packs/*
    client inspect "$work/half" --json >"$work-out" 2>"$work-err"
    status=$?
    [ $status -ge 20 ] && ! died
    tap_result $? "half a copy is refused ($who)"
    holds 'with the files that are missing' '.plan.files.missing > 0'
    expect 10 'a path that is not there' client inspect "$work/absent" --json
    holds 'as an error' '.schema == "sallyport.error/1" and .name == "not-found"'
    expect 10 'no medium' client inspect "$work/source-1"
    says 'with the next step' '^Next step: Give what sallyport-mirror export wrote: the folder that holds'
    printf 'sallyport 2\n' >"$work/half/sallyport/FORMAT"
    client inspect "$work/half" --json >"$work-out" 2>"$work-err"
    status=$?
    [ $status -eq 20 ] && ! died
    tap_result $? "another format is refused ($who)"
    [ -n "$as" ] || [ "$(id -u)" -ne 0 ] || return 0 # root reads everything
    chmod 0 "$work/half/sallyport"
    client inspect "$work/half" >"$work-out" 2>"$work-err"
    status=$?
    [ $status -ne 0 ] && ! died
    tap_result $? "what may not be read is an error ($who)"
    chmod 755 "$work/half/sallyport"
}

without_an_agent() {
    for words in status contents floor flags events 'audit list' 'audit show 1' 'audit verify' \
        'audit refusals' 'audit acknowledge --all' report media outgoing repair 'config list' 'config get x' \
        "import $work/medium-1" 'request ring-change --to x --reason y --dry-run'; do
        # shellcheck disable=SC2086
        expect 13 "$words without an agent" client $words --json
        holds 'is an error as data' '.schema == "sallyport.error/1" and .name == "no-agent"'
    done
    expect 13 'in words' client status
    says 'how to start it' 'sallyport-agent run'
    expect 13 'no agent signs' client inspect "$work/medium-1" --root \
        "$work/medium-1/sallyport/root/1.p7m" --report "$work/alone.txt" --sign
    says 'how to do without' 'openssl cms -sign'
    expect 3 'check does not know' client check
    says 'and says so' '^SALLYPORT UNKNOWN: '
    expect 3 'inspect holds a medium against itself' client inspect "$work/medium-1" --json
    holds 'unanchored' '.code == "unanchored" and .exit_status == 3'
    expect 0 'help of every verb' client help
    for verb in $(sed -nE 's/^  ([a-z]+( [a-z]+)?)( .*)?$/\1/p' "$work-out" | tr ' ' '_'); do
        # shellcheck disable=SC2046
        client help $(echo "$verb" | tr '_' ' ') >"$work-out" 2>"$work-err"
        grep -q '^Usage: ' "$work-out" || grep -q 'Verbs:' "$work-out" || echo "$verb"
    done >"$work-unhelped"
    [ ! -s "$work-unhelped" ]
    tap_result $? "every verb has its help ($who)"
}

# Another user than the agent's, in none of its groups.
no_rights() {
    [ "$(id -u)" -eq 0 ] || { tap_skip 'who has no rights' 'takes two users'; return; }
    as='' who=root work=$folder/work-rights
    mkdir "$work"
    { make_mirror && enrol; } >"$work-out" 2>&1
    tap_result $? 'an endpoint of root'
    agent_start || return
    chmod 755 "$work"
    as='setpriv --reuid nobody --regid nogroup --clear-groups --' who=nobody
    for words in status 'audit list' "import $work/medium-1" 'audit acknowledge 1' repair; do
        # shellcheck disable=SC2086
        expect 12 "$words without rights" client $words --json
        holds 'is denied' '.name == "denied"'
    done
    expect 12 'in words' client status
    says 'which group is needed' 'group sallyport'
    expect 3 'check' client check
    says 'does not know' '^SALLYPORT UNKNOWN: .*denied'
    # The socket lets everybody in: then the kernel's word on who calls decides.
    chmod 666 "$work/socket"
    expect 12 'past the socket [J3]' client status
    says 'the group is named' 'not a member of the group sallyport'
    agent_stop
    as=''
}

# A member of the group that may look: a mirror is asked on his behalf where the configuration names
# it, and nowhere else.
rights_to_look() {
    [ "$(id -u)" -eq 0 ] || { tap_skip 'who may only look' 'takes two users'; return; }
    as='' who=root work=$folder/work-look
    mkdir "$work"
    { make_mirror && enrol; } >"$work-out" 2>&1
    printf '[agent]\nread-group = nogroup\n[source near]\ntype = http\nlocation = %s\n' \
        http://127.0.0.1:9 >"$work/agent.conf"
    agent_start --config "$work/agent.conf" || return
    chmod 755 "$work"
    as='setpriv --reuid nobody --regid nogroup --clear-groups --' who=nobody
    expect 0 'who may look' client status --json
    expect 12 'may not act [J3]' client import "$work/medium-1"
    says 'and is told so' 'not a member of the group sallyport-admin'
    for url in http://127.0.0.1:10 http://localhost:9 http://10.0.0.1/x; do
        expect 12 "$url is asked for nobody who may only look" client inspect "$url" --json
        holds 'is denied' '.name == "denied"'
    done
    tries=0 # the look at the start is a job too
    while client status --json | jq -e .importing >"$work-out" && [ $tries -lt 600 ]; do
        tries=$((tries + 1))
        sleep 0.05
    done
    client inspect http://127.0.0.1:9 --json >"$work-out" 2>"$work-err"
    holds 'the mirror of the configuration is asked' '.code == "medium-gone"'
    expect 0 'and so is a folder' client inspect "$work/medium-1" --json
    cp -r "$work/medium-1" "$work/private"
    chmod 700 "$work/private"
    expect 25 'but not one that he may not open himself' client inspect "$work/private" --json
    holds 'the kernel refused it' '.message | contains("Permission denied")'
    agent_stop
    as=''
}

# What stands behind "$ sallyport" under EXAMPLES of the page, run as it is: the medium is where
# the page says, by name.
examples() {
    as='' who=page work=$folder/work-page
    mkdir "$work" "$work/here"
    { make_mirror && enrol; } >"$work-out" 2>&1
    agent_start || return
    serve_start || return
    client import "$work/medium-1" >"$work-out" 2>&1
    cp "$work/medium-1/sallyport/root/1.p7m" "$work/here"
    tar -C "$work/medium-1" -cz -f "$work/here/export.tar.gz" sallyport
    awk '/^\.Sh EXAMPLES/ { on = 1 } /^\.Sh SEE ALSO/ { on = 0 } on && sub(/^\$ /, "")' \
        "$TOP_SRCDIR/man/sallyport.1" | sed "s#/media/stick#$work/medium-1#g
            s#mirror\.site\.example:8470#127.0.0.1:$port#g" >"$work/examples"
    [ "$(wc -l <"$work/examples")" -ge 10 ]
    tap_result $? 'the page has examples'
    cat >"$work/here/sallyport" <<SH
#!/bin/sh
case "\$*" in *--follow*) set -- \$(echo "\$*" | sed 's/--follow//');; esac
exec "$folder/bin/sallyport" --libexec "$folder/libexec" --socket "$work/socket" "\$@"
SH
    chmod +x "$work/here/sallyport"
    while IFS= read -r line; do
        (cd "$work/here" && PATH=$work/here:$PATH sh -c "$line") </dev/null >"$work-out" 2>"$work-err"
        status=$?
        [ $status -eq 0 ]
        tap_result $? "example: $(echo "$line" | sed "s#$work#...#g")"
        [ $status -eq 0 ] || tail -n 5 "$work-out" "$work-err" | sed 's/^/# /'
    done <"$work/examples"
    agent_stop
    serve_stop
}

for_each_user verbs
no_rights
rights_to_look
examples
tap_done
