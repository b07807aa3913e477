/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "tests/media/sample-documents.h"

static const struct sample_change changes[] = {
    {"\"threshold\":1},\"root\":{", "\"threshold\":2},\"root\":{", ERROR_BAD_DOCUMENT},
    {"\"threshold\":1},\"root\":{", "\"threshold\":3},\"root\":{", ERROR_BAD_DOCUMENT},
    {"\"schema\":\"sallyport.root/1\"", "\"schema\":\"sallyport.root/2\"", ERROR_BAD_DOCUMENT},
    {"\"schema\":\"sallyport.root/1\"", "\"schema\":1", ERROR_BAD_DOCUMENT},
    {",\"schema\":\"sallyport.root/1\"", "", ERROR_BAD_DOCUMENT},
    {"\"version\":3", "\"version\":0", ERROR_BAD_DOCUMENT},
    {"\"version\":3", "\"version\":4", ERROR_OK},
    {"\"version\":3", "\"version\":3.0", ERROR_BAD_DOCUMENT},
    {"\"version\":3", "\"version\":-3", ERROR_BAD_DOCUMENT},
    {"\"version\":3", "\"version\": 3", ERROR_BAD_DOCUMENT},
    {"\"version\":3", "\"version\":\"3\"", ERROR_BAD_DOCUMENT},
    {"\"version\":3", "\"version\":3,\"x\":1", ERROR_BAD_DOCUMENT},
    {"\"version\":3", "\"version\":3,\"version\":3", ERROR_BAD_DOCUMENT},
    {"\"threshold\":1,\"waves\"", "\"threshold\":0,\"waves\"", ERROR_BAD_DOCUMENT},
    {"\"threshold\":2,\"waves\"", "\"threshold\":3,\"waves\"", ERROR_BAD_DOCUMENT},
    {"\"threshold\":2,\"waves\"", "\"threshold\":65,\"waves\"", ERROR_BAD_DOCUMENT},
    {"\"content\":{\"pins\":[],\"threshold\":1}", "\"content\":{\"pins\":[],\"threshold\":64}",
     ERROR_OK},
    {"\"content\":{\"pins\":[],\"threshold\":1}", "\"content\":{\"pins\":[],\"threshold\":65}",
     ERROR_BAD_DOCUMENT},
    {"\"content\":{\"pins\":[],\"threshold\":1}", "\"content\":{\"pins\":[],\"threshold\":0}",
     ERROR_BAD_DOCUMENT},
    {"\"content\":{\"pins\":[],\"threshold\":1}", "\"content\":{\"threshold\":1}",
     ERROR_BAD_DOCUMENT},
    {"\"content\":{\"pins\":[],\"threshold\":1}", "\"content\":[]", ERROR_BAD_DOCUMENT},
    {"\"content\":{\"pins\":[],\"threshold\":1},", "", ERROR_BAD_DOCUMENT},
    {"\"content\":{\"pins\":[],\"threshold\":1},",
     "\"content\":{\"pins\":[],\"threshold\":1},\"endpoint\":{\"pins\":[],\"threshold\":1},",
     ERROR_BAD_DOCUMENT},
    {"\"content\":{\"pins\":[],\"threshold\":1}",
     "\"content\":{\"pins\":["
     "\"000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
     "000000000\"],\"threshold\":2}",
     ERROR_BAD_DOCUMENT},
    {"\"timestamp\":{\"pins\":[],\"threshold\":1}", "\"timestamp\":{\"pins\":[],\"threshold\":2}",
     ERROR_BAD_DOCUMENT},
    {"22222222222222222222222222222222222222222222222222222222222222222222222222222222222222222"
     "2222222",
     "11111111111111111111111111111111111111111111111111111111111111111111111111111111111111111"
     "1111111",
     ERROR_BAD_DOCUMENT},
    {"22222222222222222222222222222222222222222222222222222222222222222222222222222222222222222"
     "2222222",
     "10101010101010101010101010101010101010101010101010101010101010101010101010101010101010101"
     "0101010",
     ERROR_BAD_DOCUMENT},
    {"22222222222222222222222222222222222222222222222222222222222222222222222222222222222222222"
     "2222222",
     "2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2g2"
     "g2g2g2g",
     ERROR_BAD_DOCUMENT},
    {"22222222222222222222222222222222222222222222222222222222222222222222222222222222222222222"
     "2222222",
     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
     "AAAAAAA",
     ERROR_BAD_DOCUMENT},
    {"22222222222222222222222222222222222222222222222222222222222222222222222222222222222222222"
     "2222222",
     "22", ERROR_BAD_DOCUMENT},
    {"\"222222222222222222222222222222222222222222222222222222222222222222222222222222222222222"
     "222222222\"",
     "7", ERROR_BAD_DOCUMENT},
    {"\"name\":\"internal\"", "\"name\":\"public\"", ERROR_BAD_DOCUMENT},
    {"\"name\":\"internal\"", "\"name\":\"Internal\"", ERROR_BAD_DOCUMENT},
    {"\"name\":\"internal\"", "\"name\":\"\"", ERROR_BAD_DOCUMENT},
    {"\"name\":\"internal\"", "\"name\":\"...\"", ERROR_BAD_DOCUMENT},
    {"\"production\":false", "\"production\":0", ERROR_BAD_DOCUMENT},
    {"\"percent\":100}]},{\"name\":\"public\"", "\"percent\":99}]},{\"name\":\"public\"",
     ERROR_BAD_DOCUMENT},
    {"\"endpoint\":\"*\"", "\"endpoint\":\"host-1\"", ERROR_OK},
    {"\"endpoint\":\"*\"", "\"endpoint\":\"**\"", ERROR_BAD_DOCUMENT},
    {"\"endpoint\":\"*\"", "\"endpoint\":\"\"", ERROR_BAD_DOCUMENT},
    {"\"subject\":\"type:behavior\"", "\"subject\":\"ring:public\"", ERROR_OK},
    {"\"subject\":\"type:behavior\"", "\"subject\":\"all:behavior\"", ERROR_BAD_DOCUMENT},
    {"\"subject\":\"type:behavior\"", "\"subject\":\"type:\"", ERROR_BAD_DOCUMENT},
    {"\"subject\":\"type:behavior\"", "\"subject\":\"type:A\"", ERROR_BAD_DOCUMENT},
    {"\"time\":\"2026-11-23T08:15:00Z\"", "\"time\":\"2026-11-23T08:15:00.000001Z\"", ERROR_OK},
    {"\"time\":\"2026-11-23T08:15:00Z\"", "\"time\":\"2026-11-23T08:15:00.1Z\"",
     ERROR_BAD_DOCUMENT},
    {"\"time\":\"2026-11-23T08:15:00Z\"", "\"time\":\"2026-11-23T08:15:00.000000Z\"",
     ERROR_BAD_DOCUMENT},
    {"\"time\":\"2026-11-23T08:15:00Z\"", "\"time\":\"2026-11-23 08:15:00Z\"", ERROR_BAD_DOCUMENT},
    {"\"time\":\"2026-11-23T08:15:00Z\"", "\"time\":\"2026-11-23T08:15:00+00:00\"",
     ERROR_BAD_DOCUMENT},
    {"\"time\":\"2026-11-23T08:15:00Z\"", "\"time\":\"2026-13-23T08:15:00Z\"", ERROR_BAD_DOCUMENT},
    {"\"time\":\"2026-11-23T08:15:00Z\"", "\"time\":1", ERROR_BAD_DOCUMENT},
    {"\"after\":900", "\"after\":86401", ERROR_BAD_DOCUMENT},
    {"\"after\":900", "\"after\":86400", ERROR_OK},
    {"\"before\":300", "\"before\":0", ERROR_OK},
    {"{\"window\":{\"after\":900,\"before\":300}}", "{}", ERROR_BAD_DOCUMENT},
    {"{\"window\":{\"after\":900,\"before\":300}}", "{\"window\":{}}", ERROR_BAD_DOCUMENT},
    {"MAMCAQA=", "MAMCAQA", ERROR_BAD_DOCUMENT},
    {"MAMCAQA=", "MAMC\\nAQA=", ERROR_BAD_DOCUMENT},
    {"-----BEGIN PUBLIC KEY-----\\n", "x\\n-----BEGIN PUBLIC KEY-----\\n", ERROR_BAD_DOCUMENT},
    {"-----END PUBLIC KEY-----\\n", "-----END PUBLIC KEY-----\\n\\n", ERROR_BAD_DOCUMENT},
    {"-----END PUBLIC KEY-----\\n", "-----END PUBLIC KEY-----", ERROR_BAD_DOCUMENT},
    {"\"floor_resets\":[", "\"floor_resets\":[1,", ERROR_BAD_DOCUMENT},
    {"\"rings\":[", "\"rings\":[1,", ERROR_BAD_DOCUMENT},
    {"\"roots\":[", "\"roots\":[1,", ERROR_BAD_DOCUMENT},
    {"\"roots\":[", "\"roots\":[\"\",", ERROR_BAD_DOCUMENT},
    {"dGhlIGZpcnN0IHJvb3Q=", "dGhlIHNlY29uZCByb290", ERROR_BAD_DOCUMENT},
};

