/* SPDX-License-Identifier: ISC */
#include "tui/panel.h"

#include <string.h>

static const struct panel *const panels[PANELS] = {
    &panel_status, &panel_media, &panel_import, &panel_audit, &panel_engines,
};

const struct panel *panel_at(size_t i)
{
    return i < PANELS ? panels[i] : NULL;
}

const struct panel *panel_find(const char *name)
{
    for (size_t i = 0; i < PANELS; i++)
        if (strcmp(panels[i]->name, name) == 0)
            return panels[i];
    return NULL;
}
