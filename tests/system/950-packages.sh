#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The packages of `make deb`, installed by apt into a Debian of nothing but its base: a set travels
# from the packaged mirror to the packaged agent, which runs as its unit says. Then removal, purge.
# For root, and with Debian's archive in reach: `make check-packages`. Not part of `make check`.
set -u
. "$TOP_SRCDIR/tests/tap.sh"
[ "$(id -u)" -eq 0 ] || tap_skip_all 'takes root'
for tool in lintian debootstrap jq setpriv; do
    command -v $tool >/dev/null || tap_skip_all "$tool is not installed"
done
packages='sallyport sallyport-agent sallyport-drivers sallyport-mirror'
for package in $packages; do
    [ -e "$(echo "$TOP_BUILDDIR/deb/$package"_*.deb)" ] || {
        echo "Bail out! no package $package in $TOP_BUILDDIR/deb. Next: make deb"
        exit 1
    }
done
# Mounts and processes end with this script, whatever happens.
if [ -z "${SALLYPORT_INSIDE-}" ]; then
    unshare --mount --pid --fork true 2>/dev/null || tap_skip_all 'namespaces are refused here'
    SALLYPORT_INSIDE=yes
    export SALLYPORT_INSIDE
    exec unshare --mount --pid --fork --kill-child --mount-proc sh "$0"
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/sallyport-test.XXXXXX") || exit 1
trap 'umount -l "$folder"; rmdir "$folder"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mount -t tmpfs -o size=2g,mode=755 none "$folder" || exit 1
root=$folder/root

# With replace=exec, which is for a subshell, the process becomes the command's.
inside() {
    ${replace-} chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root TERM=linux \
        DEBIAN_FRONTEND=noninteractive "$@" </dev/null
}
# by USER COMMAND...: with the groups that this user is in.
by() {
    user=$1
    shift
    inside setpriv --reuid "$user" --regid nogroup --init-groups -- "$@"
}
apt() {
    inside apt-get -q -y --no-install-recommends "$@"
}
mirror() {
    inside sallyport-mirror --repo /var/lib/sallyport-mirror "$@"
}
# expect STATUS NAME COMMAND...
expect() {
    wanted=$1 name=$2
    shift 2
    "$@" >"$folder/out" 2>"$folder/err"
    status=$?
    [ $status -eq "$wanted" ]
    tap_result $? "$name"
    [ $status -eq "$wanted" ] || {
        echo "# exit status $status, expected $wanted: $*"
        tail -n 20 "$folder/out" "$folder/err" | sed 's/^/# /'
    }
}
# holds NAME FILTER: of the JSON that was written last.
holds() {
    [ -s "$folder/out" ] && jq -e "$2" "$folder/out" >/dev/null
    tap_result $? "$1"
}
# there NAME PATH..., gone NAME PATH...: each of them, or none.
there() {
    for path in "$@"; do
        [ "$path" = "$1" ] || [ -e "$root$path" ] || [ -L "$root$path" ] || echo "missing: $path"
    done >"$folder/differs"
    [ ! -s "$folder/differs" ]
    tap_result $? "$1"
    sed 's/^/# /' "$folder/differs"
}
gone() {
    for path in "$@"; do
        [ "$path" = "$1" ] || { [ ! -e "$root$path" ] && [ ! -L "$root$path" ]; } || echo "left: $path"
    done >"$folder/differs"
    [ ! -s "$folder/differs" ]
    tap_result $? "$1"
    sed 's/^/# /' "$folder/differs"
}
tap_empty 'lintian has nothing to say' lintian --allow-root --pedantic \
    --fail-on error,warning "$TOP_BUILDDIR"/deb/*.changes

# The base, from where this machine has its own packages.
# shellcheck disable=SC2016 # apt's own variables
archive=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' |
    sed -n '/debian-security/d; s/ bookworm$//p' | head -n 1)
expect 0 'a base of Debian 12' debootstrap --variant=minbase bookworm "$root" \
    "${archive:-http://deb.debian.org/debian}"
[ $status -eq 0 ] || { tap_done; exit 1; }
mount -t proc none "$root/proc"
mkdir "$root/packages" "$root/srv/flags"
for package in $packages; do
    cp "$TOP_BUILDDIR/deb/$package"_*.deb "$root/packages/$package.deb"
done
# shellcheck disable=SC2046,SC2086 # lists of words
expect 0 'apt installs all four' apt install $(printf '/packages/%s.deb ' $packages)
[ $status -eq 0 ] || { tap_done; exit 1; }
there 'units are enabled' /etc/systemd/system/multi-user.target.wants/sallyport-agent.service \
    /etc/systemd/system/multi-user.target.wants/sallyport-mirror.service \
    /etc/systemd/system/sockets.target.wants/sallyport-agent.socket \
    /etc/systemd/system/sockets.target.wants/sallyport-sensor.socket \
    /etc/systemd/system/timers.target.wants/sallyport-check.timer
for page in "$TOP_SRCDIR"/man/*.[1-8]; do
    echo "/usr/share/man/man${page##*.}/${page##*/}.gz"
