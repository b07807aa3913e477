/* SPDX-License-Identifier: ISC */
#include "drivers/remap-select.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "media/base/text.h"

#define SPACE      " \t\r\n"
#define NAME_BYTES 64

/* XPath 1.0, section 4, the node types of 2.3, and operators, which may stand before a "(". */
static const char *const known[] = {
    "last",
    "position",
    "count",
    "id",
    "local-name",
    "namespace-uri",
    "name",
    "string",
    "concat",
    "starts-with",
    "contains",
    "substring-before",
    "substring-after",
    "substring",
    "string-length",
    "normalize-space",
    "translate",
    "boolean",
    "not",
    "true",
    "false",
    "lang",
    "number",
    "sum",
    "floor",
    "ceiling",
    "round",
    "comment",
    "text",
    "processing-instruction",
    "node",
    "and",
    "or",
    "div",
    "mod",
};

static bool begins_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}

static size_t name_size(const char *text)
{
    size_t size = 0;

    while (begins_name(text[size]) || (text[size] >= '0' && text[size] <= '9') ||
           text[size] == '-' || text[size] == '.')
        size++;
    return size;
}

static bool is_known(const char *name, size_t size)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strlen(known[i]) == size && memcmp(known[i], name, size) == 0)
            return true;
    }
    return false;
}

static int refuse_name(const char *what, const char *name, size_t size, const char *expected,
                       struct error *err)
{
    char shown[NAME_BYTES * 4 + 1];

    text_escape(name, size < NAME_BYTES ? size : NAME_BYTES, shown, sizeof(shown));
    return error_set(err, ERROR_BAD_CONTENT, "%s %s: expected %s", what, shown, expected);
}

static int check_prefix(const char *name, size_t size, const xmlNode *node, struct error *err)
{
    char prefix[NAME_BYTES + 1];

    snprintf(prefix, sizeof(prefix), "%.*s", (int)size, name);
    if (size > NAME_BYTES ||
        xmlSearchNs(node->doc, (xmlNode *)(uintptr_t)node, (const xmlChar *)prefix) == NULL)
        return refuse_name("prefix", name, size, "one that xmlns: declares", err);
    return 0;
}

/* A name at *at, with what follows it as far as that tells what the name is. */
static int check_name(const char **at, const xmlNode *node, struct error *err)
{
    const char *name = *at;
    size_t size = name_size(name);
    const char *next = name + size + strspn(name + size, SPACE);
    bool prefixed = next[0] == ':' && next[1] != ':';

    *at = name + size;
    if (prefixed) {
        if (check_prefix(name, size, node, err) < 0)
            return -(int)err->code;
        name = next + 1;
        size = name_size(name);
        *at = name + size;
        next = name + size + strspn(name + size, SPACE);
    }
    if (next[0] == '(' && (prefixed || !is_known(name, size)))
        return refuse_name("function", name, size, "one of XPath 1.0", err);
    return 0;
}

int remap_select_check(const char *text, const xmlNode *node, struct error *err)
{
    for (const char *at = text; *at != '\0';) {
        if (*at == '$')
            return error_set(err, ERROR_BAD_CONTENT, "a variable: expected none");
        if (*at == '"' || *at == '\'') {
            const char *end = strchr(at + 1, *at);

            at = end != NULL ? end + 1 : at + strlen(at);
        } else if (*at >= '0' && *at <= '9') {
            at += strspn(at, "0123456789.");
        } else if (!begins_name(*at)) {
            at++;
        } else if (check_name(&at, node, err) < 0) {
            return -(int)err->code;
        }
    }
    return 0;
}
