/* SPDX-License-Identifier: ISC */
#include "media/timestamp.h"

#include <string.h>

#include "media/base/instant.h"
#include "media/der.h"
#include "media/oid.h"
#include "media/signature.h"

static int take(struct bytes_view *view, uint8_t tag, const char *what, struct der_value *value,
                struct error *err)
{
    return der_get_tag(view, tag, ERROR_BAD_TIMESTAMP, what, value, err);
}

static int end(struct bytes_view view, const char *what, struct error *err)
{
    return der_end(view, ERROR_BAD_TIMESTAMP, what, err);
}

static int parse_imprint(struct bytes_view *view, struct timestamp_info *info, struct error *err)
{
    struct der_value imprint, algorithm, digest;

    if (take(view, DER_SEQUENCE, "messageImprint", &imprint, err) < 0 ||
        take(&imprint.content, DER_SEQUENCE, "hashAlgorithm", &algorithm, err) < 0)
        return -(int)err->code;
    if (!signature_is_sha384(algorithm.whole))
        return error_set(err, ERROR_WEAK_ALGORITHM, "messageImprint is not SHA-384");
    if (take(&imprint.content, DER_OCTET_STRING, "hashedMessage", &digest, err) < 0 ||
        end(imprint.content, "hashedMessage", err) < 0)
        return -(int)err->code;
    if (digest.content.size != DIGEST_BYTES)
        return error_set(err, ERROR_BAD_TIMESTAMP, "hashedMessage is not a SHA-384");
    info->imprint = digest.content;
    return 0;
}

static int parse_serial(struct bytes_view *view, struct timestamp_info *info, struct error *err)
{
    struct der_value serial;

    if (take(view, DER_INTEGER, "serialNumber", &serial, err) < 0)
        return -(int)err->code;
    if (serial.content.size > LIMIT_SERIAL_BYTES)
        return error_set(err, ERROR_BAD_TIMESTAMP, "serialNumber of %zu bytes",
                         serial.content.size);
    if (serial.content.data[0] >= 0x80 || (serial.content.size == 1 && serial.content.data[0] == 0))
        return error_set(err, ERROR_BAD_TIMESTAMP, "serialNumber is not positive");
    info->serial = serial.content;
    return 0;
}

static int parse_time(struct bytes_view *view, struct timestamp_info *info, struct error *err)
{
    struct der_value time;

    if (take(view, DER_GENERALIZED_TIME, "genTime", &time, err) < 0)
        return -(int)err->code;
    if (der_time(&time, &info->time_us) < 0)
        return error_set(err, ERROR_BAD_TIMESTAMP, "genTime is finer than a microsecond");
    return 0;
}

/* Accuracy (RFC 3161 2.4.2): each part may be absent, in this order. */
static const struct accuracy_row {
    uint8_t tag;
    const char *name;
    int64_t lowest, highest, unit_us;
} accuracy_rows[] = {
    {DER_INTEGER, "seconds", 0, LIMIT_ACCURACY_SECONDS, INSTANT_SECOND_US},
    {DER_CONTEXT(0), "millis", 1, 999, 1000},
    {DER_CONTEXT(1), "micros", 1, 999, 1},
};

static int parse_accuracy(struct bytes_view *view, struct timestamp_info *info, struct error *err)
{
    struct der_value accuracy, part;
    int64_t number;

    if (!der_take_tag(view, DER_SEQUENCE, &accuracy))
        return 0;
    for (size_t i = 0; i < sizeof(accuracy_rows) / sizeof(accuracy_rows[0]); i++) {
        const struct accuracy_row *row = &accuracy_rows[i];

        if (!der_take_tag(&accuracy.content, row->tag, &part))
            continue;
        if (der_integer(part.content, &number) < 0 || number < row->lowest || number > row->highest)
            return error_set(err, ERROR_BAD_TIMESTAMP, "accuracy: %s out of range", row->name);
        info->accuracy_us += number * row->unit_us;
    }
    return end(accuracy.content, "accuracy", err);
}

static int parse_ordering(struct bytes_view *view, struct timestamp_info *info, struct error *err)
{
    struct der_value ordering;

    if (!der_take_tag(view, DER_BOOLEAN, &ordering))
        return 0;
    if (ordering.content.data[0] == 0)
        return error_set(err, ERROR_NOT_DER, "ordering: default is encoded (X.690 11.5)");
    info->ordering = true;
    return 0;
}

static int parse_nonce(struct bytes_view *view, struct timestamp_info *info, struct error *err)
{
    struct der_value nonce;

    if (!der_take_tag(view, DER_INTEGER, &nonce))
        return 0;
    if (nonce.content.size > LIMIT_NONCE_BYTES)
        return error_set(err, ERROR_BAD_TIMESTAMP, "nonce of %zu bytes", nonce.content.size);
    info->nonce = nonce.content;
    return 0;
}

/* tsa [0] EXPLICIT GeneralName; only a directoryName can be compared with the certificate. */
static int parse_tsa(struct bytes_view *view, struct timestamp_info *info, struct error *err)
{
    struct der_value tsa, directory, name;

    if (!der_take_tag(view, DER_CONTEXT_OF(0), &tsa))
        return 0;
    if (take(&tsa.content, DER_CONTEXT_OF(4), "tsa: directoryName", &directory, err) < 0 ||
        end(tsa.content, "tsa", err) < 0 ||
        take(&directory.content, DER_SEQUENCE, "tsa: directoryName", &name, err) < 0 ||
        end(directory.content, "tsa: directoryName", err) < 0)
        return -(int)err->code;
    info->tsa = name.whole;
    return 0;
}

