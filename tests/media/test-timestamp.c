/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tests/test.h"

#include "media/base/instant.h"
#include "media/chain.h"
#include "media/der.h"
#include "media/oid.h"
#include "media/timestamp.h"
#include "tests/media/forge.h"
#include "tests/run.h"
#include "tests/scratch.h"

static struct forge_site site;
static struct forge *forge;
static struct timestamp *timestamp;
static struct chain_roots roots;
static struct bytes_view signature; /* what is timestamped */

static int set_up(void **state)
{
    struct error err = {0};

    site = forge_site();
    forge = site.forge;
    timestamp = bytes_allocate(1, sizeof(*timestamp));
    signature = forge_bytes(forge, "a signature value", 17);
    return chain_add_root(&roots, site.root->der, &err);
}

static int tear_down(void **state)
{
    forge_free(forge);
    free(timestamp);
    return 0;
}

static int judge_chain(struct error *err)
{
    const struct certificate *path[LIMIT_CHAIN_CERTIFICATES];
    size_t count = timestamp_path(timestamp, path);

    return chain_verify(&roots, path, count, ROLE_TIMESTAMP, timestamp->info.time_us, NULL, err);
}

static int judge(struct bytes_view token, struct error *err)
{
    int result = timestamp_parse(token, timestamp, err);

    if (result == 0)
        result = timestamp_verify(timestamp, signature, err);
    return result < 0 ? result : judge_chain(err);
}

static struct bytes_view none(void)
{
    return bytes_view_of(NULL, 0);
}

/* ---- good tokens ---- */

static struct bytes_view sign_info(const struct forge_info *info)
{
    struct forge_document *token =
        forge_token(forge, site.leaves[ROLE_TIMESTAMP], info, FORGE_NOON_US);

    forge_sign(token);
    return forge_assemble(token);
}

static void a_good_token_gives_its_time(void **state)
{
    struct error err = {0};
    struct forge_info info = forge_info(forge, signature, FORGE_NOON_US);

    assert_ok(judge(sign_info(&info), &err), &err);
    assert_true(timestamp->info.time_us == FORGE_NOON_US);
    assert_int_equal(timestamp->info.serial.size, 16);
    assert_int_equal(timestamp->info.nonce.size, 0);
    assert_int_equal(timestamp->info.tsa.size, 0);
    assert_false(timestamp->info.ordering);
    assert_true(timestamp->info.accuracy_us == 0);
}

static struct bytes_view context_integer(unsigned number, uint8_t value)
{
    return forge_primitive(forge, (uint8_t)DER_CONTEXT(number), &value, 1);
}

static struct bytes_view tsa_name(struct bytes_view name)
{
    return FORGE_TAGGED(forge, DER_CONTEXT_OF(0), FORGE_TAGGED(forge, DER_CONTEXT_OF(4), name));
}

static struct bytes_view extensions(struct bytes_view extension)
{
    return FORGE_TAGGED(forge, DER_CONTEXT_OF(1), extension);
}

static void every_optional_field_is_read(void **state)
{
    struct error err = {0};
    struct forge_info info = forge_info(forge, signature, FORGE_NOON_US);

    info.parts[FORGE_INFO_TIME] = forge_general(forge, "20260601000000.000001Z");
    info.parts[FORGE_INFO_ACCURACY] = FORGE_SEQUENCE(forge, forge_integer(forge, 2),
                                                     context_integer(0, 3), context_integer(1, 4));
    info.parts[FORGE_INFO_ORDERING] = forge_primitive(forge, DER_BOOLEAN, "\xff", 1);
    info.parts[FORGE_INFO_NONCE] = forge_integer(forge, -77);
    info.parts[FORGE_INFO_TSA] = tsa_name(site.leaves[ROLE_TIMESTAMP]->name);
    info.parts[FORGE_INFO_EXTENSIONS] =
        extensions(forge_extension(forge, "1.2.3.4", false, none()));
    assert_ok(judge(sign_info(&info), &err), &err);
    assert_true(timestamp->info.time_us == FORGE_NOON_US + 1);
    assert_true(timestamp->info.accuracy_us == 2003004);
    assert_true(timestamp->info.ordering);
    assert_int_equal(timestamp->info.nonce.size, 1);
    assert_true(bytes_equal(timestamp->info.tsa, site.leaves[ROLE_TIMESTAMP]->name));
    shows_case("B13");
}

