/* SPDX-License-Identifier: ISC */
#include "drivers/reputation-key.h"

#include <string.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "drivers/hash-names.h"

#define SERIAL_DIGITS ((size_t)(2 * LIMIT_SERIAL_BYTES))

static const char *const verdicts[REPUTATION_VERDICTS] = {
    [REPUTATION_NEUTRAL] = "neutral", [REPUTATION_GOOD] = "good", [REPUTATION_BAD] = "bad"};

const char *reputation_verdict_name(uint64_t verdict)
{
    return verdict < REPUTATION_VERDICTS ? verdicts[verdict] : NULL;
}

int reputation_verdict_from_name(struct bytes_view name, enum reputation_verdict *verdict)
{
    for (unsigned i = 0; i < REPUTATION_VERDICTS; i++) {
        if (bytes_equal(name, bytes_view_of(verdicts[i], strlen(verdicts[i])))) {
            *verdict = (enum reputation_verdict)i;
            return 0;
        }
    }
    return -1;
}

/* The value of a digit, or -1. */
static int digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool all_digits(struct bytes_view text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (digit(text.data[i]) < 0)
            return false;
    }
    return true;
}

static int put_lower(struct bytes *out, struct bytes_view hex, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < hex.size && result == 0; i++)
        result = bytes_put_u8(out, (uint8_t) "0123456789abcdef"[digit(hex.data[i])], err);
    return result;
}

static int form_spki(struct bytes_view rest, struct bytes *out, struct error *err)
{
    if (rest.size != 64 || !all_digits(rest))
        return error_set(err, ERROR_BAD_CONTENT, "spki: expected the 64 hex digits of a SHA-256");
    return put_lower(out, rest, err);
}

static int form_package_key(struct bytes_view rest, struct bytes *out, struct error *err)
{
    if ((rest.size != 40 && rest.size != 64) || !all_digits(rest))
        return error_set(err, ERROR_BAD_CONTENT,
                         "pkgkey: expected a fingerprint of 40 or 64 hex digits");
    return put_lower(out, rest, err);
}

/* An issuer's name may hold a semicolon, a serial number does not: the last one parts them. */
static int form_serial(struct bytes_view rest, struct bytes *out, struct error *err)
{
    const uint8_t *semicolon = memrchr(rest.data, ';', rest.size);
    struct bytes_view issuer, serial;
    int result;

    if (semicolon == NULL)
        return error_set(err, ERROR_BAD_CONTENT, "serial: expected ISSUER;HEX");
    issuer = bytes_view_of(rest.data, (size_t)(semicolon - rest.data));
    serial = bytes_view_of(semicolon + 1, rest.size - issuer.size - 1);
    if (!hash_name_valid(issuer))
        return error_set(err, ERROR_BAD_CONTENT,
                         "serial: expected an issuer of 1 to %d bytes, UTF-8 without control "
                         "characters",
                         HASH_NAME_BYTES);
    if (serial.size == 0 || !all_digits(serial))
        return error_set(err, ERROR_BAD_CONTENT, "serial: expected hex digits after the last ;");
    while (serial.size > 1 && serial.data[0] == '0')
        serial = bytes_view_of(serial.data + 1, serial.size - 1);
    if (serial.size > SERIAL_DIGITS)
        return error_set(err, ERROR_BAD_CONTENT, "serial: expected at most %zu hex digits",
                         SERIAL_DIGITS);
    result = bytes_put(out, issuer.data, issuer.size, err);
    if (result == 0)
        result = bytes_put_u8(out, ';', err);
    return result == 0 ? put_lower(out, serial, err) : result;
}

int reputation_signer_form(struct bytes_view signer, struct bytes *out, struct error *err)
{
    static const struct {
        const char *name;
        int (*form)(struct bytes_view rest, struct bytes *out, struct error *err);
    } kinds[] = {{"spki:", form_spki}, {"pkgkey:", form_package_key}, {"serial:", form_serial}};

    if (signer.size > LIMIT_SIGNER_BYTES)
        return error_set(err, ERROR_BAD_CONTENT, "signer: more than %d bytes (SIGNER_BYTES)",
                         LIMIT_SIGNER_BYTES);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        size_t size = strlen(kinds[i].name);
        int result;

        if (signer.size <= size || memcmp(signer.data, kinds[i].name, size) != 0)
            continue;
        result = bytes_put(out, kinds[i].name, size, err);
        return result < 0
                   ? result
                   : kinds[i].form(bytes_view_of(signer.data + size, signer.size - size), out, err);
    }
    return error_set(err, ERROR_BAD_CONTENT,
                     "signer: expected spki:HEX, pkgkey:HEX or serial:ISSUER;HEX");
}

int reputation_signer_key(struct bytes_view signer, uint8_t key[static HASH_INDEX_KEY_BYTES],
                          struct error *err)
{
    struct bytes form;
    int result;

    bytes_init(&form, LIMIT_SIGNER_BYTES);
    result = reputation_signer_form(signer, &form, err);
    if (result == 0 && gnutls_hash_fast(GNUTLS_DIG_SHA256, form.data, form.size, key) < 0)
        result = error_set(err, ERROR_INTERNAL, "SHA-256 is not available");
    bytes_clear(&form);
    return result;
}

int reputation_file_key(struct bytes_view hex, uint8_t key[static HASH_INDEX_KEY_BYTES])
{
    if (hex.size != (size_t)(2 * HASH_INDEX_KEY_BYTES) || !all_digits(hex))
        return -1;
    for (size_t i = 0; i < HASH_INDEX_KEY_BYTES; i++)
        key[i] = (uint8_t)(digit(hex.data[2 * i]) << 4 | digit(hex.data[2 * i + 1]));
    return 0;
}
