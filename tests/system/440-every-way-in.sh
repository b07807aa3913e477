#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Every way in: one export as folder, tar file, tar through a pipe, disc, stick of every filesystem,
# bare and in a partition, and by HTTP and HTTPS, from serve and from nginx. Each is imported by an
# endpoint that has nothing yet, and leaves the same content folders and the same packages.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
. "$TOP_SRCDIR/tests/system/images.sh"
. "$TOP_SRCDIR/tests/system/web.sh"
for kind in fat32 exfat ntfs mbr gpt; do
    tool=$(image_can $kind) || tap_skip_all "$tool is not there"
done
for tool in nginx curl openssl; do
    command -v $tool >/dev/null || tap_skip_all "$tool is not installed"
done
system_begin

# An endpoint that was just enrolled.
fresh() {
    agent_stop
    rm -rf "$work/state"
    cp -R "$work/state-enrolled" "$work/state"
    [ -z "$as" ] || chown -R nobody "$work/state"
}

# What the endpoint has now: $work/had-NAME holds its content folders, $work/packages-NAME the ids.
keep() {
    cp -R "$work/state/content" "$work/had-$1"
    client contents --json | jq -S '[.contents[] | {type, version, issue, package}]' \
        >"$work/packages-$1"
}

same() {
    diff -r "$work/had-folder" "$work/had-$1" >"$work-out" 2>&1 &&
        cmp "$work/packages-folder" "$work/packages-$1" >>"$work-out" 2>&1
    held=$?
    tap_result $held "$1: the content folders and packages are those of the folder ($who)"
    [ $held -eq 0 ] || head -n 20 "$work-out" | sed 's/^/# /'
    rm -rf "$work/had-$1"
}

# enter NAME SOURCE: by hand.
enter() {
    fresh
    agent_start || return
    expect 0 "$1: is imported" client import "$2" --json
    holds "$1: and active" '.result == "active"'
    keep "$1"
    [ "$1" = folder ] || same "$1"
}

# enter_configured NAME TYPE SOURCE [CA]: as agent.conf says.
enter_configured() {
    fresh
    printf '[source it]\ntype = %s\nlocation = %s\n' "$2" "$3" >"$work/agent.conf"
    [ -z "${4-}" ] || printf 'ca = %s\n' "$4" >>"$work/agent.conf"
    expect 0 "$1: is imported" agent --config "$work/agent.conf" run --once --json
    holds "$1: and active" '.imports[0].result == "active"'
    agent_start || return
    keep "$1"
    same "$1"
}

enter_by_pipe() {
    fresh
    agent_start || return
    # shellcheck disable=SC2086,SC2002 # $as is words; a file would be no pipe
    cat "$work/export.tar" | $as "$folder/bin/sallyport" --socket "$work/socket" import - --yes \
        --json >"$work-out" 2>"$work-err"
    tap_result $? "pipe: is imported ($who)"
    holds 'pipe: and active' '.result == "active"'
    keep pipe
    same pipe
}

# A mirror of a mirror takes a tar as well.
sync_takes_it() {
    root=$work/medium-1/sallyport/root/1.p7m
    # shellcheck disable=SC2086 # $as is words
    expect 0 'sync takes a tar' $as "$folder/bin/sallyport-mirror" --libexec "$folder/libexec" \
        --repo "$work/second" sync "$work/export.tar" --root "$root"
    for part in root packages recipes; do
        diff -r "$work/medium-1/sallyport/$part" "$work/second/tree/sallyport/$part"
    done >"$work-out" 2>&1
    [ ! -s "$work-out" ]
    tap_result $? "and has the same documents ($who)"
}

media() {
    image_make fat32 "$work/fat32" "$work/medium-1" &&
        image_partition mbr "$work/fat32" "$work/fat32-mbr" &&
        image_make exfat "$work/exfat" "$work/medium-1" &&
        image_partition gpt "$work/exfat" "$work/exfat-gpt" &&
        image_make ntfs "$work/ntfs" "$work/medium-1" &&
        image_partition mbr "$work/ntfs" "$work/ntfs-mbr" &&
        mirror export "$work/export.tar" --ring public --form tar >"$work-out" 2>&1 &&
        mirror export "$work/export.iso" --ring public --form iso >>"$work-out" 2>&1 &&
        tar -C "$work/medium-1" --format=gnu -cf "$work/gnu.tar" . &&
        tar -C "$work/medium-1" --format=posix -cf "$work/posix.tar" ./sallyport
    tap_result $? "every medium is made ($who)"
    chmod a+r "$work"/*.tar
    cp -R "$work/state" "$work/state-enrolled"
}

run() {
    make_mirror >"$work-out" 2>&1 && enrol >>"$work-out" 2>&1
    tap_result $? "a mirror and an endpoint ($who)"
    media
    enter folder "$work/medium-1"
    [ -n "$(find "$work/had-folder" -type f)" ] && [ "$(jq length "$work/packages-folder")" -gt 0 ]
    tap_result $? "there is content to compare ($who)"
    enter_configured tar tar "$work/export.tar"
    sync_takes_it
    enter gnu-tar "$work/gnu.tar"
    enter posix-tar "$work/posix.tar"
    enter_by_pipe
    enter iso "$work/export.iso"
    for image in fat32 fat32-mbr exfat exfat-gpt ntfs ntfs-mbr; do
        enter $image "$work/$image"
    done
    authority ours || return
    serve_start && enter serve-http "http://127.0.0.1:$port"
    serve_stop
    serve_start --tls-cert "$work/ours-web.pem" --tls-key "$work/ours-web.key" &&
        enter_configured serve-https http "https://127.0.0.1:$port" "$work/ours.pem"
    serve_stop
    nginx_start && enter nginx-http "http://127.0.0.1:$port"
    nginx_stop
    nginx_start ours && enter_configured nginx-https http "https://127.0.0.1:$port" "$work/ours.pem"
    nginx_stop
}

for_each_user run
tap_done
