/* SPDX-License-Identifier: ISC
 *
 * The re-signing mutator: changes one part of a good document (of the document, its signer, its
 * token or the signer's certificate), signs everything again with the right keys, and asks the
 * accept point. A plain fuzzer never gets past a signature; this one has every key, so that the
 * checks behind it are what is tested. Whatever is accepted must be unchanged.
 *
 * First byte: which part. Then three bytes a change: how, where, what.
 */
#include <config.h>

#include <string.h>

#include "media/base/instant.h"
#include "media/trust.h"
#include "media/root.h"
#include "tests/fuzz/fuzz.h"
#include "tests/media/forge.h"

const size_t fuzz_replay_runs = 4000;

/* Made once: keys take long, and nothing in it changes. */
static struct forge_site site;
static struct trust *trust;

static void make_site(void)
{
    struct root_document *root = bytes_allocate(1, sizeof(*root));
    struct error err = {0};
    struct bytes json;
    const struct forge_certificate *signer;
    struct bytes_view document;

    site = forge_site();
    signer = forge_certificate(site.forge, FORGE_LEAF, "root-sign", site.root, ROLE_ROOT);
    root->version = 1;
    root->root_count = 1;
    bytes_init(&root->roots[0], LIMIT_CERTIFICATE_BYTES);
    FUZZ_MUST(bytes_put(&root->roots[0], site.root->der.data, site.root->der.size, &err) == 0);
    for (int role = 0; role < ROLE_COUNT; role++)
        root->roles[role].threshold = 1;
    root->ring_count = 1;
    snprintf(root->rings[0].name, sizeof(root->rings[0].name), "public");
    root->rings[0].threshold = 1;
    root->rings[0].production = true;
    wave_everyone(&root->rings[0].waves);
    root->window_before_us = 5 * INSTANT_MINUTE_US;
    root->window_after_us = 15 * INSTANT_MINUTE_US;
    root->expires_us = FORGE_NOON_US + 365 * INSTANT_DAY_US;
    bytes_init(&json, LIMIT_ROOT_BYTES);
    FUZZ_MUST(root_write(root, &json, &err) == 0);
    document = forge_whole(site.forge, document_row(DOCUMENT_ROOT)->oid, bytes_view(&json), &signer,
                           1, site.leaves[ROLE_TIMESTAMP], FORGE_NOON_US);
    if (trust_new(document, &trust, &err) != 0) {
        fprintf(stderr, "%s\n", err.words);
        abort();
    }
    bytes_clear(&json);
    root_clear(root);
    free(root);
}

struct change {
    struct forge *forge;
    struct bytes_view input; /* what is left of the fuzzer's bytes */
    bool changed;
    bool emptied;
    bool nulled; /* holds SHA-384 with NULL parameters, which means the same (RFC 5754 2) */
};

/* One step over a part; an empty part has nothing to change. */
static struct bytes_view step(struct change *change, struct bytes_view part, uint8_t how,
                              uint8_t where, uint8_t what)
{
    size_t at = part.size == 0 ? 0 : (size_t)where % part.size;
    struct bytes_view head = {part.data, at}, tail = {part.data + at, part.size - at};
    struct bytes_view one = forge_bytes(change->forge, &what, 1);
    struct bytes_view rest = {tail.data + 1, tail.size == 0 ? 0 : tail.size - 1};
    uint8_t flipped = tail.size == 0 ? what : (uint8_t)(tail.data[0] ^ what);

    if (part.size == 0)
        return part;
    switch (how % 6) {
    case 0:
        return forge_join(change->forge,
                          FORGE_VIEWS(head, forge_bytes(change->forge, &flipped, 1), rest));
    case 1:
        return forge_bytes(change->forge, head.data, head.size);
    case 2:
        return forge_join(change->forge, FORGE_VIEWS(head, one, tail));
    case 3:
        return forge_join(change->forge, FORGE_VIEWS(head, rest));
    case 4:
        return forge_join(change->forge, FORGE_VIEWS(part, part));
    default:
        return forge_join(change->forge, FORGE_VIEWS(head, one, rest));
    }
}

static void apply(struct change *change, struct bytes_view *part)
{
    static const uint8_t sha384_null[] = {0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                          0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00};
    struct bytes_view before = *part;

    while (change->input.size >= 3) {
        const uint8_t *bytes = change->input.data;

        *part = step(change, *part, bytes[0], bytes[1], bytes[2]);
        change->input = (struct bytes_view){bytes + 3, change->input.size - 3};
    }
    change->changed = !bytes_equal(before, *part);
    change->emptied = part->size == 0;
    change->nulled =
        part->size > 0 && memmem(part->data, part->size, sha384_null, sizeof(sha384_null)) != NULL;
}

/* The parts that a profile fixes: any other value must be refused. What may differ between good
 * documents (serials, times within the window, a key's identifier) is not here. */
enum part {
    PART_OUTER_TYPE,
    PART_VERSION,
    PART_DIGEST_ALGORITHMS,
    PART_INNER_TYPE,
    PART_CONTENT,
    PART_SIGNER_VERSION,
    PART_SIGNER_ID,
    PART_SIGNER_DIGEST,
    PART_ATTRIBUTE_TYPE,
    PART_ATTRIBUTE_DIGEST,
    PART_ATTRIBUTE_CERTIFICATE,
    PART_SIGNATURE_ALGORITHM,
    PART_SIGNATURE,
    PART_DOCUMENTS_END, /* the same again for the token */
    PART_INFO_VERSION = 2 * PART_DOCUMENTS_END,
    PART_INFO_IMPRINT,
    PART_CERTIFICATE_VERSION,
    PART_CERTIFICATE_ALGORITHM,
    PART_CERTIFICATE_ISSUER,
    PART_BASIC_CONSTRAINTS,
    PART_KEY_USAGE,
    PART_EXTENDED_KEY_USAGE,
    PART_COUNT
};

