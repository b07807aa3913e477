/* SPDX-License-Identifier: ISC
 *
 * The flags supplement, sallyport.flags/1: which features a software release offers at all, and how
 * that combines with the service values that travel in the signed set.
 *
 *   {"schema":"sallyport.flags/1","releases":{"*":{"NAME":"available"},"1.2.0":{"NAME":"off"}}}
 *
 * A release is "*" (every one) or one to three numbers joined by dots; "1.2" speaks for every
 * 1.2.x. Of the releases that fit this software and name a flag, the most exact one counts.
 */
#ifndef DRIVERS_FLAGS_SUPPLEMENT_H
#define DRIVERS_FLAGS_SUPPLEMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/base/error.h"

/* The features of this software that a flag can switch, one row each. Other names in a supplement
 * belong to other releases: they are kept, shown and switch nothing. */
struct flag_feature {
    const char *name;
    const char *what; /* what is off when the flag is off */
};

/* Row i, NULL past the last. */
const struct flag_feature *flag_feature(size_t i);
/* The row of a name, or NULL. */
const struct flag_feature *flag_feature_find(const char *name);

struct flag_supplement;

/* Parses a flags.json of at most LIMIT_FLAGS_BYTES. ERROR_BAD_CONTENT; the words name line or key,
 * and what was expected. *supplement is the caller's. */
int flag_supplement_parse(const void *data, size_t size, struct flag_supplement **supplement,
                          struct error *err) ERROR_MUST_CHECK;
void flag_supplement_free(struct flag_supplement *supplement);

/* The text that is compiled in: what applies before the first import. NUL-terminated. */
const char *flag_supplement_compiled(void);

enum flag_state { FLAG_MISSING, FLAG_OFF, FLAG_AVAILABLE };

/* State of a flag for a software version ("1.2.0"); *release (may be NULL) is the release that
 * decided, borrowed, NULL when missing. */
enum flag_state flag_supplement_state(const struct flag_supplement *supplement, const char *name,
                                      const char *version, const char **release);

/* Calls each for every flag named for any release, and every feature of this software; sorted. */
typedef void (*flag_visit)(void *context, const char *name);
void flag_supplement_each(const struct flag_supplement *supplement, flag_visit visit,
                          void *context);

enum flag_service { FLAG_NONE, FLAG_SERVICE_OFF, FLAG_SERVICE_ON };

/* The service value: of the rows [{"site":NAME|null,"percent","value"}], as a signed set carries
 * them, the first that fits counts; none fits: FLAG_NONE. site NULL: the endpoint belongs to no
 * site. position 0..99: where the endpoint stands in its ring; a row of percent N takes positions
 * below N. values NULL: FLAG_NONE. ERROR_BAD_DOCUMENT for rows that break the schema. */
int flag_service_value(const json_t *values, const char *site, uint64_t position,
                       enum flag_service *service, struct error *err) ERROR_MUST_CHECK;

/* Off with anything is off; available with off is off; available with on is on; missing in either
 * is off. */
bool flag_combine(enum flag_state state, enum flag_service service);

const char *flag_state_name(enum flag_state state);
const char *flag_service_name(enum flag_service service);

#endif
