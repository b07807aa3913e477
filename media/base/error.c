/* SPDX-License-Identifier: ISC */
#include "media/base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct error_row rows[ERROR_COUNT] = {
#define X(symbol, name, exit_status, cause, next)                                                  \
    [ERROR_##symbol] = {ERROR_##symbol, name, exit_status, cause, next},
    ERROR_CODES(X)
#undef X
};

int error_set(struct error *err, enum error_code code, const char *format, ...)
{
    va_list arguments;

    err->code = code;
    va_start(arguments, format);
    vsnprintf(err->words, sizeof(err->words), format, arguments);
    va_end(arguments);
    return -(int)code;
}

int error_set_errno(struct error *err, enum error_code code, int number, const char *format, ...)
{
    char words[ERROR_WORDS_BYTES - 80]; /* leaves room for the system's words */
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(words, sizeof(words), format, arguments);
    va_end(arguments);
    if (code == ERROR_IO && (number == ENOSPC || number == EDQUOT))
        code = ERROR_NO_SPACE;
    return error_set(err, code, "%s: %s", words, strerror(number));
}

int error_context(struct error *err, const char *format, ...)
{
    char before[ERROR_WORDS_BYTES];
    char context[ERROR_WORDS_BYTES / 2];
    va_list arguments;

    memcpy(before, err->words, sizeof(before));
    before[sizeof(before) - 1] = '\0';
    va_start(arguments, format);
    vsnprintf(context, sizeof(context), format, arguments);
    va_end(arguments);
    return error_set(err, err->code, "%s: %s", context, before);
}

int error_object(struct error *err, const char *object)
{
    if (strstr(err->words, object) != NULL)
        return -(int)err->code;
    return error_context(err, "%s", object);
}

const struct error_row *error_row(enum error_code code)
{
    if ((unsigned)code >= ERROR_COUNT)
        return &rows[ERROR_INTERNAL];
    return &rows[code];
}

const char *error_name(enum error_code code)
{
    return error_row(code)->name;
}

int error_from_name(const char *name, enum error_code *code)
{
    for (unsigned i = 0; i < ERROR_COUNT; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            *code = (enum error_code)i;
            return 0;
        }
    }
    return -1;
}
