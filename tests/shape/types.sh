#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The table of content types and the drivers' own tables say the same, though neither can include
# the other: drivers hold no trust code, and the format knows no engine.
set -u
. "$TOP_SRCDIR/tests/tap.sh"

# Rows of the content types as "type family schema".
content_types() {
    tr '\n' ' ' <"$1/media/content-type.c" |
        grep -oE '\{"[a-z0-9-]+", +"[a-z0-9-]+", +[0-9]+, +[0-9]+, +(true|false), +[0-9]+' |
        sed -E 's/\{"([^"]+)", +"([^"]+)", .*, +([0-9]+)$/\1 \2 \3/'
}

# Rows of every driver as "type family low high".
driver_types() {
    for file in "$1"/drivers/*.c; do
        family=$(sed -nE 's/.*\.family = "([^"]+)".*/\1/p' "$file")
        [ -n "$family" ] || continue
        tr '\n' ' ' <"$file" | grep -oE 'struct driver_type [a-z_]+\[\] = \{[^;]*;' |
            grep -oE '\{"[a-z0-9-]+", *[0-9]+, *[0-9]+\}' |
            sed -E "s/\{\"([^\"]+)\", *([0-9]+), *([0-9]+)\}/\1 $family \2 \3/"
    done
}

disagreements() {
    content_types "$1" >"$folder/content"
    driver_types "$1" >"$folder/loaders"
    awk 'NR == FNR { family[$1] = $2; schema[$1] = $3; next }
        {
            built[$2] = 1; offered[$1] = 1
            if (!($1 in family)) print $1 ": a driver of " $2 " loads it, but it is no content type"
            else if (family[$1] != $2) print $1 ": family " family[$1] ", but the driver is " $2
            else if (schema[$1] < $3 || schema[$1] > $4)
                print $1 ": published as schema " schema[$1] ", the driver reads " $3 ".." $4
        }
        END {
            for (type in family)
                if (family[type] in built && !(type in offered))
                    print type ": the driver of " family[type] " does not offer it"
        }' "$folder/content" "$folder/loaders"
}

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
tap_found 'reads the content types' '^flags-supplement flags 1$' content_types "$TOP_SRCDIR"
tap_found 'reads the drivers' '^flags-supplement flags 1 1$' driver_types "$TOP_SRCDIR"
tap_empty 'both tables agree' disagreements "$TOP_SRCDIR"

mkdir "$folder/media" "$folder/drivers"
cat >"$folder/media/content-type.c" <<'END'
    {"one", "first", 1, 2, true, 2, PATTERNS("*")},
    {"two", "first", 1, 2, true, 1, PATTERNS("*")},
END
cat >"$folder/drivers/first.c" <<'END'
static const struct driver_type types[] = {{"one", 1, 1},
    {"three", 1, 1}};
    .family = "first",
END
tap_found 'finds a schema out of range' '^one: published as schema 2' disagreements "$folder"
tap_found 'finds a type that no driver offers' '^two: ' disagreements "$folder"
tap_found 'finds a type that is none' '^three: ' disagreements "$folder"
tap_done
