/* SPDX-License-Identifier: ISC
 *
 * sallyport-inventory before fixture roots: packages, files and folders, what it must not tell, and
 * that its sandbox holds.
 */
#include "tests/agent/run-inventory.h"

#include <sys/stat.h>

#include "media/base/limits.h"

static const char status_file[] = "Package: postgresql\n"
                                  "Status: install ok installed\n"
                                  "Architecture: all\n"
                                  "Version: 15+248\n"
                                  "Description: object-relational SQL database\n"
                                  " Package: not-a-field\n"
                                  " .\n"
                                  "\n"
                                  "Package: gone\n"
                                  "Status: deinstall ok config-files\n"
                                  "Version: 1\n"
                                  "\n"
                                  "Package: libc6\n"
                                  "Status: hold ok installed\n"
                                  "Architecture: amd64\n"
                                  "Version: 2.36-9+deb12u10\n"
                                  "\n"
                                  "Package: libc6\n"
                                  "Status: install ok installed\n"
                                  "Architecture: i386\n"
                                  "Version: 2.36-9\n"
                                  "\n"
                                  "Package: evil\n"
                                  "Status: install ok installed\n"
                                  "Version: 1\033[0m\n"
                                  "\n"
                                  "Package: last\n"
                                  "Status: install ok triggers-pending\n"
                                  "Version: 1:2~rc1-3";

static void put(const struct scratch *scratch, const char *name, const char *text, mode_t mode)
{
    scratch_put(scratch->fd, name, text, strlen(text));
    assert_int_equal(fchmodat(scratch->fd, name, mode, 0), 0);
}

static void packages_are_found_by_name(void **state)
{
    const struct scratch *scratch = *state;
    struct run_inventory run;

    put(scratch, "var/lib/dpkg/status", status_file, 0644);
    run_inventory_start(&run, scratch->fd, -1);
    run_inventory_expect(&run, "package", "postgresql",
                         "{\"manager\":\"dpkg\",\"name\":\"postgresql\",\"version\":\"15+248\"}",
                         NULL);
    run_inventory_expect(
        &run, "package", "libc6",
        "{\"manager\":\"dpkg\",\"name\":\"libc6\",\"version\":\"2.36-9+deb12u10\"}", NULL);
    run_inventory_expect(&run, "package", "last",
                         "{\"manager\":\"dpkg\",\"name\":\"last\",\"version\":\"1:2~rc1-3\"}",
                         NULL);
    run_inventory_expect(&run, "package", "gone", NULL, NULL);
    run_inventory_expect(&run, "package", "evil", NULL, NULL);
    run_inventory_expect(&run, "package", "not-a-field", NULL, NULL);
    run_inventory_expect(&run, "package", "libc", NULL, NULL);
    run_inventory_finish(&run);
}

static void without_a_package_list_there_are_none(void **state)
{
    const struct scratch *scratch = *state;
    struct run_inventory run;

    run_inventory_start(&run, scratch->fd, -1);
    run_inventory_expect(&run, "package", "postgresql", NULL, NULL);
    run_inventory_finish(&run);
}

static void a_damaged_package_list_is_said_so(void **state)
{
    const struct scratch *scratch = *state;
    struct run_inventory run;

    put(scratch, "var/lib/dpkg/status", "Package: a\nStatus: install ok installed\nno field\n",
        0644);
    run_inventory_start(&run, scratch->fd, -1);
    run_inventory_expect(&run, "package", "a", NULL, "package-list-damaged");
    run_inventory_finish(&run);
}

