/* SPDX-License-Identifier: ISC
 *
 * The kinds of signed documents, one visible row each: content type OID, schema name, size limit,
 * the role that signs it, whether each signature carries a timestamp. (sallyport-set.5, Signed
 * documents)
 */
#ifndef MEDIA_DOCUMENT_H
#define MEDIA_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

enum document_kind {
    DOCUMENT_ROOT,
    DOCUMENT_PACKAGE,
    DOCUMENT_SET,
    DOCUMENT_EXPORT,
    DOCUMENT_RECEIPT,
    DOCUMENT_KINDS
};

/* Roles; each is one extended key usage of its own (arc.2.n; timestamp is id-kp-timeStamping). */
enum document_role {
    ROLE_ROOT,
    ROLE_CONTENT,
    ROLE_RELEASE,
    ROLE_TIMESTAMP,
    ROLE_EXPORT,
    ROLE_ENDPOINT,
    ROLE_COUNT
};

struct document_row {
    enum document_kind kind;
    const char *name;   /* "set" */
    const char *oid;    /* eContentType, dotted: OID_ARC ".1.3" */
    const char *schema; /* "sallyport.set/1" */
    size_t limit;       /* bytes of the whole .p7m and of the JSON */
    enum document_role role;
    bool timestamped;
};

struct role_row {
    enum document_role role;
    const char *name; /* "content", "release", "timestamp", "export", "root", "endpoint" */
    const char *eku;  /* dotted OID */
};

const struct document_row *document_row(enum document_kind kind);
const struct role_row *document_role_row(enum document_role role);
/* Returns 0, or -1 for a name that is no role. */
int document_role_from_name(const char *name, enum document_role *role);

#endif
