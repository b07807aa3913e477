/* SPDX-License-Identifier: ISC */
#include "tui/uuid5.h"

#include <nettle/sha1.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Drawn once at random, aee002cf-b22d-40e0-b719-06528336d912. Never changes: identities of reports
 * that were filed come from it. SHA-1 is what RFC 9562 asks for; nothing is trusted because of it. */
static const uint8_t name_space[] = {0xae, 0xe0, 0x02, 0xcf, 0xb2, 0x2d, 0x40, 0xe0,
                                     0xb7, 0x19, 0x06, 0x52, 0x83, 0x36, 0xd9, 0x12};

const char *uuid5(const char *name, char out[static UUID5_TEXT_BYTES])
{
    uint8_t id[SHA1_DIGEST_SIZE];
    struct sha1_ctx hash;

    sha1_init(&hash);
    sha1_update(&hash, sizeof(name_space), name_space);
    sha1_update(&hash, strlen(name), (const uint8_t *)name);
    sha1_digest(&hash, sizeof(id), id);
    id[6] = (uint8_t)((id[6] & 0x0f) | 0x50);
    id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
    snprintf(out, UUID5_TEXT_BYTES,
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", id[0], id[1],
             id[2], id[3], id[4], id[5], id[6], id[7], id[8], id[9], id[10], id[11], id[12], id[13],
             id[14], id[15]);
    return out;
}
