/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"

#include <sys/stat.h>

#include "drivers/unseal.h"
#include "media/chunk.h"
#include "media/frame-codec.h"
#include "media/package-build.h"
#include "media/recipe.h"

#define BIG_BYTES (3 * MIB + 12345)

static const struct seal_key seal_key = {.id = "2026-a", .key = {1, 2, 3}};

/* A frame store in memory. */
struct store {
    struct stored {
        uint8_t digest[DIGEST_BYTES];
        uint8_t *data;
        size_t size;
    } frames[4096];
    size_t count, calls;
    int refuse; /* answers like a full disk */
};

static struct stored *find(struct store *store, const uint8_t *digest)
{
    for (size_t i = 0; i < store->count; i++) {
        if (memcmp(store->frames[i].digest, digest, DIGEST_BYTES) == 0)
            return &store->frames[i];
    }
    return NULL;
}

static int keep(void *context, const uint8_t digest[static DIGEST_BYTES], struct bytes_view packed,
                struct error *err)
{
    struct store *store = context;
    struct stored *frame = find(store, digest);
    uint8_t found[DIGEST_BYTES];

    store->calls++;
    if (store->refuse)
        return error_set(err, ERROR_NO_SPACE, "full");
    digest_of(packed.data, packed.size, found);
    assert_memory_equal(found, digest, DIGEST_BYTES);
    if (frame != NULL)
        return 0;
    assert_true(store->count < 4096);
    frame = &store->frames[store->count++];
    memcpy(frame->digest, digest, DIGEST_BYTES);
    frame->data = bytes_allocate(1, packed.size);
    memcpy(frame->data, packed.data, packed.size);
    frame->size = packed.size;
    return 0;
}

static void store_clear(struct store *store)
{
    for (size_t i = 0; i < store->count; i++)
        free(store->frames[i].data);
    free(store);
}

static struct store *store_new(void)
{
    return bytes_allocate(1, sizeof(struct store));
}

static void fill(int folder)
{
    uint8_t *big = bytes_allocate(1, BIG_BYTES);
    uint8_t small[3000];
    char name[32];

    scratch_noise(big, BIG_BYTES, 7);
    scratch_put(folder, "data/big", big, BIG_BYTES);
    memset(big, 'x', BIG_BYTES);
    scratch_put(folder, "data/zeros", big, BIG_BYTES);
    for (size_t i = 0; i < 200; i++) {
        scratch_noise(small, sizeof(small), i + 100);
        snprintf(name, sizeof(name), "rules/%03zu.rules", i);
        scratch_put(folder, name, small, i * 10);
    }
    scratch_put(folder, "Zz", "one", 3);
    free(big);
}

static void build(int folder, const struct seal_key *seal, struct store *store,
                  struct package_built *built)
{
    struct package_build_options options = {
        .type = "flags", .seal = seal, .scratch_fd = folder, .store = keep, .context = store};
    struct error err = {0};

    assert_ok(package_build(folder, &options, built, &err), &err);
}

/* Rebuilds the plain stream from recipe and frames, file by file, and asks visit about each. */
static void rebuild(const struct package_built *built, struct store *store,
                    void (*visit)(const struct recipe_file *file, const uint8_t *data,
                                  void *context),
                    void *context)
{
    struct frame_decoder *decoder = frame_decoder_new();
    struct error err = {0};
    struct recipe recipe;
    uint8_t *stream;
    uint64_t at = 0;

    assert_ok(recipe_parse(bytes_view(&built->recipe), &recipe, &err), &err);
    stream = bytes_allocate(1, recipe.bytes);
    for (uint32_t i = 0; i < recipe.chunk_count; i++) {
        const struct recipe_chunk *chunk = &recipe.chunks[i];
        struct stored *frame = find(store, chunk->frame);
        uint8_t found[DIGEST_BYTES];

        assert_non_null(frame);
        assert_int_equal(frame->size, chunk->packed);
        assert_ok(frame_decode(decoder, chunk->codec, bytes_view_of(frame->data, frame->size),
                               stream + at, chunk->length, &err),
                  &err);
        digest_of(stream + at, chunk->length, found);
        assert_memory_equal(found, chunk->content, DIGEST_BYTES);
        at += chunk->length;
    }
    at = 0;
    for (uint32_t i = 0; i < recipe.file_count; i++) {
        uint8_t found[DIGEST_BYTES];

        digest_of(stream + at, recipe.files[i].size, found);
        assert_memory_equal(found, recipe.files[i].digest, DIGEST_BYTES);
        visit(&recipe.files[i], stream + at, context);
        at += recipe.files[i].size;
    }
    recipe_clear(&recipe);
    frame_decoder_free(decoder);
    free(stream);
}

