#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A USB medium from plug-in to import: refused until it is registered, refused when it changes, and a
# disk of the machine as ever. What is plugged in is told by a program in sallyport-usb's place; the
# filesystem that the test runs on plays the stick.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin
cp "$TOP_BUILDDIR/tests/agent/fake-usb" "$folder/libexec/sallyport-usb"

# plug [JQ-EDIT]: one stick with the filesystem that we are on, or with an edit of it.
plug() {
    jq -c "[.[0], (.[1] | ${1-.})]" >"$folder/libexec/new" <<END
[{"port":"usb1","peer":"","bus":1,"number":1,"speed":480,"fixed":false,"vendor":7531,"product":2,
  "release":1,"kind":"09:00:01","manufacturer":"","name":"hub","serial":"","interfaces":["09:00:00"],
  "digest":"$zeros","broken":"","blocks":[]},
 {"port":"1-4","peer":"","bus":1,"number":5,"speed":480,"fixed":false,"vendor":2385,"product":5734,
  "release":272,"kind":"00:00:00","manufacturer":"Kingston","name":"DataTraveler",
  "serial":"E0D55EA574D1F7A1","interfaces":["08:06:50"],"digest":"$zeros","broken":"",
  "blocks":[{"node":"$node","bytes":1048576,"label":"TRANSFER","filesystem":"vfat"}]}]
END
    chmod 644 "$folder/libexec/new"
    mv "$folder/libexec/new" "$folder/libexec/devices"
}

unplug() {
    jq -c '[.[0]]' "$folder/libexec/devices" >"$folder/libexec/new"
    chmod 644 "$folder/libexec/new"
    mv "$folder/libexec/new" "$folder/libexec/devices"
}

# media_is JQ: within a moment, since a device is told of when it comes.
media_is() {
    client media --json 2>/dev/null | jq -e "$1" >/dev/null
}

audit_says() {
    client audit list --limit 1000 --json |
        jq -e --arg what "$1" --arg code "$2" \
            '[.records[] | select(.what == $what and .code == $code)] | length > 0' >/dev/null
}

judged() {
    plug
    unplug
    expect 0 'a mirror with an export' make_mirror
    expect 0 'and an endpoint' enrol
    agent_start
    until_true media_is '.watch.running and .devices == []'
    tap_result $? "nothing is plugged in ($who)"
    plug
    until_true media_is '.devices[0].code == "usb-not-allowed" and .devices[0].verdict == "blocked"'
    tap_result $? "a stick that nobody allowed is seen and blocked ($who)"
    expect 23 'an import from it is refused' client import "$work/medium-1"
    says 'by its code and name' "$node is on USB device 0951:1666 at 1-4: .*usb-not-allowed"
    expect 23 'so is a look into it' client inspect "$work/medium-1"
    client floor --json | jq -e '.rings == []' >/dev/null
    tap_result $? "nothing of it was taken ($who)"
    expect 2 'a registration wants a word or --yes' client media register 1-4
    expect 0 'registered' client media register 1-4 --yes --purpose weekly --owner 'A. Smith' --json
    holds 'with what was said of it' '.registered.purpose == "weekly" and .registered.number == 1'
    until_true media_is '.devices[0].code == "ok" and .devices[0].registered == 1'
    tap_result $? "it is allowed now ($who)"
    expect 0 'and imported from' client import "$work/medium-1"
    audit_says media-refused usb-not-allowed && audit_says media-register ok
    tap_result $? "the audit chain has both ($who)"
}

changed() {
    unplug
    until_true media_is '.devices == []'
    tap_result $? "pulled out, it is gone ($who)"
    plug '.number = 6 | .digest = "11" + .digest[2:]'
    until_true media_is '.devices[0].code == "usb-changed"'
    tap_result $? "with other descriptors it is another one ($who)"
    expect 23 'which nothing is read from' client import "$work/medium-1"
    expect 23 'and which is not registered as it is' client media register 1-4 --yes
    plug '.number = 7 | .interfaces = ["03:01:01", "08:06:50"]'
    until_true media_is '.devices[0].code == "usb-keyboard"'
    tap_result $? "a keyboard in it is no medium, registered or not ($who)"
    expect 23 'no import from that' client import "$work/medium-1"
    plug '.number = 8 | .digest = "11" + .digest[2:]'
    until_true media_is '.devices[0].code == "usb-changed"'
    expect 0 'forgotten as it was' client media forget 1-4 --yes
    expect 0 'and registered as it is' client media register 1-4 --yes
    expect 0 'it is read again' client import "$work/medium-1" --dry-run
    audit_says media-removed ok && audit_says media-refused usb-keyboard &&
        audit_says media-forget ok
    tap_result $? "all of it is in the audit chain ($who)"
}

elsewhere() {
    expect 10 'a disk that is on no bus is not ejected' client eject 9-9
    unplug
    until_true media_is '.devices == []'
    expect 0 'what is on no USB is imported from as ever' client import "$work/medium-1" \
        --dry-run
    agent_stop
}

all() {
    judged
    changed
    elsewhere
}

zeros=$(printf '%096d' 0)
node=$(basename "$(readlink -f "/sys/dev/block/$(stat -c '%Hd:%Ld' "$folder")")")
[ -e "/sys/class/block/$node" ] || tap_skip_all 'the filesystem is on no block device'
for_each_user all
tap_done
