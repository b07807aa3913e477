/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"

#include "media/delta-build.h"
#include "media/frame-codec.h"

#define NAMES     64
#define LIST_SIZE 32

/* One version of a content: its stream in memory, and its recipe. */
struct version {
    struct package_built built;
    struct recipe recipe;
    uint8_t *stream;
};

/* Frames in memory, of all versions. */
struct frames {
    struct kept {
        uint8_t digest[DIGEST_BYTES];
        uint8_t *data;
        size_t size;
    } rows[8192];
    size_t count;
};

static const struct kept *find(const struct frames *frames, const uint8_t *digest)
{
    for (size_t i = 0; i < frames->count; i++) {
        if (memcmp(frames->rows[i].digest, digest, DIGEST_BYTES) == 0)
            return &frames->rows[i];
    }
    return NULL;
}

static int keep(void *context, const uint8_t digest[static DIGEST_BYTES], struct bytes_view packed,
                struct error *err)
{
    struct frames *frames = context;
    struct kept *row = &frames->rows[frames->count];

    if (find(frames, digest) != NULL)
        return 0;
    assert_true(frames->count++ < 8192);
    memcpy(row->digest, digest, DIGEST_BYTES);
    row->data = bytes_allocate(1, packed.size);
    memcpy(row->data, packed.data, packed.size);
    row->size = packed.size;
    return 0;
}

static void frames_free(struct frames *frames)
{
    for (size_t i = 0; i < frames->count; i++)
        free(frames->rows[i].data);
    free(frames);
}

static int read_stream(void *context, uint64_t offset, void *out, size_t size, struct error *err)
{
    const struct version *version = context;

    assert_true(offset + size <= version->recipe.bytes);
    memcpy(out, version->stream + offset, size);
    return 0;
}

/* The folder as it is now. */
static void take(int folder, struct frames *frames, struct version *version)
{
    struct package_build_options options = {
        .type = "flags", .scratch_fd = folder, .store = keep, .context = frames};
    struct error err = {0};
    uint64_t at = 0;

    assert_ok(package_build(folder, &options, &version->built, &err), &err);
    assert_ok(recipe_parse(bytes_view(&version->built.recipe), &version->recipe, &err), &err);
    version->stream = bytes_allocate(1, version->recipe.bytes + 1);
    for (uint32_t i = 0; i < version->recipe.file_count; i++) {
        struct bytes data;

        assert_ok(path_read(folder, version->recipe.files[i].name, 64 * MIB, &data, &err), &err);
        if (data.size > 0)
            memcpy(version->stream + at, data.data, data.size);
        at += data.size;
        bytes_clear(&data);
    }
}

static void drop(struct version *version)
{
    recipe_clear(&version->recipe);
    package_built_clear(&version->built);
    free(version->stream);
}

static void build(struct version *base, struct version *fresh, struct frames *frames,
                  uint64_t limit, struct delta_built *built)
{
    const struct delta_side from = {&base->recipe, read_stream, base};
    const struct delta_side to = {&fresh->recipe, read_stream, fresh};
    struct delta_build_options options = {.limit = limit, .store = keep, .context = frames};
    struct error err = {0};

    assert_ok(delta_build(&from, &to, &options, built, &err), &err);
}

/* Where a row's range begins in the base's stream; it lies within, and touches no more files than
 * it may. */
static uint64_t range_of(const struct recipe *base, const struct recipe_chunk *chunk)
{
    uint64_t start = 0, end, at = 0;
    size_t touched = 0;

    assert_true(chunk->base_file < base->file_count);
    for (uint32_t i = 0; i < chunk->base_file; i++)
        start += base->files[i].size;
    start += chunk->base_offset;
    end = start + chunk->base_length;
    assert_true(end <= base->bytes);
    for (uint32_t i = 0; i < base->file_count; i++) {
        uint64_t next = at + base->files[i].size;

        touched += next > start && at < end;
        at = next;
    }
    assert_true(touched <= LIMIT_BASE_FILES);
    return start;
}

