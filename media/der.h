/* SPDX-License-Identifier: ISC
 *
 * Strict DER (X.690): a walk over every byte of a structure, and a reader of one value after the
 * other for the parsers of CMS, TSTInfo, certificates and CRLs. Knows the encoding, not what the
 * values mean. Writes nothing. (sallyport-set.5, Signed documents)
 *
 * Refusals of the encoding are ERROR_NOT_DER; der_walk says at which byte. That well-encoded values
 * are not the ones that the caller wants is refused with the caller's code.
 */
#ifndef MEDIA_DER_H
#define MEDIA_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/error.h"

/* Identifier octets: class, constructed bit and low tag number in one byte. */
#define DER_BOOLEAN          0x01
#define DER_INTEGER          0x02
#define DER_BIT_STRING       0x03
#define DER_OCTET_STRING     0x04
#define DER_NULL             0x05
#define DER_OID              0x06
#define DER_ENUMERATED       0x0a
#define DER_UTF8_STRING      0x0c
#define DER_PRINTABLE_STRING 0x13
#define DER_IA5_STRING       0x16
#define DER_UTC_TIME         0x17
#define DER_GENERALIZED_TIME 0x18
#define DER_SEQUENCE         0x30
#define DER_SET              0x31
#define DER_CONTEXT(n)       (0x80 | (n)) /* IMPLICIT over a primitive type */
#define DER_CONTEXT_OF(n)    (0xa0 | (n)) /* EXPLICIT, or IMPLICIT over a constructed type */

#define DER_OID_BYTES 32 /* longest encoded OID that der_oid_is compares with */

struct der_value {
    uint8_t tag;
    struct bytes_view content; /* without identifier and length */
    struct bytes_view whole;   /* with them */
};

/* Judges one structure that must fill `whole` exactly: definite minimal lengths, low tags of the
 * universal and context classes only, minimal INTEGER and ENUMERATED, BOOLEAN 00 or FF, zero
 * padding in BIT STRING, minimal OID arcs, character sets, real calendar dates in UTC, every
 * universal SET sorted and free of duplicates, at most `depth` levels of constructed values below
 * the outermost. What hides in OCTET STRING, BIT STRING and IMPLICIT values isn't looked into: the
 * parser that knows its type does. */
int der_walk(struct bytes_view whole, unsigned depth, struct error *err) ERROR_MUST_CHECK;

/* Takes the next value from the front of the view. Strict in identifier and length. */
int der_get(struct bytes_view *view, struct der_value *value, struct error *err) ERROR_MUST_CHECK;
/* The same, and it must have this tag, else `code`; `what` names the field in the words. */
int der_get_tag(struct bytes_view *view, uint8_t tag, enum error_code code, const char *what,
                struct der_value *value, struct error *err) ERROR_MUST_CHECK;
/* For structures that der_walk has passed: take the next value if there is one, or if there is one
 * with this tag. Whether it was taken; what is left over fails in der_end. */
bool der_take(struct bytes_view *view, struct der_value *value);
bool der_take_tag(struct bytes_view *view, uint8_t tag, struct der_value *value);
/* Whether a value with this tag comes next. */
bool der_next_is(struct bytes_view view, uint8_t tag);
/* `code` unless the view is empty: nothing may follow `what`. */
int der_end(struct bytes_view view, enum error_code code, const char *what,
            struct error *err) ERROR_MUST_CHECK;

/* Whether the values in `content` are in the order of a DER SET OF, without duplicates; for sets
 * behind an IMPLICIT tag, which der_walk can't know. */
int der_check_set(struct bytes_view content, const char *what, struct error *err) ERROR_MUST_CHECK;

/* Whether OID content is this dotted OID. False for one of over DER_OID_BYTES encoded bytes. */
bool der_oid_is(struct bytes_view content, const char *dotted);
/* INTEGER content, minimal, that is 0..INT64_MAX. Returns 0 or -1. */
int der_integer(struct bytes_view content, int64_t *value) ERROR_MUST_CHECK;
/* UTCTime or GeneralizedTime (at most six fraction digits) to an instant. Returns 0 or -1. */
int der_time(const struct der_value *value, int64_t *instant_us) ERROR_MUST_CHECK;

/* Second opinion: libtasn1 decodes `whole` as `type` ("SALLYPORT.SignedData") under STRICT_DER. It
 * misses much of what der_walk refuses, so it never stands alone. */
int der_check_twice(const char *type, struct bytes_view whole, struct error *err) ERROR_MUST_CHECK;

#endif
