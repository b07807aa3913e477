/* SPDX-License-Identifier: ISC
 *
 * Keys on their way into an index: sorted as qsort sorts them, whatever the keys, and what is
 * written is what the reader of the index accepts.
 */
#include "tests/scratch.h"

#include <fcntl.h>

#include "drivers/compile/index-write.h"
#include "drivers/compile/key-sort.h"
#include "drivers/hash-names.h"
#include "media/base/limits.h"

#define COUNT 20000

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, KEY_ORDER_BYTES);
}

static int count_calls(void *context, uint64_t done, uint64_t total, struct error *err)
{
    (void)err;
    assert_true(done > 0 && done <= total);
    ++*(unsigned *)context;
    return 0;
}

static int stop(void *context, uint64_t done, uint64_t total, struct error *err)
{
    (void)context;
    (void)done;
    (void)total;
    return error_set(err, ERROR_PEER_GONE, "nobody listens");
}

/* Sorts and holds it against the C library's sort. */
static void assert_sorted(const struct key_record *records, uint64_t count)
{
    struct key_record *ours = bytes_allocate(count, sizeof(*ours));
    struct key_record *theirs = bytes_allocate(count, sizeof(*theirs));
    struct error err = {0};

    memcpy(ours, records, count * sizeof(*ours));
    memcpy(theirs, records, count * sizeof(*theirs));
    assert_ok(key_sort(ours, count, NULL, NULL, &err), &err);
    qsort(theirs, count, sizeof(*theirs), compare);
    assert_memory_equal(ours, theirs, count * sizeof(*ours));
    free(ours);
    free(theirs);
}

static struct key_record *make_records(size_t varying_from, size_t varying_bytes)
{
    struct key_record *records = bytes_allocate(COUNT, sizeof(*records));

    for (size_t i = 0; i < COUNT; i++) {
        scratch_noise(records[i].key + varying_from, varying_bytes, i);
        records[i].place[5] = (uint8_t)((COUNT - i) >> 16);
        records[i].place[6] = (uint8_t)((COUNT - i) >> 8);
        records[i].place[7] = (uint8_t)(COUNT - i);
    }
    return records;
}

static void sorts_as_the_library_does(void **state)
{
    static const struct {
        size_t from, bytes;
    } rows[] = {{0, 32}, {31, 1}, {16, 2}, {0, 1}, {0, 0}}; /* the last: one key, all places */

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct key_record *records = make_records(rows[i].from, rows[i].bytes);

        assert_sorted(records, COUNT);
        assert_sorted(records, 49);
        assert_sorted(records, 2);
        assert_sorted(records, 1);
        free(records);
    }
}

static void tells_how_far_it_is(void **state)
{
    const uint64_t count = 200000;
    struct key_record *records = bytes_allocate(count, sizeof(*records));
    struct error err = {0};
    unsigned calls = 0;

    (void)state;
    for (uint64_t i = 0; i < count; i++)
        scratch_noise(records[i].key, sizeof(records[i].key), i);
    assert_ok(key_sort(records, count, count_calls, &calls, &err), &err);
    assert_true(calls >= 2);
    assert_refused(key_sort(records, count, stop, NULL, &err), &err, ERROR_PEER_GONE);
    free(records);
}

