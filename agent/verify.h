/* SPDX-License-Identifier: ISC
 *
 * The inside of sallyport-verify: one medium under judgement, and the parts of the program that
 * judge it. The order is verify-judge.c's, what a document is worth is media/trust.h's, what is old
 * is agent/floor.h's. (agent/control/verify-protocol.h is the outside.)
 */
#ifndef AGENT_VERIFY_H
#define AGENT_VERIFY_H

#include <jansson.h>
#include <stdbool.h>

#include "agent/floor.h"
#include "media/base/reader.h"
#include "agent/verify-workers.h"
#include "media/export.h"
#include "media/package.h"
#include "media/root.h"
#include "media/set.h"
#include "media/trust.h"
#include "media/volume.h"

struct verify_floor {
    char type[LIMIT_NAME_BYTES + 1];
    struct floor floor;
};

struct verify_installed {
    char type[LIMIT_NAME_BYTES + 1];
    uint8_t id[DIGEST_BYTES];
};

/* A package that lies there whole: what a recipe of its type may build on. */
struct verify_base {
    char type[LIMIT_NAME_BYTES + 1];
    uint8_t id[DIGEST_BYTES];
};

#define VERIFY_TYPE_BASES 3 /* in service, before it, waiting */

struct verify_ids {
    size_t count;
    uint8_t (*ids)[DIGEST_BYTES]; /* owned */
};

/* A floor reset of a root document that was not known before. */
struct verify_reset {
    uint64_t root;
    char subject[FLOOR_SUBJECT_BYTES];
    int64_t time_us;
    uint64_t number;
};

/* VERIFY_JUDGE, parsed. */
struct verify_request {
    bool inspect, test_endpoint, tokens, confirm_time;
    char ring[LIMIT_NAME_BYTES + 1];     /* "": none given */
    char endpoint[LIMIT_NAME_BYTES + 1]; /* whose floor resets apply; "": none */
    struct floor_clock clock;
    struct floor ring_floor;
    size_t floor_count, installed_count, only_count, base_count;
    struct verify_floor floors[LIMIT_SET_PACKAGES];
    struct verify_installed installed[LIMIT_SET_PACKAGES];
    bool has_only;
    char only[LIMIT_SET_PACKAGES][LIMIT_NAME_BYTES + 1];
    struct verify_ids withdrawn, quarantined;
    struct verify_base bases[VERIFY_TYPE_BASES * LIMIT_SET_PACKAGES];
};

/* A file of the tree that was read whole, as it was. */
struct verify_file {
    char path[VOLUME_NAME_BYTES];
    uint64_t size;
    uint8_t digest[DIGEST_BYTES];
};

enum verify_answer { VERIFY_REFUSED, VERIFY_CURRENT, VERIFY_FETCH };

struct verify_package {
    const struct set_package *row;
    bool read; /* document holds the accepted document */
    struct package_document document;
    int64_t time_us;
    enum verify_answer answer;
    struct error problem;                /* why refused; ERROR_OK otherwise */
    const struct package_recipe *recipe; /* of a package to fetch: the one that was taken */
    int recipe_fd;                       /* it, as sealed memfd; -1 */
};

/* Counts of the files that the export document lists (inspect only). */
struct verify_files {
    uint64_t listed, matching, missing;
    json_t *unmatched; /* owned; paths of those that are missing or differ */
    json_t *unlisted;  /* owned */
};

struct verify {
    int socket;
    struct reader *reader;
    struct verify_workers *workers;
    struct trust *trust; /* NULL: no root document was given */
    struct verify_request request;
    size_t file_count, file_capacity;
    struct verify_file *files_read;
    bool has_export;
    struct export_document export;
    size_t new_root_count;
    struct bytes *new_roots;
    size_t reset_count;
    struct verify_reset resets[LIMIT_FLOOR_RESETS];
    struct verify_ids lists;  /* digests of every revocation list that was given or read */
    struct verify_ids before; /* digests of the lists in force before the medium was read */
    struct set_document *set; /* NULL: none accepted */
    int64_t set_time_us;
    uint8_t set_digest[DIGEST_BYTES];
    enum floor_answer set_answer;
    size_t package_count;
    struct verify_package packages[LIMIT_SET_PACKAGES];
    struct verify_files files;
};

/* verify-request.c: JSON of VERIFY_JUDGE. Initialised here; clear in every case. */
int verify_request_parse(const json_t *body, struct verify_request *request,
                         struct error *err) ERROR_MUST_CHECK;
void verify_request_clear(struct verify_request *request);
const struct floor *verify_request_floor(const struct verify_request *request, const char *type);
const uint8_t *verify_request_installed(const struct verify_request *request, const char *type);
bool verify_request_wants(const struct verify_request *request, const char *type);
bool verify_request_has_base(const struct verify_request *request, const char *type,
                             const uint8_t id[static DIGEST_BYTES]);
bool verify_ids_has(const struct verify_ids *list, const uint8_t id[static DIGEST_BYTES]);
void verify_ids_add(struct verify_ids *list, const uint8_t id[static DIGEST_BYTES]);

