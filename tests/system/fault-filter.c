/* SPDX-License-Identifier: ISC
 *
 * A seccomp filter that every program under the tracer inherits. Its own sandbox may only add to it:
 * of two filters' answers the stricter one counts, and both let a good call through.
 */
#include "tests/system/fault.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define CALLS 128 /* less than the 255 that a jump reaches */

static size_t stopping_calls(unsigned classes, long numbers[CALLS])
{
    const struct fault_call *call;
    size_t count = 0;

    numbers[count++] = SYS_set_robust_list; /* after it a program is past its loader */
    for (size_t i = 0; (call = fault_call_at(i)) != NULL && count < CALLS; i++) {
        /* Phases are told by changes. */
        if ((call->classes & (classes | FAULT_CHANGE)) != 0)
            numbers[count++] = call->number;
    }
    return count;
}

int fault_filter_install(unsigned classes)
{
    long numbers[CALLS];
    struct sock_filter code[CALLS + 3];
    size_t count = stopping_calls(classes, numbers), place = 0;
    struct sock_fprog program = {.filter = code};

    code[place++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < count; i++)
        code[place++] = (struct sock_filter)BPF_JUMP(
            BPF_JMP | BPF_JEQ | BPF_K, (unsigned)numbers[i], (unsigned char)(count - i), 0);
    code[place++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    code[place++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    program.len = (unsigned short)place;
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0)
        return 0;
    /* Whoever is not root gets it for the promise to gain no rights by exec. */
    return errno == EACCES && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
               ? prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)
               : -1;
}
