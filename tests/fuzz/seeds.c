/* SPDX-License-Identifier: ISC
 *
 * seeds FOLDER: writes the parts of the fuzz corpora that come from our own writers. Run by hand
 * (make fuzz-seeds) when a format changes; the files it writes are kept in the repository.
 */
#include "tests/test.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/frame-codec.h"
#include "media/pack.h"
#include "media/recipe.h"
#include "media/tsa-client.h"
#include "tests/media/forge.h"
#include "tests/media/sample-documents.h"
#include "tests/media/seal-by-hand.h"

static void end(const char *what, const struct error *err)
{
    fprintf(stderr, "seeds: %s: %s\n", what, err->words);
    exit(1);
}

static int open_seed(const char *folder, const char *corpus, const char *name)
{
    struct error err = {0};
    char path[PATH_MAX];
    int fd;

    snprintf(path, sizeof path, "%s/corpus-%s", folder, corpus);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/corpus-%s/%s", folder, corpus, name);
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) {
        error_set(&err, ERROR_IO, "cannot be written");
        end(path, &err);
    }
    return fd;
}

static void keep(const char *folder, const char *corpus, const char *name, struct bytes *data)
{
    int fd = open_seed(folder, corpus, name);

    if (write(fd, data->data, data->size) != (ssize_t)data->size)
        exit(1);
    close(fd);
    bytes_clear(data);
}

