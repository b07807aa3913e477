/* SPDX-License-Identifier: ISC
 *
 * A file that says it is a Sigma rule: findings with words and a line come out, or a rule in Lua that
 * another host loads and whose selftests pass there.
 */
#include <string.h>

#include "drivers/convert/sigma-lua.h"
#include "tests/drivers/convert/rule-host.h"
#include "tests/fuzz/fuzz.h"

const size_t fuzz_replay_runs = 2000;

static void must_run(const struct bytes *out)
{
    char words[256] = "";
    lua_State *lua = rule_host_load((const char *)out->data, out->size, words, sizeof(words));

    if (lua == NULL)
        fprintf(stderr, "%s\n%.*s\n", words, (int)out->size, (const char *)out->data);
    FUZZ_MUST(lua != NULL);
    FUZZ_MUST(rule_host_positives(lua) > 0 && rule_host_negatives(lua) > 0);
    rule_host_free(lua);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy =
        bytes_allocate(1, size + 1); /* without it, an overrun of the input goes unseen */
    struct sigma_findings findings;
    struct error err = {.code = ERROR_OK};
    struct bytes out;

    memcpy(copy, data, size);
    bytes_init(&out, LIMIT_LUA_RULE_BYTES);
    FUZZ_MUST(sigma_lua_convert(bytes_view_of(copy, size), &out, &findings, &err) == 0);
    if (sigma_is_clear(&findings))
        must_run(&out);
    for (size_t i = 0; i < findings.count; i++)
        FUZZ_MUST(findings.rows[i].line > 0 && findings.rows[i].what[0] != '\0');
    bytes_clear(&out);
    free(copy);
    return 0;
}
