/* SPDX-License-Identifier: ISC
 *
 * The enrolment file: what one endpoint needs to begin (roots, ring, name, content keys, token),
 * sealed with a passphrase (PBKDF2-HMAC-SHA512, AES-256-GCM; media/enrolment-file.h). Opening here;
 * enrolment_write and enrolment_passphrase are in libmediawrite only. The root documents are not
 * judged here: trust_new and trust_follow do.
 */
#ifndef MEDIA_ENROLMENT_H
#define MEDIA_ENROLMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/limits.h"

#define ENROLMENT_KEY_BYTES   32
#define ENROLMENT_TOKEN_BYTES 32
#define ENROLMENT_KEYS        16

struct enrolment_key {
    char id[LIMIT_NAME_BYTES + 1];
    uint8_t key[ENROLMENT_KEY_BYTES]; /* content key; wiped by enrolment_clear */
};

struct enrolment {
    char endpoint[LIMIT_NAME_BYTES + 1]; /* its name at the mirror */
    char ring[LIMIT_NAME_BYTES + 1];
    bool test_endpoint; /* may be in a ring that is not production */
    int64_t made_us;
    uint8_t serial[16];                   /* single use: kept by the endpoint */
    uint8_t token[ENROLMENT_TOKEN_BYTES]; /* for the first receipt's HMAC */
    size_t root_count;                    /* root documents 1..n as .p7m */
    struct bytes *roots;
    size_t key_count;
    struct enrolment_key keys[ENROLMENT_KEYS];
};

/* Opens a whole file. enrolment_clear() wipes and frees. ERROR_WRONG_SECRET for a wrong passphrase
 * and for changed bytes alike; ERROR_BAD_DOCUMENT when it is no enrolment file, ends early or goes
 * on; ERROR_LIMIT for LIMIT_ENROLMENT_BYTES or iterations out of bounds. */
int enrolment_open(struct bytes_view file, const char *passphrase, struct enrolment *enrolment,
                   struct error *err) ERROR_MUST_CHECK;
void enrolment_clear(struct enrolment *enrolment);
/* Appends the file. */
int enrolment_write(const struct enrolment *enrolment, const char *passphrase, struct bytes *file,
                    struct error *err) ERROR_MUST_CHECK;
/* A fresh 128-bit passphrase: eight groups of four hex digits, easy to read aloud. */
int enrolment_passphrase(char out[static 64], struct error *err) ERROR_MUST_CHECK;

#endif
