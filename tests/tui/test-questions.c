/* SPDX-License-Identifier: ISC
 *
 * What an admin asks on the first day is answered by what stands on a screen of 80x24 or is one key
 * away. The same questions stand in sallyport-tutorial(7).
 */
#include "tests/tui/scene.h"

#include "media/base/path.h"

#define ANSWERS 3

static const struct {
    const char *question, *screen, *fixture;
    const char *answers[ANSWERS]; /* each must be there; runs of blanks count as one */
} rows[] = {
    {"Am I up to date?", "status", "good", {"set 1184 14h ago", "Next step Nothing to do."}},
    {"Am I up to date?", "status", "trouble", {"2 BLOCK 1 FAIL 2 WARN", "Next step dataset-a:"}},
    {"Which ring and set am I in?", "status", "good", {"Ring internal set 1184"}},
    {"What would be refused, from when on?",
     "status",
     "good",
     {"Floors nothing signed before 2026-11-22T18:10:00Z"}},
    {"Is it safe to pull the stick?", "import", "importing", {"Pulling the medium now is safe"}},
    {"Is it safe to pull the stick?", "import", "good", {"none runs", "each may be pulled"}},
    {"Why was my medium refused, and what may I do?",
     "import",
     "refused-rollback",
     {"Refused rollback [BLOCK]", "is older than the floor: set 1184, signed 2026-11-22T18:10:00Z",
      "Next step Ask the mirror for a newer export; to go back to older content, let the mirror "
      "re-issue it."}},
    {"Which content is old, and since when does it matter?",
     "status",
     "trouble",
     {"epips-data 9.2.101 16d 3d/14d [FAIL] expired", "behavior 2026.46.1 8d 7d/30d [WARN]"}},
    {"When does what is staged go live?",
     "status",
     "trouble",
     {"Wave 2 of 4 opens 2026-11-23T14:05:00Z"}},
    {"Who imported what, and when?",
     "import",
     "good",
     {"76 2026-11-23T05:43:59Z [ OK ] /dev/sdb1", "Job 76 by uid 1000"}},
    {"Can I trust this log?", "audit", "good", {"5524 records verified from the first, head"}},
    {"Can I trust this log?", "audit", "trouble", {"not walked yet: press v"}},
    {"Is the protection running?", "engines", "good", {"Drivers 11 running"}},
    {"Is the protection running?", "engines", "trouble", {"1 failed", "Not up behavior"}},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const char *top(void)
{
    const char *folder = getenv("TOP_SRCDIR");

    return folder != NULL ? folder : ".";
}

/* Columns and line ends as one blank each. */
static void squeeze(char *text)
{
    char *to = text;

    for (const char *from = text; *from != '\0'; from++) {
        if (*from != ' ' && *from != '\n')
            *to++ = *from;
        else if (to > text && to[-1] != ' ')
            *to++ = ' ';
    }
    *to = '\0';
}

static void the_screens_answer(void **state)
{
    struct scene *scene = *state;

    for (size_t i = 0; i < ROWS; i++) {
        char fixture[PATH_MAX];
        const char *arguments[] = {"console", "--dump", rows[i].screen, "--fixture", fixture, NULL};

        snprintf(fixture, sizeof(fixture), "%s/tests/tui/fixture/%s.json", top(), rows[i].fixture);
        assert_int_equal(run_sallyport(arguments, NULL, &scene->said), 0);
        squeeze(scene->said.out);
        for (size_t answer = 0; answer < ANSWERS && rows[i].answers[answer] != NULL; answer++) {
            if (strstr(scene->said.out, rows[i].answers[answer]) == NULL)
                fail_msg("%s No \"%s\" on %s of %s: %s", rows[i].question, rows[i].answers[answer],
                         rows[i].screen, rows[i].fixture, scene->said.out);
        }
    }
}

static void the_page_asks_the_same(void **state)
{
    char path[PATH_MAX], *page;
    struct error err = {0};
    struct bytes text;

    (void)state;
    snprintf(path, sizeof(path), "%s/man/sallyport-tutorial.7", top());
    assert_ok(path_read_named(path, 100000, &text, &err), &err);
    assert_ok(bytes_put_u8(&text, 0, &err), &err);
    page = (char *)text.data;
    squeeze(page);
    for (size_t i = 0; i < ROWS; i++) {
        if (strstr(page, rows[i].question) == NULL)
            fail_msg("sallyport-tutorial.7: no \"%s\"", rows[i].question);
    }
    bytes_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(the_screens_answer),
        SCENE(the_page_asks_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