done >"$folder/pages"
# shellcheck disable=SC2046
there 'every page is where man looks' $(cat "$folder/pages")

# The mirror.
printf '{"schema":"sallyport.flags/1","releases":{"*":{"ips":"off","behavior":"available"}}}\n' \
    >"$root/srv/flags/flags.json"
printf 'correct horse battery staple\n' >"$root/root/passphrase"
chmod 600 "$root/root/passphrase"
expect 0 'init' mirror init /var/lib/sallyport-mirror --org 'Test Works' --ring engineering \
    --ring public --unprotected-keys
expect 0 'publish, checked by the packaged driver' \
    mirror publish flags-supplement /srv/flags --version 1
expect 0 'promote' mirror promote public
expect 0 'export' mirror export /srv/medium --ring public
expect 0 'enroll' mirror enroll endpoint-1 --ring public -o /root/endpoint-1.enrol \
    --passphrase-file /root/passphrase

# The endpoint: two people, one of whom may act. The agent has what its unit leaves it.
inside useradd --groups sallyport,sallyport-admin carol
inside useradd --groups sallyport dave
expect 0 'the endpoint is enrolled' inside sallyport-agent enroll /root/endpoint-1.enrol \
    --passphrase-file /root/passphrase
unit() {
    sed -n "s/^$1=//p" "$root/lib/systemd/system/sallyport-agent.service"
}
powers=$(unit CapabilityBoundingSet | tr 'A-Z ' 'a-z,' | sed 's/cap_/+/g')
umask "$(unit UMask)"
# shellcheck disable=SC2046 # a command line
(replace='exec' inside setpriv --bounding-set="-all,$powers" --no-new-privs -- $(unit ExecStart)) \
    >"$folder/agent" 2>&1 &
agent_pid=$!
answers() {
    by dave sallyport status --json
}
tries=0
until answers >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ $tries -gt 200 ] || ! kill -0 $agent_pid 2>/dev/null; then break; fi
    sleep 0.05
done
expect 0 'the agent answers who may read' answers
[ $status -eq 0 ] || sed 's/^/# /' "$folder/agent"
expect 0 'who may act imports' by carol sallyport import --yes /srv/medium --json
holds 'and it is active' '.result == "active" and .changed'
groups=$(sed -n 's/^SupplementaryGroups=//p' "$root/lib/systemd/system/sallyport-media@.service")
expect 0 'so may the unit for media that are plugged in' inside setpriv --reuid nobody \
    --regid nogroup --groups "$(echo "$groups" | tr ' ' ',')" -- \
    sallyport import --yes /srv/medium --json
holds 'to which nothing is new' '.changed == false'
expect 0 'status' answers
holds 'in a sandbox' '.ring == "public" and .sandbox.seccomp'
expect 0 'contents' by dave sallyport contents --json
holds 'which are healthy' \
    '.contents[] | select(.type == "flags-supplement") | .version == "1" and .health == "ok"'
expect 0 'healthy' by dave sallyport check
[ "$(stat -c '%a %U' "$root/var/lib/sallyport")" = '700 root' ]
tap_result $? 'its state is for root alone'
kill $agent_pid
wait $agent_pid
tap_result $? 'it ends when told to'

expect 0 'apt removes the agent and the mirror' apt remove sallyport-agent sallyport-mirror
gone 'programs and units are gone' /usr/sbin/sallyport-agent /usr/bin/sallyport-mirror \
    /lib/systemd/system/sallyport-agent.service
there 'settings, state and keys are not' /etc/sallyport/agent.conf /var/lib/sallyport/state.db \
    /var/lib/sallyport-mirror/tree
expect 0 'apt purges them' apt purge sallyport-agent sallyport-mirror
gone 'settings and state are gone' /etc/sallyport /var/lib/sallyport /var/lib/sallyport-check \
    /etc/systemd/system/multi-user.target.wants/sallyport-agent.service \
    /etc/systemd/system/timers.target.wants/sallyport-check.timer
there 'a repository and its keys are never' /var/lib/sallyport-mirror/tree \
    /var/lib/sallyport-mirror/keys
tap_done
