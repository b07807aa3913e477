/* SPDX-License-Identifier: ISC */
#include "media/tsa-client.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>
#include <gnutls/crypto.h>

#include "media/asn.h"
#include "media/der.h"
#include "media/digest.h"
#include "media/oid.h"
#include "media/timestamp.h"

#define REQUEST_BYTES    512
#define REPLY_TYPE       "application/timestamp-reply"
#define STATUS_GRANTED   0
#define STATUS_WITH_MODS 1 /* also fine: every field that could be modified is checked here */
#define REPLY_DEPTH      (LIMIT_DER_DEPTH + 1)

int tsa_client_request(struct bytes_view signature, const uint8_t nonce[TSA_CLIENT_NONCE_BYTES],
                       struct bytes *request, struct error *err)
{
    uint8_t imprint[DIGEST_BYTES];
    struct asn asn;

    digest_of(signature.data, signature.size, imprint);
    asn_begin(&asn, "TimeStampReq");
    asn_put_count(&asn, "version", 1);
    asn_put_algorithm(&asn, "messageImprint.hashAlgorithm", OID_SHA384);
    asn_put(&asn, "messageImprint.hashedMessage", imprint, sizeof(imprint));
    asn_absent(&asn, "reqPolicy");
    asn_put(&asn, "nonce", nonce, TSA_CLIENT_NONCE_BYTES);
    asn_put_text(&asn, "certReq", "TRUE");
    return asn_encode(&asn, request, err);
}

/* PKIStatusInfo (RFC 3161 2.4.2). The server's words, where it gives any, go into ours. */
static int judge_status(struct bytes_view status_info, struct error *err)
{
    struct der_value value, text = {0};
    struct bytes_view texts = {0};
    int64_t status = -1;
    int result = der_get_tag(&status_info, DER_INTEGER, ERROR_BAD_TIMESTAMP, "status", &value, err);

    if (result < 0)
        return result;
    if (der_integer(value.content, &status) == 0 &&
        (status == STATUS_GRANTED || status == STATUS_WITH_MODS))
        return 0;
    if (der_next_is(status_info, DER_SEQUENCE) && der_get(&status_info, &value, err) == 0)
        texts = value.content;
    if (texts.size > 0 && der_get(&texts, &text, err) < 0)
        text.content.size = 0;
    return error_set(err, ERROR_BAD_TIMESTAMP, "refused: status %lld %.*s", (long long)status,
                     text.content.size > 200 ? 200 : (int)text.content.size,
                     text.content.size > 0 ? (const char *)text.content.data : "");
}

/* The token within a TimeStampResp. */
static int find_token(struct bytes_view reply, struct bytes_view *token, struct error *err)
{
    struct der_value whole, status, value;
    int result = der_walk(reply, REPLY_DEPTH, err);

    if (result == 0)
        result =
            der_get_tag(&reply, DER_SEQUENCE, ERROR_BAD_TIMESTAMP, "TimeStampResp", &whole, err);
    if (result == 0)
        result = der_get_tag(&whole.content, DER_SEQUENCE, ERROR_BAD_TIMESTAMP, "PKIStatusInfo",
                             &status, err);
    if (result == 0)
        result = judge_status(status.content, err);
    if (result == 0)
        result = der_get_tag(&whole.content, DER_SEQUENCE, ERROR_BAD_TIMESTAMP, "timeStampToken",
                             &value, err);
    if (result == 0)
        result = der_end(whole.content, ERROR_BAD_TIMESTAMP, "TimeStampResp", err);
    if (result == 0)
        *token = value.whole;
    return result;
}

int tsa_client_judge(struct bytes_view reply, struct bytes_view signature,
                     const uint8_t nonce[TSA_CLIENT_NONCE_BYTES], struct bytes_view *token,
                     int64_t *time_us, struct error *err)
{
    struct timestamp *timestamp = bytes_allocate(1, sizeof(*timestamp));
    int result = find_token(reply, token, err);

    if (result == 0)
        result = timestamp_parse(*token, timestamp, err);
    if (result == 0)
        result = timestamp_verify(timestamp, signature, err);
    if (result == 0 &&
        !bytes_equal(timestamp->info.nonce, bytes_view_of(nonce, TSA_CLIENT_NONCE_BYTES)))
        result = error_set(err, ERROR_BAD_TIMESTAMP,
                           "the reply's nonce is not that of the request: an old reply?");
    *time_us = result == 0 ? timestamp->info.time_us : 0;
    free(timestamp);
    return result < 0 ? error_context(err, "timestamp server") : 0;
}

/* What one transfer collects. curl stops it when the callback takes less than it was given. */
struct transfer {
    struct bytes reply;
    bool too_large;
};

