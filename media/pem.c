/* SPDX-License-Identifier: ISC */
#include "media/pem.h"

#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

int pem_write(struct bytes_view der, const char *label, char **text, struct error *err)
{
    gnutls_datum_t in = {.data = bytes_allocate(1, der.size + 1), .size = (unsigned)der.size};
    gnutls_datum_t out = {NULL, 0};
    int result = 0;

    *text = NULL;
    memcpy(in.data, der.data, der.size);
    if (gnutls_pem_base64_encode2(label, &in, &out) < 0) {
        result = error_set(err, ERROR_INTERNAL, "PEM of %zu bytes could not be written", der.size);
    } else {
        *text = bytes_allocate(1, out.size + 1);
        memcpy(*text, out.data, out.size);
    }
    gnutls_free(out.data);
    free(in.data);
    return result;
}

/* GnuTLS passes over text around the block and odd columns: only its own writing counts. */
static int check_same(const char *text, const char *label, struct bytes_view der, struct error *err)
{
    char *again = NULL;
    int result = pem_write(der, label, &again, err);

    if (result == 0 && strcmp(text, again) != 0)
        result =
            error_set(err, ERROR_BAD_DOCUMENT, "PEM %s in another form than 64 columns", label);
    free(again);
    return result;
}

int pem_read(const char *text, const char *label, size_t ceiling, struct bytes *der,
             struct error *err)
{
    gnutls_datum_t in = {.data = (unsigned char *)bytes_copy_string(text),
                         .size = (unsigned)strlen(text)};
    gnutls_datum_t out = {NULL, 0};
    int result;

    bytes_init(der, ceiling);
    if (gnutls_pem_base64_decode2(label, &in, &out) < 0)
        result = error_set(err, ERROR_BAD_DOCUMENT, "expected PEM %s", label);
    else
        result = bytes_put(der, out.data, out.size, err);
    if (result == 0)
        result = check_same(text, label, bytes_view(der), err);
    if (result != 0)
        bytes_clear(der);
    gnutls_free(out.data);
    free(in.data);
    return result;
}
