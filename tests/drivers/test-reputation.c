/* SPDX-License-Identifier: ISC
 *
 * local-rep-data in the real driver: verdicts and names of files and signers, and every list that
 * is not as it must be refused with its record named. The lists are put together here by hand.
 */
#include <config.h>

#include "tests/drivers/driver-scene.h"

#include "drivers/reputation.h"
#include "media/base/text.h"

#define COUNT      4
#define BITS       1 /* 2^2 >= 4 > 2^1 */
#define RECORDS    128
#define RECORD     33
#define INDEX_SIZE (RECORDS + COUNT * RECORD)

struct image {
    uint8_t data[INDEX_SIZE + 1];
    size_t size;
};

static int setup(void **state)
{
    return scene_open(state, "scanner");
}

static void put(uint8_t *at, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

/* Key i of the list: two below the half of all keys, two above. Values neutral, good, bad, good. */
static void key_of(size_t i, uint8_t key[32])
{
    memset(key, 0x11, 32);
    key[0] = (uint8_t)(0x40 * i);
}

static void make_index(struct image *image, const uint8_t (*keys)[32])
{
    static const uint8_t values[COUNT] = {REPUTATION_NEUTRAL, REPUTATION_GOOD, REPUTATION_BAD,
                                          REPUTATION_GOOD};
    uint32_t below = 0;

    memset(image, 0, sizeof(*image));
    image->size = INDEX_SIZE;
    memcpy(image->data, HASH_INDEX_MAGIC, 8);
    put(image->data + 8, 1, 4);
    put(image->data + 12, 32, 1);
    put(image->data + 13, 1, 1);
    put(image->data + 14, BITS, 1);
    put(image->data + 16, COUNT, 8);
    put(image->data + 24, 64, 8);
    put(image->data + 32, 12, 8);
    put(image->data + 40, RECORDS, 8);
    put(image->data + 48, COUNT * RECORD, 8);
    for (size_t i = 0; i < COUNT; i++) {
        memcpy(image->data + RECORDS + i * RECORD, keys[i], 32);
        image->data[RECORDS + i * RECORD + 32] = values[i];
        below += keys[i][0] < 0x80;
    }
    put(image->data + 64 + 4, below, 4);
    put(image->data + 64 + 8, COUNT, 4);
}

static void make_files(struct image *image)
{
    uint8_t keys[COUNT][32];

    for (size_t i = 0; i < COUNT; i++)
        key_of(i, keys[i]);
    make_index(image, (const uint8_t(*)[32])keys);
}

/* "eicar" is record 2's name, and nobody else's. */
static size_t make_names(uint8_t *names)
{
    memset(names, 0, 80);
    memcpy(names, "SPHASHNM", 8);
    put(names + 8, 1, 4);
    put(names + 16, COUNT, 8);
    put(names + 24, 1, 8);
    put(names + 32, 64, 8);
    put(names + 40, 8, 8);
    put(names + 48, 72, 8);
    put(names + 56, 5, 8);
    put(names + 64, 2, 4);
    memcpy(names + 72, "eicar", 5);
    return 77;
}

static int load(struct scene *scene, const char *verb, struct error *err)
{
    return driver_run_content(scene->run, verb, REPUTATION_TYPE, scene->content, NULL, err);
}

static void put_file(struct scene *scene, const char *name, const void *data, size_t size)
{
    scratch_put(scene->content, name, data, size);
}

static int compare_keys(const void *a, const void *b)
{
    return memcmp(a, b, 32);
}

static const char *const signers[COUNT] = {
    "pkgkey:1111111111111111111111111111111111111111", "serial:CN=Vendor;0A",
    "spki:2222222222222222222222222222222222222222222222222222222222222222", "serial:CN=Other;1"};

static void make_signers(struct image *image)
{
    uint8_t keys[COUNT][32];
    struct error err = {0};

    for (size_t i = 0; i < COUNT; i++)
        assert_ok(
            reputation_signer_key(bytes_view_of(signers[i], strlen(signers[i])), keys[i], &err),
            &err);
    qsort(keys, COUNT, 32, compare_keys);
    make_index(image, (const uint8_t(*)[32])keys);
}

/* Both lists, one with names, into service. */
static void load_good(struct scene *scene)
{
    struct error err = {0};
    struct image image;
    uint8_t names[80];

    make_files(&image);
    put_file(scene, "sha256.idx", image.data, image.size);
    put_file(scene, "sha256.names", names, make_names(names));
    make_signers(&image);
    put_file(scene, "signer.idx", image.data, image.size);
    assert_ok(load(scene, "load", &err), &err);
    assert_ok(driver_run_request(scene->run, "swap", NULL, NULL, &err), &err);
}

static int ask(struct scene *scene, json_t *request, json_t **answer, struct error *err)
{
    json_t *arguments = json_pack("{s:o}", "request", request), *reply = NULL;
    int result = driver_run_request(scene->run, "serve", arguments, &reply, err);

    *answer = json_incref(json_object_get(reply, "reply"));
    json_decref(arguments);
    json_decref(reply);
    return result;
}

static const char *verdict(const json_t *answer, const char *list, size_t i)
{
    const char *text = json_string_value(
        json_object_get(json_array_get(json_object_get(answer, list), i), "verdict"));

    return text != NULL ? text : "-";
}

static void files_and_signers_are_told_by_verdict_and_name(void **state)
{
    static const char *const expected[] = {"neutral", "good", "bad", "good", "-"};
    struct scene *scene = *state;
    json_t *list = json_array(), *answer, *row;
    struct error err = {0};
    uint8_t key[32];
    char hex[65];

    load_good(scene);
    for (size_t i = 0; i < COUNT; i++) {
        key_of(i, key);
        text_hex(key, 32, hex);
        json_array_append_new(list, json_string(hex));
    }
    hex[63] = hex[63] == '0' ? '1' : '0'; /* the last of 256 bits counts */
    json_array_append_new(list, json_string(hex));
    assert_ok(ask(scene,
                  json_pack("{s:o, s:[s, s, s]}", "sha256", list, "signer", "serial:CN=Other;01",
                            "pkgkey:1111111111111111111111111111111111111111",
                            "pkgkey:1111111111111111111111111111111111111112"),
                  &answer, &err),
              &err);
    for (size_t i = 0; i < COUNT + 1; i++)
        assert_string_equal(verdict(answer, "sha256", i), expected[i]);
    row = json_array_get(json_object_get(answer, "sha256"), 2);
    assert_string_equal(json_string_value(json_object_get(row, "name")), "eicar");
    row = json_array_get(json_object_get(answer, "sha256"), 1);
    assert_null(json_object_get(row, "name"));
    assert_string_not_equal(verdict(answer, "signer", 0), "-");
    assert_string_not_equal(verdict(answer, "signer", 1), "-");
    assert_string_equal(verdict(answer, "signer", 2), "-");
    json_decref(answer);
}

static void requests_are_held_to_their_form(void **state)
{
    struct scene *scene = *state;
    json_t *answer, *list = json_array();
    struct error err = {0};

    assert_refused(ask(scene, json_pack("{s:[]}", "sha256"), &answer, &err), &err,
                   ERROR_NOT_FOUND); /* nothing is loaded */
    load_good(scene);
    assert_true(ask(scene, json_pack("{s:[s]}", "sha256", "ab"), &answer, &err) < 0);
    assert_non_null(strstr(err.words, "sha256[0]: expected the 64 hex digits"));
    assert_true(ask(scene, json_pack("{s:[i]}", "sha256", 7), &answer, &err) < 0);
    assert_true(ask(scene, json_pack("{s:[s]}", "signer", "Debian"), &answer, &err) < 0);
    assert_non_null(strstr(err.words, "signer[0]: "));
    assert_true(ask(scene, json_pack("{s:[]}", "md5"), &answer, &err) < 0);
    for (size_t i = 0; i <= LIMIT_REPUTATION_BATCH; i++)
        json_array_append_new(list, json_string("serial:CN=Vendor;0A"));
    assert_true(ask(scene, json_pack("{s:o}", "signer", list), &answer, &err) < 0);
    assert_ok(ask(scene, json_pack("{s:[s]}", "signer", "serial:CN=Vendor;0A"), &answer, &err),
              &err);
    json_decref(answer);
}

/* ---- what is refused ---- */

static void swap_records(struct image *image)
{
    uint8_t record[RECORD];

    memcpy(record, image->data + RECORDS, RECORD);
    memcpy(image->data + RECORDS, image->data + RECORDS + RECORD, RECORD);
    memcpy(image->data + RECORDS + RECORD, record, RECORD);
}

static void double_key(struct image *image)
{
    memcpy(image->data + RECORDS + 3 * RECORD, image->data + RECORDS + 2 * RECORD, 32);
}

static void cut_record(struct image *image)
{
    image->size -= RECORD;
}

static void cut_byte(struct image *image)
{
    image->size--;
}

static void lengthen(struct image *image)
{
    image->size++;
}

static void spoil_value(struct image *image)
{
    image->data[RECORDS + RECORD + 32] = REPUTATION_VERDICTS;
}

static void spoil_prefix(struct image *image)
{
    put(image->data + 64 + 4, 3, 4);
}

static void widen_values(struct image *image)
{
    image->data[13] = 2;
}

static const struct {
    const char *name;
    void (*change)(struct image *image);
    const char *words; /* of the refusal, after the file's name */
} departures[] = {
    {"unsorted", swap_records, "record 1"},
    {"a key twice", double_key, "record 3"},
    {"a record is missing", cut_record, "offset"},
    {"a byte is missing", cut_byte, "offset"},
    {"a byte too many", lengthen, "offset"},
    {"a verdict that there is not", spoil_value, "record 1"},
    {"a prefix that lies", spoil_prefix, "record"},
    {"wider values", widen_values, "offset"},
};

static void a_bad_list_is_refused_with_its_record_and_the_old_one_serves_on(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};
    struct image image;
    json_t *answer;

    load_good(scene);
    for (size_t i = 0; i < sizeof(departures) / sizeof(departures[0]); i++) {
        make_files(&image);
        departures[i].change(&image);
        put_file(scene, "sha256.idx", image.data, image.size);
        for (int load_too = 0; load_too < 2; load_too++) {
            assert_refused(load(scene, load_too ? "load" : "check", &err), &err,
                           ERROR_DRIVER_REFUSED);
            if (strstr(err.words, REPUTATION_TYPE ": sha256.idx: ") != err.words ||
                strstr(err.words, departures[i].words) == NULL)
                fail_msg("%s: expected '%s' in: %s", departures[i].name, departures[i].words,
                         err.words);
        }
        print_message("# %s: %s\n", departures[i].name, err.words);
    }
    assert_ok(ask(scene, json_pack("{s:[s]}", "signer", signers[0]), &answer, &err), &err);
    assert_string_not_equal(verdict(answer, "signer", 0), "-");
    json_decref(answer);
}

