#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A stick on a real bus, in an emulated machine: plugged in, seen, imported from, pulled in the
# middle.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
. "$TOP_SRCDIR/tests/system/images.sh"
. "$TOP_SRCDIR/tests/system/qemu.sh"
lacks=$(vm_lacks)
[ -z "$lacks" ] || tap_skip_all "$lacks is not there"
tool=$(image_can fat32) || tap_skip_all "$tool is not there"
system_begin
[ -x "$folder/libexec/sallyport-usb" ] || tap_skip_all 'sallyport-usb is not there'
trap 'vm_stop; system_end' EXIT
work=$folder/work
who=$(id -un)
mkdir "$work"

# A list of hashes that no compression makes small, so that there is a middle to pull the stick in.
large_medium() {
    mkdir "$work/lists"
    openssl enc -aes-256-ctr -pass pass:hashes -nosalt -in /dev/zero 2>/dev/null |
        head -c 1600000 | od -An -v -tx1 -w32 | tr -d ' ' | sed 's/$/,bad,/' >"$work/lists/sha256.csv"
    mirror publish local-rep-data "$work/lists" --version 1 && mirror promote public &&
        mirror export "$work/medium-2" --ring public
}

# run NAME STATUS COMMAND: in the guest; both are judged by its status.
run() {
    guest "$3" >"$work-out" 2>"$work-err"
    status=$?
    [ "$status" -eq "$2" ]
    tap_result $? "$1"
    [ "$status" -eq "$2" ] || sed 's/^/# /' "$work-out"
}

agent_words='--config /etc/agent.conf --libexec /libexec --state /run/state --socket /run/agent.sock'
client='sallyport --color never --socket /run/agent.sock'

expect 0 'a mirror with an export' make_mirror
expect 0 'and the next one' large_medium
printf 'correct horse battery staple\n' >"$work-passphrase"
chmod 600 "$work-passphrase"
expect 0 'an enrolment' mirror enroll endpoint-1 --ring public -o "$work/endpoint-1.enrol" \
    --passphrase-file "$work-passphrase"
expect 0 'and one more' next_medium 3 off
image_make fat32 "$work/stick.img" "$work/medium-1" >/dev/null &&
    image_make fat32 "$work/next.img" "$work/medium-2" >/dev/null &&
    image_make fat32 "$work/last.img" "$work/medium-3" >/dev/null
tap_result $? 'their images'

printf '[media-rule 1]\nrule = allow id 46f4:0001 serial "E0D55EA574D1F7A3"\n' >"$work/agent.conf"
vm_begin && vm_programs && vm_file "$work/endpoint-1.enrol" /etc/endpoint-1.enrol &&
    vm_file "$work-passphrase" /etc/passphrase && vm_file "$work/agent.conf" /etc/agent.conf &&
    vm_file /lib/terminfo/v/vt100 /lib/terminfo/v/vt100
tap_result $? 'a machine with what is built'
vm_stick stick "$work/stick.img"
vm_stick next "$work/next.img" throttling.bps-read=131072
vm_stick third "$work/stick.img"
vm_stick last "$work/last.img"
vm_start
tap_result $? 'it starts'

run 'the endpoint is enrolled' 0 "chmod 600 /etc/passphrase; sallyport-agent $agent_words \
enroll /etc/endpoint-1.enrol --passphrase-file /etc/passphrase"
run 'the agent runs' 0 "sallyport-agent $agent_words run </dev/null >/run/agent.log 2>&1 & \
until $client status --json >/dev/null 2>&1; do usleep 100000; done"
run 'and watches USB' 0 "until $client media --json | grep -q '\"running\":true'; do usleep 100000; done"
run 'that the kernel takes each device as it comes' 0 "$client status"
says 'is said' '^USB .*authorized_default 1'
vm_plug stick '"serial":"E0D55EA574D1F7A1"'
tap_result $? 'a stick is plugged in'
run 'the kernel sees its disk' 0 'until [ -b /dev/sda ]; do usleep 100000; done'
run 'and so does the agent' 0 "until $client media --json | grep -q '\"nodes\":\[\"sda'; do usleep 100000; done; \
$client media"
says 'which blocks it, since nobody allowed it' 'sda.*\[BLOCK\] *usb-not-allowed'
run 'an import from it is refused' 23 "$client import --yes /dev/sda"
run 'it is registered' 0 "$client media register /dev/sda --yes --purpose transfer"
run 'it is imported from' 0 "$client import --yes /dev/sda"
run 'and the content is healthy' 0 "$client contents flags-supplement | grep 'OK'"
run 'ejected, it may be pulled' 0 "$client eject /dev/sda"
says 'which is said' 'it may be pulled now'
run 'the kernel has let go of its disk' 0 'while [ -b /dev/sda ]; do usleep 100000; done'
vm_pull stick
run 'pulled out, it is gone' 0 "until $client media --json | grep -q '\"devices\":\[\]'; do usleep 100000; done"
run 'and all of that is in the audit chain' 0 "$client events --after 0 | grep -o 'media-[a-z]*' | tr '\\n' ' '"
says 'in order' 'media-refused media-register media-eject media-removed'

