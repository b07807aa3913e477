/* SPDX-License-Identifier: ISC
 *
 * What the monitor makes of the scanner's answers: each is held to its form again, whatever the
 * driver is. fake-scanner.c answers with what its content says.
 */
#include "tests/scratch.h"

#include <unistd.h>

#include "agent/activate.h"
#include "agent/reputation.h"
#include "media/base/publish.h"

#define LISTS "local-rep-data"
#define A     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B     "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"
#define ASKED A "\n" B "\nserial:CN=V;1\n"

struct place {
    void *scratch;
    char folder[300], libexec[300];
    struct config config;
    struct state *state;
    struct driver_host *drivers;
    uint8_t issue;
};

static int set_up(void **state)
{
    struct place *place = bytes_allocate(1, sizeof(*place));
    const char *top = getenv("TOP_BUILDDIR");
    char absolute[4096], target[5000], link[600];
    const struct scratch *scratch;
    struct error err = {0};

    if (scratch_open(&place->scratch) < 0)
        return -1;
    scratch = place->scratch;
    snprintf(place->folder, sizeof(place->folder), "%s/state", scratch->path);
    snprintf(place->libexec, sizeof(place->libexec), "%s/libexec", scratch->path);
    assert_ok(path_make_folders(scratch->fd, "libexec", 0755, &err), &err);
    assert_non_null(realpath(top != NULL ? top : ".", absolute));
    snprintf(target, sizeof(target), "%s/tests/agent/fake-scanner", absolute);
    snprintf(link, sizeof(link), "%s/sallyport-driver-scanner", place->libexec);
    assert_int_equal(symlink(target, link), 0);
    place->config.libexec = place->libexec;
    assert_ok(state_open(place->folder, "test", &place->state, &err), &err);
    place->drivers = driver_host_new(place->state, &place->config);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    int result;

    driver_host_free(place->drivers);
    state_close(place->state);
    result = scratch_close(&place->scratch);
    free(place);
    return result;
}

/* From now on the driver answers this. */
static void answer(struct place *place, const char *text)
{
    const struct activate activate = {place->state, place->drivers, "test"};
    struct state_package package = {.type = LISTS,
                                    .issue = ++place->issue,
                                    .time_us = 1000 * (int64_t)place->issue,
                                    .schema_low = 1,
                                    .schema_high = 1,
                                    .abi_low = 1,
                                    .abi_high = 1};
    char id[DIGEST_TEXT_BYTES], name[400];
    struct error err = {0};

    snprintf(package.version, sizeof(package.version), "v%u", place->issue);
    memset(package.id, place->issue, DIGEST_BYTES);
    digest_text(package.id, id);
    snprintf(name, sizeof(name), "content/%s/%s", LISTS, id);
    assert_ok(path_make_folders(state_folder(place->state), name, 0700, &err), &err);
    snprintf(name, sizeof(name), "content/%s/%s/answer", LISTS, id);
    assert_ok(publish_file(state_folder(place->state), name, text, strlen(text), 0400, &err), &err);
    assert_ok(activate_stage(&activate, &package, &err), &err);
    assert_ok(activate_type(&activate, LISTS, &err), &err);
}

static int ask(struct place *place, json_t **reply, struct error *err)
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
    struct place *place = *state;
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
    assert_string_equal(json_string_value(json_object_get(reply, "version")), "v1");
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
    struct place *place = *state;

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
