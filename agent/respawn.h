/* SPDX-License-Identifier: ISC
 *
 * When a program that has to run is started again: at once where it ends, but one that ends
 * RESPAWN_TIMES in a row, each within RESPAWN_STEADY_MS of its start, only after a pause: it would do
 * nothing but burn the processor. Times are of respawn_clock().
 */
#ifndef AGENT_RESPAWN_H
#define AGENT_RESPAWN_H

#include <stdbool.h>
#include <stdint.h>

#define RESPAWN_TIMES     6
#define RESPAWN_STEADY_MS 10000
#define RESPAWN_PAUSE_MS  30000

/* Zeroes: it never ran, and may be started. */
struct respawn {
    unsigned ends; /* in a row */
    int64_t started_ms, due_ms;
};

/* Milliseconds, monotonic. */
int64_t respawn_clock(void);

void respawn_started(struct respawn *respawn, int64_t now_ms);
/* It has ended, or its start has failed and may be tried at once. True: there is a pause now. */
bool respawn_ended(struct respawn *respawn, int64_t now_ms);
/* There is one, however often it ended: trying at once would bring nothing. */
void respawn_pause(struct respawn *respawn, int64_t now_ms);
/* Until it may be started; 0: now. */
int respawn_due_ms(const struct respawn *respawn, int64_t now_ms);

#endif
