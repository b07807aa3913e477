/* SPDX-License-Identifier: ISC */
#include "media/enrolment-file.h"

#include <string.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "media/base/json.h"
#include "media/base/text.h"

static gnutls_datum_t datum_of(const void *data, size_t size)
{
    return (gnutls_datum_t){(void *)(uintptr_t)data, (unsigned)size};
}

static int open_cipher(const struct enrolment_file *file, const char *passphrase,
                       gnutls_aead_cipher_hd_t *cipher, struct error *err)
{
    uint8_t derived[32];
    gnutls_datum_t key = datum_of(derived, sizeof(derived));
    gnutls_datum_t secret = datum_of(passphrase, strlen(passphrase));
    gnutls_datum_t salt = datum_of(file->salt, sizeof(file->salt));
    int status = gnutls_pbkdf2(GNUTLS_MAC_SHA512, &secret, &salt, file->iterations, derived,
                               sizeof(derived));

    if (status >= 0)
        status = gnutls_aead_cipher_init(cipher, GNUTLS_CIPHER_AES_256_GCM, &key);
    bytes_wipe(derived, sizeof(derived));
    if (status < 0)
        return error_set(err, ERROR_INTERNAL, "AES-256-GCM: %s", gnutls_strerror(status));
    return 0;
}

int enrolment_file_seal(const struct enrolment_file *file, const char *passphrase,
                        struct bytes_view payload, struct bytes *sealed, struct error *err)
{
    gnutls_aead_cipher_hd_t cipher = NULL;
    size_t size = payload.size + ENROLMENT_FILE_TAG_BYTES;
    uint8_t *place;
    int status, result = bytes_reserve(sealed, size, &place, err);

    if (result == 0)
        result = open_cipher(file, passphrase, &cipher, err);
    if (result < 0)
        return result;
    status = gnutls_aead_cipher_encrypt(cipher, file->nonce, sizeof(file->nonce), file->header.data,
                                        file->header.size, ENROLMENT_FILE_TAG_BYTES, payload.data,
                                        payload.size, place, &size);
    gnutls_aead_cipher_deinit(cipher);
    return status < 0 ? error_set(err, ERROR_INTERNAL, "sealing: %s", gnutls_strerror(status)) : 0;
}

int enrolment_file_unseal(const struct enrolment_file *file, const char *passphrase,
                          struct bytes *payload, struct error *err)
{
    gnutls_aead_cipher_hd_t cipher = NULL;
    size_t size = file->sealed.size - ENROLMENT_FILE_TAG_BYTES;
    uint8_t *place;
    int status, result = bytes_reserve(payload, size, &place, err);

    if (result == 0)
        result = open_cipher(file, passphrase, &cipher, err);
    if (result < 0)
        return result;
    status = gnutls_aead_cipher_decrypt(cipher, file->nonce, sizeof(file->nonce), file->header.data,
                                        file->header.size, ENROLMENT_FILE_TAG_BYTES,
                                        file->sealed.data, file->sealed.size, place, &size);
    gnutls_aead_cipher_deinit(cipher);
    if (status < 0)
        return error_set(err, ERROR_WRONG_SECRET,
                         "the passphrase is wrong, or the enrolment file was changed");
    return 0;
}

/* The JSON's lists, whose secrets and documents follow it. */
struct lists {
    json_t *key_ids, *root_sizes; /* borrowed */
};

static int parse_json(const json_t *root, struct enrolment *enrolment, struct lists *lists,
                      struct error *err)
{
    const char *schema = NULL, *endpoint = NULL, *ring = NULL, *serial = NULL;
    const struct json_field fields[] = {
        {.key = "content_keys", .kind = JSON_LIST, .out = &lists->key_ids, .max = ENROLMENT_KEYS},
        {.key = "endpoint", .kind = JSON_NAME, .out = &endpoint},
        {.key = "made", .kind = JSON_INSTANT, .out = &enrolment->made_us},
        {.key = "ring", .kind = JSON_NAME, .out = &ring},
        {.key = "root_documents",
         .kind = JSON_LIST,
         .out = &lists->root_sizes,
         .max = LIMIT_ROOT_DOCUMENTS},
        {.key = "schema", .kind = JSON_TEXT, .out = &schema, .max = LIMIT_NAME_BYTES},
        {.key = "serial", .kind = JSON_TEXT, .out = &serial, .max = LIMIT_NAME_BYTES},
        {.key = "test_endpoint", .kind = JSON_FLAG, .out = &enrolment->test_endpoint},
    };
    int result = json_fields(root, fields, sizeof(fields) / sizeof(fields[0]), err);

