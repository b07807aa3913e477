/* SPDX-License-Identifier: ISC */
#include "agent/verify.h"

#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

#include "agent/control/verify-protocol.h"
#include "media/base/frame.h"
#include "media/base/text.h"
#include "media/document-json.h"
#include "media/wave.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))
#define WORDS_BYTES     (6 * ERROR_WORDS_BYTES)

json_t *verify_report_text(const char *text)
{
    json_t *plain = json_string(text);
    char escaped[WORDS_BYTES];

    return plain != NULL ? plain : json_string(text_escape_string(text, escaped, sizeof(escaped)));
}

static int send_json(struct verify *verify, uint16_t type, json_t *body, const int *fds,
                     size_t fd_count, struct error *err)
{
    int result;

    if (body == NULL)
        return error_set(err, ERROR_INTERNAL, "an answer that can't be written");
    result = frame_send_json(verify->socket, type, body, fds, fd_count, -1, err);
    json_decref(body);
    return result;
}

/* One row a check, in the order in which they are made. */
static const struct {
    const char *name;
    size_t flag;
    bool of_token; /* made for kinds that carry timestamps only */
} checks[] = {
    {"size_checked", offsetof(struct trust_verdict, size_checked), false},
    {"der_checked", offsetof(struct trust_verdict, der_checked), false},
    {"profile_checked", offsetof(struct trust_verdict, profile_checked), false},
    {"signature_verified", offsetof(struct trust_verdict, signature_verified), false},
    {"timestamp_verified", offsetof(struct trust_verdict, timestamp_verified), true},
    {"window_checked", offsetof(struct trust_verdict, window_checked), true},
    {"chain_verified", offsetof(struct trust_verdict, chain_verified), false},
    {"revocation_checked", offsetof(struct trust_verdict, revocation_checked), false},
    {"role_verified", offsetof(struct trust_verdict, role_verified), false},
    {"threshold_met", offsetof(struct trust_verdict, threshold_met), false},
    {"accepted", offsetof(struct trust_verdict, accepted), false},
};

static json_t *write_checks(const struct trust_verdict *verdict, const struct error *problem)
{
    json_t *table = json_object();

    for (size_t i = 0; verdict != NULL && i < COUNT_OF(checks); i++) {
        const bool *flag = (const bool *)((const uint8_t *)verdict + checks[i].flag);

        if (checks[i].of_token && !document_row(verdict->kind)->timestamped)
            continue;
        json_object_set_new(table, checks[i].name, json_boolean(*flag));
    }
    if (verdict != NULL && (verdict->kind == DOCUMENT_SET || verdict->kind == DOCUMENT_PACKAGE))
        json_object_set_new(table, "floor_passed", json_boolean(problem->code == ERROR_OK));
    return table;
}

static json_t *write_time(int64_t time_us)
{
    return time_us == 0 ? json_null() : document_json_instant(time_us);
}

static json_t *write_signers(const struct trust_verdict *verdict)
{
    json_t *list = json_array();

    for (size_t i = 0; verdict != NULL && i < verdict->signer_count; i++) {
        const struct trust_signer *signer = &verdict->signers[i];

        json_array_append_new(list, json_pack("{s:o,s:o,s:o,s:o}", "key",
                                              document_json_digest(signer->key_id), "name",
                                              verify_report_text(signer->name), "signing_time",
                                              write_time(signer->signing_time_us), "time",
                                              write_time(signer->timestamp_us)));
    }
    return list;
}

static json_t *write_base64(struct bytes_view view)
{
    gnutls_datum_t in = {.data = bytes_allocate(1, view.size + 1), .size = (unsigned)view.size};
    gnutls_datum_t out = {NULL, 0};
    json_t *text = NULL;

    memcpy(in.data, view.data, view.size);
    if (gnutls_base64_encode2(&in, &out) == 0)
        text = json_stringn((const char *)out.data, out.size);
    gnutls_free(out.data);
    free(in.data);
    return text != NULL ? text : json_string("");
}

static json_t *write_extract(const struct trust_verdict *verdict)
{
    json_t *list = json_array();

    for (size_t i = 0; verdict != NULL && i < verdict->signer_count; i++) {
        const struct trust_signer *signer = &verdict->signers[i];

        if (signer->token.size > 0)
            json_array_append_new(list, json_pack("{s:o,s:o}", "signature",
                                                  write_base64(signer->signature), "token",
                                                  write_base64(signer->token)));
    }
    return list;
}

/* What an auditor needs to check the document without any program of ours. */
static void add_extract(json_t *body, const struct trust_verdict *verdict)
{
    bool accepted = verdict != NULL && verdict->accepted;

    json_object_set_new(body, "extract", write_extract(verdict));
    json_object_set_new(body, "content", accepted ? write_base64(verdict->content) : json_null());
}

