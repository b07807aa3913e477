/* SPDX-License-Identifier: ISC */
#include "media/der.h"

#include <stdlib.h>
#include <string.h>

#include <libtasn1.h>

#include "media/base/instant.h"
#include "media/base/text.h"
#include "media/sallyport-asn.h"

#define HIGH_TAG        0x1f
#define CONSTRUCTED     0x20
#define CLASS_FORBIDDEN 0x40 /* application and private have this bit */
#define CLASS_CONTEXT   0x80
#define LENGTH_BYTES    4 /* no limit of ours needs more */

static int get_long_length(struct bytes_view *view, uint8_t first, size_t *length,
                           struct error *err)
{
    unsigned count = first & 0x7fU;
    uint8_t byte;

    if (count == 0)
        return error_set(err, ERROR_NOT_DER, "indefinite length (X.690 10.1)");
    if (count > LENGTH_BYTES)
        return error_set(err, ERROR_NOT_DER, "length of %u bytes", count);
    *length = 0;
    for (unsigned i = 0; i < count; i++) {
        if (bytes_get_u8(view, &byte) < 0)
            return error_set(err, ERROR_NOT_DER, "ends inside a length");
        if (i == 0 && byte == 0)
            return error_set(err, ERROR_NOT_DER, "length is not minimal (X.690 10.1)");
        *length = *length << 8 | byte;
    }
    if (*length < 0x80)
        return error_set(err, ERROR_NOT_DER, "length is not minimal (X.690 10.1)");
    return 0;
}

int der_get(struct bytes_view *view, struct der_value *value, struct error *err)
{
    struct bytes_view left = *view;
    uint8_t first;
    size_t length;

    *value = (struct der_value){0};
    if (bytes_get_u8(&left, &value->tag) < 0 || bytes_get_u8(&left, &first) < 0)
        return error_set(err, ERROR_NOT_DER, "ends inside a header");
    if ((value->tag & HIGH_TAG) == HIGH_TAG)
        return error_set(err, ERROR_NOT_DER, "high tag number");
    if (value->tag & CLASS_FORBIDDEN)
        return error_set(err, ERROR_NOT_DER, "tag class of 0x%02x", value->tag);
    length = first;
    if (first >= 0x80 && get_long_length(&left, first, &length, err) < 0)
        return -ERROR_NOT_DER;
    if (bytes_get_view(&left, length, &value->content) < 0)
        return error_set(err, ERROR_NOT_DER, "length %zu goes past the end", length);
    value->whole = bytes_view_of(view->data, view->size - left.size);
    *view = left;
    return 0;
}

int der_get_tag(struct bytes_view *view, uint8_t tag, enum error_code code, const char *what,
                struct der_value *value, struct error *err)
{
    struct bytes_view left = *view;

    *value = (struct der_value){0};
    if (left.size == 0)
        return error_set(err, code, "%s: missing", what);
    if (der_get(&left, value, err) < 0)
        return error_context(err, "%s", what);
    if (value->tag != tag)
        return error_set(err, code, "%s: tag 0x%02x in place of 0x%02x", what, value->tag, tag);
    *view = left;
    return 0;
}

bool der_take(struct bytes_view *view, struct der_value *value)
{
    struct error ignored = {0};

    return der_get(view, value, &ignored) == 0;
}

bool der_take_tag(struct bytes_view *view, uint8_t tag, struct der_value *value)
{
    return der_next_is(*view, tag) && der_take(view, value);
}

bool der_next_is(struct bytes_view view, uint8_t tag)
{
    return view.size > 0 && view.data[0] == tag;
}

int der_end(struct bytes_view view, enum error_code code, const char *what, struct error *err)
{
    if (view.size > 0)
        return error_set(err, code, "%zu bytes after %s", view.size, what);
    return 0;
}

/* ---- what each primitive type may hold ---- */

static bool is_boolean(struct bytes_view content)
{
    return content.size == 1 && (content.data[0] == 0x00 || content.data[0] == 0xff);
}

