/* SPDX-License-Identifier: ISC
 *
 * The real sallyport-intake on recipes that build on an installed package, whose files this test hands
 * out as the monitor does: the right ones, wrong ones, none.
 */
#include "config.h"

#include "tests/agent/intake-fixture.h"

#include <sys/stat.h>

#include "agent/intake-protocol.h"
#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/frame-codec.h"
#include "media/pack.h"
#include "media/recipe.h"

#define RECORD       8
#define LIST_BYTES   (RECORD * 5000)
#define NOISE_BYTES  200000
#define COPY_OFFSET  5000
#define COPY_BYTES   100000
#define GROWN_OFFSET 1000
#define GROWN_BYTES  150003
#define SMALL_BYTES  300 /* of each of two files that share a chunk */
#define CHUNKS       5
#define TINY_FILES   (LIMIT_BASE_FILES + 2) /* of a byte each, behind all others */

/* Rows of the new package, in the order of its files. */
enum row { ROW_COPIED, ROW_GROWN, ROW_LIST, ROW_SAME, ROW_SMALL };

struct scene {
    struct intake_fixture *fixture;
    int base; /* folder of the installed package */
    struct package_built installed;
    int installed_fd;
    uint8_t noise[NOISE_BYTES], list[LIST_BYTES], small[2 * SMALL_BYTES];
    /* The new package. */
    uint8_t grown[GROWN_BYTES], changed[LIST_BYTES], run[2 * SMALL_BYTES + 3];
    uint8_t digests[2 * CHUNKS][DIGEST_BYTES], files[CHUNKS][DIGEST_BYTES];
    struct recipe_file file_rows[CHUNKS];
    struct recipe_chunk chunks[CHUNKS];
    struct recipe recipe;
    unsigned asked; /* times that files of the base were wanted */
};

static int drop_frame(void *context, const uint8_t digest[static DIGEST_BYTES],
                      struct bytes_view packed, struct error *err)
{
    return 0;
}

/* Names sort as the base's table has them: list, noise, same, small/a, small/b, tiny/... */
static void install(struct scene *scene)
{
    struct package_build_options options = {.scratch_fd = -1, .store = drop_frame};
    struct error err = {0};

    scratch_noise(scene->noise, NOISE_BYTES, 5);
    for (size_t i = 0; i < LIST_BYTES / RECORD; i++) {
        uint64_t value = 3 * i + 1;

        for (size_t j = 0; j < RECORD; j++)
            scene->list[i * RECORD + j] = (uint8_t)(value >> (8 * (RECORD - 1 - j)));
    }
    scratch_noise(scene->small, sizeof(scene->small), 6);
    scene->base = scratch_folder(scene->fixture->scratch->fd, "installed");
    scratch_put(scene->base, "list", scene->list, LIST_BYTES);
    scratch_put(scene->base, "noise", scene->noise, NOISE_BYTES);
    scratch_put(scene->base, "same", scene->noise + 7, 50000);
    scratch_put(scene->base, "small/a", scene->small, SMALL_BYTES);
    scratch_put(scene->base, "small/b", scene->small + SMALL_BYTES, SMALL_BYTES);
    for (unsigned i = 0; i < TINY_FILES; i++) {
        char name[16];

        snprintf(name, sizeof(name), "tiny/%03u", i);
        scratch_put(scene->base, name, "x", 1);
    }
    assert_ok(package_build(scene->base, &options, &scene->installed, &err), &err);
    scene->installed_fd =
        intake_fixture_memory(scene->installed.recipe.data, scene->installed.recipe.size);
}

static void set_row(struct scene *scene, enum row row, const char *name, const uint8_t *plain,
                    size_t size)
{
    digest_of(plain, size, scene->files[row]);
    memcpy(scene->digests[2 * row + 1], scene->files[row], DIGEST_BYTES);
    scene->file_rows[row] =
        (struct recipe_file){.name = name, .size = size, .digest = scene->files[row]};
    scene->chunks[row] = (struct recipe_chunk){.frame = scene->digests[2 * row],
                                               .content = scene->digests[2 * row + 1],
                                               .packed = (uint32_t)size,
                                               .length = (uint32_t)size};
    memcpy(scene->digests[2 * row], scene->files[row], DIGEST_BYTES);
}

