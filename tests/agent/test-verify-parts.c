/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include <sys/mman.h>
#include <unistd.h>

#include "agent/verify-parts.h"
#include "media/base/bytes.h"

#define THREADS    3
#define PARTS      400
#define MOST_BYTES 5000
#define FILE_BYTES 100000

struct scene {
    struct verify_workers *workers;
    struct verify_parts *parts;
    int fd;
    uint8_t *bytes; /* what is in the file */
    struct verify_part rows[PARTS];
    uint8_t digests[PARTS][DIGEST_BYTES];
    uint32_t next;
    unsigned bad[PARTS];
    enum error_code code[PARTS];
};

static void make_rows(struct scene *scene)
{
    for (uint32_t i = 0; i < PARTS; i++) {
        struct verify_part *row = &scene->rows[i];

        *row = (struct verify_part){.fd = scene->fd,
                                    .offset = (uint64_t)i * 7919 % (FILE_BYTES - MOST_BYTES),
                                    .length = i * 577 % MOST_BYTES,
                                    .digest = scene->digests[i],
                                    .file = 5,
                                    .number = i};
        digest_of(scene->bytes + row->offset, row->length, scene->digests[i]);
    }
}

static int setup(void **state)
{
    struct scene *scene = bytes_allocate(1, sizeof(*scene));
    struct error err = {0};

    scene->bytes = bytes_allocate(1, FILE_BYTES);
    for (size_t i = 0; i < FILE_BYTES; i++)
        scene->bytes[i] = (uint8_t)(i * i >> 3 ^ i);
    scene->fd = memfd_create("parts", MFD_CLOEXEC);
    assert_int_equal(write(scene->fd, scene->bytes, FILE_BYTES), FILE_BYTES);
    assert_ok(verify_workers_start(THREADS, &scene->workers, &err), &err);
    scene->parts = verify_parts_new(scene->workers);
    make_rows(scene);
    *state = scene;
    return 0;
}

static int teardown(void **state)
{
    struct scene *scene = *state;

    verify_parts_free(scene->parts);
    verify_workers_stop(scene->workers);
    close(scene->fd);
    free(scene->bytes);
    free(scene);
    return 0;
}

static bool next(void *context, struct verify_part *part)
{
    struct scene *scene = context;

    if (scene->next == PARTS)
        return false;
    *part = scene->rows[scene->next++];
    return true;
}

static void note_bad(void *context, const struct verify_part *part, const struct error *problem)
{
    struct scene *scene = context;

    assert_int_equal(part->file, 5);
    scene->bad[part->number]++;
    scene->code[part->number] = problem->code;
}

static void judge(struct scene *scene)
{
    scene->next = 0;
    memset(scene->bad, 0, sizeof(scene->bad));
    verify_parts_judge(scene->parts, next, note_bad, scene);
    assert_int_equal(scene->next, PARTS);
}

static void what_is_right_is_not_told(void **state)
{
    struct scene *scene = *state;

    for (size_t round = 0; round < 3; round++) {
        judge(scene);
        for (size_t i = 0; i < PARTS; i++)
            assert_int_equal(scene->bad[i], 0);
    }
}

static void each_bad_part_is_told_once(void **state)
{
    struct scene *scene = *state;

    for (size_t i = 3; i < PARTS; i += 10)
        scene->digests[i][i % DIGEST_BYTES] ^= 1;
    scene->rows[5].offset = FILE_BYTES - 10;
    scene->rows[15].fd = 1000000; /* no such descriptor */
    judge(scene);
    for (size_t i = 0; i < PARTS; i++) {
        enum error_code code = i % 10 == 3 ? ERROR_BAD_DIGEST
                               : i == 5    ? ERROR_MEDIUM_DAMAGED
                               : i == 15   ? ERROR_IO
                                           : ERROR_OK;

        assert_int_equal(scene->bad[i], code != ERROR_OK);
        assert_int_equal(scene->bad[i] ? scene->code[i] : ERROR_OK, code);
    }
}

static void bytes_are_left_where_they_are_wanted(void **state)
{
    struct scene *scene = *state;
    uint8_t *place = bytes_allocate(PARTS, MOST_BYTES);

    for (size_t i = 0; i < PARTS; i++)
        scene->rows[i].bytes = place + i * MOST_BYTES;
    judge(scene);
    for (size_t i = 0; i < PARTS; i++) {
        assert_memory_equal(scene->rows[i].bytes, scene->bytes + scene->rows[i].offset,
                            scene->rows[i].length);
        scene->rows[i].fd = -1;
    }
    scene->rows[7].bytes[0] ^= 1;
    judge(scene);
    for (size_t i = 0; i < PARTS; i++)
        assert_int_equal(scene->bad[i], i == 7);
    free(place);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_is_right_is_not_told),
        CASE(each_bad_part_is_told_once),
        CASE(bytes_are_left_where_they_are_wanted),
    };

    verify_parts_free(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
