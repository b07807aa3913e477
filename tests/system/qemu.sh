# shellcheck shell=sh
# SPDX-License-Identifier: ISC
#
# A machine of its own for tests that need a real USB bus: sourced after lib.sh. Debian's kernel under
# emulation, an initramfs with the built programs, a serial line to type at, QMP to plug with.
#
# vm_begin; vm_file FROM TO...; vm_stick NAME IMAGE [DRIVE-OPTIONS]; vm_start; guest COMMAND;
# vm_plug NAME [PROPERTIES]; vm_pull NAME; vm_stop. Nothing here waits for a time, only for words.
vm_pid=
vm_drives=
vm_count=0
vm_modules='xhci_pci usb_storage uas sd_mod usbhid hid_generic'

# What is missing, or nothing.
vm_lacks() {
    for vm_tool in qemu-system-x86_64 cpio socat busybox modprobe; do
        command -v "$vm_tool" >/dev/null || {
            echo "$vm_tool"
            return
        }
    done
    vm_kernel=
    for vm_tool in /boot/vmlinuz-*-amd64; do
        [ ! -r "$vm_tool" ] || [ ! -d "/lib/modules/${vm_tool#/boot/vmlinuz-}" ] || vm_kernel=$vm_tool
    done
    [ -n "$vm_kernel" ] || echo 'a kernel of linux-image-amd64 that can be read'
}

# Sets $vm, the folder of the machine, and fills its root.
vm_begin() {
    vm=$folder/vm
    mkdir -p "$vm/root/bin" "$vm/root/modules" "$vm/root/proc" "$vm/root/sys" "$vm/root/dev" \
        "$vm/root/etc" "$vm/root/run" "$vm/root/tmp" "$vm/root/var/lib" "$vm/root/usr"
    for vm_tool in /boot/vmlinuz-*-amd64; do
        [ ! -r "$vm_tool" ] || [ ! -d "/lib/modules/${vm_tool#/boot/vmlinuz-}" ] || vm_kernel=$vm_tool
    done
    vm_program "$(command -v busybox)" /bin/busybox
    for vm_module in $vm_modules; do
        modprobe -S "${vm_kernel#/boot/vmlinuz-}" --show-depends "$vm_module" || return 1
    done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >"$vm/modules"
    while IFS= read -r vm_module; do
        cp "$vm_module" "$vm/root/modules/" && basename "$vm_module" >>"$vm/root/modules/order"
    done <"$vm/modules"
    for vm_user in root:0 nobody:65534 sallyport-front:801 sallyport-verify:802 \
        sallyport-intake:803 sallyport-driver:804 sallyport-usb:805; do
        echo "${vm_user%:*}:x:${vm_user#*:}:${vm_user#*:}::/:/bin/sh" >>"$vm/root/etc/passwd"
        echo "${vm_user%:*}:x:${vm_user#*:}:" >>"$vm/root/etc/group"
    done
    printf 'sallyport:x:900:\nsallyport-admin:x:901:\n' >>"$vm/root/etc/group"
    cat >"$vm/root/init" <<'END'
#!/bin/busybox sh
/bin/busybox mkdir -p /bin /sbin /usr/bin /usr/sbin
/bin/busybox --install -s
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /run
mount -t tmpfs tmp /tmp
while read -r module; do
    insmod "/modules/$module" || echo "module $module can't be loaded"
done </modules/order
ip link set lo up
stty -echo
echo '@@ready'
while read -r line; do
    eval "$line"
    status=$?
    printf '\n@@%s\n' "$status"
done
END
    chmod 755 "$vm/root/init"
}

# vm_file FROM TO: a file or folder of this machine in the root of that one.
vm_file() {
    mkdir -p "$vm/root$(dirname "$2")" && cp -RL "$1" "$vm/root$2"
}

# vm_program FROM TO: with the libraries that it loads.
vm_program() {
    vm_file "$1" "$2" || return 1
    ldd "$1" 2>/dev/null | awk '{ for (i = 1; i <= NF; i++) if ($i ~ /^\//) print $i }' |
        while IFS= read -r vm_library; do
            [ -e "$vm/root$vm_library" ] || vm_file "$vm_library" "$vm_library" || exit 1
        done
}

# The built programs, where their defaults look for each other.
vm_programs() {
    for vm_tool in "$folder"/bin/sallyport*; do
        vm_program "$vm_tool" "/usr/bin/${vm_tool##*/}" || return 1
    done
    for vm_tool in "$folder"/libexec/*; do
        vm_program "$vm_tool" "/libexec/${vm_tool##*/}" || return 1
    done
}