/* Encodes a row on its range and puts its frame into the pack. */
static void pack_row(struct scene *scene, struct pack_writer *writer, enum row row,
                     const uint8_t *plain, const uint8_t *range, uint8_t codec)
{
    struct frame_encoder *encoder = frame_encoder_new(3);
    struct recipe_chunk *chunk = &scene->chunks[row];
    struct frame_base base = {.range = bytes_view_of(range, chunk->base_length),
                              .record_size = RECORD};
    struct bytes_view view = bytes_view_of(plain, chunk->length), packed;
    struct error err = {0};

    if (codec == CODEC_RECORDS)
        assert_ok(frame_encode_records(encoder, view, &base, &packed, &err), &err);
    else
        assert_ok(frame_encode_prefix(encoder, view, &base, &packed, &err), &err);
    assert_true(packed.size < chunk->length / 4);
    chunk->codec = codec;
    chunk->packed = (uint32_t)packed.size;
    digest_of(packed.data, packed.size, scene->digests[2 * row]);
    assert_ok(pack_write_frame(writer, scene->digests[2 * row], packed.data, packed.size, &err),
              &err);
    frame_encoder_free(encoder);
}

/* A copy, an insertion, a list in which one went and one came, a file that stayed, a run over the end
 * of a file of the base. */
static void make_package(struct scene *scene)
{
    struct volume_name name = {.kind = VOLUME_PACK};
    char path[VOLUME_NAME_BYTES];
    struct pack_writer *writer;
    struct error err = {0};
    uint64_t size;
    int fd;

    memcpy(scene->grown, scene->noise + GROWN_OFFSET, 70000);
    memcpy(scene->grown + 70000, "new", 3);
    memcpy(scene->grown + 70003, scene->noise + GROWN_OFFSET + 70000, GROWN_BYTES - 70003);
    memcpy(scene->changed, scene->list + RECORD, LIST_BYTES - RECORD);
    memset(scene->changed + LIST_BYTES - RECORD, 0xff, RECORD);
    memcpy(scene->run, scene->small, 2 * SMALL_BYTES);
    memcpy(scene->run + 2 * SMALL_BYTES, "end", 3);
    set_row(scene, ROW_COPIED, "copied", scene->noise + COPY_OFFSET, COPY_BYTES);
    set_row(scene, ROW_GROWN, "grown", scene->grown, GROWN_BYTES);
    set_row(scene, ROW_LIST, "list", scene->changed, LIST_BYTES);
    set_row(scene, ROW_SAME, "same", scene->noise + 7, 50000);
    set_row(scene, ROW_SMALL, "small/both", scene->run, sizeof(scene->run));
    scene->file_rows[ROW_LIST].record_size = RECORD;
    scene->chunks[ROW_COPIED].base_file = 1;
    scene->chunks[ROW_COPIED].base_offset = COPY_OFFSET;
    scene->chunks[ROW_COPIED].base_length = COPY_BYTES;
    scene->chunks[ROW_GROWN].base_file = 1;
    scene->chunks[ROW_GROWN].base_length = NOISE_BYTES;
    scene->chunks[ROW_LIST].base_length = LIST_BYTES;
    scene->chunks[ROW_SAME].base_file = 2;
    scene->chunks[ROW_SAME].base_length = 50000;
    scene->chunks[ROW_SMALL].base_file = 3;
    scene->chunks[ROW_SMALL].base_length = 2 * SMALL_BYTES;
    assert_ok(path_open(scene->fixture->medium, "new", O_RDWR | O_CREAT, 0600, &fd, &err), &err);
    assert_ok(pack_write_open(fd, 0, &writer, &err), &err);
    pack_row(scene, writer, ROW_GROWN, scene->grown, scene->noise, CODEC_ZSTD_PREFIX);
    pack_row(scene, writer, ROW_LIST, scene->changed, scene->list, CODEC_RECORDS);
    pack_row(scene, writer, ROW_SMALL, scene->run, scene->small, CODEC_ZSTD_PREFIX);
    assert_ok(pack_write_close(writer, name.digest, &size, &err), &err);
    close(fd);
    assert_int_equal(
        renameat(scene->fixture->medium, "new", scene->fixture->medium, volume_format(&name, path)),
        0);
    scene->recipe = (struct recipe){.has_base = true,
                                    .file_count = CHUNKS,
                                    .files = scene->file_rows,
                                    .chunk_count = CHUNKS,
                                    .chunks = scene->chunks};
}

static int set_up(void **state)
{
    struct scene *scene = bytes_allocate(1, sizeof(*scene));
    void *fixture;

    assert_int_equal(intake_fixture_open(&fixture), 0);
    scene->fixture = fixture;
    install(scene);
    make_package(scene);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    void *fixture = scene->fixture;

    package_built_clear(&scene->installed);
    close(scene->installed_fd);
    close(scene->base);
    assert_int_equal(intake_fixture_close(&fixture), 0);
    free(scene);
    return 0;
}

