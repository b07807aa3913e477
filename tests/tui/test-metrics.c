/* SPDX-License-Identifier: ISC
 *
 * metrics: what a collector reads. The format has few rules; the parser here holds the text to them.
 */
#include "tests/tui/scene.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static void answer_all(struct scene *scene, const char *status)
{
    scene_answer(scene, AGENT "Status", status);
    scene_answer(scene, AGENT "Floors", "floors.json");
    scene_answer(scene, AGENT "Media", "media.json");
    scene_answer(scene, AGENT "AuditVerify", "audit-intact.json");
}

static const char *name_end(const char *at)
{
    while (isalnum((unsigned char)*at) || *at == '_')
        at++;
    return at;
}

/* A label's value, with its quotes; NULL where it is none. */
static const char *value_end(const char *at)
{
    if (*at++ != '"')
        return NULL;
    for (; *at != '"'; at++) {
        if (*at == '\\' && strchr("\\\"n", at[1]) == NULL)
            return NULL;
        at += *at == '\\';
        if ((unsigned char)*at < ' ')
            return NULL;
    }
    return at + 1;
}

static const char *labels_end(const char *at)
{
    if (*at != '{')
        return at;
    do {
        const char *end = name_end(++at);

        if (end == at || *end != '=' || (at = value_end(end + 1)) == NULL)
            return NULL;
    } while (*at == ',');
    return *at == '}' ? at + 1 : NULL;
}

/* One sample of the metric that the last TYPE line named. */
static void check_sample(const char *line, const char *metric)
{
    const char *at = name_end(line);
    char *end;

    assert_true((size_t)(at - line) == strlen(metric));
    assert_int_equal(strncmp(line, metric, strlen(metric)), 0);
    at = labels_end(at);
    assert_non_null(at);
    assert_true(*at == ' ');
    (void)strtoll(at + 1, &end, 10);
    assert_true(end > at + 1 && *end == '\0');
}

static void check_metrics(char *text)
{
    char metric[128] = "", help[128] = "";
    char *line, *rest = text;

    assert_true(text[0] != '\0' && text[strlen(text) - 1] == '\n');
    while ((line = strsep(&rest, "\n")) != NULL && rest != NULL) {
        if (sscanf(line, "# HELP %127s", help) == 1)
            continue;
        if (sscanf(line, "# TYPE %127s", metric) == 1) {
            assert_string_equal(metric, help);
            assert_int_equal(strncmp(metric, "sallyport_", 10), 0);
            assert_non_null(strpbrk(line, "gc"));
        } else {
            check_sample(line, metric);
        }
    }
}

static void each_metric_is_there_with_its_help(void **state)
{
    struct scene *scene = *state;

    answer_all(scene, "check-fail.json");
    RUN(scene, "metrics");
    scene_expect(scene, 0, "metrics.txt");
    check_metrics(scene->said.out);
}

static void hostile_words_stay_in_their_label(void **state)
{
    struct scene *scene = *state;

    answer_all(scene, "status-hostile.json");
    RUN(scene, "metrics");
    assert_int_equal(scene->said.status, 0);
    assert_non_null(strstr(scene->said.out, "{content=\"be\\\\u{9B}havior\",state=\"blocked\"} 1"));
    check_metrics(scene->said.out);
}

static void nothing_names_a_place_or_a_person(void **state)
{
    struct scene *scene = *state;

    answer_all(scene, "status-partial.json");
    RUN(scene, "metrics");
    assert_int_equal(scene->said.status, 0);
    assert_non_null(strstr(scene->said.out, "sallyport_source_failures{source=\"stick\"} 3"));
    assert_null(strstr(scene->said.out, "/media"));
    assert_null(strstr(scene->said.out, "mirror.site"));
    assert_null(strstr(scene->said.out, "ws-07"));
    assert_null(strstr(scene->said.out, "0041"));
}

static void without_an_agent_only_that_is_said(void **state)
{
    struct scene *scene = *state;
    const char *const words[] = {"--socket", "/nonexistent/agent.sock", "metrics", NULL};

    assert_int_equal(run_sallyport(words, NULL, &scene->said), 0);
    assert_int_equal(scene->said.status, 13);
    assert_non_null(strstr(scene->said.out, "\nsallyport_up 0\n"));
    assert_null(strstr(scene->said.out, "enrolled"));
    check_metrics(scene->said.out);
}

static void a_file_is_written_whole(void **state)
{
    struct scene *scene = *state;
    char path[PATH_MAX + 32];

    answer_all(scene, "check-fail.json");
    snprintf(path, sizeof(path), "%s/sallyport.prom", scene->source);
    RUN(scene, "metrics", "--output", path);
    assert_int_equal(scene->said.status, 0);
    assert_string_equal(scene->said.out, "");
    RUN(scene, "metrics", "--output", path);
    assert_int_equal(scene->said.status, 0);
    RUN(scene, "metrics", "--output", "/nonexistent/x.prom");
    assert_int_equal(scene->said.status, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(each_metric_is_there_with_its_help),
        SCENE(hostile_words_stay_in_their_label),
        SCENE(nothing_names_a_place_or_a_person),
        SCENE(without_an_agent_only_that_is_said),
        SCENE(a_file_is_written_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
