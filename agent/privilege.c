/* SPDX-License-Identifier: ISC */
#include "agent/privilege.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
    int number;
    const char *why;
} kept[] = {
    {CAP_CHOWN, "the job's folder is handed to intake and taken back; the socket's group"},
    {CAP_DAC_OVERRIDE, "by hand: what root names may be another user's; the unit leaves it out"},
    {CAP_KILL, "ending children that are other users"},
    {CAP_SETGID, "children become other users"},
    {CAP_SETUID, "the same"},
};

#define WORDS 2 /* version 3 of the call has two words of 32 capabilities */

uint64_t privilege_kept(void)
{
    uint64_t mask = 0;

    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        mask |= UINT64_C(1) << kept[i].number;
    return mask;
}

/* The bounding set decides what an executed program may get back. Dropping from it needs
 * CAP_SETPCAP, so it comes first; a process without that one has nothing to give away. */
static int shed_bounding_set(struct error *err)
{
    for (int i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++) {
        if ((privilege_kept() >> i & 1) == 0 && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
            return error_set_errno(err, ERROR_SANDBOX, errno, "capability %d", i);
    }
    return 0;
}

int privilege_shed(struct error *err)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct words[WORDS];
    bool more = false;
    int result = 0;

    if (syscall(SYS_capget, &header, words) < 0)
        return error_set_errno(err, ERROR_SANDBOX, errno, "capabilities");
    if ((words[CAP_TO_INDEX(CAP_SETPCAP)].effective & CAP_TO_MASK(CAP_SETPCAP)) != 0)
        result = shed_bounding_set(err);
    if (result < 0)
        return result;
    for (size_t i = 0; i < WORDS; i++) {
        uint32_t mask = (uint32_t)(privilege_kept() >> (32 * i));

        more = more || (words[i].permitted & ~mask) != 0 || words[i].inheritable != 0;
        words[i].permitted &= mask;
        words[i].effective &= mask;
        words[i].inheritable = 0;
    }
    /* A service that has no more may have lost the call as well. */
    if (more && syscall(SYS_capset, &header, words) < 0)
        return error_set_errno(err, ERROR_SANDBOX, errno, "capabilities");
    return 0;
}
