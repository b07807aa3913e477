/* SPDX-License-Identifier: ISC */
#include "agent/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/instant.h"
#include "media/document-json.h"

/* A set in its place on the medium, judged. */
struct candidate {
    const struct volume_name *name;
    char path[VOLUME_NAME_BYTES];
    struct trust_verdict verdict;
    struct set_document set;
};

static int check_place(const struct candidate *candidate, struct error *err)
{
    const struct set_document *set = &candidate->set;

    if (strcmp(set->ring, candidate->name->word) != 0)
        return error_set(err, ERROR_WRONG_RING, "a set of ring %s lies in the place of ring %s",
                         set->ring, candidate->name->word);
    if (set->sequence != candidate->name->number)
        return error_set(err, ERROR_WRONG_KIND, "set %llu lies in the place of set %llu",
                         (unsigned long long)set->sequence,
                         (unsigned long long)candidate->name->number);
    return 0;
}

/* The export document says which set it carries of each ring. */
static int check_export(const struct verify *verify, const struct candidate *candidate,
                        struct error *err)
{
    for (size_t i = 0; verify->has_export && i < verify->export.set_count; i++) {
        const struct export_set *row = &verify->export.sets[i];

        if (strcmp(row->ring, candidate->set.ring) == 0 &&
            row->sequence == candidate->set.sequence &&
            memcmp(row->digest, candidate->verdict.digest, DIGEST_BYTES) != 0)
            return error_set(err, ERROR_MIXED_EXPORT, "another set %llu was exported",
                             (unsigned long long)row->sequence);
    }
    return 0;
}

/* The lists that the set was made under are here, or newer ones. (sallyport-set.5, 3) */
static int check_lists(const struct verify *verify, const struct set_document *set,
                       struct error *err)
{
    for (size_t i = 0; i < set->crl_count; i++) {
        const struct set_crl *row = &set->crls[i];
        int64_t known = trust_crl_number(verify->trust, row->issuer, NULL);
        char issuer[DIGEST_TEXT_BYTES];

        /* The set's signature covers the digest: a list that has it is the one. */
        if (verify_ids_has(&verify->lists, row->digest))
            continue;
        if (known < 0 || (uint64_t)known <= row->number)
            return error_set(err, ERROR_CRL_MISSING, "list %llu of issuer %.16s",
                             (unsigned long long)row->number, digest_text(row->issuer, issuer));
    }
    return 0;
}

static int check_basis(const struct verify *verify, const struct set_document *set,
                       struct error *err)
{
    uint64_t known = trust_root(verify->trust)->version;

    if (set->root_version > known)
        return error_set(err, ERROR_ROOT_GAP, "made under root document %llu, the newest is %llu",
                         (unsigned long long)set->root_version, (unsigned long long)known);
    return check_lists(verify, set, err);
}

static int judge_candidate(struct verify *verify, struct candidate *candidate,
                           const struct bytes *document, struct error *err)
{
    int result = trust_judge(verify->trust, DOCUMENT_SET, candidate->name->word,
                             bytes_view(document), &candidate->verdict, err);

    if (result == 0)
        result = set_parse(candidate->verdict.content, &candidate->set, err);
    if (result == 0)
        result = check_place(candidate, err);
    if (result == 0)
        result = check_export(verify, candidate, err);
    if (result == 0)
        result = check_basis(verify, &candidate->set, err);
    if (result == 0)
        result = verify_check_last_read(verify, err);
    return result;
}

static const struct {
    enum floor_answer answer;
    enum error_code code;
    const char *words;
} refusals[] = {
    {FLOOR_OLDER, ERROR_ROLLBACK, "is older than what was accepted before"},
    {FLOOR_CONFLICT, ERROR_EQUIVOCATION, "contradicts what was accepted before"},
};

/* Both numbers and both times: the reader sees which of them is behind. */
static int refuse_by_floor(const struct floor *floor, const struct candidate *candidate,
                           enum error_code code, const char *words, struct error *err)
{
    char time[INSTANT_TEXT_BYTES], floor_time[INSTANT_TEXT_BYTES];

    return error_set(err, code, "set %llu of %s %s: the floor of ring %s is set %llu of %s",
                     (unsigned long long)candidate->set.sequence,
                     instant_format(candidate->verdict.time_us, time), words, candidate->set.ring,
                     (unsigned long long)floor->number, instant_format(floor->time_us, floor_time));
}

static int check_floor(struct verify *verify, const struct candidate *candidate, struct error *err)
{
    const struct root_ring *ring = root_ring(trust_root(verify->trust), candidate->set.ring);

    if (ring != NULL && !ring->production && !verify->request.test_endpoint &&
        !verify->request.inspect)
        return error_set(err, ERROR_WRONG_RING, "ring %s is for test endpoints only", ring->name);
    if (!verify->request.confirm_time &&
        floor_check_future(&verify->request.clock, candidate->verdict.time_us, err) < 0)
        return error_context(err, "set %llu", (unsigned long long)candidate->set.sequence);
    verify->set_answer = floor_compare(&verify->request.ring_floor, candidate->verdict.time_us,
                                       candidate->set.sequence, candidate->verdict.digest);
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        if (refusals[i].answer == verify->set_answer)
            return refuse_by_floor(&verify->request.ring_floor, candidate, refusals[i].code,
                                   refusals[i].words, err);
    }
    return 0;
}

