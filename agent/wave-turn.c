/* SPDX-License-Identifier: ISC */
#include "agent/wave-turn.h"

#include <string.h>

#include "media/base/instant.h"

unsigned wave_turn_position(const char *endpoint, const uint8_t set[static DIGEST_BYTES])
{
    struct digest *digest = digest_new();
    uint8_t result[DIGEST_BYTES];
    uint64_t fraction = 0;

    digest_add(digest, endpoint, strlen(endpoint));
    digest_add(digest, set, DIGEST_BYTES);
    digest_finish(digest, result);
    for (size_t i = 0; i < 8; i++)
        fraction = fraction << 8 | result[i];
    return (unsigned)((unsigned __int128)fraction * 100 >> 64);
}

void wave_turn_of(const struct wave_plan *plan, unsigned position, int64_t seen_us,
                  struct wave_turn *turn)
{
    size_t i = 0;

    while (i + 1 < plan->count && position >= plan->waves[i].percent)
        i++;
    turn->number = i + 1;
    turn->of = plan->count;
    turn->opens_us = seen_us + (int64_t)plan->waves[i].delay_s * INSTANT_SECOND_US;
}

int wave_turn_of_type(const json_t *waves, const char *type, unsigned position, int64_t seen_us,
                      struct wave_turn *turn, struct error *err)
{
    const json_t *list = json_object_get(waves, type);
    struct wave_plan plan;
    int result;

    if (list == NULL)
        list = json_object_get(waves, "default");
    result = wave_parse(list, &plan, err);
    if (result == 0)
        wave_turn_of(&plan, position, seen_us, turn);
    return result;
}

int wave_turn_of_staged(const struct state_set *newest, const char *endpoint,
                        const struct state_package *staged, struct wave_turn *turn,
                        struct error *err)
{
    unsigned position = wave_turn_position(endpoint, staged->set_digest);
    int64_t seen_us = staged->at_us < newest->seen_us ? staged->at_us : newest->seen_us;

    return wave_turn_of_type(newest->waves, staged->type, position, seen_us, turn, err);
}
