/* SPDX-License-Identifier: ISC
 *
 * mirror.conf: what is accepted and can be written reads back as it was; what is refused names file
 * and line, or the file.
 */
#include <string.h>

#include "mirror/settings.h"
#include "tests/fuzz/fuzz.h"

static void check_again(const struct settings *settings)
{
    struct settings back;
    struct error err = {0};
    struct bytes text;

    bytes_init(&text, SETTINGS_BYTES);
    if (settings_write(settings, &text, &err) == 0) {
        FUZZ_MUST(settings_parse("again", bytes_view(&text), &back, &err) == 0);
        FUZZ_MUST(strcmp(back.organisation, settings->organisation) == 0);
        FUZZ_MUST(back.set_days == settings->set_days);
        FUZZ_MUST(back.unprotected == settings->unprotected);
        FUZZ_MUST(back.key_count == settings->key_count);
        for (size_t i = 0; i < back.key_count; i++) {
            FUZZ_MUST(strcmp(back.keys[i].locator, settings->keys[i].locator) == 0);
            FUZZ_MUST(back.keys[i].role == settings->keys[i].role);
        }
        settings_clear(&back);
    } else {
        FUZZ_MUST(err.code == ERROR_CONFIG || err.code == ERROR_LIMIT);
    }
    bytes_clear(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct settings settings;
    struct error err = {0};

    if (size > SETTINGS_BYTES)
        return 0;
    if (settings_parse("mirror.conf", bytes_view_of(data, size), &settings, &err) == 0)
        check_again(&settings);
    else
        FUZZ_MUST(err.code == ERROR_CONFIG && strncmp(err.words, "mirror.conf:", 12) == 0);
    settings_clear(&settings);
    return 0;
}