/* As the monitor: what can't be opened is /dev/null. */
static void hand_out(struct scene *scene, const struct frame *frame)
{
    struct error err = {0};
    json_t *body, *names;
    uint8_t number[4] = {0};
    int fds[LIMIT_MESSAGE_FDS];
    size_t count;

    scene->asked++;
    assert_ok(frame_read_json(frame, INTAKE_WANT, &body, &err), &err);
    names = json_object_get(body, "names");
    count = json_array_size(names);
    assert_in_range(count, 1, LIMIT_MESSAGE_FDS);
    number[0] = (uint8_t)json_integer_value(json_object_get(body, "first"));
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_array_get(names, i));

        fds[i] = openat(scene->base, name, O_RDONLY | O_CLOEXEC);
        if (fds[i] < 0)
            fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    assert_ok(frame_send(scene->fixture->intake.socket, INTAKE_FILES, number, sizeof(number), fds,
                         count, -1, &err),
              &err);
    for (size_t i = 0; i < count; i++)
        close(fds[i]);
    json_decref(body);
}

/* Runs a package on the installed one; its code is the answer. */
static const char *run(struct scene *scene, int recipe, struct intake_outcome *outcome)
{
    int fds[] = {recipe, scene->installed_fd};
    json_t *body =
        json_pack("{s:s, s:s, s:b}", "id", "x", "folder", "job", "kept", scene->fixture->kept);
    struct error err = {0};
    bool done = false;

    memset(outcome, 0, sizeof(*outcome));
    assert_ok(
        frame_send_json(scene->fixture->intake.socket, INTAKE_PACKAGE, body, fds, 2, -1, &err),
        &err);
    json_decref(body);
    while (!done) {
        const char *code = "", *words = "";
        struct frame frame;

        assert_ok(frame_receive(scene->fixture->intake.socket, 65536, 120000, &frame, &err), &err);
        done = frame.type == INTAKE_DONE;
        if (frame.type == INTAKE_WANT)
            hand_out(scene, &frame);
        if (done) {
            assert_ok(frame_read_json(&frame, INTAKE_DONE, &body, &err), &err);
            json_unpack(body, "{s:s, s:s}", "code", &code, "words", &words);
            snprintf(outcome->code, sizeof(outcome->code), "%s", code);
            snprintf(outcome->words, sizeof(outcome->words), "%s", words);
            outcome->read = (uint64_t)json_integer_value(json_object_get(body, "read"));
            json_decref(body);
        }
        frame_clear(&frame);
    }
    return outcome->code;
}

static const char *run_delta(struct scene *scene, struct intake_outcome *outcome)
{
    struct error err = {0};
    const char *code;
    struct bytes data;
    int fd;

    bytes_init(&data, 1 * MIB);
    assert_ok(recipe_write(&scene->recipe, &data, &err), &err);
    fd = intake_fixture_memory(data.data, data.size);
    bytes_clear(&data);
    code = run(scene, fd, outcome);
    close(fd);
    return code;
}

static void has(struct scene *scene, const char *name, const uint8_t *expected, size_t size)
{
    struct error err = {0};
    struct bytes found;
    char path[64];

    snprintf(path, sizeof(path), "job/%s", name);
    assert_ok(path_read(scene->fixture->staging, path, 1 * MIB, &found, &err), &err);
    assert_int_equal(found.size, size);
    assert_memory_equal(found.data, expected, size);
    bytes_clear(&found);
}

static void has_all(struct scene *scene)
{
    has(scene, "copied", scene->noise + COPY_OFFSET, COPY_BYTES);
    has(scene, "grown", scene->grown, GROWN_BYTES);
    has(scene, "list", scene->changed, LIST_BYTES);
    has(scene, "small/both", scene->run, sizeof(scene->run));
}

static void spoil(struct scene *scene, const char *name, off_t offset)
{
    struct error err = {0};
    uint8_t byte;
    int fd;

    assert_ok(path_open(scene->base, name, O_RDWR, 0, &fd, &err), &err);
    assert_int_equal(pread(fd, &byte, 1, offset), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, offset), 1);
    close(fd);
}

static void an_update_is_rebuilt_from_what_changed(void **state)
{
    struct scene *scene = *state;
    struct intake_outcome outcome;
    struct stat status;

    assert_string_equal(run_delta(scene, &outcome), "ok");
    has_all(scene);
    assert_true(outcome.read < 8 * KIB);
    assert_int_equal(scene->asked, 1);
    /* What is the same is for the monitor to link. */
    assert_int_equal(fstatat(scene->fixture->staging, "job/same", &status, 0), -1);
}

