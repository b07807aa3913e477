#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The manual pages as a newcomer reads them: every command in their examples is run, each page in one
# shell on a terminal, where somebody types the same passphrase whenever asked. Only places differ:
# what the pages put beneath /srv, /media, /etc/sallyport and ~ lies in the test's folder. A command
# ends with 0, or as "# exits N" behind it says.
#
# Elsewhere: sallyport.1 in 700-client, the openssl of sallyport-set.5 in 070-second-judges,
# sallyport-hacking.7 by whoever builds this.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
command -v mandoc >/dev/null || tap_skip_all 'mandoc is not installed'
command -v script >/dev/null || tap_skip_all 'script is not installed'
system_begin

pages='sallyport-tutorial.7 sallyport-mirror.8 sallyport-agent.8'
words='three rooks guard the inner gate'

# Each page has places of its own, and what it takes for granted lies there.
given() {
    case $1 in
    sallyport-tutorial.7)
        program sallyport --socket "$place/socket"
        program sallyport-agent --state "$place/state" --socket "$place/socket"
        ;;
    sallyport-mirror.8)
        flags_source "$place/home/flags-1.1" available
        flags_source "$place/home/flags-1.2" off
        echo 'no bishop ever crossed the moat' >"$place/home/second.pass"
        chmod 600 "$place/home/second.pass"
        cat >"$place/home/floor.request" <<'END'
{"endpoint":"pump-7","floor":{"number":9,"time":"2030-01-01T00:00:00Z"},"kind":"floor-reset",
"made":"2026-11-25T00:00:00Z","reason":"the clock was wrong","ring":"public",
"schema":"sallyport.request/1","subject":"ring:public"}
END
        cat >"$place/home/ring.request" <<'END'
{"endpoint":"pump-7","kind":"ring-change","made":"2026-11-25T00:00:00Z","reason":"test bench",
"ring":"public","schema":"sallyport.request/1","to":"internal"}
END
        ;;
    sallyport-agent.8)
        printf '%s\n' "$words" >"$place/home/secret"
        chmod 600 "$place/home/secret"
        own "$place"
        { make_mirror && mv "$work/medium-1" "$place/media/stick" &&
            mirror enroll ws-07 --ring public -o "$place/home/ws-07.enrolment" \
                --passphrase-file "$place/home/secret"; } >"$work-out" 2>&1
        ;;
    esac
}

# A program as an installed one would run, in a folder that stands in front of PATH.
program() {
    name=$1
    shift
    printf '#!/bin/sh\nexec %s --libexec %s %s "$@"\n' "$folder/bin/$name" "$folder/libexec" \
        "$*" >"$place/bin/$name"
    chmod 755 "$place/bin/$name"
}

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
    sed -i -E "s#(^|[ =>])(/srv|/media|/etc/sallyport)/#\1$place\2/#g" "$2"/*
}

# Reads a page. One line a command: its file, exit status, the announced one.
cat >"$folder/reader.sh" <<'END'
cd "$HOME" || exit 1
for command in "$1"/*; do
    announced=$(sed -n 's/.*# exits \([0-9]*\)$/\1/p' "$command")
    . "$command" >"$command.out" 2>&1
    echo "$command $? ${announced:-0}" >>"$2"
    case $(cat "$command") in
    *'&')
        tries=0
        until [ -S "$HOME/../socket" ] || [ -S "$HOME/sp/socket" ] || [ $tries -gt 200 ]; do
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
    place=$work/$1 results=$work/$1.results
    mkdir -p "$place/bin" "$place/home" "$place/srv" "$place/media/vault" "$place/commands" \
        "$place/etc/sallyport"
    for name in sallyport sallyport-mirror sallyport-agent; do
        program "$name"
    done
    write_commands "$1" "$place/commands"
    own "$work"
    given "$1"
    mkdir -p "$place/media/stick"
    own "$place"
    # shellcheck disable=SC2086
    type_words | $as env -i PATH="$place/bin:$PATH" HOME="$place/home" LC_ALL=C.UTF-8 \
        script -q -e -c "sh $folder/reader.sh $place/commands $results" /dev/null >"$work-out" 2>&1
    count=$(find "$place/commands" -name '[0-9][0-9][0-9]' | wc -l)
    wrong=$(awk '$2 != $3 { print $1 }' "$results")
    [ "$count" -gt 0 ] && [ -z "$wrong" ] && [ "$(wc -l <"$results")" -eq "$count" ]
    tap_result $? "$1: $count commands end as the page says ($who)"
    [ "$(wc -l <"$results")" -eq "$count" ] || tail -n 12 "$work-out" | sed 's/^/# /'
    for command in $wrong; do
        grep "^$command " "$results" | sed 's/^/# /'
        sed 's/^/#   $ /' "$command"
        tail -n 12 "$command.out" | sed 's/^/#   | /'
    done
}

# A prompt throws away what was typed before it: a line now and then, whole.
type_words() {
    while sleep 0.1 && echo "$words" 2>/dev/null; do
        :
    done
}

own() {
    [ -z "$as" ] || chown -R nobody "$@"
}

# The literal blocks of a page that hold sections of a configuration.
configuration_of() {
    awk '/^\.Bd -literal/ { block = ""; on = 1; next }
        /^\.Ed/ { if (block ~ /^\['"$2"'/) printf "%s", block; on = 0 }
        on { block = block $0 "\n" }' "$TOP_SRCDIR/man/$1"
}

# The configurations that pages show are ones that the programs read.
release_configuration() {
    repository=$work/sallyport-mirror.8/srv/mirror
    configuration_of sallyport-mirror.8 waves >"$repository/release.conf"
    [ -s "$repository/release.conf" ]
    tap_result $? "sallyport-mirror.8 shows a release.conf ($who)"
    # shellcheck disable=SC2086
    expect 0 'it is read' $as "$folder/bin/sallyport-mirror" --repo "$repository" refresh public --dry-run
}
agent_configuration() {
    configuration_of sallyport-agent.conf.5 agent >"$work/agent.conf"
    [ -s "$work/agent.conf" ]
    tap_result $? "sallyport-agent.conf.5 shows an agent.conf ($who)"
    agent --config "$work/agent.conf" run --once >"$work-out" 2>"$work-err"
    status=$?
    # Its sources are not here: that is another exit status than a mistake in the file.
    [ $status -ne 2 ] && ! died
    tap_result $? "it is read: exit status $status ($who)"
}

# Half of all is the stretching of passphrases for the mirror's page. It needs no root: where there is
# a second reader, that one reads it; SALLYPORT_LONG=1: both do.
manual() {
    for page in $pages; do
        if [ "$page" = sallyport-mirror.8 ]; then
            [ "$(id -u)" -ne 0 ] || [ -n "$as${SALLYPORT_LONG-}" ] || continue
            read_page "$page"
            release_configuration
        else
            read_page "$page"
        fi
    done
    agent_configuration
}

for_each_user manual
tap_done
