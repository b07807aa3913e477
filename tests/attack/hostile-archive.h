/* SPDX-License-Identifier: ISC
 *
 * Archives as nobody means them, as a source of publish: through the real sallyport-unpack in its
 * sandbox, into a folder beside which nothing may appear.
 */
#ifndef TESTS_ATTACK_HOSTILE_ARCHIVE_H
#define TESTS_ATTACK_HOSTILE_ARCHIVE_H

#include "tests/scratch.h"

#include "media/base/bytes.h"

/* Stages the bytes as a file that publish was given, into the fresh folder "staged". */
int hostile_stage(const struct scratch *scratch, struct bytes_view archive, uint32_t *files,
                  struct error *err);

/* What lies in the scratch folder but for the archive and "staged": it must be "secret" alone, with
 * its words, and nothing may lie at /tmp/out. Fails the test. */
void hostile_begin(const struct scratch *scratch);
void hostile_assert_inside(const struct scratch *scratch, const char *title);

#endif
