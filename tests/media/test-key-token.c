/* SPDX-License-Identifier: ISC
 *
 * Keys behind PKCS#11 URIs, in a SoftHSM token of the test's own.
 */
#include "tests/media/site.h"

#include <sys/stat.h>

#include "media/signature.h"
#include "tests/run.h"
#include "tests/scratch.h"

#define URL "pkcs11:token=site;object=content;type=private"
#define PIN "2468"

struct fixture {
    struct scratch *scratch;
    struct site *site;
    struct key *made; /* the same key, not in the token */
};

static void write_key(const struct fixture *fixture)
{
    struct error err = {0};
    struct bytes pem;

    bytes_init(&pem, LIMIT_KEY_FILE_BYTES);
    assert_ok(key_export(fixture->made, NULL, &pem, &err), &err);
    assert_ok(bytes_put_u8(&pem, '\0', &err), &err);
    scratch_write(fixture->scratch, "import.pem", (const char *)pem.data);
    bytes_clear(&pem);
}

static void make_token(const struct fixture *fixture)
{
    char text[512], path[300];
    struct run run;

    snprintf(text, sizeof(text), "directories.tokendir = %s/tokens\nobjectstore.backend = file\n",
             fixture->scratch->path);
    scratch_write(fixture->scratch, "softhsm2.conf", text);
    snprintf(path, sizeof(path), "%s/softhsm2.conf", fixture->scratch->path);
    assert_int_equal(mkdirat(fixture->scratch->fd, "tokens", 0700), 0);
    assert_int_equal(setenv("SOFTHSM2_CONF", path, 1), 0);
    RUN(&run, fixture->scratch->fd, "softhsm2-util", "--init-token", "--free", "--label", "site",
        "--so-pin", "12345678", "--pin", PIN);
    assert_int_equal(run.status, 0);
    write_key(fixture);
    RUN(&run, fixture->scratch->fd, "softhsm2-util", "--import", "import.pem", "--token", "site",
        "--label", "content", "--id", "a1", "--pin", PIN);
    assert_int_equal(run.status, 0);
}

/* Once for all tests: SoftHSM reads its configuration once a process. */
static int open_fixture(void **state)
{
    struct fixture *fixture = bytes_allocate(1, sizeof(*fixture));
    struct error err = {0};

    *state = fixture;
    fixture->site = site_new();
    assert_ok(key_generate(&fixture->made, &err), &err);
    if (scratch_open((void **)&fixture->scratch) < 0)
        return -1;
    make_token(fixture);
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *fixture = *state;

    key_free(fixture->made);
    site_free(fixture->site);
    scratch_close((void **)&fixture->scratch);
    free(fixture);
    return 0;
}

static void assert_same_key(const struct key *a, const struct key *b)
{
    uint8_t id_a[DIGEST_BYTES], id_b[DIGEST_BYTES];
    struct error err = {0};

    assert_ok(key_id(a, id_a, &err), &err);
    assert_ok(key_id(b, id_b, &err), &err);
    assert_memory_equal(id_a, id_b, DIGEST_BYTES);
}

static void the_pin_opens_and_nothing_else_does(void **state)
{
    const struct fixture *fixture = *state;
    struct error err = {0};
    struct key *key = NULL;

    assert_refused(key_open(URL, NULL, NULL, &key, &err), &err, ERROR_SECRET_NEEDED);
    assert_refused(key_open(URL, NULL, "1357", &key, &err), &err, ERROR_WRONG_SECRET);
    assert_ok(key_open(URL, NULL, PIN, &key, &err), &err);
    assert_same_key(fixture->made, key);
    key_free(key);
}

static void an_absent_object_or_token_is_not_found(void **state)
{
    struct error err = {0};
    struct key *key = NULL;

    assert_refused(key_open("pkcs11:token=site;object=other;type=private", NULL, PIN, &key, &err),
                   &err, ERROR_NOT_FOUND);
    assert_refused(key_open("pkcs11:token=none;object=content;type=private", NULL, PIN, &key, &err),
                   &err, ERROR_NOT_FOUND);
    assert_refused(key_open("pkcs11:what?", NULL, PIN, &key, &err), &err, ERROR_USAGE);
    assert_null(key);
}