int verify_report_document(struct verify *verify, const char *path, const char *kind,
                           const struct trust_verdict *verdict, const struct error *problem,
                           json_t *summary, struct error *err)
{
    bool judged = verdict != NULL && verdict->profile_checked;
    json_t *body = json_pack(
        "{s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o}", "path", path, "kind", kind, "code",
        error_name(problem->code), "words", verify_report_text(problem->words), "digest",
        judged ? document_json_digest(verdict->digest) : json_null(), "time",
        judged ? write_time(verdict->time_us) : json_null(), "checks",
        write_checks(verdict, problem), "signers", write_signers(verdict), "summary", summary);

    if (verify->request.tokens)
        add_extract(body, verdict);
    return send_json(verify, VERIFY_DOCUMENT, body, NULL, 0, err);
}

static int send_lists(struct verify *verify, struct error *err)
{
    struct trust_crl list;
    int result = 0;

    for (size_t i = 0; result == 0 && trust_crl(verify->trust, i, &list); i++) {
        uint8_t digest[DIGEST_BYTES];
        struct bytes body;

        digest_of(list.der.data, list.der.size, digest);
        if (verify_ids_has(&verify->before, digest))
            continue;
        bytes_init(&body, LIMIT_CRL_BYTES + DIGEST_BYTES + sizeof(uint64_t));
        result = bytes_put(&body, list.issuer, DIGEST_BYTES, err);
        if (result == 0)
            result = bytes_put_u64(&body, list.number, err);
        if (result == 0)
            result = bytes_put(&body, list.der.data, list.der.size, err);
        if (result == 0)
            result =
                frame_send(verify->socket, VERIFY_NEW_CRL, body.data, body.size, NULL, 0, -1, err);
        bytes_clear(&body);
    }
    return result;
}

static int send_recipe(struct verify *verify, const struct verify_package *package,
                       struct error *err)
{
    const struct package_recipe *row = package->recipe;
    uint8_t body[3 * DIGEST_BYTES] = {0};

    memcpy(body, package->row->id, DIGEST_BYTES);
    memcpy(body + DIGEST_BYTES, row->digest, DIGEST_BYTES);
    if (row->has_base)
        memcpy(body + 2 * DIGEST_BYTES, row->base, DIGEST_BYTES);
    return frame_send(verify->socket, VERIFY_RECIPE, body, sizeof(body), &package->recipe_fd, 1, -1,
                      err);
}

int verify_report_news(struct verify *verify, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < verify->new_root_count && result == 0; i++)
        result = frame_send(verify->socket, VERIFY_NEW_ROOT, verify->new_roots[i].data,
                            verify->new_roots[i].size, NULL, 0, -1, err);
    if (result == 0)
        result = send_lists(verify, err);
    for (size_t i = 0; i < verify->package_count && result == 0; i++) {
        if (verify->packages[i].answer == VERIFY_FETCH)
            result = send_recipe(verify, &verify->packages[i], err);
    }
    return result;
}

static json_t *write_withdrawn(const struct set_document *set)
{
    json_t *list = json_array();

    for (size_t i = 0; i < set->withdrawn_count; i++) {
        const struct set_withdrawn *row = &set->withdrawn[i];

        json_array_append_new(list, json_pack("{s:b,s:o,s:s,s:s}", "harmful", row->harmful, "id",
                                              document_json_digest(row->id), "link", row->link,
                                              "reason", row->reason));
    }
    return list;
}

static json_t *write_set(const struct verify *verify)
{
    const struct set_document *set = verify->set;
    json_t *waves = json_object();

    if (set == NULL) {
        json_decref(waves);
        return json_null();
    }
    for (size_t i = 0; i < set->wave_count; i++)
        json_object_set_new(waves, set->waves[i].type, wave_write(&set->waves[i].plan));
    return json_pack(
        "{s:o,s:o,s:O,s:s,s:o,s:o,s:o,s:o,s:o}", "digest", document_json_digest(verify->set_digest),
        "expires", document_json_instant(set->expires_us), "flags", set->flags, "ring", set->ring,
        "root_version", document_json_count(set->root_version), "sequence",
        document_json_count(set->sequence), "time", document_json_instant(verify->set_time_us),
        "waves", waves, "withdrawn", write_withdrawn(set));
}

static json_t *write_range(uint64_t low, uint64_t high)
{
    return json_pack("[o,o]", document_json_count(low), document_json_count(high));
}

static json_t *write_requires(const struct package_document *document)
{
    json_t *list = json_array();

    for (size_t i = 0; i < document->requirement_count; i++)
        json_array_append_new(list, json_pack("{s:o,s:s}", "issue",
                                              document_json_count(document->requirements[i].issue),
                                              "type", document->requirements[i].type));
    return list;
}

