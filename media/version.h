/* SPDX-License-Identifier: ISC
 *
 * Content versions: for people and engines, never for order (issue and genTime are the order).
 */
#ifndef MEDIA_VERSION_H
#define MEDIA_VERSION_H

#include <stdbool.h>

/* A letter or digit, then letters, digits and . + ~ : _ - up to LIMIT_VERSION_BYTES. */
bool version_valid(const char *version);

#endif