static void a_broken_update_goes_on_where_it_was(void **state)
{
    struct scene *scene = *state;
    struct intake_outcome outcome;
    struct stat status;

    assert_string_equal(run_delta(scene, &outcome), "ok");
    scratch_put(scene->fixture->staging, "job/grown", "torn", 4);
    scene->fixture->kept = true;
    assert_string_equal(run_delta(scene, &outcome), "ok");
    has_all(scene);
    assert_true(outcome.read > 0 && outcome.read < 4 * KIB);
    /* A part of a file that is the same: somebody began it when there was no base. */
    scratch_put(scene->fixture->staging, "job/same", "part", 4);
    assert_string_equal(run_delta(scene, &outcome), "ok");
    assert_int_equal(fstatat(scene->fixture->staging, "job/same", &status, 0), 0);
    assert_int_equal(status.st_size, 50000);
    has(scene, "same", scene->noise + 7, 50000);
}

static void a_full_recipe_takes_what_is_installed(void **state)
{
    struct scene *scene = *state;
    struct package_build_options options = {.scratch_fd = -1, .store = drop_frame};
    int folder = scratch_folder(scene->fixture->scratch->fd, "next");
    struct package_built next;
    struct intake_outcome outcome;
    struct error err = {0};
    int recipe;

    /* Nothing of it is on the medium: a file under another name, and one that stayed. */
    scratch_put(folder, "moved", scene->noise, NOISE_BYTES);
    scratch_put(folder, "same", scene->noise + 7, 50000);
    assert_ok(package_build(folder, &options, &next, &err), &err);
    recipe = intake_fixture_memory(next.recipe.data, next.recipe.size);
    assert_string_equal(run(scene, recipe, &outcome), "ok");
    has(scene, "moved", scene->noise, NOISE_BYTES);
    assert_int_equal(outcome.read, 0);
    assert_int_equal(scene->asked, 1);
    assert_ok(path_remove(scene->fixture->staging, "job", &err), &err);
    spoil(scene, "noise", 77);
    assert_string_equal(run(scene, recipe, &outcome), "base-missing");
    close(recipe);
    close(folder);
    package_built_clear(&next);
}

/* All that is wanted lies in the base, in the first `count` of these small files: whether intake took it
 * from there. */
static const char *take_from_many(struct scene *scene, unsigned count)
{
    struct package_build_options options = {.scratch_fd = -1, .store = drop_frame};
    int folder = scratch_folder(scene->fixture->scratch->fd, "whole"), recipe;
    struct package_built next;
    static struct intake_outcome outcome;
    struct error err = {0};

    package_built_clear(&scene->installed);
    close(scene->installed_fd);
    close(scene->base);
    scene->base = scratch_folder(scene->fixture->scratch->fd, "many");
    for (unsigned i = 0; i < count; i++) {
        char name[32];

        snprintf(name, sizeof(name), "part-%03u", i);
        scratch_put(scene->base, name, scene->noise + (size_t)i * SMALL_BYTES, SMALL_BYTES);
    }
    assert_ok(package_build(scene->base, &options, &scene->installed, &err), &err);
    scene->installed_fd =
        intake_fixture_memory(scene->installed.recipe.data, scene->installed.recipe.size);
    scratch_put(folder, "one", scene->noise, (size_t)count * SMALL_BYTES);
    assert_ok(package_build(folder, &options, &next, &err), &err);
    recipe = intake_fixture_memory(next.recipe.data, next.recipe.size);
    run(scene, recipe, &outcome);
    close(recipe);
    close(folder);
    package_built_clear(&next);
    return outcome.code;
}

/* Else a large file of what recurs in tiny ones would ask for more files than the monitor answers. */
static void a_chunk_in_many_files_is_taken_from_there(void **state)
{
    assert_string_equal(take_from_many(*state, LIMIT_BASE_FILES), "ok");
}

static void a_chunk_in_too_many_files_comes_from_the_medium(void **state)
{
    assert_string_equal(take_from_many(*state, LIMIT_BASE_FILES + 1), "volume-missing");
}

static void a_base_that_is_damaged_is_not_built_on(void **state)
{
    static const struct {
        const char *name;
        off_t offset;
    } rows[] = {
        {"noise", COPY_OFFSET + 9},   /* in the copy */
        {"noise", GROWN_OFFSET + 10}, /* only in the prefix */
        {"list", 100 * RECORD + 7},
        {"small/b", 3},
    };
    struct scene *scene = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct intake_outcome outcome;
        struct error err = {0};

        spoil(scene, rows[i].name, rows[i].offset);
        if (strcmp(run_delta(scene, &outcome), "base-missing") != 0)
            fail_msg("row %zu: %s %s", i, outcome.code, outcome.words);
        spoil(scene, rows[i].name, rows[i].offset);
        assert_ok(path_remove(scene->fixture->staging, "job", &err), &err);
    }
    shows_case("C7");
}

