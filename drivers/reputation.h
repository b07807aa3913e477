/* SPDX-License-Identifier: ISC
 *
 * local-rep-data as it is used: two lists, one of files by SHA-256, one of signers, each a hash
 * index (drivers/hash-index.h) with names beside it, mapped where they lie. The scanner serves
 * them; any driver that reads the type (driver.h, reads) has the same lists in its own process, on
 * the same pages, and asks no other process.
 *
 *   sha256.idx    values are enum reputation_verdict      sha256.names   names of its records
 *   signer.idx    the same, by reputation_signer_key()    signer.names
 *
 * One list at least is there; names only beside their list.
 */
#ifndef DRIVERS_REPUTATION_H
#define DRIVERS_REPUTATION_H

#include <jansson.h>
#include <stdbool.h>

#include "drivers/driver.h"
#include "drivers/hash-index.h"
#include "drivers/reputation-key.h"

#define REPUTATION_TYPE "local-rep-data"

struct reputation;

enum reputation_list { REPUTATION_FILES, REPUTATION_SIGNERS, REPUTATION_LISTS };

/* Maps and checks every file of the content, once. ERROR_BAD_CONTENT names the file and the record.
 * reputation_free() in the end. */
int reputation_load(const struct driver_content *content, struct reputation **reputation,
                    struct error *err) ERROR_MUST_CHECK;
void reputation_free(struct reputation *reputation); /* NULL is fine */

/* For the reads[] of a driver: driver_read(reads, REPUTATION_TYPE) is then a struct reputation. */
extern const struct driver_read reputation_read;

/* What is known of a key; false: nothing. A list that is not there knows nothing. name is empty
 * where the record has none; borrowed, from outside. */
struct reputation_answer {
    enum reputation_verdict verdict;
    struct bytes_view name;
};
bool reputation_find(const struct reputation *reputation, enum reputation_list list,
                     const uint8_t key[static HASH_INDEX_KEY_BYTES],
                     struct reputation_answer *answer);

/* The verdicts alone of `count` keys; 0xff: nothing is known. For streams of events: no name is
 * looked at and the waits for memory overlap. */
#define REPUTATION_UNKNOWN 0xff
void reputation_verdicts(const struct reputation *reputation, enum reputation_list list,
                         const uint8_t (*keys)[HASH_INDEX_KEY_BYTES], size_t count,
                         uint8_t *verdicts);

/* Answers {"sha256":[HEX...],"signer":[TEXT...]} (either may be absent, LIMIT_REPUTATION_BATCH in
 * all) with {"sha256":[{"verdict","name"?}|null...],"signer":[...]}, in the order asked. reputation
 * may be NULL: ERROR_NOT_FOUND. */
int reputation_serve(const struct reputation *reputation, const json_t *request, json_t **reply,
                     struct error *err) ERROR_MUST_CHECK;

/* {"sha256":{"records","bytes","names","neutral","good","bad"},"signer":{...}}, of the lists that are
 * there: bytes of the mapped index, records of each verdict. A new reference. */
json_t *reputation_stats(const struct reputation *reputation);

#endif
