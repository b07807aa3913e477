/* SPDX-License-Identifier: ISC */
#include "tests/media/site.h"

#include "media/base/instant.h"
#include "media/chain.h"
#include "media/cms.h"
#include "media/der.h"
#include "media/timestamp.h"
#include "tests/run.h"
#include "tests/scratch.h"

static const char json[] = "{\"a\":1,\"b\":\"\xc3\xa9\"}";

static struct bytes_view content(void)
{
    return bytes_view_of(json, sizeof(json) - 1);
}

/* Signs with the first `count` leaves of the kind's role. */
static void sign(struct site *site, enum document_kind kind, size_t count, struct bytes *document,
                 int64_t *time_us)
{
    const struct document_row *row = document_row(kind);
    struct error err = {0};

    bytes_init(document, row->limit);
    assert_ok(sign_document(kind, content(),
                            (const struct key *const *)(void *)site->leaves[row->role], count,
                            row->timestamped ? &site->timestamper : NULL, document, time_us, &err),
              &err);
}

static struct cms *parse(enum document_kind kind, const struct bytes *document)
{
    struct cms_profile profile = cms_profile_of(kind);
    struct cms *cms = bytes_allocate(1, sizeof(*cms));
    struct error err = {0};

    assert_ok(cms_parse(&profile, bytes_view(document), cms, &err), &err);
    assert_ok(cms_verify(cms, &err), &err);
    return cms;
}

static void every_kind_is_read_back_with_its_chain(void **state)
{
    struct site *site = *state;

    for (unsigned i = 0; i < DOCUMENT_KINDS; i++) {
        enum document_kind kind = (enum document_kind)i;
        const struct document_row *row = document_row(kind);
        struct bytes document;
        struct cms *cms;

        sign(site, kind, 1, &document, NULL);
        cms = parse(kind, &document);
        assert_true(bytes_equal(cms->content, content()));
        assert_int_equal(cms->signer_count, 1);
        assert_int_equal(cms->certificate_count,
                         row->role == ROLE_ROOT || row->role == ROLE_ENDPOINT ? 1 : 2);
        assert_int_equal(cms->signers[0].token.size > 0, row->timestamped);
        free(cms);
        bytes_clear(&document);
    }
}

static void load_roots(const struct site *site, struct chain_roots *roots)
{
    struct bytes_view path[LIMIT_CHAIN_CERTIFICATES];
    struct error err = {0};

    assert_int_equal(key_path(site->root, path), 1);
    assert_ok(chain_add_root(roots, path[0], &err), &err);
}

static void our_own_chains_verify_for_their_roles(void **state)
{
    struct site *site = *state;
    struct chain_roots *roots = bytes_allocate(1, sizeof(*roots));
    const struct certificate *path[LIMIT_CHAIN_CERTIFICATES];
    struct timestamp *timestamp = bytes_allocate(1, sizeof(*timestamp));
    struct error err = {0};

    load_roots(site, roots);
    for (unsigned i = 0; i < DOCUMENT_RECEIPT; i++) {
        const struct document_row *row = document_row((enum document_kind)i);
        struct bytes document;
        int64_t time_us = 0;
        struct cms *cms;

        sign(site, row->kind, 1, &document, &time_us);
        cms = parse(row->kind, &document);
        assert_ok(chain_verify(roots, path, cms_path(cms, 0, path), row->role, time_us, NULL, &err),
                  &err);
        if (row->timestamped) {
            assert_ok(timestamp_parse(cms->signers[0].token, timestamp, &err), &err);
            assert_ok(chain_verify(roots, path, timestamp_path(timestamp, path), ROLE_TIMESTAMP,
                                   time_us, NULL, &err),
                      &err);
        }
        free(cms);
        bytes_clear(&document);
    }
    free(timestamp);
    free(roots);
}

static void two_keys_sign_one_document(void **state)
{
    struct site *site = *state;
    struct bytes document;
    struct cms *cms;

    sign(site, DOCUMENT_SET, 2, &document, NULL);
    cms = parse(DOCUMENT_SET, &document);
    assert_int_equal(cms->signer_count, 2);
    assert_int_equal(cms->certificate_count, 3); /* two leaves, one issuing CA */
    free(cms);
    bytes_clear(&document);
}

