/* SPDX-License-Identifier: ISC
 *
 * Service values of feature flags, as a set carries them:
 * {"NAME":[{"percent":N,"site":NAME|null,"value":"on"|"off"}, ...], ...}; the first row that
 * matches wins, none: off. (sallyport-set.5, JSON documents)
 */
#ifndef MEDIA_FLAGS_H
#define MEDIA_FLAGS_H

#include <jansson.h>

#include "media/base/error.h"

/* Checks names (none is protected: protected-flag.h), rows and bounds. */
int flags_check(const json_t *table, struct error *err) ERROR_MUST_CHECK;

#endif
