/* SPDX-License-Identifier: ISC
 *
 * NIST's Public Key Interoperability Test Suite (PKITS 1.0) against certificate, chain and CRL
 * checks. Its data is RSA and DSA with SHA-1 and knows no roles; our profile is P-384 with SHA-384
 * and has them. So each certificate and list is carried over: every field and extension stays, byte
 * by byte, but keys and signatures are P-384 (a signature that was bad is bad again), and leaves
 * get the one extended key usage and the key usage that our leaves have. The product has no switch
 * for this; the data as it is must be refused as a whole.
 *
 * The data's licence is nowhere stated, so it is not here: pkits.sh takes the folder with
 * "certs" and "crls" of https://csrc.nist.gov/projects/pki-testing; tests/attack/pkits.tsv says what
 * each test expects of us.
 */
#include <config.h>

#include "tests/test.h"

#include <dirent.h>
#include <gnutls/x509.h>

#include "media/base/instant.h"
#include "media/chain.h"
#include "media/crl.h"
#include "media/der.h"
#include "media/oid.h"
#include "tests/media/forge.h"

#define CERTIFICATES 420
#define LISTS        180
#define FILE_BYTES   65536
#define AT_US        (INT64_C(1104537600) * 1000000) /* 2005-01-01: within what PKITS counts as now */
#define LEAF_ENDING  "EE.crt"

struct carried {
    char *name;             /* of the file */
    struct bytes_view old;  /* as NIST made it */
    struct bytes_view spki; /* of old */
    const struct forge_key *key;
    struct bytes_view der;     /* carried over */
    struct certificate parsed; /* of der */
    bool good;                 /* certificate_parse() took it */
};

struct suite {
    struct forge *forge;
    size_t count, list_count;
    struct carried certificates[CERTIFICATES];
    struct bytes_view old_lists[LISTS], lists[LISTS];
    struct crl crls[LISTS];
    bool good_lists[LISTS];
    struct chain_roots roots;
    size_t anchor;
};

/* ---- the data ---- */

static struct bytes_view read_file(struct suite *suite, const char *folder, const char *name)
{
    uint8_t buffer[FILE_BYTES];
    char path[8192];
    size_t size;
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("%s can't be opened", path);
    size = fread(buffer, 1, sizeof(buffer), file);
    assert_true(size > 0 && size < sizeof(buffer));
    fclose(file);
    return forge_bytes(suite->forge, buffer, size);
}

static int compare_entries(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_der_file(const struct dirent *entry)
{
    return strstr(entry->d_name, ".crt") != NULL || strstr(entry->d_name, ".crl") != NULL;
}

static void each_file(struct suite *suite, const char *top, const char *part, size_t limit,
                      void (*take)(struct suite *suite, const char *name, struct bytes_view der))
{
    struct dirent **entries;
    char folder[4096];
    int count;

    snprintf(folder, sizeof(folder), "%s/%s", top, part);
    count = scandir(folder, &entries, is_der_file, compare_entries);
    if (count <= 0 || (size_t)count > limit)
        fail_msg("%s: %d files", folder, count);
    for (int i = 0; i < count; i++) {
        take(suite, entries[i]->d_name, read_file(suite, folder, entries[i]->d_name));
        free(entries[i]);
    }
    free(entries);
}

/* ---- taking apart ---- */

struct parts {
    struct bytes_view body;                 /* what is signed, with its tag */
    struct bytes_view algorithm, signature; /* outer algorithm; bytes of the signature */
    struct der_value fields[12];
    size_t field_count;
};

static struct parts take_apart(struct bytes_view der)
{
    struct parts parts = {.field_count = 0};
    struct der_value whole, value;
    struct bytes_view view;

    assert_true(der_take(&der, &whole));
    view = whole.content;
    assert_true(der_take(&view, &value));
    parts.body = value.whole;
    for (struct bytes_view fields = value.content; der_take(&fields, &value);)
        parts.fields[parts.field_count++] = value;
    assert_true(der_take(&view, &value));
    parts.algorithm = value.whole;
    assert_true(der_take(&view, &value));
    parts.signature = (struct bytes_view){value.content.data + 1, value.content.size - 1};
    return parts;
}

/* Fields of a version 3 certificate, in order. */
enum { FIELD_ALGORITHM = 2, FIELD_ISSUER, FIELD_SUBJECT = 5, FIELD_SPKI };

/* GnuTLS judges the signature as NIST made it. */
static bool signed_by(struct bytes_view spki, const struct parts *parts)
{
    gnutls_datum_t key_der = {(unsigned char *)(uintptr_t)spki.data, (unsigned)spki.size};
    gnutls_datum_t body = {(unsigned char *)(uintptr_t)parts->body.data,
                           (unsigned)parts->body.size};
    gnutls_datum_t signature = {(unsigned char *)(uintptr_t)parts->signature.data,
                                (unsigned)parts->signature.size};
    gnutls_pubkey_t key;
    bool good;

    assert_int_equal(gnutls_pubkey_init(&key), 0);
    good =
        gnutls_pubkey_import(key, &key_der, GNUTLS_X509_FMT_DER) == 0 &&
        gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_RSA_SHA1,
                                   GNUTLS_VERIFY_ALLOW_SIGN_WITH_SHA1 | GNUTLS_VERIFY_ALLOW_BROKEN,
                                   &body, &signature) >= 0;
    gnutls_pubkey_deinit(key);
    return good;
}