static void add_contents(json_t *row, const struct verify_package *package)
{
    const struct package_document *document = &package->document;
    const struct package_recipe *recipe =
        package->recipe != NULL ? package->recipe : package_full_recipe(document);

    json_object_set_new(row, "files", document_json_count(document->files));
    json_object_set_new(row, "bytes", document_json_count(document->bytes));
    json_object_set_new(row, "packed", document_json_count(recipe->packed_size));
    json_object_set_new(row, "sealed",
                        document->sealed[0] != '\0' ? json_string(document->sealed) : json_null());
    json_object_set_new(row, "schema", write_range(document->schema_low, document->schema_high));
    json_object_set_new(row, "abi", write_range(document->abi_low, document->abi_high));
    json_object_set_new(row, "requires", write_requires(document));
}

/* The volumes of this export that hold frames of a package. */
static json_t *write_volumes(const struct export_package *row)
{
    json_t *list = json_array();

    for (size_t i = 0; i < row->volume_count; i++)
        json_array_append_new(list, json_integer((json_int_t)row->volumes[i]));
    return list;
}

static json_t *write_export(const struct verify *verify)
{
    if (!verify->has_export)
        return json_null();
    return json_pack("{s:o,s:o,s:o}", "id", document_json_digest(verify->export.id), "volume",
                     document_json_count(verify->export.volume), "volumes",
                     document_json_count(verify->export.volumes));
}

static json_t *write_package(const struct verify *verify, const struct verify_package *package)
{
    static const char *const answers[] = {
        [VERIFY_REFUSED] = "refused",
        [VERIFY_CURRENT] = "current",
        [VERIFY_FETCH] = "fetch",
    };
    const struct set_package *row = package->row;
    const struct export_package *volumes =
        verify->has_export ? export_find_package(&verify->export, row->id) : NULL;
    json_t *object = json_pack(
        "{s:s,s:o,s:s,s:o,s:o,s:s,s:s,s:o}", "type", row->type, "id", document_json_digest(row->id),
        "version", row->version, "issue", document_json_count(row->issue), "time",
        write_time(package->time_us), "answer", answers[package->answer], "code",
        error_name(package->problem.code), "words", verify_report_text(package->problem.words));

    if (package->read)
        add_contents(object, package);
    if (volumes != NULL)
        json_object_set_new(object, "volumes", write_volumes(volumes));
    return object;
}

static json_t *write_packages(const struct verify *verify)
{
    json_t *list = json_array();

    for (size_t i = 0; i < verify->package_count; i++)
        json_array_append_new(list, write_package(verify, &verify->packages[i]));
    return list;
}

static json_t *write_resets(const struct verify *verify)
{
    json_t *list = json_array();

    for (size_t i = 0; i < verify->reset_count; i++) {
        const struct verify_reset *reset = &verify->resets[i];

        json_array_append_new(
            list, json_pack("{s:o,s:o,s:s,s:o}", "number", document_json_count(reset->number),
                            "root", document_json_count(reset->root), "subject", reset->subject,
                            "time", document_json_instant(reset->time_us)));
    }
    return list;
}

static const char *write_answer(const struct verify *verify)
{
    static const char *const answers[] = {
        [FLOOR_NEWER] = "newer",
        [FLOOR_SAME] = "same",
        [FLOOR_OLDER] = "older",
        [FLOOR_CONFLICT] = "conflict",
    };

    return verify->set != NULL ? answers[verify->set_answer] : NULL;
}

int verify_report_plan(struct verify *verify, const struct error *problem, struct error *err)
{
    const struct verify_files *files = &verify->files;
    json_t *counts = json_pack(
        "{s:o,s:o,s:o,s:O,s:O}", "listed", document_json_count(files->listed), "matching",
        document_json_count(files->matching), "missing", document_json_count(files->missing),
        "unlisted", files->unlisted, "unmatched", files->unmatched);

    return send_json(
        verify, VERIFY_PLAN,
        json_pack("{s:s,s:o,s:o,s:o,s:s?,s:o,s:o,s:o}", "code", error_name(problem->code), "words",
                  verify_report_text(problem->words), "export", write_export(verify), "set",
                  write_set(verify), "set_answer", write_answer(verify), "packages",
                  write_packages(verify), "resets", write_resets(verify), "files", counts),
        NULL, 0, err);
}

int verify_report_result(struct verify *verify, const char *id, const struct error *problem,
                         uint64_t files, struct error *err)
{
    return send_json(verify, VERIFY_RESULT,
                     json_pack("{s:s,s:s,s:o,s:o}", "id", id, "code", error_name(problem->code),
                               "words", verify_report_text(problem->words), "files",
                               document_json_count(files)),
                     NULL, 0, err);
}

int verify_report_same(struct verify *verify, const char *id, uint64_t files, uint64_t bytes,
                       struct error *err)
{
    return send_json(verify, VERIFY_SAME,
                     json_pack("{s:s,s:o,s:o}", "id", id, "files", document_json_count(files),
                               "bytes", document_json_count(bytes)),
                     NULL, 0, err);
}

int verify_report_error(struct verify *verify, const struct error *problem, struct error *err)
{
    return send_json(verify, VERIFY_ERROR,
                     json_pack("{s:s,s:o}", "code", error_name(problem->code), "words",
                               verify_report_text(problem->words)),
                     NULL, 0, err);
}
