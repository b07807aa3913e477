/* SPDX-License-Identifier: ISC */
#include "drivers/compile/reputation-lists.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/compile/index-write.h"
#include "drivers/compile/source-clamav.h"
#include "drivers/compile/source-csv.h"
#include "drivers/compile/source-nsrl.h"
#include "media/base/limits.h"
#include "media/base/text.h"

struct reputation_lists {
    struct key_list lists[SOURCE_LISTS];
    struct reputation_counts counts[SOURCE_LISTS];
    char **files; /* names, in the order in which they were read */
    uint16_t file_count;
    uint64_t left_out, unnamed;
    reputation_progress progress;
    void *context;
};

/* A file being read, or a list being sorted. */
struct step {
    struct reputation_lists *lists;
    const char *name;
};

static const char *const list_names[SOURCE_LISTS] = {
    [SOURCE_FILES] = "sha256", [SOURCE_SIGNERS] = "signer"};

struct reputation_lists *reputation_lists_new(const int scratch[REPUTATION_SCRATCH],
                                              reputation_progress progress, void *context)
{
    struct reputation_lists *lists = bytes_allocate(1, sizeof(*lists));

    for (size_t i = 0; i < SOURCE_LISTS; i++)
        key_list_begin(&lists->lists[i], scratch[2 * i], scratch[2 * i + 1]);
    lists->files = bytes_allocate(LIMIT_DRIVER_FILES, sizeof(lists->files[0]));
    lists->progress = progress;
    lists->context = context;
    return lists;
}

void reputation_lists_free(struct reputation_lists *lists)
{
    if (lists == NULL)
        return;
    for (size_t i = 0; i < SOURCE_LISTS; i++)
        key_list_clear(&lists->lists[i]);
    for (size_t i = 0; i < lists->file_count; i++)
        free(lists->files[i]);
    free(lists->files);
    free(lists);
}

static int tell(void *context, uint64_t done, uint64_t total, struct error *err)
{
    const struct step *step = context;

    return step->lists->progress(step->lists->context, step->name, done, total, err);
}

static int take(void *context, const struct source_key *key, uint64_t line, struct error *err)
{
    const struct step *step = context;
    struct reputation_lists *lists = step->lists;
    const struct key_place place = {(uint16_t)(lists->file_count - 1), line};

    return key_list_add(&lists->lists[key->list], key->key, (uint8_t)key->verdict, place, key->name,
                        err);
}

static int read_files_csv(struct bytes_view content, struct source_reading *reading,
                          struct error *err)
{
    return source_csv(content, SOURCE_FILES, reading, err);
}

static int read_signers_csv(struct bytes_view content, struct source_reading *reading,
                            struct error *err)
{
    return source_csv(content, SOURCE_SIGNERS, reading, err);
}

static int read_bad(struct bytes_view content, struct source_reading *reading, struct error *err)
{
    return source_clamav(content, REPUTATION_BAD, reading, err);
}

static int read_good(struct bytes_view content, struct source_reading *reading, struct error *err)
{
    return source_clamav(content, REPUTATION_GOOD, reading, err);
}

static const struct {
    const char *pattern;
    int (*read)(struct bytes_view content, struct source_reading *reading, struct error *err);
} readers[] = {
    {"sha256.csv", read_files_csv},
    {"signer.csv", read_signers_csv},
    {"*.hsb", read_bad},
    {"*.sfp", read_good},
    {"*.db", source_nsrl},
};

static int read_file(const char *name, struct bytes_view content, struct source_reading *reading,
                     struct error *err)
{
    const char *slash = strrchr(name, '/');

    for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
        if (fnmatch(readers[i].pattern, slash == NULL ? name : slash + 1, 0) == 0)
            return readers[i].read(content, reading, err);
    }
    return error_set(err, ERROR_BAD_CONTENT, "name: no source of local-rep-data is named like it");
}

int reputation_lists_read(struct reputation_lists *lists, const char *name,
                          struct bytes_view content, struct error *err)
{
    struct step step = {lists, name};
    struct source_reading reading = {.take = take, .progress = tell, .context = &step};
    int result;

