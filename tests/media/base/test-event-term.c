/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/event-filter.h"
#include "media/base/event-term.h"
#include "media/base/limits.h"
#include "tests/media/base/event-scene.h"

/* With the pairs of bytes collected, and without. */
static void agree(const char *pattern, const char *value, struct event_texts *texts)
{
    bool expected = event_glob(pattern, strlen(pattern), value, strlen(value));
    struct event event = {.kind = EVENT_EXEC};
    struct event_term term;

    event_term_make(&term, EVENT_PATH, pattern, strlen(pattern));
    scene_text(&event, EVENT_PATH, value);
    for (uint32_t grams = 0; grams <= 1U << EVENT_PATH; grams += 1U << EVENT_PATH) {
        const struct event_text *text;

        event_texts_begin(texts, &event);
        text = &event_texts_make(texts, 1U << EVENT_PATH, grams)[EVENT_PATH];
        if (event_term_matches(&term, text) != expected)
            fail_msg("%s on %s: not %d", pattern, value, expected);
    }
    event_term_clear(&term);
}

/* A compiled glob says what the glob says. */
static void compiled_globs_agree(void **state)
{
    static const char *const patterns[] = {
        "",
        "*",
        "**",
        "/tmp/*",
        "/usr/bin/py*",
        "*/bash",
        "*.service",
        "/usr/bin/bash",
        "/usr/*/bash",
        "/usr/lib/x86*/libc.so.6",
        "*bin*",
        "*b*n*",
        "/u*bin*sh",
        "?usr*",
        "*?ash",
        "[/]usr*bash",
        "/usr/bin/bas[g-i]",
        "*\\*",
        "/usr/bin/\\bash",
        "a",
        "aa*aa",
        "aaaaaaaaa*",
        "*aaaaaaaaa",
        "aaaaaaaaaa*aaaaaaaaaa",
        "/usr/bin/bash*",
        "*/usr/bin/bash",
        "\\/usr/bin*",
        "/usr/bin/bash?",
        "***bash***",
        "/usr/bin*bin/bash",
    };
    static const char *const texts[] = {
        "",
        "a",
        "aa",
        "aaa",
        "aaaa",
        "aaaaaaaa",
        "aaaaaaaaa",
        "aaaaaaaaaaaaaaaaaaa",
        "aaaaaaaaaaaaaaaaaaaa",
        "/tmp/",
        "/tmp/a",
        "/tmp",
        "/usr/bin/python3",
        "/usr/bin/bash",
        "/usr/local/bin/bash",
        "bash",
        "/bash",
        "x.service",
        "/usr/lib/x86_64-linux-gnu/libc.so.6",
        "/usr/bin/b*",
        "/usr/bin/bash ",
        "/usr/bin/bas",
        "/usr/bin/basi",
    };
    struct event_texts *event_texts = event_texts_new();

    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        for (size_t j = 0; j < sizeof(texts) / sizeof(texts[0]); j++)
            agree(patterns[i], texts[j], event_texts);
    }
    event_texts_free(event_texts);
}

static void few_patterns_need_the_glob(void **state)
{
    static const struct {
        const char *pattern;
        enum event_term_form form;
        unsigned weight;
    } cases[] = {
        {"/usr/bin/bash", EVENT_TERM_EXACT, 16}, {"/tmp/*", EVENT_TERM_ENDS, 5},
        {"*/bash", EVENT_TERM_ENDS, 5},          {"/tmp/*.sh", EVENT_TERM_ENDS, 8},
        {"*curl*", EVENT_TERM_HOLDS, 0},         {"a*b*c", EVENT_TERM_HOLDS, 2},
        {"*a*b*", EVENT_TERM_GLOB, 0},           {"/tmp/?.sh", EVENT_TERM_GLOB, 8},
        {"\\*[a]", EVENT_TERM_GLOB, 1},          {"*", EVENT_TERM_ENDS, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct event_term term;

        event_term_make(&term, EVENT_PATH, cases[i].pattern, strlen(cases[i].pattern));
        assert_int_equal(term.form, cases[i].form);
        assert_int_equal(event_term_weight(&term), cases[i].weight);
        event_term_clear(&term);
    }
}

static void text_is(const struct event *event, enum event_field field, const char *expected)
{
    struct event_texts *texts = event_texts_new();
    const struct event_text *text;

    event_texts_begin(texts, event);
    text = &event_texts_make(texts, 1U << field, 0)[field];
    assert_true(text->present);
    assert_int_equal(text->size, strlen(expected));
    assert_memory_equal(text->data, expected, text->size);
    event_texts_free(texts);
}

static void values_have_one_text(void **state)
{
    static char large[2 * LIMIT_EVENT_TEXT + 1];
    struct event event = scene_exec();

    text_is(&event, 0, "");
    text_is(&event, EVENT_PID, "4711");
    text_is(&event, EVENT_ARGV, "/bin/sh /tmp/a.sh -x");
    text_is(&event, EVENT_SHA256,
            "ab01020300000000000000000000000000000000000000000000000000000000");
    scene_number(&event, EVENT_PID, INT64_MIN);
    text_is(&event, EVENT_PID, "-9223372036854775808");
    scene_bytes(&event, EVENT_ARGV, "", 0);
    text_is(&event, EVENT_ARGV, "");
    scene_bytes(&event, EVENT_ARGV, "\0", 1);
    text_is(&event, EVENT_ARGV, "");
    scene_bytes(&event, EVENT_ARGV, "a\0\0b\0", 5);
    text_is(&event, EVENT_ARGV, "a  b");
    memset(large, 'a', sizeof(large) - 1);
    scene_text(&event, EVENT_PATH, large);
    large[LIMIT_EVENT_TEXT] = '\0';
    text_is(&event, EVENT_PATH, large);
}

static void texts_are_made_anew_for_each_event(void **state)
{
    const struct siphash_key key = {{1, 2}};
    struct event_texts *texts = event_texts_new();
    struct event event = scene_exec();
    struct siphash first, second;

    event_texts_begin(texts, &event);
    first = event_texts_hash(texts, EVENT_PATH, &key);
    assert_int_equal(event_texts_hash(texts, EVENT_SIGNER, &key).halves[0], 0);
    scene_text(&event, EVENT_PATH, "/tmp/b.sh");
    scene_text(&event, EVENT_SIGNER, "");
    event_texts_begin(texts, &event);
    second = event_texts_hash(texts, EVENT_PATH, &key);
    assert_memory_not_equal(&first, &second, sizeof(first));
    assert_int_not_equal(event_texts_hash(texts, EVENT_SIGNER, &key).halves[0], 0);
    event_texts_free(texts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compiled_globs_agree),
        cmocka_unit_test(few_patterns_need_the_glob),
        cmocka_unit_test(values_have_one_text),
        cmocka_unit_test(texts_are_made_anew_for_each_event),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
