/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "media/document.h"

#include <string.h>

#include "media/base/limits.h"

/* Rows are never renumbered: the numbers are in signed documents and certificates. */
static const struct document_row documents[DOCUMENT_KINDS] = {
    [DOCUMENT_ROOT] = {DOCUMENT_ROOT, "root", OID_ARC ".1.1", "sallyport.root/1", LIMIT_ROOT_BYTES,
                       ROLE_ROOT, true},
    [DOCUMENT_PACKAGE] = {DOCUMENT_PACKAGE, "package", OID_ARC ".1.2", "sallyport.package/1",
                          LIMIT_PACKAGE_BYTES, ROLE_CONTENT, true},
    [DOCUMENT_SET] = {DOCUMENT_SET, "set", OID_ARC ".1.3", "sallyport.set/1", LIMIT_SET_BYTES,
                      ROLE_RELEASE, true},
    [DOCUMENT_EXPORT] = {DOCUMENT_EXPORT, "export", OID_ARC ".1.4", "sallyport.export/1",
                         LIMIT_EXPORT_BYTES, ROLE_EXPORT, false},
    [DOCUMENT_RECEIPT] = {DOCUMENT_RECEIPT, "receipt", OID_ARC ".1.5", "sallyport.receipt/1",
                          LIMIT_RECEIPT_BYTES, ROLE_ENDPOINT, false},
};

static const struct role_row roles[ROLE_COUNT] = {
    [ROLE_ROOT] = {ROLE_ROOT, "root", OID_ARC ".2.1"},
    [ROLE_CONTENT] = {ROLE_CONTENT, "content", OID_ARC ".2.2"},
    [ROLE_RELEASE] = {ROLE_RELEASE, "release", OID_ARC ".2.3"},
    /* id-kp-timeStamping, so that any RFC 3161 server and `openssl ts` fit the role */
    [ROLE_TIMESTAMP] = {ROLE_TIMESTAMP, "timestamp", "1.3.6.1.5.5.7.3.8"},
    [ROLE_EXPORT] = {ROLE_EXPORT, "export", OID_ARC ".2.4"},
    [ROLE_ENDPOINT] = {ROLE_ENDPOINT, "endpoint", OID_ARC ".2.5"},
};

const struct document_row *document_row(enum document_kind kind)
{
    return &documents[kind];
}

const struct role_row *document_role_row(enum document_role role)
{
    return &roles[role];
}

int document_role_from_name(const char *name, enum document_role *role)
{
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        if (strcmp(roles[i].name, name) == 0) {
            *role = (enum document_role)i;
            return 0;
        }
    }
    return -1;
}
