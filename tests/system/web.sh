# shellcheck shell=sh
# SPDX-License-Identifier: ISC
#
# A mirror's tree behind nginx, and authorities for TLS: sourced after lib.sh.
nginx_pid=

# An authority and a certificate from it, of 127.0.0.1 and localhost: authority NAME [HOSTS].
authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
        -subj "/CN=$1" -keyout "$work/$1.key" -out "$work/$1.pem" 2>/dev/null || return 1
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1-web" \
        -keyout "$work/$1-web.key" -out "$work/$1-web.csr" 2>/dev/null || return 1
    printf 'subjectAltName=%s\n' "${2-IP:127.0.0.1,DNS:localhost}" >"$work/$1.ext"
    openssl x509 -req -in "$work/$1-web.csr" -CA "$work/$1.pem" -CAkey "$work/$1.key" \
        -CAcreateserial -days 30 -extfile "$work/$1.ext" -out "$work/$1-web.pem" 2>/dev/null ||
        return 1
    chmod a+r "$work/$1"*
}

# nginx_start [NAME]: nginx in front of $work/repo/tree on a free port ($port), bounded; with the
# certificate of authority NAME.
nginx_start() {
    mkdir -p "$work/nginx"
    [ -z "$as" ] || chown nobody "$work/nginx"
    web_scheme=http web_tls=
    [ -z "${1-}" ] || {
        web_scheme=https
        web_tls="ssl_certificate $work/$1-web.pem; ssl_certificate_key $work/$1-web.key;"
    }
    for try in 1 2 3 4 5; do
        port=$((20000 + ($$ * 7 + try * 101) % 20000))
        cat >"$work/nginx.conf" <<END
daemon off; master_process off; pid $work/nginx/pid; error_log stderr;
events {}
http {
  access_log off; $web_tls
  client_body_temp_path $work/nginx/a; proxy_temp_path $work/nginx/b;
  fastcgi_temp_path $work/nginx/c; uwsgi_temp_path $work/nginx/d; scgi_temp_path $work/nginx/e;
  server { listen 127.0.0.1:$port${web_tls:+ ssl}; root $work/repo/tree; }
}
END
        # shellcheck disable=SC2086
        $as nginx -c "$work/nginx.conf" >"$work-nginx" 2>&1 &
        nginx_pid=$!
        tries=0
        until curl -sSk -o /dev/null "$web_scheme://127.0.0.1:$port/sallyport/FORMAT" 2>/dev/null; do
            tries=$((tries + 1))
            [ $tries -lt 100 ] && kill -0 "$nginx_pid" 2>/dev/null || break
            sleep 0.05
        done
        kill -0 "$nginx_pid" 2>/dev/null && return
    done
    tap_result 1 "nginx starts ($who)"
    sed 's/^/# /' "$work-nginx"
    return 1
}

nginx_stop() {
    [ -z "$nginx_pid" ] || kill "$nginx_pid" 2>/dev/null
    [ -z "$nginx_pid" ] || wait "$nginx_pid" 2>/dev/null
    nginx_pid=
}