static bool is_rsa_sha1(struct bytes_view algorithm)
{
    struct der_value sequence, oid;
    struct bytes_view view = algorithm;

    return der_take(&view, &sequence) && der_take(&sequence.content, &oid) &&
           der_oid_is(oid.content, "1.2.840.113549.1.1.5");
}

/* ---- carrying over ---- */

static void take_certificate(struct suite *suite, const char *name, struct bytes_view der)
{
    struct carried *carried = &suite->certificates[suite->count];
    struct parts parts = take_apart(der);

    carried->name = bytes_copy_string(name);
    carried->old = der;
    carried->spki = parts.fields[FIELD_SPKI].whole;
    /* One key in several certificates is one key again. */
    for (size_t i = 0; i < suite->count && carried->key == NULL; i++)
        if (bytes_equal(suite->certificates[i].spki, carried->spki))
            carried->key = suite->certificates[i].key;
    if (carried->key == NULL)
        carried->key = forge_key(suite->forge, FORGE_P384);
    if (strcmp(name, "TrustAnchorRootCertificate.crt") == 0)
        suite->anchor = suite->count;
    suite->count++;
}

/* The key that signed this, and whether the signature was good. Where it was not, whoever bears the
 * issuer's name stands in: the new one is spoilt again. */
static const struct carried *find_signer(struct suite *suite, const struct parts *parts,
                                         struct bytes_view issuer, bool *good)
{
    const struct carried *named = &suite->certificates[suite->anchor];

    *good = true;
    for (size_t i = 0; i < suite->count; i++)
        if (signed_by(suite->certificates[i].spki, parts))
            return &suite->certificates[i];
    for (size_t i = 0; i < suite->count; i++) {
        struct parts other = take_apart(suite->certificates[i].old);

        if (bytes_equal(other.fields[FIELD_SUBJECT].whole, issuer))
            named = &suite->certificates[i];
    }
    *good = false;
    return named;
}

static struct bytes_view sign_again(struct suite *suite, const struct parts *parts,
                                    struct bytes_view issuer, struct bytes_view body)
{
    struct bytes_view algorithm = forge_algorithm(suite->forge, OID_ECDSA_WITH_SHA384);
    struct bytes_view zero = forge_bytes(suite->forge, "", 1), signature;
    const struct carried *signer;
    bool good;

    signer = find_signer(suite, parts, issuer, &good);
    signature = forge_sign_data(suite->forge, signer->key, body);
    if (!good)
        signature = forge_flip(suite->forge, signature, signature.size - 1);
    return FORGE_SEQUENCE(suite->forge, body, algorithm,
                          FORGE_TAGGED(suite->forge, DER_BIT_STRING, zero, signature));
}

