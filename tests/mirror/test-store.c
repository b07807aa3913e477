/* SPDX-License-Identifier: ISC */
#include "tests/mirror/mirror-fixture.h"

#include "mirror/store.h"

static void put(struct store_writer *writer, const char *frame, uint8_t digest[DIGEST_BYTES])
{
    struct error err = {.code = ERROR_OK};

    digest_of(frame, strlen(frame), digest);
    assert_ok(store_put(writer, digest, bytes_view_of(frame, strlen(frame)), &err), &err);
}

static void enter(struct fixture *fixture, struct store_writer *writer)
{
    struct error err = {.code = ERROR_OK};

    assert_ok(store_writer_flush(writer, &err), &err);
    assert_ok(catalog_begin(fixture->repository->catalog, &err), &err);
    assert_ok(store_writer_enter(writer, &err), &err);
    assert_ok(catalog_commit(fixture->repository->catalog, &err), &err);
    store_writer_free(writer);
}

static size_t packs_in_tree(const struct fixture *fixture)
{
    struct error err = {.code = ERROR_OK};
    char **names;
    size_t count;
    int fd;

    assert_ok(path_open_folder(fixture->repository->tree_fd, "sallyport/packs", &fd, &err), &err);
    assert_ok(path_list(fd, 100, &names, &count, &err), &err);
    path_free_names(names, count);
    close(fd);
    return count;
}

static void frames_come_back_and_are_kept_once(void **state)
{
    struct fixture *fixture = *state;
    struct store_writer *writer = store_writer_new(fixture->repository);
    struct store_reader *reader;
    uint8_t one[DIGEST_BYTES], two[DIGEST_BYTES];
    struct error err = {.code = ERROR_OK};
    struct bytes_view frame;
    uint64_t count;

    put(writer, "frame one", one);
    put(writer, "frame two", two);
    put(writer, "frame one", one);
    enter(fixture, writer);
    assert_ok(catalog_pack_frames(fixture->repository->catalog, 1, &count, &err), &err);
    assert_int_equal(count, 2);
    writer = store_writer_new(fixture->repository);
    put(writer, "frame two", two);
    enter(fixture, writer);
    assert_int_equal(packs_in_tree(fixture), 1);
    reader = store_reader_new(fixture->repository);
    assert_ok(store_read(reader, two, &frame, &err), &err);
    assert_int_equal(frame.size, 9);
    assert_memory_equal(frame.data, "frame two", 9);
    one[0] ^= 1;
    assert_refused(store_read(reader, one, &frame, &err), &err, ERROR_NOT_FOUND);
    store_reader_free(reader);
}

static void what_was_not_flushed_leaves_no_file(void **state)
{
    struct fixture *fixture = *state;
    struct store_writer *writer = store_writer_new(fixture->repository);
    uint8_t digest[DIGEST_BYTES];

    put(writer, "frame", digest);
    store_writer_free(writer);
    assert_int_equal(packs_in_tree(fixture), 0);
}

static void a_changed_pack_is_noticed(void **state)
{
    struct fixture *fixture = *state;
    struct store_writer *writer = store_writer_new(fixture->repository);
    struct store_reader *reader;
    uint8_t digest[DIGEST_BYTES];
    struct error err = {.code = ERROR_OK};
    struct bytes_view frame;
    char **names, name[512];
    size_t count;
    int fd;

    put(writer, "frame one", digest);
    enter(fixture, writer);
    assert_ok(path_open_folder(fixture->repository->tree_fd, "sallyport/packs", &fd, &err), &err);
    assert_ok(path_list(fd, 1, &names, &count, &err), &err);
    snprintf(name, sizeof(name), "tree/sallyport/packs/%s", names[0]);
    fixture_flip(fixture, name, 512); /* the first byte after the first header */
    path_free_names(names, count);
    close(fd);
    reader = store_reader_new(fixture->repository);
    assert_refused(store_read(reader, digest, &frame, &err), &err, ERROR_BAD_DIGEST);
    store_reader_free(reader);
}

#define plain_test(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        plain_test(frames_come_back_and_are_kept_once),
        plain_test(what_was_not_flushed_leaves_no_file),
        plain_test(a_changed_pack_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
