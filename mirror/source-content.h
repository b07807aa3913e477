/* SPDX-License-Identifier: ISC
 *
 * From what publish is given to the files that are packed: held or copied, converted where it has the
 * form of others, compiled where the type asks for it, and checked by the type's driver.
 */
#ifndef MIRROR_SOURCE_CONTENT_H
#define MIRROR_SOURCE_CONTENT_H

#include <jansson.h>

#include "media/content-type.h"
#include "media/package-source.h"
#include "mirror/progress.h"
#include "mirror/report.h"
#include "mirror/repository.h"
#include "mirror/source-convert.h"

struct source_content {
    const char *libexec;
    struct repository *repository;
    struct progress *progress;
    const struct source_format *format; /* of the source; NULL: the type's own */
    bool skip_unsupported;              /* leave out what can't be converted */
    struct source_converted converted;
    bool refused;  /* for what could not be converted, and nothing else */
    int folder_fd; /* the content, checked; -1 before, and where it is held */
    struct package_source
        held;       /* the source's own files as content, checked; none: they are copied */
    json_t *counts; /* what the compile step counted; NULL where there was none */
};

/* Fills folder_fd and counts, in folders of the repository's scratch. Where something can't be
 * converted (and is not to be left out) this is ERROR_BAD_CONTENT, and all of it is in
 * converted.findings. source_content_clear() in every case. */
int source_content_take(struct source_content *content, const char *source,
                        const struct content_type *type, struct error *err) ERROR_MUST_CHECK;
/* Whether the files that are held are still what the driver judged; once they were read for the last
 * time. ERROR_BAD_CONTENT names one that is not. */
int source_content_settle(const struct source_content *content, struct error *err) ERROR_MUST_CHECK;
void source_content_clear(struct source_content *content);

/* A line for each list that was counted and for each finding: what is published is seen before it is
 * signed. */
void source_content_tell(const struct source_content *content, const struct report *report);
/* What came of the conversion, for documents: {"format","made","left_out","broken","findings"}. A new
 * reference. */
json_t *source_content_converted(const struct source_content *content);

#endif