static bool is_key_usage(struct bytes_view extension)
{
    struct der_value sequence, oid;

    return der_take(&extension, &sequence) && der_take(&sequence.content, &oid) &&
           der_oid_is(oid.content, OID_KEY_USAGE);
}

/* [3] of a leaf, with our key usage and the content role. */
static struct bytes_view leaf_extensions(struct forge *forge, struct bytes_view tagged)
{
    const char *role = document_role_row(ROLE_CONTENT)->eku;
    struct bytes_view list[FORGE_EXTENSIONS];
    struct der_value outer, sequence, value;
    size_t count = 0;

    assert_true(der_take(&tagged, &outer) && der_take(&outer.content, &sequence));
    while (der_take(&sequence.content, &value)) {
        if (!is_key_usage(value.whole))
            list[count++] = value.whole;
    }
    list[count++] = forge_key_usage(forge, true, CERTIFICATE_DIGITAL_SIGNATURE);
    list[count++] = forge_extended_key_usage(forge, true, &role, 1);
    sequence.whole = forge_value(forge, DER_SEQUENCE, list, count);
    return forge_value(forge, DER_CONTEXT_OF(3), &sequence.whole, 1);
}

static bool ends_with(const char *text, const char *ending)
{
    size_t size = strlen(text), ending_size = strlen(ending);

    return size >= ending_size && strcmp(text + size - ending_size, ending) == 0;
}

static struct bytes_view carry_certificate(struct suite *suite, const struct carried *carried)
{
    struct parts parts = take_apart(carried->old);
    struct bytes_view fields[12], body;

    if (!is_rsa_sha1(parts.algorithm) || parts.field_count <= FIELD_SPKI)
        return carried->old;
    for (size_t i = 0; i < parts.field_count; i++)
        fields[i] = parts.fields[i].whole;
    fields[FIELD_ALGORITHM] = forge_algorithm(suite->forge, OID_ECDSA_WITH_SHA384);
    fields[FIELD_SPKI] = carried->key->spki;
    if (ends_with(carried->name, LEAF_ENDING) &&
        parts.fields[parts.field_count - 1].tag == DER_CONTEXT_OF(3))
        fields[parts.field_count - 1] =
            leaf_extensions(suite->forge, fields[parts.field_count - 1]);
    body = forge_value(suite->forge, DER_SEQUENCE, fields, parts.field_count);
    return sign_again(suite, &parts, parts.fields[FIELD_ISSUER].whole, body);
}

static void carry_certificates(struct suite *suite)
{
    struct error ignored = {0};

    for (size_t i = 0; i < suite->count; i++) {
        struct carried *carried = &suite->certificates[i];

        carried->der = carry_certificate(suite, carried);
        carried->good = certificate_parse(carried->der, &carried->parsed, &ignored) == 0;
    }
}

static void take_list(struct suite *suite, const char *name, struct bytes_view der)
{
    struct parts parts = take_apart(der);
    struct bytes_view fields[12], body;
    struct error ignored = {0};
    size_t row = suite->list_count++;
    size_t algorithm = parts.fields[0].tag == DER_INTEGER ? 1 : 0;

    (void)name;
    suite->old_lists[row] = der;
    for (size_t i = 0; i < parts.field_count; i++)
        fields[i] = parts.fields[i].whole;
    fields[algorithm] = forge_algorithm(suite->forge, OID_ECDSA_WITH_SHA384);
    body = forge_value(suite->forge, DER_SEQUENCE, fields, parts.field_count);
    suite->lists[row] = sign_again(suite, &parts, parts.fields[algorithm + 1].whole, body);
    suite->good_lists[row] = crl_parse(suite->lists[row], &suite->crls[row], &ignored) == 0;
}

/* ---- judging ---- */

