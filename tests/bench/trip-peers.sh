# shellcheck shell=sh
# SPDX-License-Identifier: ISC
#
# The others' side of trip.sh, sourced. Each begins with nothing in each run.
peers='rauc rauc_plain tar cp casync rsync patch ostree'

# Peer | what must be installed | the versions that it brings as a change, beside the first: what a
# peer has no way for is no row.
peer_table='
rauc        rauc      0-1 1-2
rauc_plain  rauc      0-1 1-2
tar         zstd      0-1 1-2
cp          sha384sum 0-1 1-2
casync      casync    0-1 1-2 1-3
rsync       rsync     1-2 1-3
patch       zstd      1-2 1-3
ostree      ostree    0-1 1-2
'

# One key for all that sign by CMS.
keys_make() {
    {
        openssl ecparam -name secp384r1 -genkey -noout -out "$keys/key.pem" &&
            openssl req -new -x509 -key "$keys/key.pem" -sha384 -days 3650 -subj /CN=bench \
                -addext extendedKeyUsage=emailProtection,codeSigning \
                -addext keyUsage=digitalSignature,keyCertSign -out "$keys/cert.pem"
    } >"$folder/out" 2>&1 || {
        cat "$folder/out"
        return 1
    }
}

peer() {
    sh "$scripts/peer.sh" "$subject" "$@"
}

# What there is beforehand; an endpoint that has version 1, for those that bring only changes.
peer_ready() {
    case $subject in
    patch) for version in $versions; do peer ready 0 $version || return 1; done ;;
    rsync) cp -a "$content/1" "$work/1" ;;
    *) peer ready 0 1 ;;
    esac >"$folder/out" 2>&1
}

peer_change() {
    from=${1%-*} to=${1#*-}
    case $subject in
    ostree) ;; # adds to what is on the medium
    *) medium_new "$subject" ;;
    esac
    before=$(medium_bytes)
    for step in export import; do
        measured "$subject" "$step$to" 0 \
            sh "$scripts/peer.sh" "$subject" "$step" "$from" "$to" || return
        [ $step = import ] ||
            record "$subject" "export$to" bytes "$(($(medium_bytes) - before))"
    done
    peer_same "$to"
}

peer_same() {
    [ "$run" = 1 ] && [ "$subject" != patch ] || return 0
    same "$content/$1" "$work/$1" ||
        record "$subject" "import$1" none "differs: $(head -n 1 "$folder/different")"
}

peer_round() {
    # shellcheck disable=SC2046 # a row's words
    set -- $(echo "$peer_table" | awk -v peer="$1" '$1 == peer')
    command -v "$2" >/dev/null || {
        record "$subject" all none "$2 is not installed (./bootstrap packages bench)"
        return
    }
    medium_new "$subject"
    shift 2
    peer_ready || {
        record "$subject" ready none "failed: $(tail -n 1 "$folder/out")"
        return
    }
    for change; do
        [ -d "$content/${change#*-}" ] || continue
        peer_change "$change" || return
        retire "$work/in"
        # It changed the endpoint in place.
        [ "$subject-$change" != rsync-1-2 ] || peer_ready
    done
}