static void cosigning_gives_what_signing_together_gives(void **state)
{
    struct site *site = *state;
    struct error err = {0};
    struct bytes first, both;
    int64_t first_us = 0, both_us = 0;
    struct cms *cms;

    sign(site, DOCUMENT_SET, 1, &first, &first_us);
    bytes_init(&both, LIMIT_SET_BYTES);
    assert_ok(sign_again(DOCUMENT_SET, bytes_view(&first), site->leaves[ROLE_RELEASE][1],
                         &site->timestamper, &both, &both_us, &err),
              &err);
    assert_true(both_us == first_us); /* the earliest counts */
    cms = parse(DOCUMENT_SET, &both);
    assert_int_equal(cms->signer_count, 2);
    assert_int_equal(cms->certificate_count, 3);
    assert_true(bytes_equal(cms->content, content()));
    free(cms);
    assert_refused(sign_again(DOCUMENT_SET, bytes_view(&both), site->leaves[ROLE_RELEASE][0],
                              &site->timestamper, &first, NULL, &err),
                   &err, ERROR_SAME_KEY_TWICE);
    bytes_clear(&first);
    bytes_clear(&both);
}

static void nobody_cosigns_what_does_not_verify(void **state)
{
    struct site *site = *state;
    struct error err = {0};
    struct bytes document, both;
    uint8_t *place;

    sign(site, DOCUMENT_SET, 1, &document, NULL);
    place = memmem(document.data, document.size, json, sizeof(json) - 1);
    assert_non_null(place);
    place[2] ^= 1;
    bytes_init(&both, LIMIT_SET_BYTES);
    assert_refused(sign_again(DOCUMENT_SET, bytes_view(&document), site->leaves[ROLE_RELEASE][1],
                              &site->timestamper, &both, NULL, &err),
                   &err, ERROR_ATTRIBUTE_MISMATCH);
    assert_int_equal(both.size, 0);
    bytes_clear(&document);
}

static void keys_must_be_distinct_and_of_the_role(void **state)
{
    struct site *site = *state;
    const struct key *twice[] = {site->leaves[ROLE_RELEASE][0], site->leaves[ROLE_RELEASE][0]};
    struct error err = {0};
    struct key *bare = NULL;
    struct bytes document;

    bytes_init(&document, LIMIT_SET_BYTES);
    assert_ok(key_generate(&bare, &err), &err);
    assert_refused(
        sign_document(DOCUMENT_SET, content(), twice, 2, &site->timestamper, &document, NULL, &err),
        &err, ERROR_SAME_KEY_TWICE);
    assert_refused(sign_document(DOCUMENT_PACKAGE, content(), twice, 1, &site->timestamper,
                                 &document, NULL, &err),
                   &err, ERROR_WRONG_ROLE);
    assert_refused(
        sign_document(DOCUMENT_SET, content(), twice, 0, &site->timestamper, &document, NULL, &err),
        &err, ERROR_LIMIT);
    twice[0] = bare;
    assert_refused(
        sign_document(DOCUMENT_SET, content(), twice, 1, &site->timestamper, &document, NULL, &err),
        &err, ERROR_USAGE);
    assert_int_equal(document.size, 0);
    key_free(bare);
    shows_case("A13");
}

static void a_kind_with_tokens_is_not_signed_without(void **state)
{
    struct site *site = *state;
    const struct key *key = site->leaves[ROLE_RELEASE][0];
    struct sign_timestamper nobody = {0};
    struct error err = {0};
    struct bytes document;

    bytes_init(&document, LIMIT_SET_BYTES);
    assert_refused(sign_document(DOCUMENT_SET, content(), &key, 1, NULL, &document, NULL, &err),
                   &err, ERROR_TIMESTAMP_MISSING);
    assert_refused(sign_document(DOCUMENT_SET, content(), &key, 1, &nobody, &document, NULL, &err),
                   &err, ERROR_TIMESTAMP_MISSING);
}

