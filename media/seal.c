/* SPDX-License-Identifier: ISC */
#include "media/seal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <zstd.h>

#include "media/base/bytes.h"
#include "media/base/path.h"

#define SHA384_BYTES   48
#define NONCE_BYTES    12
#define NONCE_LAST     11 /* where in the nonce the last flag stands */
#define HEADER_LIMIT   (SEAL_HEADER_BYTES + LIMIT_PATH_BYTES + 2 * LIMIT_NAME_BYTES)
#define SALT_INFO      "sallyport sealed salt"
#define KEY_INFO       "sallyport sealed key"
#define KEY_INFO_LIMIT (sizeof(KEY_INFO) + 2 * (LIMIT_NAME_BYTES + 1))

/* One file on its way. */
struct sealing {
    const struct seal_key *key;
    const char *type, *name;
    int level;
    int in_fd, scratch_fd, out_fd;
    uint64_t plain, compressed;
    uint8_t salt[SEAL_SALT_BYTES];
    struct bytes header;
    uint8_t *buffer; /* a segment and its tag */
    uint8_t *other;  /* another one */
    size_t capacity; /* of each */
};

static int gnutls_failed(int code, const char *what, struct error *err)
{
    return error_set(err, ERROR_INTERNAL, "%s: %s", what, gnutls_strerror(code));
}

/* HKDF-SHA384 (RFC 5869). */
static int derive(const struct seal_key *key, const void *salt, size_t salt_size, const void *info,
                  size_t info_size, uint8_t *out, size_t out_size, struct error *err)
{
    uint8_t extracted[SHA384_BYTES];
    gnutls_datum_t secret = {(uint8_t *)(uintptr_t)key->key, SEAL_KEY_BYTES};
    gnutls_datum_t salted = {(uint8_t *)(uintptr_t)salt, (unsigned)salt_size};
    gnutls_datum_t middle = {extracted, sizeof(extracted)};
    gnutls_datum_t bound = {(uint8_t *)(uintptr_t)info, (unsigned)info_size};
    int code = gnutls_hkdf_extract(GNUTLS_MAC_SHA384, &secret, &salted, extracted);

    if (code >= 0)
        code = gnutls_hkdf_expand(GNUTLS_MAC_SHA384, &middle, &bound, out, out_size);
    bytes_wipe(extracted, sizeof(extracted));
    return code < 0 ? gnutls_failed(code, "HKDF", err) : 0;
}

/* Feeds what was read to zstd and its output to the scratch file; last ends the frame. */
static int compress_piece(struct sealing *sealing, ZSTD_CCtx *zstd, size_t size, int last,
                          struct error *err)
{
    ZSTD_inBuffer in = {sealing->buffer, size, 0};
    size_t left;
    int result = 0;

    do {
        ZSTD_outBuffer out = {sealing->other, sealing->capacity, 0};

        left = ZSTD_compressStream2(zstd, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left))
            return error_set(err, ERROR_INTERNAL, "zstd: %s", ZSTD_getErrorName(left));
        result = path_write(sealing->scratch_fd, sealing->other, out.pos, err);
        sealing->compressed += out.pos;
    } while (result == 0 && (in.pos < in.size || (last && left > 0)));
    return result;
}

static int compress_file(struct sealing *sealing, ZSTD_CCtx *zstd, struct error *err)
{
    uint64_t offset = 0;
    int result = 0;

    /* The size in the frame's header; the window then fits small files. */
    if (zstd == NULL ||
        ZSTD_isError(ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, sealing->level)) ||
        ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(zstd, sealing->plain)))
        return error_set(err, ERROR_INTERNAL, "no memory for a zstd encoder");
    do {
        uint64_t left = sealing->plain - offset;
        size_t size = left < SEAL_SEGMENT_BYTES ? (size_t)left : SEAL_SEGMENT_BYTES;

        result = path_pread(sealing->in_fd, sealing->buffer, size, offset, err);
        offset += size;
        if (result == 0)
            result = compress_piece(sealing, zstd, size, offset == sealing->plain, err);
    } while (result == 0 && offset < sealing->plain);
    return result;
}

static int hash_u64(gnutls_hmac_hd_t hmac, uint64_t value)
{
    uint8_t encoded[8];

    for (size_t i = 0; i < sizeof(encoded); i++)
        encoded[i] = (uint8_t)(value >> (8 * i));
    return gnutls_hmac(hmac, encoded, sizeof(encoded));
}