static void parts_of_accuracy_may_be_absent(void **state)
{
    struct error err = {0};
    struct forge_info info = forge_info(forge, signature, FORGE_NOON_US);

    info.parts[FORGE_INFO_ACCURACY] = FORGE_SEQUENCE(forge, context_integer(1, 4));
    assert_ok(judge(sign_info(&info), &err), &err);
    assert_true(timestamp->info.accuracy_us == 4);
    info.parts[FORGE_INFO_ACCURACY] = FORGE_SEQUENCE(forge, forge_integer(forge, 60));
    assert_ok(judge(sign_info(&info), &err), &err);
    assert_true(timestamp->info.accuracy_us == 60 * INSTANT_SECOND_US);
    shows_case("B13");
}

/* ---- TSTInfo, one row a case ---- */

static struct bytes_view imprint(const char *oid, size_t size)
{
    static const uint8_t zeros[64];

    return FORGE_SEQUENCE(forge, forge_algorithm(forge, oid),
                          forge_primitive(forge, DER_OCTET_STRING, zeros, size));
}

static struct bytes_view positive(size_t size)
{
    uint8_t content[64];

    memset(content, 0x41, sizeof(content));
    return forge_primitive(forge, DER_INTEGER, content, size);
}

static void each_departure_of_the_info_is_refused_with_its_code(void **state)
{
    static const uint8_t critical[] = {0x30, 0x0a, 0x06, 0x03, 0x2a, 0x03,
                                       0x04, 0x01, 0x01, 0xff, 0x04, 0x00};
    const struct {
        const char *name;
        int part;
        struct bytes_view value;
        enum error_code expected;
    } rows[] = {
        {"version 2", FORGE_INFO_VERSION, forge_integer(forge, 2), ERROR_BAD_TIMESTAMP},
        {"version -1", FORGE_INFO_VERSION, forge_integer(forge, -1), ERROR_BAD_TIMESTAMP},
        {"no policy", FORGE_INFO_POLICY, none(), ERROR_BAD_TIMESTAMP},
        {"policy with an arc over 64 bits", FORGE_INFO_POLICY,
         forge_primitive(forge, DER_OID, "\x2a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 12),
         ERROR_NOT_DER},
        {"imprint SHA-1", FORGE_INFO_IMPRINT, imprint("1.3.14.3.2.26", 20), ERROR_WEAK_ALGORITHM},
        {"imprint SHA-256", FORGE_INFO_IMPRINT, imprint("2.16.840.1.101.3.4.2.1", 32),
         ERROR_WEAK_ALGORITHM},
        {"imprint of 32 bytes", FORGE_INFO_IMPRINT, imprint(OID_SHA384, 32), ERROR_BAD_TIMESTAMP},
        {"imprint of another signature", FORGE_INFO_IMPRINT, imprint(OID_SHA384, 48),
         ERROR_TIMESTAMP_IMPRINT},
        {"serial 0", FORGE_INFO_SERIAL, forge_integer(forge, 0), ERROR_BAD_TIMESTAMP},
        {"serial of one byte", FORGE_INFO_SERIAL, forge_integer(forge, 5), ERROR_OK},
        {"serial -1", FORGE_INFO_SERIAL, forge_integer(forge, -1), ERROR_BAD_TIMESTAMP},
        {"serial of 20 bytes", FORGE_INFO_SERIAL, positive(20), ERROR_OK},
        {"serial of 21 bytes", FORGE_INFO_SERIAL, positive(21), ERROR_BAD_TIMESTAMP},
        {"serial padded", FORGE_INFO_SERIAL, forge_primitive(forge, DER_INTEGER, "\0\1", 2),
         ERROR_NOT_DER},
        {"UTCTime", FORGE_INFO_TIME, forge_time(forge, FORGE_NOON_US), ERROR_BAD_TIMESTAMP},
        {"seven digits", FORGE_INFO_TIME, forge_general(forge, "20260601000000.0000001Z"),
         ERROR_BAD_TIMESTAMP},
        {"trailing zero", FORGE_INFO_TIME, forge_general(forge, "20260601000000.10Z"),
         ERROR_NOT_DER},
        {"no seconds", FORGE_INFO_TIME, forge_general(forge, "202606010000Z"), ERROR_NOT_DER},
        {"offset", FORGE_INFO_TIME, forge_general(forge, "20260601000000+0200"), ERROR_NOT_DER},
        {"month 13", FORGE_INFO_TIME, forge_general(forge, "20261301000000Z"), ERROR_NOT_DER},
        {"accuracy 61 s", FORGE_INFO_ACCURACY, FORGE_SEQUENCE(forge, forge_integer(forge, 61)),
         ERROR_BAD_TIMESTAMP},
        {"accuracy -1 s", FORGE_INFO_ACCURACY, FORGE_SEQUENCE(forge, forge_integer(forge, -1)),
         ERROR_BAD_TIMESTAMP},
        {"accuracy 0 ms", FORGE_INFO_ACCURACY, FORGE_SEQUENCE(forge, context_integer(0, 0)),
         ERROR_BAD_TIMESTAMP},
        {"accuracy 1000 ms", FORGE_INFO_ACCURACY,
         FORGE_SEQUENCE(forge, forge_primitive(forge, DER_CONTEXT(0), "\x03\xe8", 2)),
         ERROR_BAD_TIMESTAMP},
        {"accuracy padded", FORGE_INFO_ACCURACY,
         FORGE_SEQUENCE(forge, forge_primitive(forge, DER_CONTEXT(1), "\0\1", 2)),
         ERROR_BAD_TIMESTAMP},
        {"accuracy out of order", FORGE_INFO_ACCURACY,
         FORGE_SEQUENCE(forge, context_integer(1, 1), context_integer(0, 1)), ERROR_BAD_TIMESTAMP},
        {"ordering FALSE", FORGE_INFO_ORDERING, forge_primitive(forge, DER_BOOLEAN, "\0", 1),
         ERROR_NOT_DER},
        {"ordering 01", FORGE_INFO_ORDERING, forge_primitive(forge, DER_BOOLEAN, "\1", 1),
         ERROR_NOT_DER},
        {"nonce of 32 bytes", FORGE_INFO_NONCE, positive(32), ERROR_OK},
        {"nonce of 33 bytes", FORGE_INFO_NONCE, positive(33), ERROR_BAD_TIMESTAMP},
        {"tsa is another", FORGE_INFO_TSA, tsa_name(site.issuer->name), ERROR_BAD_TIMESTAMP},
        {"tsa is a DNS name", FORGE_INFO_TSA,
         FORGE_TAGGED(forge, DER_CONTEXT_OF(0), forge_primitive(forge, DER_CONTEXT(2), "x", 1)),
         ERROR_BAD_TIMESTAMP},
        {"critical extension", FORGE_INFO_EXTENSIONS,
         extensions(bytes_view_of(critical, sizeof(critical))), ERROR_BAD_TIMESTAMP},
        {"something after", FORGE_INFO_MORE, forge_primitive(forge, DER_NULL, "", 0),
         ERROR_BAD_TIMESTAMP},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct forge_info info = forge_info(forge, signature, FORGE_NOON_US);
        struct error err = {0};
        int result;

        info.parts[rows[i].part] = rows[i].value;
        result = judge(sign_info(&info), &err);
        if (result != -(int)rows[i].expected)
            fail_msg("%s: %s: %s; expected %s", rows[i].name, error_name(err.code), err.words,
                     error_name(rows[i].expected));
    }
    shows_case("B13");
}

static struct forge_info full_info(void)
{
    struct forge_info info = forge_info(forge, signature, FORGE_NOON_US);

    info.parts[FORGE_INFO_ACCURACY] = FORGE_SEQUENCE(forge, forge_integer(forge, 2),
                                                     context_integer(0, 3), context_integer(1, 4));
    info.parts[FORGE_INFO_ORDERING] = forge_primitive(forge, DER_BOOLEAN, "\xff", 1);
    info.parts[FORGE_INFO_NONCE] = forge_integer(forge, 77);
    info.parts[FORGE_INFO_TSA] = tsa_name(site.leaves[ROLE_TIMESTAMP]->name);
    info.parts[FORGE_INFO_EXTENSIONS] =
        extensions(forge_extension(forge, "1.2.3.4", false, none()));
    return info;
}

/* Only what RFC 3161 makes optional may be edited away. What is in the name of tsa is compared with
 * the certificate, so it isn't looked into here. */
static void each_value_of_the_info_counts(void **state)
{
    struct forge_info full = full_info();
    struct bytes_view der = forge_info_der(forge, &full);
    struct timestamp_info info;
    size_t accepted = 0;

    for (size_t node = 0; node < forge_count(der); node++) {
        for (enum forge_edit edit = 0; edit < FORGE_EDITS; edit++) {
            struct error err = {0};

            if (timestamp_parse_info(forge_edit(forge, der, node, edit), &info, &err) < 0)
                assert_true(err.code == ERROR_BAD_TIMESTAMP || err.code == ERROR_NOT_DER ||
                            err.code == ERROR_WEAK_ALGORITHM);
            else if (info.tsa.size == 0 || bytes_equal(info.tsa, site.leaves[ROLE_TIMESTAMP]->name))
                accepted++;
        }
    }
    /* Nine absences (accuracy and each of its three parts, ordering, nonce, tsa, extensions and the
     * one in it), an empty accuracy, empty extensions, the extension twice and with no value. */
    assert_int_equal(accepted, 13);
    shows_case("B13");
}

static void an_info_over_its_limit_is_not_looked_into(void **state)
{
    struct timestamp_info info;
    struct error err = {0};

    assert_refused(timestamp_parse_info(bytes_view_of(NULL, LIMIT_TOKEN_BYTES + 1), &info, &err),
                   &err, ERROR_LIMIT);
}

/* ---- the token around it ---- */

typedef void change(struct forge_document *token, struct forge_signer *signer);

static void no_signing_time(struct forge_document *token, struct forge_signer *signer)
{
    signer->attribute_count = FORGE_SIGNING_TIME;
}

static struct bytes_view issuer_serial(struct bytes_view name, struct bytes_view serial)
{
    return FORGE_SEQUENCE(
        forge, FORGE_SEQUENCE(forge, FORGE_TAGGED(forge, DER_CONTEXT_OF(4), name)), serial);
}

static void set_certificate_id(struct forge_signer *signer, struct bytes_view certificate,
                               struct bytes_view id)
{
    struct bytes_view hash = forge_sha384(forge, certificate);

    id = FORGE_SEQUENCE(forge, forge_algorithm(forge, OID_SHA384),
                        forge_primitive(forge, DER_OCTET_STRING, hash.data, hash.size), id);
    signer->attributes[FORGE_SIGNING_CERTIFICATE] = forge_attribute(
        forge, OID_SIGNING_CERTIFICATE, FORGE_SEQUENCE(forge, FORGE_SEQUENCE(forge, id)));
}

static void with_issuer_serial(struct forge_document *token, struct forge_signer *signer)
{
    const struct forge_certificate *of = signer->certificate;

    set_certificate_id(signer, of->der, issuer_serial(of->issuer->name, of->serial));
}

static void with_another_issuer(struct forge_document *token, struct forge_signer *signer)
{
    const struct forge_certificate *of = signer->certificate;

    set_certificate_id(signer, of->der, issuer_serial(site.root->name, of->serial));
}

static void with_another_serial(struct forge_document *token, struct forge_signer *signer)
{
    const struct forge_certificate *of = signer->certificate;

    set_certificate_id(signer, of->der, issuer_serial(of->issuer->name, forge_integer(forge, 1)));
}

static void no_certificate_id(struct forge_document *token, struct forge_signer *signer)
{
    signer->attributes[FORGE_SIGNING_CERTIFICATE] = signer->attributes[--signer->attribute_count];
}

/* ESSCertID version 1, which only knows SHA-1. */
static void certificate_id_version_1(struct forge_document *token, struct forge_signer *signer)
{
    static const uint8_t zeros[20];
    struct bytes_view id =
        FORGE_SEQUENCE(forge, forge_primitive(forge, DER_OCTET_STRING, zeros, sizeof(zeros)));

    signer->attributes[FORGE_SIGNING_CERTIFICATE] = forge_attribute(
        forge, "1.2.840.113549.1.9.16.2.12", FORGE_SEQUENCE(forge, FORGE_SEQUENCE(forge, id)));
}

static void certificate_id_of_another(struct forge_document *token, struct forge_signer *signer)
{
    set_certificate_id(signer, site.issuer->der, none());
}

static void two_signers(struct forge_document *token, struct forge_signer *signer)
{
    forge_add_signer(token, site.leaves[ROLE_CONTENT], FORGE_NOON_US);
}

static void signed_by_another_key(struct forge_document *token, struct forge_signer *signer)
{
    signer->key = site.leaves[ROLE_CONTENT]->key;
}

static void info_of_another_type(struct forge_document *token, struct forge_signer *signer)
{
    token->inner_type = forge_oid(forge, document_row(DOCUMENT_SET)->oid);
}

static void with_unsigned_attributes(struct forge_document *token, struct forge_signer *signer)
{
    forge_attach(token, signer, none());
}

static const struct {
    const char *name;
    change *before_signing;
    enum error_code expected;
} token_rows[] = {
    {"no signingTime", no_signing_time, ERROR_OK},
    {"issuer and serial named", with_issuer_serial, ERROR_OK},
    {"another issuer named", with_another_issuer, ERROR_ATTRIBUTE_MISMATCH},
    {"another serial named", with_another_serial, ERROR_ATTRIBUTE_MISMATCH},
    {"no ESSCertIDv2", no_certificate_id, ERROR_ATTRIBUTE_MISSING},
    {"ESSCertID version 1", certificate_id_version_1, ERROR_BAD_CMS},
    {"ESSCertIDv2 of another", certificate_id_of_another, ERROR_ATTRIBUTE_MISMATCH},
    {"two signers", two_signers, ERROR_BAD_TIMESTAMP},
    {"another key", signed_by_another_key, ERROR_BAD_SIGNATURE},
    {"another content", info_of_another_type, ERROR_WRONG_KIND},
    {"unsigned attributes", with_unsigned_attributes, ERROR_BAD_CMS},
};

static void each_departure_of_the_token_is_refused_with_its_code(void **state)
{
    for (size_t i = 0; i < sizeof(token_rows) / sizeof(token_rows[0]); i++) {
        struct forge_info info = forge_info(forge, signature, FORGE_NOON_US);
        struct forge_document *token =
            forge_token(forge, site.leaves[ROLE_TIMESTAMP], &info, FORGE_NOON_US);
        struct error err = {0};
        int result;

        token_rows[i].before_signing(token, &token->signers[0]);
        forge_sign(token);
        result = judge(forge_assemble(token), &err);
        if (result != -(int)token_rows[i].expected)
            fail_msg("%s: %s: %s; expected %s", token_rows[i].name, error_name(err.code), err.words,
                     error_name(token_rows[i].expected));
    }
}

/* IssuerSerial's own structure, edited and signed again: every edit is noticed. */
static void each_value_of_issuer_and_serial_counts(void **state)
{
    struct forge_info info = forge_info(forge, signature, FORGE_NOON_US);
    struct forge_document *token =
        forge_token(forge, site.leaves[ROLE_TIMESTAMP], &info, FORGE_NOON_US);
    struct forge_signer *signer = &token->signers[0];
    const struct forge_certificate *of = signer->certificate;
    struct bytes_view good = issuer_serial(of->issuer->name, of->serial);
    size_t accepted = 0;

    for (size_t node = 0; node < forge_count(good); node++) {
        for (enum forge_edit edit = 0; edit < FORGE_EDITS; edit++) {
            struct error err = {0};

            set_certificate_id(signer, of->der, forge_edit(forge, good, node, edit));
            forge_sign(token);
            accepted += judge(forge_assemble(token), &err) == 0;
        }
    }
    assert_int_equal(accepted, 1); /* without IssuerSerial at all */
}

static void a_token_over_its_limit_is_not_looked_into(void **state)
{
    struct error err = {0};

    assert_refused(timestamp_parse(bytes_view_of(NULL, LIMIT_TOKEN_BYTES + 1), timestamp, &err),
                   &err, ERROR_LIMIT);
}

static void every_flipped_bit_of_a_token_is_refused(void **state)
{
    struct forge_info info = full_info();
    struct bytes_view token = sign_info(&info);
    uint8_t *copy = bytes_allocate(1, token.size);

    memcpy(copy, token.data, token.size);
    for (size_t i = 0; i < 8 * token.size; i++) {
        struct error err = {0};

        copy[i / 8] ^= (uint8_t)(1U << i % 8);
        if (judge(bytes_view_of(copy, token.size), &err) == 0)
            fail_msg("bit %zu: accepted", i);
        copy[i / 8] ^= (uint8_t)(1U << i % 8);
    }
    free(copy);
}

/* ---- the window ---- */

static void an_old_signature_gets_no_new_time(void **state)
{
    const int64_t before = 5 * INSTANT_MINUTE_US, after = 15 * INSTANT_MINUTE_US;
    struct error err = {0};

    assert_ok(timestamp_check_window(1000, 1000 + before, before, after, &err), &err);
    assert_ok(timestamp_check_window(1000 + after, 1000, before, after, &err), &err);
    assert_refused(timestamp_check_window(1000, 1001 + before, before, after, &err), &err,
                   ERROR_TIMESTAMP_WINDOW);
    assert_refused(timestamp_check_window(1001 + after, 1000, before, after, &err), &err,
                   ERROR_TIMESTAMP_WINDOW);
    shows_case("B16");
}

/* ---- openssl's tokens ---- */

static const char configuration[] = "[tsa]\n"
                                    "default_tsa = authority\n"
                                    "[authority]\n"
                                    "serial = serial\n"
                                    "signer_cert = leaf.pem\n"
                                    "certs = issuer.pem\n"
                                    "signer_key = key.pem\n"
                                    "signer_digest = sha384\n"
                                    "default_policy = 1.3.6.1.4.1.32473.3.1\n"
                                    "digests = sha384\n"
                                    "accuracy = secs:1, millisecs:500, microsecs:100\n"
                                    "clock_precision_digits = 6\n"
                                    "ordering = yes\n"
                                    "tsa_name = yes\n"
                                    "ess_cert_id_alg = sha384\n";

/* openssl's authority tells the time of today, so its certificates are valid for long. */
static const struct forge_certificate *long_lived(enum forge_place place, const char *name,
                                                  const struct forge_certificate *issuer)
{
    struct forge_profile profile = forge_profile(forge, place, name, issuer, ROLE_TIMESTAMP);

    profile.not_before = forge_primitive(forge, DER_UTC_TIME, "200101000000Z", 13);
    profile.not_after = forge_primitive(forge, DER_UTC_TIME, "491231235959Z", 13);
    return forge_certify(forge, &profile);
}

static struct bytes_view read_file(const struct scratch *scratch, const char *name)
{
    static uint8_t content[8192];
    int fd = openat(scratch->fd, name, O_RDONLY | O_CLOEXEC);
    ssize_t size;

    assert_true(fd >= 0);
    size = read(fd, content, sizeof(content));
    close(fd);
    assert_true(size > 0);
    return bytes_view_of(content, (size_t)size);
}

static void a_token_made_by_openssl_is_accepted(void **state)
{
    struct error err = {0};
    struct scratch *scratch = NULL;
    struct run run;
    const struct forge_certificate *root = long_lived(FORGE_ROOT, "Old Root", NULL);
    const struct forge_certificate *issuer = long_lived(FORGE_ISSUER, "Old Issuer", root);
    const struct forge_certificate *leaf = long_lived(FORGE_LEAF, "Authority", issuer);

    assert_int_equal(scratch_open((void **)&scratch), 0);
    scratch_write(scratch, "data", "a signature value");
    scratch_write(scratch, "serial", "4101\n");
    scratch_write(scratch, "tsa.cnf", configuration);
    scratch_write(scratch, "root.pem", forge_pem(forge, root));
    scratch_write(scratch, "issuer.pem", forge_pem(forge, issuer));
    scratch_write(scratch, "leaf.pem", forge_pem(forge, leaf));
    scratch_write(scratch, "key.pem", forge_key_pem(forge, leaf->key));
    RUN(&run, scratch->fd, "openssl", "ts", "-query", "-data", "data", "-sha384", "-cert", "-out",
        "query");
    assert_int_equal(run.status, 0);
    RUN(&run, scratch->fd, "openssl", "ts", "-reply", "-config", "tsa.cnf", "-section", "authority",
        "-queryfile", "query", "-out", "reply");
    assert_int_equal(run.status, 0);
    RUN(&run, scratch->fd, "openssl", "ts", "-reply", "-in", "reply", "-token_out", "-out",
        "token");
    assert_int_equal(run.status, 0);
    assert_ok(chain_add_root(&roots, root->der, &err), &err);
    assert_ok(judge(read_file(scratch, "token"), &err), &err);
    assert_true(timestamp->info.nonce.size > 0);
    assert_true(timestamp->info.accuracy_us == 1500100);
    assert_true(timestamp->info.tsa.size > 0);
    assert_true(timestamp->info.ordering);
    scratch_close((void **)&scratch);
}

/* And openssl accepts the forge's: the second judge of what the other tests start from. */
static void openssl_accepts_the_forges_token(void **state)
{
    struct forge_info info = full_info();
    struct bytes_view token = sign_info(&info);
    struct scratch *scratch = NULL;
    struct run run;
    int fd;

    assert_int_equal(scratch_open((void **)&scratch), 0);
    scratch_write(scratch, "data", "a signature value");
    scratch_write(scratch, "root.pem", forge_pem(forge, site.root));
    fd = openat(scratch->fd, "token", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, token.data, token.size), token.size);
    close(fd);
    RUN(&run, scratch->fd, "openssl", "ts", "-verify", "-token_in", "-in", "token", "-data", "data",
        "-CAfile", "root.pem", "-attime", "1780272000");
    assert_int_equal(run.status, 0);
    scratch_close((void **)&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_token_gives_its_time),
        cmocka_unit_test(every_optional_field_is_read),
        cmocka_unit_test(parts_of_accuracy_may_be_absent),
        cmocka_unit_test(each_departure_of_the_info_is_refused_with_its_code),
        cmocka_unit_test(each_value_of_the_info_counts),
        cmocka_unit_test(an_info_over_its_limit_is_not_looked_into),
        cmocka_unit_test(each_departure_of_the_token_is_refused_with_its_code),
        cmocka_unit_test(each_value_of_issuer_and_serial_counts),
        cmocka_unit_test(a_token_over_its_limit_is_not_looked_into),
        cmocka_unit_test(every_flipped_bit_of_a_token_is_refused),
        cmocka_unit_test(an_old_signature_gets_no_new_time),
        cmocka_unit_test(a_token_made_by_openssl_is_accepted),
        cmocka_unit_test(openssl_accepts_the_forges_token),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
