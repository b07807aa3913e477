/* SPDX-License-Identifier: ISC */
#include "media/enrolment.h"

#include <stdio.h>

#include <gnutls/crypto.h>

#include "media/base/instant.h"
#include "media/base/json.h"
#include "media/base/text.h"
#include "media/enrolment-file.h"

#define ITERATIONS     210000 /* about 0.2 s; OWASP's number for HMAC-SHA512 */
#define JSON_BYTES     (64 * KIB)
#define PASSPHRASE     16 /* bytes of it, 128 bit */
#define PASSPHRASE_TWO 2  /* bytes a group: four digits */

static json_t *list_key_ids(const struct enrolment *enrolment)
{
    json_t *list = json_array();

    for (size_t i = 0; i < enrolment->key_count; i++)
        json_array_append_new(list, json_string(enrolment->keys[i].id));
    return list;
}

static json_t *list_root_sizes(const struct enrolment *enrolment)
{
    json_t *list = json_array();

    for (size_t i = 0; i < enrolment->root_count; i++)
        json_array_append_new(list, json_integer((json_int_t)enrolment->roots[i].size));
    return list;
}

static int put_json(const struct enrolment *enrolment, struct bytes *payload, struct error *err)
{
    char serial[2 * sizeof(enrolment->serial) + 1], made[INSTANT_TEXT_BYTES];
    json_t *root;
    struct bytes text;
    int result;

    text_hex(enrolment->serial, sizeof(enrolment->serial), serial);
    root = json_pack("{s:o, s:s, s:s, s:s, s:o, s:s, s:s, s:b}", "content_keys",
                     list_key_ids(enrolment), "endpoint", enrolment->endpoint, "made",
                     instant_format(enrolment->made_us, made), "ring", enrolment->ring,
                     "root_documents", list_root_sizes(enrolment), "schema", ENROLMENT_FILE_SCHEMA,
                     "serial", serial, "test_endpoint", enrolment->test_endpoint);
    if (root == NULL)
        return error_set(err, ERROR_USAGE, "a name in the enrolment is not UTF-8");
    bytes_init(&text, JSON_BYTES);
    result = json_write(root, &text, err);
    json_decref(root);
    if (result == 0)
        result = bytes_put_u32(payload, (uint32_t)text.size, err);
    if (result == 0)
        result = bytes_put(payload, text.data, text.size, err);
    bytes_clear(&text);
    return result;
}

static int build_payload(const struct enrolment *enrolment, struct bytes *payload,
                         struct error *err)
{
    int result = put_json(enrolment, payload, err);

    if (result == 0)
        result = bytes_put(payload, enrolment->token, sizeof(enrolment->token), err);
    for (size_t i = 0; i < enrolment->key_count && result == 0; i++)
        result = bytes_put(payload, enrolment->keys[i].key, ENROLMENT_KEY_BYTES, err);
    for (size_t i = 0; i < enrolment->root_count && result == 0; i++)
        result = bytes_put(payload, enrolment->roots[i].data, enrolment->roots[i].size, err);
    return result;
}

/* What an endpoint would refuse is not written. */
static int check_payload(const struct bytes *payload, struct error *err)
{
    struct enrolment read_back;
    int result = enrolment_file_parse(bytes_view(payload), &read_back, err);

    enrolment_clear(&read_back);
    return result;
}

static int put_header(struct enrolment_file *layout, size_t payload_size, struct bytes *header,
                      struct error *err)
{
    int result;

    layout->iterations = ITERATIONS;
    if (gnutls_rnd(GNUTLS_RND_KEY, layout->salt, sizeof(layout->salt)) < 0 ||
        gnutls_rnd(GNUTLS_RND_NONCE, layout->nonce, sizeof(layout->nonce)) < 0)
        return error_set(err, ERROR_INTERNAL, "no random bytes");
    result = bytes_put(header, ENROLMENT_FILE_MAGIC, ENROLMENT_FILE_MAGIC_BYTES, err);
    if (result == 0)
        result = bytes_put_u8(header, ENROLMENT_FILE_VERSION, err);
    if (result == 0)
        result = bytes_put_u32(header, layout->iterations, err);
    if (result == 0)
        result = bytes_put(header, layout->salt, sizeof(layout->salt), err);
    if (result == 0)
        result = bytes_put(header, layout->nonce, sizeof(layout->nonce), err);
    if (result == 0)
        result = bytes_put_u32(header, (uint32_t)payload_size, err);
    layout->header = bytes_view(header);
    return result;
}

int enrolment_write(const struct enrolment *enrolment, const char *passphrase, struct bytes *file,
                    struct error *err)
{
    struct enrolment_file layout = {0};
    struct bytes payload, header;
    int result;

    bytes_init(&payload,
               LIMIT_ENROLMENT_BYTES - ENROLMENT_FILE_HEADER_BYTES - ENROLMENT_FILE_TAG_BYTES);
    bytes_init(&header, ENROLMENT_FILE_HEADER_BYTES);
    result = build_payload(enrolment, &payload, err);
    if (result == 0)
        result = check_payload(&payload, err);
    if (result == 0)
        result = put_header(&layout, payload.size, &header, err);
    if (result == 0)
        result = bytes_put(file, header.data, header.size, err);
    if (result == 0)
        result = enrolment_file_seal(&layout, passphrase, bytes_view(&payload), file, err);
    bytes_clear(&payload);
    bytes_clear(&header);
    return result < 0 ? error_context(err, "enrolment") : 0;
}

int enrolment_passphrase(char out[static 64], struct error *err)
{
    uint8_t random[PASSPHRASE];
    size_t size = 0;

    if (gnutls_rnd(GNUTLS_RND_KEY, random, sizeof(random)) < 0)
        return error_set(err, ERROR_INTERNAL, "no random bytes");
    for (size_t i = 0; i < PASSPHRASE; i += PASSPHRASE_TWO) {
        if (i > 0)
            out[size++] = '-';
        text_hex(random + i, PASSPHRASE_TWO, out + size);
        size += 2 * PASSPHRASE_TWO;
    }
    bytes_wipe(random, sizeof(random));
    return 0;
}
