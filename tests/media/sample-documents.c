/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "tests/media/sample-documents.h"

#include "media/base/instant.h"

/* 2026-11-23T08:15:00Z */
#define THEN_US (INT64_C(1795421700) * INSTANT_SECOND_US)

static void fill(uint8_t *digest, uint8_t byte)
{
    memset(digest, byte, DIGEST_BYTES);
}

static void put(struct bytes *buffer, const char *text)
{
    struct error err = {0};

    bytes_init(buffer, KIB);
    assert_ok(bytes_put(buffer, text, strlen(text), &err), &err);
}

void sample_root(struct root_document *root)
{
    static const char key[] = "-----BEGIN PUBLIC KEY-----\n"
                              "MAMCAQA=\n"
                              "-----END PUBLIC KEY-----\n";

    memset(root, 0, sizeof(*root));
    root->version = 3;
    root->root_count = 2;
    put(&root->roots[0], "the first root");
    put(&root->roots[1], "the second root");
    for (int i = 0; i < ROLE_COUNT; i++)
        root->roles[i].threshold = 1;
    root->roles[ROLE_RELEASE].pins = bytes_allocate(2, DIGEST_BYTES);
    root->roles[ROLE_RELEASE].pin_count = 2;
    fill(root->roles[ROLE_RELEASE].pins[0], 0x11);
    fill(root->roles[ROLE_RELEASE].pins[1], 0x22);
    root->ring_count = 2;
    snprintf(root->rings[0].name, sizeof(root->rings[0].name), "%s", "internal");
    root->rings[0].threshold = 1;
    wave_everyone(&root->rings[0].waves);
    snprintf(root->rings[1].name, sizeof(root->rings[1].name), "%s", "public");
    root->rings[1].threshold = 2;
    root->rings[1].production = true;
    root->rings[1].waves = (struct wave_plan){.count = 2, .waves = {{10, 0}, {100, 3600}}};
    root->window_before_us = 5 * INSTANT_MINUTE_US;
    root->window_after_us = 15 * INSTANT_MINUTE_US;
    root->ingest_key = bytes_copy_string(key);
    root->resets = bytes_allocate(1, sizeof(*root->resets));
    root->reset_count = 1;
    snprintf(root->resets[0].endpoint, sizeof(root->resets[0].endpoint), "%s", "*");
    snprintf(root->resets[0].subject, sizeof(root->resets[0].subject), "%s", "type:behavior");
    root->resets[0].time_us = THEN_US;
    root->resets[0].number = 7;
    root->expires_us = THEN_US + 365 * INSTANT_DAY_US;
}

void sample_package(struct package_document *package)
{
    memset(package, 0, sizeof(*package));
    snprintf(package->type, sizeof(package->type), "%s", "behavior");
    snprintf(package->version, sizeof(package->version), "%s", "2026.11.23-1");
    package->issue = 9;
    package->schema_low = 1;
    package->schema_high = 2;
    package->abi_low = 1;
    package->abi_high = 1;
    snprintf(package->sealed, sizeof(package->sealed), "%s", "key-1");
    package->recipe_count = 2;
    package->recipes[0].size = 500;
    package->recipes[0].packed_size = 4000;
    fill(package->recipes[0].digest, 0x33);
    package->recipes[1].has_base = true;
    package->recipes[1].size = 400;
    fill(package->recipes[1].base, 0x44);
    fill(package->recipes[1].digest, 0x55);
    package->files = 12;
    package->bytes = 65536;
    package->requirement_count = 1;
    snprintf(package->requirements[0].type, sizeof(package->requirements[0].type), "%s",
             "product-rules-feed");
    package->requirements[0].issue = 4;
    package->notes = bytes_copy_string("for K\xc3\xb6ln");
}