/* Makes the new stream out of the base's and the frames; copies without a look at their frames. */
static void make(const struct version *base, const struct version *fresh,
                 const struct frames *frames, const struct recipe *recipe)
{
    struct frame_decoder *decoder = frame_decoder_new();
    uint8_t *out = bytes_allocate(1, LIMIT_FRAME_BYTES);
    struct error err = {0};
    uint64_t at = 0;

    for (uint32_t i = 0; i < recipe->chunk_count; i++) {
        const struct recipe_chunk *chunk = &recipe->chunks[i];
        struct frame_base range = {.record_size = recipe->files[chunk->file].record_size};
        const struct kept *frame = find(frames, chunk->frame);
        uint8_t digest[DIGEST_BYTES];

        range.range =
            bytes_view_of(base->stream + range_of(&base->recipe, chunk), chunk->base_length);
        assert_non_null(frame);
        assert_int_equal(frame->size, chunk->packed);
        if (recipe_is_copy(chunk))
            memcpy(out, range.range.data, chunk->length);
        else
            assert_ok(frame_decode_on(decoder, &range, chunk->codec,
                                      bytes_view_of(frame->data, frame->size), out, chunk->length,
                                      &err),
                      &err);
        assert_memory_equal(out, fresh->stream + at, chunk->length);
        digest_of(out, chunk->length, digest);
        assert_memory_equal(digest, chunk->content, DIGEST_BYTES);
        at += chunk->length;
    }
    assert_int_equal(at, fresh->recipe.bytes);
    free(out);
    frame_decoder_free(decoder);
}

/* From what the folder was to what it is: returns the packed bytes. */
static uint64_t compare(int folder, struct version *base, struct frames *frames)
{
    struct delta_built built, again;
    struct version fresh = {0};
    struct error err = {0};
    struct recipe recipe;
    uint64_t packed;

    take(folder, frames, &fresh);
    build(base, &fresh, frames, UINT64_MAX, &built);
    assert_true(built.worth);
    assert_ok(recipe_parse(bytes_view(&built.recipe), &recipe, &err), &err);
    assert_true(recipe.has_base);
    assert_int_equal(recipe.file_count, fresh.recipe.file_count);
    for (uint32_t i = 0; i < recipe.file_count; i++) {
        assert_string_equal(recipe.files[i].name, fresh.recipe.files[i].name);
        assert_memory_equal(recipe.files[i].digest, fresh.recipe.files[i].digest, DIGEST_BYTES);
    }
    make(base, &fresh, frames, &recipe);
    build(base, &fresh, frames, UINT64_MAX, &again);
    assert_memory_equal(again.recipe_digest, built.recipe_digest, DIGEST_BYTES);
    packed = built.packed;
    recipe_clear(&recipe);
    delta_built_clear(&built);
    delta_built_clear(&again);
    drop(&fresh);
    return packed;
}

/* What a test works on: a folder whose first version is taken. */
struct scene {
    struct scratch *scratch;
    struct frames *frames;
    struct version base;
};

static void begin(void **state, struct scene *scene)
{
    *scene = (struct scene){.scratch = *state, .frames = bytes_allocate(1, sizeof(struct frames))};
}

static uint64_t finish(struct scene *scene)
{
    uint64_t packed = compare(scene->scratch->fd, &scene->base, scene->frames);

    drop(&scene->base);
    frames_free(scene->frames);
    return packed;
}

static void put_noise(const struct scene *scene, const char *name, size_t size, uint64_t seed)
{
    uint8_t *data = bytes_allocate(1, size + 1);

    scratch_noise(data, size, seed);
    scratch_put(scene->scratch->fd, name, data, size);
    free(data);
}

static void the_same_content_is_copies_alone(void **state)
{
    struct scene scene;

    begin(state, &scene);
    put_noise(&scene, "big", 3 * MIB, 1);
    put_noise(&scene, "a/small", 999, 2);
    scratch_put(scene.scratch->fd, "empty", "", 0);
    take(scene.scratch->fd, scene.frames, &scene.base);
    assert_int_equal(finish(&scene), 0);
}

/* Chunks that lie in two files: each has the place of its own file. */
static void what_lies_there_twice_is_copies_too(void **state)
{
    uint8_t *data = bytes_allocate(1, 2 * MIB);
    struct scene scene;

    begin(state, &scene);
    scratch_noise(data, 2 * MIB, 11);
    scratch_put(scene.scratch->fd, "one", data, 2 * MIB);
    scratch_noise(data + MIB, MIB, 12);
    scratch_put(scene.scratch->fd, "two", data, 2 * MIB);
    memset(data, 0, 2 * MIB);
    scratch_put(scene.scratch->fd, "zeros", data, 2 * MIB);
    take(scene.scratch->fd, scene.frames, &scene.base);
    put_noise(&scene, "z-new", 40000, 13);
    assert_in_range(finish(&scene), 40000, 41000);
    free(data);
}

