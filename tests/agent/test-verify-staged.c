/* SPDX-License-Identifier: ISC
 *
 * The real program: what intake left in staging, judged by descriptors.
 */
#include "tests/agent/run-verify.h"

#include <sys/stat.h>

#include "agent/control/verify-protocol.h"
#include "media/base/frame.h"
#include "media/recipe.h"

#define LARGE_BYTES (3 * MIB + 77) /* several chunks */
#define SMALL_FILES 100            /* several batches */
#define SMALL_BYTES 700

struct staged_test {
    struct medium *medium;
    struct run_verify *run;
    int folder; /* as intake would leave it */
    uint8_t id[DIGEST_BYTES];
    uint8_t *large;
    char names[SMALL_FILES][32];
    uint8_t small[SMALL_FILES][SMALL_BYTES];
};

static void add_package(struct staged_test *test)
{
    struct medium_file files[SMALL_FILES + 3];

    for (size_t i = 0; i < SMALL_FILES; i++) {
        snprintf(test->names[i], sizeof(test->names[i]), "d%zu/f%zu", i % 7, i);
        scratch_noise(test->small[i], SMALL_BYTES, i + 1);
        files[i] = (struct medium_file){test->names[i], test->small[i], SMALL_BYTES};
    }
    scratch_noise(test->large, LARGE_BYTES, 999);
    files[SMALL_FILES] = (struct medium_file){"d3/large", test->large, LARGE_BYTES};
    files[SMALL_FILES + 1] = (struct medium_file){"d3/empty", "", 0};
    files[SMALL_FILES + 2] = (struct medium_file){"z/empty", "", 0};
    medium_add_package(test->medium, "null", "1", 1, files, SMALL_FILES + 3, test->id);
    for (size_t i = 0; i < SMALL_FILES + 3; i++)
        scratch_put(test->folder, files[i].name, files[i].data, files[i].size);
}

static int setup(void **state)
{
    struct staged_test *test = bytes_allocate(1, sizeof(*test));

    test->medium = medium_new();
    test->large = bytes_allocate(1, LARGE_BYTES);
    test->folder = scratch_folder(test->medium->scratch->fd, "staging");
    add_package(test);
    medium_write_set(test->medium);
    medium_write_export(test->medium);
    test->run = run_verify_new(test->medium);
    run_all(test->run, test->medium);
    assert_string_equal(run_code(test->run), "ok");
    *state = test;
    return 0;
}

static int teardown(void **state)
{
    struct staged_test *test = *state;

    run_verify_free(test->run);
    close(test->folder);
    medium_free(test->medium);
    free(test->large);
    free(test);
    return 0;
}

static void expect(struct staged_test *test, enum error_code code)
{
    uint64_t files = 0;

    assert_int_equal(run_staged(test->run, test->id, test->folder, &files), code);
    assert_int_equal(files, code == ERROR_OK ? SMALL_FILES + 3 : 0);
}

static void what_was_rebuilt_right_is_good(void **state)
{
    struct staged_test *test = *state;

    expect(test, ERROR_OK);
    expect(test, ERROR_OK);
}

static void flip(struct staged_test *test, const char *name, off_t at)
{
    struct error err = {0};
    uint8_t byte;
    int fd;

    assert_ok(path_open(test->folder, name, O_RDWR, 0, &fd, &err), &err);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static void one_changed_byte_anywhere_is_bad(void **state)
{
    static const struct {
        const char *name;
        off_t at;
    } rows[] = {
        {"d0/f0", 0},    {"d1/f99", 699},   {"d6/f6", 300},
        {"d3/large", 0}, {"d3/large", MIB}, {"d3/large", LARGE_BYTES - 1},
    };
    struct staged_test *test = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        flip(test, rows[i].name, rows[i].at);
        expect(test, ERROR_BAD_DIGEST);
        flip(test, rows[i].name, rows[i].at);
    }
    expect(test, ERROR_OK);
}

