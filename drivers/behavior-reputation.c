/* SPDX-License-Identifier: ISC */
#include "drivers/behavior-reputation.h"

#include "drivers/reputation.h"
#include "media/base/text.h"

static const char *find(const struct behavior *behavior, enum reputation_list list,
                        const uint8_t key[static HASH_INDEX_KEY_BYTES])
{
    const struct reputation *lists = driver_read(behavior->reads, REPUTATION_TYPE);
    struct reputation_answer answer;

    if (lists == NULL || !reputation_find(lists, list, key, &answer))
        return NULL;
    return reputation_verdict_name(answer.verdict);
}

static const char *find_given(const struct behavior_case *mocks, const char *name)
{
    return json_string_value(json_object_get(mocks->rep, name));
}

const char *behavior_reputation_file(const struct behavior *behavior, struct bytes_view digest)
{
    char hex[2 * HASH_INDEX_KEY_BYTES + 1];

    if (digest.size != HASH_INDEX_KEY_BYTES)
        return NULL;
    if (behavior->moment.mocks == NULL)
        return find(behavior, REPUTATION_FILES, digest.data);
    text_hex(digest.data, digest.size, hex);
    return find_given(behavior->moment.mocks, hex);
}

int behavior_reputation_signer(const struct behavior *behavior, struct bytes_view signer,
                               const char **verdict, struct error *err)
{
    uint8_t key[HASH_INDEX_KEY_BYTES];
    struct bytes form;
    int result;

    *verdict = NULL;
    if (behavior->moment.mocks == NULL) {
        result = reputation_signer_key(signer, key, err);
        if (result == 0)
            *verdict = find(behavior, REPUTATION_SIGNERS, key);
        return result;
    }
    bytes_init(&form, LIMIT_SIGNER_BYTES + 1);
    result = reputation_signer_form(signer, &form, err);
    if (result == 0)
        result = bytes_put_u8(&form, '\0', err);
    if (result == 0)
        *verdict = find_given(behavior->moment.mocks, (const char *)form.data);
    bytes_clear(&form);
    return result;
}
