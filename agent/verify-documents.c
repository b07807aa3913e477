/* SPDX-License-Identifier: ISC */
#include "agent/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/crl.h"
#include "media/document-json.h"

int verify_format(struct verify *verify, struct error *err)
{
    struct bytes text;
    int result = verify_read(verify, VOLUME_ROOT "/FORMAT", LIMIT_FORMAT_BYTES, &text, err);

    if (result == -(int)ERROR_NOT_FOUND)
        result = error_set(err, ERROR_NOT_A_MEDIUM, "no " VOLUME_ROOT "/FORMAT");
    else if (result == 0 && (text.size != strlen(VOLUME_FORMAT_TEXT) ||
                             memcmp(text.data, VOLUME_FORMAT_TEXT, text.size) != 0))
        result =
            error_set(err, ERROR_BAD_FORMAT_FILE, VOLUME_ROOT "/FORMAT is not \"sallyport 1\"");
    bytes_clear(&text);
    return result;
}

/* Roots. */

static json_t *root_summary(const struct root_document *root)
{
    json_t *rings = json_array();

    for (size_t i = 0; i < root->ring_count; i++)
        json_array_append_new(rings, json_string(root->rings[i].name));
    return json_pack("{s:o,s:o,s:o}", "expires", document_json_instant(root->expires_us), "rings",
                     rings, "version", document_json_count(root->version));
}

static void keep_new_root(struct verify *verify, struct bytes *document)
{
    struct bytes *grown = bytes_allocate(verify->new_root_count + 1, sizeof(*grown));

    if (verify->new_root_count > 0)
        memcpy(grown, verify->new_roots, verify->new_root_count * sizeof(*grown));
    grown[verify->new_root_count++] = *document;
    free(verify->new_roots);
    verify->new_roots = grown;
    memset(document, 0, sizeof(*document));
}

static int check_root_name(const struct verify *verify, uint64_t number, struct error *err)
{
    if (trust_root(verify->trust)->version == number)
        return 0;
    return error_set(err, ERROR_WRONG_KIND, "root document %llu lies in the place of %llu",
                     (unsigned long long)trust_root(verify->trust)->version,
                     (unsigned long long)number);
}

static int follow_root(struct verify *verify, const struct volume_name *name, struct error *err)
{
    struct trust_verdict *verdict = bytes_allocate(1, sizeof(*verdict));
    bool known = name->number <= trust_root(verify->trust)->version;
    char path[VOLUME_NAME_BYTES];
    struct error problem = {0};
    json_t *summary = json_object();
    struct bytes document;
    int result;

    result = verify_read(verify, volume_format(name, path), LIMIT_ROOT_BYTES, &document, &problem);
    if (result == 0)
        result = trust_follow(verify->trust, bytes_view(&document), verdict, &problem);
    if (result == 0 && !known)
        result = check_root_name(verify, name->number, &problem);
    if (result == 0 && verdict->accepted) {
        json_decref(summary);
        summary = root_summary(trust_root(verify->trust));
    } else if (result == 0) {
        /* Media carry all; those before the newest have done their work. */
        snprintf(problem.words, sizeof(problem.words), "older than root document %llu, not judged",
                 (unsigned long long)trust_root(verify->trust)->version);
    }
    result = verify_report_document(verify, path, "root", verdict, &problem, summary, err);
    if (result == 0 && problem.code == ERROR_OK && !known) {
        keep_new_root(verify, &document);
        result = verify_resets(verify, err);
    }
    if (result == 0 && problem.code != ERROR_OK) {
        *err = problem;
        result = error_object(err, path);
    }
    bytes_clear(&document);
    free(verdict);
    return result;
}

static int compare_numbers(const void *a, const void *b)
{
    const struct volume_name *first = a, *second = b;

    return (first->number > second->number) - (first->number < second->number);
}

/* n+1, n+2, ... in order; those that are known are looked at only to be shown. */
int verify_roots(struct verify *verify, struct error *err)
{
    struct volume_name *names = NULL;
    size_t count = 0;
    int result = verify_list(verify, VOLUME_ROOT "/root", VOLUME_ROOT_DOCUMENT,
                             LIMIT_ROOT_DOCUMENTS, &names, &count, err);

    if (count > 0)
        qsort(names, count, sizeof(*names), compare_numbers);
    for (size_t i = 0; i < count && result == 0; i++) {
        uint64_t known = trust_root(verify->trust)->version;

        if (names[i].number > known + 1)
            result = error_set(err, ERROR_ROOT_GAP, "root document %llu is absent",
                               (unsigned long long)known + 1);
        else if (names[i].number > known || verify->request.inspect)
            result = follow_root(verify, &names[i], err);
    }
    free(names);
    return result;
}

