/* SPDX-License-Identifier: ISC */
#include "tests/media/site.h"

#include <sys/stat.h>

#include "tests/run.h"
#include "tests/scratch.h"

/* Where a file in the scratch folder is, for key_open. Valid until the next call. */
static const char *place(const struct scratch *scratch, const char *name)
{
    static char path[512];

    snprintf(path, sizeof(path), "%s/%s", scratch->path, name);
    (void)chmod(path, 0600); /* as key files must be; it may also be absent */
    return path;
}

static void write_key(const struct scratch *scratch, const struct key *key, const char *name,
                      const char *secret)
{
    struct error err = {0};
    struct bytes pem;

    bytes_init(&pem, LIMIT_KEY_FILE_BYTES);
    assert_ok(key_export(key, secret, &pem, &err), &err);
    assert_ok(bytes_put_u8(&pem, '\0', &err), &err);
    scratch_write(scratch, name, (const char *)pem.data);
    bytes_clear(&pem);
}

static void assert_same_key(const struct key *a, const struct key *b)
{
    uint8_t id_a[DIGEST_BYTES], id_b[DIGEST_BYTES];
    struct error err = {0};

    assert_ok(key_id(a, id_a, &err), &err);
    assert_ok(key_id(b, id_b, &err), &err);
    assert_memory_equal(id_a, id_b, DIGEST_BYTES);
}

static void a_key_comes_back_from_its_file(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct key *made = NULL, *opened = NULL;

    assert_ok(key_generate(&made, &err), &err);
    write_key(scratch, made, "plain.pem", NULL);
    assert_ok(key_open(place(scratch, "plain.pem"), NULL, NULL, &opened, &err), &err);
    assert_same_key(made, opened);
    key_free(opened);
    write_key(scratch, made, "sealed.pem", "correct horse");
    assert_ok(key_open(place(scratch, "sealed.pem"), NULL, "correct horse", &opened, &err), &err);
    assert_same_key(made, opened);
    key_free(opened);
    key_free(made);
}

static void an_encrypted_key_opens_with_its_passphrase_only(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct key *made = NULL, *opened = NULL;

    assert_ok(key_generate(&made, &err), &err);
    write_key(scratch, made, "sealed.pem", "correct horse");
    assert_refused(key_open(place(scratch, "sealed.pem"), NULL, NULL, &opened, &err), &err,
                   ERROR_SECRET_NEEDED);
    assert_refused(key_open(place(scratch, "sealed.pem"), NULL, "wrong horse", &opened, &err), &err,
                   ERROR_WRONG_SECRET);
    assert_refused(key_open(place(scratch, "sealed.pem"), NULL, "", &opened, &err), &err,
                   ERROR_WRONG_SECRET);
    assert_null(opened);
    key_free(made);
}

static void openssl_reads_the_encrypted_key(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct key *made = NULL, *opened = NULL;
    struct run run;

    /* 40 keys: one in 256 coordinates has a leading zero byte, which must not get lost. */
    for (unsigned i = 0; i < 40; i++) {
        assert_ok(key_generate(&made, &err), &err);
        write_key(scratch, made, "plain.pem", NULL);
        assert_ok(key_open(place(scratch, "plain.pem"), NULL, NULL, &opened, &err), &err);
        assert_same_key(made, opened);
        key_free(opened);
        key_free(made);
    }
    assert_ok(key_generate(&made, &err), &err);
    write_key(scratch, made, "sealed.pem", "correct horse");
    RUN(&run, scratch->fd, "openssl", "asn1parse", "-in", "sealed.pem");
    assert_non_null(strstr(run.output, ":PBES2"));
    assert_non_null(strstr(run.output, ":hmacWithSHA512"));
    assert_non_null(strstr(run.output, ":aes-256-cbc"));
    RUN(&run, scratch->fd, "openssl", "pkcs8", "-in", "sealed.pem", "-passin", "pass:correct horse",
        "-out", "plain.pem");
    assert_int_equal(run.status, 0);
    assert_ok(key_open(place(scratch, "plain.pem"), NULL, NULL, &opened, &err), &err);
    assert_same_key(made, opened);
    key_free(opened);
    key_free(made);
}

static void only_p384_keys_in_pkcs8_are_taken(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct key *key = NULL;
    struct run run;

    RUN(&run, scratch->fd, "openssl", "genpkey", "-algorithm", "EC", "-pkeyopt",
        "ec_paramgen_curve:P-256", "-out", "p256.pem");
    assert_int_equal(run.status, 0);
    RUN(&run, scratch->fd, "openssl", "genpkey", "-quiet", "-algorithm", "RSA", "-out", "rsa.pem");
    assert_int_equal(run.status, 0);
    scratch_write(scratch, "text.pem", "no key at all\n");
    scratch_write(scratch, "empty.pem", "");
    assert_refused(key_open(place(scratch, "p256.pem"), NULL, NULL, &key, &err), &err,
                   ERROR_WEAK_ALGORITHM);
    assert_refused(key_open(place(scratch, "rsa.pem"), NULL, NULL, &key, &err), &err,
                   ERROR_WEAK_ALGORITHM);
    assert_refused(key_open(place(scratch, "text.pem"), NULL, NULL, &key, &err), &err,
                   ERROR_CONFIG);
    assert_refused(key_open(place(scratch, "empty.pem"), NULL, NULL, &key, &err), &err,
                   ERROR_CONFIG);
    assert_refused(key_open(place(scratch, "absent.pem"), NULL, NULL, &key, &err), &err,
                   ERROR_NOT_FOUND);
    assert_null(key);
}

