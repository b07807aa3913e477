#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A mirror that lies, stalls, stops and changes under the reader; and clients of serve that do the
# same. What an endpoint holds stays as it was, and the message names the object and the reason.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin
cp "$TOP_BUILDDIR/tests/system/http-peer" "$folder/bin" || exit 1
peer_pid=

peer_stop() {
    [ -z "$peer_pid" ] || kill "$peer_pid" 2>/dev/null
    [ -z "$peer_pid" ] || wait "$peer_pid" 2>/dev/null
    peer_pid=
}

# peer NAME ARGUMENT...: in the background; its first line is in $line.
peer() {
    : >"$work/peer-line"
    # shellcheck disable=SC2086
    $as "$folder/bin/http-peer" "$@" >"$work/peer-line" 2>/dev/null &
    peer_pid=$!
    tries=0
    until [ -s "$work/peer-line" ] || [ $tries -gt 400 ]; do
        tries=$((tries + 1))
        sleep 0.05
    done
    line=$(cat "$work/peer-line")
}

# fault FAULT NAME: what the hostile mirror does to names that end so.
fault() {
    printf '%s %s\n' "$1" "$2" >"$work/faults.new"
    mv "$work/faults.new" "$work/faults"
}

# What waits for many seconds is done as who we are, and so are all objects; SALLYPORT_LONG=1: twice.
all_of_it() {
    [ -z "$as" ] || [ -n "${SALLYPORT_LONG-}" ]
}

# An import from the hostile mirror, which has to end.
take() {
    # shellcheck disable=SC2086
    $as timeout 100 "$folder/bin/sallyport" --libexec "$folder/libexec" --socket "$work/socket" \
        import --yes "http://127.0.0.1:$port" --json </dev/null
}

# refused STATUS NAME PATTERN: an import fails so and says so, and nothing has changed.
refused() {
    expect "$1" "$2" take
    says 'by its object and the reason' "$3"
    holds 'and by a code' '.name | IN("medium-gone", "medium-damaged", "limit", "timeout", "not-der",
        "bad-pack", "not-a-medium", "bad-digest", "bad-signature",
        "attribute-mismatch", "bad-format-file", "crl-missing", "bad-crl",
        "untrusted-root")'
    remembered >"$work/after"
    cmp -s "$work/before" "$work/after"
    tap_result $? "and nothing has changed ($who)"
}

# Names that an import of ring public reads; it has no need of the others.
read_names() {
    echo sallyport/INDEX
    grep -v 'rings/engineering\|set.p7m\|root/1.p7m' "$work/repo/tree/sallyport/INDEX" |
        if all_of_it; then cat; else grep 'rings/public\|packs/'; fi
}

# Absent, in trouble, cut short: each object in turn.
each_object() {
    for object in $(read_names); do
        case $object in
        */INDEX | */FORMAT) absent=10 ;;
        *) absent=25 ;;
        esac
        fault absent "$object"
        refused $absent "404 at $object [F2]" "no $object|${object##*/}: HTTP status 404|$object, by which"
        fault trouble "$object"
        refused 25 "500 at $object [F2]" "${object##*/}: 3 tries: HTTP status 500"
        fault truncated "$object"
        refused 25 "$object cut short [F2]" "${object##*/}: 3 tries: .* remaining"
        # The list of names is nothing signed: one that is none ends the reading.
        fault flipped "$object"
        case $object in
        */INDEX) flipped=25 ;;
        *) flipped=20 ;;
        esac
        refused $flipped "another byte in $object [F6]" .
    done
}

# Fault, exit status, words: at a document, which is fetched whole.
document_faults='
redirect        25 HTTP status 302: a redirect
redirect-far    25 HTTP status 301: a redirect
part-unasked    25 HTTP status 206: a part
gzip            25 Content-Encoding gzip
endless-unsaid  25 does not say how long
huge            23 1099511627776 bytes
header-lines    23 HTTP_HEADER_BYTES
longer          25 3 tries: .* remaining
shorter         20 goes past the end
old-http        25 HTTP/0.9
not-http        25 HTTP/0.9
cut-off         25 3 tries: Empty reply
slow             1 too slow
'
# At a pack, which is read in parts.
pack_faults='
redirect        25 HTTP status 302: a redirect
whole-for-part  25 HTTP status 200: the whole
range-shifted   25 Content-Range bytes [0-9]+
range-of-other  25 had [0-9]+ bytes before
range-missing   25 Content-Range is missing
gzip            25 Content-Encoding gzip
endless-unsaid  25 does not say how long
huge            23 PACK_BYTES
header-lines    23 HTTP_HEADER_BYTES
longer          20 no whole pack
shorter         20 no whole pack
silent           1 too slow
'

