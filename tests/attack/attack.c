/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/attack/attack.h"

#include "media/root.h"

const struct forge_certificate *attack_certificate(struct forge *forge, enum forge_place place,
                                                   const char *name,
                                                   const struct forge_certificate *issuer,
                                                   enum document_role role, change_profile *change)
{
    struct forge_profile profile = forge_profile(forge, place, name, issuer, role);

    if (change != NULL)
        change(&profile);
    return forge_certify(forge, &profile);
}

static void stamp(struct forge *forge, const struct attack *attack, struct forge_document *document,
                  const struct forge_certificate *authority)
{
    for (size_t i = 0; i < document->signer_count; i++) {
        struct forge_signer *signer = &document->signers[i];
        int64_t time_us = FORGE_NOON_US + attack->token_later_us;
        struct forge_info info = forge_info(forge, signer->signature, time_us);
        struct forge_document *token;

        if (attack->info != NULL)
            attack->info(&info);
        token = forge_token(forge, authority, &info, time_us);
        if (attack->token != NULL)
            attack->token(token, &token->signers[0]);
        forge_sign(token);
        forge_attach(document, signer, forge_assemble(token));
    }
}

static struct bytes_view build(struct world *world, const struct attack *attack)
{
    static const char json[] = "{\"judged\":\"before it is parsed\"}";
    struct forge *forge = world->forge;
    const struct forge_certificate *issuer = world->site.issuer;
    const struct forge_certificate *authority = world->site.leaves[ROLE_TIMESTAMP];
    struct forge_document *document = forge_document(forge, document_row(attack->kind)->oid,
                                                     bytes_view_of(json, sizeof(json) - 1));
    struct forge_signer *signer;
    struct bytes_view whole;

    if (attack->issuer != NULL)
        issuer = attack_certificate(world->forge, FORGE_ISSUER, "issuer", world->site.root,
                                    ROLE_ROOT, attack->issuer);
    if (attack->authority != NULL)
        authority = attack_certificate(world->forge, FORGE_LEAF, "authority", issuer,
                                       ROLE_TIMESTAMP, attack->authority);
    signer = forge_add_signer(
        document,
        attack_certificate(world->forge, FORGE_LEAF, "signer", issuer, attack->role, attack->leaf),
        FORGE_NOON_US);
    if (attack->before_signing != NULL)
        attack->before_signing(document, signer);
    forge_sign(document);
    if (attack->after_signing != NULL)
        attack->after_signing(document, signer);
    stamp(world->forge, attack, document, authority);
    if (attack->after_stamping != NULL)
        attack->after_stamping(document, signer);
    whole = forge_assemble(document);
    return attack->whole != NULL ? attack->whole(whole) : whole;
}

void attack_run(struct world *world, const struct attack *attack)
{
    struct trust_verdict *verdict = bytes_allocate(1, sizeof(*verdict));
    struct error err = {0};
    int result = trust_judge(world->trust, attack->kind, attack->ring ? attack->ring : "lab",
                             build(world, attack), verdict, &err);

    if (result != -(int)attack->expected || verdict->code != attack->expected)
        fail_msg("%s %s: %s: %s; expected %s", attack->number, attack->name,
                 error_name(verdict->code), err.words, error_name(attack->expected));
    assert_true(verdict->accepted == (result == 0));
    assert_true((verdict->content.size > 0) == (result == 0));
    assert_true(trust_root(world->trust)->version == 1);
    assert_int_equal(trust_crl(world->trust, 0, &(struct trust_crl){0}), 0);
    free(verdict);
    shows_attack(attack->number, attack->expected, attack->name);
}
