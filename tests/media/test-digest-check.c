/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/digest-check.h"

#define MESSAGES   200
#define MOST_BYTES 3000

struct tally {
    unsigned told[MESSAGES];
    bool good[MESSAGES];
    size_t count;
};

static void tell(void *context, size_t number, const uint8_t expected[static DIGEST_BYTES],
                 bool good)
{
    struct tally *tally = context;

    assert_true(number < MESSAGES);
    tally->told[number]++;
    tally->good[number] = good;
    tally->count++;
}

/* Every tenth is put with a digest of one other bit. The expected digest is forgotten at once. */
static void put(struct digest_check *check, size_t i)
{
    uint8_t expected[DIGEST_BYTES], *buffer = digest_check_buffer(check);
    size_t size = i * 577 % (MOST_BYTES + 1);

    memset(buffer, (int)i, size);
    digest_of(buffer, size, expected);
    if (i % 10 == 3)
        expected[i % DIGEST_BYTES] ^= 1;
    digest_check_put(check, size, expected, i);
    memset(expected, 0, sizeof(expected));
}

static void each_is_told_once_and_rightly(void **state)
{
    struct tally tally = {.count = 0};
    struct digest_check *check = digest_check_new(MOST_BYTES, tell, &tally);

    for (size_t i = 0; i < MESSAGES; i++) {
        put(check, i);
        if (i == MESSAGES / 2) {
            digest_check_finish(check);
            assert_int_equal(tally.count, i + 1);
        }
    }
    digest_check_finish(check);
    assert_int_equal(tally.count, MESSAGES);
    for (size_t i = 0; i < MESSAGES; i++) {
        assert_int_equal(tally.told[i], 1);
        assert_int_equal(tally.good[i], i % 10 != 3);
    }
    digest_check_free(check);
}

static void giving_up_tells_no_more(void **state)
{
    struct tally tally = {.count = 0};
    struct digest_check *check = digest_check_new(MOST_BYTES, tell, &tally);
    size_t before;

    put(check, 1);
    before = tally.count;
    digest_check_free(check);
    assert_int_equal(tally.count, before);
    digest_check_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_told_once_and_rightly),
        cmocka_unit_test(giving_up_tells_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
