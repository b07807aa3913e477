/* SPDX-License-Identifier: ISC
 *
 * Which exclusions are taken: by their form, and by what is on the way to them.
 */
#include "tests/scratch.h"

#include <sys/stat.h>

#include "agent/exclusion.h"
#include "media/base/limits.h"

static void expect_form(const char *path, bool per_user, const char *word)
{
    const char *got = exclusion_word(exclusion_judge_form(path, per_user));

    if (strcmp(got, word) != 0)
        fail_msg("%s: got %s, expected %s", path, got, word);
}

static void forms_for_the_system(void **state)
{
    static const struct {
        const char *path, *word;
    } rows[] = {
        {"/var/lib/postgresql/", "taken"},
        {"/var/lib/postgresql", "taken"},
        {"/opt/app", "taken"},
        {"/opt/app/data file", "taken"},
        {"/usr/bin/appd", "taken"},
        {"/etc/app", "taken"},
        {"/usr/lib/app", "taken"},
        {"", "not-absolute"},
        {"var/lib", "not-absolute"},
        {"~/app", "not-absolute"},
        {"/", "root"},
        {"//", "form"},
        {"/opt//app", "form"},
        {"/opt/app//", "form"},
        {"/opt/a\nb", "form"},
        {"/opt/a\x7f", "form"},
        {"/opt/\xff", "form"},
        {"/opt/app/..", "dots"},
        {"/opt/./app", "dots"},
        {"/..", "dots"},
        {"/opt/app/*", "glob"},
        {"/opt/app?", "glob"},
        {"/opt/[a]", "glob"},
        {"/opt/{a,b}", "glob"},
        {"/opt/a\\b", "glob"},
        {"/opt", "system-folder"},
        {"/anything", "system-folder"},
        {"/etc/", "system-folder"},
        {"/usr/bin", "system-folder"},
        {"/usr/lib/", "system-folder"},
        {"/usr/lib/x86_64-linux-gnu", "system-folder"},
        {"/usr/local/bin", "system-folder"},
        {"/var/lib", "system-folder"},
        {"/home/u", "system-folder"},
        {"/tmp/app", "system-folder"},
        {"/var/tmp/app/x", "system-folder"},
        {"/dev/shm/x", "system-folder"},
        {"/proc/1", "system-folder"},
        {"/root/app", "system-folder"},
        {"/tmpfiles/app", "taken"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expect_form(rows[i].path, false, rows[i].word);
}

static void forms_for_a_user(void **state)
{
    static const struct {
        const char *path, *word;
    } rows[] = {
        {"~/.cache/app", "taken"},
        {"~/project/", "taken"},
        {"~/.config/app", "taken"},
        {"~/.bashrc.d", "taken"},
        {"~/", "home"},
        {"~", "not-absolute"},
        {"/home/u/a", "not-absolute"},
        {"~v/a", "not-absolute"},
        {"~/../v", "dots"},
        {"~/a*", "glob"},
        {"~/.config", "starts-programs"},
        {"~/.config/", "starts-programs"},
        {"~/.config/autostart", "starts-programs"},
        {"~/.config/autostart/a.desktop", "starts-programs"},
        {"~/.local", "starts-programs"},
        {"~/.local/bin/x", "starts-programs"},
        {"~/.ssh", "starts-programs"},
        {"~/bin", "starts-programs"},
        {"~/.profile", "starts-programs"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expect_form(rows[i].path, true, rows[i].word);
}

static void forms_that_are_too_long(void **state)
{
    char path[LIMIT_EXCLUSION_PATH + 2];

    (void)state;
    memset(path, 'a', sizeof(path));
    path[0] = '/';
    for (size_t i = 100; i < sizeof(path); i += 100)
        path[i] = '/';
    path[sizeof(path) - 1] = '\0';
    expect_form(path, false, "form");
    path[LIMIT_EXCLUSION_PATH] = '\0';
    expect_form(path, false, "taken");
    for (unsigned i = 0; i <= LIMIT_PATH_DEPTH; i++)
        snprintf(path + 2 * i, sizeof(path) - 2 * i, "/a");
    expect_form(path, false, "form");
    path[2 * LIMIT_PATH_DEPTH] = '\0';
    expect_form(path, false, "taken");
}

static void expect_way(const struct scratch *scratch, const char *path, const char *word)
{
    const struct exclusion_base base = {scratch->fd, geteuid(), geteuid(), true};
    const char *got = exclusion_word(exclusion_judge_way(&base, path));

    if (strcmp(got, word) != 0)
        fail_msg("%s: got %s, expected %s", path, got, word);
}

static void set_mode(const struct scratch *scratch, const char *name, mode_t mode)
{
    assert_int_equal(fchmodat(scratch->fd, name, mode, 0), 0);
}

static void every_folder_on_the_way_counts(void **state)
{
    const struct scratch *scratch = *state;

    scratch_put(scratch->fd, "opt/app/data/file", "", 0);
    expect_way(scratch, "/opt/app/data/", "taken");
    expect_way(scratch, "/opt/app/data/file", "taken");
    expect_way(scratch, "/opt/app/none", "absent");
    expect_way(scratch, "/opt/app/data/file/more", "absent");
    set_mode(scratch, "opt/app/data", 0720);
    expect_way(scratch, "/opt/app/data", "writable");
    set_mode(scratch, "opt/app/data", 01777);
    expect_way(scratch, "/opt/app/data", "writable");
    expect_way(scratch, "/opt/app/data/file", "writable");
    set_mode(scratch, "opt/app/data", 0755);
    set_mode(scratch, "opt", 0702);
    expect_way(scratch, "/opt/app/data", "writable");
    set_mode(scratch, "opt", 0755);
    set_mode(scratch, "opt/app/data/file", 0666);
    expect_way(scratch, "/opt/app/data/file", "writable");
    expect_way(scratch, "/opt/app/data", "taken");
}

static void the_base_itself_counts(void **state)
{
    const struct scratch *scratch = *state;

    scratch_put(scratch->fd, "opt/app/file", "", 0);
    assert_int_equal(fchmod(scratch->fd, 0777), 0);
    expect_way(scratch, "/opt/app", "writable");
    assert_int_equal(fchmod(scratch->fd, 0700), 0);
}

static void links_lead_nowhere(void **state)
{
    const struct scratch *scratch = *state;

    scratch_put(scratch->fd, "opt/app/data/file", "", 0);
    assert_int_equal(symlinkat("app", scratch->fd, "opt/link"), 0);
    assert_int_equal(symlinkat("/", scratch->fd, "opt/app/root"), 0);
    expect_way(scratch, "/opt/link", "link");
    expect_way(scratch, "/opt/link/data", "link");
    expect_way(scratch, "/opt/app/root", "link");
    expect_way(scratch, "/opt/app/root/etc", "link");
}

static void only_files_and_folders_are_taken(void **state)
{
    const struct scratch *scratch = *state;

    scratch_put(scratch->fd, "opt/app/file", "", 0);
    assert_int_equal(mkfifoat(scratch->fd, "opt/app/fifo", 0600), 0);
    expect_way(scratch, "/opt/app/fifo", "kind");
}

static void others_own_nothing_on_the_way(void **state)
{
    const struct scratch *scratch = *state;
    struct exclusion_base base = {scratch->fd, geteuid(), 65534, false};

    if (geteuid() != 0)
        return;
    scratch_put(scratch->fd, "opt/app/data/file", "", 0);
    assert_int_equal(fchownat(scratch->fd, "opt/app", 65534, 65534, 0), 0);
    expect_way(scratch, "/opt/app", "owner");
    expect_way(scratch, "/opt/app/data/file", "owner");
    assert_string_equal(exclusion_word(exclusion_judge_way(&base, "~/opt/app/data/file")), "taken");
}

static void give(const struct scratch *scratch, const char *name, uid_t owner)
{
    assert_int_equal(fchownat(scratch->fd, name, owner, owner, 0), 0);
}

/* As Debian has them: a database's account has a shell, others of software have none. */
static void software_may_own_what_it_keeps(void **state)
{
    const struct scratch *scratch = *state;
    const struct exclusion_base without = {scratch->fd, 0, 0, false};
    static const char passwd[] = "root:x:0:0:root:/root:/bin/bash\n"
                                 "postgres:x:110:115::/var/lib/postgresql:/bin/bash\n"
                                 "mysql:x:111:116::/nonexistent:/bin/false\n"
                                 "sync:x:4:65534::/bin:/bin/sync\n"
                                 "twice:x:112:112::/nonexistent:/usr/sbin/nologin\n"
                                 "person:x:112:112::/srv/p:/bin/sh\n"
                                 "most:x:999:999::/nonexistent:/usr/sbin/nologin\n"
                                 "first:x:1000:1000::/nonexistent:/usr/sbin/nologin\n"
                                 "nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n";
    static const struct {
        uid_t owner;
        const char *word;
    } rows[] = {{110, "taken"}, {111, "taken"}, {999, "taken"},  {4, "owner"},
                {112, "owner"}, {113, "owner"}, {1000, "owner"}, {65534, "owner"}};

    if (geteuid() != 0)
        return;
    scratch_put(scratch->fd, "var/lib/app/15/main/file", "", 0);
    give(scratch, "var/lib/app", 110);
    expect_way(scratch, "/var/lib/app", "owner"); /* nobody is known */
    scratch_put(scratch->fd, "etc/passwd", passwd, strlen(passwd));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        give(scratch, "var/lib/app", rows[i].owner);
        expect_way(scratch, "/var/lib/app/", rows[i].word);
    }
    give(scratch, "var/lib/app", 110);
    assert_string_equal(exclusion_word(exclusion_judge_way(&without, "/var/lib/app")), "owner");
    /* Beneath it all is its own, or root's; not another's, also of software. */
    expect_way(scratch, "/var/lib/app/15/main", "taken");
    give(scratch, "var/lib/app/15", 110);
    give(scratch, "var/lib/app/15/main", 111);
    expect_way(scratch, "/var/lib/app/15", "taken");
    expect_way(scratch, "/var/lib/app/15/main", "owner");
    set_mode(scratch, "var/lib/app", 0770);
    expect_way(scratch, "/var/lib/app", "writable");
    set_mode(scratch, "var/lib/app", 0700);
    set_mode(scratch, "var/lib", 0777);
    expect_way(scratch, "/var/lib/app", "writable");
}

/* Homes may lie anywhere, in folders of root's that nobody else can write to. */
static void where_people_live_is_not_taken(void **state)
{
    const struct scratch *scratch = *state;
    static const char passwd[] = "root:x:0:0:root:/root:/bin/bash\n"
                                 "db:x:110:115::/srv/db:/usr/sbin/nologin\n"
                                 "ann:x:1000:1000::/export/home/ann:/bin/bash\n";

    scratch_put(scratch->fd, "export/home/ann/file", "", 0);
    scratch_put(scratch->fd, "export/homes/file", "", 0);
    scratch_put(scratch->fd, "srv/db/file", "", 0);
    expect_way(scratch, "/export/home", "taken"); /* nobody is known */
    scratch_put(scratch->fd, "etc/passwd", passwd, strlen(passwd));
    expect_way(scratch, "/export/home", "homes");
    expect_way(scratch, "/export/home/", "homes");
    expect_way(scratch, "/export/home/ann", "homes");
    expect_way(scratch, "/export/homes", "taken");
    expect_way(scratch, "/export/home/ann/file", "taken");
    expect_way(scratch, "/srv/db", "taken");
}

static void every_verdict_has_a_word(void **state)
{
    enum exclusion_verdict found;

    (void)state;
    for (int i = 0; i < EXCLUSION_COUNT; i++) {
        assert_true(exclusion_find(exclusion_word((enum exclusion_verdict)i), &found));
        assert_int_equal(found, i);
        assert_true(exclusion_sentence(found)[0] != '\0');
    }
    assert_false(exclusion_find("other", &found));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_open, scratch_close)
        TEST(forms_for_the_system),
        TEST(forms_for_a_user),
        TEST(forms_that_are_too_long),
        TEST(every_folder_on_the_way_counts),
        TEST(the_base_itself_counts),
        TEST(links_lead_nowhere),
        TEST(only_files_and_folders_are_taken),
        TEST(others_own_nothing_on_the_way),
        TEST(software_may_own_what_it_keeps),
        TEST(where_people_live_is_not_taken),
        TEST(every_verdict_has_a_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
