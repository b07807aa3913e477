/* SPDX-License-Identifier: ISC */
#include "tests/media/site.h"

#include "media/base/instant.h"
#include "media/crl.h"
#include "tests/run.h"
#include "tests/scratch.h"

static const uint8_t serial_a[] = {0x41, 0x02, 0x03};
static const uint8_t serial_b[] = {0x00, 0x80};

static void write_pem(const struct scratch *scratch, const char *name, const struct bytes *pem)
{
    scratch_write(scratch, name, (const char *)pem->data);
}

/* The leaf alone, as PEM, made from its path's DER by openssl. */
static void write_leaf(const struct scratch *scratch, const struct key *key, const char *name)
{
    struct bytes_view path[LIMIT_CHAIN_CERTIFICATES];
    struct run run;
    int fd = openat(scratch->fd, "leaf.der", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(key_path(key, path) > 0);
    assert_int_equal(write(fd, path[0].data, path[0].size), path[0].size);
    close(fd);
    RUN(&run, scratch->fd, "openssl", "x509", "-inform", "DER", "-in", "leaf.der", "-out", name);
    assert_int_equal(run.status, 0);
}

static void openssl_verifies_each_leaf_strictly(void **state)
{
    struct site *site = *state;
    struct scratch *scratch = NULL;
    struct run run;

    assert_int_equal(scratch_open((void **)&scratch), 0);
    write_pem(scratch, "root.pem", &site->root_pem);
    write_pem(scratch, "issuing.pem", &site->issuing_pem);
    for (unsigned role = 0; role < ROLE_ENDPOINT; role++) {
        write_leaf(scratch, site->leaves[role][0], "leaf.pem");
        RUN(&run, scratch->fd, "openssl", "verify", "-x509_strict", "-purpose",
            role == ROLE_TIMESTAMP ? "timestampsign" : "any", "-CAfile", "root.pem", "-untrusted",
            "issuing.pem", "leaf.pem");
        assert_string_equal(run.output, "leaf.pem: OK\n");
        assert_int_equal(run.status, 0);
    }
    scratch_close((void **)&scratch);
}

static void assert_shows(const char *output, const char *line)
{
    if (strstr(output, line) == NULL)
        fail_msg("openssl does not show \"%s\" in:\n%s", line, output);
}

static void a_leaf_holds_what_the_profile_says(void **state)
{
    struct site *site = *state;
    struct scratch *scratch = NULL;
    struct run run;

    assert_int_equal(scratch_open((void **)&scratch), 0);
    write_leaf(scratch, site->leaves[ROLE_TIMESTAMP][0], "leaf.pem");
    RUN(&run, scratch->fd, "openssl", "x509", "-in", "leaf.pem", "-noout", "-text");
    assert_int_equal(run.status, 0);
    assert_shows(run.output, "Version: 3 (0x2)");
    assert_shows(run.output, "Signature Algorithm: ecdsa-with-SHA384");
    assert_shows(run.output, "Subject: O = Site under test, CN = timestamp 1");
    assert_shows(run.output, "Issuer: O = Site under test, CN = Issuing CA");
    assert_shows(run.output, "ASN1 OID: secp384r1");
    assert_shows(run.output, "X509v3 Basic Constraints: critical\n                CA:FALSE\n");
    assert_shows(run.output, "X509v3 Key Usage: critical\n                Digital Signature\n");
    assert_shows(run.output,
                 "X509v3 Extended Key Usage: critical\n                Time Stamping\n");
    assert_shows(run.output, "X509v3 Subject Key Identifier");
    assert_shows(run.output, "X509v3 Authority Key Identifier");
    scratch_close((void **)&scratch);
}

static void authorities_bound_their_paths(void **state)
{
    struct site *site = *state;
    struct scratch *scratch = NULL;
    struct run run;

    assert_int_equal(scratch_open((void **)&scratch), 0);
    write_pem(scratch, "root.pem", &site->root_pem);
    write_pem(scratch, "issuing.pem", &site->issuing_pem);
    RUN(&run, scratch->fd, "openssl", "x509", "-in", "root.pem", "-noout", "-text");
    assert_shows(run.output, "CA:TRUE, pathlen:1\n");
    assert_shows(run.output,
                 "X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign\n");
    RUN(&run, scratch->fd, "openssl", "x509", "-in", "issuing.pem", "-noout", "-text");
    assert_shows(run.output, "CA:TRUE, pathlen:0\n");
    scratch_close((void **)&scratch);
}

static void serials_are_16_bytes_and_differ(void **state)
{
    struct site *site = *state;
    struct scratch *scratch = NULL;
    struct run one, two;

    assert_int_equal(scratch_open((void **)&scratch), 0);
    write_leaf(scratch, site->leaves[ROLE_CONTENT][0], "one.pem");
    write_leaf(scratch, site->leaves[ROLE_CONTENT][1], "two.pem");
    RUN(&one, scratch->fd, "openssl", "x509", "-in", "one.pem", "-noout", "-serial");
    RUN(&two, scratch->fd, "openssl", "x509", "-in", "two.pem", "-noout", "-serial");
    assert_int_equal(one.size, strlen("serial=\n") + 32);
    assert_int_equal(two.size, one.size);
    assert_string_not_equal(one.output, two.output);
    assert_in_range(one.output[strlen("serial=")], '4', '7');
    scratch_close((void **)&scratch);
}

static void nothing_outlives_its_issuer(void **state)
{
    struct site *site = *state;
    struct certify_request request = {"O", "late", site->not_before_us,
                                      site->not_after_us + INSTANT_DAY_US};
    struct error err = {0};
    struct key *key = NULL;
    struct bytes pem;

    bytes_init(&pem, 4096);
    assert_ok(key_generate(&key, &err), &err);
    assert_refused(certify_leaf(site->issuing, key, ROLE_CONTENT, &request, &pem, &err), &err,
                   ERROR_NOT_VALID_THEN);
    request.not_after_us = site->not_after_us;
    request.not_before_us -= INSTANT_DAY_US;
    assert_refused(certify_issuer(site->root, key, &request, &pem, &err), &err,
                   ERROR_NOT_VALID_THEN);
    assert_int_equal(pem.size, 0);
    key_free(key);
}

static void senseless_requests_are_refused(void **state)
{
    struct site *site = *state;
    struct certify_request good = {"O", "CN", site->not_before_us, site->not_after_us};
    struct certify_request request = good;
    struct error err = {0};
    struct key *key = NULL;
    struct bytes pem;

    bytes_init(&pem, 4096);
    assert_ok(key_generate(&key, &err), &err);
    request.name = "";
    assert_refused(certify_root(key, &request, &pem, &err), &err, ERROR_USAGE);
    request.name = "sixty-five-bytes-sixty-five-bytes-sixty-five-bytes-sixty-five-by-";
    assert_refused(certify_root(key, &request, &pem, &err), &err, ERROR_USAGE);
    request.name = "\xc3";
    assert_refused(certify_root(key, &request, &pem, &err), &err, ERROR_USAGE);
    request = good;
    request.not_after_us = request.not_before_us;
    assert_refused(certify_root(key, &request, &pem, &err), &err, ERROR_USAGE);
    assert_refused(certify_leaf(key, key, ROLE_CONTENT, &good, &pem, &err), &err, ERROR_USAGE);
    request = good;
    request.not_after_us = request.not_before_us + 461 * INSTANT_DAY_US;
    assert_refused(certify_leaf(site->issuing, key, ROLE_TIMESTAMP, &request, &pem, &err), &err,
                   ERROR_USAGE);
    assert_int_equal(pem.size, 0);
    key_free(key);
}

static void make_crl(struct site *site, const struct scratch *scratch, size_t count)
{
    int64_t now_us = site->not_before_us;
    struct certify_revocation revoked[] = {
        {bytes_view_of(serial_a, sizeof(serial_a)), now_us, now_us - INSTANT_DAY_US, true},
        {bytes_view_of(serial_b, sizeof(serial_b)), now_us, 0, false},
    };
    struct error err = {0};
    struct bytes der;
    int fd = openat(scratch->fd, "list.crl", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    bytes_init(&der, LIMIT_CRL_BYTES);
    assert_ok(
        certify_crl(site->issuing, 7, now_us, now_us + INSTANT_DAY_US, revoked, count, &der, &err),
        &err);
    assert_int_equal(write(fd, der.data, der.size), der.size);
    close(fd);
    bytes_clear(&der);
}

static void openssl_verifies_a_crl_and_shows_its_entries(void **state)
{
    struct site *site = *state;
    struct scratch *scratch = NULL;
    struct run run;

    assert_int_equal(scratch_open((void **)&scratch), 0);
    write_pem(scratch, "issuing.pem", &site->issuing_pem);
    make_crl(site, scratch, 2);
    RUN(&run, scratch->fd, "openssl", "crl", "-inform", "DER", "-in", "list.crl", "-CAfile",
        "issuing.pem", "-noout", "-text");
    assert_int_equal(run.status, 0);
    assert_shows(run.output, "Version 2 (0x1)");
    assert_shows(run.output, "Signature Algorithm: ecdsa-with-SHA384");
    assert_shows(run.output, "X509v3 CRL Number: \n                7\n");
    assert_shows(run.output, "X509v3 Authority Key Identifier");
    assert_shows(run.output, "Serial Number: 410203");
    assert_shows(run.output, "Key Compromise");
    assert_shows(run.output, "Invalidity Date");
    assert_shows(run.output, "Serial Number: 80\n");
    scratch_close((void **)&scratch);
}

static void an_empty_crl_has_no_list_of_entries(void **state)
{
    struct site *site = *state;
    struct scratch *scratch = NULL;
    struct run run;

    assert_int_equal(scratch_open((void **)&scratch), 0);
    write_pem(scratch, "issuing.pem", &site->issuing_pem);
    make_crl(site, scratch, 0);
    RUN(&run, scratch->fd, "openssl", "crl", "-inform", "DER", "-in", "list.crl", "-CAfile",
        "issuing.pem", "-noout", "-text");
    assert_int_equal(run.status, 0);
    assert_shows(run.output, "No Revoked Certificates.");
    scratch_close((void **)&scratch);
}

/* The length of the list takes one byte, then two, three and four. */
static void lists_of_any_length_are_read_back(void **state)
{
    static const size_t counts[] = {1, 2, 4, 10, 1100};
    struct site *site = *state;
    uint8_t serials[1100][3];
    struct certify_revocation entries[1100];
    struct error err = {0};
    struct bytes der;
    struct crl crl;

    for (size_t i = 0; i < 1100; i++) {
        serials[i][0] = 0x41;
        serials[i][1] = (uint8_t)(i >> 8);
        serials[i][2] = (uint8_t)i;
        entries[i] = (struct certify_revocation){.serial = bytes_view_of(serials[i], 3),
                                                 .revoked_us = site->not_before_us,
                                                 .invalid_since_us = site->not_before_us,
                                                 .key_compromise = true};
    }
    bytes_init(&der, LIMIT_CRL_BYTES);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        bytes_clear(&der);
        assert_ok(certify_crl(site->issuing, 7, site->not_before_us, site->not_after_us, entries,
                              counts[i], &der, &err),
                  &err);
        assert_ok(crl_parse(bytes_view(&der), &crl, &err), &err);
        assert_int_equal(crl.entry_count, counts[i]);
    }
    assert_true(crl.entries.size > 0xffff);
    bytes_clear(&der);
}

static void a_serial_stands_in_a_crl_once(void **state)
{
    struct site *site = *state;
    int64_t now_us = site->not_before_us;
    struct bytes_view serial = bytes_view_of(serial_a, sizeof(serial_a));
    struct certify_revocation twice[] = {{serial, now_us, 0, true}, {serial, now_us, 0, false}};
    struct error err = {0};
    struct bytes der;

    bytes_init(&der, LIMIT_CRL_BYTES);
    assert_refused(
        certify_crl(site->issuing, 7, now_us, now_us + INSTANT_DAY_US, twice, 2, &der, &err), &err,
        ERROR_BAD_CRL);
    assert_int_equal(der.size, 0);
}

static void senseless_crls_are_refused(void **state)
{
    struct site *site = *state;
    struct certify_revocation none = {bytes_view_of("", 0), 0, 0, false};
    struct error err = {0};
    struct key *bare = NULL;
    struct bytes der;

    bytes_init(&der, LIMIT_CRL_BYTES);
    assert_ok(key_generate(&bare, &err), &err);
    assert_refused(certify_crl(site->issuing, 1, 5, 5, NULL, 0, &der, &err), &err, ERROR_USAGE);
    assert_refused(certify_crl(site->issuing, UINT64_MAX, 1, 9, NULL, 0, &der, &err), &err,
                   ERROR_LIMIT);
    assert_refused(certify_crl(site->issuing, 1, 1, 9, &none, LIMIT_CRL_ENTRIES + 1, &der, &err),
                   &err, ERROR_LIMIT);
    assert_refused(certify_crl(site->issuing, 1, 1, 9, &none, 1, &der, &err), &err, ERROR_USAGE);
    assert_refused(certify_crl(bare, 1, 1, 9, NULL, 0, &der, &err), &err, ERROR_USAGE);
    assert_int_equal(der.size, 0);
    key_free(bare);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openssl_verifies_each_leaf_strictly),
        cmocka_unit_test(a_leaf_holds_what_the_profile_says),
        cmocka_unit_test(authorities_bound_their_paths),
        cmocka_unit_test(serials_are_16_bytes_and_differ),
        cmocka_unit_test(nothing_outlives_its_issuer),
        cmocka_unit_test(senseless_requests_are_refused),
        cmocka_unit_test(openssl_verifies_a_crl_and_shows_its_entries),
        cmocka_unit_test(an_empty_crl_has_no_list_of_entries),
        cmocka_unit_test(lists_of_any_length_are_read_back),
        cmocka_unit_test(a_serial_stands_in_a_crl_once),
        cmocka_unit_test(senseless_crls_are_refused),
    };

    if (run_skip_without("openssl", "version"))
        return 0;
    return cmocka_run_group_tests(tests, site_setup, site_teardown);
}
