/* SPDX-License-Identifier: ISC */
#include "tui/panel.h"

#include <string.h>

#include "tui/field.h"

static const struct panel *const panels[PANELS] = {
    &panel_status, &panel_media, &panel_import, &panel_audit, &panel_engines,
};

const struct panel *panel_at(size_t i)
{
    return i < PANELS ? panels[i] : NULL;
}

void panel_fill_worst_first(const json_t *list, void (*fill)(const json_t *, struct listing *),
                            struct listing *listing)
{
    static const enum output_mark grave[] = {OUTPUT_BLOCKED, OUTPUT_FAIL, OUTPUT_WARN, OUTPUT_OK};
    const size_t graves = sizeof(grave) / sizeof(grave[0]);

    for (size_t pass = 0; pass <= graves; pass++)
        for (size_t i = 0; i < json_array_size(list); i++) {
            const json_t *row = json_array_get(list, i);
            size_t place = 0;

            while (place < graves && grave[place] != output_mark_of(field_raw(row, "health")))
                place++;
            if (place == pass)
                fill(row, listing);
        }
}

const struct panel *panel_find(const char *name)
{
    for (size_t i = 0; i < PANELS; i++)
        if (strcmp(panels[i]->name, name) == 0)
            return panels[i];
    return NULL;
}
