/* SPDX-License-Identifier: ISC
 *
 * flags.json as it comes out of a package: what is accepted answers for every flag that it names,
 * and nothing that protects the endpoint is among them.
 */
#include <string.h>

#include "drivers/flags-supplement.h"
#include "media/base/protected-flag.h"
#include "tests/fuzz/fuzz.h"

static void visit(void *context, const char *name)
{
    const struct flag_supplement *supplement = context;
    const char *release = NULL;
    enum flag_state state = flag_supplement_state(supplement, name, "0.1.0", &release);

    FUZZ_MUST(protected_flag(name) == NULL);
    FUZZ_MUST((state == FLAG_MISSING) == (release == NULL));
    FUZZ_MUST(!flag_combine(state, FLAG_NONE));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct flag_supplement *supplement = NULL;
    struct error err = {0};

    if (flag_supplement_parse(data, size, &supplement, &err) < 0)
        FUZZ_MUST(supplement == NULL && err.code == ERROR_BAD_CONTENT && err.words[0] != '\0');
    else
        flag_supplement_each(supplement, visit, supplement);
    flag_supplement_free(supplement);
    return 0;
}