static void compare_with_source(const struct recipe_file *file, const uint8_t *data, void *context)
{
    const struct scratch *scratch = context;
    struct error err = {0};
    struct bytes source;

    assert_ok(path_read(scratch->fd, file->name, BIG_BYTES, &source, &err), &err);
    assert_int_equal(source.size, file->size);
    assert_memory_equal(source.data, data, file->size);
    bytes_clear(&source);
}

static void files_come_back_as_they_were(void **state)
{
    struct store *store = store_new();
    struct package_built built;
    struct scratch *scratch = *state;

    fill(scratch->fd);
    build(scratch->fd, NULL, store, &built);
    assert_true(built.files == 203);
    assert_true(built.packed > BIG_BYTES && built.packed < built.bytes);
    assert_int_equal(store->calls, built.chunks);
    rebuild(&built, store, compare_with_source, scratch);
    package_built_clear(&built);
    store_clear(store);
}

static void the_same_source_gives_the_same_bytes(void **state)
{
    static const struct seal_key *const keys[] = {NULL, &seal_key};
    struct package_built first, second;
    struct scratch *scratch = *state;
    int a = scratch_folder(scratch->fd, "a"), b = scratch_folder(scratch->fd, "b");

    fill(a);
    fill(b);
    for (size_t i = 0; i < 2; i++) {
        struct store *store = store_new();
        size_t frames;

        build(a, keys[i], store, &first);
        frames = store->count;
        build(b, keys[i], store, &second);
        assert_int_equal(store->count, frames);
        assert_int_equal(first.recipe.size, second.recipe.size);
        assert_memory_equal(first.recipe.data, second.recipe.data, first.recipe.size);
        package_built_clear(&first);
        package_built_clear(&second);
        store_clear(store);
    }
    close(a);
    close(b);
}

static void a_list_of_sorted_records_is_known_as_one(void **state)
{
    struct store *store = store_new();
    struct scratch *scratch = *state;
    uint8_t *list = bytes_allocate(4096, 32);
    struct package_built built;
    struct error err = {0};
    struct recipe recipe;

    for (size_t i = 0; i < 4096; i++) {
        list[i * 32] = (uint8_t)(i >> 8);
        list[i * 32 + 1] = (uint8_t)i;
    }
    scratch_put(scratch->fd, "list", list, 4096 * 32);
    list[4094 * 32] = 0;
    scratch_put(scratch->fd, "other", list, 4096 * 32);
    build(scratch->fd, NULL, store, &built);
    assert_ok(recipe_parse(bytes_view(&built.recipe), &recipe, &err), &err);
    assert_int_equal(recipe.files[0].record_size, 32);
    assert_int_equal(recipe.files[1].record_size, 0);
    recipe_clear(&recipe);
    package_built_clear(&built);
    store_clear(store);
    free(list);
}

static void a_small_change_makes_few_new_frames(void **state)
{
    struct store *store = store_new();
    struct package_built first, second;
    struct scratch *scratch = *state;
    size_t frames;

    fill(scratch->fd);
    build(scratch->fd, NULL, store, &first);
    frames = store->count;
    scratch_put(scratch->fd, "rules/100.rules", "changed", 7);
    build(scratch->fd, NULL, store, &second);
    assert_in_range(store->count, frames + 1, frames + 3);
    assert_true(first.chunks > 20);
    package_built_clear(&first);
    package_built_clear(&second);
    store_clear(store);
}

static int collect_plain(void *context, const void *data, size_t size, struct error *err)
{
    return bytes_put(context, data, size, err);
}