static int parse_extension(struct bytes_view extension, struct error *err)
{
    struct der_value value;

    if (take(&extension, DER_OID, "extnID", &value, err) < 0)
        return -(int)err->code;
    if (der_next_is(extension, DER_BOOLEAN))
        return error_set(err, ERROR_BAD_TIMESTAMP, "a critical extension");
    if (take(&extension, DER_OCTET_STRING, "extnValue", &value, err) < 0)
        return -(int)err->code;
    return end(extension, "extnValue", err);
}

/* extensions [1] IMPLICIT: none is known, so none may be critical. */
static int parse_extensions(struct bytes_view *view, struct error *err)
{
    struct der_value list, extension;

    if (!der_take_tag(view, DER_CONTEXT_OF(1), &list))
        return 0;
    while (list.content.size > 0) {
        if (take(&list.content, DER_SEQUENCE, "extension", &extension, err) < 0 ||
            parse_extension(extension.content, err) < 0)
            return -(int)err->code;
    }
    return 0;
}

static int parse_info(struct bytes_view view, struct timestamp_info *info, struct error *err)
{
    struct der_value sequence, version, policy;
    int64_t number;

    if (take(&view, DER_SEQUENCE, "tstInfo", &sequence, err) < 0)
        return -(int)err->code;
    view = sequence.content;
    if (take(&view, DER_INTEGER, "version", &version, err) < 0)
        return -(int)err->code;
    if (der_integer(version.content, &number) < 0 || number != 1)
        return error_set(err, ERROR_BAD_TIMESTAMP, "version is not 1");
    if (take(&view, DER_OID, "policy", &policy, err) < 0 || parse_imprint(&view, info, err) < 0 ||
        parse_serial(&view, info, err) < 0 || parse_time(&view, info, err) < 0 ||
        parse_accuracy(&view, info, err) < 0 || parse_ordering(&view, info, err) < 0 ||
        parse_nonce(&view, info, err) < 0 || parse_tsa(&view, info, err) < 0 ||
        parse_extensions(&view, err) < 0)
        return -(int)err->code;
    info->policy = policy.content;
    return end(view, "the last field", err);
}

int timestamp_parse_info(struct bytes_view der, struct timestamp_info *info, struct error *err)
{
    *info = (struct timestamp_info){0};
    if (der.size > LIMIT_TOKEN_BYTES)
        return error_set(err, ERROR_LIMIT, "TSTInfo of %zu bytes: more than TOKEN_BYTES", der.size);
    if (der_walk(der, LIMIT_DER_DEPTH, err) < 0 || parse_info(der, info, err) < 0 ||
        der_check_twice("SALLYPORT.TSTInfo", der, err) < 0)
        return error_context(err, "TSTInfo");
    return 0;
}

int timestamp_parse(struct bytes_view token, struct timestamp *timestamp, struct error *err)
{
    static const struct cms_profile profile = {
        .content_type = OID_TST_INFO,
        .limit = LIMIT_TOKEN_BYTES,
        .depth = LIMIT_DER_DEPTH,
        .foreign = true,
    };

    timestamp->info = (struct timestamp_info){0};
    if (cms_parse(&profile, token, &timestamp->cms, err) < 0)
        return error_context(err, "timestamp");
    if (timestamp->cms.signer_count != 1)
        return error_set(err, ERROR_BAD_TIMESTAMP, "timestamp: %zu signers",
                         timestamp->cms.signer_count);
    if (timestamp_parse_info(timestamp->cms.content, &timestamp->info, err) < 0)
        return error_context(err, "timestamp");
    return 0;
}

int timestamp_verify(const struct timestamp *timestamp, struct bytes_view signature,
                     struct error *err)
{
    const struct certificate *authority =
        &timestamp->cms.certificates[timestamp->cms.signers[0].path[0]];
    uint8_t digest[DIGEST_BYTES];

    digest_of(signature.data, signature.size, digest);
    if (memcmp(timestamp->info.imprint.data, digest, DIGEST_BYTES) != 0)
        return error_set(err, ERROR_TIMESTAMP_IMPRINT, "timestamp is over another signature");
    if (timestamp->info.tsa.size > 0 && !bytes_equal(timestamp->info.tsa, authority->subject))
        return error_set(err, ERROR_BAD_TIMESTAMP, "timestamp: tsa is not its signer");
    if (cms_verify(&timestamp->cms, err) < 0)
        return error_context(err, "timestamp");
    return 0;
}

size_t timestamp_path(const struct timestamp *timestamp,
                      const struct certificate *path[static LIMIT_CHAIN_CERTIFICATES])
{
    return cms_path(&timestamp->cms, 0, path);
}

int timestamp_check_window(int64_t time_us, int64_t signing_time_us, int64_t before_us,
                           int64_t after_us, struct error *err)
{
    char when[INSTANT_TEXT_BYTES], claimed[INSTANT_TEXT_BYTES];

    if (time_us >= signing_time_us - before_us && time_us <= signing_time_us + after_us)
        return 0;
    return error_set(err, ERROR_TIMESTAMP_WINDOW, "timestamped %s, but signed %s",
                     instant_format(time_us, when), instant_format(signing_time_us, claimed));
}
