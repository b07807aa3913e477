/* SPDX-License-Identifier: ISC
 *
 * Installed content that was changed on the endpoint: found, named, and fetched again. With the real
 * verify, drivers and a medium.
 */
#include "tests/agent/endpoint.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/content-check.h"
#include "agent/repair.h"
#include "agent/state-recipe.h"
#include "media/base/path.h"

static const char words[] = "the bytes of one file";

static struct state_package active_null(void)
{
    struct state_package package;
    struct error err = {0};
    bool present;

    assert_ok(state_package(end.state, "null", STATE_ACTIVE, &package, &present, &err), &err);
    assert_true(present);
    return package;
}

/* Path of the active null content in the state folder, and of something in it. */
static const char *place(const char *name)
{
    static char path[700];
    char id[DIGEST_TEXT_BYTES];
    struct state_package package = active_null();

    snprintf(path, sizeof(path), "%s/content/null/%s%s", end.folder, digest_text(package.id, id),
             name);
    return path;
}

static void write_byte(const char *path, off_t offset)
{
    char byte = 0;
    int fd;

    assert_int_equal(chmod(path, 0600), 0);
    fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0 && pread(fd, &byte, 1, offset) == 1);
    byte = (char)(byte ^ 0x20);
    assert_int_equal(pwrite(fd, &byte, 1, offset), 1);
    close(fd);
    assert_int_equal(chmod(path, 0400), 0);
}

static void flip(void)
{
    write_byte(place("/file"), 4);
}

static void cut(void)
{
    assert_int_equal(chmod(place("/file"), 0600), 0);
    assert_int_equal(truncate(place("/file"), 3), 0);
    assert_int_equal(chmod(place("/file"), 0400), 0);
}

static void take_away(void)
{
    assert_int_equal(unlink(place("/file")), 0);
}

static void change_mode(void)
{
    assert_int_equal(chmod(place("/file"), 0644), 0);
}

static void add(void)
{
    int fd = open(place("/more"), O_WRONLY | O_CREAT | O_CLOEXEC, 0400);

    assert_true(fd >= 0);
    close(fd);
}

static void link_away(void)
{
    assert_int_equal(unlink(place("/file")), 0);
    assert_int_equal(symlink("/etc/passwd", place("/file")), 0);
}

static void lose_folder(void)
{
    char id[DIGEST_TEXT_BYTES], name[200];
    struct state_package package = active_null();
    struct error err = {0};

    snprintf(name, sizeof(name), "content/null/%s", digest_text(package.id, id));
    assert_ok(path_remove(state_folder(end.state), name, &err), &err);
}

static void open_folder(void)
{
    assert_int_equal(chmod(place(""), 0755), 0);
}

static void flip_recipe(void)
{
    write_byte(place(".rcp"), 60);
}

static void lose_recipe(void)
{
    assert_int_equal(unlink(place(".rcp")), 0);
}

static const struct {
    void (*damage)(void);
    const char *words;
} cases[] = {
    {flip, "2: file does not have its digest"},
    {cut, "2: file has 3 bytes, the recipe says 21"},
    {take_away, "2: file is no regular file"},
    {change_mode, "2: file has mode 0644 in place of 0400"},
    {add, "2: more is no file of this package, which has 1"},
    {link_away, "2: file is neither a file nor a folder"},
    {lose_folder, "2: its folder is gone"},
    {open_folder, "2: its folder has mode 0755 in place of 0700"},
    {flip_recipe, "2: its recipe does not have its digest"},
    {lose_recipe, "2: its recipe can't be read: "},
};

static struct content_check_found check(bool start)
{
    struct content_check_found found;
    struct error err = {0};

    assert_ok(content_check_run(&end.import, "timer", start, &found, &err), &err);
    return found;
}

static void assert_damaged(const char *expected)
{
    struct state_package package = active_null();
    char found[ERROR_WORDS_BYTES] = "(sound)";
    struct error err = {0};
    bool damaged;

    assert_ok(state_damaged(end.state, package.id, &damaged, found, sizeof(found), &err), &err);
    if (expected == NULL && damaged)
        fail_msg("still damaged: %s", found);
    if (expected != NULL && strncmp(found, expected, strlen(expected)) != 0)
        fail_msg("\"%s\", expected \"%s\"", found, expected);
}

static void every_kind_of_damage_is_found_named_and_mended_by_the_next_import(void **state)
{
    uint64_t issue = null_issue();

    assert_import("active", true);
    next_medium("2", issue + 1, "file", words);
    assert_import("active", true);
    assert_int_equal(check(false).damaged, 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t records = audit_records();

        cases[i].damage();
        assert_int_equal(check(false).damaged, 1);
        assert_damaged(cases[i].words);
        assert_last_record("damage", "bad-digest");
        assert_int_equal(audit_records(), records + 1);
        /* Known: it is not told again. */
        assert_int_equal(check(false).damaged, 1);
        assert_int_equal(audit_records(), records + 1);
        assert_import("active", true);
        assert_damaged(NULL);
        assert_int_equal(check(false).damaged, 0);
        assert_int_equal(active_issue("null"), issue + 1);
        /* What was before is there still. */
        assert_import("current", false);
    }
}