/* One row for each kind of document. */
#define DOCUMENT_SEED(kind)                                                                        \
    static void seed_##kind(const char *folder)                                                    \
    {                                                                                              \
        struct kind##_document *document = bytes_allocate(1, sizeof(*document));                   \
        struct error err = {0};                                                                    \
        struct bytes json;                                                                         \
                                                                                                   \
        bytes_init(&json, 1 * MIB);                                                                \
        sample_##kind(document);                                                                   \
        if (kind##_write(document, &json, &err) != 0)                                              \
            end(#kind, &err);                                                                      \
        kind##_clear(document);                                                                    \
        free(document);                                                                            \
        keep(folder, #kind, "full.json", &json);                                                   \
    }
DOCUMENT_SEED(root)
DOCUMENT_SEED(package)
DOCUMENT_SEED(set)
DOCUMENT_SEED(export)

static void seed_recipe(const char *folder)
{
    static const uint8_t digests[4][DIGEST_BYTES] = {{1}, {2}, {3}, {4}};
    struct recipe_file files[] = {
        {.name = "a", .size = 10, .digest = digests[0]},
        {.name = "b/empty", .size = 0, .digest = digests[1]},
        {.name = "b/x", .size = 20, .digest = digests[2]},
        {.name = "big", .size = 60000, .digest = digests[3]},
    };
    struct recipe_chunk chunks[] = {
        {.frame = digests[0], .content = digests[0], .packed = 30, .length = 30},
        {.frame = digests[1], .content = digests[2], .packed = 9, .length = 30000, .codec = 1},
        {.frame = digests[1], .content = digests[2], .packed = 9, .length = 30000, .codec = 1},
    };
    struct recipe recipe = {.file_count = 4, .files = files, .chunk_count = 3, .chunks = chunks};
    struct error err = {0};
    struct bytes out;

    bytes_init(&out, 1 * MIB);
    if (recipe_write(&recipe, &out, &err) != 0)
        end("recipe", &err);
    keep(folder, "recipe", "small.rcp", &out);
}

static void seed_pack(const char *folder)
{
    struct pack_writer *writer = NULL;
    struct error err = {0};
    uint8_t digest[DIGEST_BYTES], id[DIGEST_BYTES];
    uint64_t size;
    int fd = open_seed(folder, "pack", "three.tar");

    if (pack_write_open(fd, 0, &writer, &err) != 0)
        end("pack", &err);
    for (size_t i = 1; i <= 3; i++) {
        digest_of("frame", i, digest);
        if (pack_write_frame(writer, digest, "frame", i, &err) != 0)
            end("pack", &err);
    }
    if (pack_write_close(writer, id, &size, &err) != 0)
        end("pack", &err);
    close(fd);
}

/* The form is fuzz-frame-codec.c's; length below 64 KiB. */
static void keep_frame(const char *folder, const char *name, uint8_t codec, uint16_t length,
                       struct bytes_view base, struct bytes_view packed)
{
    struct error err = {0};
    struct bytes seed;

    bytes_init(&seed, 1 * MIB);
    if (bytes_put_u8(&seed, codec, &err) != 0 || bytes_put_u16(&seed, length, &err) != 0 ||
        bytes_put(&seed, "\0\4", 2, &err) != 0 ||
        bytes_put_u16(&seed, (uint16_t)base.size, &err) != 0 ||
        bytes_put(&seed, base.data, base.size, &err) != 0 ||
        bytes_put(&seed, packed.data, packed.size, &err) != 0)
        end("frame", &err);
    keep(folder, "frame-codec", name, &seed);
}

static void seed_frames(const char *folder)
{
    static const uint8_t plain[4096] = "many equal bytes compress well";
    const struct frame_base base = {.range = bytes_view_of("aaaabbbbcccc", 12), .record_size = 4};
    struct bytes_view none = {0}, packed, list = bytes_view_of("bbbbccccdddd", 12);
    struct frame_encoder *encoder = frame_encoder_new(3);
    struct error err = {0};
    uint8_t codec;

    if (frame_encode(encoder, bytes_view_of(plain, sizeof plain), &packed, &codec, &err) != 0)
        end("frame", &err);
    keep_frame(folder, "zstd", codec, sizeof plain, none, packed);
    keep_frame(folder, "stored", CODEC_STORED, 4, none, bytes_view_of("four", 4));
    if (frame_encode_prefix(encoder, list, &base, &packed, &err) != 0)
        end("frame", &err);
    keep_frame(folder, "prefix", CODEC_ZSTD_PREFIX, 12, base.range, packed);
    if (frame_encode_records(encoder, list, &base, &packed, &err) != 0)
        end("frame", &err);
    keep_frame(folder, "records", CODEC_RECORDS, 12, base.range, packed);
    frame_encoder_free(encoder);
}

/* A whole sealed file (first byte 0), and what such a file holds before it is sealed (1). */
static void seed_sealed(const char *folder)
{
    static const uint8_t plain[300] = "many equal bytes compress well";
    static const struct seal_key key = {.id = "k", .key = {1}};
    struct frame_encoder *encoder = frame_encoder_new(3);
    struct seal_by_hand what = {.key = &key, .type = "t", .name = "n", .plain_size = 300};
    struct error err = {0};
    struct bytes sealed, seed;
    uint8_t codec;

    if (frame_encode(encoder, bytes_view_of(plain, sizeof plain), &what.compressed, &codec, &err) !=
        0)
        end("sealed", &err);
    seal_by_hand(&what, &sealed);
    bytes_init(&seed, 1 * MIB);
    if (bytes_put_u8(&seed, 0, &err) != 0 || bytes_put(&seed, sealed.data, sealed.size, &err) != 0)
        end("sealed", &err);
    keep(folder, "unseal", "sealed", &seed);
    bytes_init(&seed, 1 * MIB);
    if (bytes_put_u8(&seed, 1, &err) != 0 || bytes_put_u16(&seed, 300, &err) != 0 ||
        bytes_put(&seed, what.compressed.data, what.compressed.size, &err) != 0)
        end("sealed", &err);
    keep(folder, "unseal", "compressed", &seed);
    bytes_clear(&sealed);
    frame_encoder_free(encoder);
}

static void keep_view(const char *folder, const char *corpus, const char *name,
                      struct bytes_view view)
{
    struct error err = {0};
    struct bytes data;

    bytes_init(&data, 1 * MIB);
    if (bytes_put(&data, view.data, view.size, &err) != 0)
        end(name, &err);
    keep(folder, corpus, name, &data);
}

/* Structures of DER; keys are new each time. */
static void seed_signed(const char *folder)
{
    static const char json[] = "{\"a\":1}";
    struct forge_site site = forge_site();
    struct bytes_view content = bytes_view_of(json, sizeof(json) - 1);
    const struct forge_certificate *two[] = {site.leaves[ROLE_RELEASE], site.leaves[ROLE_EXPORT]};
    struct forge_info info = forge_info(site.forge, content, FORGE_NOON_US);
    struct forge_document *token =
        forge_token(site.forge, site.leaves[ROLE_TIMESTAMP], &info, FORGE_NOON_US);
    struct forge_crl crl = forge_crl(site.forge, site.issuer, 3, FORGE_NOON_US);

    keep_view(folder, "cms", "package.p7m",
              forge_whole(site.forge, document_row(DOCUMENT_PACKAGE)->oid, content,
                          &site.leaves[ROLE_CONTENT], 1, site.leaves[ROLE_TIMESTAMP],
                          FORGE_NOON_US));
    keep_view(folder, "cms", "set-of-two.p7m",
              forge_whole(site.forge, document_row(DOCUMENT_SET)->oid, content, two, 2,
                          site.leaves[ROLE_TIMESTAMP], FORGE_NOON_US));
    keep_view(folder, "cms", "export.p7m",
              forge_whole(site.forge, document_row(DOCUMENT_EXPORT)->oid, content,
                          &site.leaves[ROLE_EXPORT], 1, NULL, FORGE_NOON_US));
    forge_sign(token);
    keep_view(folder, "timestamp", "token.der", forge_assemble(token));
    keep_view(folder, "timestamp", "info.der", forge_info_der(site.forge, &info));
    keep_view(folder, "certificate", "root.der", site.root->der);
    keep_view(folder, "certificate", "leaf.der", site.leaves[ROLE_RELEASE]->der);
    crl.entries[crl.entry_count++] = forge_crl_entry(site.forge, site.leaves[ROLE_CONTENT]->serial,
                                                     FORGE_NOON_US, 1, FORGE_NOON_US);
    keep_view(folder, "certificate", "list.crl", forge_crl_der(site.forge, &crl));
    keep_view(folder, "der", "leaf.der", site.leaves[ROLE_RELEASE]->der);
    keep_view(folder, "der", "info.der", forge_info_der(site.forge, &info));
    forge_free(site.forge);
}

/* The reply that fuzz-tsa-reply's signature and nonce ask for. */
static void seed_tsa_reply(const char *folder)
{
    static const uint8_t nonce[TSA_CLIENT_NONCE_BYTES] = {0x41, 2, 3, 4, 5, 6, 7, 8};
    struct forge_site site = forge_site();
    struct forge_info info =
        forge_info(site.forge, bytes_view_of("a signature value", 17), FORGE_NOON_US);
    struct forge_document *token;
    struct bytes_view status = FORGE_SEQUENCE(site.forge, forge_integer(site.forge, 0));

    info.parts[FORGE_INFO_NONCE] = forge_primitive(site.forge, 0x02, nonce, sizeof(nonce));
    token = forge_token(site.forge, site.leaves[ROLE_TIMESTAMP], &info, FORGE_NOON_US);
    forge_sign(token);
    keep_view(folder, "tsa-reply", "granted.tsr",
              FORGE_SEQUENCE(site.forge, status, forge_assemble(token)));
    keep_view(folder, "tsa-reply", "refused.tsr",
              bytes_view_of("\x30\x0f\x30\x0d\x02\x01\x02\x30\x04\x0c\x02no\x03\x02\x07\x80", 17));
    forge_free(site.forge);
}

/* The payload of an enrolment with two keys and two root documents of three bytes. */
static void seed_enrolment(const char *folder)
{
    static const char json[] =
        "{\"content_keys\":[\"a\",\"b\"],\"endpoint\":\"gate-7\",\"made\":"
        "\"2026-11-23T08:00:00Z\",\"ring\":\"public\",\"root_documents\":[3,3],\"schema\":"
        "\"sallyport.enrolment/1\",\"serial\":\"000102030405060708090a0b0c0d0e0f\","
        "\"test_endpoint\":false}";
    static const uint8_t rest[32 + 2 * 32 + 2 * 3] = {1};
    struct error err = {0};
    struct bytes payload;

    bytes_init(&payload, 4096);
    if (bytes_put_u32(&payload, sizeof(json) - 1, &err) != 0 ||
        bytes_put(&payload, json, sizeof(json) - 1, &err) != 0 ||
        bytes_put(&payload, rest, sizeof(rest), &err) != 0)
        end("enrolment", &err);
    keep(folder, "enrolment", "payload", &payload);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: seeds FOLDER\n");
        return 2;
    }
    seed_root(argv[1]);
    seed_package(argv[1]);
    seed_set(argv[1]);
    seed_export(argv[1]);
    seed_recipe(argv[1]);
    seed_pack(argv[1]);
    seed_frames(argv[1]);
    seed_sealed(argv[1]);
    seed_signed(argv[1]);
    seed_tsa_reply(argv[1]);
    seed_enrolment(argv[1]);
    return 0;
}