static void a_key_stays_in_its_token(void **state)
{
    struct error err = {0};
    struct key *key = NULL;
    struct bytes pem;

    bytes_init(&pem, LIMIT_KEY_FILE_BYTES);
    assert_ok(key_open(URL, NULL, PIN, &key, &err), &err);
    assert_refused(key_export(key, NULL, &pem, &err), &err, ERROR_USAGE);
    assert_int_equal(pem.size, 0);
    key_free(key);
}

/* 300 of them: a token gives r and s of fixed width, and one in 256 begins with a zero byte. */
static void its_signatures_are_canonical_der(void **state)
{
    uint8_t digest[DIGEST_BYTES] = {1};
    struct error err = {0};
    struct key *key = NULL;
    struct bytes signature;

    bytes_init(&signature, 128);
    assert_ok(key_open(URL, NULL, PIN, &key, &err), &err);
    for (unsigned i = 0; i < 300; i++) {
        digest[1] = (uint8_t)i;
        digest[2] = (uint8_t)(i >> 8);
        assert_ok(key_sign(key, digest, &signature, &err), &err);
        assert_ok(signature_check_form(bytes_view(&signature), &err), &err);
        bytes_clear(&signature);
    }
    key_free(key);
}

static void it_signs_documents(void **state)
{
    const struct fixture *fixture = *state;
    struct site *site = fixture->site;
    struct certify_request request = {"O", "HSM", site->not_before_us, site->not_after_us};
    struct error err = {0};
    struct key *key = NULL;
    struct bytes pem, document;

    bytes_init(&pem, 64 * KIB);
    bytes_init(&document, LIMIT_PACKAGE_BYTES);
    assert_ok(certify_leaf(site->issuing, fixture->made, ROLE_CONTENT, &request, &pem, &err), &err);
    assert_ok(bytes_put(&pem, site->issuing_pem.data, site->issuing_pem.size, &err), &err);
    assert_ok(key_open(URL, (const char *)pem.data, PIN, &key, &err), &err);
    assert_ok(sign_document(DOCUMENT_PACKAGE, bytes_view_of("{}", 2),
                            (const struct key *const *)&key, 1, &site->timestamper, &document, NULL,
                            &err),
              &err);
    bytes_clear(&pem);
    bytes_clear(&document);
    key_free(key);
}

static void it_serves_as_a_certificate_authority(void **state)
{
    const struct fixture *fixture = *state;
    struct site *site = fixture->site;
    struct certify_request request = {"O", "HSM", site->not_before_us, site->not_after_us};
    struct error err = {0};
    struct key *key = NULL;
    struct bytes pem, list;

    bytes_init(&pem, 64 * KIB);
    bytes_init(&list, LIMIT_CRL_BYTES);
    assert_ok(key_open(URL, NULL, PIN, &key, &err), &err);
    assert_ok(certify_root(key, &request, &pem, &err), &err);
    assert_ok(certify_issuer(key, site->issuing, &request, &pem, &err), &err);
    assert_ok(certify_crl(key, 1, site->not_before_us, site->not_after_us, NULL, 0, &list, &err),
              &err);
    bytes_clear(&pem);
    bytes_clear(&list);
    key_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pin_opens_and_nothing_else_does),
        cmocka_unit_test(an_absent_object_or_token_is_not_found),
        cmocka_unit_test(a_key_stays_in_its_token),
        cmocka_unit_test(its_signatures_are_canonical_der),
        cmocka_unit_test(it_signs_documents),
        cmocka_unit_test(it_serves_as_a_certificate_authority),
    };

    if (run_skip_without("softhsm2-util", "--version"))
        return 0;
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