static void a_document_over_its_limit_is_not_made(void **state)
{
    struct site *site = *state;
    const struct key *key = site->leaves[ROLE_ROOT][0];
    char *large = bytes_allocate(1, LIMIT_ROOT_BYTES);
    struct error err = {0};
    struct bytes document;

    bytes_init(&document, LIMIT_SET_BYTES);
    assert_refused(sign_document(DOCUMENT_ROOT, bytes_view_of(large, LIMIT_ROOT_BYTES), &key, 1,
                                 &site->timestamper, &document, NULL, &err),
                   &err, ERROR_LIMIT);
    free(large);
}

/* A leaf of its own validity. */
static struct key *leaf_valid(struct site *site, int64_t not_before_us, int64_t not_after_us)
{
    struct certify_request request = {"O", "CN", not_before_us, not_after_us};
    struct error err = {0};
    struct key *key = NULL;
    struct bytes pem;

    bytes_init(&pem, 64 * KIB);
    assert_ok(key_generate(&key, &err), &err);
    assert_ok(certify_leaf(site->issuing, key, ROLE_RELEASE, &request, &pem, &err), &err);
    assert_ok(bytes_put(&pem, site->issuing_pem.data, site->issuing_pem.size, &err), &err);
    assert_ok(key_set_path(key, (const char *)pem.data, &err), &err);
    bytes_clear(&pem);
    return key;
}

static void an_expired_or_future_certificate_does_not_sign(void **state)
{
    struct site *site = *state;
    int64_t now_us = instant_clock();
    struct key *expired = leaf_valid(site, site->not_before_us, now_us - INSTANT_MINUTE_US);
    struct key *future = leaf_valid(site, now_us + INSTANT_HOUR_US, site->not_after_us);
    struct error err = {0};
    struct bytes document;

    bytes_init(&document, LIMIT_SET_BYTES);
    assert_refused(sign_document(DOCUMENT_SET, content(), (const struct key *const *)&expired, 1,
                                 &site->timestamper, &document, NULL, &err),
                   &err, ERROR_NOT_VALID_THEN);
    assert_refused(sign_document(DOCUMENT_SET, content(), (const struct key *const *)&future, 1,
                                 &site->timestamper, &document, NULL, &err),
                   &err, ERROR_NOT_VALID_THEN);
    key_free(expired);
    key_free(future);
}

static void times_rise_even_when_the_clock_is_behind(void **state)
{
    struct site *site = *state;
    struct sign_timestamper timestamper = site->timestamper;
    const struct key *key = site->leaves[ROLE_RELEASE][0];
    struct error err = {0};
    struct bytes document;
    int64_t time_us = 0;

    bytes_init(&document, LIMIT_SET_BYTES);
    timestamper.not_before_us = instant_clock() + INSTANT_SECOND_US / 4;
    assert_ok(
        sign_document(DOCUMENT_SET, content(), &key, 1, &timestamper, &document, &time_us, &err),
        &err);
    assert_true(time_us > timestamper.not_before_us);
    timestamper.not_before_us = instant_clock() + INSTANT_MINUTE_US;
    assert_refused(
        sign_document(DOCUMENT_SET, content(), &key, 1, &timestamper, &document, NULL, &err), &err,
        ERROR_TIMESTAMP_WINDOW);
    bytes_clear(&document);
    shows_case("B15");
}

static void tokens_follow_the_profile_and_differ(void **state)
{
    struct site *site = *state;
    struct timestamp *one = bytes_allocate(1, sizeof(*one));
    struct timestamp *two = bytes_allocate(1, sizeof(*two));
    struct error err = {0};
    struct bytes document;
    struct cms *cms;

    sign(site, DOCUMENT_ROOT, 2, &document, NULL);
    cms = parse(DOCUMENT_ROOT, &document);
    assert_ok(timestamp_parse(cms->signers[0].token, one, &err), &err);
    assert_ok(timestamp_parse(cms->signers[1].token, two, &err), &err);
    assert_int_equal(one->info.serial.size, 16);
    assert_false(bytes_equal(one->info.serial, two->info.serial));
    assert_true(one->info.time_us != two->info.time_us);
    assert_true(der_oid_is(one->info.policy, "1.3.6.1.4.1.32473.3.1"));
    assert_ok(timestamp_verify(one, cms->signers[0].signature, &err), &err);
    assert_refused(timestamp_verify(one, cms->signers[1].signature, &err), &err,
                   ERROR_TIMESTAMP_IMPRINT);
    free(cms);
    free(one);
    free(two);
    bytes_clear(&document);
}