/* PKITS asks that each certificate of a path be covered by a list of its issuer. */
static int judge_revocation(const struct suite *suite, const struct certificate *certificate,
                            const struct certificate *issuer, struct error *err)
{
    bool covered = false;

    for (size_t i = 0; i < suite->list_count; i++) {
        struct error why = {0};

        if (!suite->good_lists[i] || crl_verify(&suite->crls[i], issuer, &why) < 0)
            continue;
        covered = true;
        if (crl_judge(&suite->crls[i], certificate, ROLE_CONTENT, AT_US, err) < 0)
            return -(int)err->code;
    }
    return covered ? 0 : error_set(err, ERROR_BAD_CRL, "no list of the issuer");
}

static int judge_path(const struct suite *suite, const struct certificate *const *path,
                      size_t count, struct error *err)
{
    const struct certificate *root = &suite->certificates[suite->anchor].parsed;
    int result = chain_verify(&suite->roots, path, count, ROLE_CONTENT, AT_US, NULL, err);

    for (size_t i = 0; i < count && result == 0; i++)
        result = judge_revocation(suite, path[i], i + 1 < count ? path[i + 1] : root, err);
    return result;
}

/* Why no certificate that bears the name of the issuer can be one: what it was refused for itself. */
static int blame_issuer(const struct suite *suite, const struct certificate *last,
                        struct error *err)
{
    for (size_t i = 0; i < suite->count; i++) {
        const struct carried *named = &suite->certificates[i];
        struct parts parts = take_apart(named->old);
        struct certificate parsed;

        if (!named->good && bytes_equal(parts.fields[FIELD_SUBJECT].whole, last->issuer))
            return certificate_parse(named->der, &parsed, err);
    }
    return -(int)err->code;
}

/* Tries every way up from the last certificate of the path: one that is good is enough. Otherwise
 * err is what was said of the longest way, the last one. */
static int climb(const struct suite *suite, const struct certificate **path, size_t count,
                 struct error *err)
{
    const struct certificate *last = path[count - 1];
    int result = judge_path(suite, path, count, err);
    bool first = true;

    for (size_t i = 0; i < suite->count && result < 0 && count < LIMIT_CHAIN_CERTIFICATES; i++) {
        const struct certificate *next = &suite->certificates[i].parsed;
        struct error why = {0};

        if (!suite->certificates[i].good || i == suite->anchor || next == last ||
            !certificate_names_issuer(last, next))
            continue;
        path[count] = next;
        result = climb(suite, path, count + 1, &why);
        if (first || result == 0 || err->code == ERROR_UNTRUSTED_ROOT)
            *err = why;
        first = false;
    }
    if (result < 0 && first && err->code == ERROR_UNTRUSTED_ROOT)
        result = blame_issuer(suite, last, err);
    return result;
}

static int judge_leaf(const struct suite *suite, const struct carried *leaf, struct error *err)
{
    const struct certificate *path[LIMIT_CHAIN_CERTIFICATES + 1] = {&leaf->parsed};

    if (!leaf->good) {
        struct certificate parsed;

        return certificate_parse(leaf->der, &parsed, err);
    }
    return climb(suite, path, 1, err);
}

/* ---- the table ---- */

static const char *suite_folder(void)
{
    return getenv("SALLYPORT_PKITS");
}

static struct carried *find_leaf(struct suite *suite, const char *name)
{
    char file[1200];

    snprintf(file, sizeof(file), "%s" LEAF_ENDING, name);
    for (size_t i = 0; i < suite->count; i++)
        if (strcmp(suite->certificates[i].name, file) == 0)
            return &suite->certificates[i];
    fail_msg("the data has no %s", file);
    return NULL;
}

struct counts {
    size_t rows, agreed, stricter, by_design, wrongly_accepted;
};

static const char *next_field(char **line)
{
    char *field = *line, *end = field + strcspn(field, "\t\n");

    assert_true(*end != '\0');
    *end = '\0';
    *line = end + 1;
    return field;
}

