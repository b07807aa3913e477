/* SPDX-License-Identifier: ISC */
#include "mirror/cosign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The document with one more signature, later than any of that ring before it. */
static int sign_once_more(const struct ring_signer *signer, const struct pending *pending,
                          struct bytes *document, int64_t *time_us, struct error *err)
{
    struct sign_timestamper timestamper;
    struct key *key = NULL;
    uint64_t number;
    int64_t last_us;
    int code = keyring_key(signer->keyring, ROLE_RELEASE, signer->key, &key, err);

    if (code == 0)
        code = catalog_progress(signer->repository->catalog, "ring", pending->set.ring, &number,
                                &last_us, err);
    if (code == 0)
        code = keyring_timestamper(signer->keyring, last_us, &timestamper, err);
    if (code == 0)
        code = sign_again(DOCUMENT_SET, bytes_view(&pending->document), key, &timestamper, document,
                          time_us, err);
    key_free(key);
    return code;
}

static void fill_result(const struct ring_signer *signer, const struct pending *pending,
                        struct ring_result *result)
{
    *result = (struct ring_result){.dry_run = signer->dry_run,
                                   .pending = signer->dry_run,
                                   .signatures = pending->verdict.signer_count,
                                   .threshold = pending->threshold};
    snprintf(result->set.ring, sizeof(result->set.ring), "%s", pending->set.ring);
    result->set.sequence = pending->set.sequence;
    memcpy(result->set.digest, pending->digest, DIGEST_BYTES);
}

int cosign_pending(const struct ring_signer *signer, const char *ring, struct pending **before,
                   struct ring_result *result, struct error *err)
{
    struct bytes document;
    int code = pending_read(signer->repository, signer->trust, ring, before, err);

    *result = (struct ring_result){0};
    bytes_init(&document, LIMIT_SET_BYTES);
    if (code == 0)
        code = pending_check(signer->repository, signer->trust, *before, err);
    if (code == 0)
        fill_result(signer, *before, result);
    if (code == 0 && !signer->dry_run) {
        code = sign_once_more(signer, *before, &document, &result->set.time_us, err);
        if (code == 0)
            code = ring_put_away(signer, bytes_view(&document), result, err);
    }
    bytes_clear(&document);
    return code;
}
