/* SPDX-License-Identifier: ISC
 *
 * Numbers of an export's volumes: which hold frames of a package, which were taken, which are still
 * needed.
 */
#ifndef AGENT_VOLUMES_H
#define AGENT_VOLUMES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/base/error.h"
#include "media/base/limits.h"

struct volumes {
    uint8_t bits[(LIMIT_VOLUMES + 8) / 8]; /* by number, from 1 */
};

/* Numbers outside 1..LIMIT_VOLUMES are never in a set. */
void volumes_add(struct volumes *volumes, uint64_t number);
bool volumes_has(const struct volumes *volumes, uint64_t number);
size_t volumes_count(const struct volumes *volumes);
void volumes_join(struct volumes *volumes, const struct volumes *more);
void volumes_remove(struct volumes *volumes, const struct volumes *less);

/* Rising numbers from 1 to `of`. ERROR_PROTOCOL otherwise. */
int volumes_read(const json_t *list, uint64_t of, struct volumes *volumes,
                 struct error *err) ERROR_MUST_CHECK;

#define VOLUMES_WORDS_BYTES 160
/* "volume 2 of 3 of this export is needed", "volumes 2, 4-6 of 7 of this export are needed"; where
 * the numbers do not fit, "and more". Returns out. */
const char *volumes_words(const struct volumes *volumes, uint64_t of,
                          char out[static VOLUMES_WORDS_BYTES]);

#endif
