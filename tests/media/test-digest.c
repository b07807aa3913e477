/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include <fcntl.h>
#include <unistd.h>

#include "media/digest.h"

/* FIPS 180-4 example values. */
static const char of_nothing[] = "38b060a751ac96384cd9327eb1b1e36a21fdb71114be0743"
                                 "4c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b";
static const char of_abc[] = "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"
                             "1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7";
static const char of_a_million[] = "9d0e1809716474cb086e834e310a4a1ced149e9c00f24852"
                                   "7972cec5704c2a5b07b8b3dc38ecc4ebae97ddd87f3d8985";

static void assert_digest(const uint8_t *digest, const char *expected)
{
    char text[DIGEST_TEXT_BYTES];

    assert_string_equal(digest_text(digest, text), expected);
}

static void known_values_come_out(void **state)
{
    uint8_t digest[DIGEST_BYTES];

    digest_of(NULL, 0, digest);
    assert_digest(digest, of_nothing);
    digest_of("abc", 3, digest);
    assert_digest(digest, of_abc);
}

static void pieces_of_any_size_give_the_same(void **state)
{
    uint8_t digest[DIGEST_BYTES];
    char piece[997];
    size_t left = 1000000;
    struct digest *running = digest_new();

    memset(piece, 'a', sizeof(piece));
    while (left > 0) {
        size_t size = left < sizeof(piece) ? left : sizeof(piece);

        digest_add(running, piece, size);
        digest_add(running, NULL, 0);
        left -= size;
    }
    digest_finish(running, digest);
    assert_digest(digest, of_a_million);
}

static void giving_up_frees(void **state)
{
    struct digest *running = digest_new();

    digest_add(running, "abc", 3);
    digest_finish(running, NULL);
    digest_finish(NULL, NULL);
}

static int file_of_a(size_t count)
{
    int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    char *bytes = bytes_allocate(1, count);

    assert_true(fd >= 0);
    memset(bytes, 'a', count);
    assert_int_equal(pwrite(fd, "xyz", 3, 0), 3);
    assert_int_equal(pwrite(fd, bytes, count, 3), count);
    free(bytes);
    return fd;
}

static void a_range_of_a_file_is_digested(void **state)
{
    struct error err = {0};
    uint8_t digest[DIGEST_BYTES];
    int fd = file_of_a(1000000);

    assert_ok(digest_of_file(fd, 3, 1000000, digest, &err), &err);
    assert_digest(digest, of_a_million);
    assert_ok(digest_of_file(fd, 1000003, 0, digest, &err), &err);
    assert_digest(digest, of_nothing);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
    close(fd);
}

static void a_file_that_ends_early_is_refused_and_writes_nothing(void **state)
{
    struct error err = {0};
    uint8_t digest[DIGEST_BYTES] = {7};
    int fd = file_of_a(300000);

    assert_refused(digest_of_file(fd, 3, 300001, digest, &err), &err, ERROR_MEDIUM_DAMAGED);
    assert_int_equal(digest[0], 7);
    assert_refused(digest_of_file(fd, UINT64_MAX, 2, digest, &err), &err, ERROR_LIMIT);
    assert_refused(digest_of_file(-1, 0, 1, digest, &err), &err, ERROR_IO);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values_come_out),
        cmocka_unit_test(pieces_of_any_size_give_the_same),
        cmocka_unit_test(giving_up_frees),
        cmocka_unit_test(a_range_of_a_file_is_digested),
        cmocka_unit_test(a_file_that_ends_early_is_refused_and_writes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