/* One row: name, NIST's verdict, ours, the reason of a difference. */
static void judge_row(struct suite *suite, char *line, struct counts *counts)
{
    const char *name = next_field(&line), *nist = next_field(&line);
    const char *ours = next_field(&line), *reason = next_field(&line);
    struct error err = {0};
    bool accepted, given;

    given = strcmp(reason, "-") != 0;
    accepted = judge_leaf(suite, find_leaf(suite, name), &err) == 0;
    if (strcmp(accepted ? "accepted" : error_name(err.code), ours) != 0)
        fail_msg("%s: %s (%s), the table says %s", name,
                 accepted ? "accepted" : error_name(err.code), err.words, ours);
    counts->rows++;
    if (strcmp(nist, "invalid") == 0 && accepted)
        *(given ? &counts->by_design : &counts->wrongly_accepted) += 1;
    else if (strcmp(nist, "valid") == 0 && !accepted)
        counts->stricter++;
    else
        counts->agreed++;
    /* Each difference has its reason, and nothing else has one. */
    assert_int_equal(given,
                     strcmp(nist, "either") != 0 && accepted == (strcmp(nist, "invalid") == 0));
}

static void pkits_is_judged_as_the_table_says(void **state)
{
    struct suite *suite = *state;
    const char *top = getenv("TOP_SRCDIR");
    struct counts counts = {0};
    char path[4096], line[1024];
    FILE *table;

    if (suite == NULL)
        skip();
    snprintf(path, sizeof(path), "%s/tests/attack/pkits.tsv", top != NULL ? top : ".");
    table = fopen(path, "r");
    assert_non_null(table);
    while (fgets(line, sizeof(line), table) != NULL)
        if (line[0] != '#')
            judge_row(suite, line, &counts);
    fclose(table);
    print_message("# PKITS: %zu tests: %zu as NIST expects, %zu refused by a stricter profile, %zu "
                  "accepted by design, %zu wrongly accepted\n",
                  counts.rows, counts.agreed, counts.stricter, counts.by_design,
                  counts.wrongly_accepted);
    assert_int_equal(counts.wrongly_accepted, 0);
    assert_true(counts.rows > 220);
}

static void the_data_as_it_is_is_refused(void **state)
{
    struct suite *suite = *state;
    struct certificate certificate;
    struct error err = {0};
    struct crl crl;

    if (suite == NULL)
        skip();
    for (size_t i = 0; i < suite->count; i++)
        if (certificate_parse(suite->certificates[i].old, &certificate, &err) == 0)
            fail_msg("%s was taken", suite->certificates[i].name);
    for (size_t i = 0; i < suite->list_count; i++)
        if (crl_parse(suite->old_lists[i], &crl, &err) == 0)
            fail_msg("a list was taken");
    print_message("# PKITS: %zu certificates and %zu lists as they are: none taken\n", suite->count,
                  suite->list_count);
}

static int set_up(void **state)
{
    const char *folder = suite_folder();
    struct error err = {0};
    struct suite *suite;

    *state = NULL;
    if (folder == NULL) {
        print_message("# SALLYPORT_PKITS names no folder with PKITS's certs and crls\n");
        return 0;
    }
    suite = bytes_allocate(1, sizeof(*suite));
    suite->forge = forge_new();
    each_file(suite, folder, "certs", CERTIFICATES, take_certificate);
    carry_certificates(suite);
    each_file(suite, folder, "crls", LISTS, take_list);
    assert_ok(chain_add_root(&suite->roots, suite->certificates[suite->anchor].der, &err), &err);
    *state = suite;
    return 0;
}

static int tear_down(void **state)
{
    struct suite *suite = *state;

    if (suite == NULL)
        return 0;
    for (size_t i = 0; i < suite->count; i++)
        free(suite->certificates[i].name);
    forge_free(suite->forge);
    free(suite);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pkits_is_judged_as_the_table_says),
        cmocka_unit_test(the_data_as_it_is_is_refused),
    };

    return cmocka_run_group_tests_name("PKITS [A8] [A9] [A16]", tests, set_up, tear_down);
}
