/* SPDX-License-Identifier: ISC */
#include "drivers/convert/lua-text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "media/base/text.h"

#define LINE_BYTES 256

static bool is_plain(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

int lua_text_put(struct bytes *out, struct error *err, const char *format, ...)
{
    char line[LINE_BYTES];
    va_list arguments;
    int size;

    va_start(arguments, format);
    size = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    if (size < 0 || (size_t)size >= sizeof(line))
        return error_set(err, ERROR_INTERNAL, "a line of Lua is longer than %d bytes", LINE_BYTES);
    return bytes_put(out, line, (size_t)size, err);
}

int lua_text_quote(struct bytes *out, struct bytes_view text, struct error *err)
{
    int result = bytes_put_u8(out, '"', err);

    for (size_t i = 0; i < text.size && result == 0; i++) {
        if (is_plain(text.data[i]))
            result = bytes_put_u8(out, text.data[i], err);
        else if (text.data[i] == '"' || text.data[i] == '\\')
            result = lua_text_put(out, err, "\\%c", text.data[i]);
        else
            result = lua_text_put(out, err, "\\%03u", text.data[i]);
    }
    return result == 0 ? bytes_put_u8(out, '"', err) : result;
}

/* After "-- LABEL: " a "[[" is no longer at the place where it would begin a long comment. */
int lua_text_comment(struct bytes *out, const char *label, struct bytes_view words,
                     struct error *err)
{
    char shown[LINE_BYTES / 2];

    text_escape(words.data, words.size, shown, sizeof(shown));
    return lua_text_put(out, err, "-- %s: %s\n", label, shown);
}
