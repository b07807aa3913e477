/* SPDX-License-Identifier: ISC */
#include "media/chain.h"

#include <gnutls/x509.h>

#include "media/base/instant.h"
#include "media/der.h"

/* sallyport-set(5) 2.8 */
static int check_issuer(const struct certificate *certificate, struct error *err)
{
    if (!certificate->has_basic_constraints || !certificate->is_ca)
        return error_set(err, ERROR_BAD_CERTIFICATE, "an issuer that is no CA");
    if (!certificate->basic_constraints_critical)
        return error_set(err, ERROR_BAD_CERTIFICATE, "basicConstraints of a CA is not critical");
    if (certificate->subject_key_identifier.size == 0)
        return error_set(err, ERROR_BAD_CERTIFICATE, "a CA without subjectKeyIdentifier");
    if (certificate->has_extended_key_usage)
        return error_set(err, ERROR_BAD_CERTIFICATE, "a CA with extKeyUsage");
    if (!certificate->has_key_usage || !certificate->key_usage_critical ||
        !(certificate->key_usage & CERTIFICATE_KEY_CERT_SIGN))
        return error_set(err, ERROR_WRONG_USAGE, "an issuer without critical keyCertSign");
    return 0;
}

static int check_leaf(const struct certificate *leaf, enum document_role role, struct error *err)
{
    const struct role_row *row = document_role_row(role);

    if (leaf->is_ca)
        return error_set(err, ERROR_BAD_CERTIFICATE, "the signer is a CA");
    if (!leaf->has_key_usage || !leaf->key_usage_critical ||
        leaf->key_usage != CERTIFICATE_DIGITAL_SIGNATURE)
        return error_set(err, ERROR_WRONG_USAGE,
                         "keyUsage is not just a critical digitalSignature");
    if (!leaf->has_extended_key_usage || !leaf->extended_key_usage_critical ||
        leaf->extended_key_usage_count != 1)
        return error_set(err, ERROR_WRONG_USAGE, "extKeyUsage is not one critical purpose");
    if (!der_oid_is(leaf->extended_key_usage, row->eku))
        return error_set(err, ERROR_WRONG_ROLE, "the certificate is not for role %s", row->name);
    return 0;
}

static int check_validity(const struct certificate *certificate, int64_t at_us, struct error *err)
{
    char at[INSTANT_TEXT_BYTES], from[INSTANT_TEXT_BYTES], until[INSTANT_TEXT_BYTES];

    /* notAfter names a second that is still within (RFC 5280 4.1.2.5). */
    if (at_us >= certificate->not_before_us &&
        at_us < certificate->not_after_us + INSTANT_SECOND_US)
        return 0;
    return error_set(err, ERROR_NOT_VALID_THEN, "valid %s to %s, judged at %s",
                     instant_format(certificate->not_before_us, from),
                     instant_format(certificate->not_after_us, until), instant_format(at_us, at));
}

/* pathLenConstraint counts the CAs between this one and the leaf; self-issued ones count, too:
 * stricter than RFC 5280 4.2.1.9, whose exception serves key roll-over that we do with root
 * documents. */
static int check_path_length(const struct certificate *issuer, size_t below, struct error *err)
{
    if (issuer->path_length >= 0 && below > (size_t)issuer->path_length)
        return error_set(err, ERROR_PATH_LENGTH, "%zu CAs below one that allows %d", below,
                         issuer->path_length);
    return 0;
}

int chain_add_root(struct chain_roots *roots, struct bytes_view der, struct error *err)
{
    struct certificate root;

    if (roots->count == LIMIT_ROOT_CERTIFICATES)
        return error_set(err, ERROR_LIMIT, "more than ROOT_CERTIFICATES (%d)",
                         LIMIT_ROOT_CERTIFICATES);
    if (certificate_parse(der, &root, err) < 0)
        return error_context(err, "root");
    for (size_t i = 0; i < roots->count; i++) {
        if (bytes_equal(roots->certificates[i].der, der))
            return error_set(err, ERROR_EXTRA_CERTIFICATE, "root occurs twice");
    }
    if (!certificate_names_issuer(&root, &root))
        return error_set(err, ERROR_BAD_CERTIFICATE, "root is not self-issued");
    if (check_issuer(&root, err) < 0 || certificate_verify(&root, &root, err) < 0)
        return error_context(err, "root");
    roots->certificates[roots->count++] = root;
    return 0;
}

/* The root that signed the last certificate of the path. Two roots may have one name, so the
 * signature decides. Gives roots->count when there is none. */
static size_t find_root(const struct chain_roots *roots, const struct certificate *last)
{
    struct error ignored = {0};
    size_t i = 0;

    while (i < roots->count && (!certificate_names_issuer(last, &roots->certificates[i]) ||
                                certificate_verify(last, &roots->certificates[i], &ignored) < 0))
        i++;
    return i;
}