    if (lists->file_count == LIMIT_DRIVER_FILES)
        return error_set(err, ERROR_LIMIT, "more than DRIVER_FILES, %d files", LIMIT_DRIVER_FILES);
    lists->files[lists->file_count++] = bytes_copy_string(name);
    result = read_file(name, content, &reading, err);
    lists->left_out += reading.left_out;
    lists->unnamed += reading.unnamed;
    if (result == 0)
        return 0;
    return reading.line == 0 ? error_context(err, "%s", name)
                             : error_context(err, "%s:%" PRIu64, name, reading.line);
}

static int refuse_two(const struct reputation_lists *lists, const struct key_record *first,
                      const struct key_record *second, struct error *err)
{
    const struct key_place one = key_record_place(first), other = key_record_place(second);

    return error_set(err, ERROR_BAD_CONTENT,
                     "%s:%" PRIu64 ": verdict: %s, but the same key is %s in line %" PRIu64
                     ": expected one verdict for a key in one file",
                     lists->files[other.file], other.line, reputation_verdict_name(second->value),
                     reputation_verdict_name(first->value), one.line);
}

/* Whether `next` counts where `best` counted so far. */
static bool counts_more(const struct key_record *next, const struct key_record *best)
{
    return next->value > best->value ||
           (next->value == best->value && best->name_bytes == 0 && next->name_bytes > 0);
}

/* The records from first on that have one key, to the one that counts. *end is behind the last. */
static int merge_key(const struct reputation_lists *lists, const struct key_list *list,
                     uint64_t first, uint64_t *end, struct key_record *best, struct error *err)
{
    const struct key_record *records = list->records;
    uint64_t i = first + 1;

    *best = records[first];
    for (;
         i < list->count && memcmp(records[i].key, records[first].key, sizeof(records[i].key)) == 0;
         i++) {
        if (records[i].value != records[i - 1].value &&
            key_record_place(&records[i]).file == key_record_place(&records[i - 1]).file)
            return refuse_two(lists, &records[i - 1], &records[i], err);
        if (counts_more(&records[i], best))
            *best = records[i];
    }
    *end = i;
    return 0;
}

/* Merged records move to the front of their own memory: none is written before it was read. */
static int merge(const struct reputation_lists *lists, struct key_list *list,
                 struct reputation_counts *counts, struct error *err)
{
    uint64_t kept = 0, next = 0;

    for (uint64_t first = 0; first < list->count; first = next) {
        struct key_record best;
        int result = merge_key(lists, list, first, &next, &best, err);

        if (result < 0)
            return result;
        list->records[kept++] = best;
        counts->verdicts[best.value]++;
        counts->merged += next - first - 1;
    }
    list->count = kept;
    return 0;
}

static int write_list(struct reputation_lists *lists, enum source_list which, int index_fd,
                      int names_fd, struct error *err)
{
    struct step step = {lists, "sorting"};
    struct key_list *list = &lists->lists[which];
    int result = key_list_sort(list, tell, &step, err);

    if (result == 0)
        result = merge(lists, list, &lists->counts[which], err);
    if (result < 0 || list->count == 0)
        return result;
    step.name = "writing";
    result = tell(&step, 0, 0, err);
    if (result == 0)
        result = index_write(list, index_fd, err);
    if (result == 0)
        result = index_write_names(list, names_fd, err);
    return result < 0 ? error_context(err, "%s", list_names[which]) : 0;
}

int reputation_lists_write(struct reputation_lists *lists, const int outputs[REPUTATION_OUTPUTS],
                           struct error *err)
{
    uint64_t keys = 0;
    int result = 0;

    for (unsigned i = 0; i < SOURCE_LISTS && result == 0; i++) {
        result = write_list(lists, (enum source_list)i, outputs[2 * i], outputs[2 * i + 1], err);
        keys += lists->lists[i].count;
    }
    if (result == 0 && keys == 0)
        result =
            error_set(err, ERROR_BAD_CONTENT,
                      "no key in the source: %" PRIu64 " rows were left out, which have no SHA-256",
                      lists->left_out);
    return result;
}

const struct reputation_counts *reputation_lists_counts(const struct reputation_lists *lists,
                                                        enum source_list list)
{
    return &lists->counts[list];
}

uint64_t reputation_lists_left_out(const struct reputation_lists *lists)
{
    return lists->left_out;
}

uint64_t reputation_lists_unnamed(const struct reputation_lists *lists)
{
    return lists->unnamed;
}
