# shellcheck shell=sh
# SPDX-License-Identifier: ISC
#
# Filesystem images without rights and without mounts: sourced by tests that read them. What makes a
# filesystem is its own tool; what fills exFAT and NTFS is ours (make-exfat.c, make-ntfs.c).
PATH=$PATH:/usr/sbin:/sbin # where those tools are
image_tools=${TOP_BUILDDIR:-.}/tests/system

# image_can KIND: whether the tools that make it are there; prints the one that is not.
image_can() {
    case $1 in
    fat*) set -- mkfs.fat mcopy ;;
    exfat) set -- mkfs.exfat "$image_tools/make-exfat" ;;
    ntfs) set -- mkntfs "$image_tools/make-ntfs" ;;
    iso) set -- xorriso ;;
    mbr | gpt) set -- sfdisk ;;
    esac
    for image_tool; do
        command -v "$image_tool" >/dev/null || {
            echo "$image_tool"
            return 1
        }
    done
}

# Bytes of a sparse file that takes FOLDER and more: no filesystem here needs a third for itself.
image_size() {
    image_kib=$(du -sk --apparent-size "$2" | cut -f1)
    image_files=$(find "$2" | wc -l)
    case $1 in
    fat12) image_least=1440 ;;
    fat16) image_least=$((12 * 1024)) ;;
    fat32) image_least=$((40 * 1024)) ;;
    *) image_least=$((8 * 1024)) ;;
    esac
    image_kib=$((image_kib * 4 / 3 + image_files * 4 + image_least))
    echo $((image_kib / 64 * 64 * 1024))
}

# image_make KIND OUT FOLDER [WORD]: a new image whose root holds what FOLDER holds. KIND is fat12,
# fat16, fat32, exfat, ntfs or iso. WORD is for the tool that fills it: "scattered" (exfat),
# "compressed" (ntfs), "joliet", "rockridge" or "plain" (iso).
image_make() (
    kind=$1 out=$2 from=$3 word=${4-}
    rm -f "$out"
    [ "$kind" = iso ] || truncate -s "$(image_size "$kind" "$from")" "$out" || exit 1
    case $kind in
    fat12) mkfs.fat -F 12 -s 8 -n SALLYPORT "$out" ;;
    fat16) mkfs.fat -F 16 -s 4 -n SALLYPORT "$out" ;;
    fat32) mkfs.fat -F 32 -s 1 -n SALLYPORT "$out" ;;
    exfat) mkfs.exfat -c 4096 "$out" ;;
    ntfs) mkntfs -q -F -f -c 4096 -L SALLYPORT "$out" 2>/dev/null ;; # it wants a block device
    iso)
        case $word in
        '') set -- -R -J ;;
        joliet) set -- -J ;;
        rockridge) set -- -R ;;
        plain) set -- -iso-level 4 -l -allow-lowercase ;;
        esac
        xorriso -as mkisofs -quiet -V SALLYPORT "$@" -o "$out" "$from" 2>&1
        exit
        ;;
    *) exit 2 ;;
    esac >/dev/null || exit 1
    case $kind in
    fat*) MTOOLS_SKIP_CHECK=1 mcopy -s -i "$out" "$from"/* ::/ ;;
    exfat) "$image_tools/make-exfat" "$out" "$from" ${word:+"$word"} ;;
    ntfs) "$image_tools/make-ntfs" "$out" "$from" ${word:+"$word"} ;;
    esac
)

# image_partition mbr|gpt IN OUT: the image IN as the one partition of a disk image, at 1 MiB.
image_partition() (
    case $1 in
    mbr) table=dos type=7 ;;
    gpt) table=gpt type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7 ;;
    esac
    sectors=$((($(stat -c %s "$2") + 511) / 512))
    rm -f "$3"
    truncate -s $(((sectors + 2048 + 2048) * 512)) "$3" || exit 1
    printf 'label: %s\nstart=2048, size=%s, type=%s\n' "$table" "$sectors" "$type" |
        sfdisk -q --no-tell-kernel "$3" >/dev/null || exit 1
    dd if="$2" of="$3" bs=1M seek=1 conv=notrunc,sparse status=none
)
