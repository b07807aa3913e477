/* SPDX-License-Identifier: ISC */
#include "agent/reader-http.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "media/base/http-range.h"
#include "media/base/limits.h"

/* One try under way. curl stops it when a callback takes less than it was given. */
struct transfer {
    CURL *curl;
    const struct http_request *request;
    struct http_answer *answer;
    struct error refused; /* why we stopped it */
    size_t header_bytes;
    size_t ignored; /* of a body that nobody wants */
    bool judged;    /* status and header lines: fine */
    bool absent;    /* 404: the body says so in words */
};

static int refuse(struct transfer *transfer, enum error_code code, const char *words)
{
    return error_set(&transfer->refused, code, "%s", words);
}

/* The value of a header line that may come once; NULL when it did not come. */
static const char *header_of(CURL *curl, const char *name)
{
    struct curl_header *header = NULL;

    if (curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return NULL;
    return header->amount == 1 ? header->value : "(twice)";
}

/* What a status means that is not the one asked for. */
static const struct status_row {
    long first, last;
    enum error_code code;
    const char *words;
} statuses[] = {
    {100, 199, ERROR_MEDIUM_DAMAGED, "no answer to a request"},
    {200, 200, ERROR_MEDIUM_DAMAGED, "the whole file, and a part was asked for"},
    {206, 206, ERROR_MEDIUM_DAMAGED, "a part of the file, and none was asked for"},
    {300, 399, ERROR_MEDIUM_DAMAGED, "a redirect; they are not followed"},
    {401, 403, ERROR_DENIED, "the mirror does not let everybody read this"},
    {404, 404, ERROR_NOT_FOUND, "the mirror has no such file"},
    {410, 410, ERROR_NOT_FOUND, "the mirror has no such file any more"},
    {416, 416, ERROR_MEDIUM_DAMAGED, "the file ends before the part that was asked for"},
    {429, 429, ERROR_MEDIUM_GONE, "the mirror has too much to do"},
    {500, 599, ERROR_MEDIUM_GONE, "the mirror is in trouble"},
};

static int refuse_status(struct transfer *transfer, long status)
{
    const struct status_row *row = NULL;

    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]) && row == NULL; i++) {
        if (status >= statuses[i].first && status <= statuses[i].last)
            row = &statuses[i];
    }
    return error_set(&transfer->refused, row != NULL ? row->code : ERROR_MEDIUM_DAMAGED,
                     "HTTP status %ld: %s", status, row != NULL ? row->words : "not expected here");
}

static int judge_encoding(struct transfer *transfer)
{
    const char *encoding = header_of(transfer->curl, "Content-Encoding");

    if (encoding == NULL || strcasecmp(encoding, "identity") == 0)
        return 0;
    return error_set(&transfer->refused, ERROR_MEDIUM_DAMAGED,
                     "Content-Encoding %.40s, and none was asked for", encoding);
}

/* The part must be exactly the one that was asked for. */
static int judge_part(struct transfer *transfer, uint64_t length)
{
    const struct http_request *request = transfer->request;
    const char *range = header_of(transfer->curl, "Content-Range");
    uint64_t first, last, total;

    if (range == NULL || http_range_content(range, &first, &last, &total) < 0)
        return error_set(&transfer->refused, ERROR_MEDIUM_DAMAGED, "Content-Range %.80s",
                         range != NULL ? range : "is missing");
    transfer->answer->total = total;
    if (first == request->offset && last == first + request->size - 1 && length == request->size)
        return 0;
    if (first == request->offset && last == total - 1 && last < first + request->size - 1)
        return refuse(transfer, ERROR_MEDIUM_DAMAGED, "the file ends before its end");
    return error_set(&transfer->refused, ERROR_MEDIUM_DAMAGED,
                     "Content-Range %.80s of %" PRIu64 " bytes, asked for %zu from %" PRIu64, range,
                     length, request->size, request->offset);
}

static int judge_whole(struct transfer *transfer, uint64_t length)
{
    const struct http_request *request = transfer->request;

    transfer->answer->total = length;
    if (!request->head && length > request->size)
        return error_set(&transfer->refused, ERROR_LIMIT,
                         "%" PRIu64 " bytes, and at most %zu are taken", length, request->size);
    return 0;
}

/* Before the first byte of a body is looked at: is it what was asked for, and how long? */
static int judge(struct transfer *transfer)
{
    const struct http_request *request = transfer->request;
    curl_off_t length = -1;
    long status = 0;

    curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(transfer->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    transfer->judged = true;
    if (status != (request->part ? 206 : 200)) {
        transfer->absent = status == 404 || status == 410;
        return refuse_status(transfer, status);
    }
    if (judge_encoding(transfer) < 0)
        return -1;
    if (length < 0)
        return refuse(transfer, ERROR_MEDIUM_DAMAGED, "the mirror does not say how long it is");
    return request->part ? judge_part(transfer, (uint64_t)length)
                         : judge_whole(transfer, (uint64_t)length);
}

static size_t take_header(char *data, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;

    transfer->header_bytes += size * count;
    if (transfer->header_bytes <= LIMIT_HTTP_HEADER_BYTES)
        return size * count;
    error_set(&transfer->refused, ERROR_LIMIT, "header lines of more than HTTP_HEADER_BYTES, %lu",
              LIMIT_HTTP_HEADER_BYTES);
    return 0;
}

/* The words of a 404 are let pass, so that the connection can be used again. */
static size_t ignore(struct transfer *transfer, size_t size)
{
    transfer->ignored += size;
    return transfer->ignored <= LIMIT_HTTP_HEADER_BYTES ? size : 0;
}

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t bytes = size * count;

    if (!transfer->judged && judge(transfer) < 0 && !transfer->absent)
        return 0;
    if (transfer->absent)
        return ignore(transfer, bytes);
    if (bytes > transfer->request->size - transfer->answer->got) {
        refuse(transfer, ERROR_LIMIT, "more bytes than the mirror said and than were asked for");
        return 0;
    }
    memcpy(transfer->request->out + transfer->answer->got, data, bytes);
    transfer->answer->got += bytes;
    return bytes;
}