static void files_and_folders_are_told(void **state)
{
    const struct scratch *scratch = *state;
    struct run_inventory run;

    put(scratch, "etc/app/b.conf", "key = 1\n", 0644);
    put(scratch, "etc/app/a.conf", "", 0644);
    assert_int_equal(symlinkat("b.conf", scratch->fd, "etc/app/link"), 0);
    assert_int_equal(symlinkat("/etc/app", scratch->fd, "etc/other"), 0);
    assert_int_equal(symlinkat("../../../../../../../../etc/passwd", scratch->fd, "etc/out"), 0);
    run_inventory_start(&run, scratch->fd, -1);
    run_inventory_expect(&run, "exists", "/etc/app/b.conf", "\"file\"", NULL);
    run_inventory_expect(&run, "exists", "/etc/app/", "\"dir\"", NULL);
    run_inventory_expect(&run, "exists", "/", "\"dir\"", NULL);
    run_inventory_expect(&run, "exists", "/etc/app/none", NULL, NULL);
    run_inventory_expect(&run, "exists", "/etc/app/link", "\"file\"", NULL);
    run_inventory_expect(&run, "exists", "/etc/other", "\"dir\"", NULL);
    run_inventory_expect(&run, "exists", "/etc/out", NULL, NULL);
    run_inventory_expect(&run, "list", "/etc/app", "[\"a.conf\",\"b.conf\",\"link\"]", NULL);
    run_inventory_expect(&run, "list", "/etc/other", NULL, "link");
    run_inventory_expect(&run, "list", "/etc/none", NULL, NULL);
    run_inventory_expect(&run, "read", "/etc/app/b.conf", "\"key = 1\\n\"", NULL);
    run_inventory_expect(&run, "read", "/etc/app/link", NULL, "link");
    run_inventory_expect(&run, "read", "/etc/other/b.conf", NULL, "link");
    run_inventory_finish(&run);
}

static void what_is_none_of_its_business_is_not_told(void **state)
{
    const struct scratch *scratch = *state;
    struct run_inventory run;

    put(scratch, "etc/shadow", "secret", 0640);
    put(scratch, "etc/binary", "a\xff", 0644);
    put(scratch, "home/a/file", "a", 0644);
    assert_int_equal(mkfifoat(scratch->fd, "etc/fifo", 0644), 0);
    run_inventory_start(&run, scratch->fd, -1);
    run_inventory_expect(&run, "read", "/etc/shadow", NULL, "not-readable-by-all");
    run_inventory_expect(&run, "read", "/etc/fifo", NULL, "no-regular-file");
    run_inventory_expect(&run, "read", "/etc", NULL, "no-regular-file");
    run_inventory_expect(&run, "read", "/etc/binary", NULL, "not-text");
    run_inventory_expect(&run, "exists", "/etc/fifo", NULL, "neither-file-nor-folder");
    run_inventory_expect(&run, "read", "/home/a/file", NULL, "not-readable");
    run_inventory_expect(&run, "list", "/home", NULL, "not-readable");
    run_inventory_finish(&run);
}

static void the_files_of_others_are_not_believed(void **state)
{
    const struct scratch *scratch = *state;
    struct run_inventory run;

    if (geteuid() != 0)
        return;
    put(scratch, "etc/mine", "a", 0644);
    assert_int_equal(fchownat(scratch->fd, "etc/mine", 65534, 65534, 0), 0);
    put(scratch, "var/lib/dpkg/status", status_file, 0644);
    assert_int_equal(fchownat(scratch->fd, "var/lib/dpkg/status", 65534, 65534, 0), 0);
    run_inventory_start(&run, scratch->fd, -1);
    run_inventory_expect(&run, "read", "/etc/mine", NULL, "another-owner");
    run_inventory_expect(&run, "package", "last", NULL, "package-list-not-readable");
    run_inventory_finish(&run);
}

/* Of the real root: what the kernel tells is not what software has. */
static void the_kernels_files_are_not_told(void **state)
{
    struct run_inventory run;
    int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

    (void)state;
    assert_true(root >= 0);
    run_inventory_start(&run, root, -1);
    run_inventory_expect(&run, "read", "/proc/version", NULL, "not-readable");
    run_inventory_expect(&run, "exists", "/proc/version", NULL, "kernel-file-system");
    run_inventory_expect(&run, "exists", "/proc/self/root", NULL, "link");
    run_inventory_expect(&run, "list", "/sys/kernel", NULL, "not-readable");
    run_inventory_expect(&run, "exists", "/usr", "\"dir\"", NULL);
    run_inventory_finish(&run);
    close(root);
}

