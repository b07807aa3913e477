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

/* Runs every change and fails the test at the first that ends otherwise. */
void sample_changes(struct bytes_view json, const struct sample_change *changes, size_t count,
                    sample_parse parse);

/* Cuts the text at every byte, and changes every byte to each of a few others: nothing may crash,
 * and what is accepted must have a written form equal to what was read (`parse` checks that). */
void sample_bruise(struct bytes_view json, sample_parse parse);

#endif