# faults_at NAME ROWS
faults_at() {
    printf '%s' "$2" | sed '/^$/d' >"$work/rows"
    while read -r name wanted_row words <&3; do
        case $name in
        slow | silent) all_of_it || continue ;;
        esac
        fault "$name" "$1"
        refused "$wanted_row" "$name at $1 [F1]" "$1: .*$words"
        ! grep -E "$1.*$1" "$work-err" >/dev/null
        tap_result $? "which is named once ($who)"
    done 3<"$work/rows"
}

# The newest file of the mirror there: what has just been published.
newest() {
    find "$work/repo/tree/sallyport/$1" -type f -printf '%T@ %f\n' | sort -n | tail -n 1 | cut -d' ' -f2
}

# A version that no other one has a part of.
published() {
    number=$((number + 1))
    mkdir "$work/news-$number"
    printf '{"schema":"sallyport.flags/1","releases":{"*":{"ips":"off"},"%s.0.0":{"ips":"available"}}}\n' \
        $number >"$work/news-$number/flags.json"
    chmod -R a+rX "$work/news-$number"
    { mirror publish flags-supplement "$work/news-$number" --version $number &&
        mirror promote public; } >"$work-published" 2>&1 || sed 's/^/# /' "$work-published"
}

# A mirror publishes while we are at an object of what is new to us: what is imported is one state of
# it, old or new.
publish_during_read() {
    number=1
    for object in FORMAT INDEX rings/public packages packs; do
        published
        case $object in
        rings/public) object=public/set-$number.p7m ;;
        packages | packs) object=$(newest $object) ;;
        esac
        rm -f "$work/faults.reached" "$work/faults.go"
        fault held "$object"
        take >"$work-out" 2>"$work-err" &
        taking=$!
        until_true [ -e "$work/faults.reached" ]
        tap_result $? "$object is being read ($who)"
        published
        mirror show public --json | jq -e ".document.sequence == $number" >/dev/null
        tap_result $? "version $number is published meanwhile ($who)"
        : >"$work/faults.go"
        wait "$taking"
        tap_result $? "what was read is imported all the same [F3] ($who)"
        holds 'as one state of the mirror' \
            ".code == \"ok\" and (.sequence == $number or .sequence == $((number - 1)))"
        fault good '*'
        expect 0 'the next look' take
        holds 'takes the newest' ".sequence == $number"
    done
}

# One bad mirror after the other does not keep the good one.
several_sources() {
    expect 0 'a newer version' next_medium 19 off
    agent_stop
    fault redirect '*'
    cat >"$work/agent.conf" <<END
[source bad]
type = http
location = http://127.0.0.1:$port
[source gone]
type = http
location = http://127.0.0.1:1
[source nameless]
type = http
location = http://no-such-name.invalid
[source good]
type = dir
location = $work/medium-19
END
    expect 25 'three sources are of no use' agent --config "$work/agent.conf" run --once
    says 'the first says why' 'source bad: sallyport/FORMAT: HTTP status 302'
    says 'and so does the second' 'source gone: sallyport/FORMAT: 3 tries: .*connect'
    says 'and the third' 'source nameless: .*no-such-name.invalid'
    says 'the last one is imported [F4]' 'source good: active'
    fault good '*'
}

hostile_mirrors() {
    fault good '*'
    peer serve "$work/repo/tree" "$work/faults" "$work/peer-log"
    port=$line
    agent_start || return
    remembered >"$work/before"
    each_object
    faults_at public/set-1.p7m "$document_faults"
    faults_at .tar "$pack_faults"
    fault good '*'
    expect 0 'with all faults gone it is imported' take
    holds 'and active' '.result == "active"'
    publish_during_read
    several_sources
    peer_stop
}

