/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "media/sign-timestamp.h"

#include <errno.h>
#include <time.h>

#include <gnutls/crypto.h>

#include "media/asn.h"
#include "media/base/instant.h"
#include "media/oid.h"
#include "media/sign-cms.h"
#include "media/timestamp.h"
#include "media/tsa-client.h"

#define POLICY          OID_ARC ".3.1" /* the built-in authority: this machine's clock */
#define SERIAL_BYTES    16
#define PATIENCE_US     (2 * INSTANT_SECOND_US)
#define TST_INFO_BYTES  1024
#define SERVER_ATTEMPTS 3
#define SERVER_PAUSE_US (INSTANT_SECOND_US * 7 / 10) /* servers often count whole seconds */

static void pause_us(int64_t length_us)
{
    struct timespec left = {.tv_sec = (time_t)(length_us / INSTANT_SECOND_US),
                            .tv_nsec = (long)(length_us % INSTANT_SECOND_US * 1000)};

    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        continue;
}

/* The first instant of the clock that is later than not_before_us. */
static int wait_until_later(int64_t not_before_us, int64_t *now_us, struct error *err)
{
    char text[INSTANT_TEXT_BYTES];
    int64_t begin_us = instant_clock();

    for (*now_us = begin_us; *now_us <= not_before_us; *now_us = instant_clock()) {
        int64_t behind_us = not_before_us - *now_us + 1;

        if (not_before_us - begin_us >= PATIENCE_US || *now_us < begin_us)
            return error_set(err, ERROR_TIMESTAMP_WINDOW,
                             "the clock is behind the last timestamp, %s: nothing is signed "
                             "backwards",
                             instant_format(not_before_us, text));
        pause_us(behind_us);
    }
    return 0;
}

static int encode_info(struct bytes_view signature, int64_t now_us, struct bytes *info,
                       struct error *err)
{
    uint8_t imprint[DIGEST_BYTES], serial[SERIAL_BYTES];
    char text[ASN_TIME_BYTES];
    struct asn asn;

    if (gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial)) < 0)
        return error_set(err, ERROR_INTERNAL, "no random bytes");
    serial[0] = (serial[0] & 0x7f) | 0x40; /* positive, and always 16 bytes */
    digest_of(signature.data, signature.size, imprint);
    asn_begin(&asn, "TSTInfo");
    asn_put_count(&asn, "version", 1);
    asn_put_text(&asn, "policy", POLICY);
    asn_put_algorithm(&asn, "messageImprint.hashAlgorithm", OID_SHA384);
    asn_put(&asn, "messageImprint.hashedMessage", imprint, sizeof(imprint));
    asn_put(&asn, "serialNumber", serial, sizeof(serial));
    asn_put_text(&asn, "genTime", asn_general_time(now_us, text));
    /* No accuracy: a clock that nobody has compared has none to claim. */
    asn_absent(&asn, "accuracy");
    asn_put_text(&asn, "ordering", "FALSE");
    asn_absent(&asn, "nonce");
    asn_absent(&asn, "tsa");
    asn_absent(&asn, "extensions");
    return asn_encode(&asn, info, err);
}

static int make_token(const struct key *key, struct bytes_view info, int64_t now_us,
                      struct bytes *token, struct error *err)
{
    struct sign_statement statement = {
        .key = key, .content_type = OID_TST_INFO, .signing_time_us = now_us};
    struct sign_signer signer = {0};
    struct bytes signature, signer_info;
    int result;

    bytes_init(&signature, SIGN_SIGNATURE_BYTES);
    bytes_init(&signer_info, SIGN_INFO_BYTES);
    digest_of(info.data, info.size, statement.content_digest);
    signer.path_count = key_path(key, signer.path);
    result = sign_cms_statement(&statement, &signature, err);
    if (result == 0)
        result = sign_cms_info(&statement, bytes_view(&signature), bytes_view_of(NULL, 0),
                               &signer_info, err);
    if (result == 0) {
        signer.info = bytes_view(&signer_info);
        result = sign_cms_whole(OID_TST_INFO, info, &signer, 1, token, err);
    }
    bytes_clear(&signature);
    bytes_clear(&signer_info);
    return result;
}

static int from_built_in(const struct sign_timestamper *timestamper, struct bytes_view signature,
                         struct bytes *token, struct error *err)
{
    struct bytes info;
    int64_t now_us = 0;
    int result;

    bytes_init(&info, TST_INFO_BYTES);
    result = wait_until_later(timestamper->not_before_us, &now_us, err);
    if (result == 0)
        result = encode_info(signature, now_us, &info, err);
    if (result == 0)
        result = make_token(timestamper->key, bytes_view(&info), now_us, token, err);
    bytes_clear(&info);
    return result;
}

static int from_server(const struct sign_timestamper *timestamper, struct bytes_view signature,
                       struct bytes *token, struct error *err)
{
    char text[INSTANT_TEXT_BYTES];
    int64_t time_us = 0;

    for (unsigned i = 0; i < SERVER_ATTEMPTS; i++) {
        int result;

        if (i > 0)
            pause_us(SERVER_PAUSE_US);
        bytes_clear(token);
        result =
            tsa_client_ask(timestamper->url, timestamper->ca_file, signature, token, &time_us, err);
        if (result < 0 || time_us > timestamper->not_before_us)
            return result;
    }
    return error_set(err, ERROR_TIMESTAMP_WINDOW,
                     "the server's time is not later than the last timestamp, %s",
                     instant_format(timestamper->not_before_us, text));
}

int sign_timestamp(const struct sign_timestamper *timestamper, struct bytes_view signature,
                   struct bytes *token, struct error *err)
{
    if (timestamper->key != NULL)
        return from_built_in(timestamper, signature, token, err);
    if (timestamper->url != NULL)
        return from_server(timestamper, signature, token, err);
    return error_set(err, ERROR_TIMESTAMP_MISSING, "no timestamp authority was named");
}