static void an_open_key_that_others_can_read_is_refused(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct key *made = NULL, *opened = NULL;
    char path[512];

    assert_ok(key_generate(&made, &err), &err);
    write_key(scratch, made, "plain.pem", NULL);
    memcpy(path, place(scratch, "plain.pem"), sizeof(path));
    assert_int_equal(chmod(path, 0640), 0);
    assert_refused(key_open(path, NULL, NULL, &opened, &err), &err, ERROR_USAGE);
    write_key(scratch, made, "plain.pem", "correct horse");
    assert_ok(key_open(path, NULL, "correct horse", &opened, &err), &err);
    key_free(opened);
    key_free(made);
}

static void what_is_no_regular_file_of_a_keys_size_is_refused(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct key *key = NULL;
    int fd = openat(scratch->fd, "large.pem", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    assert_int_equal(ftruncate(fd, LIMIT_KEY_FILE_BYTES + 1), 0);
    close(fd);
    assert_int_equal(mkfifoat(scratch->fd, "fifo.pem", 0600), 0);
    assert_refused(key_open(place(scratch, "large.pem"), NULL, NULL, &key, &err), &err,
                   ERROR_LIMIT);
    assert_refused(key_open(place(scratch, "fifo.pem"), NULL, NULL, &key, &err), &err, ERROR_IO);
    assert_refused(key_open("/", NULL, NULL, &key, &err), &err, ERROR_IO);
}

/* PEM text of two paths glued together, NUL-terminated. */
static void join(struct bytes *out, const struct bytes *a, const struct bytes *b)
{
    struct error err = {0};

    assert_ok(bytes_put(out, a->data, a->size, &err), &err);
    assert_ok(bytes_put(out, b->data, b->size, &err), &err);
    assert_ok(bytes_put_u8(out, '\0', &err), &err);
}

static void a_path_must_fit_its_key_and_be_in_order(void **state)
{
    struct site *site = site_new();
    struct certify_request request = {"O", "CN", site->not_before_us, site->not_after_us};
    struct error err = {0};
    struct key *key = NULL;
    struct bytes leaf, issuing, text;

    bytes_init(&leaf, 16 * KIB);
    bytes_init(&issuing, 16 * KIB);
    bytes_init(&text, 64 * KIB);
    assert_ok(key_generate(&key, &err), &err);
    assert_ok(certify_leaf(site->issuing, key, ROLE_CONTENT, &request, &leaf, &err), &err);
    assert_ok(bytes_put(&issuing, site->issuing_pem.data, site->issuing_pem.size - 1, &err), &err);
    join(&text, &leaf, &issuing);
    assert_ok(key_set_path(key, (const char *)text.data, &err), &err);
    assert_refused(key_set_path(site->root, (const char *)text.data, &err), &err,
                   ERROR_BAD_CERTIFICATE);
    bytes_clear(&text);
    join(&text, &issuing, &leaf);
    assert_refused(key_set_path(key, (const char *)text.data, &err), &err, ERROR_CHAIN_ORDER);
    assert_refused(key_set_path(key, "nothing", &err), &err, ERROR_BAD_CERTIFICATE);
    bytes_clear(&text);
    bytes_clear(&leaf);
    bytes_clear(&issuing);
    key_free(key);
    site_free(site);
}

/* SEQUENCE of two INTEGERs, each positive and minimal, nothing else. */
static void assert_canonical(struct bytes_view signature)
{
    struct bytes_view number;
    uint8_t tag, size;

    assert_int_equal(bytes_get_u8(&signature, &tag), 0);
    assert_int_equal(bytes_get_u8(&signature, &size), 0);
    assert_int_equal(tag, 0x30);
    assert_int_equal(size, signature.size);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(bytes_get_u8(&signature, &tag), 0);
        assert_int_equal(bytes_get_u8(&signature, &size), 0);
        assert_int_equal(tag, 0x02);
        assert_int_equal(bytes_get_view(&signature, size, &number), 0);
        assert_true(size >= 1 && number.data[0] < 0x80);
        assert_true(number.data[0] != 0 || (size > 1 && number.data[1] >= 0x80));
    }
    assert_int_equal(signature.size, 0);
}

static void signatures_are_canonical_der(void **state)
{
    struct error err = {0};
    struct key *key = NULL;
    struct bytes signature;
    uint8_t digest[DIGEST_BYTES] = {0};

    assert_ok(key_generate(&key, &err), &err);
    bytes_init(&signature, 128);
    /* 300 of them: one in 256 has a leading zero byte in r, one in two needs one for its sign. */
    for (unsigned i = 0; i < 300; i++) {
        digest[0] = (uint8_t)i;
        digest[1] = (uint8_t)(i >> 8);
        assert_ok(key_sign(key, digest, &signature, &err), &err);
        assert_canonical(bytes_view(&signature));
        bytes_clear(&signature);
    }
    key_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_comes_back_from_its_file, scratch_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(an_encrypted_key_opens_with_its_passphrase_only,
                                        scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(openssl_reads_the_encrypted_key, scratch_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(only_p384_keys_in_pkcs8_are_taken, scratch_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(an_open_key_that_others_can_read_is_refused, scratch_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(what_is_no_regular_file_of_a_keys_size_is_refused,
                                        scratch_open, scratch_close),
        cmocka_unit_test(a_path_must_fit_its_key_and_be_in_order),
        cmocka_unit_test(signatures_are_canonical_der),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