static int check_links(const struct certificate *const *path, size_t count, struct error *err)
{
    if (count == 0 || count >= LIMIT_CHAIN_CERTIFICATES)
        return error_set(err, ERROR_LIMIT, "%zu certificates: CHAIN_CERTIFICATES is %d", count,
                         LIMIT_CHAIN_CERTIFICATES);
    for (size_t i = 0; i + 1 < count; i++) {
        if (!certificate_names_issuer(path[i], path[i + 1]))
            return error_set(err, ERROR_CHAIN_ORDER, "path[%zu] was not issued by path[%zu]", i,
                             i + 1);
    }
    return 0;
}

/* root-sign leaves are issued by the root itself, all others by an issuing CA: so an issuing CA,
 * which is online, can make no roots (sallyport-set(5)
 * 2.8). */
static int check_depth(size_t count, enum document_role role, struct error *err)
{
    if (role == ROLE_ROOT && count != 1)
        return error_set(err, ERROR_PATH_LENGTH, "a root-sign certificate not issued by a root");
    if (role != ROLE_ROOT && count == 1)
        return error_set(err, ERROR_PATH_LENGTH, "issued by a root in place of an issuing CA");
    return 0;
}

static int check_issuers(const struct certificate *const *path, size_t count,
                         const struct certificate *root, struct error *err)
{
    for (size_t i = 1; i < count; i++) {
        if (check_issuer(path[i], err) < 0 || check_path_length(path[i], i - 1, err) < 0)
            return error_context(err, "path[%zu]", i);
    }
    return check_path_length(root, count - 1, err);
}

static int check_times(const struct certificate *const *path, size_t count,
                       const struct certificate *root, int64_t at_us, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (check_validity(path[i], at_us, err) < 0)
            return error_context(err, "path[%zu]", i);
    }
    if (check_validity(root, at_us, err) < 0)
        return error_context(err, "root");
    return 0;
}

/* The last one's signature by the root was verified in find_root. */
static int check_signatures(const struct certificate *const *path, size_t count, struct error *err)
{
    for (size_t i = 0; i + 1 < count; i++) {
        if (certificate_verify(path[i], path[i + 1], err) < 0)
            return error_context(err, "path[%zu]", i);
    }
    return 0;
}

/* ---- GnuTLS's opinion ---- */

static int import(const struct certificate *certificate, gnutls_x509_crt_t *handle)
{
    gnutls_datum_t der = {(unsigned char *)(uintptr_t)certificate->der.data,
                          (unsigned)certificate->der.size};
    unsigned one = 1;
    int status = gnutls_x509_crt_list_import(handle, &one, &der, GNUTLS_X509_FMT_DER, 0);

    if (status < 0)
        *handle = NULL; /* GnuTLS has freed it */
    return status;
}

/* The whole ordered list at once: one link after the other would miss what spans the path. Times
 * have been judged above; GnuTLS only knows "now". */
static int check_twice(const struct certificate *const *path, size_t count,
                       const struct certificate *root, struct error *err)
{
    const unsigned flags =
        GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS;
    gnutls_x509_crt_t list[LIMIT_CHAIN_CERTIFICATES] = {NULL};
    gnutls_x509_trust_list_t trusted = NULL;
    unsigned verdict = GNUTLS_CERT_INVALID;
    int status = gnutls_x509_trust_list_init(&trusted, 0);

    for (size_t i = 0; i <= count && status >= 0; i++)
        status = import(i < count ? path[i] : root, &list[i]);
    if (status >= 0) {
        /* Were the root not added, nothing would verify. */
        (void)gnutls_x509_trust_list_add_cas(trusted, &list[count], 1, 0);
        status = gnutls_x509_trust_list_verify_crt2(trusted, list, (unsigned)count, NULL, 0, flags,
                                                    &verdict, NULL);
    }
    gnutls_x509_trust_list_deinit(trusted, 0);
    for (size_t i = 0; i <= count; i++)
        gnutls_x509_crt_deinit(list[i]);
    if (status < 0)
        return error_set(err, ERROR_BAD_CERTIFICATE, "GnuTLS: %s", gnutls_strerror(status));
    /* COVERAGE-EXEMPT: no chain is known that our rules pass and GnuTLS refuses; a second lock. */
    if (verdict != 0)
        return error_set(err, ERROR_BAD_CERTIFICATE, "GnuTLS refuses the chain: 0x%x", verdict);
    return 0;
}

int chain_verify(const struct chain_roots *roots, const struct certificate *const *path,
                 size_t count, enum document_role role, int64_t at_us, size_t *root_index,
                 struct error *err)
{
    const struct certificate *root;
    size_t index;

    if (check_links(path, count, err) < 0)
        return error_context(err, "chain");
    index = find_root(roots, path[count - 1]);
    if (index == roots->count)
        return error_set(err, ERROR_UNTRUSTED_ROOT, "chain: no known root issued path[%zu]",
                         count - 1);
    root = &roots->certificates[index];
    if (check_issuers(path, count, root, err) < 0 || check_leaf(path[0], role, err) < 0 ||
        check_depth(count, role, err) < 0 || check_times(path, count, root, at_us, err) < 0 ||
        check_signatures(path, count, err) < 0 || check_twice(path, count, root, err) < 0)
        return error_context(err, "chain");
    if (root_index != NULL)
        *root_index = index;
    return 0;
}