static void sizes_are_bounded(void **state)
{
    const struct scratch *scratch = *state;
    struct run_inventory run;
    char *text = bytes_allocate(LIMIT_INVENTORY_READ + 2, 1);
    json_t *names;
    char name[32];

    memset(text, 'x', LIMIT_INVENTORY_READ + 1);
    put(scratch, "etc/large", text, 0644);
    text[LIMIT_INVENTORY_READ] = '\0';
    put(scratch, "etc/most", text, 0644);
    memset(text, 1, LIMIT_INVENTORY_READ);
    put(scratch, "etc/escaped", text, 0644);
    for (unsigned i = 0; i <= LIMIT_INVENTORY_NAMES; i++) {
        snprintf(name, sizeof(name), "etc/many/%03u", i);
        put(scratch, name, "", 0644);
    }
    run_inventory_start(&run, scratch->fd, -1);
    run_inventory_expect(&run, "read", "/etc/large", NULL, "too-large");
    run_inventory_expect(&run, "read", "/etc/escaped", NULL, "too-large");
    names = run_inventory_ask(&run, "read", "/etc/most");
    assert_int_equal(json_string_length(json_object_get(names, "value")), LIMIT_INVENTORY_READ);
    json_decref(names);
    names = run_inventory_ask(&run, "list", "/etc/many");
    assert_int_equal(json_array_size(json_object_get(names, "value")), LIMIT_INVENTORY_NAMES);
    assert_string_equal(json_string_value(json_object_get(names, "reason")), "cut");
    json_decref(names);
    run_inventory_finish(&run);
    free(text);
}

static void forms_that_are_wrong_are_refused(void **state)
{
    static const char *const paths[] = {
        "etc", "", "~/a", "//etc", "/etc//a", "/etc/../a", "/./etc", "/etc/.", "/a\nb", "/a\x7f",
    };
    const struct scratch *scratch = *state;
    struct run_inventory run;
    json_t *answer;

    run_inventory_start(&run, scratch->fd, -1);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        run_inventory_refused(&run, "exists", paths[i], "expected");
    run_inventory_refused(&run, "package", "../status", "a name without slashes");
    run_inventory_refused(&run, "package", "", "a name without slashes");
    run_inventory_refused(&run, "exec", "/bin/sh", "no such call");
    answer = run_inventory_send(
        &run, json_pack("{s:s, s:[s, s]}", "call", "read", "arguments", "/a", "/b"));
    assert_non_null(json_object_get(answer, "refused"));
    json_decref(answer);
    answer = run_inventory_send(&run, json_pack("{s:s, s:[i]}", "call", "read", "arguments", 1));
    assert_non_null(json_object_get(answer, "refused"));
    json_decref(answer);
    answer = run_inventory_send(
        &run, json_pack("{s:s, s:[s], s:i}", "call", "read", "arguments", "/a", "more", 1));
    assert_non_null(json_object_get(answer, "refused"));
    json_decref(answer);
    run_inventory_finish(&run);
}

static void a_users_rules_see_the_home_only(void **state)
{
    const struct scratch *scratch = *state;
    struct run_inventory run;
    int home;

    put(scratch, "home/u/.config/app/set", "a", 0644);
    put(scratch, "home/u/.ssh/id", "a", 0600);
    put(scratch, "home/v/file", "a", 0644);
    put(scratch, "var/lib/dpkg/status", status_file, 0644);
    assert_int_equal(symlinkat("../v/file", scratch->fd, "home/u/link"), 0);
    home = scratch_folder(scratch->fd, "home/u");
    run_inventory_start(&run, scratch->fd, home);
    run_inventory_expect(&run, "read", "~/.config/app/set", "\"a\"", NULL);
    run_inventory_expect(&run, "list", "~/", "[\".config\",\".ssh\",\"link\"]", NULL);
    run_inventory_expect(&run, "exists", "~/.config/app", "\"dir\"", NULL);
    run_inventory_expect(&run, "read", "~/.ssh/id", NULL, "not-readable-by-all");
    run_inventory_expect(&run, "exists", "~/link", NULL, "link");
    run_inventory_refused(&run, "read", "/etc/passwd", "begins with ~/");
    run_inventory_refused(&run, "list", "~/../v", "expected");
    run_inventory_expect(&run, "package", "last",
                         "{\"manager\":\"dpkg\",\"name\":\"last\",\"version\":\"1:2~rc1-3\"}",
                         NULL);
    run_inventory_finish(&run);
    close(home);
}

