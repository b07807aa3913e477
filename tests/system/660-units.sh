#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What is installed for a service manager, by its own tools: units and how exposed they are, users,
# folders, the rule for disks, the example configuration. None of it is started here.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
for tool in systemd-analyze systemd-sysusers systemd-tmpfiles; do
    command -v $tool >/dev/null || tap_skip_all "$tool is not installed"
done
system_begin
work=$folder/work who=$(id -un)
agent=$TOP_BUILDDIR/agent/systemd
mirror=$TOP_BUILDDIR/mirror/systemd
mkdir "$folder/units" "$folder/root" "$folder/root/etc"

# Units as installed, their programs where they were built: verify looks for those.
cp "$folder/libexec/sallyport-sensor" "$folder/bin"
for unit in "$agent"/*.service "$agent"/*.socket "$mirror"/*.service \
    "$TOP_SRCDIR"/agent/systemd/*.timer "$TOP_SRCDIR"/mirror/systemd/*.socket; do
    sed -E "s|^(ExecStart=)[^ ]*/(sallyport[a-z-]*)|\\1$folder/bin/\\2|" "$unit" \
        >"$folder/units/${unit##*/}"
done

# exposed UNIT TENTHS: at most so exposed.
exposed() {
    (cd "$folder/units" && systemd-analyze security --no-pager --offline=true --threshold="$2" \
        "$1") >"$work-out" 2>"$work-err"
    tap_result $? "$1: exposure of at most $2 tenths"
    sed -n 's/^.*Overall/# Overall/p' "$work-out"
}
exposed sallyport-agent.service 25
exposed sallyport-driver@.service 15
exposed sallyport-media@.service 15
exposed sallyport-check.service 15
exposed sallyport-mirror.service 10
exposed sallyport-sensor.service 40
cat "$TOP_SRCDIR/agent/systemd/http-source.conf" >>"$folder/units/sallyport-agent.service"
exposed sallyport-agent.service 28
tap_empty 'the manager finds nothing to say about them' \
    systemd-analyze verify --man=no "$folder"/units/*
echo 'Mispelt=yes' >>"$folder/units/sallyport-check.service"
tap_found 'it would about a key that there is none of' Mispelt \
    systemd-analyze verify --man=no "$folder/units/sallyport-check.service"

# The unit gives what the monitor keeps for itself, but for what only somebody who starts it by hand needs;
# what it would lend a child is the sensor's own.
# kept LENT: those of the table in agent/privilege.c.
kept() {
    sed -n "s/^ *{\\(CAP_[A-Z_]*\\), $1,.*/\\1/p" "$TOP_SRCDIR/agent/privilege.c" |
        grep -v '^CAP_DAC_OVERRIDE$' | sort
}
# gives FILE: what it sets.
gives() {
    sed -n 's/^CapabilityBoundingSet=//p' "$1" | tr ' ' '\n' | sort
}
kept false >"$folder/kept"
gives "$agent/sallyport-agent.service" | cmp -s - "$folder/kept"
tap_result $? 'the agent may do what agent/privilege.c names'
kept true >"$folder/lent"
gives "$agent/sallyport-sensor.service" | cmp -s - "$folder/lent"
tap_result $? "and the sensor what it names as lent"

# The manager would refuse openat2(2) with ENOSYS, and our programs need it.
tap_empty 'no unit takes openat2 away' grep -ln '^RestrictSUIDSGID=yes' "$folder"/units/*

# Users and folders, in a root of their own.
users() {
    systemd-sysusers --root="$folder/root" "$TOP_SRCDIR"/agent/systemd/sysusers/*.conf \
        "$TOP_SRCDIR"/mirror/systemd/sysusers/*.conf
}
folders() {
    systemd-tmpfiles --root="$folder/root" --create "$agent"/tmpfiles/*.conf \
        "$mirror"/tmpfiles/*.conf
}
printf 'root:x:0:0:root:/root:/bin/sh\n' >"$folder/root/etc/passwd"
printf 'root:x:0:\n' >"$folder/root/etc/group"
if [ "$(id -u)" -eq 0 ]; then
    expect 0 'users are made' users
    for user in front reader verify intake driver usb check serve; do
        grep -q "^sallyport-$user:x:[0-9]*:[0-9]*:Sallyport, .*:/usr/sbin/nologin\$" \
            "$folder/root/etc/passwd"
        tap_result $? "sallyport-$user can't log in"
    done
    expect 0 'folders are made' folders
    state=$(sed -n 's/^d \([^ ]*\) *0700.*/\1/p' "$agent/tmpfiles/sallyport-agent.conf")
    [ "$(stat -c '%a %U' "$folder/root$state")" = '700 root' ]
    tap_result $? 'the state folder is root alone'
