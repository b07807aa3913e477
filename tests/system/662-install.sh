#!/bin/sh
# SPDX-License-Identifier: ISC
#
# make install into an empty folder: everything in its place, the programs there do the whole trip,
# shells load the completions; make uninstall leaves nothing but what somebody wrote.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin
work=$folder/work who=$(id -un)
dest=$folder/dest
made() {
    env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -C "$TOP_BUILDDIR" "$@" DESTDIR="$dest"
}
# place NAME: where configure put it.
place() {
    env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -C "$TOP_BUILDDIR" --eval \
        'place: ; @echo $($(NAME))' place NAME="$1"
}
files() { find "$dest" ! -type d | sed "s|^$dest||" | sort; }

expect 0 'it installs' made install
prefix=$(place prefix) etc=$(place sysconfdir)
for file in bin/sallyport bin/sallyport-mirror sbin/sallyport-agent \
    libexec/sallyport/sallyport-front libexec/sallyport/sallyport-verify \
    lib/systemd/system/sallyport-agent.service lib/systemd/system/sallyport-agent.socket \
    lib/systemd/system/sallyport-sensor.service lib/systemd/system/sallyport-sensor.socket \
    lib/systemd/system/sallyport-driver@.service lib/sysusers.d/sallyport-agent.conf \
    lib/tmpfiles.d/sallyport-agent.conf lib/udev/rules.d/70-sallyport.rules \
    lib/systemd/catalog/sallyport.catalog \
    share/man/man8/sallyport-agent.8 share/bash-completion/completions/sallyport \
    share/zsh/site-functions/_sallyport share/fish/vendor_completions.d/sallyport.fish; do
    [ -f "$dest$prefix/$file" ] || echo "$file"
done >"$folder/missing"
[ -f "$dest$etc/sallyport/agent.conf" ] || echo agent.conf >>"$folder/missing"
tap_empty 'each file is in its place' cat "$folder/missing"
tap_empty 'no unit has a hole in it' grep -rn '@[a-z]*@' "$dest$prefix/lib"
# What a unit starts is what was installed.
grep -rhoE '^ExecStart=-?[^ ]*' "$dest$prefix/lib/systemd/system" | sed 's/^ExecStart=-*//' | sort -u |
    while IFS= read -r program; do
        [ -x "$dest$program" ] || echo "$program"
    done >"$folder/missing"
tap_empty 'units start what was installed' cat "$folder/missing"

expect 0 'the programs there do the whole trip' sh "$TOP_SRCDIR/tests/system/installed.sh" \
    "$dest$prefix/bin" "$dest$prefix/sbin" "$dest$prefix/libexec/sallyport"

# Loaded, and asked for a verb.
bash_completes() {
    bash -c '. "$1" && COMP_WORDS=(sallyport sta) COMP_CWORD=1 && _sallyport &&
        printf "%s\n" "${COMPREPLY[@]}"' \
        bash "$dest$prefix/share/bash-completion/completions/sallyport"
}
zsh_loads() {
    zsh -f -c 'fpath=("$1" $fpath); autoload -Uz compinit && compinit -u -D &&
        autoload -Uz +X _sallyport && print -r -- ${_comps[sallyport]}' zsh \
        "$dest$prefix/share/zsh/site-functions"
}
fish_completes() {
    HOME=$folder fish --no-config -c "source '$dest$prefix/share/fish/vendor_completions.d/sallyport.fish'
        complete -C 'sallyport sta'"
}
for shell in bash:bash_completes:status zsh:zsh_loads:_sallyport fish:fish_completes:status; do
    pattern=${shell##*:} rest=${shell%:*}
    if command -v "${rest%%:*}" >/dev/null; then
        tap_found "${rest%%:*} completes" "^$pattern" "${rest#*:}"
    else
        tap_skip "${rest%%:*} completes" 'it is not installed'
    fi
done

echo '# ours' >>"$dest$etc/sallyport/agent.conf"
expect 0 'it installs again' made install
tail -n 1 "$dest$etc/sallyport/agent.conf" | grep -qx '# ours'
tap_result $? 'over nobody'\''s configuration'
expect 0 'it uninstalls' made uninstall
[ "$(files)" = "$etc/sallyport/agent.conf" ]
tap_result $? 'and leaves what somebody wrote'
files | sed 's/^/# /'
cp "$TOP_BUILDDIR/agent/systemd/agent.conf" "$dest$etc/sallyport/agent.conf"
made uninstall >/dev/null 2>&1
tap_empty 'and nothing else' files
tap_done
