/* SPDX-License-Identifier: ISC
 *
 * Each screen of the console as the real program prints it from a fixture, against
 * golden/console/SCREEN-FIXTURE-WIDTHxHEIGHT[-ascii].txt. `make golden-console` writes them anew: look
 * at each before it is committed.
 */
#include "tests/tui/scene.h"

#define SMALL "80x24"

static const char *const screens[] = {"status", "media", "import", "audit", "engines"};

/* Fixture, size and charset, of all screens or of one. */
static const struct {
    const char *fixture, *size, *charset, *only;
} rows[] = {
    {"good", SMALL, "utf8", NULL},
    {"trouble", SMALL, "utf8", NULL},
    {"trouble", SMALL, "ascii", NULL},
    {"trouble", "132x43", "utf8", NULL},
    {"trouble", "60x20", "utf8", NULL},
    {"trouble", "40x10", "ascii", NULL},
    {"trouble", "38x9", "utf8", "status"},
    {"hostile", SMALL, "utf8", NULL},
    {"hostile", SMALL, "ascii", "status"},
    {"unenrolled", SMALL, "utf8", NULL},
    {"unenrolled", "60x20", "utf8", "status"},
    {"unenrolled", "40x10", "ascii", "status"},
    {"agent-down", SMALL, "utf8", NULL},
    {"blank", SMALL, "utf8", NULL},
    {"blank", "40x10", "ascii", "status"},
    {"overload", SMALL, "utf8", "engines"},
    {"read-only", SMALL, "utf8", "status"},
    {"read-only", SMALL, "utf8", "import"},
    {"importing", SMALL, "utf8", "status"},
    {"importing", SMALL, "utf8", "import"},
    {"importing", "132x43", "utf8", "import"},
    {"importing", "60x20", "utf8", "import"},
    {"importing", "40x10", "ascii", "import"},
    {"refused-rollback", SMALL, "utf8", "status"},
    {"refused-rollback", SMALL, "utf8", "media"},
    {"refused-rollback", SMALL, "utf8", "import"},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const char *top(void)
{
    const char *folder = getenv("TOP_SRCDIR");

    return folder != NULL ? folder : ".";
}

static void check(struct scene *scene, size_t row, const char *screen)
{
    bool ascii = strcmp(rows[row].charset, "ascii") == 0;
    char fixture[PATH_MAX], golden[200];
    const char *arguments[] = {
        "console",   "--dump",          screen,      "--size", rows[row].size,
        "--charset", rows[row].charset, "--fixture", fixture,  NULL};

    snprintf(fixture, sizeof(fixture), "%s/tests/tui/fixture/%s.json", top(), rows[row].fixture);
    snprintf(golden, sizeof(golden), "console/%s-%s-%s%s.txt", screen, rows[row].fixture,
             rows[row].size, ascii ? "-ascii" : "");
    assert_int_equal(run_sallyport(arguments, NULL, &scene->said), 0);
    scene_expect(scene, 0, golden);
}

static void each_screen_looks_as_it_was_seen(void **state)
{
    for (size_t row = 0; row < ROWS; row++) {
        for (size_t i = 0; i < sizeof(screens) / sizeof(screens[0]); i++) {
            if (rows[row].only == NULL || strcmp(rows[row].only, screens[i]) == 0)
                check(*state, row, screens[i]);
        }
    }
}

static void a_fixture_that_is_none_is_refused(void **state)
{
    struct scene *scene = *state;
    const char *arguments[] = {"console", "--dump", "status", "--fixture", "/dev/null", NULL};

    assert_int_equal(run_sallyport(arguments, NULL, &scene->said), 0);
    assert_int_not_equal(scene->said.status, 0);
    assert_string_equal(scene->said.out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(each_screen_looks_as_it_was_seen),
        SCENE(a_fixture_that_is_none_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