/* Revocation lists. */

static int add_list(struct verify *verify, const struct volume_name *name,
                    const struct bytes *document, struct crl *crl, struct error *err)
{
    uint8_t digest[DIGEST_BYTES];
    int result = crl_parse(bytes_view(document), crl, err);

    if (result == 0 && (uint64_t)crl->number != name->number)
        result = error_set(err, ERROR_BAD_CRL, "list %lld lies in the place of %llu",
                           (long long)crl->number, (unsigned long long)name->number);
    if (result == 0)
        result = trust_add_crl(verify->trust, bytes_view(document), err);
    if (result == 0) {
        digest_of(document->data, document->size, digest);
        verify_ids_add(&verify->lists, digest);
    }
    return result;
}

static int read_list(struct verify *verify, const struct volume_name *name, struct error *err)
{
    char path[VOLUME_NAME_BYTES];
    struct error problem = {0};
    struct crl crl = {.number = 0};
    struct bytes document;
    json_t *summary = json_object();
    int result;

    result = verify_read(verify, volume_format(name, path), LIMIT_CRL_BYTES, &document, &problem);
    if (result == 0)
        result = add_list(verify, name, &document, &crl, &problem);
    if (result == 0) {
        json_object_set_new(summary, "issuer", document_json_digest(name->digest));
        json_object_set_new(summary, "number", document_json_count(name->number));
        json_object_set_new(summary, "next_update", document_json_instant(crl.next_update_us));
    }
    result = verify_report_document(verify, path, "crl", NULL, &problem, summary, err);
    if (result == 0 && problem.code != ERROR_OK) {
        *err = problem;
        result = error_object(err, path);
    }
    bytes_clear(&document);
    return result;
}

int verify_lists(struct verify *verify, struct error *err)
{
    struct volume_name *names = NULL;
    size_t count = 0;
    int result =
        verify_list(verify, VOLUME_ROOT "/crl", VOLUME_CRL, LIMIT_CRLS, &names, &count, err);

    for (size_t i = 0; i < count && result == 0; i++)
        result = read_list(verify, &names[i], err);
    free(names);
    return result;
}

/* Export document. */

static json_t *export_summary(const struct export_document *export)
{
    json_t *sets = json_array();

    for (size_t i = 0; i < export->set_count; i++)
        json_array_append_new(sets, json_pack("{s:o,s:s,s:o}", "digest",
                                              document_json_digest(export->sets[i].digest), "ring",
                                              export->sets[i].ring, "sequence",
                                              document_json_count(export->sets[i].sequence)));
    return json_pack("{s:o,s:s,s:o,s:s,s:o,s:o,s:o}", "created",
                     document_json_instant(export->created_us), "exporter", export->exporter,
                     "files", document_json_count(export->file_count), "medium", export->medium_id,
                     "sets", sets, "volume", document_json_count(export->volume), "volumes",
                     document_json_count(export->volumes));
}

static int judge_export(struct verify *verify, const struct bytes *document,
                        struct trust_verdict *verdict, struct error *err)
{
    int result =
        trust_judge(verify->trust, DOCUMENT_EXPORT, NULL, bytes_view(document), verdict, err);

    if (result == 0)
        result = export_parse(verdict->content, &verify->export, err);
    if (result == 0)
        result = verify_check_reads(verify, err);
    verify->has_export = result == 0;
    return result;
}

int verify_export(struct verify *verify, struct error *err)
{
    static const char path[] = VOLUME_ROOT "/export.p7m";
    struct trust_verdict *verdict = bytes_allocate(1, sizeof(*verdict));
    struct error problem = {0};
    struct bytes document;
    int result = reader_read_all(verify->reader, path, LIMIT_EXPORT_BYTES, &document, &problem);

    /* An HTTP mirror and a one-way stream have none. */
    if (result == -(int)ERROR_NOT_FOUND) {
        result = 0;
        goto out;
    }
    if (result == 0)
        result = judge_export(verify, &document, verdict, &problem);
    result =
        verify_report_document(verify, path, "export", verdict, &problem,
                               result == 0 ? export_summary(&verify->export) : json_object(), err);
    if (result == 0 && problem.code != ERROR_OK) {
        *err = problem;
        result = error_object(err, path);
    }
out:
    bytes_clear(&document);
    free(verdict);
    return result;
}
