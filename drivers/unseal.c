/* SPDX-License-Identifier: ISC */
#include "drivers/unseal.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <zstd.h>

#include "media/base/bytes.h"
#include "media/base/limits.h"
#include "media/base/path.h"

/* sallyport-set.5, Sealed content. */
#define SHA384_BYTES   48
#define SALT_BYTES     32
#define TAG_BYTES      16
#define NONCE_BYTES    12
#define NONCE_LAST     11
#define SEGMENT_BYTES  (64 * KIB)
#define FIXED_BYTES    60
#define HEADER_LIMIT   (FIXED_BYTES + LIMIT_PATH_BYTES + 2 * LIMIT_NAME_BYTES)
#define KEY_INFO       "sallyport sealed key"
#define KEY_INFO_LIMIT (sizeof(KEY_INFO) + 2 * (LIMIT_NAME_BYTES + 1))

struct header {
    uint16_t type_size, name_size, id_size;
    uint64_t plain, compressed;
    uint8_t salt[SALT_BYTES];
    struct bytes_view bytes; /* all of it: the additional data */
    struct bytes_view type, name, id;
};

/* One file on its way. */
struct opening {
    int fd;
    struct header header;
    uint8_t header_data[HEADER_LIMIT];
    uint64_t segments;
    gnutls_aead_cipher_hd_t cipher;
    ZSTD_DCtx *zstd;
    uint8_t *sealed, *opened, *plain; /* SEGMENT_BYTES + TAG_BYTES each */
    uint64_t made;                    /* plain bytes so far */
    int frame_ended;
    unseal_sink sink;
    void *context;
};

static int parse_fixed(struct bytes_view view, struct header *header, struct error *err)
{
    struct bytes_view magic;
    uint16_t version;

    if (bytes_get_view(&view, 4, &magic) < 0 || bytes_get_u16(&view, &version) < 0 ||
        bytes_get_u16(&view, &header->type_size) < 0 ||
        bytes_get_u16(&view, &header->name_size) < 0 ||
        bytes_get_u16(&view, &header->id_size) < 0 || bytes_get_u64(&view, &header->plain) < 0 ||
        bytes_get_u64(&view, &header->compressed) < 0 ||
        bytes_get(&view, header->salt, SALT_BYTES) < 0)
        return error_set(err, ERROR_BAD_CONTENT, "ends inside the sealed header");
    if (!bytes_equal(magic, bytes_view_of("SPSL", 4)))
        return error_set(err, ERROR_BAD_CONTENT, "is not sealed");
    if (version != 1)
        return error_set(err, ERROR_BAD_CONTENT, "sealed version %u, expected 1", version);
    if (header->type_size > LIMIT_NAME_BYTES || header->name_size > LIMIT_PATH_BYTES ||
        header->id_size > LIMIT_NAME_BYTES)
        return error_set(err, ERROR_LIMIT, "a name in the sealed header is too long");
    return 0;
}

/* Sizes must account for every byte of the file, so nothing is left unread and nothing is missing.
 */
static int check_sizes(struct opening *opening, uint64_t size, struct error *err)
{
    struct header *header = &opening->header;
    uint64_t head = FIXED_BYTES + (uint64_t)header->type_size + header->name_size + header->id_size;

    if (header->compressed == 0 || header->compressed > LIMIT_CONTENT_BYTES)
        return error_set(err, ERROR_BAD_CONTENT, "%" PRIu64 " compressed bytes",
                         header->compressed);
    opening->segments = (header->compressed + SEGMENT_BYTES - 1) / SEGMENT_BYTES;
    if (head + header->compressed + opening->segments * TAG_BYTES != size)
        return error_set(err, ERROR_BAD_CONTENT,
                         "is %" PRIu64 " bytes, its sealed header speaks of %" PRIu64, size,
                         head + header->compressed + opening->segments * TAG_BYTES);
    header->bytes = bytes_view_of(opening->header_data, (size_t)head);
    return 0;
}

static int names_match(struct bytes_view found, const char *expected)
{
    return bytes_equal(found, bytes_view_of(expected, strlen(expected)));
}

static int check_names(struct header *header, const struct unseal_expected *expected,
                       struct error *err)
{
    struct bytes_view rest = header->bytes;
    struct bytes_view fixed;

    if (bytes_get_view(&rest, FIXED_BYTES, &fixed) < 0 ||
        bytes_get_view(&rest, header->type_size, &header->type) < 0 ||
        bytes_get_view(&rest, header->name_size, &header->name) < 0 ||
        bytes_get_view(&rest, header->id_size, &header->id) < 0)
        return error_set(err, ERROR_BAD_CONTENT, "ends inside the sealed header");
    if (!names_match(header->type, expected->type) || !names_match(header->name, expected->name))
        return error_set(err, ERROR_BAD_CONTENT, "was sealed as another file: %.*s/%.*s",
                         (int)header->type.size, (const char *)header->type.data,
                         (int)header->name.size, (const char *)header->name.data);
    if (!names_match(header->id, expected->key_id))
        return error_set(err, ERROR_WRONG_SECRET, "is sealed with key %.*s, not %s",
                         (int)header->id.size, (const char *)header->id.data, expected->key_id);
    if (header->plain > expected->plain_limit)
        return error_set(err, ERROR_LIMIT, "%" PRIu64 " plain bytes, allowed are %" PRIu64,
                         header->plain, expected->plain_limit);
    return 0;
}

