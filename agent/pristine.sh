#!/bin/sh
# SPDX-License-Identifier: ISC
#
# pristine.sh FOLDER PROGRAM...: copies of installed programs into FOLDER, which is made anew, and the
# list that says what each must be (agent/pristine.h). After stripping: the list is of what runs.
set -eu
folder=$1
shift
rm -rf "$folder"
mkdir -p "$folder"
chmod 755 "$folder"
for program; do
    cp "$program" "$folder"
    chmod 755 "$program" "$folder/${program##*/}"
done
cd "$folder"
for name in $(printf '%s\n' * | LC_ALL=C sort); do
    digest=$(sha384sum <"$name")
    echo "0755 ${digest%% *} $name"
done >.list
digest=$(sha384sum <.list)
echo "end ${digest%% *}" >>.list
chmod 644 .list
mv .list list
