/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "tests/media/sample-documents.h"

static const struct sample_change changes[] = {
    {"\"schema\":\"sallyport.export/1\"", "\"schema\":\"sallyport.export/2\"", ERROR_BAD_DOCUMENT},
    {"\"schema\":\"sallyport.export/1\"", "\"schema\":1", ERROR_BAD_DOCUMENT},
    {",\"schema\":\"sallyport.export/1\"", "", ERROR_BAD_DOCUMENT},
    {"\"base\":"
     "\"ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
     "ddddddddd\"",
     "\"base\":null", ERROR_OK},
    {"\"base\":"
     "\"ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
     "ddddddddd\"",
     "\"base\":\"\"", ERROR_BAD_DOCUMENT},
    {"\"created\":\"2026-11-23T08:15:00Z\"", "\"created\":null", ERROR_BAD_DOCUMENT},
    {"\"exporter\":\"export-1\"", "\"exporter\":\"Export 1\"", ERROR_BAD_DOCUMENT},
    {"\"path\":\"sallyport/FORMAT\"", "\"path\":\"sallyport/export.p7m\"", ERROR_BAD_DOCUMENT},
    {"\"path\":\"sallyport/FORMAT\"", "\"path\":\"sallyport/rings/public/set.p7m\"",
     ERROR_BAD_DOCUMENT},
    {"\"path\":\"sallyport/FORMAT\"", "\"path\":\"sallyport/receipts/a/1.p7m\"",
     ERROR_BAD_DOCUMENT},
    {"\"path\":\"sallyport/FORMAT\"", "\"path\":\"sallyport/outbox/a/1.p7e\"", ERROR_BAD_DOCUMENT},
    {"\"path\":\"sallyport/FORMAT\"", "\"path\":\"autorun.inf\"", ERROR_BAD_DOCUMENT},
    {"\"path\":\"sallyport/FORMAT\"", "\"path\":\"sallyport/root/1.p7m\"", ERROR_BAD_DOCUMENT},
    {"\"path\":\"sallyport/FORMAT\"", "\"path\":\"sallyport/root/2.p7m\"", ERROR_BAD_DOCUMENT},
    {"\"path\":\"sallyport/root/1.p7m\"", "\"path\":\"sallyport/rings/public/set-1.p7m\"",
     ERROR_OK},
    {"\"path\":\"sallyport/root/1.p7m\"",
     "\"path\":\"sallyport/recipes/"
     "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
     "0000000.rcp\"",
     ERROR_OK},
    {"\"path\":\"sallyport/root/1.p7m\"",
     "\"path\":\"sallyport/packs/"
     "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
     "0000000.tar\"",
     ERROR_OK},
    {"\"path\":\"sallyport/root/1.p7m\"",
     "\"path\":\"sallyport/crl/"
     "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
     "0000000-1.crl\"",
     ERROR_OK},
    {"\"path\":\"sallyport/root/1.p7m\"",
     "\"path\":\"sallyport/packages/crt/"
     "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
     "0000000.p7m\"",
     ERROR_OK},
    {"\"size\":2000", "\"size\":4294967295", ERROR_OK},
    {"\"size\":2000", "\"size\":4294967296", ERROR_BAD_DOCUMENT},
    {"\"files\":[", "\"files\":[1,", ERROR_BAD_DOCUMENT},
    {"\"id\":\"0951:1666\"", "\"id\":\"0951-1666\"", ERROR_BAD_DOCUMENT},
    {"\"id\":\"0951:1666\"", "\"id\":\"0951:166G\"", ERROR_BAD_DOCUMENT},
    {"\"id\":\"0951:1666\"", "\"id\":\"\"", ERROR_BAD_DOCUMENT},
    {"\"serial\":\"60A44C41\"",
     "\"serial\":"
     "\"sssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss"
     "sssssssssssssssssssssssssssssssssssssssss\"",
     ERROR_OK},
    {"\"serial\":\"60A44C41\"",
     "\"serial\":"
     "\"sssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss"
     "ssssssssssssssssssssssssssssssssssssssssss\"",
     ERROR_BAD_DOCUMENT},
    {"\"filesystem\":\"1A2B-3C4D\"",
     "\"filesystem\":\"sssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss\"",
     ERROR_BAD_DOCUMENT},
    {"{\"filesystem\":\"1A2B-3C4D\",\"id\":\"0951:1666\",\"serial\":\"60A44C41\"}", "null",
     ERROR_OK},
    {"{\"filesystem\":\"1A2B-3C4D\",\"id\":\"0951:1666\",\"serial\":\"60A44C41\"}", "{}",
     ERROR_BAD_DOCUMENT},
    {"\"sequence\":12", "\"sequence\":0", ERROR_BAD_DOCUMENT},
    {"\"ring\":\"public\"", "\"ring\":\"\"", ERROR_BAD_DOCUMENT},
    {"\"sets\":[", "\"sets\":[1,", ERROR_BAD_DOCUMENT},
    {"\"sets\":[",
     "\"sets\":[{\"digest\":"
     "\"000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
     "000000000\",\"ring\":\"public\",\"sequence\":1},",
     ERROR_BAD_DOCUMENT},
    {"\"sets\":[",
     "\"sets\":[{\"digest\":"
     "\"000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
     "000000000\",\"ring\":\"a\",\"sequence\":1},",
     ERROR_OK},
    {"\"export\":\"abab", "\"export\":\"ABab", ERROR_BAD_DOCUMENT},
    {"\"volumes\":[1,2]", "\"volumes\":[2]", ERROR_OK},
    {"\"volumes\":[1,2]", "\"volumes\":[1,1]", ERROR_BAD_DOCUMENT},
    {"\"volumes\":[1,2]", "\"volumes\":[2,1]", ERROR_BAD_DOCUMENT},
    {"\"volumes\":[1,2]", "\"volumes\":[0,1]", ERROR_BAD_DOCUMENT},
    {"\"volumes\":[1,2]", "\"volumes\":[-1,1]", ERROR_BAD_DOCUMENT},
    {"\"volumes\":[1,2]", "\"volumes\":[1,3]", ERROR_BAD_DOCUMENT},
    {"\"volumes\":[1,2]", "\"volumes\":[\"1\",2]", ERROR_BAD_DOCUMENT},
    {"\"volumes\":[1,2]", "\"volumes\":null", ERROR_BAD_DOCUMENT},
    {"\"volumes\":[1,2]}", "\"volumes\":[1,2],\"x\":1}", ERROR_BAD_DOCUMENT},
    {"\"packages\":[{\"id\":\"66", "\"packages\":[{\"id\":\"76", ERROR_OK},
    {"\"packages\":[{\"id\":\"66", "\"packages\":[{\"id\":\"78", ERROR_BAD_DOCUMENT},
    {"\"packages\":[{\"id\":\"66", "\"packages\":[{\"id\":\"6G", ERROR_BAD_DOCUMENT},
    {"\"packages\":[", "\"packages\":[{},", ERROR_BAD_DOCUMENT},
    {"\"volume\":1", "\"volume\":2", ERROR_OK},
    {"\"volume\":1", "\"volume\":3", ERROR_BAD_DOCUMENT},
    {"\"volume\":1", "\"volume\":0", ERROR_BAD_DOCUMENT},
    {"\"volumes\":2", "\"volumes\":1025", ERROR_BAD_DOCUMENT},
};

