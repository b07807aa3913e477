#!/bin/sh
# SPDX-License-Identifier: ISC
#
# pkits.sh FOLDER: runs NIST's PKITS, unpacked in FOLDER (its parts "certs" and "crls"), from the
# build folder. The data: https://csrc.nist.gov/projects/pki-testing, PKITS_data.zip.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 1
if [ $# -ne 1 ] || [ ! -d "$1/certs" ] || [ ! -d "$1/crls" ]; then
    echo 'usage: pkits.sh FOLDER, in the build folder; FOLDER holds certs and crls of PKITS' >&2
    exit 2
fi
SALLYPORT_PKITS=$1 TOP_SRCDIR=$here/../.. exec tests/attack/test-pkits
