/* SPDX-License-Identifier: ISC
 *
 * Object identifiers of the standards that the format is built from, dotted. Our own are in
 * document.c. (RFC 5652, 5035, 3161, 5280, 5758)
 */
#ifndef MEDIA_OID_H
#define MEDIA_OID_H

#define OID_SIGNED_DATA "1.2.840.113549.1.7.2"
#define OID_TST_INFO    "1.2.840.113549.1.9.16.1.4"

/* Attributes */
#define OID_CONTENT_TYPE        "1.2.840.113549.1.9.3"
#define OID_MESSAGE_DIGEST      "1.2.840.113549.1.9.4"
#define OID_SIGNING_TIME        "1.2.840.113549.1.9.5"
#define OID_SIGNING_CERTIFICATE "1.2.840.113549.1.9.16.2.47" /* version 2 */
#define OID_TIMESTAMP_TOKEN     "1.2.840.113549.1.9.16.2.14"

/* Algorithms */
#define OID_SHA384            "2.16.840.1.101.3.4.2.2"
#define OID_ECDSA_WITH_SHA384 "1.2.840.10045.4.3.3"
#define OID_EC_PUBLIC_KEY     "1.2.840.10045.2.1"
#define OID_P384              "1.3.132.0.34"

/* Certificate and CRL extensions */
#define OID_SUBJECT_KEY_ID     "2.5.29.14"
#define OID_KEY_USAGE          "2.5.29.15"
#define OID_BASIC_CONSTRAINTS  "2.5.29.19"
#define OID_CRL_NUMBER         "2.5.29.20"
#define OID_REASON_CODE        "2.5.29.21"
#define OID_INVALIDITY_DATE    "2.5.29.24"
#define OID_NAME_CONSTRAINTS   "2.5.29.30"
#define OID_AUTHORITY_KEY_ID   "2.5.29.35"
#define OID_EXTENDED_KEY_USAGE "2.5.29.37"

#endif
