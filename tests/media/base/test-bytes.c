/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/bytes.h"

static void integers_come_back(void **state)
{
    struct error err = {0};
    struct bytes buffer;
    struct bytes_view view;
    uint64_t u64;
    uint32_t u32;
    uint16_t u16;
    uint8_t u8;

    bytes_init(&buffer, 15);
    assert_ok(bytes_put_u8(&buffer, 0x01, &err), &err);
    assert_ok(bytes_put_u16(&buffer, 0x0302, &err), &err);
    assert_ok(bytes_put_u32(&buffer, 0x07060504, &err), &err);
    assert_ok(bytes_put_u64(&buffer, UINT64_C(0x0f0e0d0c0b0a0908), &err), &err);
    for (size_t i = 0; i < buffer.size; i++)
        assert_int_equal(buffer.data[i], i + 1);
    view = bytes_view(&buffer);
    assert_int_equal(bytes_get_u8(&view, &u8), 0);
    assert_int_equal(bytes_get_u16(&view, &u16), 0);
    assert_int_equal(bytes_get_u32(&view, &u32), 0);
    assert_int_equal(bytes_get_u64(&view, &u64), 0);
    assert_int_equal(u8, 0x01);
    assert_int_equal(u16, 0x0302);
    assert_int_equal(u32, 0x07060504);
    assert_true(u64 == UINT64_C(0x0f0e0d0c0b0a0908));
    assert_int_equal(view.size, 0);
    bytes_clear(&buffer);
}

static void the_ceiling_holds_and_leaves_the_buffer(void **state)
{
    struct error err = {0};
    struct bytes buffer;

    bytes_init(&buffer, 4);
    assert_ok(bytes_put(&buffer, "abc", 3, &err), &err);
    assert_refused(bytes_put(&buffer, "de", 2, &err), &err, ERROR_LIMIT);
    assert_int_equal(buffer.size, 3);
    assert_memory_equal(buffer.data, "abc", 3);
    assert_ok(bytes_put_u8(&buffer, 'd', &err), &err);
    bytes_clear(&buffer);
    assert_int_equal(buffer.ceiling, 4);
}

static void short_input_changes_nothing(void **state)
{
    struct bytes_view view = bytes_view_of("abc", 3);
    uint32_t value = 7;
    char out[4] = "xyz";

    assert_int_equal(bytes_get_u32(&view, &value), -1);
    assert_int_equal(value, 7);
    assert_int_equal(bytes_get(&view, out, 4), -1);
    assert_string_equal(out, "xyz");
    assert_int_equal(view.size, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_come_back),
        cmocka_unit_test(the_ceiling_holds_and_leaves_the_buffer),
        cmocka_unit_test(short_input_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
