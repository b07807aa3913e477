/* SPDX-License-Identifier: ISC
 *
 * A rule's text into a rule. Its words are USBGuard's; what a rule may not say is an error, so that
 * no rule means less than its author wrote.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "media/base/bytes.h"
#include "media/base/json.h"
#include "media/base/text.h"
#include "media/base/usb-rule.h"

struct cursor {
    const char *text, *at;
};

static int expected(const struct cursor *cursor, const char *what, struct error *err)
{
    char found[64];

    text_escape(cursor->at, strnlen(cursor->at, 24), found, sizeof(found));
    return error_set(err, ERROR_CONFIG, "byte %zu: expected %s, found %s",
                     (size_t)(cursor->at - cursor->text) + 1, what,
                     found[0] != '\0' ? found : "its end");
}

static void skip_spaces(struct cursor *cursor)
{
    cursor->at += strspn(cursor->at, " \t");
}

/* Steps over a word, where it stands here as a whole. */
static bool take_word(struct cursor *cursor, const char *word)
{
    size_t length = strlen(word);

    if (strncmp(cursor->at, word, length) != 0 || strchr(" \t{", cursor->at[length]) == NULL)
        return false; /* strchr finds the end of the text, too */
    cursor->at += length;
    skip_spaces(cursor);
    return true;
}

/* One byte of a quoted string, after the backslash if there is one. */
static int take_byte(struct cursor *cursor, char *byte, struct error *err)
{
    uint8_t value;
    char digits[3] = "";

    if (cursor->at[0] != '\\') {
        *byte = *cursor->at++;
        return 0;
    }
    if (cursor->at[1] == '"' || cursor->at[1] == '\\') {
        *byte = cursor->at[1];
        cursor->at += 2;
        return 0;
    }
    for (size_t i = 0; i < 2 && cursor->at[1] == 'x' && cursor->at[2 + i] != '\0'; i++)
        digits[i] = (char)tolower((unsigned char)cursor->at[2 + i]);
    if (text_unhex(digits, &value, 1) < 0 || value == 0)
        return expected(cursor, "\\\", \\\\ or \\xHH", err);
    *byte = (char)value;
    cursor->at += 4;
    return 0;
}

static int take_string(struct cursor *cursor, char **value, struct error *err)
{
    char raw[LIMIT_USB_RULE_BYTES + 1], escaped[LIMIT_USB_TEXT + 1];
    size_t size = 0;
    int result = 0;

    if (*cursor->at != '"')
        return expected(cursor, "a string in quotation marks", err);
    cursor->at++;
    while (result == 0 && *cursor->at != '"') {
        if (*cursor->at == '\0')
            return expected(cursor, "a closing quotation mark", err);
        result = take_byte(cursor, &raw[size++], err);
    }
    if (result < 0)
        return result;
    cursor->at++;
    *value = bytes_copy_string(text_escape(raw, size, escaped, sizeof(escaped)));
    return 0;
}