static int open_empty(const struct scratch *scratch, const char *name)
{
    int fd = openat(scratch->fd, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    return fd;
}

static uint64_t size_of(int fd)
{
    off_t size = lseek(fd, 0, SEEK_END);

    assert_true(size >= 0);
    return (uint64_t)size;
}

static void make_list(struct key_list *list, int records_fd, int names_fd)
{
    struct error err = {0};

    key_list_begin(list, records_fd, names_fd);
    for (uint64_t i = 0; i < COUNT; i++) {
        const struct key_place place = {(uint16_t)(i % 3), i + 1};
        uint8_t key[HASH_INDEX_KEY_BYTES];
        char name[32];
        int size = snprintf(name, sizeof(name), "name %llu", (unsigned long long)i);

        scratch_noise(key, sizeof(key), i);
        assert_ok(key_list_add(list, key, (uint8_t)(i % 3), place,
                               bytes_view_of(name, i % 2 ? (size_t)size : 0), &err),
                  &err);
    }
    assert_ok(key_list_sort(list, NULL, NULL, &err), &err);
}

static void check_each(const struct hash_index *index, const struct hash_names *names)
{
    for (uint64_t i = 0; i < COUNT; i++) {
        uint8_t key[HASH_INDEX_KEY_BYTES];
        struct bytes_view found;
        uint32_t record;
        char name[32];

        scratch_noise(key, sizeof(key), i);
        snprintf(name, sizeof(name), "name %llu", (unsigned long long)i);
        assert_true(hash_index_find(index, key, &record));
        assert_int_equal(hash_index_value(index, record), i % 3);
        assert_int_equal(hash_names_get(names, record, &found), i % 2);
        assert_true(i % 2 == 0 || bytes_equal(found, bytes_view_of(name, strlen(name))));
    }
}

static void writes_what_is_read(void **state)
{
    struct scratch *scratch = *state;
    int scratch_fds[2] = {open_empty(scratch, "records"), open_empty(scratch, "text")};
    int index_fd = open_empty(scratch, "index"), names_fd = open_empty(scratch, "names");
    struct key_place place;
    struct hash_index *index;
    struct hash_names *names;
    struct key_list list;
    struct error err = {0};

    make_list(&list, scratch_fds[0], scratch_fds[1]);
    place = key_record_place(&list.records[0]);
    assert_int_equal(place.file, (place.line - 1) % 3);
    assert_ok(index_write(&list, index_fd, &err), &err);
    assert_ok(index_write_names(&list, names_fd, &err), &err);
    key_list_clear(&list);
    assert_ok(hash_index_open(index_fd, size_of(index_fd), &index, &err), &err);
    assert_ok(hash_index_validate(index, 2, NULL, NULL, &err), &err);
    assert_ok(hash_names_open(names_fd, size_of(names_fd), &names, &err), &err);
    assert_ok(hash_names_validate(names, COUNT, NULL, NULL, &err), &err);
    assert_int_equal(hash_names_count(names), COUNT / 2);
    check_each(index, names);
    hash_index_close(index);
    hash_names_close(names);
    close(index_fd);
    close(names_fd);
    close(scratch_fds[0]);
    close(scratch_fds[1]);
}

/* No keys: an index all the same; no names: no bytes. */
static void writes_none(void **state)
{
    struct scratch *scratch = *state;
    int scratch_fds[2] = {open_empty(scratch, "records"), open_empty(scratch, "text")};
    int index_fd = open_empty(scratch, "index"), names_fd = open_empty(scratch, "names");
    struct hash_index *index;
    struct key_list list;
    struct error err = {0};

    key_list_begin(&list, scratch_fds[0], scratch_fds[1]);
    assert_ok(key_list_sort(&list, NULL, NULL, &err), &err);
    assert_ok(index_write(&list, index_fd, &err), &err);
    assert_ok(index_write_names(&list, names_fd, &err), &err);
    key_list_clear(&list);
    assert_int_equal(size_of(names_fd), 0);
    assert_ok(hash_index_open(index_fd, size_of(index_fd), &index, &err), &err);
    assert_ok(hash_index_validate(index, 0, NULL, NULL, &err), &err);
    assert_int_equal(hash_index_count(index), 0);
    hash_index_close(index);
    close(index_fd);
    close(names_fd);
    close(scratch_fds[0]);
    close(scratch_fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts_as_the_library_does),
        cmocka_unit_test(tells_how_far_it_is),
        cmocka_unit_test_setup_teardown(writes_what_is_read, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(writes_none, scratch_open, scratch_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
