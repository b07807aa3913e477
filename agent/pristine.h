/* SPDX-License-Identifier: ISC
 *
 * Copies of our own programs as they were installed, and the list that says what each must be.
 *
 *   LIBEXEC/pristine/NAME  a copy
 *   LIBEXEC/pristine/list  a line each, "MODE SHA-384 NAME" (mode of four octal digits, hex), sorted
 *                          by name; the last line is "end SHA-384", over all before it
 *
 * build-aux/pristine.sh makes both from what was installed. They protect from damage: a flipped
 * byte, a file that is gone, a mode. Not from whoever may write there: who can change a program can
 * change its copy and the list; signatures of packages are for that.
 */
#ifndef AGENT_PRISTINE_H
#define AGENT_PRISTINE_H

#include <stdbool.h>
#include <sys/types.h>

#include "media/base/error.h"
#include "media/base/limits.h"
#include "media/digest.h"

struct pristine_file {
    char name[LIMIT_NAME_BYTES + 1];
    mode_t mode;
    uint8_t digest[DIGEST_BYTES];
};

struct pristine_list {
    size_t count;
    struct pristine_file files[LIMIT_PRISTINE_FILES];
};

/* The list as text. 0, or -1: it is not as it was written. */
int pristine_parse(struct bytes_view text, struct pristine_list *list) ERROR_MUST_CHECK;

/* ERROR_NOT_FOUND: there is no list; ERROR_BAD_DIGEST: it is not as it was written. */
int pristine_read(int pristine, struct pristine_list *list, struct error *err) ERROR_MUST_CHECK;

/* NULL: it is not in the list. */
const struct pristine_file *pristine_find(const struct pristine_list *list, const char *name);

/* *sound, or what is wrong with it in `words`. */
int pristine_compare(int own, const struct pristine_file *file, bool *sound,
                     char words[static ERROR_WORDS_BYTES], struct error *err) ERROR_MUST_CHECK;

/* Puts the copy in its place, whole or not at all. ERROR_BAD_DIGEST: the copy is damaged itself. */
int pristine_restore(int pristine, int own, const struct pristine_file *file,
                     struct error *err) ERROR_MUST_CHECK;

#endif