static json_t *set_summary(const struct set_document *set)
{
    return json_pack("{s:o,s:o,s:s,s:o,s:o,s:o}", "expires", document_json_instant(set->expires_us),
                     "packages", document_json_count(set->package_count), "ring", set->ring,
                     "root_version", document_json_count(set->root_version), "sequence",
                     document_json_count(set->sequence), "withdrawn",
                     document_json_count(set->withdrawn_count));
}

static void take(struct verify *verify, struct candidate *candidate)
{
    verify->set = bytes_allocate(1, sizeof(*verify->set));
    *verify->set = candidate->set;
    memset(&candidate->set, 0, sizeof(candidate->set));
    verify->set_time_us = candidate->verdict.time_us;
    memcpy(verify->set_digest, candidate->verdict.digest, DIGEST_BYTES);
}

/* Judges and reports one set. `chosen`: the one that the plan is made from; only its floor is
 * looked at, and it is taken even below its floor, so that the plan can name it. */
static int judge_set(struct verify *verify, const struct volume_name *name, bool chosen,
                     struct error *err)
{
    struct candidate *candidate = bytes_allocate(1, sizeof(*candidate));
    struct error problem = {0};
    struct bytes document;
    bool good;
    int result;

    candidate->name = name;
    volume_format(name, candidate->path);
    result = verify_read(verify, candidate->path, LIMIT_SET_BYTES, &document, &problem);
    if (result == 0)
        result = judge_candidate(verify, candidate, &document, &problem);
    good = result == 0;
    if (good && chosen)
        (void)!check_floor(verify, candidate, &problem);
    result = verify_report_document(verify, candidate->path, "set", &candidate->verdict, &problem,
                                    good ? set_summary(&candidate->set) : json_object(), err);
    if (good && chosen)
        take(verify, candidate);
    if (result == 0 && problem.code != ERROR_OK && (chosen || verify_is_gone(&problem))) {
        *err = problem;
        result = error_object(err, candidate->path);
    }
    set_clear(&candidate->set);
    bytes_clear(&document);
    free(candidate);
    return result;
}

static int list_sets(struct verify *verify, const char *ring, struct volume_name **names,
                     size_t *count, struct error *err)
{
    char folder[VOLUME_NAME_BYTES];

    snprintf(folder, sizeof(folder), VOLUME_ROOT "/rings/%s", ring);
    return verify_list(verify, folder, VOLUME_SET, LIMIT_FOLDER_NAMES, names, count, err);
}

static size_t newest(const struct volume_name *names, size_t count)
{
    size_t best = 0;

    for (size_t i = 1; i < count; i++) {
        if (names[i].number > names[best].number)
            best = i;
    }
    return best;
}

/* The sets of one ring: the newest is `chosen` where the ring is; all others are looked at only to
 * be shown. */
static int judge_ring(struct verify *verify, const char *ring, bool chosen, struct error *err)
{
    struct volume_name *names = NULL;
    struct error problem = {0};
    size_t count = 0, best;
    int result = list_sets(verify, ring, &names, &count, err);

    best = newest(names, count);
    if (result == 0 && chosen && count == 0)
        result = error_set(err, ERROR_RING_MISSING, "no set of ring %s", ring);
    for (size_t i = 0; i < count && result == 0; i++) {
        if (i != best && !verify->request.inspect)
            continue;
        result = judge_set(verify, &names[i], chosen && i == best, &problem);
        /* The others are still shown. */
        if (result != 0 && chosen && i == best && !verify_is_gone(&problem))
            result = 0;
    }
    if (result != 0 && problem.code != ERROR_OK)
        *err = problem;
    if (result == 0 && problem.code != ERROR_OK) {
        *err = problem;
        result = -(int)err->code;
    }
    free(names);
    return result;
}

/* Without a ring of its own an inspection looks at the last one that the medium carries: rings are
 * in release order. */
static int choose_ring(struct verify *verify, char ring[static LIMIT_NAME_BYTES + 1],
                       struct error *err)
{
    const struct root_document *root = trust_root(verify->trust);

    memcpy(ring, verify->request.ring, LIMIT_NAME_BYTES + 1);
    for (size_t i = root->ring_count; i > 0 && ring[0] == '\0'; i--) {
        struct volume_name *names = NULL;
        size_t count = 0;
        int result = list_sets(verify, root->rings[i - 1].name, &names, &count, err);

        free(names);
        if (result != 0)
            return result;
        if (count > 0)
            memcpy(ring, root->rings[i - 1].name, LIMIT_NAME_BYTES + 1);
    }
    if (ring[0] == '\0')
        return error_set(err, ERROR_RING_MISSING, "no set of a ring that the root document names");
    return 0;
}

int verify_set(struct verify *verify, struct error *err)
{
    const struct root_document *root = trust_root(verify->trust);
    char ring[LIMIT_NAME_BYTES + 1];
    struct error problem = {0};
    int result = choose_ring(verify, ring, err);

    if (result != 0)
        return result;
    result = judge_ring(verify, ring, true, &problem);
    for (size_t i = 0; i < root->ring_count && verify->request.inspect; i++) {
        struct error other = {0};

        if (strcmp(root->rings[i].name, ring) == 0 || verify_is_gone(&problem))
            continue;
        if (judge_ring(verify, root->rings[i].name, false, &other) != 0 && verify_is_gone(&other))
            problem = other;
    }
    if (problem.code != ERROR_OK)
        *err = problem;
    return -(int)problem.code;
}