static int read_header(struct opening *opening, uint64_t size,
                       const struct unseal_expected *expected, struct error *err)
{
    struct header *header = &opening->header;
    int result;

    if (size < FIXED_BYTES)
        return error_set(err, ERROR_BAD_CONTENT, "is not sealed: only %" PRIu64 " bytes", size);
    result = path_pread(opening->fd, opening->header_data, FIXED_BYTES, 0, err);
    if (result == 0)
        result = parse_fixed(bytes_view_of(opening->header_data, FIXED_BYTES), header, err);
    if (result == 0)
        result = check_sizes(opening, size, err);
    if (result == 0)
        result = path_pread(opening->fd, opening->header_data + FIXED_BYTES,
                            header->bytes.size - FIXED_BYTES, FIXED_BYTES, err);
    if (result == 0)
        result = check_names(header, expected, err);
    return result;
}

static int hkdf(const uint8_t *secret, const struct header *header, struct bytes_view info,
                uint8_t *out, struct error *err)
{
    uint8_t extracted[SHA384_BYTES];
    gnutls_datum_t ikm = {(uint8_t *)(uintptr_t)secret, UNSEAL_KEY_BYTES};
    gnutls_datum_t salt = {(uint8_t *)(uintptr_t)header->salt, SALT_BYTES};
    gnutls_datum_t middle = {extracted, sizeof(extracted)};
    gnutls_datum_t bound = {(uint8_t *)(uintptr_t)info.data, (unsigned)info.size};
    int code = gnutls_hkdf_extract(GNUTLS_MAC_SHA384, &ikm, &salt, extracted);

    if (code >= 0)
        code = gnutls_hkdf_expand(GNUTLS_MAC_SHA384, &middle, &bound, out, UNSEAL_KEY_BYTES);
    bytes_wipe(extracted, sizeof(extracted));
    return code < 0 ? error_set(err, ERROR_INTERNAL, "HKDF: %s", gnutls_strerror(code)) : 0;
}

static int derive_key(const uint8_t *secret, const struct header *header, uint8_t *out,
                      struct error *err)
{
    struct bytes info;
    int result;

    bytes_init(&info, KEY_INFO_LIMIT);
    result = bytes_put(&info, KEY_INFO, sizeof(KEY_INFO), err);
    if (result == 0)
        result = bytes_put(&info, header->type.data, header->type.size, err);
    if (result == 0)
        result = bytes_put_u8(&info, 0, err);
    if (result == 0)
        result = bytes_put(&info, header->id.data, header->id.size, err);
    if (result == 0)
        result = hkdf(secret, header, bytes_view(&info), out, err);
    bytes_clear(&info);
    return result;
}

/* Gives plain bytes of one verified segment to the sink, never more than the header promised. */
static int inflate(struct opening *opening, size_t size, struct error *err)
{
    ZSTD_inBuffer in = {opening->opened, size, 0};
    int result = 0;
    int full = 1;

    while (result == 0 && (in.pos < in.size || full)) {
        ZSTD_outBuffer out = {opening->plain, SEGMENT_BYTES + TAG_BYTES, 0};
        size_t left;

        if (opening->frame_ended)
            return error_set(err, ERROR_BAD_CONTENT, "holds bytes after its zstd frame");
        left = ZSTD_decompressStream(opening->zstd, &out, &in);
        if (ZSTD_isError(left))
            return error_set(err, ERROR_BAD_CONTENT, "zstd: %s", ZSTD_getErrorName(left));
        opening->frame_ended = left == 0;
        full = out.pos == out.size && !opening->frame_ended;
        if (out.pos > opening->header.plain - opening->made)
            return error_set(err, ERROR_BAD_CONTENT, "gives more than %" PRIu64 " plain bytes",
                             opening->header.plain);
        opening->made += out.pos;
        if (out.pos > 0)
            result = opening->sink(opening->context, opening->plain, out.pos, err);
    }
    return result;
}

