#!/bin/sh
# SPDX-License-Identifier: ISC
#
# peer.sh PEER STEP FROM TO: one step of somebody else's program. STEP is one of
#   ready   once before all others: what an endpoint has beforehand; not measured
#   export  the signed content of version TO (FROM 0), or what an endpoint with FROM lacks, to $medium
#   import  judges what is there and makes it version TO in $work/TO, next to what there was
# $content/1 to 3 are the versions, $keys a certificate and its key, $work the folder of PEER on the disk.
set -eu
peer=$1 step=$2 from=$3 to=$4
new=$work/$to

sign() {
    openssl cms -sign -binary -md sha384 -in "$1" -signer "$keys/cert.pem" -inkey "$keys/key.pem" \
        -outform DER -nosmimecap -out "$1.p7s"
}
verify() {
    openssl cms -verify -binary -inform DER -in "$1.p7s" -content "$1" -CAfile "$keys/cert.pem" \
        -purpose any -out /dev/null 2>/dev/null
}
# What a signature of the list holds together.
sums_sign() {
    (cd "$medium" && sha384sum -- * >SUMS && sign SUMS)
}
sums_verify() {
    (cd "$medium" && verify SUMS && sha384sum -c --quiet SUMS)
}

case $peer-$step in
tar-export)
    tar -C "$content/$to" -cf - . | zstd -3 -T0 -q -o "$medium/set.zst"
    sums_sign
    ;;
tar-import)
    sums_verify
    mkdir "$new"
    zstd -dcq "$medium/set.zst" | tar -C "$new" -xf -
    ;;

cp-export)
    cp -a "$content/$to" "$medium/set"
    (cd "$medium/set" && find . -type f -print0 | xargs -0 sha384sum >../SUMS)
    sign "$medium/SUMS"
    ;;
cp-import)
    verify "$medium/SUMS"
    cp -a "$medium/set" "$new"
    (cd "$new" && sha384sum -c --quiet "$medium/SUMS")
    ;;

rauc-export | rauc_plain-export)
    # The content as it lies, by hard links, with a manifest and an image beside it: RAUC wants one.
    mkdir "$work/in"
    cp -al "$content/$to/." "$work/in"
    head -c 4096 /dev/zero >"$work/in/marker.img"
    {
        printf '[update]\ncompatible=bench\nversion=%s\n' "$to"
        [ "$peer" = rauc_plain ] || printf '[bundle]\nformat=verity\n'
        printf '[image.marker]\nfilename=marker.img\n'
    } >"$work/in/manifest.raucm"
    rauc --cert="$keys/cert.pem" --key="$keys/key.pem" \
        --mksquashfs-args='-comp zstd -Xcompression-level 3 -quiet -no-progress' \
        bundle "$work/in" "$medium/set.raucb" >/dev/null 2>&1
    ;;
rauc-import | rauc_plain-import)
    rauc --keyring="$keys/cert.pem" extract "$medium/set.raucb" "$new" >/dev/null 2>&1
    ;;

casync-export)
    # An update's medium holds the chunks that the one before did not.
    casync make --with=2sec-time --store="$work/store" "$medium/set.caidx" "$content/$to" >/dev/null
    rm -rf "$medium/set.castr"
    mkdir "$medium/set.castr"
    (cd "$work/store" && find . -type f | LC_ALL=C sort >"$work/chunks-$to")
    [ "$from" = 0 ] && before=/dev/null || before=$work/chunks-$from
    LC_ALL=C comm -13 "$before" "$work/chunks-$to" | (cd "$work/store" && cpio -pd --quiet "$medium/set.castr")
    sign "$medium/set.caidx"
    ;;
casync-import)
    verify "$medium/set.caidx"
    [ "$from" = 0 ] || set -- "--seed=$work/$from"
    [ "$from" != 0 ] || set --
    casync extract --with=2sec-time "$@" --store="$medium/set.castr" "$medium/set.caidx" "$new" \
        >/dev/null
    ;;

rsync-export)
    rsync -a --checksum --delete --no-whole-file --only-write-batch="$work/batch" \
        "$content/$to/" "$content/$from/"
    zstd -3 -q "$work/batch" -o "$medium/batch.zst"
    sums_sign
    ;;
rsync-import)
    # In place of what there was: a cut leaves neither version.
    sums_verify
    zstd -dcq "$medium/batch.zst" | rsync -a --delete --read-batch=- "$work/$from/"
    mv "$work/$from" "$new"
    ;;

patch-ready)
    tar -C "$content/$to" -cf "$work/$to.tar" .
    ;;
patch-export)
    # The publisher has a tar of each version: not measured, as its making is no part of a delta.
    zstd -3 -q --long=31 --patch-from="$work/$from.tar" "$work/$to.tar" -o "$medium/patch.zst"
    sums_sign
    ;;
patch-import)
    # From tar to tar: less than others do, who have files in the end.
    sums_verify
    zstd -dq --long=31 --patch-from="$work/$from.tar" "$medium/patch.zst" -o "$work/$to-made.tar"
    ;;

ostree-ready)
    mkdir -m 700 "$work/gpg"
    printf 'Key-Type: RSA\nKey-Length: 3072\nName-Email: bench@example.org\n%%no-protection\n%%commit\n' |
        gpg --homedir "$work/gpg" --batch --quiet --gen-key
    gpg --homedir "$work/gpg" --batch --quiet --export >"$work/public"
    ostree --repo="$work/server" init --mode=bare-user-only --collection-id=org.example.Set
    ostree --repo="$work/endpoint" init --mode=bare-user-only
    ostree --repo="$work/endpoint" remote add --gpg-import="$work/public" \
        --collection-id=org.example.Set usb "file://$medium" >/dev/null
    ;;
ostree-export)
    ostree --repo="$work/server" commit -b main --tree=dir="$content/$to" \
        --gpg-sign=bench@example.org --gpg-homedir="$work/gpg" --canonical-permissions >/dev/null
    ostree --repo="$work/server" summary -u
    ostree --repo="$work/server" create-usb "$medium" org.example.Set main >/dev/null
    ;;
ostree-import)
    revision=$(ostree --repo="$work/server" rev-parse main)
    ostree --repo="$work/endpoint" pull-local --remote=usb --gpg-verify --untrusted \
        "$medium/.ostree/repo" "$revision" >/dev/null
    ostree --repo="$work/endpoint" checkout -U -H "$revision" "$new"
    ;;
*-ready) ;;
esac