static void a_file_of_another_size_is_bad(void **state)
{
    struct staged_test *test = *state;

    scratch_put(test->folder, "d0/f0", test->small[0], SMALL_BYTES - 1);
    expect(test, ERROR_BAD_DIGEST);
    scratch_put(test->folder, "d0/f0", test->small[0], SMALL_BYTES);
    scratch_put(test->folder, "z/empty", "x", 1);
    expect(test, ERROR_BAD_DIGEST);
}

static void files_that_changed_places_are_bad(void **state)
{
    struct staged_test *test = *state;

    scratch_put(test->folder, "d0/f0", test->small[7], SMALL_BYTES);
    scratch_put(test->folder, "d0/f7", test->small[0], SMALL_BYTES);
    expect(test, ERROR_BAD_DIGEST);
}

static void what_is_no_regular_file_is_bad(void **state)
{
    struct staged_test *test = *state;
    struct error err = {0};

    assert_ok(path_remove(test->folder, "z/empty", &err), &err);
    close(scratch_folder(test->folder, "z/empty"));
    expect(test, ERROR_UNEXPECTED_FILE);
}

/* ---- chunks that lie ---- */

#define RUN_FILES 5

/* Compresses well, so that a chunk's own digest and its frame's differ. */
static void make_text(uint8_t *data, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)('a' + (i / 97 + seed) % 20);
}

static void other_digest(const struct recipe *recipe, uint32_t chunk, const uint8_t *digest)
{
    for (uint32_t i = 0; i < recipe->chunk_count; i++) {
        if (i != chunk &&
            memcmp(recipe->chunks[i].frame, recipe->chunks[chunk].frame, DIGEST_BYTES) == 0)
            recipe->chunks[i].content = digest;
    }
    recipe->chunks[chunk].content = digest;
}

/* The recipe that was last made, with another content digest in one chunk; false past the last. */
static bool lie(struct staged_test *test, const struct bytes *good, uint32_t chunk)
{
    static const uint8_t nonsense[DIGEST_BYTES] = {1, 2, 3};
    struct package_document package = {.type = "null", .version = "2", .issue = 2};
    struct error err = {0};
    struct recipe recipe;
    struct bytes bad;
    bool there;

    assert_ok(recipe_parse(bytes_view(good), &recipe, &err), &err);
    there = chunk < recipe.chunk_count;
    bytes_init(&bad, MIB);
    if (there) {
        assert_int_equal(recipe.chunks[chunk].codec, CODEC_ZSTD);
        other_digest(&recipe, chunk, nonsense);
        assert_ok(recipe_write(&recipe, &bad, &err), &err);
        package.schema_low = package.schema_high = package.abi_low = package.abi_high = 1;
        package.recipe_count = 1;
        package.files = recipe.file_count;
        package.bytes = recipe.bytes;
        package.recipes[0].size = bad.size;
        package.recipes[0].packed_size = recipe.packed;
        digest_of(bad.data, bad.size, package.recipes[0].digest);
        medium_place_package(test->medium, &package, bytes_view(&bad), test->id);
    }
    bytes_clear(&bad);
    recipe_clear(&recipe);
    return there;
}

static struct bytes built_recipe(struct staged_test *test)
{
    char path[VOLUME_NAME_BYTES];
    struct stat status;
    struct bytes data;
    struct error err = {0};
    uint8_t *place, digest[DIGEST_BYTES];

    medium_write_set(test->medium);
    medium_write_export(test->medium);
    run_verify_free(test->run);
    test->run = run_verify_new(test->medium);
    run_all(test->run, test->medium);
    assert_int_equal(fstat(test->run->recipe_fds[0], &status), 0);
    bytes_init(&data, MIB);
    assert_ok(bytes_reserve(&data, (size_t)status.st_size, &place, &err), &err);
    assert_ok(path_pread(test->run->recipe_fds[0], place, data.size, 0, &err), &err);
    digest_of(data.data, data.size, digest);
    medium_path(VOLUME_RECIPE, NULL, 0, digest, path);
    bytes_clear(&data);
    return medium_read(test->medium, path);
}