static void what_somebody_puts_right_by_hand_is_right(void **state)
{
    next_medium("2", null_issue() + 1, "file", words);
    assert_import("active", true);
    change_mode();
    assert_int_equal(check(false).damaged, 1);
    assert_int_equal(chmod(place("/file"), 0400), 0);
    assert_int_equal(check(false).damaged, 0);
    assert_damaged(NULL);
    assert_last_record("repair", "ok");
}

/* Before anything is loaded: what was good before comes back, and the ring's own is fetched anew. */
static void at_the_start_the_content_before_comes_back(void **state)
{
    uint64_t issue = null_issue();

    assert_import("active", true);
    next_medium("2", issue + 1, "file", words);
    assert_import("active", true);
    flip();
    assert_int_equal(check(true).damaged, 1);
    assert_int_equal(active_issue("null"), issue);
    assert_import("active", true);
    assert_int_equal(active_issue("null"), issue + 1);
    assert_int_equal(check(true).damaged, 0);
}

static bool is_loaded(void)
{
    struct error err = {0};
    json_t *reply = NULL, *request = json_object();
    bool loaded;

    assert_ok(driver_host_serve(end.drivers, "null", request, &reply, &err), &err);
    loaded = json_is_true(json_object_get(json_object_get(reply, "reply"), "loaded")) ||
             json_is_true(json_object_get(reply, "loaded"));
    json_decref(reply);
    json_decref(request);
    return loaded;
}

static void at_the_start_damaged_content_without_one_before_is_not_loaded(void **state)
{
    next_medium("2", null_issue() + 1, "file", words);
    assert_import("active", true);
    flip();
    assert_int_equal(check(true).damaged, 1);
    close_endpoint();
    open_endpoint();
    assert_false(is_loaded());
    assert_import("active", true);
    assert_true(is_loaded());
}

/* A verify that ends at once says nothing of any content: what is loaded goes on, nothing is given up,
 * and at the start nothing is loaded that nobody has verified. The next look mends it. */
static void what_could_not_be_verified_is_not_loaded_at_the_start(void **state)
{
    struct content_check_found found;
    struct error err = {0};
    char verify[4096];

    next_medium("2", null_issue() + 1, "file", words);
    assert_import("active", true);
    replace_program("sallyport-verify", "/bin/true");
    assert_true(content_check_run(&end.import, "timer", false, &found, &err) < 0);
    assert_int_equal(found.damaged, 0);
    assert_damaged(NULL);
    assert_true(is_loaded());
    assert_true(content_check_run(&end.import, "start", true, &found, &err) < 0);
    assert_damaged("2: it could not be verified: ");
    close_endpoint();
    open_endpoint();
    assert_false(is_loaded());
    assert_int_equal(active_issue("null"), 2);
    snprintf(verify, sizeof(verify), "%s/agent/sallyport-verify", getenv("TOP_BUILDDIR"));
    replace_program("sallyport-verify", verify);
    assert_int_equal(check(false).damaged, 0);
    assert_damaged(NULL);
    assert_true(is_loaded());
}

/* The one before is nobody's to serve: it goes, so that nobody returns to it. */
static void a_damaged_content_before_is_given_up(void **state)
{
    struct state_package previous;
    struct error err = {0};
    bool present;

    next_medium("2", null_issue() + 1, "file", words);
    assert_import("active", true);
    next_medium("3", null_issue() + 1, "file", "others");
    /* Damage what is about to be the one before. */
    flip();
    assert_import("active", true);
    assert_int_equal(check(false).damaged, 1);
    assert_ok(state_package(end.state, "null", STATE_PREVIOUS, &previous, &present, &err), &err);
    assert_false(present);
    assert_int_equal(check(false).damaged, 0);
}

static json_t *repair(const char *source, bool dry_run)
{
    const struct repair_request request = {.source = source, .who = "uid 7", .dry_run = dry_run};
    struct error err = {0};
    json_t *reply;

    assert_ok(repair_run(&end.import, &request, &reply, &err), &err);
    return reply;
}

static void assert_repair(json_t *reply, const char *result, size_t sources)
{
    assert_string_equal(json_string_value(json_object_get(reply, "result")), result);
    assert_int_equal(json_array_size(json_object_get(reply, "sources")), sources);
    json_decref(reply);
}

static void repair_asks_the_sources_in_order_until_nothing_is_damaged(void **state)
{
    static char absent[] = "/no/such/folder";

    next_medium("2", null_issue() + 1, "file", words);
    assert_import("active", true);
    assert_repair(repair(NULL, false), "sound", 0);
    cut();
    assert_repair(repair(end.medium->path, true), "damaged", 1);
    assert_damaged(cases[1].words);
    end.config.source_count = 3;
    end.config.sources[0].location = absent;
    end.config.sources[1].location = end.medium->path;
    end.config.sources[2].location = absent;
    assert_repair(repair(NULL, false), "repaired", 2);
    assert_damaged(NULL);
    end.config.source_count = 0;
    flip();
    assert_repair(repair(NULL, false), "damaged", 0);
    assert_repair(repair(end.medium->path, false), "repaired", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            every_kind_of_damage_is_found_named_and_mended_by_the_next_import, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_somebody_puts_right_by_hand_is_right, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(at_the_start_the_content_before_comes_back, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            at_the_start_damaged_content_without_one_before_is_not_loaded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_could_not_be_verified_is_not_loaded_at_the_start,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_content_before_is_given_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(repair_asks_the_sources_in_order_until_nothing_is_damaged,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
