/* SPDX-License-Identifier: ISC
 *
 * Layout of an enrolment file, for enrolment.c and enrolment-write.c (sallyport-set.5, Enrolment):
 *
 *   "SPEN", version u8 (1), iterations u32, salt [32], nonce [12], size u32 of what is sealed,
 *   the sealed payload, tag [16]; nothing after it
 *
 * Key = PBKDF2-HMAC-SHA512(passphrase, salt, iterations), AES-256-GCM with all before the payload
 * as additional data. The payload:
 *
 *   size u32 of the JSON, the JSON (sallyport.enrolment/1), token [32], content keys [32] in the
 *   order of the JSON's ids, root documents in the order of the JSON's sizes
 *
 * The secrets stand outside the JSON so that they never pass through a JSON library's memory, which
 * nobody wipes.
 */
#ifndef MEDIA_ENROLMENT_FILE_H
#define MEDIA_ENROLMENT_FILE_H

#include "media/base/bytes.h"
#include "media/enrolment.h"

#define ENROLMENT_FILE_MAGIC        "SPEN"
#define ENROLMENT_FILE_MAGIC_BYTES  4
#define ENROLMENT_FILE_VERSION      1
#define ENROLMENT_FILE_SALT_BYTES   32
#define ENROLMENT_FILE_NONCE_BYTES  12
#define ENROLMENT_FILE_TAG_BYTES    16
#define ENROLMENT_FILE_HEADER_BYTES (4 + 1 + 4 + 32 + 12 + 4)
#define ENROLMENT_FILE_SCHEMA       "sallyport.enrolment/1"

struct enrolment_file {
    uint32_t iterations;
    uint8_t salt[ENROLMENT_FILE_SALT_BYTES];
    uint8_t nonce[ENROLMENT_FILE_NONCE_BYTES];
    struct bytes_view header; /* additional data */
    struct bytes_view sealed; /* payload and tag */
};

/* Encrypts payload into sealed (which gets its size and the tag's), or decrypts. The bounds of
 * iterations have been checked. ERROR_WRONG_SECRET when the tag does not match. */
int enrolment_file_seal(const struct enrolment_file *file, const char *passphrase,
                        struct bytes_view payload, struct bytes *sealed,
                        struct error *err) ERROR_MUST_CHECK;
int enrolment_file_unseal(const struct enrolment_file *file, const char *passphrase,
                          struct bytes *payload, struct error *err) ERROR_MUST_CHECK;

/* The payload in the clear. enrolment_clear() in every case. */
int enrolment_file_parse(struct bytes_view payload, struct enrolment *enrolment,
                         struct error *err) ERROR_MUST_CHECK;

#endif
