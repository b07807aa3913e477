/* SPDX-License-Identifier: ISC
 *
 * Asking an RFC 3161 server for a timestamp (libmediawrite): one POST over http or https, bounded
 * in size and time, no redirects. TLS is a courtesy: what comes back is judged by its signature,
 * nonce and imprint. Whether the authority is trusted is decided by whoever reads the document.
 */
#ifndef MEDIA_TSA_CLIENT_H
#define MEDIA_TSA_CLIENT_H

#include "media/base/bytes.h"
#include "media/base/error.h"

#define TSA_CLIENT_TIMEOUT_MS  30000
#define TSA_CLIENT_NONCE_BYTES 16

/* Appends a TimeStampReq over SHA-384 of `signature`: version 1, this nonce, certReq. */
int tsa_client_request(struct bytes_view signature, const uint8_t nonce[TSA_CLIENT_NONCE_BYTES],
                       struct bytes *request, struct error *err) ERROR_MUST_CHECK;

/* Judges a TimeStampResp that must fill `reply`: strict DER, granted, a token that timestamp.h
 * takes, over this signature, with this nonce. *token borrows from `reply`. ERROR_BAD_TIMESTAMP
 * when the server refused or left the profile, ERROR_TIMESTAMP_IMPRINT, ERROR_NOT_DER, cms_parse's.
 */
int tsa_client_judge(struct bytes_view reply, struct bytes_view signature,
                     const uint8_t nonce[TSA_CLIENT_NONCE_BYTES], struct bytes_view *token,
                     int64_t *time_us, struct error *err) ERROR_MUST_CHECK;

/* Both, and the conversation between. ca_file: PEM for https, NULL for the system's. Appends the
 * token. ERROR_IO when the server can't be reached or answers with anything but 200 and
 * application/timestamp-reply, ERROR_TIMEOUT, ERROR_LIMIT for more than LIMIT_TOKEN_BYTES,
 * ERROR_CONFIG for a URL that is neither http nor https. */
int tsa_client_ask(const char *url, const char *ca_file, struct bytes_view signature,
                   struct bytes *token, int64_t *time_us, struct error *err) ERROR_MUST_CHECK;

#endif
