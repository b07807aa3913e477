/* SPDX-License-Identifier: ISC
 *
 * A rule's text: parsed or refused; one that parses gives the same answer each time.
 */
#include <stdlib.h>
#include <string.h>

#include "media/base/bytes.h"
#include "media/base/usb-rule.h"
#include "tests/fuzz/fuzz.h"
#include "tests/media/base/usb-scene.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct usb_device device = scene_storage("1-4.2");
    char *text = bytes_allocate(size + 1, 1);
    struct usb_rule rule, again;
    struct error err = {0};

    memcpy(text, data, size);
    if (usb_rule_parse(text, 1, &rule, &err) < 0) {
        FUZZ_MUST(err.code == ERROR_CONFIG && err.words[0] != '\0');
    } else {
        FUZZ_MUST(usb_rule_parse(rule.text, 1, &again, &err) == 0);
        FUZZ_MUST(usb_rule_matches(&rule, &device) == usb_rule_matches(&again, &device));
        usb_rule_clear(&again);
    }
    usb_rule_clear(&rule);
    free(text);
    return 0;
}