static size_t receive(char *data, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    struct error ignored;

    if (bytes_put(&transfer->reply, data, size * count, &ignored) == 0)
        return size * count;
    transfer->too_large = true;
    return 0;
}

static int transfer_failed(CURLcode code, const struct transfer *transfer, const char *words,
                           struct error *err)
{
    if (transfer->too_large || code == CURLE_FILESIZE_EXCEEDED)
        return error_set(err, ERROR_LIMIT, "the reply is larger than TOKEN_BYTES, %lu bytes",
                         LIMIT_TOKEN_BYTES);
    return error_set(err, code == CURLE_OPERATION_TIMEDOUT ? ERROR_TIMEOUT : ERROR_IO, "%s",
                     words[0] != '\0' ? words : curl_easy_strerror(code));
}

static CURLcode set_options(CURL *curl, const char *url, const char *ca_file,
                            const struct bytes *request, struct curl_slist *headers,
                            struct transfer *transfer, char *words)
{
    struct {
        CURLoption option;
        long value;
    } numbers[] = {
        {CURLOPT_FOLLOWLOCATION, 0},
        {CURLOPT_TIMEOUT_MS, TSA_CLIENT_TIMEOUT_MS},
        {CURLOPT_CONNECTTIMEOUT_MS, TSA_CLIENT_TIMEOUT_MS / 3},
        {CURLOPT_MAXFILESIZE, (long)LIMIT_TOKEN_BYTES},
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_POST, 1},
        {CURLOPT_POSTFIELDSIZE, (long)request->size},
        {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
    };
    CURLcode code = CURLE_OK;

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]) && code == CURLE_OK; i++)
        code = curl_easy_setopt(curl, numbers[i].option, numbers[i].value);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)request->data);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (code == CURLE_OK) /* again, for curl reads URLs in more ways than we do */
        code = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_URL, url);
    if (code == CURLE_OK && ca_file != NULL)
        code = curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file);
    return code;
}

static int check_answer(CURL *curl, struct error *err)
{
    const char *type = NULL;
    long status = 0;

    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
    if (status != 200)
        return error_set(err, ERROR_IO, "answered with HTTP status %ld", status);
    if (type == NULL || strcmp(type, REPLY_TYPE) != 0)
        return error_set(err, ERROR_IO, "answered with %.100s in place of " REPLY_TYPE,
                         type != NULL ? type : "no content type");
    return 0;
}

static int post(const char *url, const char *ca_file, const struct bytes *request,
                struct transfer *transfer, struct error *err)
{
    struct curl_slist *headers = NULL;
    char words[CURL_ERROR_SIZE] = "";
    CURL *curl = curl_easy_init();
    CURLcode code;
    int result;

    headers = curl_slist_append(headers, "Content-Type: application/timestamp-query");
    if (curl == NULL || headers == NULL) {
        result = error_set(err, ERROR_INTERNAL, "no memory for a transfer");
        goto out;
    }
    code = set_options(curl, url, ca_file, request, headers, transfer, words);
    if (code == CURLE_OK)
        code = curl_easy_perform(curl);
    if (code != CURLE_OK)
        result = transfer_failed(code, transfer, words, err);
    else
        result = check_answer(curl, err);
out:
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return result < 0 ? error_context(err, "timestamp server") : 0;
}

static int make_nonce(uint8_t nonce[TSA_CLIENT_NONCE_BYTES], struct error *err)
{
    if (gnutls_rnd(GNUTLS_RND_NONCE, nonce, TSA_CLIENT_NONCE_BYTES) < 0)
        return error_set(err, ERROR_INTERNAL, "no random bytes");
    nonce[0] = (nonce[0] & 0x7f) | 0x40; /* positive and minimal as an INTEGER */
    return 0;
}

int tsa_client_ask(const char *url, const char *ca_file, struct bytes_view signature,
                   struct bytes *token, int64_t *time_us, struct error *err)
{
    uint8_t nonce[TSA_CLIENT_NONCE_BYTES];
    struct transfer transfer = {0};
    struct bytes_view found = {0};
    struct bytes request;
    int result;

    *time_us = 0;
    if (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0)
        return error_set(err, ERROR_CONFIG,
                         "the timestamp server's URL must begin with http:// or https://");
    bytes_init(&request, REQUEST_BYTES);
    bytes_init(&transfer.reply, LIMIT_TOKEN_BYTES);
    result = make_nonce(nonce, err);
    if (result == 0)
        result = tsa_client_request(signature, nonce, &request, err);
    if (result == 0)
        result = post(url, ca_file, &request, &transfer, err);
    if (result == 0)
        result =
            tsa_client_judge(bytes_view(&transfer.reply), signature, nonce, &found, time_us, err);
    if (result == 0)
        result = bytes_put(token, found.data, found.size, err);
    bytes_clear(&request);
    bytes_clear(&transfer.reply);
    return result;
}
