/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/attack/world.h"

#include "media/base/instant.h"
#include "media/root.h"

static void put_ring(struct root_document *root, const char *name, uint64_t threshold)
{
    struct root_ring *ring = &root->rings[root->ring_count++];

    snprintf(ring->name, sizeof(ring->name), "%s", name);
    ring->threshold = threshold;
    ring->production = true;
    wave_everyone(&ring->waves);
}

static void fill_root(const struct world_root *spec, struct root_document *root)
{
    struct error err = {0};

    root->version = spec->version;
    for (size_t i = 0; i < spec->root_count; i++) {
        struct bytes *der = &root->roots[root->root_count++];

        bytes_init(der, LIMIT_CERTIFICATE_BYTES);
        assert_ok(bytes_put(der, spec->roots[i]->der.data, spec->roots[i]->der.size, &err), &err);
    }
    for (int role = 0; role < ROLE_COUNT; role++)
        root->roles[role].threshold = 1;
    root->roles[ROLE_ROOT].threshold = spec->threshold;
    put_ring(root, "lab", 1);
    put_ring(root, "public", 2);
    root->window_before_us = 5 * INSTANT_MINUTE_US;
    root->window_after_us = 15 * INSTANT_MINUTE_US;
    root->expires_us = FORGE_NOON_US + 3650 * INSTANT_DAY_US;
}

struct bytes_view world_root(struct world *world, const struct world_root *spec)
{
    struct root_document *root = bytes_allocate(1, sizeof(*root));
    struct error err = {0};
    struct bytes_view document;
    struct bytes json;

    fill_root(spec, root);
    bytes_init(&json, LIMIT_ROOT_BYTES);
    assert_ok(root_write(root, &json, &err), &err);
    document = forge_whole(world->forge, document_row(DOCUMENT_ROOT)->oid, bytes_view(&json),
                           spec->signers, spec->signer_count, spec->authority, spec->time_us);
    bytes_clear(&json);
    root_clear(root);
    free(root);
    return document;
}

struct trust *world_trust(struct bytes_view root_document)
{
    struct trust *trust = NULL;
    struct error err = {0};

    assert_ok(trust_new(root_document, &trust, &err), &err);
    return trust;
}

struct world world_new(void)
{
    struct world world = {.site = forge_site()};
    struct world_root spec = {
        .version = 1,
        .threshold = 1,
        .roots = {world.site.root},
        .root_count = 1,
        .signers = {world.site.leaves[ROLE_ROOT]},
        .signer_count = 1,
        .authority = world.site.leaves[ROLE_TIMESTAMP],
        .time_us = FORGE_NOON_US,
    };

    world.forge = world.site.forge;
    world.root_document = world_root(&world, &spec);
    world.trust = world_trust(world.root_document);
    return world;
}

void world_free(struct world *world)
{
    trust_free(world->trust);
    forge_free(world->forge);
}
