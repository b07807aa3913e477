/* SPDX-License-Identifier: ISC
 *
 * One filled document of each kind with every optional part present, for tests of the JSON
 * documents and as seeds of their fuzz corpora; and a table test of changed texts.
 */
#ifndef TESTS_MEDIA_SAMPLE_DOCUMENTS_H
#define TESTS_MEDIA_SAMPLE_DOCUMENTS_H

#include "media/base/bytes.h"
#include "media/export.h"
#include "media/package.h"
#include "media/root.h"
#include "media/set.h"

/* Filled from scratch; clear with the kind's own clear function. */
void sample_root(struct root_document *root);
void sample_package(struct package_document *package);
void sample_set(struct set_document *set);
void sample_export(struct export_document *export);

/* A text in which `from` (once in it) is replaced by `to`, and what its parser must say; code
 * ERROR_OK: accepted. */
struct sample_change {
    const char *from, *to;
    enum error_code code;
};

typedef int (*sample_parse)(struct bytes_view json, struct error *err);

/* The group state of a kind's tests: the sample as written, the kind's parser, its changes. */
struct sample {
    struct bytes json;
    /* Parses, and where that succeeds demands that the document is written back as the same bytes:
     * one document, one writing. */
    sample_parse parse;
    const struct sample_change *changes; /* borrowed */
    size_t change_count;
};

/* To be called in the group's setup; sample_free is its teardown. */
struct sample *sample_of_root(const struct sample_change *changes, size_t count);
struct sample *sample_of_package(const struct sample_change *changes, size_t count);
struct sample *sample_of_set(const struct sample_change *changes, size_t count);
struct sample *sample_of_export(const struct sample_change *changes, size_t count);
int sample_free(void **state);

/* Tests that every kind has. The last cuts the text at every byte, and changes every byte to each of
 * a few others. */
void the_sample_comes_back(void **state);
void changes_are_judged_one_by_one(void **state);
void no_bruised_text_crashes_or_changes_its_writing(void **state);

#endif
