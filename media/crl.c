/* SPDX-License-Identifier: ISC */
#include "media/crl.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/instant.h"
#include "media/base/limits.h"
#include "media/der.h"
#include "media/oid.h"
#include "media/signature.h"

#define REASON_KEY_COMPROMISE 1
#define REASON_HIGHEST        10 /* RFC 5280 5.3.1 */
#define EXTENSION_DEPTH       4

static int take(struct bytes_view *view, uint8_t tag, const char *what, struct der_value *value,
                struct error *err)
{
    return der_get_tag(view, tag, ERROR_BAD_CRL, what, value, err);
}

static int end(struct bytes_view view, const char *what, struct error *err)
{
    return der_end(view, ERROR_BAD_CRL, what, err);
}

static int take_time(struct bytes_view *view, const char *what, int64_t *instant_us,
                     struct error *err)
{
    struct der_value value;

    if (der_get(view, &value, err) < 0 || der_time(&value, instant_us) < 0)
        return error_set(err, ERROR_BAD_CRL, "%s: not a time", what);
    return 0;
}

/* ---- extensions of the list and of its entries ---- */

struct crl_target {
    struct crl *crl;
    struct crl_entry *entry;
};

static int parse_number(struct bytes_view content, const struct crl_target *target,
                        struct error *err)
{
    struct der_value number;

    if (take(&content, DER_INTEGER, "value", &number, err) < 0)
        return -(int)err->code;
    if (der_integer(number.content, &target->crl->number) < 0)
        return error_set(err, ERROR_BAD_CRL, "not within 0..2^63-1");
    return end(content, "value", err);
}

static int parse_authority_key_id(struct bytes_view content, const struct crl_target *target,
                                  struct error *err)
{
    struct der_value sequence, id;

    if (take(&content, DER_SEQUENCE, "value", &sequence, err) < 0 ||
        take(&sequence.content, DER_CONTEXT(0), "keyIdentifier", &id, err) < 0 ||
        end(sequence.content, "keyIdentifier", err) < 0)
        return -(int)err->code;
    if (id.content.size == 0)
        return error_set(err, ERROR_BAD_CRL, "empty");
    target->crl->authority_key_identifier = id.content;
    return end(content, "value", err);
}

static int parse_reason(struct bytes_view content, const struct crl_target *target,
                        struct error *err)
{
    struct der_value reason;
    int64_t number;

    if (take(&content, DER_ENUMERATED, "value", &reason, err) < 0)
        return -(int)err->code;
    if (der_integer(reason.content, &number) < 0 || number > REASON_HIGHEST)
        return error_set(err, ERROR_BAD_CRL, "unknown reason");
    target->entry->reason = (int)number;
    return end(content, "value", err);
}

static int parse_invalidity_date(struct bytes_view content, const struct crl_target *target,
                                 struct error *err)
{
    struct der_value date;

    if (take(&content, DER_GENERALIZED_TIME, "value", &date, err) < 0)
        return -(int)err->code;
    if (der_time(&date, &target->entry->invalid_since_us) < 0)
        return error_set(err, ERROR_BAD_CRL, "finer than a microsecond");
    target->entry->has_invalid_since = true;
    return end(content, "value", err);
}

struct extension_row {
    const char *oid;
    const char *name;
    int (*parse)(struct bytes_view content, const struct crl_target *target, struct error *err);
};

#define ROWS 2 /* in each table */

static const struct extension_row list_rows[ROWS] = {
    {OID_CRL_NUMBER, "cRLNumber", parse_number},
    {OID_AUTHORITY_KEY_ID, "authorityKeyIdentifier", parse_authority_key_id},
};

static const struct extension_row entry_rows[ROWS] = {
    {OID_REASON_CODE, "reasonCode", parse_reason},
    {OID_INVALIDITY_DATE, "invalidityDate", parse_invalidity_date},
};

/* None of these may be critical (RFC 5280 5.2, 5.3). */
static int parse_extension(struct bytes_view extension, const struct extension_row *rows,
                           const struct crl_target *target, unsigned *seen, struct error *err)
{
    struct der_value id, value;

    if (take(&extension, DER_OID, "extnID", &id, err) < 0)
        return -(int)err->code;
    if (der_next_is(extension, DER_BOOLEAN))
        return error_set(err, ERROR_BAD_CRL, "a critical extension");
    if (take(&extension, DER_OCTET_STRING, "extnValue", &value, err) < 0 ||
        end(extension, "extnValue", err) < 0)
        return -(int)err->code;
    for (size_t i = 0; i < ROWS; i++) {
        if (!der_oid_is(id.content, rows[i].oid))
            continue;
        if (*seen & 1U << i)
            return error_set(err, ERROR_BAD_CRL, "%s occurs twice", rows[i].name);
        *seen |= 1U << i;
        if (der_walk(value.content, EXTENSION_DEPTH, err) < 0 ||
            rows[i].parse(value.content, target, err) < 0)
            return error_context(err, "%s", rows[i].name);
        return 0;
    }
    return error_set(err, ERROR_BAD_CRL, "an extension that the profile does not have");
}