vm_plug next '"serial":"E0D55EA574D1F7A2"'
run 'the next one is there' 0 'until [ -b /dev/sda ]; do usleep 100000; done'
run 'and seen' 0 "until $client media --json | grep -q '\"nodes\":\[\"sda'; do usleep 100000; done"
run 'and registered' 0 "$client media register /dev/sda --yes"
run 'an import begins' 0 "{ $client import --yes /dev/sda; echo \"ended \$?\"; } >/run/import 2>&1 & \
until grep -q '^fetch' /run/import; do usleep 100000; done"
vm_pull next
tap_result $? 'and the stick is pulled in the middle of it'
run 'the import ends' 0 'until grep ^ended /run/import; do usleep 100000; done; cat /run/import'
says 'by its own code' 'ended 25'
says 'in words that say what happened' 'medium was removed before all of it was read'
run 'the set of that medium is not taken either' 0 "$client status --json"
holds 'the old one stays' '.set.sequence == 1 and .refusals.count == 1'
run 'what was there before goes on' 0 "$client contents | grep -c 'OK'"
says 'and nothing of the other came' '^1$'

# Plugged in while the console is open, by keys alone from there: a rule of the site allows this one.
look='sallyport --libexec /libexec --socket /run/none inspect /dev/sda'
run 'nothing is plugged in' 0 "until $client media --json | grep -q '\"devices\":\[\]'; do usleep 100000; done"
vm_screen "TERM=vt100 $client" 'Floors'
tap_result $? 'the console opens on the serial line'
vm_type 2
vm_screen '' 'Inserted'
vm_plug last '"serial":"E0D55EA574D1F7A3"' && vm_screen '' 'E0D55EA574D1F7A3'
tap_result $? 'what is plugged in comes up on the screen'
vm_type g
vm_screen '' 'disk sda'
vm_type I
vm_screen '' 'From:'
vm_type '\r'
vm_screen '' 'Type 3'
tap_result $? 'I shows what an import would change'
sleep 1 # on purpose the console is deaf for a moment after it has asked
vm_type '3\r'
vm_screen '' 'Import of set 3: active'
tap_result $? 'the number of its set, typed, imports it'
vm_type 'q'
vm_wait '^@@[0-9]' "$vm_line"
tap_result $? 'q leaves'
run 'and the content is healthy' 0 "$client contents flags-supplement | grep '3 .*OK'"
run 'without an agent, its device is told as well' 3 "$look --report /run/report"
run 'with what it is' 0 'grep -A9 ^Device /run/report'
says 'by name' '46f4:0001'
vm_pull last
run 'its disk is gone' 0 'while [ -b /dev/sda ]; do usleep 100000; done'

# A stick on a hub that has a keyboard on it as well: no medium, whoever registered it, and the
# keyboard goes on typing.
qmp '"device_add"' '{"driver":"usb-kbd","id":"keys","bus":"xhci.0","port":"4.1"}' &&
    vm_plug third '"serial":"E0D55EA574D1F7A1","port":"4.2"'
tap_result $? 'a keyboard and the first stick on one hub'
run 'it is seen as what it may be' 0 "until $client media | grep usb-hidden-keyboard; do usleep 100000; done"
run 'nothing is read from it' 23 "until [ -b /dev/sda ]; do usleep 100000; done; $client import --yes /dev/sda"
run 'nor without an agent' 23 "$look"
run 'and the keyboard is there' 0 "grep 'Name=.*Keyboard' /proc/bus/input/devices"
vm_stop
tap_done
