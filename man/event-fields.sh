#!/bin/sh
# SPDX-License-Identifier: ISC
#
# event-fields.sh EVENT.C: the mdoc list of the fields that events have, each with its form and the
# kinds of events that can have it, from the table of media/base/event.c. make man-options puts it into
# sallyport-rules.5, tests/shape/pages.sh compares.
echo '.Bl -tag -width Ds'
awk '
    function kinds_of(mask,   words, n, i, out) {
        gsub(/ONE\(/, "=", mask)
        gsub(/[()|]/, " ", mask)
        n = split(mask, words, " ")
        for (i = 1; i <= n; i++)
            out = out (i > 1 ? ", " : "") \
                (words[i] ~ /^=/ ? tolower(substr(words[i], 2)) : kinds_of(macros[words[i]]))
        return out
    }
    $1 == "#define" && $2 != "ALL" && $3 ~ /^\(ONE|^\([A-Z]+$/ {
        name = $2
        sub(/^#define +[A-Z]+ +/, "")
        macros[name] = $0
    }
    /^ *\[EVENT_[A-Z0-9_]+\] = \{"/ {
        split($0, quoted, "\"")
        split(quoted[3], plain, ",")
        sub(/^ *EVENT_/, "", plain[2])
        sub(/^ +/, "", plain[3])
        print ".It Cm " quoted[2] " Pq " tolower(plain[2]) "; " \
            (plain[3] == "ALL" ? "all" : kinds_of(plain[3]))
        print quoted[4]
    }' "$1" | fold -s -w 79 | sed 's/ *$//'
echo '.El'