static int parse_extensions(struct bytes_view list, const struct extension_row *rows,
                            const struct crl_target *target, unsigned *seen, struct error *err)
{
    struct der_value extension;

    *seen = 0;
    while (list.size > 0) {
        if (take(&list, DER_SEQUENCE, "extension", &extension, err) < 0 ||
            parse_extension(extension.content, rows, target, seen, err) < 0)
            return -(int)err->code;
    }
    return 0;
}

/* ---- entries ---- */

static int take_entry(struct bytes_view *view, struct crl_entry *entry, struct error *err)
{
    const struct crl_target target = {NULL, entry};
    struct der_value whole, serial, extensions;
    unsigned seen;

    *entry = (struct crl_entry){0};
    if (take(view, DER_SEQUENCE, "entry", &whole, err) < 0 ||
        take(&whole.content, DER_INTEGER, "userCertificate", &serial, err) < 0 ||
        take_time(&whole.content, "revocationDate", &entry->revoked_us, err) < 0)
        return -(int)err->code;
    entry->serial = serial.content;
    if (whole.content.size == 0)
        return 0;
    if (take(&whole.content, DER_SEQUENCE, "crlEntryExtensions", &extensions, err) < 0 ||
        end(whole.content, "crlEntryExtensions", err) < 0)
        return -(int)err->code;
    return parse_extensions(extensions.content, entry_rows, &target, &seen, err);
}

static int compare_serials(const void *a, const void *b)
{
    const struct bytes_view *left = a, *right = b;

    if (left->size != right->size)
        return left->size < right->size ? -1 : 1;
    return memcmp(left->data, right->data, left->size);
}

static int check_serials_differ(struct bytes_view *serials, size_t count, struct error *err)
{
    qsort(serials, count, sizeof(*serials), compare_serials);
    for (size_t i = 1; i < count; i++) {
        if (compare_serials(&serials[i - 1], &serials[i]) == 0)
            return error_set(err, ERROR_BAD_CRL, "a serial occurs twice");
    }
    return 0;
}

static int count_entries(struct bytes_view list, size_t *count, struct error *err)
{
    struct der_value value;

    for (*count = 0; der_take(&list, &value); ++*count) {
        if (*count == LIMIT_CRL_ENTRIES)
            return error_set(err, ERROR_LIMIT, "more than CRL_ENTRIES (%d)", LIMIT_CRL_ENTRIES);
    }
    return 0;
}

static int parse_entries(struct bytes_view list, struct crl *crl, struct error *err)
{
    struct bytes_view *serials;
    struct crl_entry entry;
    int result = 0;

    crl->entries = list;
    if (count_entries(list, &crl->entry_count, err) < 0)
        return -(int)err->code;
    serials = bytes_allocate(crl->entry_count, sizeof(*serials));
    for (size_t i = 0; i < crl->entry_count && result == 0; i++) {
        result = take_entry(&list, &entry, err);
        serials[i] = entry.serial;
        if (result < 0)
            error_context(err, "entries[%zu]", i);
    }
    if (result == 0)
        result = check_serials_differ(serials, crl->entry_count, err);
    free(serials);
    return result;
}

/* ---- the list ---- */

static int parse_list_extensions(struct bytes_view *view, struct crl *crl, struct error *err)
{
    const struct crl_target target = {crl, NULL};
    struct der_value wrapper, list;
    unsigned seen;

    if (take(view, DER_CONTEXT_OF(0), "crlExtensions", &wrapper, err) < 0 ||
        take(&wrapper.content, DER_SEQUENCE, "crlExtensions", &list, err) < 0 ||
        end(wrapper.content, "crlExtensions", err) < 0 ||
        parse_extensions(list.content, list_rows, &target, &seen, err) < 0)
        return -(int)err->code;
    for (size_t i = 0; i < ROWS; i++) {
        if (!(seen & 1U << i))
            return error_set(err, ERROR_BAD_CRL, "no %s", list_rows[i].name);
    }
    return 0;
}

static int take_algorithm(struct bytes_view *view, struct error *err)
{
    struct der_value algorithm;

    if (take(view, DER_SEQUENCE, "signature algorithm", &algorithm, err) < 0)
        return -(int)err->code;
    if (!signature_is_ecdsa_sha384(algorithm.whole))
        return error_set(err, ERROR_WEAK_ALGORITHM, "signed with another algorithm");
    return 0;
}

