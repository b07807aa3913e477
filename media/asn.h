/* SPDX-License-Identifier: ISC
 *
 * DER encoding of the types in media/sallyport.asn, by libtasn1. A builder puts field after field;
 * the first failure is kept and reported by asn_encode(), so that what is built reads as a list.
 * What fails here is a mistake of ours (a field that is not in the .asn), never outside input.
 *
 * Field names are libtasn1's: "encapContentInfo.eContent", "signerInfos.?LAST". Every OPTIONAL
 * field that is not put must be declared absent, for libtasn1 refuses or misplaces it otherwise.
 */
#ifndef MEDIA_ASN_H
#define MEDIA_ASN_H

#include <stddef.h>
#include <stdint.h>

#include <libtasn1.h>

#include "media/base/bytes.h"
#include "media/base/error.h"
#include "media/sallyport-asn.h"

struct asn {
    asn1_node definitions;
    asn1_node element;
    const char *type;
    int status;     /* libtasn1's, of the first call that failed */
    char field[96]; /* and the field it was about */
};

/* Begins a value of a type. asn_encode() or asn_clear() ends it. */
void asn_begin(struct asn *asn, const char *type);
void asn_clear(struct asn *asn);

/* Content bytes of an OCTET STRING or INTEGER (big-endian, two's complement); whole DER of an ANY.
 */
void asn_put(struct asn *asn, const char *field, const void *data, size_t size);
void asn_put_view(struct asn *asn, const char *field, struct bytes_view view);
/* An OID in dotted form, a time in its ASN.1 form, "TRUE", the chosen alternative of a CHOICE. */
void asn_put_text(struct asn *asn, const char *field, const char *text);
void asn_put_count(struct asn *asn, const char *field, uint64_t value);
/* A BIT STRING of whole bytes. */
void asn_put_bits(struct asn *asn, const char *field, struct bytes_view view);
/* One more element of a SEQUENCE OF or SET OF: "FIELD.?LAST" then names it. */
void asn_append(struct asn *asn, const char *field);
void asn_absent(struct asn *asn, const char *field);
/* An AlgorithmIdentifier without parameters, as RFC 5754 and RFC 5758 want SHA-384 and ECDSA. */
void asn_put_algorithm(struct asn *asn, const char *field, const char *oid);
/* A Time: UTCTime up to 2049, GeneralizedTime from 2050 on (RFC 5652 11.3, RFC 5280 4.1.2.5).
 * Fractions of a second are dropped. */
void asn_put_time(struct asn *asn, const char *field, int64_t instant_us);

/* Encodes into `out` (appended) and ends the builder in either case. ERROR_INTERNAL names type and
 * field. */
int asn_encode(struct asn *asn, struct bytes *out, struct error *err) ERROR_MUST_CHECK;

#define ASN_TIME_BYTES 32

/* "20261123083753.25Z": GeneralizedTime in UTC with the fraction that DER allows, no trailing
 * zeros. Returns out. */
const char *asn_general_time(int64_t instant_us, char out[static ASN_TIME_BYTES]);

#endif
