/* SPDX-License-Identifier: ISC
 *
 * Attestations: the endpoint's word, signed by its own key, that a file of a digest was in a caller's
 * hands at a time. The key lies in STATE/endpoint.key (with its certificate, 0600), is made when it
 * is first used, and is read by sallyport-attest alone.
 */
#ifndef AGENT_ATTEST_H
#define AGENT_ATTEST_H

#include <jansson.h>

#include "agent/config.h"
#include "agent/state.h"
#include "media/base/limits.h"
#include "media/digest.h"

#define ATTEST_KEY_FILE "endpoint.key"

struct attest_order {
    char name[LIMIT_FILE_NAME + 1]; /* of the file, for people */
    char sha384[DIGEST_TEXT_BYTES]; /* of its bytes, hex */
    uint64_t size;
    uint32_t uid; /* who asks */
};

/* Takes what a front forwards: two lines, digest and name. ERROR_PROTOCOL. */
int attest_order_read(struct attest_order *order, const char *asked, uint64_t size,
                      struct error *err) ERROR_MUST_CHECK;

/* Writes an audit record, then signs. *reply (a new reference): sallyport.attested/1 with "statement"
 * (sallyport.attestation/1), "signed" (CMS, DER, base64) and "certificate" (PEM). ERROR_NOT_ENROLLED
 * where the endpoint has no name yet. */
int attest_make(const struct config *config, struct state *state, const struct attest_order *order,
                json_t **reply, struct error *err) ERROR_MUST_CHECK;

#endif
