/* SPDX-License-Identifier: ISC */
#include "drivers/remap-guard.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "media/base/limits.h"

struct scan {
    const char *text;
    const char *at, *end;
    unsigned depth;
};

static unsigned long long line_of(const struct scan *scan, const char *place)
{
    unsigned long long line = 1;

    for (const char *c = scan->text; (c = memchr(c, '\n', (size_t)(place - c))) != NULL; c++)
        line++;
    return line;
}

static size_t left(const struct scan *scan)
{
    return (size_t)(scan->end - scan->at);
}

static bool is_at(const struct scan *scan, const char *words)
{
    return left(scan) >= strlen(words) && memcmp(scan->at, words, strlen(words)) == 0;
}

/* Behind the next such words; false: there are none, and the parser will say so. */
static bool skip_past(struct scan *scan, const char *words)
{
    const char *found = memmem(scan->at, left(scan), words, strlen(words));

    scan->at = found != NULL ? found + strlen(words) : scan->end;
    return found != NULL;
}

/* From behind "<" to behind ">". Quotes may hold a ">". */
static int start_tag(struct scan *scan, struct error *err)
{
    unsigned attributes = 0;

    for (; scan->at < scan->end && *scan->at != '>'; scan->at++) {
        const char *quote;

        if (*scan->at != '"' && *scan->at != '\'')
            continue;
        if (++attributes > LIMIT_XML_ATTRIBUTES)
            return error_set(err, ERROR_BAD_CONTENT,
                             "an element with more than XML_ATTRIBUTES, %d attributes",
                             LIMIT_XML_ATTRIBUTES);
        quote = memchr(scan->at + 1, *scan->at, left(scan) - 1);
        if (quote == NULL) {
            scan->at = scan->end;
            return 0;
        }
        scan->at = quote;
    }
    if (scan->at == scan->end)
        return 0;
    if (scan->at[-1] != '/' && ++scan->depth > LIMIT_XML_DEPTH)
        return error_set(err, ERROR_BAD_CONTENT, "elements deeper than XML_DEPTH, %d levels",
                         LIMIT_XML_DEPTH);
    scan->at++;
    return 0;
}

/* One piece of markup, which begins at "<". */
static int markup(struct scan *scan, struct error *err)
{
    static const struct {
        const char *begin, *end;
    } skipped[] = {{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}};

    for (size_t i = 0; i < sizeof(skipped) / sizeof(skipped[0]); i++) {
        if (!is_at(scan, skipped[i].begin))
            continue;
        scan->at += strlen(skipped[i].begin);
        skip_past(scan, skipped[i].end);
        return 0;
    }
    if (is_at(scan, "<!"))
        return error_set(err, ERROR_BAD_CONTENT, "a DOCTYPE or other declaration; none is read");
    if (is_at(scan, "</")) {
        scan->depth -= scan->depth > 0;
        skip_past(scan, ">");
        return 0;
    }
    scan->at++;
    return start_tag(scan, err);
}

int remap_guard(const char *text, size_t size, struct error *err)
{
    struct scan scan = {.text = text, .at = text, .end = text + size};
    const char *place = text;
    int result = 0;

    while (result == 0 && (place = memchr(scan.at, '<', left(&scan))) != NULL) {
        scan.at = place;
        result = markup(&scan, err);
    }
    if (result == 0)
        return 0;
    return error_context(err, "%llu", line_of(&scan, place));
}
