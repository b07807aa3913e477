/* SPDX-License-Identifier: ISC */
#include "agent/verify.h"

#include <stdio.h>
#include <string.h>

/* Each root document was signed for its day and all of them apply, in their order. What counts in
 * the end is the lowest of a subject. */
static int note(struct verify *verify, uint64_t root, const struct root_floor_reset *reset,
                struct error *err)
{
    struct verify_reset *row = NULL;

    for (size_t i = 0; i < verify->reset_count && row == NULL; i++) {
        if (strcmp(verify->resets[i].subject, reset->subject) == 0)
            row = &verify->resets[i];
    }
    if (row != NULL) {
        row->time_us = reset->time_us < row->time_us ? reset->time_us : row->time_us;
        row->number = reset->number < row->number ? reset->number : row->number;
        row->root = root;
        return 0;
    }
    if (verify->reset_count == LIMIT_FLOOR_RESETS)
        return error_set(err, ERROR_LIMIT, "more than FLOOR_RESETS (%d) of new root documents",
                         LIMIT_FLOOR_RESETS);
    row = &verify->resets[verify->reset_count++];
    *row = (struct verify_reset){.root = root, .time_us = reset->time_us, .number = reset->number};
    snprintf(row->subject, sizeof(row->subject), "%s", reset->subject);
    return 0;
}

static void apply(struct verify_request *request, const struct root_floor_reset *reset)
{
    const char *name = reset->subject + strlen("type:");

    if (strncmp(reset->subject, "ring:", 5) == 0) {
        if (strcmp(request->ring, name) == 0)
            (void)floor_lower(&request->ring_floor, reset->time_us, reset->number);
        return;
    }
    for (size_t i = 0; i < request->floor_count; i++) {
        if (strcmp(request->floors[i].type, name) == 0)
            (void)floor_lower(&request->floors[i].floor, reset->time_us, reset->number);
    }
}

int verify_resets(struct verify *verify, struct error *err)
{
    const struct root_document *root = trust_root(verify->trust);
    int result = 0;

    for (size_t i = 0; i < root->reset_count && result == 0; i++) {
        const struct root_floor_reset *reset = &root->resets[i];

        if (verify->request.endpoint[0] == '\0' ||
            (strcmp(reset->endpoint, "*") != 0 &&
             strcmp(reset->endpoint, verify->request.endpoint) != 0))
            continue;
        result = note(verify, root->version, reset, err);
        apply(&verify->request, reset);
    }
    return result;
}
