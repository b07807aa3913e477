/* SPDX-License-Identifier: ISC */
#include "media/asn.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "media/base/instant.h"

static void keep(struct asn *asn, const char *field, int status)
{
    if (asn->status != ASN1_SUCCESS || status == ASN1_SUCCESS)
        return;
    asn->status = status;
    snprintf(asn->field, sizeof(asn->field), "%s", field);
}

void asn_begin(struct asn *asn, const char *type)
{
    char name[96];

    *asn = (struct asn){.type = type};
    snprintf(name, sizeof(name), "SALLYPORT.%s", type);
    keep(asn, "definitions", asn1_array2tree(sallyport_asn, &asn->definitions, NULL));
    if (asn->status == ASN1_SUCCESS)
        keep(asn, "", asn1_create_element(asn->definitions, name, &asn->element));
}

void asn_clear(struct asn *asn)
{
    asn1_delete_structure2(&asn->element, ASN1_DELETE_FLAG_ZEROIZE);
    asn1_delete_structure(&asn->definitions);
}

static void put(struct asn *asn, const char *field, const void *value, size_t size)
{
    if (asn->status != ASN1_SUCCESS)
        return;
    if (size > INT_MAX / 8)
        keep(asn, field, ASN1_MEM_ERROR);
    else
        keep(asn, field, asn1_write_value(asn->element, field, value, (int)size));
}

void asn_put(struct asn *asn, const char *field, const void *data, size_t size)
{
    /* libtasn1 reads an INTEGER of size 0 as decimal text, and an ANY without bytes is no DER. */
    if (data == NULL || size == 0)
        keep(asn, field, ASN1_VALUE_NOT_VALID);
    else
        put(asn, field, data, size);
}

void asn_put_view(struct asn *asn, const char *field, struct bytes_view view)
{
    asn_put(asn, field, view.data, view.size);
}

void asn_put_text(struct asn *asn, const char *field, const char *text)
{
    put(asn, field, text, strlen(text));
}

void asn_put_count(struct asn *asn, const char *field, uint64_t value)
{
    uint8_t content[9] = {0}; /* a leading zero byte keeps it positive; libtasn1 drops extra ones */

    for (size_t i = 0; i < 8; i++)
        content[8 - i] = (uint8_t)(value >> (8 * i));
    put(asn, field, content, sizeof(content));
}

void asn_put_bits(struct asn *asn, const char *field, struct bytes_view view)
{
    put(asn, field, view.data, view.size * 8);
}

void asn_append(struct asn *asn, const char *field)
{
    put(asn, field, "NEW", 1);
}

void asn_absent(struct asn *asn, const char *field)
{
    put(asn, field, NULL, 0);
}

void asn_put_algorithm(struct asn *asn, const char *field, const char *oid)
{
    char name[96];

    snprintf(name, sizeof(name), "%s.algorithm", field);
    asn_put_text(asn, name, oid);
    snprintf(name, sizeof(name), "%s.parameters", field);
    asn_absent(asn, name);
}

const char *asn_general_time(int64_t instant_us, char out[static ASN_TIME_BYTES])
{
    char text[INSTANT_TEXT_BYTES];
    size_t size = 0;

    /* RFC 3339 and GeneralizedTime differ in their separators and in the fraction's last zeros. */
    instant_format(instant_us, text);
    for (const char *from = text; *from != '\0' && *from != 'Z'; from++) {
        if (*from != '-' && *from != ':' && *from != 'T')
            out[size++] = *from;
    }
    while (instant_us % INSTANT_SECOND_US != 0 && out[size - 1] == '0')
        size--;
    out[size++] = 'Z';
    out[size] = '\0';
    return out;
}

void asn_put_time(struct asn *asn, const char *field, int64_t instant_us)
{
    char text[ASN_TIME_BYTES], name[96];
    int64_t past_second = instant_us % INSTANT_SECOND_US;
    const char *alternative = "utcTime", *time;

    if (past_second < 0)
        past_second += INSTANT_SECOND_US;
    time = asn_general_time(instant_us - past_second, text);
    if (strncmp(time, "1950", 4) < 0 || strncmp(time, "2050", 4) >= 0)
        alternative = "generalTime";
    else
        time += 2;
    asn_put_text(asn, field, alternative);
    snprintf(name, sizeof(name), field[0] == '\0' ? "%s%s" : "%s.%s", field, alternative);
    asn_put_text(asn, name, time);
}

static int encode(struct asn *asn, struct bytes *out, struct error *err)
{
    char description[ASN1_MAX_ERROR_DESCRIPTION_SIZE] = "";
    uint8_t *place = NULL;
    int size = 0, status = asn->status, result;

    if (status == ASN1_SUCCESS)
        status = asn1_der_coding(asn->element, "", NULL, &size, description);
    if (status != ASN1_MEM_ERROR || size <= 0)
        return error_set(err, ERROR_INTERNAL, "encoding %s %s: %s %s", asn->type, asn->field,
                         asn1_strerror(status), description);
    result = bytes_reserve(out, (size_t)size, &place, err);
    if (result < 0)
        return result;
    status = asn1_der_coding(asn->element, "", place, &size, description);
    if (status != ASN1_SUCCESS)
        return error_set(err, ERROR_INTERNAL, "encoding %s: %s %s", asn->type,
                         asn1_strerror(status), description);
    return 0;
}

int asn_encode(struct asn *asn, struct bytes *out, struct error *err)
{
    size_t before = out->size;
    int result = encode(asn, out, err);

    if (result < 0)
        out->size = before;
    asn_clear(asn);
    return result;
}
