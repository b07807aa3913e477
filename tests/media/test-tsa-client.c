/* SPDX-License-Identifier: ISC
 *
 * The server is this program's child, with a timestamp leaf of the test's own site.
 */
#include "tests/media/site.h"
#include "tests/media/tsa-server.h"

#include "media/base/instant.h"
#include "media/cms.h"
#include "media/timestamp.h"
#include "media/tsa-client.h"
#include "tests/run.h"
#include "tests/scratch.h"

#define QUERY_BYTES 4096

struct fixture {
    struct site *site;
    struct scratch *scratch;
    struct tsa_server server;
};

static void write_key(const struct fixture *fixture, const struct key *key)
{
    struct error err = {0};
    struct bytes pem;

    bytes_init(&pem, LIMIT_KEY_FILE_BYTES);
    assert_ok(key_export(key, NULL, &pem, &err), &err);
    assert_ok(bytes_put_u8(&pem, '\0', &err), &err);
    scratch_write(fixture->scratch, "key.pem", (const char *)pem.data);
    bytes_clear(&pem);
}

static void write_view(const struct fixture *fixture, const char *name, struct bytes_view view)
{
    int fd = openat(fixture->scratch->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, view.data, view.size), view.size);
    close(fd);
}

/* The openssl authority gets the site's second timestamp leaf. */
static void write_authority(const struct fixture *fixture)
{
    const struct key *key = fixture->site->leaves[ROLE_TIMESTAMP][1];
    struct bytes_view path[LIMIT_CHAIN_CERTIFICATES];
    struct run run;

    write_key(fixture, key);
    assert_int_equal(key_path(key, path), 2);
    write_view(fixture, "leaf.der", path[0]);
    RUN(&run, fixture->scratch->fd, "openssl", "x509", "-inform", "DER", "-in", "leaf.der", "-out",
        "leaf.pem");
    assert_int_equal(run.status, 0);
    scratch_write(fixture->scratch, "chain.pem", (const char *)fixture->site->issuing_pem.data);
    scratch_write(fixture->scratch, "root.pem", (const char *)fixture->site->root_pem.data);
    scratch_write(fixture->scratch, "serial", "4100000000000001\n");
}

static int open_fixture(void **state)
{
    struct fixture *fixture = bytes_allocate(1, sizeof(*fixture));

    *state = fixture;
    fixture->site = site_new();
    if (scratch_open((void **)&fixture->scratch) < 0)
        return -1;
    if (tsa_server_open(&fixture->server, fixture->scratch->fd) < 0)
        return -1;
    write_authority(fixture);
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *fixture = *state;

    tsa_server_close(&fixture->server);
    scratch_close((void **)&fixture->scratch);
    site_free(fixture->site);
    free(fixture);
    return 0;
}

/* A child that answers `times` requests in this way and ends. */
static pid_t serve(const struct fixture *fixture, unsigned times, enum tsa_answer answer,
                   const char *fixed)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    for (unsigned i = 0; i < times; i++)
        tsa_server_answer(&fixture->server, answer, fixed);
    _exit(0);
}

