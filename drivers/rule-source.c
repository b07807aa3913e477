/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "drivers/rule-source.h"

#include <stdbool.h>
#include <string.h>

#include "media/base/text.h"

/* Where this reader and LuaJIT's could differ, LuaJIT refuses the text: a string that is not closed,
 * an escape that it does not know. */
struct scan {
    const char *at, *end;
    int line;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (c & 0x80) != 0;
}

static char look(const struct scan *scan, size_t ahead)
{
    return (size_t)(scan->end - scan->at) > ahead ? scan->at[ahead] : '\0';
}

static void step(struct scan *scan)
{
    scan->line += *scan->at == '\n';
    scan->at++;
}

/* At "[", whether "[[" or "[=[" and so on: *level is the number of "=". */
static bool is_long(const struct scan *scan, size_t *level)
{
    for (*level = 0; look(scan, *level + 1) == '='; ++*level)
        ;
    return look(scan, 0) == '[' && look(scan, *level + 1) == '[';
}

static bool is_long_end(const struct scan *scan, size_t level)
{
    for (size_t i = 1; i <= level; i++)
        if (look(scan, i) != '=')
            return false;
    return look(scan, 0) == ']' && look(scan, level + 1) == ']';
}

static void skip_long(struct scan *scan, size_t level)
{
    for (scan->at += level + 2; scan->at < scan->end && !is_long_end(scan, level); step(scan))
        ;
    if (scan->at < scan->end)
        scan->at += level + 2;
}

static void skip_comment(struct scan *scan)
{
    size_t level;

    scan->at += 2;
    if (is_long(scan, &level)) {
        skip_long(scan, level);
        return;
    }
    while (scan->at < scan->end && *scan->at != '\n' && *scan->at != '\r')
        scan->at++;
}

static void skip_string(struct scan *scan)
{
    char quote = *scan->at++;

    while (scan->at < scan->end && *scan->at != quote) {
        if (*scan->at == '\\' && scan->at + 1 < scan->end)
            step(scan);
        step(scan);
    }
    if (scan->at < scan->end)
        scan->at++;
}

/* A word or a number, as far as letters, digits and points go. False: a number with letters that
 * only a suffix has. */
static bool take_word(struct scan *scan)
{
    bool number = is_digit(*scan->at), good = true;

    for (; scan->at < scan->end && (is_word(*scan->at) || (number && *scan->at == '.')); scan->at++)
        good = good && !(number && strchr("iIlLuU", *scan->at) != NULL);
    return good;
}

static bool take(struct scan *scan)
{
    size_t level;

    if (look(scan, 0) == '-' && look(scan, 1) == '-')
        skip_comment(scan);
    else if (look(scan, 0) == '"' || look(scan, 0) == '\'')
        skip_string(scan);
    else if (is_long(scan, &level))
        skip_long(scan, level);
    else if (is_word(look(scan, 0)))
        return take_word(scan);
    else
        step(scan);
    return true;
}

int rule_source_check(const char *text, size_t size, int *line, struct error *err)
{
    struct scan scan = {text, text + size, 1};

    *line = 0;
    if (memchr(text, '\0', size) != NULL || text_is_utf8(text, size) == 0)
        return error_set(err, ERROR_BAD_CONTENT, "expected a text in UTF-8 without NUL");
    *line = 1;
    if (look(&scan, 0) == '#' || look(&scan, 0) == '\xef')
        return error_set(err, ERROR_BAD_CONTENT, "expected Lua from the first byte on");
    while (scan.at < scan.end) {
        *line = scan.line;
        if (!take(&scan))
            return error_set(err, ERROR_BAD_CONTENT,
                             "expected a number without suffix (LL, ULL and i make no number)");
    }
    return 0;
}
