/* SPDX-License-Identifier: ISC */
#include "drivers/behavior-number.h"

/* The one that has been free for longest; LIMIT_FILTER_SUBSCRIPTIONS: none is free. */
static size_t oldest_free(const struct behavior_numbers *numbers)
{
    size_t oldest = LIMIT_FILTER_SUBSCRIPTIONS;

    for (size_t i = 0; i < numbers->used; i++) {
        if (numbers->owners[i] != NULL)
            continue;
        if (oldest == LIMIT_FILTER_SUBSCRIPTIONS || numbers->freed[i] < numbers->freed[oldest])
            oldest = i;
    }
    return oldest;
}

int behavior_number_give(struct behavior_numbers *numbers, struct behavior_handler *handler)
{
    size_t number =
        numbers->used < LIMIT_FILTER_SUBSCRIPTIONS ? numbers->used++ : oldest_free(numbers);

    if (number == LIMIT_FILTER_SUBSCRIPTIONS)
        return BEHAVIOR_NO_NUMBER;
    numbers->owners[number] = handler;
    return (int)number;
}

void behavior_number_end(struct behavior_numbers *numbers, int number)
{
    if (number == BEHAVIOR_NO_NUMBER)
        return;
    numbers->owners[number] = NULL;
    numbers->freed[number] = ++numbers->clock;
}

struct behavior_handler *behavior_number_owner(const struct behavior_numbers *numbers,
                                               size_t number)
{
    return number < numbers->used ? numbers->owners[number] : NULL;
}
