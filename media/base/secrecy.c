/* SPDX-License-Identifier: ISC */
#include "media/base/secrecy.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>

int secrecy_begin(struct error *err)
{
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};

    /* Both: a core_pattern that pipes to a program ignores the limit, and the limit also holds for
     * children whose exec makes them dumpable again. */
    if (setrlimit(RLIMIT_CORE, &none) < 0)
        return error_set_errno(err, ERROR_INTERNAL, errno, "no core files");
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return error_set_errno(err, ERROR_INTERNAL, errno, "no reading of this process's memory");
    return 0;
}
