/* SPDX-License-Identifier: ISC */
#include "drivers/compile/source-lines.h"

#include <string.h>

#include "media/base/limits.h"

static const uint8_t mark[] = {0xef, 0xbb, 0xbf};

/* Takes one line with its end off the front. */
static struct bytes_view cut_line(struct bytes_view *rest)
{
    const uint8_t *end = memchr(rest->data, '\n', rest->size);
    size_t size = end == NULL ? rest->size : (size_t)(end - rest->data);
    size_t taken = end == NULL ? size : size + 1;
    struct bytes_view line = bytes_view_of(rest->data, size);

    *rest = bytes_view_of(rest->data + taken, rest->size - taken);
    if (line.size > 0 && line.data[line.size - 1] == '\r')
        line.size--;
    return line;
}

static int check_line(struct bytes_view line, struct error *err)
{
    if (line.size == 0)
        return error_set(err, ERROR_BAD_CONTENT, "line: empty: take it out");
    if (line.size > LIMIT_SOURCE_LINE)
        return error_set(err, ERROR_BAD_CONTENT, "line: more than %d bytes (SOURCE_LINE)",
                         LIMIT_SOURCE_LINE);
    return 0;
}

int source_lines(struct bytes_view text, struct source_reading *reading, source_line each,
                 void *context, struct error *err)
{
    struct bytes_view rest = text;
    int result = 0;

    reading->line = 0;
    if (text.size >= sizeof(mark) && memcmp(text.data, mark, sizeof(mark)) == 0) {
        reading->line = 1;
        return error_set(err, ERROR_BAD_CONTENT,
                         "encoding: begins with a byte order mark: save it as UTF-8 without one");
    }
    while (rest.size > 0 && result == 0) {
        struct bytes_view line = cut_line(&rest);

        reading->line++;
        result = check_line(line, err);
        if (result == 0)
            result = each(context, reading, line, err);
        if (result == 0 && reading->line % SOURCE_PROGRESS_ROWS == 0)
            result = reading->progress(reading->context, text.size - rest.size, text.size, err);
    }
    return result;
}
