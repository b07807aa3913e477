/* SPDX-License-Identifier: ISC */
#include "media/base/url.h"

#include "tests/test.h"

static void addresses_are_taken_apart(void **state)
{
    static const struct {
        const char *text, *host, *path;
        uint16_t port;
        bool tls, numeric;
    } cases[] = {
        {"http://mirror.site.example", "mirror.site.example", "", 80, false, false},
        {"https://mirror/", "mirror", "", 443, true, false},
        {"http://10.0.0.1:8470/a/b/", "10.0.0.1", "/a/b", 8470, false, true},
        {"https://[fd00::1]:1/x", "fd00::1", "/x", 1, true, true},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = {0};
        struct url url;

        assert_int_equal(url_parse(cases[i].text, &url, &err), 0);
        assert_string_equal(url.host, cases[i].host);
        assert_string_equal(url.path, cases[i].path);
        assert_int_equal(url.port, cases[i].port);
        assert_int_equal(url.tls, cases[i].tls);
        assert_int_equal(url.numeric, cases[i].numeric);
    }
}

/* What two libraries may read in two ways. */
static void everything_else_is_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "http:",
        "http://",
        "HTTP://a",
        "ftp://a",
        "http:///a",
        "http://a b",
        "http://A",
        "http://u@a",
        "http://u:p@a",
        "http://a:",
        "http://a:0",
        "http://a:08",
        "http://a:65536",
        "http://a:99999999999999999999",
        "http://a:1x",
        "http://a?b",
        "http://a/?b",
        "http://a/#b",
        "http://a/%2e",
        "http://a//b",
        "http://a/../b",
        "http://a/.",
        "http://a\\b",
        "http://a\tb",
        "http://-a",
        "http://.a",
        "http://a..b",
        "http://127.1",
        "http://0x7f000001",
        "http://1.2.3.4.5",
        "http://[::1",
        "http://[::1%lo]",
        "http://[127.0.0.1]",
        "http://[]",
        "http://\xc3\xa9",
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = {0};
        struct url url;

        if (url_parse(cases[i], &url, &err) != -(int)ERROR_USAGE)
            fail_msg("taken: %s", cases[i]);
    }
    shows_case("F5");
}

static void long_ones_are_refused(void **state)
{
    char text[LIMIT_URL_BYTES + 8] = "http://a/";
    struct error err = {0};
    struct url url;

    memset(text + strlen(text), 'a', sizeof(text) - 1 - strlen(text));
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(url_parse(text, &url, &err), -(int)ERROR_USAGE);
    memset(text + 7, 'a', URL_HOST_BYTES);
    text[7 + URL_HOST_BYTES] = '\0';
    assert_int_equal(url_parse(text, &url, &err), -(int)ERROR_USAGE);
    text[7 + URL_HOST_BYTES - 1] = '\0';
    assert_int_equal(url_parse(text, &url, &err), 0);
}

static void a_server_is_scheme_host_and_port(void **state)
{
    struct error err = {0};
    struct url a, b;

    assert_int_equal(url_parse("https://a/x", &a, &err), 0);
    assert_int_equal(url_parse("https://a:443/y", &b, &err), 0);
    assert_true(url_same_server(&a, &b));
    assert_int_equal(url_parse("http://a:443", &b, &err), 0);
    assert_false(url_same_server(&a, &b));
    assert_int_equal(url_parse("https://b", &b, &err), 0);
    assert_false(url_same_server(&a, &b));
    assert_true(url_is("gopher://a"));
    assert_false(url_is("/a://b"));
    assert_false(url_is("./http://b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_taken_apart),
        cmocka_unit_test(everything_else_is_refused),
        cmocka_unit_test(long_ones_are_refused),
        cmocka_unit_test(a_server_is_scheme_host_and_port),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