static void units_are_told_by_their_files(void **state)
{
    static const char unit[] = "[Unit]\nDescription=x\n[Service]\nExecStart=\n"
                               "ExecStart=-@/usr/sbin/appd appd --run\n[Install]\nWantedBy=a\n";
    const struct scratch *scratch = *state;
    struct run_inventory run;

    put(scratch, "usr/lib/systemd/system/app.service", unit, 0644);
    put(scratch, "usr/lib/systemd/system/off.service", unit, 0644);
    put(scratch, "usr/lib/systemd/system/fixed.service", "[Service]\nExecStart=\"/opt/a b/c\" d\n",
        0644);
    put(scratch, "usr/lib/systemd/system/no.service", unit, 0644);
    put(scratch, "usr/lib/systemd/system/many@.service", unit, 0644);
    put(scratch, "usr/lib/systemd/system/look.timer", "[Timer]\n[Install]\n", 0644);
    put(scratch, "opt/far/far.service", unit, 0644);
    put(scratch, "etc/systemd/system/a.target.wants/.keep", "", 0644);
    put(scratch, "run/systemd/units/.keep", "", 0644);
#define LINK(target, name) assert_int_equal(symlinkat(target, scratch->fd, name), 0)
    LINK("/lib/systemd/system/app.service", "etc/systemd/system/a.target.wants/app.service");
    LINK("/lib/systemd/system/many@.service", "etc/systemd/system/a.target.wants/many@1.service");
    LINK("/dev/null", "etc/systemd/system/no.service");
    LINK("/lib/systemd/system/look.timer", "etc/systemd/system/other.timer");
    LINK("/opt/far/far.service", "etc/systemd/system/far.service");
    LINK("round.service", "etc/systemd/system/around.service");
    LINK("around.service", "etc/systemd/system/round.service");
    LINK("0123", "run/systemd/units/invocation:app.service");
#undef LINK
    run_inventory_start(&run, scratch->fd, -1);
#define UNIT(name, state, exec, running)                                                           \
    "{\"exec\":" exec ",\"name\":\"" name "\",\"running\":" running ",\"state\":\"" state "\"}"
#define APPD "\"/usr/sbin/appd\""
    run_inventory_expect(&run, "unit", "app", UNIT("app.service", "enabled", APPD, "true"), NULL);
    run_inventory_expect(&run, "unit", "off.service",
                         UNIT("off.service", "disabled", APPD, "false"), NULL);
    run_inventory_expect(&run, "unit", "fixed",
                         UNIT("fixed.service", "static", "\"/opt/a b/c\"", "false"), NULL);
    run_inventory_expect(&run, "unit", "no", UNIT("no.service", "masked", "null", "false"), NULL);
    run_inventory_expect(&run, "unit", "many@1", UNIT("many@1.service", "enabled", APPD, "false"),
                         NULL);
    run_inventory_expect(&run, "unit", "many@2", UNIT("many@2.service", "disabled", APPD, "false"),
                         NULL);
    run_inventory_expect(&run, "unit", "other.timer",
                         UNIT("other.timer", "enabled", "null", "false"), NULL);
    run_inventory_expect(&run, "unit", "far", UNIT("far.service", "disabled", APPD, "false"), NULL);
    run_inventory_expect(&run, "unit", "round", NULL, NULL);
    run_inventory_expect(&run, "unit", "none", NULL, NULL);
    run_inventory_expect(&run, "unit", "a b", NULL, NULL);
    run_inventory_finish(&run);
}

static void desktop_entries_are_told(void **state)
{
    const struct scratch *scratch = *state;
    struct run_inventory run;
    int home;

    put(scratch, "usr/share/applications/org.app.desktop",
        "# c\n[Desktop Entry]\nName = App\nName[de]=Ap\nExec=app --new %u\n[Desktop Action x]\n"
        "Exec=other\n",
        0644);
    put(scratch, "usr/share/applications/hidden.desktop", "[Desktop Entry]\nName=H\nHidden=true\n",
        0644);
    put(scratch, "usr/share/applications/wrong.desktop", "[Desktop Entry]\nName=a\x1b[0m\n", 0644);
    put(scratch, "home/u/.local/share/applications/own.desktop",
        "[Desktop Entry]\nName=Own\nExec=/home/u/own\n", 0644);
    run_inventory_start(&run, scratch->fd, -1);
    run_inventory_expect(&run, "desktop", "org.app",
                         "{\"exec\":\"app\",\"id\":\"org.app\",\"name\":\"App\"}", NULL);
    run_inventory_expect(&run, "desktop", "org.app.desktop",
                         "{\"exec\":\"app\",\"id\":\"org.app\",\"name\":\"App\"}", NULL);
    run_inventory_expect(&run, "desktop", "hidden", NULL, NULL);
    run_inventory_expect(&run, "desktop", "wrong", "{\"exec\":null,\"id\":\"wrong\",\"name\":null}",
                         NULL);
    run_inventory_expect(&run, "desktop", "own", NULL, NULL);
    run_inventory_finish(&run);
    home = scratch_folder(scratch->fd, "home/u");
    run_inventory_start(&run, scratch->fd, home);
    run_inventory_expect(&run, "desktop", "own",
                         "{\"exec\":\"/home/u/own\",\"id\":\"own\",\"name\":\"Own\"}", NULL);
    run_inventory_expect(&run, "desktop", "org.app",
                         "{\"exec\":\"app\",\"id\":\"org.app\",\"name\":\"App\"}", NULL);
    run_inventory_finish(&run);
    close(home);
}

