/* SPDX-License-Identifier: ISC */
#include "tests/media/site.h"

#include "media/base/instant.h"

#define PEM_BYTES (64 * KIB)

static struct certify_request request_of(const struct site *site, const char *name)
{
    return (struct certify_request){"Site under test", name, site->not_before_us,
                                    site->not_after_us};
}

static void end_text(struct bytes *pem)
{
    struct error err = {0};

    assert_ok(bytes_put_u8(pem, '\0', &err), &err);
}

/* The leaf's path: itself, then the issuing CA where that issued it. */
static void give_path(const struct site *site, struct key *key, struct bytes *pem, bool issued)
{
    struct error err = {0};

    if (issued)
        assert_ok(bytes_put(pem, site->issuing_pem.data, site->issuing_pem.size - 1, &err), &err);
    end_text(pem);
    assert_ok(key_set_path(key, (const char *)pem->data, &err), &err);
}

struct key *site_leaf(struct site *site, enum document_role role, const char *name)
{
    struct certify_request request = request_of(site, name);
    struct error err = {0};
    struct key *key = NULL;
    struct bytes pem;

    bytes_init(&pem, PEM_BYTES);
    assert_ok(key_generate(&key, &err), &err);
    if (role == ROLE_ENDPOINT) {
        assert_ok(certify_endpoint(key, &request, &pem, &err), &err);
    } else {
        const struct key *issuer = role == ROLE_ROOT ? site->root : site->issuing;

        assert_ok(certify_leaf(issuer, key, role, &request, &pem, &err), &err);
        give_path(site, key, &pem, role != ROLE_ROOT);
    }
    bytes_clear(&pem);
    return key;
}

static void make_authorities(struct site *site)
{
    struct certify_request root = request_of(site, "Root CA");
    struct certify_request issuing = request_of(site, "Issuing CA");
    struct error err = {0};

    assert_ok(key_generate(&site->root, &err), &err);
    assert_ok(certify_root(site->root, &root, &site->root_pem, &err), &err);
    end_text(&site->root_pem);
    assert_ok(key_generate(&site->issuing, &err), &err);
    assert_ok(certify_issuer(site->root, site->issuing, &issuing, &site->issuing_pem, &err), &err);
    end_text(&site->issuing_pem);
    assert_ok(key_set_path(site->issuing, (const char *)site->issuing_pem.data, &err), &err);
}

struct site *site_new(void)
{
    struct site *site = bytes_allocate(1, sizeof(*site));
    char name[64];

    site->not_before_us = instant_clock() - INSTANT_HOUR_US;
    site->not_after_us = site->not_before_us + 365 * INSTANT_DAY_US;
    bytes_init(&site->root_pem, PEM_BYTES);
    bytes_init(&site->issuing_pem, PEM_BYTES);
    make_authorities(site);
    for (unsigned role = 0; role < ROLE_COUNT; role++) {
        for (unsigned i = 0; i < SITE_SIGNERS; i++) {
            snprintf(name, sizeof(name), "%s %u", document_role_row((enum document_role)role)->name,
                     i + 1);
            site->leaves[role][i] = site_leaf(site, (enum document_role)role, name);
        }
    }
    site->timestamper.key = site->leaves[ROLE_TIMESTAMP][0];
    return site;
}

void site_free(struct site *site)
{
    if (site == NULL)
        return;
    for (unsigned role = 0; role < ROLE_COUNT; role++) {
        for (unsigned i = 0; i < SITE_SIGNERS; i++)
            key_free(site->leaves[role][i]);
    }
    key_free(site->root);
    key_free(site->issuing);
    bytes_clear(&site->root_pem);
    bytes_clear(&site->issuing_pem);
    free(site);
}

int site_setup(void **state)
{
    *state = site_new();
    return 0;
}

int site_teardown(void **state)
{
    site_free(*state);
    return 0;
}