static void sample_set_lists(struct set_document *set)
{
    set->package_count = 2;
    snprintf(set->packages[0].type, sizeof(set->packages[0].type), "%s", "behavior");
    snprintf(set->packages[0].version, sizeof(set->packages[0].version), "%s", "1");
    fill(set->packages[0].id, 0x66);
    set->packages[0].issue = 9;
    set->packages[0].size = 700;
    snprintf(set->packages[1].type, sizeof(set->packages[1].type), "%s", "flags-supplement");
    snprintf(set->packages[1].version, sizeof(set->packages[1].version), "%s", "2");
    fill(set->packages[1].id, 0x77);
    set->packages[1].issue = 3;
    set->packages[1].size = 600;
    set->withdrawn_count = 1;
    set->withdrawn = bytes_allocate(1, sizeof(*set->withdrawn));
    fill(set->withdrawn[0].id, 0x88);
    set->withdrawn[0].reason = bytes_copy_string("false alarms");
    set->withdrawn[0].link = bytes_copy_string("https://kb.example/3");
    set->withdrawn[0].harmful = true;
    set->crl_count = 1;
    fill(set->crls[0].issuer, 0x99);
    fill(set->crls[0].digest, 0xaa);
    set->crls[0].number = 0;
}

void sample_set(struct set_document *set)
{
    memset(set, 0, sizeof(*set));
    snprintf(set->ring, sizeof(set->ring), "%s", "public");
    set->sequence = 12;
    set->has_previous = true;
    fill(set->previous, 0xbb);
    sample_set_lists(set);
    set->wave_count = 2;
    snprintf(set->waves[0].type, sizeof(set->waves[0].type), "%s", "default");
    wave_everyone(&set->waves[0].plan);
    snprintf(set->waves[1].type, sizeof(set->waves[1].type), "%s", "behavior");
    set->waves[1].plan = (struct wave_plan){.count = 2, .waves = {{5, 0}, {100, 60}}};
    set->flags = json_pack("{s:[{s:i,s:s,s:s},{s:i,s:n,s:s}]}", "ips", "percent", 25, "site",
                           "delta", "value", "on", "percent", 100, "site", "value", "off");
    set->evidence = json_pack("{s:i}", "dwell", 86400);
    set->root_version = 3;
    set->expires_us = THEN_US + 1;
}

void sample_export(struct export_document *export)
{
    memset(export, 0, sizeof(*export));
    fill(export->id, 0xab);
    export->set_count = 1;
    snprintf(export->sets[0].ring, sizeof(export->sets[0].ring), "%s", "public");
    export->sets[0].sequence = 12;
    fill(export->sets[0].digest, 0xcc);
    export->volume = 1;
    export->volumes = 2;
    memset(export->base, 'd', DIGEST_TEXT_BYTES - 1);
    export->package_count = 2;
    export->packages = bytes_allocate(2, sizeof(*export->packages));
    fill(export->packages[0].id, 0x66);
    export->packages[0].volume_count = 2;
    export->packages[0].volumes = bytes_allocate(2, sizeof(uint32_t));
    export->packages[0].volumes[0] = 1;
    export->packages[0].volumes[1] = 2;
    fill(export->packages[1].id, 0x77);
    export->packages[1].volumes = bytes_allocate(1, sizeof(uint32_t));
    export->file_count = 2;
    export->files = bytes_allocate(2, sizeof(*export->files));
    export->files[0].path = bytes_copy_string("sallyport/FORMAT");
    export->files[0].size = 12;
    fill(export->files[0].digest, 0xdd);
    export->files[1].path = bytes_copy_string("sallyport/root/1.p7m");
    export->files[1].size = 2000;
    fill(export->files[1].digest, 0xee);
    snprintf(export->exporter, sizeof(export->exporter), "%s", "export-1");
    snprintf(export->medium_id, sizeof(export->medium_id), "%s", "0951:1666");
    snprintf(export->medium_serial, sizeof(export->medium_serial), "%s", "60A44C41");
    snprintf(export->medium_filesystem, sizeof(export->medium_filesystem), "%s", "1A2B-3C4D");
    export->created_us = THEN_US;
}

