/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "tests/media/sample-documents.h"

static const struct sample_change changes[] = {
    {"\"crls\":[",
     "\"crls\":[{\"digest\":"
     "\"0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
     "00000\",\"issuer\":"
     "\"9898989898989898989898989898989898989898989898989898989898989898989898989898989898989898989"
     "89898\",\"number\":1},",
     ERROR_OK},
    {"\"crls\":[",
     "\"crls\":[{\"digest\":"
     "\"0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
     "00000\",\"issuer\":"
     "\"9999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999"
     "99999\",\"number\":1},",
     ERROR_BAD_DOCUMENT},
    {"\"schema\":\"sallyport.set/1\"", "\"schema\":\"sallyport.set/2\"", ERROR_BAD_DOCUMENT},
    {"\"schema\":\"sallyport.set/1\"", "\"schema\":1", ERROR_BAD_DOCUMENT},
    {",\"schema\":\"sallyport.set/1\"", "", ERROR_BAD_DOCUMENT},
    {"\"number\":0", "\"number\":-1", ERROR_BAD_DOCUMENT},
    {"\"number\":0", "\"number\":9223372036854775807", ERROR_OK},
    {"\"crls\":[", "\"crls\":[1,", ERROR_BAD_DOCUMENT},
    {"{\"dwell\":86400}", "{}", ERROR_OK},
    {"{\"dwell\":86400}", "[]", ERROR_BAD_DOCUMENT},
    {"{\"dwell\":86400}", "{\"dwell\":1.5}", ERROR_BAD_DOCUMENT},
    {".000001Z\"", "Z\"", ERROR_OK},
    {"\"value\":\"on\"", "\"value\":\"ON\"", ERROR_BAD_DOCUMENT},
    {"\"value\":\"on\"", "\"value\":\"maybe\"", ERROR_BAD_DOCUMENT},
    {"\"percent\":25", "\"percent\":101", ERROR_BAD_DOCUMENT},
    {"\"percent\":25", "\"percent\":0", ERROR_OK},
    {"\"site\":\"delta\"", "\"site\":\"Delta\"", ERROR_BAD_DOCUMENT},
    {"\"site\":\"delta\",", "", ERROR_BAD_DOCUMENT},
    {"{\"ips\":[", "{\"Ips\":[", ERROR_BAD_DOCUMENT},
    {"{\"ips\":[", "{\"ips\":[1,", ERROR_BAD_DOCUMENT},
    {"\"flags\":{", "\"flags\":{\"a\":[],", ERROR_BAD_DOCUMENT},
    {"\"flags\":{", "\"flags\":{\"a\":1,", ERROR_BAD_DOCUMENT},
    {"\"type\":\"behavior\"", "\"type\":\"flags-supplement\"", ERROR_BAD_DOCUMENT},
    {"\"type\":\"behavior\"", "\"type\":\"g\"", ERROR_BAD_DOCUMENT},
    {"\"type\":\"behavior\"", "\"type\":\"a\"", ERROR_OK},
    {"66666666666666666666666666666666666666666666666666666666666666666666666666666666666666666"
     "6666666",
     "88888888888888888888888888888888888888888888888888888888888888888888888888888888888888888"
     "8888888",
     ERROR_BAD_DOCUMENT},
    {"\"issue\":9", "\"issue\":0", ERROR_BAD_DOCUMENT},
    {"\"size\":700", "\"size\":0", ERROR_BAD_DOCUMENT},
    {"\"size\":700", "\"size\":1048577", ERROR_BAD_DOCUMENT},
    {"\"version\":\"1\"", "\"version\":\"a b\"", ERROR_BAD_DOCUMENT},
    {"\"packages\":[", "\"packages\":[1,", ERROR_BAD_DOCUMENT},
    {"\"previous\":"
     "\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
     "bbbbbbbbb\"",
     "\"previous\":null", ERROR_OK},
    {"\"sequence\":12", "\"sequence\":1", ERROR_BAD_DOCUMENT},
    {"\"sequence\":12", "\"sequence\":0", ERROR_BAD_DOCUMENT},
    {"\"sequence\":12", "\"sequence\":13", ERROR_OK},
    {"\"ring\":\"public\"", "\"ring\":\"PUBLIC\"", ERROR_BAD_DOCUMENT},
    {"\"root_version\":3", "\"root_version\":0", ERROR_BAD_DOCUMENT},
    {"\"default\":[", "\"defaulx\":[", ERROR_BAD_DOCUMENT},
    {"\"behavior\":[{", "\"Behavior\":[{", ERROR_BAD_DOCUMENT},
    {"\"percent\":5}", "\"percent\":0}", ERROR_BAD_DOCUMENT},
    {"\"behavior\":[{\"delay\":0,\"percent\":5},", "\"behavior\":[", ERROR_OK},
    {"\"harmful\":true", "\"harmful\":1", ERROR_BAD_DOCUMENT},
    {"\"link\":\"https://kb.example/3\"", "\"link\":\"\"", ERROR_OK},
    {"\"reason\":\"false alarms\"", "\"reason\":7", ERROR_BAD_DOCUMENT},
    {"\"withdrawn\":[",
     "\"withdrawn\":[{\"harmful\":true,\"id\":"
     "\"888888888888888888888888888888888888888888888888888888888888888888888888888888888888888"
     "888888888\",\"link\":\"\",\"reason\":\"\"},",
     ERROR_BAD_DOCUMENT},
    {"\"withdrawn\":[",
     "\"withdrawn\":[{\"harmful\":true,\"id\":"
     "\"878787878787878787878787878787878787878787878787878787878787878787878787878787878787878"
     "787878787\",\"link\":\"\",\"reason\":\"\"},",
     ERROR_OK},
};

static int make(void **state)
{
    *state = sample_of_set(changes, sizeof(changes) / sizeof(changes[0]));
    return 0;
}

static void a_first_set_without_anything_is_accepted(void **state)
{
    const struct sample *sample = *state;
    struct set_document *set = bytes_allocate(1, sizeof(*set));
    struct error err = {0};
    struct bytes json;

    snprintf(set->ring, sizeof(set->ring), "%s", "r");
    set->sequence = 1;
    set->root_version = 1;
    set->wave_count = 1;
    snprintf(set->waves[0].type, sizeof(set->waves[0].type), "%s", "default");
    wave_everyone(&set->waves[0].plan);
    assert_ok(set_write(set, &json, &err), &err);
    assert_ok(sample->parse(bytes_view(&json), &err), &err);
    bytes_clear(&json);
    free(set);
}

/* A row that can't be written must not be missing in a set that is. */
static void what_no_document_can_hold_is_refused_and_not_left_out(void **state)
{
    struct set_document *set = bytes_allocate(1, sizeof(*set));
    struct error err = {0};
    struct bytes json;

    sample_set(set);
    assert_true(set->withdrawn_count > 0);
    free(set->withdrawn[0].reason);
    set->withdrawn[0].reason = bytes_copy_string("not\xfftext");
    assert_refused(set_write(set, &json, &err), &err, ERROR_BAD_DOCUMENT);
    bytes_clear(&json);
    set_clear(set);
    free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sample_comes_back),
        cmocka_unit_test(changes_are_judged_one_by_one),
        cmocka_unit_test(no_bruised_text_crashes_or_changes_its_writing),
        cmocka_unit_test(a_first_set_without_anything_is_accepted),
        cmocka_unit_test(what_no_document_can_hold_is_refused_and_not_left_out),
    };

    return cmocka_run_group_tests(tests, make, sample_free);
}