/* The lengths come first, so that no two triples give one message. */
static int hash_head(const struct sealing *sealing, gnutls_hmac_hd_t hmac, struct error *err)
{
    size_t type_size = strlen(sealing->type), name_size = strlen(sealing->name);
    int code = hash_u64(hmac, type_size);

    if (code >= 0)
        code = hash_u64(hmac, name_size);
    if (code >= 0)
        code = hash_u64(hmac, sealing->compressed);
    if (code >= 0)
        code = gnutls_hmac(hmac, sealing->type, type_size);
    if (code >= 0)
        code = gnutls_hmac(hmac, sealing->name, name_size);
    return code < 0 ? gnutls_failed(code, "HMAC", err) : 0;
}

/* Reads segment i of the compressed bytes. */
static int read_segment(struct sealing *sealing, uint64_t i, size_t *size, struct error *err)
{
    uint64_t offset = i * SEAL_SEGMENT_BYTES;
    uint64_t left = sealing->compressed - offset;

    *size = left < SEAL_SEGMENT_BYTES ? (size_t)left : SEAL_SEGMENT_BYTES;
    return path_pread(sealing->scratch_fd, sealing->buffer, *size, offset, err);
}

static uint64_t segment_count(const struct sealing *sealing)
{
    return (sealing->compressed + SEAL_SEGMENT_BYTES - 1) / SEAL_SEGMENT_BYTES;
}

static int hash_compressed(struct sealing *sealing, gnutls_hmac_hd_t hmac, struct error *err)
{
    int result = hash_head(sealing, hmac, err);
    size_t size;

    for (uint64_t i = 0; i < segment_count(sealing) && result == 0; i++) {
        result = read_segment(sealing, i, &size, err);
        if (result == 0 && gnutls_hmac(hmac, sealing->buffer, size) < 0)
            result = error_set(err, ERROR_INTERNAL, "HMAC failed");
    }
    return result;
}

/* The salt depends on all that it protects: the same file gives the same sealed bytes, and no other
 * file ever meets the same key and nonces. */
static int make_salt(struct sealing *sealing, struct error *err)
{
    uint8_t key[SHA384_BYTES], mac[SHA384_BYTES];
    gnutls_hmac_hd_t hmac;
    int code;
    int result =
        derive(sealing->key, NULL, 0, SALT_INFO, sizeof(SALT_INFO) - 1, key, sizeof(key), err);

    if (result < 0)
        return result;
    code = gnutls_hmac_init(&hmac, GNUTLS_MAC_SHA384, key, sizeof(key));
    bytes_wipe(key, sizeof(key));
    if (code < 0)
        return gnutls_failed(code, "HMAC", err);
    result = hash_compressed(sealing, hmac, err);
    gnutls_hmac_deinit(hmac, mac);
    memcpy(sealing->salt, mac, SEAL_SALT_BYTES);
    return result;
}

static int put_sizes(const struct sealing *sealing, struct bytes *out, struct error *err)
{
    int result = bytes_put(out, "SPSL", 4, err);

    if (result == 0)
        result = bytes_put_u16(out, 1, err);
    if (result == 0)
        result = bytes_put_u16(out, (uint16_t)strlen(sealing->type), err);
    if (result == 0)
        result = bytes_put_u16(out, (uint16_t)strlen(sealing->name), err);
    if (result == 0)
        result = bytes_put_u16(out, (uint16_t)strlen(sealing->key->id), err);
    if (result == 0)
        result = bytes_put_u64(out, sealing->plain, err);
    if (result == 0)
        result = bytes_put_u64(out, sealing->compressed, err);
    return result;
}

static int write_header(struct sealing *sealing, struct error *err)
{
    struct bytes *out = &sealing->header;
    int result = put_sizes(sealing, out, err);

    if (result == 0)
        result = bytes_put(out, sealing->salt, SEAL_SALT_BYTES, err);
    if (result == 0)
        result = bytes_put(out, sealing->type, strlen(sealing->type), err);
    if (result == 0)
        result = bytes_put(out, sealing->name, strlen(sealing->name), err);
    if (result == 0)
        result = bytes_put(out, sealing->key->id, strlen(sealing->key->id), err);
    if (result == 0)
        result = path_write(sealing->out_fd, out->data, out->size, err);
    return result;
}

static int write_segment(struct sealing *sealing, gnutls_aead_cipher_hd_t cipher, uint64_t i,
                         struct error *err)
{
    uint8_t nonce[NONCE_BYTES] = {0};
    size_t size, sealed_size = sealing->capacity;
    int code;
    int result = read_segment(sealing, i, &size, err);