static int make(void **state)
{
    *state = sample_of_root(changes, sizeof(changes) / sizeof(changes[0]));
    return 0;
}

static void a_root_document_without_extras_is_accepted(void **state)
{
    const struct sample *sample = *state;
    struct root_document root;
    struct error err = {0};
    struct bytes json;

    sample_root(&root);
    free(root.ingest_key);
    root.ingest_key = NULL;
    root.reset_count = 0;
    assert_ok(root_write(&root, &json, &err), &err);
    assert_ok(sample->parse(bytes_view(&json), &err), &err);
    assert_non_null(root_ring(&root, "public"));
    assert_null(root_ring(&root, "other"));
    bytes_clear(&json);
    root_clear(&root);
}

static void a_certificate_above_its_limit_is_refused(void **state)
{
    struct root_document root;
    struct error err = {0};
    struct bytes json;

    sample_root(&root);
    bytes_clear(&root.roots[0]);
    bytes_init(&root.roots[0], 2 * LIMIT_CERTIFICATE_BYTES);
    assert_ok(bytes_put(&root.roots[0], "x", 1, &err), &err);
    while (root.roots[0].size < LIMIT_CERTIFICATE_BYTES)
        assert_ok(bytes_put_u8(&root.roots[0], 'x', &err), &err);
    assert_ok(root_write(&root, &json, &err), &err);
    bytes_clear(&json);
    assert_ok(bytes_put_u8(&root.roots[0], 'x', &err), &err);
    assert_refused(root_write(&root, &json, &err), &err, ERROR_LIMIT);
    bytes_clear(&json);
    while (root.roots[0].size < 2 * LIMIT_CERTIFICATE_BYTES)
        assert_ok(bytes_put_u8(&root.roots[0], 'x', &err), &err);
    assert_refused(root_write(&root, &json, &err), &err, ERROR_BAD_DOCUMENT);
    bytes_clear(&json);
    root_clear(&root);
}

static void what_would_be_refused_is_not_written(void **state)
{
    struct root_document root;
    struct error err = {0};
    struct bytes json;

    sample_root(&root);
    root.rings[1].threshold = LIMIT_SIGNERS + 1;
    assert_refused(root_write(&root, &json, &err), &err, ERROR_BAD_DOCUMENT);
    bytes_clear(&json);
    root_clear(&root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sample_comes_back),
        cmocka_unit_test(changes_are_judged_one_by_one),
        cmocka_unit_test(no_bruised_text_crashes_or_changes_its_writing),
        cmocka_unit_test(a_root_document_without_extras_is_accepted),
        cmocka_unit_test(a_certificate_above_its_limit_is_refused),
        cmocka_unit_test(what_would_be_refused_is_not_written),
    };

    return cmocka_run_group_tests(tests, make, sample_free);
}
