/* SPDX-License-Identifier: ISC
 *
 * Errors: a code and words. The code decides (exit status, retry, policy); the words are for the
 * operator and gain context on the way up ("set 7: packages[2]: version: missing").
 *
 * Convention in the whole tree: a fallible function returns 0 or a negative error code and takes
 * `struct error *err` last. On failure err holds code and words; on success err is untouched.
 * err is never NULL. Words may hold bytes from outside: whoever prints them goes through
 * text_escape().
 */
#ifndef MEDIA_BASE_ERROR_H
#define MEDIA_BASE_ERROR_H

#include "media/base/error-codes.h"

#define ERROR_WORDS_BYTES 512

enum error_code {
#define X(symbol, name, exit_status, cause, next) ERROR_##symbol,
    ERROR_CODES(X)
#undef X
        ERROR_COUNT
};

struct error {
    enum error_code code;
    char words[ERROR_WORDS_BYTES];
};

/* One row of the list: everything that explain, man pages and JSON say about a code. */
struct error_row {
    enum error_code code;
    const char *name;
    int exit_status;
    const char *cause;
    const char *next_step;
};

#define ERROR_MUST_CHECK __attribute__((warn_unused_result))

/* Sets code and words. Returns -code, so that `return error_set(err, ...)` is one line.
 * Words that do not fit are cut. */
int error_set(struct error *err, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As error_set, with ": " and the system's words for `number` (an errno value) appended.
 * ENOSPC and EDQUOT become ERROR_NO_SPACE where code is ERROR_IO. */
int error_set_errno(struct error *err, enum error_code code, int number, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Puts "context: " before the words that are there. Returns -err->code. */
int error_context(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* As error_context() with the name of the object that the error is about, where the words do not
 * name it yet: a reader that knows names gives them, another can't. */
int error_object(struct error *err, const char *object);

/* The row of a code; never NULL (an unknown code gives the row of ERROR_INTERNAL). */
const struct error_row *error_row(enum error_code code);

/* The stable name of a code ("rollback"). */
const char *error_name(enum error_code code);

/* Finds the code of a stable name. Returns 0, or -1 when no code has that name. */
int error_from_name(const char *name, enum error_code *code) ERROR_MUST_CHECK;

#endif
