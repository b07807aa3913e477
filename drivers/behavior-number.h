/* SPDX-License-Identifier: ISC
 *
 * The numbers by which the sensor says which on() an event is for. Batches that are under way when
 * rules are replaced carry old numbers: so a number keeps its meaning while its rule lives, means
 * nothing afterwards, and is given again as late as it can be.
 */
#ifndef DRIVERS_BEHAVIOR_NUMBER_H
#define DRIVERS_BEHAVIOR_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#include "media/base/limits.h"

struct behavior_handler;

#define BEHAVIOR_NO_NUMBER (-1)

/* All zero: none is given. */
struct behavior_numbers {
    struct behavior_handler *owners[LIMIT_FILTER_SUBSCRIPTIONS];
    uint64_t freed[LIMIT_FILTER_SUBSCRIPTIONS]; /* when, on a clock of this; 0: never given */
    uint64_t clock;
    size_t used; /* numbers below this have been given at some time */
};

/* A number for it; BEHAVIOR_NO_NUMBER: all are in use. */
int behavior_number_give(struct behavior_numbers *numbers, struct behavior_handler *handler);
void behavior_number_end(struct behavior_numbers *numbers, int number);

/* NULL: the number means nothing. */
struct behavior_handler *behavior_number_owner(const struct behavior_numbers *numbers,
                                               size_t number);

#endif
