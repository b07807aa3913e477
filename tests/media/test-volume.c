/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/volume.h"

#define HEX16  "0123456789abcdef"
#define HEX96  HEX16 HEX16 HEX16 HEX16 HEX16 HEX16
#define WORD64 HEX16 HEX16 HEX16 HEX16

static const struct {
    enum volume_kind kind;
    const char *path;
} tree[] = {
    {VOLUME_FORMAT, "sallyport/FORMAT"},
    {VOLUME_ROOT_DOCUMENT, "sallyport/root/1.p7m"},
    {VOLUME_ROOT_DOCUMENT, "sallyport/root/9223372036854775807.p7m"},
    {VOLUME_CRL, "sallyport/crl/" HEX96 "-0.crl"},
    {VOLUME_SET, "sallyport/rings/public/set-12.p7m"},
    {VOLUME_SET_NEWEST, "sallyport/rings/" WORD64 "/set.p7m"},
    {VOLUME_PACKAGE, "sallyport/packages/dataset-a/" HEX96 ".p7m"},
    {VOLUME_RECIPE, "sallyport/recipes/" HEX96 ".rcp"},
    {VOLUME_PACK, "sallyport/packs/" HEX96 ".tar"},
    {VOLUME_EXPORT, "sallyport/export.p7m"},
    {VOLUME_RECEIPT, "sallyport/receipts/host-1.site_2/7.p7m"},
    {VOLUME_OUTBOX, "sallyport/outbox/0/7.p7e"},
};

static void every_name_of_the_tree_comes_back(void **state)
{
    struct volume_name name;
    char text[VOLUME_NAME_BYTES];

    for (size_t i = 0; i < sizeof(tree) / sizeof(tree[0]); i++) {
        assert_int_equal(volume_parse(tree[i].path, &name), 0);
        assert_int_equal(name.kind, tree[i].kind);
        assert_string_equal(volume_format(&name, text), tree[i].path);
    }
}

static void parts_are_taken_out(void **state)
{
    struct volume_name name;

    assert_int_equal(volume_parse("sallyport/crl/" HEX96 "-42.crl", &name), 0);
    assert_int_equal(name.number, 42);
    assert_int_equal(name.digest[0], 0x01);
    assert_int_equal(name.digest[DIGEST_BYTES - 1], 0xef);
    assert_int_equal(volume_parse("sallyport/rings/lab-1/set-3.p7m", &name), 0);
    assert_string_equal(name.word, "lab-1");
    assert_int_equal(name.number, 3);
}

static void everything_else_is_no_name(void **state)
{
    static const char *const wrong[] = {
        "",
        "sallyport",
        "sallyport/",
        "sallyport/FORMAT ",
        "sallyport/format",
        "/sallyport/FORMAT",
        "./sallyport/FORMAT",
        "sallyport//FORMAT",
        "sallyport/root/0.p7m",
        "sallyport/root/01.p7m",
        "sallyport/root/+1.p7m",
        "sallyport/root/.p7m",
        "sallyport/root/1.P7M",
        "sallyport/root/9223372036854775808.p7m",
        "sallyport/root/99999999999999999999999.p7m",
        "sallyport/root/1.p7m/",
        "sallyport/rings//set-1.p7m",
        "sallyport/rings/../set-1.p7m",
        "sallyport/rings/.a/set-1.p7m",
        "sallyport/rings/-a/set-1.p7m",
        "sallyport/rings/Public/set-1.p7m",
        "sallyport/rings/a/b/set-1.p7m",
        "sallyport/rings/" WORD64 "a/set-1.p7m",
        "sallyport/rings/a\n/set-1.p7m",
        "sallyport/packs/" HEX96 "0.tar",
        "sallyport/packs/0123456789ABCDEF" HEX16 HEX16 HEX16 HEX16 HEX16 ".tar",
        "sallyport/packs/" WORD64 ".tar",
        "sallyport/crl/" HEX96 ".crl",
        "sallyport/crl/" HEX96 "-.crl",
        "sallyport/crl/" HEX96 "-00.crl",
        "sallyport/outbox/host/0.p7e",
    };
    struct volume_name name;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (volume_parse(wrong[i], &name) != -1)
            fail_msg("taken for a name: %s", wrong[i]);
    }
    shows_case("D1");
}

/* One byte cut off or changed never gives the same name again. */
static void no_two_writings_of_one_name(void **state)
{
    struct volume_name name;
    char text[VOLUME_NAME_BYTES], changed[VOLUME_NAME_BYTES];

    for (size_t i = 0; i < sizeof(tree) / sizeof(tree[0]); i++) {
        size_t size = strlen(tree[i].path);

        for (size_t at = 0; at < size; at++) {
            for (int byte = 1; byte < 256; byte++) {
                memcpy(changed, tree[i].path, size + 1);
                changed[at] = (char)byte;
                if (volume_parse(changed, &name) == 0)
                    assert_string_equal(volume_format(&name, text), changed);
            }
        }
    }
    shows_case("D1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_of_the_tree_comes_back),
        cmocka_unit_test(parts_are_taken_out),
        cmocka_unit_test(everything_else_is_no_name),
        cmocka_unit_test(no_two_writings_of_one_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
