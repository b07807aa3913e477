/* SPDX-License-Identifier: ISC */
#include "drivers/convert/sigma-value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SHOWN      64                            /* bytes of a key that a finding shows */
#define VALUE_MOST ((LIMIT_LUA_PATTERN - 8) / 2) /* so that it fits with each byte escaped */

static const struct {
    const char *name;
    enum sigma_kind kind;
    enum sigma_field field;
} names[] = {
    {"Image", SIGMA_EXEC, SIGMA_PATH},
    {"CommandLine", SIGMA_EXEC, SIGMA_COMMAND},
    {"ParentImage", SIGMA_EXEC, SIGMA_PARENT},
    {"CurrentDirectory", SIGMA_EXEC, SIGMA_FOLDER},
    {"User", SIGMA_EXEC, SIGMA_USER},
    {"TargetFilename", SIGMA_WRITE, SIGMA_PATH},
    {"CommandLine", SIGMA_WRITE, SIGMA_COMMAND},
    {"ParentImage", SIGMA_WRITE, SIGMA_PARENT},
    {"CurrentDirectory", SIGMA_WRITE, SIGMA_FOLDER},
    {"User", SIGMA_WRITE, SIGMA_USER},
};

static bool is(struct bytes_view word, const char *text)
{
    return bytes_equal(word, bytes_view_of(text, strlen(text)));
}

/* Takes the part before the next "|" off the front. */
static struct bytes_view next_part(struct bytes_view *rest)
{
    const uint8_t *bar = rest->size > 0 ? memchr(rest->data, '|', rest->size) : NULL;
    size_t size = bar != NULL ? (size_t)(bar - rest->data) : rest->size;
    struct bytes_view part = bytes_view_of(rest->data, size);

    size += bar != NULL;
    *rest = bytes_view_of(rest->data + size, rest->size - size);
    return part;
}

static bool find_field(enum sigma_kind kind, struct bytes_view name, enum sigma_field *field)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].kind == kind && is(name, names[i].name)) {
            *field = names[i].field;
            return true;
        }
    }
    return false;
}