/* Noise: what is found is found in the base or nowhere. */
static void an_insertion_and_a_deletion_cost_what_is_new(void **state)
{
    uint8_t *data = bytes_allocate(1, 6 * MIB), *changed = bytes_allocate(1, 7 * MIB);
    struct scene scene;
    uint64_t packed;

    begin(state, &scene);
    scratch_noise(data, 6 * MIB, 3);
    scratch_put(scene.scratch->fd, "db", data, 6 * MIB);
    take(scene.scratch->fd, scene.frames, &scene.base);
    memcpy(changed, data, MIB);
    scratch_noise(changed + MIB, 5000, 4);
    memcpy(changed + MIB + 5000, data + MIB, 2 * MIB);
    memcpy(changed + 3 * MIB + 5000, data + 4 * MIB, 2 * MIB);
    scratch_put(scene.scratch->fd, "db", changed, 5 * MIB + 5000);
    packed = finish(&scene);
    assert_in_range(packed, 5000, 8000);
    free(data);
    free(changed);
}

static void halves_that_swap_places_are_found(void **state)
{
    uint8_t *data = bytes_allocate(2, 4 * MIB);
    struct scene scene;

    begin(state, &scene);
    scratch_noise(data, 4 * MIB, 5);
    memcpy(data + 4 * MIB, data, 4 * MIB);
    scratch_put(scene.scratch->fd, "db", data, 4 * MIB);
    take(scene.scratch->fd, scene.frames, &scene.base);
    scratch_put(scene.scratch->fd, "db", data + 2 * MIB, 4 * MIB);
    assert_in_range(finish(&scene), 0, 600000); /* the chunks at the seam */
    free(data);
}

static void a_file_under_another_name_is_found(void **state)
{
    struct error err = {0};
    struct scene scene;

    begin(state, &scene);
    put_noise(&scene, "models/m-7.bin", 2 * MIB, 6);
    take(scene.scratch->fd, scene.frames, &scene.base);
    assert_ok(path_remove(scene.scratch->fd, "models", &err), &err);
    put_noise(&scene, "models/m-8.bin", 2 * MIB - 100, 6); /* all its chunks but the last */
    assert_in_range(finish(&scene), 1, 2000);
}

static void fill_list(uint8_t *list, size_t count, uint64_t seed)
{
    scratch_noise(list, count * LIST_SIZE, seed);
    for (size_t i = 0; i < count; i++) {
        uint8_t *record = list + i * LIST_SIZE;

        record[0] = (uint8_t)(i >> 24);
        record[1] = (uint8_t)(i >> 16);
        record[2] = (uint8_t)(i >> 8);
        record[3] = (uint8_t)i;
    }
}

/* Each 50th gone, one new after each 40th: everywhere, so that no chunk stays as it was. */
static size_t change_list(const uint8_t *list, size_t count, uint8_t *out, size_t *added)
{
    size_t size = 0;

    *added = 0;
    for (size_t i = 0; i < count; i++) {
        if (i % 50 != 17) {
            memcpy(out + size, list + i * LIST_SIZE, LIST_SIZE);
            size += LIST_SIZE;
        }
        if (i % 40 != 3)
            continue;
        memcpy(out + size, list + i * LIST_SIZE, LIST_SIZE);
        memset(out + size + 4, 0xff, LIST_SIZE - 4);
        size += LIST_SIZE;
        (*added)++;
    }
    return size;
}

static void a_list_costs_the_records_that_changed(void **state)
{
    size_t count = 150000, added, size;
    uint8_t *list = bytes_allocate(count, LIST_SIZE);
    uint8_t *changed = bytes_allocate(count * 2, LIST_SIZE);
    struct scene scene;
    uint64_t packed;

    begin(state, &scene);
    fill_list(list, count, 7);
    size = change_list(list, count, changed, &added);
    put_noise(&scene, "a", 100000, 8);
    scratch_put(scene.scratch->fd, "list", list, count * LIST_SIZE);
    take(scene.scratch->fd, scene.frames, &scene.base);
    put_noise(&scene, "a", 150000, 9); /* moves the list in the stream by no whole record */
    scratch_put(scene.scratch->fd, "list", changed, size);
    packed = finish(&scene) - 150000;
    assert_in_range(packed, added * LIST_SIZE, added * LIST_SIZE * 12 / 10);
    free(list);
    free(changed);
}

