/* SPDX-License-Identifier: ISC
 *
 * The conversation with sallyport-verify (agent/control/verify-protocol.h) for one import.
 */
#ifndef AGENT_IMPORT_VERIFY_H
#define AGENT_IMPORT_VERIFY_H

#include "agent/import.h"

struct import_crl {
    uint8_t issuer[DIGEST_BYTES];
    uint64_t number;
    struct bytes document;
};

/* A verify at work, and what it brought beside the plan. */
struct import_verify {
    struct process verify, reader;
    size_t root_count, crl_count, recipe_count;
    struct bytes *roots; /* follow the newest known, in order; owned */
    struct import_crl crls[LIMIT_CRLS];
    struct {
        uint8_t id[DIGEST_BYTES], digest[DIGEST_BYTES], base[DIGEST_BYTES];
        int fd;
    } recipes[LIMIT_SET_PACKAGES];
    size_t news_bytes;
    json_t *export_document; /* its word on the medium's, where it accepted one; owned */
};

/* Starts verify with a reader on the source, and gives it what this endpoint trusts. To be ended in
 * every case. */
int import_verify_start(const struct import *import, const struct source *source,
                        struct import_verify *verify, struct error *err) ERROR_MUST_CHECK;

/* Has it judge the medium. The plan is initialised here (import_plan_clear in every case) and
 * holds the recipes. An error means that verify could not say. */
int import_verify_judge(const struct import *import, const struct import_request *request,
                        const struct floor_clock *clock, struct import_verify *verify,
                        struct import_plan *plan, struct error *err) ERROR_MUST_CHECK;

/* Has it say how many files of a package to fetch are the same in the installed one whose recipe this
 * is, and how many bytes they hold: never more than the package has. */
int import_verify_compare(const struct import *import, struct import_verify *verify,
                          struct import_package *package, int base_recipe_fd,
                          struct error *err) ERROR_MUST_CHECK;

/* Has it judge the staged files of a package; base is the folder that absent ones are linked from
 * (-1: none are), *linked whether one was. A refusal is in *verdict; an error means that verify could not say. */
int import_verify_staged(const struct import *import, struct import_verify *verify,
                         const struct import_package *package, int staging, const char *folder,
                         int base, bool *linked, struct error *verdict,
                         struct error *err) ERROR_MUST_CHECK;

/* Starts a verify that judges installed content, and no medium. To be ended in every case. */
int import_verify_start_content(const struct import *import, struct import_verify *verify,
                                struct error *err) ERROR_MUST_CHECK;

/* Has it judge the files in a folder by a recipe with that digest. Each name that it asks for is
 * taken out of `names` (may be NULL). *verdict and errors as above. */
int import_verify_content(const struct import *import, struct import_verify *verify,
                          const uint8_t id[static DIGEST_BYTES],
                          const uint8_t digest[static DIGEST_BYTES], int recipe_fd, int folder,
                          json_t *names, struct error *verdict, struct error *err) ERROR_MUST_CHECK;

void import_verify_end(struct import_verify *verify);

#endif
