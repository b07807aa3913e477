/* SPDX-License-Identifier: ISC
 *
 * What a rule says by detect(facts): the facts, their thumbprint, and how many a rule may raise.
 *
 * Thumbprint, version 1: SHA-256 of
 *   "v1" LF  RULE-ID LF  { KEY "=" VALUE LF }
 * with the facts that the rule's thumbprint= names, or all of them where it names none, in the
 * order of their keys' bytes. A fact that is not there has no line. RULE-ID, KEY and VALUE are
 * percent-encoded (RFC 3986, 2.1: all but the unreserved, digits upper-case). A whole number is
 * written in decimal, a boolean as "true" or "false", the elements of a list each on its own and
 * with "," between them. Written "v1:" and 64 hex digits, which is what hmpa-data lists.
 */
#ifndef DRIVERS_BEHAVIOR_DETECT_H
#define DRIVERS_BEHAVIOR_DETECT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/error.h"
#include "media/base/limits.h"

/* One fact. Texts are borrowed. A list's elements each end in NUL. */
enum behavior_fact_kind {
    BEHAVIOR_FACT_TEXT,
    BEHAVIOR_FACT_NUMBER,
    BEHAVIOR_FACT_FLAG,
    BEHAVIOR_FACT_LIST
};
struct behavior_fact {
    struct bytes_view key; /* [a-z0-9_.-]+ */
    enum behavior_fact_kind kind;
    int64_t number; /* also a flag's: 0 or 1 */
    struct bytes_view text;
};

struct behavior_facts {
    size_t count;
    size_t bytes;                                /* of their texts */
    struct behavior_fact facts[LIMIT_LUA_FACTS]; /* in the order of their keys, each once */
};

/* Takes one in. ERROR_LIMIT beyond LIMIT_LUA_FACTS and LIMIT_LUA_DETECTION_BYTES, ERROR_BAD_CONTENT
 * for a key that is none or is there twice, and for a fact larger than LIMIT_LUA_FACT_BYTES. */
int behavior_facts_add(struct behavior_facts *facts, const struct behavior_fact *fact,
                       struct error *err) ERROR_MUST_CHECK;
/* {"KEY":VALUE}; texts that are no JSON text are escaped (text_escape). A new reference. */
json_t *behavior_facts_json(const struct behavior_facts *facts);

#define BEHAVIOR_THUMBPRINT_TEXT (3 + 64 + 1)

/* "v1:HEX". keys: those that the rule names, NULL: all facts. */
int behavior_thumbprint(const char *rule, const struct behavior_facts *facts,
                        const char *const *keys, size_t key_count,
                        char out[static BEHAVIOR_THUMBPRINT_TEXT],
                        struct error *err) ERROR_MUST_CHECK;

/* A rule's detections within the minute that began at `start`, the events' clock in microseconds. */
struct behavior_rate {
    int64_t start;
    uint32_t raised;
    uint64_t held; /* since the last that was raised */
};

/* Whether one may be raised now: LIMIT_LUA_DETECTIONS a minute. *count: how many this one stands
 * for, at least 1. False: it is counted, and told with the next. A clock that goes back begins a new
 * minute. */
bool behavior_rate_take(struct behavior_rate *rate, int64_t now, uint64_t *count);

#endif
