/* SPDX-License-Identifier: ISC */
#include "tests/media/trust-fixture.h"

#define CONTENT "{\"schema\":\"not looked at here\"}"

static const struct forge_certificate *leaf(struct fixture *fixture, const char *name,
                                            const struct forge_site *site, enum document_role role)
{
    return forge_certificate(fixture->forge, FORGE_LEAF, name,
                             role == ROLE_ROOT ? site->root : site->issuer, role);
}

struct forge_site fixture_other_site(struct fixture *fixture)
{
    struct forge_site other = {.forge = fixture->forge};

    other.root = forge_certificate(other.forge, FORGE_ROOT, "Other root", NULL, ROLE_ROOT);
    other.issuer =
        forge_certificate(other.forge, FORGE_ISSUER, "Other issuing", other.root, ROLE_ROOT);
    for (int role = 0; role < ROLE_COUNT; role++)
        other.leaves[role] = leaf(fixture, "other leaf", &other, (enum document_role)role);
    return other;
}

void fixture_set_roots(struct root_document *root, const struct forge_certificate *const *roots,
                       size_t count)
{
    struct error err = {0};

    for (size_t i = 0; i < root->root_count; i++)
        bytes_clear(&root->roots[i]);
    root->root_count = count;
    for (size_t i = 0; i < count; i++) {
        bytes_init(&root->roots[i], LIMIT_CERTIFICATE_BYTES);
        assert_ok(bytes_put(&root->roots[i], roots[i]->der.data, roots[i]->der.size, &err), &err);
    }
}

static void fill_root(struct root_document *root, const struct forge_certificate *const *roots)
{
    static const char *const rings[] = {"internal", "public"};

    root->version = 1;
    fixture_set_roots(root, roots, 1);
    for (int i = 0; i < ROLE_COUNT; i++)
        root->roles[i].threshold = 1;
    root->ring_count = 2;
    for (size_t i = 0; i < 2; i++) {
        snprintf(root->rings[i].name, sizeof(root->rings[i].name), "%s", rings[i]);
        root->rings[i].threshold = i + 1;
        wave_everyone(&root->rings[i].waves);
    }
    root->window_before_us = 5 * INSTANT_MINUTE_US;
    root->window_after_us = 15 * INSTANT_MINUTE_US;
    root->expires_us = FORGE_NOON_US + 100 * INSTANT_DAY_US;
}

struct bytes_view fixture_document(struct fixture *fixture, enum document_kind kind,
                                   struct bytes_view content,
                                   const struct fixture_signature *signatures, size_t count)
{
    struct forge_document *document =
        forge_document(fixture->forge, document_row(kind)->oid, content);

    for (size_t i = 0; i < count; i++)
        forge_add_signer(document, signatures[i].signer, signatures[i].signing_time_us);
    forge_sign(document);
    for (size_t i = 0; i < count; i++) {
        struct forge_info info;
        struct forge_document *token;

        if (signatures[i].authority == NULL)
            continue;
        info = forge_info(fixture->forge, document->signers[i].signature, signatures[i].time_us);
        token = forge_token(fixture->forge, signatures[i].authority, &info, signatures[i].time_us);
        forge_sign(token);
        forge_attach(document, &document->signers[i], forge_assemble(token));
    }
    return forge_assemble(document);
}

struct bytes_view fixture_root(struct fixture *fixture, const struct root_document *root,
                               const struct forge_certificate *const *signers, size_t count,
                               const struct forge_certificate *authority)
{
    struct fixture_signature signatures[8];
    struct bytes_view content;
    struct error err = {0};
    struct bytes json;

    assert_ok(root_write(root, &json, &err), &err);
    content = forge_bytes(fixture->forge, json.data, json.size);
    bytes_clear(&json);
    for (size_t i = 0; i < count; i++)
        signatures[i] =
            (struct fixture_signature){signers[i], authority, FORGE_NOON_US, FORGE_NOON_US};
    return fixture_document(fixture, DOCUMENT_ROOT, content, signatures, count);
}

void fixture_trust(struct fixture *fixture)
{
    struct bytes_view document =
        fixture_root(fixture, &fixture->root, &fixture->site.leaves[ROLE_ROOT], 1,
                     fixture->site.leaves[ROLE_TIMESTAMP]);
    struct error err = {0};

    trust_free(fixture->trust);
    assert_ok(trust_new(document, &fixture->trust, &err), &err);
}

int fixture_setup(void **state)
{
    struct fixture *fixture = bytes_allocate(1, sizeof(*fixture));

    fixture->site = forge_site();
    fixture->forge = fixture->site.forge;
    for (int role = 0; role < ROLE_COUNT; role++)
        fixture->second[role] =
            leaf(fixture, "second leaf", &fixture->site, (enum document_role)role);
    fill_root(&fixture->root, &fixture->site.root);
    fixture_trust(fixture);
    *state = fixture;
    return 0;
}

int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;

    trust_free(fixture->trust);
    root_clear(&fixture->root);
    forge_free(fixture->forge);
    free(fixture);
    return 0;
}

struct bytes_view fixture_good(struct fixture *fixture, enum document_kind kind)
{
    const struct document_row *row = document_row(kind);
    struct fixture_signature signature = {fixture->site.leaves[row->role],
                                          row->timestamped ? fixture->site.leaves[ROLE_TIMESTAMP]
                                                           : NULL,
                                          FORGE_NOON_US, FORGE_NOON_US};

    return fixture_document(fixture, kind, bytes_view_of(CONTENT, strlen(CONTENT)), &signature, 1);
}

int fixture_judge(struct fixture *fixture, enum document_kind kind, const char *ring,
                  struct bytes_view document, struct error *err)
{
    return trust_judge(fixture->trust, kind, ring, document, &fixture->verdict, err);
}
