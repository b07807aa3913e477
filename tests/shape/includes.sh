#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Includes point left only (sallyport-architecture.7). The table is the rule.
set -u
. "$TOP_SRCDIR/tests/tap.sh"

# Folder | folders that its files may include from. The longest matching folder counts.
directions='
media/base     media/base
media          media/base media
mirror         media/base media mirror
agent/control  media/base agent/control
agent          media/base media agent/control agent
drivers        media/base drivers
drivers/compile media/base drivers drivers/compile
drivers/convert media/base drivers/convert
tui            media/base agent/control tui
tests          media/base media mirror agent/control agent drivers drivers/compile drivers/convert tui tests
'

# Headers of what only the mirror may do; nobody else includes them.
write_headers='media/sign.h media/key.h media/certify.h'

# Folder | system headers (prefix) that must not appear in it, because of what the folder is.
strangers='
tui            gnutls/ libtasn1.h archive curl/ seccomp.h
media/base     gnutls/ libtasn1.h archive curl/ zstd ncurses
agent/control  gnutls/ libtasn1.h archive curl/ zstd sqlite3.h ncurses
drivers        libtasn1.h curl/ ncurses
drivers/compile libtasn1.h archive curl/ ncurses
drivers/convert libtasn1.h archive curl/ ncurses gnutls/
agent          libtasn1.h ncurses
'

# Prints every include that crosses a line, as file:line: words.
crossings() {
    (cd "$1" && find media mirror agent drivers tui tests -name '*.[ch]' 2>/dev/null | LC_ALL=C sort |
        while IFS= read -r file; do
            awk -v file="$file" -v directions="$directions" -v write="$write_headers" \
                -v strangers="$strangers" '
            function folder_of(path, table,    name, best) {
                best = ""
                for (name in table)
                    if (index(path, name "/") == 1 && length(name) > length(best))
                        best = name
                return best
            }
            function load(text, table,    lines, n, i, name) {
                n = split(text, lines, "\n")
                for (i = 1; i <= n; i++) {
                    if (lines[i] ~ /^ *$/) continue
                    name = lines[i]; sub(/ .*/, "", name)
                    sub(/^[^ ]* */, " ", lines[i])
                    table[name] = lines[i] " "
                }
            }
            BEGIN {
                load(directions, allowed); load(strangers, banned)
                home = folder_of(file, allowed)
            }
            /^[ \t]*#[ \t]*include[ \t]*"/ {
                path = $0; sub(/^[^"]*"/, "", path); sub(/".*/, "", path)
                if (path == "config.h") next
                if (path !~ /\//) { print file ":" FNR ": " path ": not named from the top"; next }
                if (path ~ /\.\.\//) { print file ":" FNR ": " path ": climbs"; next }
                if (path ~ /\.c$/) { print file ":" FNR ": " path ": a .c file"; next }
                from = folder_of(path, allowed)
                if (index(allowed[home], " " from " ") == 0)
                    print file ":" FNR ": " path ": " home " may not include from " from
                if (index(" " write " ", " " path " ") && home !~ /^(media|mirror|tests)$/)
                    print file ":" FNR ": " path ": only the mirror signs"
            }
            /^[ \t]*#[ \t]*include[ \t]*</ {
                path = $0; sub(/^[^<]*</, "", path); sub(/>.*/, "", path)
                n = split(banned[home], names, " ")
                for (i = 1; i <= n; i++)
                    if (index(path, names[i]) == 1)
                        print file ":" FNR ": <" path ">: has no business in " home
            }' "$file"
        done)
}

# A tree with one wrong line must be found out.
planted() {
    mkdir -p "$folder/$1" && printf '%s\n' "$2" >"$folder/$1/planted.c"
    tap_found "finds in $1: $2" "^$1/planted.c:1: " crossings "$folder"
    rm "$folder/$1/planted.c"
}

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

tap_empty 'every include points left' crossings "$TOP_SRCDIR"
planted media/base '#include "media/trust.h"'
planted media '#include "agent/floor.h"'
planted media '#include "mirror/catalog.h"'
planted drivers '#include "media/trust.h"'
planted drivers '#include "drivers/compile/key-list.h"'
planted drivers/compile '#include "media/trust.h"'
planted tui '#include "media/trust.h"'
planted tui '#include "agent/floor.h"'
planted agent '#include "media/sign.h"'
planted agent '#include "mirror/catalog.h"'
planted agent/control '#include "agent/floor.h"'
planted mirror '#include "agent/floor.h"'
planted mirror '#include "catalog.h"'
planted tests/media '#include "media/trust.c"'
planted tui '#include <gnutls/gnutls.h>'
tap_done