static void write_view(const struct scratch *scratch, const char *name, struct bytes_view view)
{
    int fd = openat(scratch->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, view.data, view.size), view.size);
    close(fd);
}

/* The PEM of an endpoint's own certificate, for openssl. */
static void write_endpoint(const struct scratch *scratch, const struct key *key)
{
    struct bytes_view path[LIMIT_CHAIN_CERTIFICATES];
    struct run run;

    assert_int_equal(key_path(key, path), 1);
    write_view(scratch, "endpoint.der", path[0]);
    RUN(&run, scratch->fd, "openssl", "x509", "-inform", "DER", "-in", "endpoint.der", "-out",
        "endpoint.pem");
    assert_int_equal(run.status, 0);
}

static void openssl_judges_tokens(const struct scratch *scratch, const struct cms *cms)
{
    struct run run;

    for (size_t i = 0; i < cms->signer_count; i++) {
        write_view(scratch, "T", cms->signers[i].token);
        write_view(scratch, "SIG", cms->signers[i].signature);
        RUN(&run, scratch->fd, "openssl", "ts", "-verify", "-token_in", "-in", "T", "-data", "SIG",
            "-CAfile", "root.pem");
        assert_string_equal(run.output, "Verification: OK\n");
        assert_int_equal(run.status, 0);
        write_view(scratch, "SIG", content());
        RUN(&run, scratch->fd, "openssl", "ts", "-verify", "-token_in", "-in", "T", "-data", "SIG",
            "-CAfile", "root.pem");
        assert_int_not_equal(run.status, 0);
    }
}

static void openssl_accepts_every_kind_and_every_token(void **state)
{
    struct site *site = *state;
    struct scratch *scratch = NULL;
    struct run run;

    assert_int_equal(scratch_open((void **)&scratch), 0);
    scratch_write(scratch, "root.pem", (const char *)site->root_pem.data);
    write_endpoint(scratch, site->leaves[ROLE_ENDPOINT][0]);
    for (unsigned i = 0; i < DOCUMENT_KINDS; i++) {
        const struct document_row *row = document_row((enum document_kind)i);
        struct bytes document;
        struct cms *cms;

        sign(site, row->kind, row->role == ROLE_ENDPOINT ? 1 : 2, &document, NULL);
        write_view(scratch, "X.p7m", bytes_view(&document));
        RUN(&run, scratch->fd, "openssl", "cms", "-verify", "-inform", "DER", "-in", "X.p7m",
            "-CAfile", row->role == ROLE_ENDPOINT ? "endpoint.pem" : "root.pem", "-purpose", "any");
        assert_int_equal(run.status, 0);
        assert_string_equal(run.output, json);
        cms = parse(row->kind, &document);
        if (row->timestamped)
            openssl_judges_tokens(scratch, cms);
        free(cms);
        bytes_clear(&document);
    }
    scratch_close((void **)&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_read_back_with_its_chain),
        cmocka_unit_test(our_own_chains_verify_for_their_roles),
        cmocka_unit_test(two_keys_sign_one_document),
        cmocka_unit_test(cosigning_gives_what_signing_together_gives),
        cmocka_unit_test(nobody_cosigns_what_does_not_verify),
        cmocka_unit_test(keys_must_be_distinct_and_of_the_role),
        cmocka_unit_test(a_kind_with_tokens_is_not_signed_without),
        cmocka_unit_test(a_document_over_its_limit_is_not_made),
        cmocka_unit_test(an_expired_or_future_certificate_does_not_sign),
        cmocka_unit_test(times_rise_even_when_the_clock_is_behind),
        cmocka_unit_test(tokens_follow_the_profile_and_differ),
        cmocka_unit_test(openssl_accepts_every_kind_and_every_token),
    };

    if (run_skip_without("openssl", "version"))
        return 0;
    return cmocka_run_group_tests(tests, site_setup, site_teardown);
}