static void a_base_without_its_files_is_not_built_on(void **state)
{
    static const char *const names[] = {"noise", "list", "small/a"};
    struct scene *scene = *state;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct intake_outcome outcome;
        struct error err = {0};

        assert_int_equal(renameat(scene->base, names[i], scene->base, "away"), 0);
        assert_string_equal(run_delta(scene, &outcome), "base-missing");
        assert_non_null(strstr(outcome.words, names[i]));
        assert_int_equal(renameat(scene->base, "away", scene->base, names[i]), 0);
        assert_ok(path_remove(scene->fixture->staging, "job", &err), &err);
        /* The next package asks anew: no descriptor is kept. */
    }
}

/* Signed, and still not believed. */
static void beyond_the_last_file(struct scene *scene)
{
    scene->chunks[ROW_COPIED].base_file = 5 + TINY_FILES;
}
static void beyond_a_file(struct scene *scene)
{
    scene->chunks[ROW_COPIED].base_offset = NOISE_BYTES + 1;
}
static void beyond_the_end(struct scene *scene)
{
    scene->chunks[ROW_SMALL].base_file = 4;
    scene->chunks[ROW_SMALL].base_offset = 1;
}
static void over_too_many_files(struct scene *scene)
{
    scene->chunks[ROW_SMALL].base_file = 5;
    scene->chunks[ROW_SMALL].base_length = LIMIT_BASE_FILES + 1;
}
static void elsewhere(struct scene *scene)
{
    scene->chunks[ROW_COPIED].base_offset++;
}
static void another_prefix(struct scene *scene)
{
    scene->chunks[ROW_GROWN].base_length--; /* matches count from its end */
}
static void shorter_prefix(struct scene *scene)
{
    scene->chunks[ROW_GROWN].base_length = 1000;
}
static void a_length_that_lies(struct scene *scene)
{
    scene->chunks[ROW_GROWN].length--;
    scene->file_rows[ROW_GROWN].size--;
}
static void other_records(struct scene *scene)
{
    scene->chunks[ROW_LIST].base_offset += RECORD;
    scene->chunks[ROW_LIST].base_length -= RECORD;
}
static void records_out_of_order(struct scene *scene)
{
    scene->chunks[ROW_LIST].base_file = 1; /* noise */
}

static void a_recipe_that_lies_about_its_base_is_refused(void **state)
{
    static const struct {
        void (*spoil)(struct scene *scene);
        const char *code;
    } rows[] = {
        {beyond_the_last_file, "bad-recipe"}, {beyond_a_file, "bad-recipe"},
        {beyond_the_end, "bad-recipe"},       {elsewhere, "base-missing"},
        {another_prefix, "base-missing"},     {shorter_prefix, "bad-frame"},
        {a_length_that_lies, "bad-frame"},    {other_records, "bad-frame"},
        {records_out_of_order, "bad-frame"},  {over_too_many_files, "limit"},
    };
    struct scene *scene = *state;
    struct recipe_chunk chunks[CHUNKS];
    struct recipe_file files[CHUNKS];

    memcpy(chunks, scene->chunks, sizeof(chunks));
    memcpy(files, scene->file_rows, sizeof(files));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct intake_outcome outcome;
        struct error err = {0};

        rows[i].spoil(scene);
        if (strcmp(run_delta(scene, &outcome), rows[i].code) != 0)
            fail_msg("row %zu: %s %s", i, outcome.code, outcome.words);
        memcpy(scene->chunks, chunks, sizeof(chunks));
        memcpy(scene->file_rows, files, sizeof(files));
        if (faccessat(scene->fixture->staging, "job", F_OK, 0) == 0)
            assert_ok(path_remove(scene->fixture->staging, "job", &err), &err);
    }
    shows_case("C7");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_update_is_rebuilt_from_what_changed),
        CASE(a_broken_update_goes_on_where_it_was),
        CASE(a_full_recipe_takes_what_is_installed),
        CASE(a_chunk_in_many_files_is_taken_from_there),
        CASE(a_chunk_in_too_many_files_comes_from_the_medium),
        CASE(a_base_that_is_damaged_is_not_built_on),
        CASE(a_base_without_its_files_is_not_built_on),
        CASE(a_recipe_that_lies_about_its_base_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