static void change(struct bytes_view json, const struct sample_change *row, struct bytes *out)
{
    struct error err = {0};
    const uint8_t *at = memmem(json.data, json.size, row->from, strlen(row->from));
    size_t before, after;

    if (at == NULL)
        fail_msg("not in the text: %s", row->from);
    before = (size_t)(at - json.data);
    after = json.size - before - strlen(row->from);
    if (memmem(at + 1, json.size - before - 1, row->from, strlen(row->from)) != NULL)
        fail_msg("twice in the text: %s", row->from);
    bytes_init(out, 16 * MIB);
    assert_ok(bytes_put(out, json.data, before, &err), &err);
    assert_ok(bytes_put(out, row->to, strlen(row->to), &err), &err);
    assert_ok(bytes_put(out, at + strlen(row->from), after, &err), &err);
}

/* What each kind has under its own names. A macro, since a call through a pointer to another type of
 * function is undefined. */
#define SAMPLE_KIND(kind)                                                                          \
    static int parse_##kind(struct bytes_view json, struct error *err)                             \
    {                                                                                              \
        struct kind##_document *document = bytes_allocate(1, sizeof(*document));                   \
        struct error write_error = {0};                                                            \
        struct bytes again;                                                                        \
        int result = kind##_parse(json, document, err);                                            \
                                                                                                   \
        if (result == 0) {                                                                         \
            assert_ok(kind##_write(document, &again, &write_error), &write_error);                 \
            assert_true(bytes_equal(bytes_view(&again), json));                                    \
            bytes_clear(&again);                                                                   \
        }                                                                                          \
        kind##_clear(document);                                                                    \
        free(document);                                                                            \
        return result;                                                                             \
    }                                                                                              \
                                                                                                   \
    struct sample *sample_of_##kind(const struct sample_change *changes, size_t count)             \
    {                                                                                              \
        struct sample *sample = bytes_allocate(1, sizeof(*sample));                                \
        struct kind##_document *document = bytes_allocate(1, sizeof(*document));                   \
        struct error err = {0};                                                                    \
                                                                                                   \
        *sample =                                                                                  \
            (struct sample){.parse = parse_##kind, .changes = changes, .change_count = count};     \
        sample_##kind(document);                                                                   \
        assert_ok(kind##_write(document, &sample->json, &err), &err);                              \
        kind##_clear(document);                                                                    \
        free(document);                                                                            \
        return sample;                                                                             \
    }

SAMPLE_KIND(root)
SAMPLE_KIND(package)
SAMPLE_KIND(set)
SAMPLE_KIND(export)

int sample_free(void **state)
{
    struct sample *sample = *state;

    bytes_clear(&sample->json);
    free(sample);
    return 0;
}

void the_sample_comes_back(void **state)
{
    const struct sample *sample = *state;
    struct error err = {0};

    assert_ok(sample->parse(bytes_view(&sample->json), &err), &err);
}

static void judge_change(const struct sample *sample, const struct sample_change *row)
{
    struct error err = {0};
    struct bytes text;
    int result;

    change(bytes_view(&sample->json), row, &text);
    result = sample->parse(bytes_view(&text), &err);
    if (result != -(int)row->code || err.code != row->code)
        fail_msg("%s -> %s: got %s: %s", row->from, row->to, error_name(err.code), err.words);
    bytes_clear(&text);
}

void changes_are_judged_one_by_one(void **state)
{
    const struct sample *sample = *state;

    for (size_t i = 0; i < sample->change_count; i++)
        judge_change(sample, &sample->changes[i]);
}

void no_bruised_text_crashes_or_changes_its_writing(void **state)
{
    static const uint8_t others[] = {0x00, ' ', '"', '0', '9', ',', ':', '}', 'f', 0x80};
    const struct sample *sample = *state;
    struct bytes_view json = bytes_view(&sample->json);
    uint8_t *copy = bytes_allocate(1, json.size);
    struct error err = {0};

    for (size_t at = 0; at < json.size; at++) {
        if (sample->parse(bytes_view_of(json.data, at), &err) == 0)
            fail_msg("accepted when cut at byte %zu", at);
        for (size_t i = 0; i < sizeof(others); i++) {
            memcpy(copy, json.data, json.size);
            copy[at] = others[i];
            (void)!sample->parse(bytes_view_of(copy, json.size), &err);
        }
    }
    free(copy);
}
