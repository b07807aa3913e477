#!/bin/sh
# SPDX-License-Identifier: ISC
#
# One tree by folder, by serve, by serve with TLS and behind nginx: the same content each time, on
# an endpoint that has nothing yet.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
. "$TOP_SRCDIR/tests/system/web.sh"
system_begin

# What is in the content folders, by name and bytes.
content_of() {
    (cd "$1/content" && find . -type f ! -name '*.lock' | LC_ALL=C sort | xargs sha384sum)
}

# import_fresh NAME SOURCE [CA]: a new endpoint imports from there; its content is kept as NAME.
import_fresh() {
    rm -rf "$work/state"
    expect 0 "$1: an endpoint is enrolled" agent enroll "$work/endpoint-1.enrol" \
        --passphrase-file "$work-passphrase"
    printf '[source it]\ntype = %s\nlocation = %s\n' "$3" "$2" >"$work/agent.conf"
    [ -z "${4-}" ] || printf 'ca = %s\n' "$4" >>"$work/agent.conf"
    expect 0 "$1: the configured source is imported" \
        agent --config "$work/agent.conf" run --once --json
    holds "$1: and active" '.imports[0].result == "active"'
    content_of "$work/state" >"$work/content-$1"
}

same_as_folder() {
    cmp -s "$work/content-folder" "$work/content-$1"
    tap_result $? "$1: the content is that of the folder ($who)"
}

plain() {
    serve_start || return
    import_fresh plain "http://127.0.0.1:$port" http
    same_as_folder plain
    import_fresh named "http://localhost:$port" http
    same_as_folder named
    agent_start || return
    expect 0 'import takes a URL' client import "http://127.0.0.1:$port" --json
    holds 'and is current' '.changed == false and .source == "http://127.0.0.1:'"$port"'"'
    expect 0 'a newer version' next_medium 2 off
    expect 0 'import takes what was published meanwhile' \
        client import "http://127.0.0.1:$port/" --json
    holds 'which is active' '.result == "active" and .sequence == 2'
    expect 0 'inspect takes a URL' client inspect "http://127.0.0.1:$port" --json
    holds 'and judges all of it' '.code == "ok" and (.documents | length) >= 6'
    expect 2 'import takes no other URL' client import "ftp://127.0.0.1/"
    expect 2 'and no query' client import "http://127.0.0.1:$port/?a=b"
    agent_stop
    expect 0 'inspect without an agent, under a root that is known' \
        client inspect "http://127.0.0.1:$port" --root "$work/repo/tree/sallyport/root/1.p7m" --json
    holds 'has a verdict' '.code == "ok" and .anchored'
    set -- inspect "http://127.0.0.1:$port" --root "$work/repo/tree/sallyport/root/1.p7m" --json
    for name in http_proxy HTTP_PROXY all_proxy ALL_PROXY; do
        export "$name=http://127.0.0.1:1"
    done
    expect 0 'a proxy that the environment names is asked for nothing' client "$@"
    unset http_proxy HTTP_PROXY all_proxy ALL_PROXY
    serve_stop
    tap_result $? "SIGTERM ends serve, which is success ($who)"
    expect 25 'with the mirror gone inspect says so' \
        client inspect "http://127.0.0.1:$port" --root "$work/repo/tree/sallyport/root/1.p7m"
    says 'by what it was about to read' 'sallyport/FORMAT: .*connect'
}

