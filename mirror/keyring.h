/* SPDX-License-Identifier: ISC
 *
 * Opening the keys that mirror.conf names, with the passphrase that the command line gives. A
 * passphrase is asked for only when a key needs one.
 */
#ifndef MIRROR_KEYRING_H
#define MIRROR_KEYRING_H

#include "media/base/command.h"
#include "media/enrolment.h"
#include "media/key.h"
#include "media/sign.h"
#include "mirror/repository.h"

#define KEYRING_CONTENT_KEYS  REPOSITORY_KEYS "/content-keys.sealed"
#define KEYRING_NO_PASSPHRASE "unprotected" /* seals content-keys.sealed with unprotected keys */

/* The options of every verb that signs, for its table of options. */
#define KEYRING_OPTIONS                                                                            \
    {"passphrase-file", 0, COMMAND_TEXT, "FILE",                                                   \
     "passphrase of the keys, from a file of mode 0600"},                                          \
    {                                                                                              \
        "passphrase-fd", 0, COMMAND_COUNT, "N", "passphrase of the keys, from descriptor N"        \
    }

struct keyring;

/* Borrows repository and invocation. The options are --<prefix>passphrase-file and -fd: "", or "keys-"
 * for verbs that have another passphrase too. keyring_free() it. */
struct keyring *keyring_new(const struct repository *repository,
                            const struct command_invocation *invocation, const char *prefix);
void keyring_free(struct keyring *keyring);

/* Opens a key of a role. chosen: a name or locator in mirror.conf, or a key file whose certificates
 * lie beside it (NAME.key, NAME.pem); NULL: the first of the role in mirror.conf that the
 * passphrase opens. *key is the caller's. ERROR_NOT_FOUND, ERROR_WRONG_ROLE, and what key_open
 * says. */
int keyring_key(struct keyring *keyring, enum document_role role, const char *chosen,
                struct key **key, struct error *err) ERROR_MUST_CHECK;

/* Opens a key by its file and its certificates' (relative names: beneath the repository), whatever
 * its role. *key is the caller's. */
int keyring_open(struct keyring *keyring, const char *locator, const char *certificates,
                 struct key **key, struct error *err) ERROR_MUST_CHECK;

/* The text of a certificate file as mirror.conf names it, zero-terminated. pem is initialised here. */
int keyring_certificates(const struct repository *repository, const char *certificates,
                         struct bytes *pem, struct error *err) ERROR_MUST_CHECK;

/* The passphrase that new keys of this repository get; NULL where its keys are unprotected.
 * Borrowed from the keyring. */
int keyring_passphrase(struct keyring *keyring, const char **passphrase,
                       struct error *err) ERROR_MUST_CHECK;

/* Where timestamps come from. Borrowed from the keyring. genTimes are later than not_before_us. */
int keyring_timestamper(struct keyring *keyring, int64_t not_before_us,
                        struct sign_timestamper *timestamper, struct error *err) ERROR_MUST_CHECK;

/* The content keys for sealed types and enrolments, newest first, as an enrolment that holds
 * nothing else of use. enrolment_clear() it. */
int keyring_content_keys(struct keyring *keyring, struct enrolment *keys,
                         struct error *err) ERROR_MUST_CHECK;

#endif
