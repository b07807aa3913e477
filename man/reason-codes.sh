#!/bin/sh
# SPDX-License-Identifier: ISC
#
# reason-codes.sh ERROR-CODES.H: the mdoc list of reason codes. make man-options puts it into
# sallyport.1, tests/shape/codes.sh compares.
echo '.Bl -tag -width Ds'
sed -nE 's/^ X\([A-Z0-9_]+, *"([^"]*)", *([0-9]+), *"([^"]*)", *"([^"]*)"\).*/\1|\2|\3|\4/p' "$1" |
    awk -F'|' '
        # One sentence a line, and none that mdoc would take for a request.
        function sentences(text) {
            gsub(/\. +/, ".\n", text)
            gsub(/\n[.\047]/, "\n\\\\\\&", text)
            print fold(text)
        }
        function fold(text,    out, n, i, words, width, lines, count, j) {
            count = split(text, lines, "\n")
            out = ""
            for (j = 1; j <= count; j++) {
                n = split(lines[j], words, " ")
                width = 0
                for (i = 1; i <= n; i++) {
                    if (width > 0 && width + 1 + length(words[i]) > 78) {
                        out = out "\n"; width = 0
                    }
                    out = out (width > 0 ? " " : "") words[i]
                    width += (width > 0 ? 1 : 0) + length(words[i])
                }
                if (j < count) out = out "\n"
            }
            return out
        }
        {
            print ".It Cm " $1 " Pq exit status " $2
            sentences($3)
            sentences($4)
        }'
echo '.El'
