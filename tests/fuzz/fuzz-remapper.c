/* SPDX-License-Identifier: ISC
 *
 * A rule file and the policy document that it reads, parted by a line "====": whatever they are, the
 * answer names the file, and every value fits its type.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "drivers/remap-evaluate.h"
#include "drivers/remap-xml.h"
#include "media/base/bytes.h"
#include "media/base/path.h"

void driver_at(const struct driver_content *content, const char *file, uint64_t line,
               const char *item)
{
}

static int make_file(const void *data, size_t size, struct driver_file *file)
{
    struct error err = {0};

    *file = (struct driver_file){.name = "a.xml", .size = size, .fd = memfd_create("fuzz", 0)};
    return file->fd < 0 ? -1 : path_write(file->fd, data, size, &err);
}

static void evaluate(struct remap_rules *rules, xmlDoc *document)
{
    struct remap_file file = {.name = (char *)(uintptr_t) "a.xml", .rules = rules};
    struct remap_files files = {1, &file};
    struct remap_document row = {rules->policy, document};
    struct remap_policy policy = {1, &row};
    json_t *answer = remap_evaluate(&files, document != NULL ? &policy : NULL);

    if (json_array_size(json_object_get(answer, "files")) != 1)
        abort();
    json_decref(answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char mark[] = "\n====\n";
    const uint8_t *end = size > 0 ? memmem(data, size, mark, sizeof(mark) - 1) : NULL;
    size_t first = end != NULL ? (size_t)(end - data) : size;
    struct driver_file file;
    struct remap_rules *rules = NULL;
    xmlDoc *document = NULL;
    struct error err = {0};

    remap_xml_begin();
    if (make_file(data, first, &file) == 0 && remap_rules_read(&file, &rules, &err) < 0 &&
        err.words[0] == '\0')
        abort();
    close(file.fd);
    if (end != NULL &&
        make_file(end + sizeof(mark) - 1, size - first - (sizeof(mark) - 1), &file) == 0) {
        if (remap_xml_read(&file, LIMIT_POLICY_BYTES, "POLICY_BYTES", &document, &err) < 0 &&
            err.words[0] == '\0')
            abort();
        close(file.fd);
    }
    if (rules != NULL)
        evaluate(rules, document);
    remap_rules_free(rules);
    xmlFreeDoc(document);
    return 0;
}