# What has to come back for a request that is none: asked STATUS-PATTERN NAME TEXT.
asked() {
    # shellcheck disable=SC2059
    printf "$3" | timeout 60 "$folder/bin/http-peer" send "$port" >"$work-out" 2>"$work-err"
    tap_result $? "$2: an end [F8] ($who)"
    says "$2: an answer" "$1"
}

hostile_clients() {
    serve_start || return
    pack=$(sed -n '/packs/{p;q}' "$work/repo/tree/sallyport/INDEX")
    host='Host: x\r\nConnection: close\r\n'
    expect 0 'no HTTP at all ends' sh -c \
        "printf 'hello\r\n\r\n' | timeout 60 '$folder/bin/http-peer' send $port"
    asked 'HTTP/1.[01] 400' 'no host' 'GET /sallyport/FORMAT HTTP/1.1\r\nConnection: close\r\n\r\n'
    asked 'HTTP/1.1 404' 'a folder above' "GET /sallyport/../../mirror.conf HTTP/1.1\r\n$host\r\n"
    asked 'HTTP/1.1 404' 'a NUL' "GET /sallyport/FORMAT%%00 HTTP/1.1\r\n$host\r\n"
    asked 'HTTP/1.1 404' 'another host as target' "GET http://b/ HTTP/1.1\r\n$host\r\n"
    asked 'HTTP/1.1 405' 'CONNECT' "CONNECT b:1 HTTP/1.1\r\n$host\r\n"
    asked 'HTTP/1.1 400' 'a body' \
        "GET /sallyport/FORMAT HTTP/1.1\r\nContent-Length: 99999999999\r\n$host\r\n"
    asked 'HTTP/1.1 400' 'two lengths' \
        "GET /sallyport/FORMAT HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 44\r\n$host\r\n"
    asked 'HTTP/1.1 4' 'a chunked body' \
        "GET /sallyport/FORMAT HTTP/1.1\r\nTransfer-Encoding: chunked\r\n$host\r\n0\r\n\r\n"
    long=$(head -c 40000 /dev/zero | tr '\0' a)
    asked 'HTTP/1.[01] 4(14|31)' 'a long target' "GET /$long HTTP/1.1\r\n$host\r\n"
    asked 'HTTP/1.[01] 431' 'long lines' "GET / HTTP/1.1\r\nX: $long\r\n$host\r\n"

    link=sallyport/packs/$(printf '%096d' 0).tar
    # shellcheck disable=SC2086
    $as ln -s "$work/repo/mirror.conf" "$work/repo/tree/$link"
    asked 'HTTP/1.1 404' 'a link in the tree' "GET /$link HTTP/1.1\r\n$host\r\n"
    rm "$work/repo/tree/$link"
    mkfifo "$work/repo/tree/$link"
    asked 'HTTP/1.1 404' 'a FIFO in the tree' "GET /$link HTTP/1.1\r\n$host\r\n"
    rm "$work/repo/tree/$link"

    peer crowd "$port" 900
    [ "${line:-0}" -gt 0 ] && [ "$line" -le 64 ]
    tap_result $? "of 900 connections from one address at most 64 stay [F8] ($who)"
    expect 0 'others are served meanwhile' \
        curl -sS -m 20 -o "$work/part" "http://127.0.0.1:$port/$pack"
    cmp -s "$work/part" "$work/repo/tree/$pack"
    tap_result $? "with the right bytes ($who)"
    peer_stop
    if all_of_it; then
        expect 0 'a request of single bytes is cut off [F8]' \
            timeout 60 "$folder/bin/http-peer" drip "$port"
        says 'by the server' '^closed$'
    fi
    asked 'HTTP/1.1 200' 'all that over' "GET /sallyport/FORMAT HTTP/1.1\r\n$host\r\n"
    serve_stop
    tap_result $? "it ends as asked ($who)"
}

faults() {
    make_mirror >/dev/null 2>&1 && enrol >/dev/null 2>&1
    tap_result $? "a mirror and an endpoint ($who)"
    hostile_clients
    hostile_mirrors
}

for_each_user faults
tap_done
