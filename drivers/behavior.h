/* SPDX-License-Identifier: ISC
 *
 * What the parts of sallyport-driver-behavior share: one process, one interpreter, two contents
 * (behaviour rules, and the product rules that they build on), and the moment that a rule is in.
 */
#ifndef DRIVERS_BEHAVIOR_H
#define DRIVERS_BEHAVIOR_H

#include <jansson.h>
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/behavior-detect.h"
#include "drivers/behavior-number.h"
#include "drivers/behavior-state.h"
#include "drivers/driver.h"
#include "drivers/rule-engine.h"
#include "media/base/event.h"
#include "media/base/limits.h"

/* In the order of the family's types. */
enum behavior_type { BEHAVIOR_RULES, BEHAVIOR_PRODUCT_RULES, BEHAVIOR_TYPES };

/* One on() of a rule. */
struct behavior_handler {
    struct rule *rule;
    int kept;             /* its function */
    json_t *subscription; /* event-filter.h */
    int number;           /* BEHAVIOR_NO_NUMBER: not told to the sensor yet */
    bool reached;         /* by an event of a selftest */
};

/* One rule, as the family knows it: rule_data(). */
struct behavior_rule {
    struct behavior *behavior;
    struct rule *rule;
    struct behavior_set *set;
    char *severity;
    json_t *attack, *thumbprint; /* lists; NULL: not given */
    size_t handler_count;
    struct behavior_handler handlers[LIMIT_LUA_HANDLERS];
    struct behavior_state *state;
    struct behavior_rate rate;
    int uses;             /* its copies of what use() gave: a place in the registry */
    uint64_t uses_serial; /* of the set that they are of */
    uint64_t detections, suppressed;
};

/* What product rules provide by a name: a plain value, or a function. */
struct behavior_provided {
    char *name;
    const struct rule *rule;
    json_t *value; /* NULL: a function */
    int function;  /* a place in the registry: for others to call */
    int kept;      /* the same, for its own rule's selftests */
};

/* A content that is loaded. */
struct behavior_set {
    struct behavior *behavior;
    enum behavior_type type;
    struct rule_set *rules;
    uint64_t serial; /* different for each of a process */
    size_t handler_count, subscription_bytes;
    size_t provided_count;
    struct behavior_provided *provided;
};

/* Where what rules say goes. */
struct behavior_sink {
    void (*detection)(void *context, json_t *detection); /* taken: driver-protocol.h */
    void (*tag)(void *context, const struct event_tag *tag);
    void *context;
};

/* A selftest that runs: what the case gives in place of the world. */
struct behavior_case {
    int uses;                  /* a table in the registry, LUA_NOREF: none */
    const json_t *rep;         /* {"HEX or signer": verdict}; NULL: nothing is known */
    bool suppressed;           /* what detect() answers */
    const json_t *thumbprints; /* for which it answers that: ["v1:HEX"]; NULL: none */
    struct behavior_state *state;
    struct behavior_processes *processes;
    uint64_t detects; /* so far */
};

/* What is going on while a rule runs; event NULL: it is being loaded. */
struct behavior_moment {
    const struct event *event;
    uint32_t count;
    uintptr_t serial; /* of the reaction: the event as this rule has it */
    uint32_t tables;  /* bit 1 << field: made for this event already */
    struct behavior_case *mocks;
    const struct behavior_set *product; /* NULL: none in service */
    const struct behavior_sink *sink;
};

struct behavior_counts {
    uint64_t events, reactions, detections, held, suppressed, tags, dropped;
};

/* Fields of events by the place of their names in the interpreter: behavior-event.c. */
#define BEHAVIOR_NAMES 64
struct behavior_names {
    const char *names[BEHAVIOR_NAMES];
    uint8_t fields[BEHAVIOR_NAMES];
};

struct behavior {
    struct rule_engine *engine;
    struct driver_watch *watch;
    const struct driver_reads *reads;
    lua_State *lua; /* once a rule has been loaded */
    struct behavior_purse purse;
    struct behavior_numbers numbers;
    struct behavior_names names;
    struct behavior_moment moment;
    struct behavior_set *loading;
    struct behavior_counts counts;
    uint64_t sets;
    uintptr_t event_serial; /* the last reaction's */
    int event_tables;       /* of fields that are tables: a place in the registry */
    bool in_service;        /* a channel has been heard */
    bool replaying;
    int channel; /* while it is heard: where tags go */
    uint8_t packet[EVENT_BATCH_BYTES];
};

#endif