    if (result < 0)
        return result;
    if (strcmp(schema, ENROLMENT_FILE_SCHEMA) != 0)
        return error_set(err, ERROR_BAD_DOCUMENT, "schema: " ENROLMENT_FILE_SCHEMA " expected");
    if (text_unhex(serial, enrolment->serial, sizeof(enrolment->serial)) < 0)
        return error_set(err, ERROR_BAD_DOCUMENT, "serial: 32 hex digits expected");
    memcpy(enrolment->endpoint, endpoint, strlen(endpoint) + 1);
    memcpy(enrolment->ring, ring, strlen(ring) + 1);
    return 0;
}

static int too_short(struct error *err, const char *what)
{
    return error_set(err, ERROR_BAD_DOCUMENT, "ends within %s", what);
}

static int take_key(const json_t *id, struct bytes_view *rest, struct enrolment *enrolment,
                    struct error *err)
{
    struct enrolment_key *key = &enrolment->keys[enrolment->key_count];
    const char *text = json_string_value(id);
    size_t size = text != NULL ? json_string_length(id) : 0;

    if (size == 0 || size > LIMIT_NAME_BYTES || strlen(text) != size)
        return error_set(err, ERROR_BAD_DOCUMENT, "content_keys: an id of 1 to %d bytes expected",
                         LIMIT_NAME_BYTES);
    for (size_t i = 0; i < enrolment->key_count; i++) {
        if (strcmp(enrolment->keys[i].id, text) == 0)
            return error_set(err, ERROR_BAD_DOCUMENT, "content_keys: an id occurs twice");
    }
    memcpy(key->id, text, size + 1);
    if (bytes_get(rest, key->key, sizeof(key->key)) < 0)
        return too_short(err, "a content key");
    enrolment->key_count++;
    return 0;
}

static int take_root(const json_t *size, struct bytes_view *rest, struct enrolment *enrolment,
                     struct error *err)
{
    struct bytes *root = &enrolment->roots[enrolment->root_count];
    json_int_t bytes = json_is_integer(size) ? json_integer_value(size) : 0;
    struct bytes_view document;

    if (bytes < 1 || (uint64_t)bytes > LIMIT_ROOT_BYTES)
        return error_set(err, ERROR_BAD_DOCUMENT, "root_documents: 1 to %lu bytes each",
                         LIMIT_ROOT_BYTES);
    if (bytes_get_view(rest, (size_t)bytes, &document) < 0)
        return too_short(err, "a root document");
    bytes_init(root, LIMIT_ROOT_BYTES);
    enrolment->root_count++;
    return bytes_put(root, document.data, document.size, err);
}

static int take_rest(const struct lists *lists, struct bytes_view rest, struct enrolment *enrolment,
                     struct error *err)
{
    size_t roots = json_array_size(lists->root_sizes);
    int result = 0;

    if (roots == 0)
        return error_set(err, ERROR_BAD_DOCUMENT, "root_documents: at least one expected");
    if (bytes_get(&rest, enrolment->token, sizeof(enrolment->token)) < 0)
        return too_short(err, "the token");
    for (size_t i = 0; i < json_array_size(lists->key_ids) && result == 0; i++)
        result = take_key(json_array_get(lists->key_ids, i), &rest, enrolment, err);
    enrolment->roots = bytes_allocate(roots, sizeof(enrolment->roots[0]));
    for (size_t i = 0; i < roots && result == 0; i++)
        result = take_root(json_array_get(lists->root_sizes, i), &rest, enrolment, err);
    if (result == 0 && rest.size > 0)
        result =
            error_set(err, ERROR_BAD_DOCUMENT, "%zu bytes after the last root document", rest.size);
    return result;
}

int enrolment_file_parse(struct bytes_view payload, struct enrolment *enrolment, struct error *err)
{
    struct lists lists = {0};
    struct bytes_view text;
    json_t *root = NULL;
    uint32_t size;
    int result;

    *enrolment = (struct enrolment){0};
    if (bytes_get_u32(&payload, &size) < 0 || bytes_get_view(&payload, size, &text) < 0)
        return too_short(err, "its JSON");
    result = json_read(text.data, text.size, &root, err);
    if (result == 0)
        result = parse_json(root, enrolment, &lists, err);
    if (result == 0)
        result = take_rest(&lists, payload, enrolment, err);
    json_decref(root);
    return result;
}
