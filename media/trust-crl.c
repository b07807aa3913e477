/* SPDX-License-Identifier: ISC */
#include "media/trust-case.h"

#include <string.h>

static void drop_list(struct trust *trust, size_t i)
{
    bytes_clear(&trust->lists[i].der);
    trust->lists[i] = trust->lists[--trust->list_count];
}

static const struct trust_list *list_in_force(const struct trust *trust,
                                              const uint8_t issuer[static DIGEST_BYTES])
{
    for (size_t i = 0; i < trust->list_count; i++) {
        const struct trust_list *list = &trust->lists[i];

        if (list->in_force && memcmp(list->issuer, issuer, DIGEST_BYTES) == 0)
            return list;
    }
    return NULL;
}

/* The list at index i was verified: it replaces an older one of its issuer, or is dropped itself
 * when it is not newer. */
static void put_in_force(struct trust *trust, size_t i, const uint8_t issuer[static DIGEST_BYTES])
{
    struct trust_list *list = &trust->lists[i];
    const struct trust_list *before = list_in_force(trust, issuer);

    if (before != NULL && before->crl.number >= list->crl.number) {
        drop_list(trust, i);
        return;
    }
    list->in_force = true;
    memcpy(list->issuer, issuer, DIGEST_BYTES);
    if (before != NULL)
        drop_list(trust, (size_t)(before - trust->lists));
}

/* Lists that wait and name this issuer: verified or gone. Only a list's issuer can say that it was
 * forged, so until now it took up a place and nothing else. */
static int settle_waiting(struct trust *trust, const struct trust_issuer *issuer, struct error *err)
{
    size_t i = 0;

    while (i < trust->list_count) {
        struct trust_list *list = &trust->lists[i];
        struct error why = {0};
        size_t before = trust->list_count;

        if (!list->in_force && crl_names_issuer(&list->crl, &issuer->certificate)) {
            if (crl_verify(&list->crl, &issuer->certificate, &why) == 0)
                put_in_force(trust, i, issuer->key_id);
            else if (why.code == ERROR_BAD_CRL)
                drop_list(trust, i);
            else
                return error_set(err, why.code, "%s", why.words);
        }
        /* A dropped row's place has been taken by another that has not been looked at. */
        if (trust->list_count == before)
            i++;
        else
            i = 0;
    }
    return 0;
}

/* Remembers a CA whose chain was verified and lets lists that wait for it come into force. */
static int learn(struct trust *trust, const struct certificate *issuer, struct error *err)
{
    struct trust_issuer *place;
    uint8_t key_id[DIGEST_BYTES];
    int result;

    certificate_key_id(issuer, key_id);
    for (size_t i = 0; i < trust->issuer_count; i++) {
        if (bytes_equal(bytes_view(&trust->issuers[i].der), issuer->der))
            return 0;
    }
    if (trust->issuer_count == LIMIT_CRLS)
        return error_set(err, ERROR_LIMIT, "more than %d issuers (CRLS)", LIMIT_CRLS);
    place = &trust->issuers[trust->issuer_count];
    bytes_init(&place->der, LIMIT_CERTIFICATE_BYTES);
    result = bytes_put(&place->der, issuer->der.data, issuer->der.size, err);
    if (result == 0)
        result = certificate_parse(bytes_view(&place->der), &place->certificate, err);
    if (result != 0) {
        bytes_clear(&place->der);
        return result;
    }
    memcpy(place->key_id, key_id, DIGEST_BYTES);
    trust->issuer_count++;
    result = settle_waiting(trust, place, err);
    /* A list that could not be judged still waits: then its issuer isn't known yet either, or the
     * next document would be judged without it. */
    if (result != 0) {
        trust->issuer_count--;
        bytes_clear(&place->der);
    }
    return result;
}

static int learn_path(struct trust *trust, const struct certificate *const *path, size_t count,
                      struct error *err)
{
    int result = 0;

    for (size_t i = 1; i < count && result == 0; i++)
        result = learn(trust, path[i], err);
    return result;
}

int trust_learn_case(struct trust *trust, const struct trust_case *judged, size_t i,
                     struct error *err)
{
    const struct certificate *path[LIMIT_CHAIN_CERTIFICATES];
    int result = learn_path(trust, path, cms_path(&judged->cms, i, path), err);

    if (result == 0 && judged->timestamped)
        result = learn_path(trust, path, timestamp_path(&judged->timestamps[i], path), err);
    return result;
}

static bool is_root(const struct trust *trust, const struct trust_issuer *issuer)
{
    for (size_t i = 0; i < trust->authority.roots.count; i++) {
        if (bytes_equal(trust->authority.roots.certificates[i].der, bytes_view(&issuer->der)))
            return true;
    }
    return false;
}

static void forget_lists_of(struct trust *trust, const uint8_t issuer[static DIGEST_BYTES])
{
    size_t i = 0;

    while (i < trust->list_count) {
        if (trust->lists[i].in_force && memcmp(trust->lists[i].issuer, issuer, DIGEST_BYTES) == 0)
            drop_list(trust, i);
        else
            i++;
    }
}