# vm_stick NAME IMAGE [OPTIONS]: what can be plugged in; options as -drive has them, to make it slow.
vm_stick() {
    vm_drives="$vm_drives -drive if=none,id=$1,file=$2,format=raw,readonly=on${3:+,$3}"
}

vm_start() {
    (cd "$vm/root" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet) >"$vm/initrd" || return 1
    mkfifo "$vm/type" "$vm/ask" || return 1
    # shellcheck disable=SC2086 # lists of words
    qemu-system-x86_64 -accel tcg -cpu max -smp 1 -m 768 -nodefaults -no-reboot -display none \
        -kernel "$vm_kernel" -initrd "$vm/initrd" \
        -append 'console=ttyS0 quiet panic=-1 lsm=landlock' \
        -device qemu-xhci,id=xhci -device usb-hub,id=hub,bus=xhci.0,port=4 $vm_drives \
        -qmp "unix:$vm/qmp,server=on,wait=off" -serial stdio \
        <>"$vm/type" >"$vm/serial" 2>"$vm/errors" &
    vm_pid=$!
    exec 7>"$vm/type"
    if vm_wait '^@@ready' && until_true [ -S "$vm/qmp" ]; then
        socat - "UNIX-CONNECT:$vm/qmp" <>"$vm/ask" >"$vm/answers" 2>>"$vm/errors" &
        exec 8>"$vm/ask"
        qmp '"qmp_capabilities"'
        return
    fi
    tail -n 20 "$vm/serial" "$vm/errors" | sed 's/^/# /'
    return 1
}

# vm_wait PATTERN [LINE]: a line of the serial line's, from LINE on, matches; bounded, since an
# emulated machine that hangs says nothing.
vm_wait() {
    vm_tries=0
    until tail -n "+${2-1}" "$vm/serial" 2>/dev/null | grep -q -- "$1"; do
        vm_tries=$((vm_tries + 1))
        if [ $vm_tries -gt 600 ] || ! kill -0 "$vm_pid" 2>/dev/null; then
            return 1
        fi
        sleep 0.1
    done
}

# guest COMMAND: runs one line in there. What it wrote is printed; its status is ours.
guest() {
    vm_line=$(($(wc -l <"$vm/serial") + 1))
    printf '%s\n' "$*" >&7
    vm_wait '^@@[0-9]' "$vm_line" || return 99
    tail -n "+$vm_line" "$vm/serial" | tr -d '\r' | sed '/^@@/,$d'
    return "$(tail -n "+$vm_line" "$vm/serial" | tr -d '\r' | sed -n 's/^@@\([0-9]*\)$/\1/p' | head -n 1)"
}

# vm_type TEXT: keys, escapes as printf has them; to what runs in the foreground there.
vm_type() {
    # shellcheck disable=SC2059 # it is a format
    printf "$1" >&7
}

# vm_screen COMMAND PATTERN: starts what takes the whole line ('': it runs already), and waits until
# it has drawn that since.
vm_screen() {
    if [ -n "$1" ]; then
        vm_line=$(($(wc -l <"$vm/serial") + 1))
        printf '%s\n' "$1" >&7
    fi
    vm_wait "$2" "$vm_line"
}

# qmp COMMAND [ARGUMENTS]: as JSON; true when it was done.
qmp() {
    vm_count=$((vm_count + 1))
    printf '{"execute":%s,"arguments":%s,"id":%d}\n' "$1" "${2:-{\}}" "$vm_count" >&8
    until_true grep -q "\"id\": ${vm_count}[,}]" "$vm/answers" || return 1
    ! grep "\"id\": ${vm_count}[,}]" "$vm/answers" | grep -q '"error"'
}

# vm_plug NAME [PROPERTIES]: properties as JSON members, such as "serial":"S1".
vm_plug() {
    qmp '"device_add"' "{\"driver\":\"usb-storage\",\"id\":\"$1-device\",\"drive\":\"$1\",\"bus\":\"xhci.0\"${2:+,$2}}"
}
vm_pull() {
    qmp '"device_del"' "{\"id\":\"$1-device\"}"
}

vm_stop() {
    [ -n "$vm_pid" ] || return 0
    kill "$vm_pid" 2>/dev/null
    wait "$vm_pid" 2>/dev/null
    exec 7>&- 8>&-
    vm_pid=
}
