/* SPDX-License-Identifier: ISC */
#include "tui/report-file.h"

#include <nettle/sha2.h>
#include <unistd.h>

#include "media/base/limits.h"
#include "media/base/text.h"
#include "tui/output-file.h"
#include "tui/report-format.h"

#define HOST_BYTES 65 /* HOST_NAME_MAX and NUL */

static void measure(const struct bytes *text, struct report_file *file)
{
    uint8_t digest[SHA384_DIGEST_SIZE];
    struct sha384_ctx hash;

    sha384_init(&hash);
    sha384_update(&hash, text->size, text->data);
    sha384_digest(&hash, sizeof(digest), digest);
    text_hex(digest, sizeof(digest), file->digest);
    file->size = text->size;
}

int report_file_write(const struct report *report, struct report_file *file, struct error *err)
{
    struct bytes text;
    int result;

    bytes_init(&text, LIMIT_REPORT_BYTES);
    result = report_format_write(report, file->format, &text, err);
    if (result == 0) {
        measure(&text, file);
        result = output_file(file->path, text.data, text.size, true, err);
    }
    bytes_clear(&text);
    return result;
}

json_t *report_file_maker(const json_t *status)
{
    static const char *const keys[] = {"endpoint", "site", "ring", "version"};
    json_t *agent = status != NULL ? json_object() : json_null();
    char host[HOST_BYTES] = "", shown[8 * HOST_BYTES];

    if (gethostname(host, sizeof(host) - 1) < 0)
        host[0] = '\0';
    for (size_t i = 0; status != NULL && i < sizeof(keys) / sizeof(keys[0]); i++) {
        json_t *value = json_object_get(status, keys[i]);

        json_object_set(agent, keys[i], value != NULL ? value : json_null());
    }
    return json_pack("{s:s, s:I, s:o}", "host", text_escape_string(host, shown, sizeof(shown)),
                     "uid", (json_int_t)getuid(), "agent", agent);
}