static int make(void **state)
{
    *state = sample_of_export(changes, sizeof(changes) / sizeof(changes[0]));
    return 0;
}

static void an_export_without_sets_is_not_written(void **state)
{
    struct export_document export;
    struct error err = {0};
    struct bytes json;

    sample_export(&export);
    export.set_count = 0;
    assert_refused(export_write(&export, &json, &err), &err, ERROR_BAD_DOCUMENT);
    bytes_clear(&json);
    export_clear(&export);
}

static void a_package_is_found_by_its_id(void **state)
{
    struct export_document export;
    uint8_t id[DIGEST_BYTES];

    sample_export(&export);
    memset(id, 0x77, sizeof(id));
    assert_ptr_equal(export_find_package(&export, id), &export.packages[1]);
    id[DIGEST_BYTES - 1] = 0;
    assert_null(export_find_package(&export, id));
    export_clear(&export);
    assert_null(export_find_package(&export, id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sample_comes_back),
        cmocka_unit_test(changes_are_judged_one_by_one),
        cmocka_unit_test(no_bruised_text_crashes_or_changes_its_writing),
        cmocka_unit_test(an_export_without_sets_is_not_written),
        cmocka_unit_test(a_package_is_found_by_its_id),
    };

    return cmocka_run_group_tests(tests, make, sample_free);
}