static bool is_integer(struct bytes_view content)
{
    if (content.size == 0)
        return false;
    if (content.size == 1)
        return true;
    return !(content.data[0] == 0x00 && content.data[1] < 0x80) &&
           !(content.data[0] == 0xff && content.data[1] >= 0x80);
}

static bool is_bit_string(struct bytes_view content)
{
    unsigned unused;

    if (content.size == 0)
        return false;
    unused = content.data[0];
    if (unused == 0)
        return true;
    return unused <= 7 && content.size > 1 &&
           (content.data[content.size - 1] & ((1U << unused) - 1)) == 0;
}

static bool is_octet_string(struct bytes_view content)
{
    return true;
}

static bool is_null(struct bytes_view content)
{
    return content.size == 0;
}

static bool is_oid(struct bytes_view content)
{
    bool at_start = true;

    for (size_t i = 0; i < content.size; i++) {
        if (at_start && content.data[i] == 0x80)
            return false;
        at_start = content.data[i] < 0x80;
    }
    return content.size > 0 && at_start;
}

static bool is_utf8_string(struct bytes_view content)
{
    return text_is_utf8(content.data, content.size);
}

static bool is_printable_string(struct bytes_view content)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789 '()+,-./:=?";

    for (size_t i = 0; i < content.size; i++) {
        if (memchr(allowed, content.data[i], sizeof(allowed) - 1) == NULL)
            return false;
    }
    return true;
}

static bool is_ia5_string(struct bytes_view content)
{
    for (size_t i = 0; i < content.size; i++) {
        if (content.data[i] >= 0x80)
            return false;
    }
    return true;
}

/* Takes `count` digits from the front. Returns 0 or -1. */
static int get_digits(struct bytes_view *view, unsigned count, int *value)
{
    uint8_t digit;

    *value = 0;
    for (unsigned i = 0; i < count; i++) {
        if (bytes_get_u8(view, &digit) < 0 || digit < '0' || digit > '9')
            return -1;
        *value = *value * 10 + (digit - '0');
    }
    return 0;
}

/* ".5" and the like in microseconds; finer digits set *too_fine (X.690 11.7: no trailing zeros). */
static int get_fraction(struct bytes_view *view, int64_t *fraction_us, bool *too_fine)
{
    int64_t unit = INSTANT_SECOND_US;
    int digit = 0;

    *fraction_us = 0;
    *too_fine = false;
    if (!der_next_is(*view, '.'))
        return 0;
    view->data++;
    view->size--;
    do {
        if (get_digits(view, 1, &digit) < 0)
            return -1;
        unit /= 10;
        *fraction_us += digit * unit;
        *too_fine |= unit == 0;
    } while (view->size > 1);
    return digit == 0 ? -1 : 0;
}

static int read_time(struct bytes_view view, bool general, int64_t *instant_us, bool *too_fine)
{
    int year, parts[5];
    int64_t fraction_us = 0;

    *too_fine = false;
    if (get_digits(&view, general ? 4 : 2, &year) < 0)
        return -1;
    if (!general)
        year += year < 50 ? 2000 : 1900; /* RFC 5280 4.1.2.5.1 */
    for (unsigned i = 0; i < 5; i++) {
        if (get_digits(&view, 2, &parts[i]) < 0)
            return -1;
    }
    if (general && get_fraction(&view, &fraction_us, too_fine) < 0)
        return -1;
    if (view.size != 1 || view.data[0] != 'Z')
        return -1;
    if (instant_from_calendar(year, parts[0], parts[1], parts[2], parts[3], parts[4], instant_us) <
        0)
        return -1;
    *instant_us += fraction_us;
    return 0;
}

static bool is_utc_time(struct bytes_view content)
{
    int64_t ignored;
    bool too_fine;

    return read_time(content, false, &ignored, &too_fine) == 0;
}