/* i, m and s count only behind re. */
static bool *find_modifier(struct sigma_key *key, struct bytes_view name)
{
    const struct {
        const char *name;
        bool *flag;
        bool of_re;
    } rows[] = {
        {"contains", &key->contains, false},
        {"startswith", &key->starts, false},
        {"endswith", &key->ends, false},
        {"all", &key->all, false},
        {"cased", &key->exact_case, false},
        {"exists", &key->exists, false},
        {"re", &key->re, false},
        {"i", &key->re_letters, true},
        {"m", &key->re_lines, true},
        {"s", &key->re_dot, true},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (is(name, rows[i].name) && (!rows[i].of_re || key->re))
            return rows[i].flag;
    return NULL;
}

static bool modifiers_agree(const struct sigma_key *key)
{
    int ways = key->contains + key->starts + key->ends + key->re + key->exists;

    return ways <= 1 && !(key->re && key->exact_case) &&
           !(key->exists && (key->all || key->exact_case));
}

bool sigma_key_read(enum sigma_kind kind, const struct yaml_item *item, struct sigma_key *key,
                    struct sigma_findings *findings)
{
    struct bytes_view rest = item->key, part = next_part(&rest);
    bool good = true;

    *key = (struct sigma_key){0};
    if (part.size == 0)
        sigma_unsupported(findings, item->line, "keywords: events have fields, no text as a whole");
    else if (!find_field(kind, part, &key->field))
        sigma_unsupported(findings, item->line, "%.*s: no %s event has this field", SHOWN,
                          item->key.data, kind == SIGMA_EXEC ? "exec" : "write");
    good = part.size > 0 && find_field(kind, part, &key->field);
    while (rest.size > 0) {
        bool *flag;

        part = next_part(&rest);
        flag = find_modifier(key, part);
        if (flag != NULL) {
            *flag = true;
            continue;
        }
        sigma_unsupported(findings, item->line, "%.*s: the modifier %.*s is not converted", SHOWN,
                          item->key.data, (int)part.size, part.data);
        good = false;
    }
    if (good && !modifiers_agree(key)) {
        sigma_broken(findings, item->line, "%.*s: modifiers that exclude each other", SHOWN,
                     item->key.data);
        good = false;
    }
    return good;
}

/* A value without its escapes: as a glob, and as the text that it is where it holds no wildcard but at
 * its ends. */
struct reading {
    char *glob, *text;
    size_t glob_size, text_size;
    bool wild_start, wild_end, wild_inside;
};

static void put_literal(struct reading *reading, char byte)
{
    if (strchr("*?[\\", byte) != NULL)
        reading->glob[reading->glob_size++] = '\\';
    reading->glob[reading->glob_size++] = byte;
    reading->text[reading->text_size++] = byte;
    reading->wild_inside |= reading->wild_end;
    reading->wild_end = false;
}

static void put_wildcard(struct reading *reading, char byte)
{
    reading->glob[reading->glob_size++] = byte;
    if (byte == '?')
        reading->wild_inside = true;
    else if (reading->text_size == 0)
        reading->wild_start = true;
    else
        reading->wild_end = true;
}

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

static void read_wildcards(struct reading *reading, const struct sigma_key *key,
                           struct bytes_view value)
{
    if (key->contains || key->ends)
        put_wildcard(reading, '*');
    for (size_t i = 0; i < value.size; i++) {
        char byte = key->exact_case ? (char)value.data[i] : lower((char)value.data[i]);
        bool more = i + 1 < value.size;

        if (byte == '\\' && more && strchr("*?\\", value.data[i + 1]) != NULL)
            put_literal(reading, (char)value.data[++i]);
        else if (byte == '*' || byte == '?')
            put_wildcard(reading, byte);
        else
            put_literal(reading, byte);
    }
    if (key->contains || key->starts)
        put_wildcard(reading, '*');
}

/* The plainest comparison that says the same. */
static enum sigma_comparison comparison_of(const struct reading *reading)
{
    if (reading->wild_inside)
        return SIGMA_GLOB;
    if (reading->text_size == 0)
        return SIGMA_PRESENT;
    if (reading->wild_start)
        return reading->wild_end ? SIGMA_CONTAINS : SIGMA_ENDS;
    return reading->wild_end ? SIGMA_STARTS : SIGMA_EQUALS;
}

static void read_text(const struct sigma_key *key, const struct yaml_item *item,
                      struct sigma_test *test)
{
    struct reading reading = {.glob = bytes_allocate(1, 2 * item->text.size + 3),
                              .text = bytes_allocate(1, item->text.size + 1)};

    read_wildcards(&reading, key, item->text);
    test->exact_case = key->exact_case;
    test->comparison = comparison_of(&reading);
    if (test->comparison == SIGMA_GLOB) {
        test->text = bytes_view_of(reading.glob, reading.glob_size);
        free(reading.text);
    } else {
        test->text = bytes_view_of(reading.text, reading.text_size);
        free(reading.glob);
    }
}

static bool read_expression(const struct sigma_key *key, const struct yaml_item *item,
                            struct sigma_test *test, struct sigma_findings *findings)
{
    size_t room = item->text.size + sizeof("(?ims)");
    char *text = bytes_allocate(1, room);
    bool flags = key->re_letters || key->re_lines || key->re_dot;
    char why[160];
    int size = snprintf(text, room, "%s%s%s%s%s%s", flags ? "(?" : "", key->re_letters ? "i" : "",
                        key->re_lines ? "m" : "", key->re_dot ? "s" : "", flags ? ")" : "",
                        (const char *)item->text.data);

    test->comparison = SIGMA_RE;
    test->exact_case = true;
    test->text = bytes_view_of(text, (size_t)size);
    if (sigma_test_compile(test, why, sizeof(why)))
        return true;
    sigma_broken(findings, item->line, "re: %s", why);
    return false;
}

/* Events know users by number; of names one has the same number everywhere. */
static bool read_user(const struct yaml_item *item, const struct sigma_key *key,
                      struct sigma_test *test)
{
    if (key->contains || key->starts || key->ends || key->re || item->text.size != 4 ||
        strncasecmp((const char *)item->text.data, "root", 4) != 0)
        return false;
    test->comparison = SIGMA_EQUALS;
    test->exact_case = true;
    test->text = bytes_view_of(bytes_copy_string("0"), 1);
    return true;
}

static bool is_sound(const struct sigma_key *key, const struct yaml_item *item,
                     struct sigma_findings *findings)
{
    bool joined = key->contains || key->starts || key->ends || key->re;

    if (item->kind != YAML_SCALAR)
        sigma_broken(findings, item->line, "value: expected a text or a number");
    else if (joined && (item->text.size == 0 || yaml_item_is_null(item)))
        sigma_broken(findings, item->line, "value: an empty text is in every text");
    else if (memchr(item->text.data, '\0', item->text.size) != NULL)
        sigma_unsupported(findings, item->line, "value: has a NUL, and no field of an event has");
    else if (item->text.size > VALUE_MOST)
        sigma_unsupported(findings, item->line, "value: longer than %d bytes", VALUE_MOST);
    else
        return true;
    return false;
}

/* Present, or not: `exists: no`, and a value that is null or empty. */
static struct sigma_node *presence(struct sigma_node *test, bool wanted, unsigned line,
                                   struct sigma_pool *pool, struct sigma_findings *findings)
{
    struct sigma_node *node = wanted ? test : sigma_node_make(pool, SIGMA_NOT, line, findings);

    test->test.comparison = SIGMA_PRESENT;
    if (!wanted && node != NULL)
        node->first = test;
    return node;
}

static bool is_true(const struct yaml_item *item, bool *value)
{
    *value = yaml_item_is(item, "true") || yaml_item_is(item, "yes");
    return *value || yaml_item_is(item, "false") || yaml_item_is(item, "no");
}

static struct sigma_node *read_exists(const struct yaml_item *item, struct sigma_node *node,
                                      struct sigma_pool *pool, struct sigma_findings *findings)
{
    bool wanted;

    if (is_true(item, &wanted))
        return presence(node, wanted, item->line, pool, findings);
    sigma_broken(findings, item->line, "exists: expected true or false");
    return NULL;
}

struct sigma_node *sigma_value_read(const struct sigma_key *key, const struct yaml_item *item,
                                    struct sigma_pool *pool, struct sigma_findings *findings)
{
    struct sigma_node *node;

    if (!is_sound(key, item, findings))
        return NULL;
    node = sigma_node_make(pool, SIGMA_TEST, item->line, findings);
    if (node == NULL)
        return NULL;
    node->test.field = key->field;
    if (key->exists)
        return read_exists(item, node, pool, findings);
    if (yaml_item_is_null(item) || item->text.size == 0)
        return presence(node, false, item->line, pool, findings);
    if (key->re)
        return read_expression(key, item, &node->test, findings) ? node : NULL;
    if (key->field != SIGMA_USER) {
        read_text(key, item, &node->test);
        return node;
    }
    if (read_user(item, key, &node->test))
        return node;
    sigma_unsupported(findings, item->line, "User: events have a number; expected root");
    return NULL;
}
