/* SPDX-License-Identifier: ISC
 *
 * The phases are told from outside, by which programs run and by calls that only one step makes:
 * the programs under test know nothing of them.
 */
#include "tests/system/fault.h"

#include <string.h>

static const char *const names[FAULT_PHASES] = {
    [FAULT_START] = "start", [FAULT_VERIFY] = "verify",     [FAULT_PLAN] = "plan",
    [FAULT_FETCH] = "fetch", [FAULT_JUDGE] = "judge",       [FAULT_COMMIT] = "commit",
    [FAULT_CHECK] = "check", [FAULT_ACTIVATE] = "activate", [FAULT_SWAP] = "swap",
};

enum event { STARTED, ENDED, CALLED };

/* From one phase to the next. Several contents pass check, activate and swap one after another. */
static const struct step {
    enum fault_phase from;
    enum event event;
    const char *program; /* a beginning of its name */
    const char *call;    /* a beginning of its name */
    enum fault_phase to;
} steps[] = {
    {FAULT_START, STARTED, "reader", NULL, FAULT_VERIFY},
    {FAULT_VERIFY, CALLED, "agent", "chmod", FAULT_PLAN},
    {FAULT_PLAN, STARTED, "intake", NULL, FAULT_FETCH},
    {FAULT_FETCH, ENDED, "intake", NULL, FAULT_JUDGE},
    {FAULT_JUDGE, CALLED, "agent", "syncfs", FAULT_COMMIT},
    {FAULT_COMMIT, STARTED, "driver", NULL, FAULT_CHECK},
    {FAULT_CHECK, CALLED, "agent", "pwrite64", FAULT_ACTIVATE},
    {FAULT_ACTIVATE, CALLED, "agent", "symlinkat", FAULT_SWAP},
    {FAULT_SWAP, STARTED, "driver", NULL, FAULT_CHECK},
};

static void take_step(enum fault_phase *phase, enum event event, const char *program,
                      const char *call)
{
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        const struct step *step = &steps[i];

        if (step->from == *phase && step->event == event &&
            strncmp(program, step->program, strlen(step->program)) == 0 &&
            (step->call == NULL || strncmp(call, step->call, strlen(step->call)) == 0)) {
            *phase = step->to;
            return;
        }
    }
}

const char *fault_phase_name(enum fault_phase phase)
{
    return names[phase];
}

int fault_phase_find(const char *name, enum fault_phase *phase)
{
    for (size_t i = 0; i < FAULT_PHASES; i++) {
        if (strcmp(names[i], name) == 0) {
            *phase = (enum fault_phase)i;
            return 0;
        }
    }
    return -1;
}

void fault_phase_started(enum fault_phase *phase, const char *program)
{
    take_step(phase, STARTED, program, "");
}

void fault_phase_ended(enum fault_phase *phase, const char *program)
{
    take_step(phase, ENDED, program, "");
}

void fault_phase_call(enum fault_phase *phase, const char *program, const struct fault_call *call)
{
    take_step(phase, CALLED, program, call->name);
}