/* What kept a try from its end, where it was not us. `again`: trouble of a moment. */
static const struct failure {
    CURLcode code;
    enum error_code error;
    bool again;
} failures[] = {
    {CURLE_COULDNT_CONNECT, ERROR_MEDIUM_GONE, true},
    {CURLE_SEND_ERROR, ERROR_MEDIUM_GONE, true},
    {CURLE_RECV_ERROR, ERROR_MEDIUM_GONE, true},
    {CURLE_GOT_NOTHING, ERROR_MEDIUM_GONE, true},
    {CURLE_PARTIAL_FILE, ERROR_MEDIUM_DAMAGED, true},
    {CURLE_OPERATION_TIMEDOUT, ERROR_TIMEOUT, false},
    {CURLE_PEER_FAILED_VERIFICATION, ERROR_BLOCKED, false},
    {CURLE_SSL_ISSUER_ERROR, ERROR_BLOCKED, false},
    {CURLE_SSL_CONNECT_ERROR, ERROR_MEDIUM_GONE, false},
    {CURLE_SSL_CACERT_BADFILE, ERROR_CONFIG, false},
};

/* A service manager keeps this process from the network by taking the address families away, or by
 * refusing the address. */
static bool is_cut_off(CURL *curl)
{
    int four = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int six = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool none = four < 0 && six < 0 && errno == EAFNOSUPPORT;
    long number = 0;

    (void)curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &number);
    if (four >= 0)
        (void)close(four);
    if (six >= 0)
        (void)close(six);
    return none || number == EPERM;
}

static int explain(CURL *curl, CURLcode code, const char *words, bool *again, struct error *err)
{
    enum error_code error = ERROR_MEDIUM_DAMAGED;

    if (code == CURLE_COULDNT_CONNECT && is_cut_off(curl))
        return error_set(err, ERROR_CONFIG,
                         "the service has no network for that address; it takes http-source.conf "
                         "(sallyport-agent(8), As a service)");
    for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        if (failures[i].code == code) {
            error = failures[i].error;
            *again = failures[i].again;
        }
    }
    return error_set(err, error, "%s", words[0] != '\0' ? words : curl_easy_strerror(code));
}

static CURLcode set_request(struct transfer *transfer, const struct url *url, long timeout_ms,
                            char *words)
{
    const struct http_request *request = transfer->request;
    CURL *curl = transfer->curl;
    const char *bracket = strchr(url->host, ':') != NULL ? "[" : "";
    char address[LIMIT_URL_BYTES + LIMIT_PATH_BYTES + URL_HOST_BYTES + 32], range[64];
    CURLcode code;

    snprintf(address, sizeof(address), "%s://%s%s%s:%u%s/%s", url->tls ? "https" : "http", bracket,
             url->host, bracket[0] != '\0' ? "]" : "", url->port, url->path, request->name);
    snprintf(range, sizeof(range), "%" PRIu64 "-%" PRIu64, request->offset,
             request->offset + request->size - 1);
    code = curl_easy_setopt(curl, CURLOPT_URL, address);
    if (code == CURLE_OK) /* before NOBODY, which it resets */
        code = curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_NOBODY, (long)request->head);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_RANGE, request->part ? range : NULL);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    return code;
}

int http_try(CURL *curl, const struct url *url, const struct http_request *request,
             struct http_answer *answer, uint64_t deadline_ms, bool *again, struct error *err)
{
    struct transfer transfer = {.curl = curl, .request = request, .answer = answer};
    char words[CURL_ERROR_SIZE] = "";
    CURLcode code = set_request(&transfer, url, deadline_ms > 0 ? (long)deadline_ms : 1, words);

    if (code == CURLE_OK)
        code = curl_easy_perform(curl);
    if (code == CURLE_OK && !transfer.judged)
        (void)!judge(&transfer);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
    if (transfer.refused.code != ERROR_OK) {
        *again = transfer.refused.code == ERROR_MEDIUM_GONE;
        *err = transfer.refused;
        return -(int)err->code;
    }
    if (code != CURLE_OK)
        return explain(curl, code, words, again, err);
    if (!request->head && answer->got != (request->part ? request->size : answer->total))
        return error_set(err, ERROR_MEDIUM_DAMAGED, "the body ends early");
    return 0;
}
