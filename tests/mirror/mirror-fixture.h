/* SPDX-License-Identifier: ISC
 *
 * A repository of its own for one test, made by the real ceremony with unprotected keys: rings
 * "test" and "site", the last with two release keys when asked for.
 */
#ifndef TESTS_MIRROR_MIRROR_FIXTURE_H
#define TESTS_MIRROR_MIRROR_FIXTURE_H

#include "tests/scratch.h"

#include "media/base/command.h"
#include "media/root.h"
#include "mirror/belief.h"
#include "mirror/keyring.h"
#include "mirror/publish-package.h"
#include "mirror/repository.h"
#include "mirror/ring.h"

struct fixture {
    struct scratch *scratch;
    char path[512]; /* of the repository */
    struct repository *repository;
    struct trust *trust;
    struct keyring *keyring;
    struct ring_signer signer; /* key NULL: the role's first */
};

/* cmocka setup and teardown; *state is the fixture. */
int fixture_open(void **state);
int fixture_open_two_person(void **state);
int fixture_close(void **state);

/* Closes and opens the repository, as the next command would. */
void fixture_reopen(struct fixture *fixture);

/* Publishes one file of these bytes as a package of a type into the catalog; no ring is touched, no
 * driver asked. */
struct catalog_package fixture_publish(struct fixture *fixture, const char *type, const void *bytes,
                                       size_t size);

/* A row of a set for it. */
struct set_package fixture_row(const struct catalog_package *package);

/* Signs the next set of a ring with these packages, enters and shows it. */
struct ring_result fixture_release(struct fixture *fixture, const char *ring,
                                   const struct set_package *packages, size_t count);

/* Flips the lowest bit of a byte of a file beneath the repository. */
void fixture_flip(const struct fixture *fixture, const char *name, off_t offset);

#endif
