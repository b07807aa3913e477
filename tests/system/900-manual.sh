#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The manual pages as a newcomer reads them: every command in their examples is run, page by page, in
# one shell. Only places differ: what the pages put beneath /srv, /media, /etc/sallyport and ~ lies in
# the test's folder. A command ends with 0, or as "# exits N" behind it says.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
command -v mandoc >/dev/null || tap_skip_all 'mandoc is not installed'
system_begin

# In this order; each begins where the one before has ended.
pages='sallyport-tutorial.7'

# Commands of a page, as it is shown, into one file each: a line with $ or #, and the lines that belong
# to it: those after a backslash, and those within open quotes.
write_commands() {
    mandoc -T ascii -O width=200 "$TOP_SRCDIR/man/$1" | sed 's/.\x08//g' | awk -v folder="$2" '
        function is_open(text) { return text ~ /\\$/ || gsub(/\047/, "", text) % 2 }
        !more && !/^ +[$#] / { next }
        more { sub(/^ +/, ""); whole = whole "\n" $0 }
        !more { sub(/^ +[$#] /, ""); whole = $0 }
        { more = is_open(whole) }
        !more { file = sprintf("%s/%03d", folder, ++count); print whole >file; close(file) }'
    sed -i -E "s#(^|[ =>])(/srv|/media|/etc/sallyport)/#\1$work\2/#g" "$2"/*
}

# The programs as installed ones would run, in a folder that stands in front of PATH.
write_program() {
    name=$1
    shift
    # shellcheck disable=SC2016
    printf '#!/bin/sh\nexec %s --libexec %s %s "$@"\n' "$folder/bin/$name" "$folder/libexec" \
        "$*" >"$work/bin/$name"
    chmod 755 "$work/bin/$name"
}

# Runs in the shell that reads the page. One line a command: its file, exit status, the announced one.
cat >"$folder/reader.sh" <<'END'
cd "$HOME" || exit 1
for command in "$1"/*; do
    announced=$(sed -n 's/.*# exits \([0-9]*\)$/\1/p' "$command")
    . "$command" </dev/null >"$command.out" 2>&1
    echo "$command $? ${announced:-0}" >>"$2"
    case $(cat "$command") in
    *'&')
        tries=0
        until sallyport status >/dev/null 2>&1 || [ $tries -gt 200 ]; do
            tries=$((tries + 1))
            sleep 0.05
        done
        ;;
    esac
done
[ -z "${!-}" ] || kill "$!"
wait
END

read_page() {
    commands=$work/$1 results=$work/$1.results
    mkdir "$commands"
    write_commands "$1" "$commands"
    own "$commands"
    # shellcheck disable=SC2086
    $as env -i PATH="$work/bin:$PATH" HOME="$work/home" LC_ALL=C.UTF-8 \
        sh "$folder/reader.sh" "$commands" "$results" </dev/null >"$work-out" 2>&1
    count=$(find "$commands" -name '[0-9][0-9][0-9]' | wc -l)
    wrong=$(awk '$2 != $3 { print $1 }' "$results")
    [ "$count" -gt 0 ] && [ -z "$wrong" ] && [ "$(wc -l <"$results")" -eq "$count" ]
    tap_result $? "$1: $count commands end as the page says ($who)"
    for command in $wrong; do
        grep "^$command " "$results" | sed 's/^/# /'
        sed 's/^/#   $ /' "$command"
        tail -n 12 "$command.out" | sed 's/^/#   | /'
    done
}

own() {
    [ -z "$as" ] || chown -R nobody "$@"
}

manual() {
    mkdir -p "$work/bin" "$work/home" "$work/srv" "$work/media/vault" "$work/media/stick" \
        "$work/etc/sallyport"
    write_program sallyport --socket "$work/socket"
    write_program sallyport-mirror
    write_program sallyport-agent --state "$work/state" --socket "$work/socket"
    own "$work"
    for page in $pages; do
        read_page "$page"
    done
}

for_each_user manual
tap_done