requests() {
    # Who serves needs neither.
    chmod 0 "$work/repo/catalog.db" "$work/repo/keys"
    serve_start || return
    chmod 600 "$work/repo/catalog.db"
    chmod 700 "$work/repo/keys"
    url=http://127.0.0.1:$port/sallyport
    pack=$(sed -n '/packs/{p;q}' "$work/repo/tree/sallyport/INDEX")
    expect 0 'a part of a pack' \
        curl -sS -o "$work/part" -r 512-1023 -w '%{http_code}' "http://127.0.0.1:$port/$pack"
    says 'is 206' '^206$'
    dd if="$work/repo/tree/$pack" bs=512 skip=1 count=1 status=none | cmp -s - "$work/part"
    tap_result $? "and those bytes ($who)"
    expect 0 'the end of it' curl -sS -o "$work/part" -r -512 "http://127.0.0.1:$port/$pack"
    tail -c 512 "$work/repo/tree/$pack" | cmp -s - "$work/part"
    tap_result $? "is its end ($who)"
    expect 0 'a part behind its end' curl -sS -o /dev/null -D - -r 99999999- "$url/FORMAT"
    says 'is 416' '^HTTP/1.1 416 '
    says 'with its size' '^Content-Range: bytes \*/12'
    expect 0 'two parts' curl -sS -o /dev/null -w '%{http_code}' -r 0-1,3-4 "$url/FORMAT"
    says 'are the whole' '^200$'
    expect 0 'HEAD' curl -sS -I "$url/FORMAT"
    says 'tells the size' '^Content-Length: 12'
    says 'that ranges are served' '^Accept-Ranges: bytes'
    for target in / /sallyport /sallyport/ /mirror.conf /sallyport/../../mirror.conf \
        /../mirror.conf /sallyport/packs/ '/sallyport/FORMAT?x' /sallyport%2fFORMAT \
        /sallyport/FORMA%54 //sallyport/FORMAT '/sallyport/FORMAT%00' /sallyport/receipts/a/1.p7m; do
        expect 0 "GET $target [F8]" curl -sS --path-as-is -o /dev/null -w '%{http_code}' \
            "http://127.0.0.1:$port$target"
        says 'is 404' '^404$'
    done
    for method in POST PUT DELETE OPTIONS TRACE BREW; do
        expect 0 "$method" curl -sS -X "$method" -o /dev/null -D - "$url/FORMAT"
        says 'is 405' '^HTTP/1.1 405 '
        says 'and says what there is' '^Allow: GET, HEAD'
    done
    expect 0 'a GET with a body' curl -sS -X GET -d x -o /dev/null -w '%{http_code}' "$url/FORMAT"
    says 'is 400' '^400$'
    ! pgrep -x -P "$serve_pid" . >/dev/null
    tap_result $? "serve has no children ($who)"
    serve_stop
}

tls() {
    authority ours && authority theirs || return
    serve_start --tls-cert "$work/ours-web.pem" --tls-key "$work/ours-web.key" || return
    import_fresh tls "https://127.0.0.1:$port" http "$work/ours.pem"
    same_as_folder tls
    import_fresh tls-name "https://localhost:$port" http "$work/ours.pem"
    same_as_folder tls-name
    printf '[source it]\ntype = http\nlocation = https://127.0.0.1:%s\nca = %s\n' "$port" \
        "$work/theirs.pem" >"$work/agent.conf"
    expect 23 'a mirror of another authority is refused' \
        agent --config "$work/agent.conf" run --once
    says 'as such' 'sallyport/FORMAT: .*certificate'
    expect 2 'https without an authority is no source' \
        client inspect "https://127.0.0.1:$port" --root "$work/repo/tree/sallyport/root/1.p7m"
    says 'and says what to name' 'ca = FILE'
    expect 0 'inspect by https' client inspect "https://127.0.0.1:$port" --ca "$work/ours.pem" \
        --root "$work/repo/tree/sallyport/root/1.p7m" --json
    expect 25 'http to an https port' client inspect "http://127.0.0.1:$port" \
        --root "$work/repo/tree/sallyport/root/1.p7m"
    serve_stop
    expect 2 'a certificate wants its key' mirror serve --listen 127.0.0.1:0 \
        --tls-cert "$work/ours-web.pem"
    expect 2 'and not another one' mirror serve --listen 127.0.0.1:0 \
        --tls-cert "$work/ours-web.pem" --tls-key "$work/theirs-web.key"
}

# The right authority, and a certificate of another host.
other_host() {
    authority other 'DNS:mirror.example,IP:127.0.0.2' || return
    serve_start --tls-cert "$work/other-web.pem" --tls-key "$work/other-web.key" || return
    for host in 127.0.0.1 localhost; do
        expect 23 "the certificate of another host than $host" client inspect \
            "https://$host:$port" --ca "$work/other.pem" \
            --root "$work/repo/tree/sallyport/root/1.p7m"
        says 'is refused as such' 'sallyport/FORMAT: SSL: .*certificate subject name'
    done
    serve_stop
}

six() {
    grep -q 00000000000000000000000000000001 /proc/net/if_inet6 2>/dev/null || {
        tap_skip 'an IPv6 address' 'the machine has none'
        return
    }
    serve_start_at '[::1]:0' || return
    expect 0 'an IPv6 address' client inspect "http://[::1]:$port" \
        --root "$work/repo/tree/sallyport/root/1.p7m" --json
    serve_stop
}

nginx_serves() {
    command -v nginx >/dev/null || {
        tap_skip "nginx is not installed ($who)"
        return
    }
    nginx_start || return
    import_fresh nginx "http://127.0.0.1:$port" http
    same_as_folder nginx
    nginx_stop
}

http() {
    make_mirror >/dev/null 2>&1 && enrol >/dev/null 2>&1
    tap_result $? "a mirror and an endpoint ($who)"
    import_fresh folder "$work/medium-1" dir
    tls
    other_host
    six
    nginx_serves
    requests
    plain
}

for_each_user http
tap_done
