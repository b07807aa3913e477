/* SPDX-License-Identifier: ISC
 *
 * What a driver says of itself before it is given anything (DRIVER_HELLO): its form is checked once,
 * then it is asked.
 */
#ifndef MEDIA_DRIVER_GREETING_H
#define MEDIA_DRIVER_GREETING_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/base/error.h"

/* Every field and every row, once: no row twice, ranges that are ranges, of this family, and reads
 * only what is another family's. ERROR_PROTOCOL. */
int driver_greeting_check(const json_t *greeting, const char *family,
                          struct error *err) ERROR_MUST_CHECK;

/* Whether the driver loads a type, as its own or as one that it reads, in these ranges of a package
 * document: the ranges must overlap. ERROR_DRIVER_MISSING for a type that it does not name,
 * ERROR_SCHEMA_RANGE with both ranges in the words. `program` is for the words. */
int driver_greeting_reads(const json_t *greeting, const char *program, const char *type,
                          uint64_t schema_low, uint64_t schema_high, uint64_t abi_low,
                          uint64_t abi_high, struct error *err) ERROR_MUST_CHECK;

/* Whether it looks up in this type of another family. */
bool driver_greeting_looks_up(const json_t *greeting, const char *type);

#endif
