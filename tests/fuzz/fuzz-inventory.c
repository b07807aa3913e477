/* SPDX-License-Identifier: ISC
 *
 * What tells of installed software. The first byte chooses: dpkg's status, or a unit, desktop entry or
 * os-release. Whatever is found lies within the text, and is found again.
 */
#include <string.h>

#include "agent/inventory-dpkg.h"
#include "agent/inventory-keyfile.h"
#include "media/base/limits.h"
#include "tests/fuzz/fuzz.h"

static void must_lie_within(struct bytes_view part, struct bytes_view text)
{
    FUZZ_MUST(part.size == 0 || (part.data >= text.data && part.data < text.data + text.size &&
                                 part.size <= (size_t)(text.data + text.size - part.data)));
}

static void read_packages(struct bytes_view text)
{
    static const char *const names[] = {"postgresql", "libc6", "a", ""};
    struct inventory_dpkg *packages;
    struct error err = {0};

    if (inventory_dpkg_read(text, &packages, &err) < 0) {
        FUZZ_MUST(packages == NULL && err.code == ERROR_BAD_CONTENT && err.words[0] != '\0');
        return;
    }
    FUZZ_MUST(inventory_dpkg_count(packages) <= text.size);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        must_lie_within(inventory_dpkg_version(packages, names[i]), text);
    inventory_dpkg_free(packages);
}

static void read_keyfile(struct bytes_view text)
{
    static const struct {
        const char *section, *key;
    } rows[] = {{"Service", "ExecStart"}, {"Desktop Entry", "Exec"}, {NULL, "ID"}};
    char out[1024];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bytes_view value, program;

        if (!inventory_keyfile_find(text, rows[i].section, rows[i].key, &value))
            continue;
        FUZZ_MUST(value.size > 0 && memchr(value.data, '\n', value.size) == NULL);
        FUZZ_MUST(rows[i].section == NULL || inventory_keyfile_has(text, rows[i].section));
        must_lie_within(value, text);
        program = inventory_keyfile_program(value, "@-:+!|");
        must_lie_within(program, value);
        if (inventory_keyfile_unquote(value, out, sizeof(out)))
            FUZZ_MUST(memchr(out, '\0', sizeof(out)) != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > LIMIT_INVENTORY_FILE)
        return 0;
    if (data[0] == 'd')
        read_packages(bytes_view_of(data + 1, size - 1));
    else
        read_keyfile(bytes_view_of(data + 1, size - 1));
    return 0;
}