/* Every file has its digest, but a chunk does not have the one that the recipe names: what another
 * endpoint would take from here for that chunk would be something else. */
static void a_chunk_without_its_digest_is_bad(void **state)
{
    static const char *const names[RUN_FILES] = {"a", "b", "c/large", "d", "e"};
    struct staged_test *test = *state;
    struct medium_file files[RUN_FILES];
    uint8_t *text = bytes_allocate(RUN_FILES, 300 * KIB);
    struct bytes recipe;
    uint64_t count = 0;
    uint32_t chunk = 0;

    for (size_t i = 0; i < RUN_FILES; i++) {
        size_t size = i == 2 ? 300 * KIB : 9 * KIB;

        make_text(text + i * 300 * KIB, size, (unsigned)i);
        files[i] = (struct medium_file){names[i], text + i * 300 * KIB, size};
        scratch_put(test->folder, names[i], files[i].data, size);
    }
    medium_add_package(test->medium, "null", "2", 2, files, RUN_FILES, test->id);
    recipe = built_recipe(test);
    assert_int_equal(run_staged(test->run, test->id, test->folder, &count), ERROR_OK);
    for (; lie(test, &recipe, chunk); chunk++) {
        bytes_clear(&recipe);
        recipe = built_recipe(test);
        assert_int_equal(run_staged(test->run, test->id, test->folder, &count), ERROR_BAD_DIGEST);
        medium_add_package(test->medium, "null", "2", 2, files, RUN_FILES, test->id);
        bytes_clear(&recipe);
        recipe = built_recipe(test);
    }
    /* Both runs of small files and the large one between them. */
    assert_true(chunk >= 3);
    bytes_clear(&recipe);
    free(text);
}

/* After the message, verify must end the conversation with an error. */
static void expect_end(struct staged_test *test)
{
    struct error err = {0};
    struct frame frame;

    do {
        assert_ok(frame_receive(test->run->socket, LIMIT_MESSAGE_BYTES, 60000, &frame, &err), &err);
        frame_clear(&frame);
    } while (frame.type == VERIFY_WANT);
    assert_int_equal(frame.type, VERIFY_ERROR);
    assert_refused(frame_receive(test->run->socket, LIMIT_MESSAGE_BYTES, 60000, &frame, &err), &err,
                   ERROR_PEER_GONE);
}

static void a_package_that_was_not_planned_ends_it(void **state)
{
    struct staged_test *test = *state;
    char body[200], id[DIGEST_TEXT_BYTES];
    uint8_t other[DIGEST_BYTES] = {1};

    snprintf(body, sizeof(body), "{\"id\":\"%s\"}", digest_text(other, id));
    run_send(test->run, VERIFY_STAGED, body, strlen(body));
    expect_end(test);
}

static void other_files_than_asked_for_end_it(void **state)
{
    struct staged_test *test = *state;
    char body[200], id[DIGEST_TEXT_BYTES];

    snprintf(body, sizeof(body), "{\"id\":\"%s\"}", digest_text(test->id, id));
    run_send(test->run, VERIFY_STAGED, body, strlen(body));
    run_send(test->run, VERIFY_FILES, "\0\0\0\0", 4);
    expect_end(test);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_was_rebuilt_right_is_good),         CASE(one_changed_byte_anywhere_is_bad),
        CASE(a_file_of_another_size_is_bad),          CASE(files_that_changed_places_are_bad),
        CASE(what_is_no_regular_file_is_bad),         CASE(a_chunk_without_its_digest_is_bad),
        CASE(a_package_that_was_not_planned_ends_it), CASE(other_files_than_asked_for_end_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
