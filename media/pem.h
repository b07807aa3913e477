/* SPDX-License-Identifier: ISC
 *
 * PEM (RFC 7468) inside JSON documents: strict, one writing only: 64 columns, LF, nothing around.
 */
#ifndef MEDIA_PEM_H
#define MEDIA_PEM_H

#include "media/base/bytes.h"

/* Decodes; der is initialised here with that ceiling. ERROR_BAD_DOCUMENT when the text is not
 * exactly what pem_write would write. */
int pem_read(const char *text, const char *label, size_t ceiling, struct bytes *der,
             struct error *err) ERROR_MUST_CHECK;

/* *text is the caller's (free). */
int pem_write(struct bytes_view der, const char *label, char **text,
              struct error *err) ERROR_MUST_CHECK;

#endif
