/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/bytes.h"
#include "media/base/event-filter.h"

static bool glob(const char *pattern, const char *text)
{
    return event_glob(pattern, strlen(pattern), text, strlen(text));
}

static void globs_match_what_they_say(void **state)
{
    static const struct {
        const char *pattern, *text;
        bool expected;
    } cases[] = {
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"**", "", true},
        {"***", "abc", true},
        {"a", "a", true},
        {"a", "aa", false},
        {"aa", "a", false},
        {"/tmp/*", "/tmp/a/b", true},
        {"/tmp/*", "/tmp/", true},
        {"/tmp/*", "/tmp", false},
        {"*/bash", "/usr/bin/bash", true},
        {"*/bash", "bash", false},
        {"*/bash", "/usr/bin/bashed", false},
        {"*curl*|*sh*", "curl x | y|bash", true},
        {"*ab*ab*ab", "ababab", true},
        {"*ab*ab*ab", "abab", false},
        {"a*a", "a", false},
        {"a*a", "aa", true},
        {"*aab", "aaaaaaaab", true},
        {"*a?c*", "abbabc", true},
        {"*a?c*", "abbab", false},
        {"?", "", false},
        {"?", "\xff", true},
        {"??", "\xc3\xa9", true},
        {"[a-c]", "b", true},
        {"[a-c]", "d", false},
        {"[!a-c]", "d", true},
        {"[!a-c]", "b", false},
        {"[c-a]", "b", false},
        {"[]a]", "]", true},
        {"[!]a]", "]", false},
        {"[!]a]", "b", true},
        {"[a\\]b]", "]", true},
        {"[a-]", "-", true},
        {"[-a]", "-", true},
        {"[\\!a]", "!", true},
        {"[a!]", "!", true},
        {"[*]", "*", true},
        {"[*]", "a", false},
        {"[\x80-\xff]", "\xe9", true},
        {"\\*", "*", true},
        {"\\*", "a", false},
        {"*\\*", "a*", true},
        {"*\\**x", "a*bx", true},
        {"\\[a]", "[a]", true},
        {"\\\\", "\\", true},
        {"[a", "[a", false},
        {"*[", "[", false},
        {"a\\", "a\\", false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (glob(cases[i].pattern, cases[i].text) != cases[i].expected)
            fail_msg("%s on %s: not %d", cases[i].pattern, cases[i].text, cases[i].expected);
    }
}

static void broken_globs_are_told(void **state)
{
    static const char *const broken[] = {"[", "[]", "[!]", "[a\\]", "\\", "a*[b", "[[[["};
    static const char *const sound[] = {"", "*", "]", "[]]", "[!]]", "\\[", "[\\]]", "!-"};

    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        assert_false(event_glob_valid(broken[i], strlen(broken[i])));
    for (size_t i = 0; i < sizeof(sound) / sizeof(sound[0]); i++)
        assert_true(event_glob_valid(sound[i], strlen(sound[i])));
}

/* By the definition, exponential: the judge of short patterns without classes. */
static bool judge(const char *pattern, const char *text)
{
    if (*pattern == '*')
        return judge(pattern + 1, text) || (*text != '\0' && judge(pattern, text + 1));
    if (*pattern == '\0' || *text == '\0')
        return *pattern == *text;
    return (*pattern == '?' || *pattern == *text) && judge(pattern + 1, text + 1);
}

/* The number's digits to the base of the letters. */
static void spell(unsigned number, const char *letters, char *out)
{
    size_t base = strlen(letters);

    for (; number > 0; number = (unsigned)(number / base))
        *out++ = letters[number % base];
    *out = '\0';
}

static void all_short_globs_agree_with_the_definition(void **state)
{
    char pattern[16], text[16];

    for (unsigned i = 0; i < 4096; i++) {
        spell(i, "ab*?", pattern);
        for (unsigned j = 0; j < 256; j++) {
            spell(j, "ab", text);
            if (glob(pattern, text) != judge(pattern, text))
                fail_msg("%s on %s", pattern, text);
        }
    }
}

/* What would take minutes with backtracking over all stars: this test has no time limit of its own,
 * the runner's is enough. */
static void long_globs_end(void **state)
{
    enum { STARS = 500, TEXT = 65536 };
    char *pattern = bytes_allocate(2 * STARS + 2, 1), *text = bytes_allocate(TEXT + 1, 1);

    for (size_t i = 0; i < STARS; i++)
        memcpy(pattern + 2 * i, "a*", 2);
    memset(text, 'a', TEXT);
    assert_true(glob(pattern, text));
    pattern[2 * STARS] = 'b';
    assert_false(glob(pattern, text));
    memset(pattern, '[', 2 * STARS);
    assert_false(glob(pattern, text));
    free(pattern);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(globs_match_what_they_say),
        cmocka_unit_test(broken_globs_are_told),
        cmocka_unit_test(all_short_globs_agree_with_the_definition),
        cmocka_unit_test(long_globs_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