static void other_files_are_refused_by_name(void **state)
{
    struct scene *scene = *state;
    uint8_t names[80];
    struct error err = {0};

    put_file(scene, "sha256.names", names, make_names(names));
    assert_refused(load(scene, "check", &err), &err, ERROR_DRIVER_REFUSED);
    assert_non_null(strstr(err.words, "sha256.names: no index beside"));
    put_file(scene, "sha256.csv", "x", 1);
    assert_refused(load(scene, "check", &err), &err, ERROR_DRIVER_REFUSED);
    assert_non_null(strstr(err.words, "sha256.csv: expected sha256.idx"));
}

static void stats_count_records_by_verdict_and_lookups(void **state)
{
    static const struct {
        const char *key;
        json_int_t value;
    } rows[] = {{"records", COUNT}, {"bytes", INDEX_SIZE}, {"names", 1},
                {"neutral", 1},     {"good", 2},           {"bad", 1}};
    struct scene *scene = *state;
    json_t *answer, *reply = NULL;
    const json_t *engine;
    struct error err = {0};

    load_good(scene);
    for (unsigned i = 0; i < 2; i++) {
        assert_ok(ask(scene, json_pack("{s:[s, s]}", "signer", "serial:CN=Other;1", "serial:A;2"),
                      &answer, &err),
                  &err);
        json_decref(answer);
    }
    assert_ok(driver_run_request(scene->run, "stats", NULL, &reply, &err), &err);
    engine = json_object_get(json_array_get(json_object_get(reply, "types"), 0), "engine");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(
            json_integer_value(json_object_get(json_object_get(engine, "sha256"), rows[i].key)),
            rows[i].value);
    assert_int_equal(json_integer_value(json_object_get(engine, "lookups")), 4);
    json_decref(reply);
}

#define IN_DRIVER(test) cmocka_unit_test_setup_teardown(test, setup, scene_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DRIVER(files_and_signers_are_told_by_verdict_and_name),
        IN_DRIVER(requests_are_held_to_their_form),
        IN_DRIVER(a_bad_list_is_refused_with_its_record_and_the_old_one_serves_on),
        IN_DRIVER(other_files_are_refused_by_name),
        IN_DRIVER(stats_count_records_by_verdict_and_lookups),
    };

    return cmocka_run_group_tests_name("reputation", tests, NULL, NULL);
}