/* The view of a part before signing; NULL for those made later or elsewhere. */
static struct bytes_view *part_of_document(struct forge_document *document, enum part part)
{
    struct forge_signer *signer = &document->signers[0];

    switch (part) {
    case PART_OUTER_TYPE:
        return &document->outer_type;
    case PART_VERSION:
        return &document->version;
    case PART_DIGEST_ALGORITHMS:
        return &document->digest_algorithms;
    case PART_INNER_TYPE:
        return &document->inner_type;
    case PART_CONTENT:
        return &document->content;
    case PART_SIGNER_VERSION:
        return &signer->version;
    case PART_SIGNER_ID:
        return &signer->sid;
    case PART_SIGNER_DIGEST:
        return &signer->digest_algorithm;
    case PART_ATTRIBUTE_TYPE:
        return &signer->attributes[FORGE_CONTENT_TYPE];
    case PART_ATTRIBUTE_DIGEST:
        return &signer->attributes[FORGE_MESSAGE_DIGEST];
    case PART_ATTRIBUTE_CERTIFICATE:
        return &signer->attributes[FORGE_SIGNING_CERTIFICATE];
    case PART_SIGNATURE_ALGORITHM:
        return &signer->signature_algorithm;
    default:
        return NULL;
    }
}

/* Signs a document whose parts may have been changed; `part` beyond a document's own: none. */
static void sign_changed(struct change *change, struct forge_document *document, int part)
{
    struct bytes_view *before =
        part < 0 || part >= PART_DOCUMENTS_END ? NULL : part_of_document(document, (enum part)part);

    if (before != NULL)
        apply(change, before);
    forge_sign(document);
    if (part == PART_SIGNATURE)
        apply(change, &document->signers[0].signature);
}

static const struct forge_certificate *leaf(struct change *change, int part)
{
    struct forge_profile profile;

    if (part < PART_CERTIFICATE_VERSION)
        return site.leaves[ROLE_CONTENT];
    profile = forge_profile(change->forge, FORGE_LEAF, "content", site.issuer, ROLE_CONTENT);
    if (part == PART_CERTIFICATE_VERSION)
        apply(change, &profile.version);
    else if (part == PART_CERTIFICATE_ALGORITHM)
        apply(change, &profile.algorithm);
    else if (part == PART_CERTIFICATE_ISSUER)
        apply(change, &profile.issuer_name);
    else if (part == PART_BASIC_CONSTRAINTS)
        apply(change, &profile.extensions[FORGE_BASIC_CONSTRAINTS]);
    else if (part == PART_KEY_USAGE)
        apply(change, &profile.extensions[FORGE_KEY_USAGE]);
    else
        apply(change, &profile.extensions[FORGE_EXTENDED_KEY_USAGE]);
    return forge_certify(change->forge, &profile);
}

static struct bytes_view token(struct change *change, struct bytes_view signature, int part)
{
    struct forge_info info = forge_info(change->forge, signature, FORGE_NOON_US);
    struct forge_document *document;

    if (part == PART_INFO_VERSION)
        apply(change, &info.parts[FORGE_INFO_VERSION]);
    if (part == PART_INFO_IMPRINT)
        apply(change, &info.parts[FORGE_INFO_IMPRINT]);
    document = forge_token(change->forge, site.leaves[ROLE_TIMESTAMP], &info, FORGE_NOON_US);
    sign_changed(change, document, part < 2 * PART_DOCUMENTS_END ? part - PART_DOCUMENTS_END : -1);
    return forge_assemble(document);
}

static struct bytes_view whole(struct change *change, int part)
{
    static const char json[] = "{\"judged\":\"before it is parsed\"}";
    struct forge_document *document = forge_document(
        change->forge, document_row(DOCUMENT_PACKAGE)->oid, bytes_view_of(json, sizeof(json) - 1));

    forge_add_signer(document, leaf(change, part), FORGE_NOON_US);
    sign_changed(change, document, part);
    forge_attach(document, &document->signers[0],
                 token(change, document->signers[0].signature, part));
    return forge_assemble(document);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct trust_verdict *verdict = bytes_allocate(1, sizeof(*verdict));
    struct change change = {.forge = forge_new()};
    struct error err = {0};
    int part = size > 0 ? data[0] % PART_COUNT : 0;
    int result;

    if (trust == NULL)
        make_site();
    if (size > 0)
        change.input = bytes_view_of(data + 1, size - 1 < 48 ? size - 1 : 48);
    result = trust_judge(trust, DOCUMENT_PACKAGE, NULL, whole(&change, part), verdict, &err);
    FUZZ_MUST((result == 0) == verdict->accepted);
    FUZZ_MUST(verdict->accepted == (verdict->code == ERROR_OK));
    FUZZ_MUST(verdict->accepted == (verdict->content.size > 0));
    /* Without basicConstraints a certificate is no CA (RFC 5280 4.2.1.9): as good as saying so. */
    if (part == PART_BASIC_CONSTRAINTS && change.emptied)
        change.changed = false;
    if (result == 0 && change.nulled)
        change.changed = false;
    if (result == 0 && change.changed)
        fprintf(stderr, "part %d\n", part);
    if (result != 0 && !change.changed)
        fprintf(stderr, "part %d: %s: %s\n", part, error_name(err.code), err.words);
    FUZZ_MUST((result == 0) == !change.changed);
    forge_free(change.forge);
    free(verdict);
    return 0;
}