static int parse_tbs(struct bytes_view tbs, struct crl *crl, struct error *err)
{
    struct der_value version, issuer, entries;
    int64_t number;

    if (take(&tbs, DER_INTEGER, "version", &version, err) < 0)
        return -(int)err->code;
    if (der_integer(version.content, &number) < 0 || number != 1)
        return error_set(err, ERROR_BAD_CRL, "not version 2");
    if (take_algorithm(&tbs, err) < 0 || take(&tbs, DER_SEQUENCE, "issuer", &issuer, err) < 0 ||
        take_time(&tbs, "thisUpdate", &crl->this_update_us, err) < 0 ||
        take_time(&tbs, "nextUpdate", &crl->next_update_us, err) < 0)
        return -(int)err->code;
    crl->issuer = issuer.whole;
    if (der_take_tag(&tbs, DER_SEQUENCE, &entries)) {
        if (entries.content.size == 0)
            return error_set(err, ERROR_BAD_CRL, "revokedCertificates is empty (RFC 5280 5.1.2.6)");
        if (parse_entries(entries.content, crl, err) < 0)
            return -(int)err->code;
    }
    if (parse_list_extensions(&tbs, crl, err) < 0)
        return -(int)err->code;
    return end(tbs, "crlExtensions", err);
}

static int parse_crl(struct bytes_view der, struct crl *crl, struct error *err)
{
    struct der_value whole, tbs, signature;

    if (take(&der, DER_SEQUENCE, "CertificateList", &whole, err) < 0 ||
        take(&whole.content, DER_SEQUENCE, "tbsCertList", &tbs, err) < 0 ||
        take_algorithm(&whole.content, err) < 0 ||
        take(&whole.content, DER_BIT_STRING, "signatureValue", &signature, err) < 0 ||
        end(whole.content, "signatureValue", err) < 0)
        return -(int)err->code;
    if (signature.content.data[0] != 0)
        return error_set(err, ERROR_BAD_CRL, "signatureValue is not whole bytes");
    crl->tbs = tbs.whole;
    crl->signature = bytes_view_of(signature.content.data + 1, signature.content.size - 1);
    return parse_tbs(tbs.content, crl, err);
}

int crl_parse(struct bytes_view der, struct crl *crl, struct error *err)
{
    *crl = (struct crl){0};
    if (der.size > LIMIT_CRL_BYTES)
        return error_set(err, ERROR_LIMIT, "CRL of %zu bytes: more than CRL_BYTES", der.size);
    if (der_walk(der, LIMIT_DER_DEPTH, err) < 0 || parse_crl(der, crl, err) < 0)
        return error_context(err, "CRL");
    return 0;
}

bool crl_names_issuer(const struct crl *crl, const struct certificate *issuer)
{
    return bytes_equal(crl->issuer, issuer->subject) &&
           bytes_equal(crl->authority_key_identifier, issuer->subject_key_identifier);
}

int crl_verify(const struct crl *crl, const struct certificate *issuer, struct error *err)
{
    uint8_t digest[DIGEST_BYTES];

    if (!crl_names_issuer(crl, issuer))
        return error_set(err, ERROR_BAD_CRL, "CRL is from another issuer");
    if (!issuer->is_ca || !(issuer->key_usage & CERTIFICATE_CRL_SIGN))
        return error_set(err, ERROR_BAD_CRL, "CRL: its issuer may sign none (keyUsage cRLSign)");
    digest_of(crl->tbs.data, crl->tbs.size, digest);
    if (signature_verify(issuer->spki, digest, crl->signature, err) == 0)
        return 0;
    if (err->code != ERROR_INTERNAL)
        err->code = ERROR_BAD_CRL;
    return error_context(err, "CRL");
}

bool crl_next(struct bytes_view *left, struct crl_entry *entry)
{
    struct error ignored = {0};

    /* crl_parse has read every entry once, so none fails here. */
    return left->size > 0 && take_entry(left, entry, &ignored) == 0;
}

bool crl_find(const struct crl *crl, struct bytes_view serial, struct crl_entry *entry)
{
    struct bytes_view left = crl->entries;

    while (crl_next(&left, entry)) {
        if (bytes_equal(entry->serial, serial))
            return true;
    }
    return false;
}

/* sallyport-set(5) 2.10 */
int crl_judge(const struct crl *crl, const struct certificate *certificate, enum document_role role,
              int64_t at_us, struct error *err)
{
    char at[INSTANT_TEXT_BYTES], since[INSTANT_TEXT_BYTES];
    struct crl_entry entry;
    int64_t from_us;

    if (!crl_find(crl, certificate->serial, &entry))
        return 0;
    if (entry.reason == REASON_KEY_COMPROMISE &&
        (role == ROLE_TIMESTAMP || !entry.has_invalid_since))
        return error_set(err, ERROR_REVOKED, "revoked for key compromise: counts at any time");
    from_us = entry.has_invalid_since ? entry.invalid_since_us : entry.revoked_us;
    if (at_us < from_us)
        return 0;
    return error_set(err, ERROR_REVOKED, "revoked from %s, judged at %s",
                     instant_format(from_us, since), instant_format(at_us, at));
}
