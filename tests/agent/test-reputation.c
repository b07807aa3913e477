/* SPDX-License-Identifier: ISC
 *
 * What the monitor makes of the scanner's answers: each is held to its form again, whatever the
 * driver is. fake-scanner.c answers with what its content says.
 */
#include "tests/agent/host-place.h"

#include <unistd.h>

#include "agent/activate.h"
#include "agent/reputation.h"
#include "media/base/publish.h"

#define LISTS "local-rep-data"
#define A     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B     "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"
#define ASKED A "\n" B "\nserial:CN=V;1\n"

static int set_up(void **state)
{
    struct host_place *place = bytes_allocate(1, sizeof(*place));

    if (host_place_make(place) < 0)
        return -1;
    host_place_link(place, "tests/agent/fake-scanner", "sallyport-driver-scanner");
    host_place_start(place);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct host_place *place = *state;

    host_place_stop(place);
    host_place_remove(place);
    free(place);
    return 0;
}

/* From now on the driver answers this. */
static void answer(struct host_place *place, const char *text)
{
    const struct host_file files[] = {{"answer", text, strlen(text)}};
    struct error err = {0};

    assert_ok(host_place_put(place, LISTS, files, 1, &err), &err);
}

static int ask(struct host_place *place, json_t **reply, struct error *err)
{
    return reputation_ask(place->state, place->drivers, ASKED, reply, err);
}

static void assert_row(const json_t *reply, const char *list, size_t i, const char *asked,
                       const char *verdict, const char *name)
{
    const json_t *row = json_array_get(json_object_get(reply, list), i);
    const char *shown = json_string_value(json_object_get(row, "name"));

    assert_string_equal(json_string_value(json_object_get(row, "asked")), asked);
    assert_string_equal(json_string_value(json_object_get(row, "verdict")), verdict);
    assert_string_equal(shown != NULL ? shown : "-", name);
}

static void answers_stand_beside_what_was_asked_with_their_version(void **state)
{
    struct host_place *place = *state;
    struct error err = {0};
    json_t *reply;

    answer(place, "{\"sha256\":[{\"verdict\":\"bad\",\"name\":\"worm\"},null],"
                  "\"signer\":[{\"verdict\":\"good\"}]}");
    assert_ok(ask(place, &reply, &err), &err);
    assert_row(reply, "sha256", 0, A, "bad", "worm");
    assert_row(reply, "sha256", 1, B, "unknown", "-");
    assert_row(reply, "signer", 0, "serial:CN=V;1", "good", "-");
    assert_string_equal(json_string_value(json_object_get(reply, "schema")),
                        "sallyport.reputation/1");
    assert_string_equal(json_string_value(json_object_get(reply, "version")), "1");
    assert_int_equal(json_integer_value(json_object_get(reply, "issue")), 1);
    assert_true(json_integer_value(json_object_get(reply, "age")) >= 0);
    json_decref(reply);
}

#define GOOD_SIGNER "\"signer\":[null]}"

static const char *const hostile[] = {
    "{}",
    "{\"sha256\":[null,null]}",
    "{\"sha256\":[null]," GOOD_SIGNER,
    "{\"sha256\":[null,null,null]," GOOD_SIGNER,
    "{\"sha256\":{}," GOOD_SIGNER,
    "{\"sha256\":[null,null],\"signer\":[]}",
    "{\"sha256\":[null,null],\"signer\":null}",
    "{\"sha256\":[null,\"good\"]," GOOD_SIGNER,
    "{\"sha256\":[null,{}]," GOOD_SIGNER,
    "{\"sha256\":[null,{\"verdict\":\"unknown\"}]," GOOD_SIGNER,
    "{\"sha256\":[null,{\"verdict\":\"\"}]," GOOD_SIGNER,
    "{\"sha256\":[null,{\"verdict\":1}]," GOOD_SIGNER,
    "{\"sha256\":[null,{\"verdict\":\"good\",\"more\":1}]," GOOD_SIGNER,
    "{\"sha256\":[null,{\"verdict\":\"good\",\"name\":\"\"}]," GOOD_SIGNER,
    "{\"sha256\":[null,{\"verdict\":\"good\",\"name\":[]}]," GOOD_SIGNER,
    "{\"sha256\":[null,{\"verdict\":\"good\",\"name\":\"" A A A A "\"}]," GOOD_SIGNER,
};

static void an_answer_out_of_form_is_none(void **state)
{
    struct host_place *place = *state;

    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
        struct error err = {0};
        json_t *reply = NULL;

        answer(place, hostile[i]);
        assert_int_equal(ask(place, &reply, &err) < 0, 1);
        if (err.code == ERROR_OK || err.code == ERROR_NOT_FOUND || err.code == ERROR_USAGE)
            fail_msg("%s: %s", hostile[i], error_name(err.code));
        assert_non_null(strstr(err.words, "sallyport-driver-scanner"));
        assert_null(reply);
    }
}

static void without_content_the_next_step_is_named(void **state)
{
    struct error err = {0};
    json_t *reply = NULL;

    assert_refused(ask(*state, &reply, &err), &err, ERROR_NOT_FOUND);
    assert_non_null(strstr(err.words, "import a medium"));
    assert_null(reply);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(answers_stand_beside_what_was_asked_with_their_version),
        SCENE(an_answer_out_of_form_is_none),
        SCENE(without_content_the_next_step_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