static bool is_generalized_time(struct bytes_view content)
{
    int64_t ignored;
    bool too_fine;

    return read_time(content, true, &ignored, &too_fine) == 0;
}

static const struct {
    uint8_t tag;
    bool (*check)(struct bytes_view content);
    const char *rule;
} primitives[] = {
    {DER_BOOLEAN, is_boolean, "BOOLEAN is not 00 or FF (X.690 11.1)"},
    {DER_INTEGER, is_integer, "INTEGER is not minimal (X.690 8.3)"},
    {DER_BIT_STRING, is_bit_string, "BIT STRING is not padded with zeros (X.690 11.2)"},
    {DER_OCTET_STRING, is_octet_string, ""},
    {DER_NULL, is_null, "NULL is not empty (X.690 8.8)"},
    {DER_OID, is_oid, "OBJECT IDENTIFIER is not minimal (X.690 8.19)"},
    {DER_ENUMERATED, is_integer, "ENUMERATED is not minimal (X.690 8.4)"},
    {DER_UTF8_STRING, is_utf8_string, "UTF8String is not UTF-8"},
    {DER_PRINTABLE_STRING, is_printable_string, "PrintableString holds another character"},
    {DER_IA5_STRING, is_ia5_string, "IA5String holds another character"},
    {DER_UTC_TIME, is_utc_time, "UTCTime is not a date in UTC with seconds (X.690 11.8)"},
    {DER_GENERALIZED_TIME, is_generalized_time,
     "GeneralizedTime is not a date in UTC (X.690 11.7)"},
};

/* ---- the walk ---- */

static int check_primitive(const struct der_value *value, struct error *err)
{
    if (value->tag & CLASS_CONTEXT)
        return 0;
    for (size_t i = 0; i < sizeof(primitives) / sizeof(primitives[0]); i++) {
        if (primitives[i].tag != value->tag)
            continue;
        if (!primitives[i].check(value->content))
            return error_set(err, ERROR_NOT_DER, "%s", primitives[i].rule);
        return 0;
    }
    return error_set(err, ERROR_NOT_DER, "type 0x%02x does not occur in this format", value->tag);
}

/* Encodings of one SET OF are compared as octet strings (X.690 11.6). One whole encoding is never
 * the beginning of another, so the shorter length is enough. */
static int check_order(struct bytes_view before, struct bytes_view value, struct error *err)
{
    size_t size = before.size < value.size ? before.size : value.size;
    int order = size == 0 ? -1 : memcmp(before.data, value.data, size);

    if (order == 0)
        return error_set(err, ERROR_NOT_DER, "SET holds a value twice");
    if (order > 0)
        return error_set(err, ERROR_NOT_DER, "SET is not sorted (X.690 11.6)");
    return 0;
}

static int check_constructed(const struct der_value *value, unsigned depth, struct error *err)
{
    if (value->tag != DER_SET && value->tag != DER_SEQUENCE && !(value->tag & CLASS_CONTEXT))
        return error_set(err, ERROR_NOT_DER, "constructed value of type 0x%02x", value->tag);
    if (depth == 0)
        return error_set(err, ERROR_NOT_DER, "nested deeper than DER_DEPTH");
    return 0;
}

/* Recursion ends after `depth` levels, at most LIMIT_DER_DEPTH_DOCUMENT + 1. */
static int walk_values(struct bytes_view start, struct bytes_view content, bool is_set,
                       unsigned depth, struct error *err)
{
    struct bytes_view before = {0};
    struct der_value value;
    size_t at;
    int result;

    while (content.size > 0) {
        at = (size_t)(content.data - start.data);
        result = der_get(&content, &value, err);
        if (result == 0 && is_set)
            result = check_order(before, value.whole, err);
        if (result == 0)
            result = value.tag & CONSTRUCTED ? check_constructed(&value, depth, err)
                                             : check_primitive(&value, err);
        if (result < 0)
            return error_context(err, "byte %zu", at);
        if (value.tag & CONSTRUCTED)
            result = walk_values(start, value.content, value.tag == DER_SET, depth - 1, err);
        if (result < 0)
            return result;
        before = value.whole;
    }
    return 0;
}

