/* SPDX-License-Identifier: ISC */
#include "agent/privilege.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Lent: never in effect in the monitor itself. Started by hand it keeps them so that sallyport-sensor gets
 * them, its child then, which gives up at once what it does not need (agent/sensor-hand.c,
 * sensor-confine.c). The unit has none of them: sallyport-sensor.service has. */
static const struct {
    int number;
    bool lent;
    const char *why;
} kept[] = {
    {CAP_CHOWN, false, "the job's folder is handed to intake and taken back; the socket's group"},
    {CAP_DAC_OVERRIDE, false,
     "by hand: what root names may be another user's; the unit leaves it out"},
    {CAP_DAC_READ_SEARCH, true, "sensor: folders of renames, by their handles"},
    {CAP_KILL, false, "ending children that are other users"},
    {CAP_NET_ADMIN, true, "sensor: the kernel's process events"},
    {CAP_SETGID, false, "children become other users"},
    {CAP_SETUID, false, "the same"},
    {CAP_SYS_ADMIN, true, "sensor: fanotify"},
    {CAP_SYS_PTRACE, true, "sensor: what /proc says of processes of others"},
};

#define WORDS 2 /* version 3 of the call has two words of 32 capabilities */

static uint64_t mask_of(bool lent)
{
    uint64_t mask = 0;

    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        if (lent || !kept[i].lent)
            mask |= UINT64_C(1) << kept[i].number;
    }
    return mask;
}

uint64_t privilege_kept(void)
{
    return mask_of(true);
}

uint64_t privilege_in_effect(void)
{
    return mask_of(false);
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

        more = more || (words[i].permitted & ~mask) != 0 || words[i].inheritable != 0 ||
               (words[i].effective & ~(uint32_t)(privilege_in_effect() >> (32 * i))) != 0;
        words[i].permitted &= mask;
        words[i].effective &= (uint32_t)(privilege_in_effect() >> (32 * i));
        words[i].inheritable = 0;
    }
    /* A service that has no more may have lost the call as well. */
    if (more && syscall(SYS_capset, &header, words) < 0)
        return error_set_errno(err, ERROR_SANDBOX, errno, "capabilities");
    return 0;
}
