/* SPDX-License-Identifier: ISC
 *
 * From what publish is given to the folder that is packed: copied, compiled where the type asks for
 * it, and checked by the type's driver.
 */
#ifndef MIRROR_SOURCE_CONTENT_H
#define MIRROR_SOURCE_CONTENT_H

#include <jansson.h>

#include "media/content-type.h"
#include "mirror/progress.h"
#include "mirror/report.h"
#include "mirror/repository.h"

struct source_content {
    const char *libexec;
    struct repository *repository;
    struct progress *progress;
    int folder_fd;  /* the content, checked; -1 before */
    json_t *counts; /* what the compile step counted; NULL where there was none */
};

/* Fills folder_fd and counts, in folders of the repository's scratch. source_content_clear() in every
 * case. */
int source_content_take(struct source_content *content, const char *source,
                        const struct content_type *type, struct error *err) ERROR_MUST_CHECK;
void source_content_clear(struct source_content *content);

/* A line for each list that was counted: what is published is seen before it is signed. */
void source_content_tell(const struct source_content *content, const struct report *report);

#endif