int der_walk(struct bytes_view whole, unsigned depth, struct error *err)
{
    struct bytes_view left = whole;
    struct der_value value;

    if (der_get(&left, &value, err) < 0 || der_end(left, ERROR_NOT_DER, "the structure", err) < 0)
        return -ERROR_NOT_DER;
    return walk_values(whole, whole, false, depth + 1, err);
}

int der_check_set(struct bytes_view content, const char *what, struct error *err)
{
    struct bytes_view before = {0};
    struct der_value value;

    while (content.size > 0) {
        if (der_get(&content, &value, err) < 0 || check_order(before, value.whole, err) < 0)
            return error_context(err, "%s", what);
        before = value.whole;
    }
    return 0;
}

/* ---- values ---- */

static size_t put_arc(uint8_t *out, size_t room, unsigned long long arc)
{
    size_t size = 1;

    for (unsigned long long left = arc >> 7; left > 0; left >>= 7)
        size++;
    if (size > room)
        return 0;
    for (size_t i = size; i > 0; i--, arc >>= 7)
        out[i - 1] = (uint8_t)((arc & 0x7f) | (i < size ? 0x80 : 0));
    return size;
}

/* X.690 8.19: the first two arcs share a number. Returns 0 when it doesn't fit. */
static size_t encode_oid(const char *dotted, uint8_t out[DER_OID_BYTES])
{
    char *end;
    unsigned long long arc = strtoull(dotted, &end, 10) * 40;
    size_t size = 0, added;
    bool first = true;

    while (*end == '.') {
        arc = (first ? arc : 0) + strtoull(end + 1, &end, 10);
        first = false;
        added = put_arc(out + size, DER_OID_BYTES - size, arc);
        if (added == 0)
            return 0;
        size += added;
    }
    return size;
}

bool der_oid_is(struct bytes_view content, const char *dotted)
{
    uint8_t encoded[DER_OID_BYTES];
    size_t size = encode_oid(dotted, encoded);

    return size > 0 && bytes_equal(content, bytes_view_of(encoded, size));
}

int der_integer(struct bytes_view content, int64_t *value)
{
    uint64_t wide = 0;

    if (!is_integer(content) || content.size > sizeof(wide) || content.data[0] >= 0x80)
        return -1;
    for (size_t i = 0; i < content.size; i++)
        wide = wide << 8 | content.data[i];
    *value = (int64_t)wide;
    return 0;
}

int der_time(const struct der_value *value, int64_t *instant_us)
{
    bool too_fine;

    if (value->tag != DER_UTC_TIME && value->tag != DER_GENERALIZED_TIME)
        return -1;
    if (read_time(value->content, value->tag == DER_GENERALIZED_TIME, instant_us, &too_fine) < 0)
        return -1;
    return too_fine ? -1 : 0;
}

int der_check_twice(const char *type, struct bytes_view whole, struct error *err)
{
    asn1_node definitions = NULL, element = NULL;
    char words[ASN1_MAX_ERROR_DESCRIPTION_SIZE] = "";
    int size = (int)whole.size; /* callers have held it against a limit far below */
    int status = asn1_array2tree(sallyport_asn, &definitions, words);

    if (status == ASN1_SUCCESS)
        status = asn1_create_element(definitions, type, &element);
    if (status == ASN1_SUCCESS)
        status =
            asn1_der_decoding2(&element, whole.data, &size, ASN1_DECODE_FLAG_STRICT_DER, words);
    asn1_delete_structure(&element);
    asn1_delete_structure(&definitions);
    if (status != ASN1_SUCCESS)
        return error_set(err, ERROR_NOT_DER, "libtasn1 reads no %s: %s", type,
                         asn1_strerror(status));
    return 0;
}