static void the_system_says_what_it_is(void **state)
{
    const struct scratch *scratch = *state;
    struct run_inventory run;

    put(scratch, "usr/lib/os-release",
        "PRETTY_NAME=\"Debian \\\"12\\\"\"\nID=debian\nBAD=\"open\nVERSION_ID='12'\n", 0644);
    put(scratch, "etc/.keep", "", 0644);
    assert_int_equal(symlinkat("../usr/lib/os-release", scratch->fd, "etc/os-release"), 0);
    put(scratch, "var/lib/docker/.keep", "", 0644);
    put(scratch, "var/lib/rpm/.keep", "", 0644);
    run_inventory_start(&run, scratch->fd, -1);
    run_inventory_expect(&run, "os_release", "ID", "\"debian\"", NULL);
    run_inventory_expect(&run, "os_release", "VERSION_ID", "\"12\"", NULL);
    run_inventory_expect(&run, "os_release", "PRETTY_NAME", "\"Debian \\\"12\\\"\"", NULL);
    run_inventory_expect(&run, "os_release", "BAD", NULL, NULL);
    run_inventory_expect(&run, "os_release", "id", NULL, NULL);
    run_inventory_expect(&run, "component", "docker", "\"/var/lib/docker\"", NULL);
    run_inventory_expect(&run, "component", "rpm", "\"/var/lib/rpm\"", NULL);
    run_inventory_expect(&run, "component", "podman", NULL, NULL);
    run_inventory_expect(&run, "component", "sh", NULL, NULL);
    run_inventory_finish(&run);
}

static void ways_in_a_home_are_judged_by_its_user(void **state)
{
    const struct scratch *scratch = *state;
    struct run_inventory run;
    int home;

    put(scratch, "home/u/app/data/file", "", 0644);
    put(scratch, "home/u/open/file", "", 0666);
    put(scratch, "home/u/.bashrc", "", 0644);
    assert_int_equal(symlinkat("app", scratch->fd, "home/u/link"), 0);
    home = scratch_folder(scratch->fd, "home/u");
    run_inventory_start(&run, scratch->fd, home);
    run_inventory_judged(&run, "~/app/data/", "taken");
    run_inventory_judged(&run, "~/app/data/file", "taken");
    run_inventory_judged(&run, "~/link/data", "link");
    run_inventory_judged(&run, "~/open/file", "writable");
    run_inventory_judged(&run, "~/none", "absent");
    run_inventory_judged(&run, "~/", "home");
    run_inventory_judged(&run, "/etc", "not-absolute");
    run_inventory_judged(&run, "~/.bashrc", "starts-programs");
    run_inventory_finish(&run);
    close(home);
    run_inventory_start(&run, scratch->fd, -1);
    run_inventory_judged(&run, "~/app", "not-seen");
    run_inventory_finish(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_open, scratch_close)
        TEST(packages_are_found_by_name),
        TEST(without_a_package_list_there_are_none),
        TEST(a_damaged_package_list_is_said_so),
        TEST(files_and_folders_are_told),
        TEST(what_is_none_of_its_business_is_not_told),
        TEST(the_files_of_others_are_not_believed),
        TEST(the_kernels_files_are_not_told),
        TEST(sizes_are_bounded),
        TEST(forms_that_are_wrong_are_refused),
        TEST(units_are_told_by_their_files),
        TEST(desktop_entries_are_told),
        TEST(the_system_says_what_it_is),
        TEST(ways_in_a_home_are_judged_by_its_user),
        TEST(a_users_rules_see_the_home_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