    if (result < 0)
        return result;
    for (size_t b = 0; b < 8; b++)
        nonce[b] = (uint8_t)(i >> (8 * b));
    nonce[NONCE_LAST] = i + 1 == segment_count(sealing);
    code = gnutls_aead_cipher_encrypt(cipher, nonce, sizeof(nonce), sealing->header.data,
                                      sealing->header.size, SEAL_TAG_BYTES, sealing->buffer, size,
                                      sealing->other, &sealed_size);
    if (code < 0)
        return gnutls_failed(code, "AES-256-GCM", err);
    return path_write(sealing->out_fd, sealing->other, sealed_size, err);
}

static int derive_file_key(const struct sealing *sealing, uint8_t key[static SEAL_KEY_BYTES],
                           struct error *err)
{
    struct bytes info;
    int result;

    bytes_init(&info, KEY_INFO_LIMIT);
    result = bytes_put(&info, KEY_INFO, sizeof(KEY_INFO), err);
    if (result == 0)
        result = bytes_put(&info, sealing->type, strlen(sealing->type) + 1, err);
    if (result == 0)
        result = bytes_put(&info, sealing->key->id, strlen(sealing->key->id), err);
    if (result == 0)
        result = derive(sealing->key, sealing->salt, SEAL_SALT_BYTES, info.data, info.size, key,
                        SEAL_KEY_BYTES, err);
    bytes_clear(&info);
    return result;
}

static int write_segments(struct sealing *sealing, struct error *err)
{
    uint8_t key[SEAL_KEY_BYTES];
    gnutls_datum_t datum = {key, sizeof(key)};
    gnutls_aead_cipher_hd_t cipher;
    int code;
    int result = derive_file_key(sealing, key, err);

    if (result < 0)
        return result;
    code = gnutls_aead_cipher_init(&cipher, GNUTLS_CIPHER_AES_256_GCM, &datum);
    bytes_wipe(key, sizeof(key));
    if (code < 0)
        return gnutls_failed(code, "AES-256-GCM", err);
    for (uint64_t i = 0; i < segment_count(sealing) && result == 0; i++)
        result = write_segment(sealing, cipher, i, err);
    gnutls_aead_cipher_deinit(cipher);
    return result;
}

static int check_arguments(const struct sealing *sealing, struct error *err)
{
    if (strlen(sealing->type) > LIMIT_NAME_BYTES || strlen(sealing->key->id) > LIMIT_NAME_BYTES ||
        strlen(sealing->name) > LIMIT_PATH_BYTES)
        return error_set(err, ERROR_LIMIT, "type, key id or file name is too long to be sealed");
    return 0;
}

static int seal(struct sealing *sealing, ZSTD_CCtx *zstd, struct error *err)
{
    struct stat status;
    int result = check_arguments(sealing, err);

    if (result < 0)
        return result;
    if (fstat(sealing->in_fd, &status) < 0 || !S_ISREG(status.st_mode))
        return error_set(err, ERROR_IO, "%s: no regular file", sealing->name);
    sealing->plain = (uint64_t)status.st_size;
    result = compress_file(sealing, zstd, err);
    if (result == 0)
        result = make_salt(sealing, err);
    if (result == 0)
        result = write_header(sealing, err);
    if (result == 0)
        result = write_segments(sealing, err);
    return result;
}

int seal_file(const struct seal_key *key, const char *type, const char *name, int level, int in_fd,
              int scratch_fd, int out_fd, uint64_t *size, struct error *err)
{
    struct sealing sealing = {.key = key,
                              .type = type,
                              .name = name,
                              .level = level,
                              .in_fd = in_fd,
                              .scratch_fd = scratch_fd,
                              .out_fd = out_fd,
                              .capacity = SEAL_SEGMENT_BYTES + SEAL_TAG_BYTES};
    ZSTD_CCtx *zstd = ZSTD_createCCtx();
    int result;

    bytes_init(&sealing.header, HEADER_LIMIT);
    sealing.buffer = bytes_allocate(1, sealing.capacity);
    sealing.other = bytes_allocate(1, sealing.capacity);
    result = seal(&sealing, zstd, err);
    *size = sealing.header.size + sealing.compressed + segment_count(&sealing) * SEAL_TAG_BYTES;
    bytes_wipe(sealing.buffer, sealing.capacity);
    bytes_wipe(sealing.other, sealing.capacity);
    free(sealing.buffer);
    free(sealing.other);
    bytes_clear(&sealing.header);
    ZSTD_freeCCtx(zstd);
    return result;
}