static void reap(pid_t pid)
{
    int status = 0;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static struct bytes_view signature(void)
{
    return bytes_view_of("a signature value", 17);
}

/* Asks once of a server that answers so. */
static int ask(const struct fixture *fixture, enum tsa_answer answer, const char *fixed,
               struct bytes *token, struct error *err)
{
    pid_t server = serve(fixture, 1, answer, fixed);
    int64_t time_us = 0;
    int result;

    bytes_init(token, LIMIT_TOKEN_BYTES);
    result = tsa_client_ask(fixture->server.url, NULL, signature(), token, &time_us, err);
    assert_true((result == 0) == (time_us != 0));
    assert_true((result == 0) == (token->size != 0));
    reap(server);
    return result;
}

static void openssl_answers_and_agrees_about_its_token(void **state)
{
    const struct fixture *fixture = *state;
    struct timestamp *timestamp = bytes_allocate(1, sizeof(*timestamp));
    struct error err = {0};
    struct bytes token;
    struct run run;

    assert_ok(ask(fixture, TSA_ANSWER_OPENSSL, NULL, &token, &err), &err);
    assert_ok(timestamp_parse(bytes_view(&token), timestamp, &err), &err);
    assert_true(timestamp->info.time_us <= instant_clock());
    assert_true(timestamp->info.time_us > instant_clock() - INSTANT_HOUR_US);
    write_view(fixture, "T", bytes_view(&token));
    write_view(fixture, "SIG", signature());
    RUN(&run, fixture->scratch->fd, "openssl", "ts", "-verify", "-token_in", "-in", "T", "-data",
        "SIG", "-CAfile", "root.pem");
    assert_int_equal(run.status, 0);
    bytes_clear(&token);
    free(timestamp);
}

static void a_document_is_signed_with_the_servers_timestamps(void **state)
{
    const struct fixture *fixture = *state;
    const struct document_row *row = document_row(DOCUMENT_SET);
    struct cms_profile profile = cms_profile_of(DOCUMENT_SET);
    struct sign_timestamper timestamper = {.url = fixture->server.url};
    struct cms *cms = bytes_allocate(1, sizeof(*cms));
    struct error err = {0};
    struct bytes document;
    int64_t time_us = 0;
    pid_t server = serve(fixture, 2, TSA_ANSWER_OPENSSL, NULL);

    bytes_init(&document, row->limit);
    assert_ok(sign_document(DOCUMENT_SET, bytes_view_of("{}", 2),
                            (const struct key *const *)(void *)fixture->site->leaves[ROLE_RELEASE],
                            2, &timestamper, &document, &time_us, &err),
              &err);
    reap(server);
    assert_ok(cms_parse(&profile, bytes_view(&document), cms, &err), &err);
    assert_int_equal(cms->signer_count, 2);
    assert_true(time_us > instant_clock() - INSTANT_HOUR_US);
    free(cms);
    bytes_clear(&document);
}

static void a_server_whose_clock_stands_is_given_up(void **state)
{
    const struct fixture *fixture = *state;
    struct sign_timestamper timestamper = {.url = fixture->server.url,
                                           .not_before_us = instant_clock() + INSTANT_HOUR_US};
    const struct key *key = fixture->site->leaves[ROLE_RELEASE][0];
    struct error err = {0};
    struct bytes document;
    pid_t server = serve(fixture, 3, TSA_ANSWER_OPENSSL, NULL);

    bytes_init(&document, LIMIT_SET_BYTES);
    assert_refused(sign_document(DOCUMENT_SET, bytes_view_of("{}", 2), &key, 1, &timestamper,
                                 &document, NULL, &err),
                   &err, ERROR_TIMESTAMP_WINDOW);
    assert_int_equal(document.size, 0);
    reap(server);
}

static void the_reply_to_an_older_request_is_refused(void **state)
{
    const struct fixture *fixture = *state;
    struct error err = {0};
    struct bytes token;

    assert_ok(ask(fixture, TSA_ANSWER_OPENSSL, NULL, &token, &err), &err);
    bytes_clear(&token);
    assert_refused(ask(fixture, TSA_ANSWER_REPLAY, NULL, &token, &err), &err, ERROR_BAD_TIMESTAMP);
    assert_non_null(strstr(err.words, "nonce"));
    shows_case("B14");
}

static void a_body_without_end_is_cut_at_the_limit(void **state)
{
    struct error err = {0};
    struct bytes token;

    assert_refused(ask(*state, TSA_ANSWER_ENDLESS, NULL, &token, &err), &err, ERROR_LIMIT);
}

#define HEAD(status, type, more)                                                                   \
    "HTTP/1.1 " status "\r\nContent-Type: " type "\r\n" more "Connection: close\r\n\r\n"

static void what_is_no_timestamp_reply_is_refused(void **state)
{
    static const struct {
        const char *answer;
        enum error_code code;
    } rows[] = {
        {HEAD("500 Broken", "application/timestamp-reply", ""), ERROR_IO},
        {HEAD("206 Partial Content", "application/timestamp-reply", "") "x", ERROR_IO},
        {HEAD("302 Found", "text/html", "Location: http://127.0.0.1:9/\r\n"), ERROR_IO},
        {HEAD("200 OK", "text/html", "") "<html>", ERROR_IO},
        {HEAD("200 OK", "application/timestamp-reply", "Content-Length: 65537\r\n"), ERROR_LIMIT},
        {HEAD("200 OK", "application/timestamp-reply", "Content-Length: 9\r\n") "x", ERROR_IO},
        {HEAD("200 OK", "application/timestamp-reply", ""), ERROR_NOT_DER},
        {HEAD("200 OK", "application/timestamp-reply", "") "garbage", ERROR_NOT_DER},
        {"no HTTP at all\r\n\r\n", ERROR_IO},
        {"", ERROR_IO},
    };
    struct error err = {0};
    struct bytes token;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_refused(ask(*state, TSA_ANSWER_FIXED, rows[i].answer, &token, &err), &err,
                       rows[i].code);
}

static void only_http_and_https_are_spoken(void **state)
{
    static const char *const urls[] = {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://x/", ""};
    struct error err = {0};
    struct bytes token;
    int64_t time_us;

    bytes_init(&token, LIMIT_TOKEN_BYTES);
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
        assert_refused(tsa_client_ask(urls[i], NULL, signature(), &token, &time_us, &err), &err,
                       ERROR_CONFIG);
}

static const uint8_t nonce[TSA_CLIENT_NONCE_BYTES] = {0x41, 2, 3, 4, 5, 6, 7, 8};

static int judge(const char *reply, size_t size, struct error *err)
{
    struct bytes_view token = {0};
    int64_t time_us;

    return tsa_client_judge(bytes_view_of(reply, size), signature(), nonce, &token, &time_us, err);
}

static void a_refusal_is_told_with_the_servers_words(void **state)
{
    /* TimeStampResp { status { rejection(2), {"no"}, failInfo badAlg }, no token } */
    static const char refusal[] = "\x30\x0f\x30\x0d\x02\x01\x02\x30\x04\x0c\x02no\x03\x02\x07\x80";
    struct error err = {0};

    assert_refused(judge(refusal, sizeof(refusal) - 1, &err), &err, ERROR_BAD_TIMESTAMP);
    assert_non_null(strstr(err.words, "status 2 no"));
}

static void a_reply_must_be_whole_and_hold_a_token(void **state)
{
    struct error err = {0};

    assert_refused(judge("\x30\x05\x30\x03\x02\x01\x00", 7, &err), &err, ERROR_BAD_TIMESTAMP);
    assert_refused(judge("\x30\x07\x30\x03\x02\x01\x00\x05\x00", 9, &err), &err,
                   ERROR_BAD_TIMESTAMP);
    assert_refused(judge("\x30\x05\x30\x03\x02\x01\x00z", 8, &err), &err, ERROR_NOT_DER);
    assert_refused(judge("\x30\x80\x30\x03\x02\x01\x00\x00\x00", 9, &err), &err, ERROR_NOT_DER);
    assert_refused(judge("\x30\x02\x30\x00", 4, &err), &err, ERROR_BAD_TIMESTAMP);
}

/* A real reply to the fixed nonce, made without HTTP. */
static void make_reply(const struct fixture *fixture, struct bytes *reply)
{
    struct error err = {0};
    struct bytes request;

    bytes_init(&request, 4096);
    assert_ok(tsa_client_request(signature(), nonce, &request, &err), &err);
    write_view(fixture, "query", bytes_view(&request));
    assert_true(tsa_server_reply(&fixture->server));
    assert_ok(path_read(fixture->scratch->fd, "reply", LIMIT_TOKEN_BYTES, reply, &err), &err);
    bytes_clear(&request);
}

/* The issuing CA's certificate is left out: it proves itself only to whoever knows the root. */
static void every_flipped_byte_of_a_reply_is_noticed(void **state)
{
    const struct fixture *fixture = *state;
    struct bytes_view path[LIMIT_CHAIN_CERTIFICATES];
    struct error err = {0};
    struct bytes reply;
    size_t unnoticed = 0;
    uint8_t *issuing;

    make_reply(fixture, &reply);
    assert_ok(judge((const char *)reply.data, reply.size, &err), &err);
    assert_int_equal(key_path(fixture->site->issuing, path), 1);
    issuing = memmem(reply.data, reply.size, path[0].data, path[0].size);
    assert_non_null(issuing);
    for (uint8_t *byte = reply.data; byte < reply.data + reply.size; byte++) {
        if (byte >= issuing && byte < issuing + path[0].size)
            continue;
        *byte ^= 0x01;
        unnoticed += judge((const char *)reply.data, reply.size, &err) == 0;
        *byte ^= 0x01;
    }
    /* One byte is not signed and has a second good value: the status, 0 or 1. */
    assert_int_equal(unnoticed, 1);
    bytes_clear(&reply);
}

static void a_token_for_another_signature_is_refused(void **state)
{
    struct bytes_view token = {0};
    struct error err = {0};
    struct bytes reply;
    int64_t time_us;

    make_reply(*state, &reply);
    assert_refused(tsa_client_judge(bytes_view(&reply), bytes_view_of("another", 7), nonce, &token,
                                    &time_us, &err),
                   &err, ERROR_TIMESTAMP_IMPRINT);
    assert_int_equal(time_us, 0);
    bytes_clear(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openssl_answers_and_agrees_about_its_token),
        cmocka_unit_test(a_document_is_signed_with_the_servers_timestamps),
        cmocka_unit_test(a_server_whose_clock_stands_is_given_up),
        cmocka_unit_test(the_reply_to_an_older_request_is_refused),
        cmocka_unit_test(a_body_without_end_is_cut_at_the_limit),
        cmocka_unit_test(what_is_no_timestamp_reply_is_refused),
        cmocka_unit_test(only_http_and_https_are_spoken),
        cmocka_unit_test(a_refusal_is_told_with_the_servers_words),
        cmocka_unit_test(a_reply_must_be_whole_and_hold_a_token),
        cmocka_unit_test(every_flipped_byte_of_a_reply_is_noticed),
        cmocka_unit_test(a_token_for_another_signature_is_refused),
    };

    if (run_skip_without("openssl", "version"))
        return 0;
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
