/* SPDX-License-Identifier: ISC */
#include "tests/mirror/mirror-fixture.h"

#include "media/volume.h"
#include "mirror/store-batch.h"

#define FRAMES  600 /* more than one batch takes, by their number and by their bytes */
#define SMALL   300 /* from here on they are small */
#define DAMAGED 450

struct list {
    uint8_t digests[FRAMES][DIGEST_BYTES];
    const uint8_t *order[FRAMES];
    size_t given;
    size_t stop; /* the number of the frame that is refused */
};

static size_t size_of(size_t i)
{
    return i < SMALL ? 50000 + i : 16 + i;
}

static void fill(uint8_t *frame, size_t i)
{
    memset(frame, (int)i, size_of(i));
    frame[1] = (uint8_t)(i >> 8);
}

/* Frames in one pack, asked for backwards. */
static void store_frames(struct fixture *fixture, struct list *list)
{
    struct error err = {.code = ERROR_OK};
    struct store_writer *writer = store_writer_new(fixture->repository);
    uint8_t *frame = bytes_allocate(1, LIMIT_FRAME_BYTES);

    for (size_t i = 0; i < FRAMES; i++) {
        fill(frame, i);
        digest_of(frame, size_of(i), list->digests[i]);
        list->order[FRAMES - 1 - i] = list->digests[i];
        assert_ok(store_put(writer, list->digests[i], bytes_view_of(frame, size_of(i)), &err),
                  &err);
    }
    assert_ok(store_writer_flush(writer, &err), &err);
    assert_ok(catalog_begin(fixture->repository->catalog, &err), &err);
    assert_ok(store_writer_enter(writer, &err), &err);
    assert_ok(catalog_commit(fixture->repository->catalog, &err), &err);
    store_writer_free(writer);
    free(frame);
}

static int take(void *context, const uint8_t digest[static DIGEST_BYTES], struct bytes_view frame,
                struct error *err)
{
    struct list *list = context;
    size_t i = FRAMES - 1 - list->given;

    assert_memory_equal(digest, list->digests[i], DIGEST_BYTES);
    assert_int_equal(frame.size, size_of(i));
    assert_int_equal(frame.data[0], i & 255);
    assert_int_equal(frame.data[1], i >> 8);
    if (++list->given == list->stop)
        return error_set(err, ERROR_NO_SPACE, "no more");
    return 0;
}

static int read_all(struct fixture *fixture, struct list *list, struct error *err)
{
    *err = (struct error){.code = ERROR_OK};
    list->given = 0;
    return store_read_all(fixture->repository, list->order, FRAMES, take, list, err);
}

static void all_frames_come_in_the_order_of_the_list(void **state)
{
    struct fixture *fixture = *state;
    struct list *list = bytes_allocate(1, sizeof(*list));
    struct error err;

    store_frames(fixture, list);
    assert_ok(read_all(fixture, list, &err), &err);
    assert_int_equal(list->given, FRAMES);
    assert_ok(store_read_all(fixture->repository, list->order, 0, take, list, &err), &err);
    assert_int_equal(list->given, FRAMES);
    free(list);
}

static void who_takes_ends_the_reading(void **state)
{
    struct fixture *fixture = *state;
    struct list *list = bytes_allocate(1, sizeof(*list));
    struct error err;

    store_frames(fixture, list);
    list->stop = 2;
    assert_refused(read_all(fixture, list, &err), &err, ERROR_NO_SPACE);
    assert_int_equal(list->given, 2);
    free(list);
}

static void flip_frame(struct fixture *fixture, const struct list *list, size_t i)
{
    struct volume_name pack = {.kind = VOLUME_PACK};
    char path[VOLUME_NAME_BYTES], name[VOLUME_NAME_BYTES + 8];
    struct error err = {.code = ERROR_OK};
    struct catalog_frame place;
    struct catalog_pack row;
    bool found;

    assert_ok(
        catalog_find_frame(fixture->repository->catalog, list->digests[i], &place, &found, &err),
        &err);
    assert_ok(catalog_find_pack(fixture->repository->catalog, place.pack, &row, &found, &err),
              &err);
    memcpy(pack.digest, row.id, DIGEST_BYTES);
    snprintf(name, sizeof(name), "tree/%s", volume_format(&pack, path));
    fixture_flip(fixture, name, (off_t)place.offset + 2);
}

/* And is named; nothing of its batch is given, what came before is. */
static void a_damaged_frame_is_not_given(void **state)
{
    struct fixture *fixture = *state;
    struct list *list = bytes_allocate(1, sizeof(*list));
    char text[DIGEST_TEXT_BYTES];
    struct error err;

    store_frames(fixture, list);
    flip_frame(fixture, list, 10); /* among the last that are read */
    assert_refused(read_all(fixture, list, &err), &err, ERROR_BAD_DIGEST);
    assert_non_null(strstr(err.words, digest_text(list->digests[10], text)));
    assert_true(list->given > 0 && list->given < FRAMES - 10);
    flip_frame(fixture, list, DAMAGED); /* in the first batch */
    assert_refused(read_all(fixture, list, &err), &err, ERROR_BAD_DIGEST);
    assert_non_null(strstr(err.words, digest_text(list->digests[DAMAGED], text)));
    assert_int_equal(list->given, 0);
    free(list);
}

static void an_unknown_frame_is_not_found(void **state)
{
    struct fixture *fixture = *state;
    struct list *list = bytes_allocate(1, sizeof(*list));
    struct error err;

    store_frames(fixture, list);
    list->digests[FRAMES - 1][0] ^= 1;
    assert_refused(read_all(fixture, list, &err), &err, ERROR_NOT_FOUND);
    assert_int_equal(list->given, 0);
    free(list);
}

#define plain_test(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        plain_test(all_frames_come_in_the_order_of_the_list),
        plain_test(who_takes_ends_the_reading),
        plain_test(a_damaged_frame_is_not_given),
        plain_test(an_unknown_frame_is_not_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