/* verify-tree.c: reading from the tree. */
/* A whole file, digested; out is initialised here. With an export document it must be listed
 * (ERROR_MIXED_EXPORT), or it isn't read. */
int verify_read(struct verify *verify, const char *path, size_t limit, struct bytes *out,
                struct error *err) ERROR_MUST_CHECK;
/* Whether the file that was read last has the listed size and digest (ERROR_MIXED_EXPORT). Asked
 * after the file was judged by itself: what is wrong with it says more than that it was changed. */
int verify_check_last_read(const struct verify *verify, struct error *err) ERROR_MUST_CHECK;
/* Whether what was read so far is what the export document lists. */
int verify_check_reads(const struct verify *verify, struct error *err) ERROR_MUST_CHECK;
/* The names of one kind in a folder, put apart; at most limit of them. *names is the caller's
 * (free). Names of other patterns are passed over. */
int verify_list(struct verify *verify, const char *folder, enum volume_kind kind, size_t limit,
                struct volume_name **names, size_t *count, struct error *err) ERROR_MUST_CHECK;
/* Inspect: reads and hashes all that the export document lists, names what it doesn't. */
int verify_check_tree(struct verify *verify, struct error *err) ERROR_MUST_CHECK;
/* Whether an error means that the medium or its reader is gone, so that nothing more can be said
 * about anything on it. */
bool verify_is_gone(const struct error *err);

/* verify-documents.c: FORMAT, roots, lists, export document. */
int verify_format(struct verify *verify, struct error *err) ERROR_MUST_CHECK;
int verify_roots(struct verify *verify, struct error *err) ERROR_MUST_CHECK;
int verify_lists(struct verify *verify, struct error *err) ERROR_MUST_CHECK;
int verify_export(struct verify *verify, struct error *err) ERROR_MUST_CHECK;

/* verify-resets.c: the resets of the newest root document, which has just been followed, that are
 * for this endpoint: noted, and applied to the floors of the request. */
int verify_resets(struct verify *verify, struct error *err) ERROR_MUST_CHECK;

/* verify-set.c */
int verify_set(struct verify *verify, struct error *err) ERROR_MUST_CHECK;

/* verify-package.c: fails only where the medium is gone; what is wrong with one package is in its
 * row. */
int verify_packages(struct verify *verify, struct error *err) ERROR_MUST_CHECK;
/* verify-recipe.c: the recipe to rebuild the package by: one that builds on what is there, where the
 * medium has it, else the full one. Digest, form and agreement; gives package->recipe and recipe_fd.
 * ERROR_BASE_MISSING: the medium builds on what is not there. */
int verify_recipe(struct verify *verify, struct verify_package *package,
                  struct error *err) ERROR_MUST_CHECK;

/* verify-judge.c: the whole order; sends documents as they are judged, then the plan. Fails only
 * where nothing can be sent. */
int verify_judge(struct verify *verify, struct error *err) ERROR_MUST_CHECK;
void verify_clear(struct verify *verify);

/* verify-report.c: what goes back. */
/* problem->code is ERROR_OK for a good document. verdict NULL: none was made. Takes summary. */
int verify_report_document(struct verify *verify, const char *path, const char *kind,
                           const struct trust_verdict *verdict, const struct error *problem,
                           json_t *summary, struct error *err) ERROR_MUST_CHECK;
int verify_report_news(struct verify *verify, struct error *err) ERROR_MUST_CHECK;
int verify_report_plan(struct verify *verify, const struct error *problem,
                       struct error *err) ERROR_MUST_CHECK;
int verify_report_result(struct verify *verify, const char *id, const struct error *problem,
                         uint64_t files, struct error *err) ERROR_MUST_CHECK;
int verify_report_same(struct verify *verify, const char *id, uint64_t files, uint64_t bytes,
                       struct error *err) ERROR_MUST_CHECK;
int verify_report_error(struct verify *verify, const struct error *problem,
                        struct error *err) ERROR_MUST_CHECK;
/* Text from anywhere as a JSON string: escaped where it is not UTF-8. */
json_t *verify_report_text(const char *text);

/* verify-staged.c: one package's files, asked for and judged: staged ones of this medium, or
 * installed ones by the recipe that was kept. */
int verify_staged(struct verify *verify, const uint8_t id[static DIGEST_BYTES],
                  struct error *err) ERROR_MUST_CHECK;
/* A package of the plan that is to be fetched; NULL: there is none with this id. */
const struct verify_package *verify_find_package(const struct verify *verify,
                                                 const uint8_t id[static DIGEST_BYTES]);
int verify_content(struct verify *verify, const uint8_t id[static DIGEST_BYTES],
                   const uint8_t digest[static DIGEST_BYTES], int recipe_fd,
                   struct error *err) ERROR_MUST_CHECK;

/* verify-compare.c: how many files of a package that is to be fetched are the same, by name, size and
 * digest, in the installed one whose recipe this is, and their bytes. */
int verify_compare(struct verify *verify, const uint8_t id[static DIGEST_BYTES], int base_recipe_fd,
                   struct error *err) ERROR_MUST_CHECK;

#endif