static void forget_issuers(struct trust *trust)
{
    while (trust->issuer_count > 0) {
        struct trust_issuer *issuer = &trust->issuers[--trust->issuer_count];

        if (certificate_is_self_issued(&issuer->certificate) && !is_root(trust, issuer))
            forget_lists_of(trust, issuer->key_id);
        bytes_clear(&issuer->der);
    }
}

int trust_learn_roots(struct trust *trust, struct error *err)
{
    int result = 0;

    forget_issuers(trust);
    for (size_t i = 0; i < trust->authority.roots.count && result == 0; i++)
        result = learn(trust, &trust->authority.roots.certificates[i], err);
    return result;
}

/* Puts the last row in force when a known issuer signed it; lets it wait when nobody known is
 * named. */
static int settle_last(struct trust *trust, struct error *err)
{
    size_t last = trust->list_count - 1;
    bool named = false;

    for (size_t i = 0; i < trust->issuer_count; i++) {
        const struct trust_issuer *issuer = &trust->issuers[i];

        if (!crl_names_issuer(&trust->lists[last].crl, &issuer->certificate))
            continue;
        named = true;
        if (crl_verify(&trust->lists[last].crl, &issuer->certificate, err) == 0) {
            put_in_force(trust, last, issuer->key_id);
            return 0;
        }
    }
    if (!named)
        return 0;
    drop_list(trust, last);
    return -(int)err->code;
}

int trust_add_crl(struct trust *trust, struct bytes_view crl, struct error *err)
{
    struct trust_list *list = &trust->lists[trust->list_count];
    struct error settle_error = {0};
    int result;

    if (trust->list_count == TRUST_LISTS)
        return error_set(err, ERROR_LIMIT, "more than %d revocation lists", TRUST_LISTS);
    memset(list, 0, sizeof(*list));
    bytes_init(&list->der, LIMIT_CRL_BYTES);
    result = bytes_put(&list->der, crl.data, crl.size, err);
    if (result == 0)
        result = crl_parse(bytes_view(&list->der), &list->crl, err);
    if (result != 0) {
        bytes_clear(&list->der);
        return result;
    }
    trust->list_count++;
    result = settle_last(trust, &settle_error);
    if (result != 0)
        *err = settle_error;
    return result;
}

int64_t trust_crl_number(const struct trust *trust, const uint8_t issuer[static DIGEST_BYTES],
                         uint8_t *digest)
{
    const struct trust_list *list = list_in_force(trust, issuer);

    if (list == NULL)
        return -1;
    if (digest != NULL)
        digest_of(list->der.data, list->der.size, digest);
    return list->crl.number;
}

bool trust_crl(const struct trust *trust, size_t i, struct trust_crl *crl)
{
    for (size_t row = 0; row < trust->list_count; row++) {
        const struct trust_list *list = &trust->lists[row];

        if (!list->in_force || i-- > 0)
            continue;
        memcpy(crl->issuer, list->issuer, DIGEST_BYTES);
        crl->number = (uint64_t)list->crl.number;
        crl->next_update_us = list->crl.next_update_us;
        crl->der = bytes_view(&list->der);
        return true;
    }
    return false;
}

/* Whoever issued `subject`: the next of its path, or a root. Only issuers that were learned count;
 * the chain has been verified, so its own issuers are among them. */
static int judge_certificate(const struct trust *trust, const struct certificate *subject,
                             enum document_role role, int64_t at_us, struct error *err)
{
    for (size_t i = 0; i < trust->issuer_count; i++) {
        const struct trust_issuer *issuer = &trust->issuers[i];
        const struct trust_list *list = list_in_force(trust, issuer->key_id);

        if (list == NULL || !certificate_names_issuer(subject, &issuer->certificate))
            continue;
        if (crl_judge(&list->crl, subject, role, at_us, err) != 0)
            return -(int)err->code;
    }
    return 0;
}

static int judge_path(const struct trust *trust, const struct certificate *const *path,
                      size_t count, enum document_role role, int64_t at_us, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < count && result == 0; i++)
        result = judge_certificate(trust, path[i], role, at_us, err);
    return result;
}

int trust_case_revocation(const struct trust *trust, const struct trust_case *judged, size_t i,
                          struct error *err)
{
    const struct certificate *path[LIMIT_CHAIN_CERTIFICATES];
    enum document_role role = document_row(judged->kind)->role;
    int64_t at_us = trust_case_time(judged, i);
    int result = judge_path(trust, path, cms_path(&judged->cms, i, path), role, at_us, err);

    if (result != 0 || !judged->timestamped)
        return result;
    if (judge_path(trust, path, timestamp_path(&judged->timestamps[i], path), ROLE_TIMESTAMP, at_us,
                   err) != 0)
        return error_context(err, "timestamp authority");
    return 0;
}

void trust_clear_lists(struct trust *trust)
{
    while (trust->list_count > 0)
        drop_list(trust, trust->list_count - 1);
    while (trust->issuer_count > 0)
        bytes_clear(&trust->issuers[--trust->issuer_count].der);
}
