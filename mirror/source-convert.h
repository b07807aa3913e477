/* SPDX-License-Identifier: ISC
 *
 * Sources in the form of others (publish --from): sallyport-convert makes ours of each file
 * (media/base/convert-protocol.h); this side starts it, hands it descriptors and hears the outcome. No
 * byte of a source is parsed here.
 */
#ifndef MIRROR_SOURCE_CONVERT_H
#define MIRROR_SOURCE_CONVERT_H

#include <jansson.h>
#include <stdbool.h>

#include "media/base/error.h"
#include "media/content-type.h"

struct source_format {
    const char *name;           /* "sigma" */
    const char *type;           /* the content type that it becomes */
    struct content_type source; /* which files a source of it may hold */
    const char *suffix;         /* of the files that are made */
};

/* The row of a format for a type; ERROR_USAGE names those that there are. */
int source_format_find(const char *name, const struct content_type *type,
                       const struct source_format **format, struct error *err) ERROR_MUST_CHECK;

struct source_converted {
    uint32_t made;     /* files */
    uint32_t left_out; /* files that ours can't say */
    uint32_t broken;   /* files that are no sound ones of their format */
    json_t *findings;  /* [{"file", "line", "what"}]; the caller's, never NULL on success */
};

/* Converts the files beneath source_fd into the empty folder out_fd, names kept but for the suffix.
 * What can't be converted is in the findings, and has no file. ERROR_BAD_CONTENT for a file that
 * the program crashed on. */
int source_convert(const char *libexec, const struct source_format *format, int source_fd,
                   int out_fd, struct source_converted *converted,
                   struct error *err) ERROR_MUST_CHECK;

#endif
