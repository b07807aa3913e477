/* SPDX-License-Identifier: ISC
 *
 * What one rule remembers by state.set(): keys with a value and an end. Keys come out of events, so
 * whoever makes the events chooses them: lookups are a balanced tree's, and what the rules hold
 * together is bounded by a purse that they share.
 */
#ifndef DRIVERS_BEHAVIOR_STATE_H
#define DRIVERS_BEHAVIOR_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/base/bytes.h"

enum behavior_value_kind { BEHAVIOR_FLAG, BEHAVIOR_NUMBER, BEHAVIOR_TEXT };

struct behavior_value {
    enum behavior_value_kind kind;
    bool flag;
    int64_t number;
    struct bytes_view text; /* borrowed */
};

/* Bytes that all states on one purse hold, and may hold. */
struct behavior_purse {
    size_t bytes, most;
};

struct behavior_state;

/* An empty one. The purse outlives it. behavior_state_free() gives back what it held. */
struct behavior_state *behavior_state_new(struct behavior_purse *purse);
void behavior_state_free(struct behavior_state *state); /* NULL is fine */

/* Times are the events', in microseconds. False: no such key, or its end has come. The text is good
 * until the next set. */
bool behavior_state_get(struct behavior_state *state, struct bytes_view key, int64_t now,
                        struct behavior_value *value);
/* value NULL: forgets the key. False: no room (LIMIT_LUA_STATE_KEYS, or the purse); what was there
 * of the key is then as it was. */
bool behavior_state_set(struct behavior_state *state, struct bytes_view key,
                        const struct behavior_value *value, int64_t now, int64_t end);

/* Keys held; some may have come to their end. */
size_t behavior_state_count(const struct behavior_state *state);

#endif
