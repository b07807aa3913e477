/* SPDX-License-Identifier: ISC */
#include "tui/import-step.h"

#include <string.h>

static const struct import_step steps[IMPORT_STEPS] = {
    {"verify", "check signatures, floors and policy", true},
    {"plan", "plan what is needed, and its room", true},
    {"fetch", "copy and rebuild files", true},
    {"judge", "compare every file with its digest", false},
    {"check", "let the driver load it", false},
    {"activate", "put it into service", false},
};

const struct import_step *import_step_at(size_t i)
{
    return i < IMPORT_STEPS ? &steps[i] : NULL;
}

size_t import_step_find(const char *name)
{
    size_t i = 0;

    while (i < IMPORT_STEPS && (name == NULL || strcmp(steps[i].name, name) != 0))
        i++;
    return i;
}