/* Fields of so many hexadecimal digits between colons; the last ones may be *. */
static int take_fields(struct cursor *cursor, size_t count, size_t digits, const char *what,
                       char **value, struct error *err)
{
    const char *at = cursor->at;
    bool any = false;
    char copy[16];

    for (size_t i = 0; i < count; i++) {
        size_t good;

        if (i > 0 && *at++ != ':')
            return expected(cursor, what, err);
        good = strspn(at, "0123456789abcdefABCDEF");
        if (*at == '*')
            good = 1;
        else if (good != digits || any)
            return expected(cursor, what, err);
        any = *at == '*';
        at += good;
    }
    if (strchr(" \t}", *at) == NULL)
        return expected(cursor, what, err);
    snprintf(copy, sizeof(copy), "%.*s", (int)(at - cursor->at), cursor->at);
    for (char *c = copy; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    *value = bytes_copy_string(copy);
    cursor->at = at;
    return 0;
}

static int take_id(struct cursor *cursor, char **value, struct error *err)
{
    return take_fields(cursor, 2, 4, "an id: 0951:1666, 0951:* or *:*", value, err);
}

static int take_interface(struct cursor *cursor, char **value, struct error *err)
{
    return take_fields(cursor, 3, 2, "an interface: 08:06:50, 08:06:* or 08:*:*", value, err);
}

static int take_hash(struct cursor *cursor, char **value, struct error *err)
{
    const struct cursor begin = *cursor;
    uint8_t digest[USB_DIGEST_BYTES];
    int result = take_string(cursor, value, err);

    if (result == 0 && text_unhex(*value, digest, sizeof(digest)) < 0)
        result = expected(&begin, "96 hexadecimal digits in lower case", err);
    return result;
}

struct attribute {
    const char *word;
    int (*take)(struct cursor *cursor, char **value, struct error *err);
};

static const struct attribute attributes[USB_RULE_ATTRIBUTES] = {
    [USB_RULE_ID] = {"id", take_id},
    [USB_RULE_SERIAL] = {"serial", take_string},
    [USB_RULE_NAME] = {"name", take_string},
    [USB_RULE_PORT] = {"via-port", take_string},
    [USB_RULE_INTERFACE] = {"with-interface", take_interface},
    [USB_RULE_HASH] = {"hash", take_hash},
};

static enum usb_rule_operator take_operator(struct cursor *cursor)
{
    static const char *const words[] = {[USB_RULE_EQUALS] = "equals",
                                        [USB_RULE_ONE_OF] = "one-of",
                                        [USB_RULE_ALL_OF] = "all-of",
                                        [USB_RULE_NONE_OF] = "none-of"};

    for (int i = USB_RULE_EQUALS; i <= USB_RULE_NONE_OF; i++) {
        if (take_word(cursor, words[i]))
            return (enum usb_rule_operator)i;
    }
    return USB_RULE_ABSENT;
}

static int take_value(struct cursor *cursor, const struct attribute *attribute,
                      struct usb_rule_term *term, struct error *err)
{
    int result;

    if (term->count == LIMIT_USB_RULE_VALUES)
        return expected(cursor, "at most USB_RULE_VALUES values", err);
    result = attribute->take(cursor, &term->values[term->count], err);
    if (term->values[term->count] != NULL)
        term->count++;
    skip_spaces(cursor);
    return result;
}

static int take_values(struct cursor *cursor, const struct attribute *attribute,
                       struct usb_rule_term *term, struct error *err)
{
    int result = 0;

    term->operator= take_operator(cursor);
    if (*cursor->at != '{') {
        if (term->operator!= USB_RULE_ABSENT)
            return expected(cursor, "{", err);
        term->operator= USB_RULE_EQUALS;
        return take_value(cursor, attribute, term, err);
    }
    if (term->operator== USB_RULE_ABSENT)
        term->operator= USB_RULE_EQUALS;
    cursor->at++;
    skip_spaces(cursor);
    do {
        result = take_value(cursor, attribute, term, err);
    } while (result == 0 && *cursor->at != '}');
    if (result == 0)
        cursor->at++;
    skip_spaces(cursor);
    return result;
}

static int take_attribute(struct cursor *cursor, struct usb_rule *rule, struct error *err)
{
    const char *begin = cursor->at;

    for (int i = 0; i < USB_RULE_ATTRIBUTES; i++) {
        if (!take_word(cursor, attributes[i].word))
            continue;
        if (rule->terms[i].operator!= USB_RULE_ABSENT) {
            cursor->at = begin;
            return expected(cursor, "each attribute once", err);
        }
        return take_values(cursor, &attributes[i], &rule->terms[i], err);
    }
    return expected(cursor, "id, serial, name, via-port, with-interface or hash", err);
}

int usb_rule_parse(const char *text, unsigned number, struct usb_rule *rule, struct error *err)
{
    struct cursor cursor = {text, text};
    int result = 0;

    *rule = (struct usb_rule){.number = number};
    if (strlen(text) > LIMIT_USB_RULE_BYTES)
        return error_set(err, ERROR_CONFIG, "longer than USB_RULE_BYTES");
    if (!json_text_valid(text, LIMIT_USB_RULE_BYTES))
        return error_set(err, ERROR_CONFIG, "expected UTF-8 without control characters");
    skip_spaces(&cursor);
    rule->allow = take_word(&cursor, "allow");
    if (!rule->allow && !take_word(&cursor, "block") && !take_word(&cursor, "reject"))
        return expected(&cursor, "allow, block or reject", err);
    while (result == 0 && *cursor.at != '\0')
        result = take_attribute(&cursor, rule, err);
    if (result == 0)
        rule->text = bytes_copy_string(text);
    return result;
}