static int open_segment(struct opening *opening, uint64_t i, struct error *err)
{
    uint64_t left = opening->header.compressed - i * SEGMENT_BYTES;
    size_t size = left < SEGMENT_BYTES ? (size_t)left : SEGMENT_BYTES;
    uint64_t offset = opening->header.bytes.size + i * (SEGMENT_BYTES + TAG_BYTES);
    size_t opened = SEGMENT_BYTES + TAG_BYTES;
    uint8_t nonce[NONCE_BYTES] = {0};
    int result = path_pread(opening->fd, opening->sealed, size + TAG_BYTES, offset, err);

    if (result < 0)
        return result;
    for (size_t b = 0; b < 8; b++)
        nonce[b] = (uint8_t)(i >> (8 * b));
    nonce[NONCE_LAST] = i + 1 == opening->segments;
    if (gnutls_aead_cipher_decrypt(opening->cipher, nonce, sizeof(nonce),
                                   opening->header.bytes.data, opening->header.bytes.size,
                                   TAG_BYTES, opening->sealed, size + TAG_BYTES, opening->opened,
                                   &opened) < 0 ||
        opened != size)
        return error_set(err, i == 0 ? ERROR_WRONG_SECRET : ERROR_BAD_CONTENT,
                         "segment %" PRIu64 " does not verify%s", i,
                         i == 0 ? ": another key, or a changed header" : "");
    return inflate(opening, size, err);
}

static int open_segments(struct opening *opening, struct error *err)
{
    int result = 0;

    if (ZSTD_isError(
            ZSTD_DCtx_setParameter(opening->zstd, ZSTD_d_windowLogMax, LIMIT_ZSTD_WINDOW_LOG)))
        return error_set(err, ERROR_INTERNAL, "zstd does not take a window limit");
    for (uint64_t i = 0; i < opening->segments && result == 0; i++)
        result = open_segment(opening, i, err);
    if (result == 0 && (!opening->frame_ended || opening->made != opening->header.plain))
        result =
            error_set(err, ERROR_BAD_CONTENT, "ends after %" PRIu64 " of %" PRIu64 " plain bytes",
                      opening->made, opening->header.plain);
    return result;
}

static int open_with_buffers(struct opening *opening, struct error *err)
{
    size_t capacity = SEGMENT_BYTES + TAG_BYTES;
    int result;

    opening->sealed = bytes_allocate(1, capacity);
    opening->opened = bytes_allocate(1, capacity);
    opening->plain = bytes_allocate(1, capacity);
    opening->zstd = ZSTD_createDCtx();
    if (opening->zstd == NULL)
        result = error_set(err, ERROR_INTERNAL, "no memory for a zstd decoder");
    else
        result = open_segments(opening, err);
    ZSTD_freeDCtx(opening->zstd);
    bytes_wipe(opening->opened, capacity);
    bytes_wipe(opening->plain, capacity);
    free(opening->sealed);
    free(opening->opened);
    free(opening->plain);
    return result;
}

static int open_with_key(struct opening *opening, const uint8_t *secret, struct error *err)
{
    uint8_t key[UNSEAL_KEY_BYTES];
    gnutls_datum_t datum = {key, sizeof(key)};
    int code;
    int result = derive_key(secret, &opening->header, key, err);

    if (result < 0)
        return result;
    code = gnutls_aead_cipher_init(&opening->cipher, GNUTLS_CIPHER_AES_256_GCM, &datum);
    bytes_wipe(key, sizeof(key));
    if (code < 0)
        return error_set(err, ERROR_INTERNAL, "AES-256-GCM: %s", gnutls_strerror(code));
    result = open_with_buffers(opening, err);
    gnutls_aead_cipher_deinit(opening->cipher);
    return result;
}

int unseal_file(int fd, uint64_t size, const uint8_t key[static UNSEAL_KEY_BYTES],
                const struct unseal_expected *expected, unseal_sink sink, void *context,
                struct error *err)
{
    struct opening *opening = bytes_allocate(1, sizeof(*opening));
    int result;

    opening->fd = fd;
    opening->sink = sink;
    opening->context = context;
    result = read_header(opening, size, expected, err);
    if (result == 0)
        result = open_with_key(opening, key, err);
    free(opening);
    if (result < 0)
        error_context(err, "%s", expected->name);
    return result;
}

static int sink_to_fd(void *context, const void *data, size_t size, struct error *err)
{
    return path_write(*(const int *)context, data, size, err);
}

int unseal_to_memory(int fd, uint64_t size, const uint8_t key[static UNSEAL_KEY_BYTES],
                     const struct unseal_expected *expected, int *plain_fd, uint64_t *plain_size,
                     struct error *err)
{
    static const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
    int memory = memfd_create("content", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    off_t end;
    int result;

    *plain_fd = -1;
    *plain_size = 0;
    if (memory < 0)
        return error_set(err, ERROR_IO, "no memory file");
    result = unseal_file(fd, size, key, expected, sink_to_fd, &memory, err);
    end = lseek(memory, 0, SEEK_CUR);
    if (result == 0 &&
        (end < 0 || lseek(memory, 0, SEEK_SET) != 0 || fcntl(memory, F_ADD_SEALS, seals) < 0))
        result = error_set(err, ERROR_IO, "the memory file can't be sealed");
    if (result < 0) {
        close(memory);
        return result;
    }
    *plain_fd = memory;
    *plain_size = (uint64_t)end;
    return 0;
}