else
    tap_skip 'users and folders are made' 'takes root'
fi

# udev's parser, in a namespace where our rule is among its own.
rules() {
    unshare -m sh -c 'mount -t tmpfs none /run && mkdir -p /run/udev/rules.d &&
        cp "$1" /run/udev/rules.d/70-sallyport.rules && echo "$2" >/run/udev/rules.d/69-test.rules &&
        for device in /sys/class/block/*; do udevadm test "$device" 2>&1 && break; done' \
        sh "$1" "${2-#}"
}
said_of_rule() { rules "$1" | grep 70-sallyport.rules; }
rule=$TOP_SRCDIR/agent/systemd/70-sallyport.rules
if [ "$(id -u)" -eq 0 ] && [ -d /sys/class/block ] && command -v udevadm >/dev/null &&
    unshare -m mount -t tmpfs none /run 2>/dev/null; then
    [ "$(said_of_rule "$rule" | sort -u)" = 'Reading rules file: /run/udev/rules.d/70-sallyport.rules' ]
    tap_result $? 'udev takes the rule without a word'
    sed 's/ACTION/ACTIO/' "$rule" >"$folder/wrong.rules"
    tap_found 'it would have one for a wrong one' 'ACTIO' said_of_rule "$folder/wrong.rules"
    tap_found 'a filesystem on a USB disk wants the import' '^SYSTEMD_WANTS=sallyport-media@[a-z]' \
        rules "$rule" 'ENV{ID_BUS}="usb", ENV{ID_FS_USAGE}="filesystem"'
    ! rules "$rule" 'ENV{ID_BUS}="ata", ENV{ID_FS_USAGE}="filesystem"' | grep -q '^SYSTEMD_WANTS'
    tap_result $? 'one on another disk does not'
else
    tap_skip 'udev takes the rule' 'takes root, a mount namespace and udev'
fi

# What journalctl -x says of a refusal.
catalog() {
    mkdir -p "$folder/root/usr/lib/systemd/catalog" "$folder/root/var/lib/systemd/catalog" &&
        cp "$agent/sallyport.catalog" "$folder/root/usr/lib/systemd/catalog/" &&
        journalctl --root="$folder/root" --update-catalog &&
        journalctl --root="$folder/root" --no-pager --dump-catalog
}
codes=$("$folder/bin/sallyport" explain --json | jq '.codes | length')
expect 0 'the journal takes the catalog' catalog
[ "$(grep -c '^Subject: Sallyport: ' "$work-out")" -eq "$codes" ] &&
    [ "$(grep '^-- ' "$work-out" | sort -u | wc -l)" -eq "$codes" ]
tap_result $? 'with an entry of its own for each code'
says 'and its next step' '^Next: '

# The example: nothing in force as it is; each key that it shows is one.
configured() {
    "$folder/bin/sallyport-agent" --config "$1" --state "$folder/state" enroll "$folder/none" \
        --passphrase-file "$folder/passphrase"
}
(umask 077 && echo secret >"$folder/passphrase")
expect 10 'the example is a configuration' configured "$agent/agent.conf"
! grep -qv '^#\|^$\|^\[agent\]$' "$agent/agent.conf"
tap_result $? 'it changes nothing as it is'
sed -E 's/^#(\[|[a-z-]+ = )/\1/' "$agent/agent.conf" >"$folder/all.conf"
expect 10 'with each line in force it is one as well' configured "$folder/all.conf"
sed 's/^interval/intervall/' "$folder/all.conf" >"$folder/wrong.conf"
expect 2 'a wrong key would be found' configured "$folder/wrong.conf"
tap_done