/* Opens a sealed file as a driver would. */
static void compare_unsealed(const struct recipe_file *file, const uint8_t *data, void *context)
{
    const struct scratch *scratch = context;
    struct unseal_expected expected = {
        .type = "flags", .name = file->name, .key_id = seal_key.id, .plain_limit = BIG_BYTES};
    int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    struct error err = {0};
    struct bytes plain, source;

    bytes_init(&plain, BIG_BYTES);
    assert_ok(path_write(fd, data, file->size, &err), &err);
    assert_ok(unseal_file(fd, file->size, seal_key.key, &expected, collect_plain, &plain, &err),
              &err);
    assert_ok(path_read(scratch->fd, file->name, BIG_BYTES, &source, &err), &err);
    assert_int_equal(source.size, plain.size);
    if (source.size > 0)
        assert_memory_equal(source.data, plain.data, source.size);
    bytes_clear(&source);
    bytes_clear(&plain);
    close(fd);
}

static void sealed_files_open_in_a_driver_and_nothing_shows_before(void **state)
{
    struct store *store = store_new();
    struct package_built built;
    struct scratch *scratch = *state;

    fill(scratch->fd);
    build(scratch->fd, &seal_key, store, &built);
    for (size_t i = 0; i < store->count; i++)
        assert_null(memmem(store->frames[i].data, store->frames[i].size, "xxxxxxxx", 8));
    rebuild(&built, store, compare_unsealed, scratch);
    package_built_clear(&built);
    store_clear(store);
}

static void refuse(int folder, enum error_code expected)
{
    struct store *store = store_new();
    struct package_build_options options = {.scratch_fd = -1, .store = keep, .context = store};
    struct package_built built;
    struct error err = {0};

    assert_refused(package_build(folder, &options, &built, &err), &err, expected);
    package_built_clear(&built);
    store_clear(store);
}

static void sources_that_no_medium_can_carry_are_refused(void **state)
{
    struct scratch *scratch = *state;

    refuse(scratch->fd, ERROR_BAD_CONTENT); /* nothing there */
    scratch_put(scratch->fd, "good", "x", 1);
    assert_int_equal(symlinkat("good", scratch->fd, "link"), 0);
    refuse(scratch->fd, ERROR_BAD_CONTENT);
    assert_int_equal(unlinkat(scratch->fd, "link", 0), 0);
    assert_int_equal(mkfifoat(scratch->fd, "pipe", 0600), 0);
    refuse(scratch->fd, ERROR_BAD_CONTENT);
    assert_int_equal(unlinkat(scratch->fd, "pipe", 0), 0);
    scratch_put(scratch->fd, "GOOD", "x", 1);
    refuse(scratch->fd, ERROR_BAD_CONTENT); /* differs only by case */
    assert_int_equal(unlinkat(scratch->fd, "GOOD", 0), 0);
    assert_int_equal(mkdirat(scratch->fd, "-x", 0700), 0);
    refuse(scratch->fd, ERROR_BAD_CONTENT);
    assert_int_equal(unlinkat(scratch->fd, "-x", AT_REMOVEDIR), 0);
    assert_int_equal(mkdirat(scratch->fd, "a b", 0700), 0);
    refuse(scratch->fd, ERROR_BAD_CONTENT);
}

static void a_store_that_fails_ends_the_build(void **state)
{
    struct store *store = store_new();
    struct package_build_options options = {.scratch_fd = -1, .store = keep, .context = store};
    struct package_built built;
    struct error err = {0};
    struct scratch *scratch = *state;

    scratch_put(scratch->fd, "file", "x", 1);
    store->refuse = 1;
    assert_refused(package_build(scratch->fd, &options, &built, &err), &err, ERROR_NO_SPACE);
    assert_int_equal(store->calls, 1);
    package_built_clear(&built);
    store_clear(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_come_back_as_they_were, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(a_list_of_sorted_records_is_known_as_one, scratch_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(the_same_source_gives_the_same_bytes, scratch_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(a_small_change_makes_few_new_frames, scratch_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(sealed_files_open_in_a_driver_and_nothing_shows_before,
                                        scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(sources_that_no_medium_can_carry_are_refused, scratch_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(a_store_that_fails_ends_the_build, scratch_open,
                                        scratch_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
