/* SPDX-License-Identifier: ISC */
#include "media/base/protected-flag.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "media/base/limits.h"

/* What protects the endpoint is no feature: a signed set must not be able to switch it off. */
static const struct {
    const char *name;
    const char *why;
} protected_names[] = {
    {"verification", "verification is never switched off"},
    {"signatures", "verification is never switched off"},
    {"timestamps", "verification is never switched off"},
    {"revocation", "verification is never switched off"},
    {"thresholds", "verification is never switched off"},
    {"floors", "anti-rollback is never switched off"},
    {"rollback", "anti-rollback is never switched off"},
    {"audit", "the audit chain is never switched off"},
    {"sandbox", "the sandbox is never switched off"},
    {"repair", "the last-resort repair is never switched off"},
    {"last-resort-repair", "the last-resort repair is never switched off"},
};

const char *protected_flag(const char *name)
{
    for (size_t i = 0; i < sizeof(protected_names) / sizeof(protected_names[0]); i++)
        if (strcmp(protected_names[i].name, name) == 0)
            return protected_names[i].why;
    return NULL;
}

const char *protected_key(const char *key)
{
    char part[LIMIT_NAME_BYTES + 1];

    for (const char *next = key; *next != '\0';) {
        size_t size = strcspn(next, "/");
        const char *why;

        /* No protected name is as long as what is cut here. */
        snprintf(part, sizeof(part), "%.*s", (int)(size < sizeof(part) ? size : 0), next);
        why = protected_flag(part);
        if (why != NULL)
            return why;
        next += size + (next[size] == '/');
    }
    return NULL;
}
