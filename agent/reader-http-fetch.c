/* SPDX-License-Identifier: ISC */
#include "agent/reader-http.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "media/base/limits.h"

#define CONNECT_MS 5000
#define PAUSE_MS   200 /* before the second try; longer before each further one */

struct http_mirror {
    CURL *curl;
    const struct url *url;
    struct curl_slist *resolved, *headers;
};

/* One option after the other until one is refused. */
static CURLcode set_numbers(CURL *curl)
{
    static const struct {
        CURLoption option;
        long value;
    } rows[] = {
        {CURLOPT_FOLLOWLOCATION, 0},
        {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
        {CURLOPT_HTTP09_ALLOWED, 0},
        {CURLOPT_HTTP_CONTENT_DECODING, 0},
        {CURLOPT_HTTP_TRANSFER_DECODING, 1},
        {CURLOPT_NETRC, CURL_NETRC_IGNORED},
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_NOPROGRESS, 1},
        {CURLOPT_MAXCONNECTS, 1},
        {CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS},
        {CURLOPT_LOW_SPEED_LIMIT, LIMIT_HTTP_SLOW_BYTES},
        {CURLOPT_LOW_SPEED_TIME, LIMIT_HTTP_SLOW_S},
        {CURLOPT_BUFFERSIZE, 256L * KIB},
        {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
        {CURLOPT_SSL_VERIFYPEER, 1},
        {CURLOPT_SSL_VERIFYHOST, 2},
        {CURLOPT_DNS_CACHE_TIMEOUT, -1},
    };
    CURLcode code = CURLE_OK;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && code == CURLE_OK; i++)
        code = curl_easy_setopt(curl, rows[i].option, rows[i].value);
    return code;
}

static CURLcode set_texts(CURL *curl, const char *ca_file)
{
    const struct {
        CURLoption option;
        const char *value;
    } rows[] = {
        {CURLOPT_PROTOCOLS_STR, "http,https"},
        {CURLOPT_PROXY, ""},
        {CURLOPT_NOPROXY, "*"},
        {CURLOPT_CAPATH, NULL},
        {CURLOPT_CAINFO, ca_file},
    };
    CURLcode code = CURLE_OK;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && code == CURLE_OK; i++)
        code = curl_easy_setopt(curl, rows[i].option, rows[i].value);
    return code;
}

static CURLcode set_lists(struct http_mirror *mirror, const char *addresses)
{
    char row[URL_HOST_BYTES + 1024];
    CURLcode code = CURLE_OK;

    mirror->headers = curl_slist_append(NULL, "Accept-Encoding: identity");
    if (addresses != NULL) {
        snprintf(row, sizeof(row), "%s:%u:%s", mirror->url->host, mirror->url->port, addresses);
        mirror->resolved = curl_slist_append(NULL, row);
        code = curl_easy_setopt(mirror->curl, CURLOPT_RESOLVE, mirror->resolved);
    }
    if (code == CURLE_OK)
        code = curl_easy_setopt(mirror->curl, CURLOPT_HTTPHEADER, mirror->headers);
    return code;
}

int http_open(const struct url *url, const char *addresses, const char *ca_file,
              struct http_mirror **mirror, struct error *err)
{
    struct http_mirror *made = bytes_allocate(1, sizeof(*made));
    CURLcode code = CURLE_FAILED_INIT;

    *mirror = NULL;
    made->url = url;
    made->curl = curl_easy_init();
    if (made->curl != NULL)
        code = set_numbers(made->curl);
    if (code == CURLE_OK)
        code = set_texts(made->curl, ca_file);
    if (code == CURLE_OK)
        code = set_lists(made, addresses);
    if (code != CURLE_OK) {
        http_close(made);
        return error_set(err, ERROR_INTERNAL, "libcurl: %s", curl_easy_strerror(code));
    }
    *mirror = made;
    return 0;
}

void http_close(struct http_mirror *mirror)
{
    if (mirror == NULL)
        return;
    curl_easy_cleanup(mirror->curl);
    curl_slist_free_all(mirror->resolved);
    curl_slist_free_all(mirror->headers);
    free(mirror);
}

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* What a try brought of a part counts; the next one goes on behind it. A whole file begins anew:
 * it may have been replaced meanwhile. */
static void go_on(struct http_request *left, const struct http_answer *part,
                  struct http_answer *answer)
{
    answer->total = part->total;
    if (!left->part) {
        answer->got = part->got;
        return;
    }
    answer->got += part->got;
    left->offset += part->got;
    left->size -= part->got;
    left->out += part->got;
}

int http_fetch(struct http_mirror *mirror, const struct http_request *request,
               struct http_answer *answer, struct error *err)
{
    struct http_request left = *request;
    uint64_t deadline_ms = now_ms() + LIMIT_HTTP_REQUEST_S * 1000;
    unsigned tries = 0;
    bool again;
    int result;

    *answer = (struct http_answer){0};
    do {
        struct http_answer part = {0};
        uint64_t now;

        if (tries > 0)
            poll(NULL, 0, PAUSE_MS << tries);
        again = false;
        now = now_ms(); /* the pause may have outlasted the deadline */
        result = http_try(mirror->curl, mirror->url, &left, &part,
                          now < deadline_ms ? deadline_ms - now : 0, &again, err);
        go_on(&left, &part, answer);
        tries++;
    } while (result < 0 && again && tries < LIMIT_HTTP_TRIES && now_ms() < deadline_ms);
    if (result < 0 && tries > 1)
        error_context(err, "%u tries", tries);
    return result < 0 ? error_context(err, "%s", request->name) : 0;
}