static void of_a_list_whole_parts_come_and_go(void **state)
{
    size_t count = 300000;
    uint8_t *list = bytes_allocate(count, LIST_SIZE);
    struct scene scene;

    begin(state, &scene);
    fill_list(list, count, 10);
    scratch_put(scene.scratch->fd, "list", list, count * LIST_SIZE);
    take(scene.scratch->fd, scene.frames, &scene.base);
    /* 5 MiB of the middle gone, which no range can name, and the end. */
    memmove(list + 50000 * LIST_SIZE, list + 220000 * LIST_SIZE, 60000 * LIST_SIZE);
    scratch_put(scene.scratch->fd, "list", list, 110000 * LIST_SIZE);
    assert_in_range(finish(&scene), 1, 2000);
    begin(state, &scene);
    take(scene.scratch->fd, scene.frames, &scene.base);
    fill_list(list, count, 10);
    scratch_put(scene.scratch->fd, "list", list, count * LIST_SIZE);
    assert_in_range(finish(&scene), 190000 * LIST_SIZE * 9 / 10, 190000 * LIST_SIZE * 11 / 10);
    free(list);
}

/* More files in a chunk than a range may touch, and all of them moved by one that came before. */
static void hundreds_of_tiny_files_cost_little(void **state)
{
    char name[NAMES], text[300];
    struct scene scene;
    uint64_t packed;

    begin(state, &scene);
    for (size_t i = 0; i < 1500; i++) {
        size_t size = (size_t)snprintf(text, sizeof(text), "rule %zu: %zu %zu\n", i,
                                       i * 7919 % 10007, i * 104729 % 1000003);

        snprintf(name, sizeof(name), "rules/%04zu", i);
        scratch_put(scene.scratch->fd, name, text, i % 97 == 0 ? 0 : size);
    }
    take(scene.scratch->fd, scene.frames, &scene.base);
    scratch_put(scene.scratch->fd, "aaa", "first", 5);
    scratch_put(scene.scratch->fd, "rules/0700", "another\n", 8);
    scratch_put(scene.scratch->fd, "rules/0700-new", "this one is new\n", 16);
    packed = finish(&scene);
    assert_in_range(packed, 1, 1000);
}

static void what_resembles_nothing_is_as_in_the_full_recipe(void **state)
{
    struct delta_built built;
    struct version fresh = {0};
    struct scene scene;

    begin(state, &scene);
    put_noise(&scene, "db", 2 * MIB, 11);
    take(scene.scratch->fd, scene.frames, &scene.base);
    put_noise(&scene, "db", 2 * MIB, 12);
    take(scene.scratch->fd, scene.frames, &fresh);
    build(&scene.base, &fresh, scene.frames, fresh.built.packed, &built);
    assert_true(built.worth);
    assert_int_equal(built.packed, fresh.built.packed);
    delta_built_clear(&built);
    build(&scene.base, &fresh, scene.frames, fresh.built.packed - 1, &built);
    assert_false(built.worth);
    delta_built_clear(&built);
    drop(&fresh);
    (void)finish(&scene);
}

static void from_and_to_nothing(void **state)
{
    struct error err = {0};
    struct scene scene;

    begin(state, &scene);
    scratch_put(scene.scratch->fd, "empty", "", 0);
    take(scene.scratch->fd, scene.frames, &scene.base);
    put_noise(&scene, "small", 500, 13);
    put_noise(&scene, "big", 100000, 14);
    assert_in_range(finish(&scene), 100500, 101000);
    begin(state, &scene);
    take(scene.scratch->fd, scene.frames, &scene.base);
    assert_ok(path_remove(scene.scratch->fd, "small", &err), &err);
    assert_ok(path_remove(scene.scratch->fd, "big", &err), &err);
    assert_int_equal(finish(&scene), 0);
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, scratch_open, scratch_close)
    const struct CMUnitTest tests[] = {
        ROW(the_same_content_is_copies_alone),
        ROW(what_lies_there_twice_is_copies_too),
        ROW(an_insertion_and_a_deletion_cost_what_is_new),
        ROW(halves_that_swap_places_are_found),
        ROW(a_file_under_another_name_is_found),
        ROW(a_list_costs_the_records_that_changed),
        ROW(of_a_list_whole_parts_come_and_go),
        ROW(hundreds_of_tiny_files_cost_little),
        ROW(what_resembles_nothing_is_as_in_the_full_recipe),
        ROW(from_and_to_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
