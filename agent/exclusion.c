/* SPDX-License-Identifier: ISC */
#include "agent/exclusion.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/exclusion-account.h"
#include "media/base/limits.h"
#include "media/base/path.h"
#include "media/base/text.h"

static const struct {
    const char *word, *sentence;
} verdicts[] = {
#define X(symbol, word, sentence) {word, sentence},
    EXCLUSION_VERDICTS(X)
#undef X
};

const char *exclusion_word(enum exclusion_verdict verdict)
{
    return verdicts[verdict < EXCLUSION_COUNT ? verdict : EXCLUSION_NOT_SEEN].word;
}

const char *exclusion_sentence(enum exclusion_verdict verdict)
{
    return verdicts[verdict < EXCLUSION_COUNT ? verdict : EXCLUSION_NOT_SEEN].sentence;
}

bool exclusion_find(const char *word, enum exclusion_verdict *verdict)
{
    for (size_t i = 0; i < EXCLUSION_COUNT; i++) {
        if (strcmp(verdicts[i].word, word) == 0) {
            *verdict = (enum exclusion_verdict)i;
            return true;
        }
    }
    return false;
}

/* Folders that many share (hier(7)); a row's stars stand for one name. */
static const struct {
    const char *pattern;
    bool tree; /* also all beneath it */
} system_folders[] = {
    {"/*", false},
    {"/boot", true},
    {"/dev", true},
    {"/home/*", false},
    {"/proc", true},
    {"/root", true},
    {"/run", true},
    {"/sys", true},
    {"/tmp", true},
    {"/usr/*", false},
    {"/usr/lib/*-linux-gnu*", false},
    {"/usr/lib/modules", true},
    {"/usr/lib/systemd", true},
    {"/usr/local/*", false},
    {"/var/*", false},
    {"/var/tmp", true},
};

/* What a session of the user starts, or may be made to; beneath the home. */
static const char *const starting_places[] = {
    ".bash_login",
    ".bash_logout",
    ".bash_profile",
    ".bashrc",
    ".config/autostart",
    ".config/environment.d",
    ".config/systemd",
    ".local/bin",
    ".local/share/applications",
    ".local/share/dbus-1",
    ".local/share/systemd",
    ".profile",
    ".ssh",
    ".xinitrc",
    ".xprofile",
    ".xsession",
    ".xsessionrc",
    ".zlogin",
    ".zprofile",
    ".zshenv",
    ".zshrc",
    "bin",
};

/* Whether path is prefix, or a name beneath it. */
static bool is_beneath(const char *path, const char *prefix)
{
    size_t size = strlen(prefix);

    return strncmp(path, prefix, size) == 0 && (path[size] == '\0' || path[size] == '/');
}

static enum exclusion_verdict judge_system(const char *path)
{
    for (size_t i = 0; i < sizeof(system_folders) / sizeof(system_folders[0]); i++) {
        if (fnmatch(system_folders[i].pattern, path, FNM_PATHNAME | FNM_NOESCAPE) == 0 ||
            (system_folders[i].tree && is_beneath(path, system_folders[i].pattern)))
            return EXCLUSION_SYSTEM_FOLDER;
    }
    return EXCLUSION_TAKEN;
}

static enum exclusion_verdict judge_home(const char *name)
{
    for (size_t i = 0; i < sizeof(starting_places) / sizeof(starting_places[0]); i++) {
        if (is_beneath(name, starting_places[i]) || is_beneath(starting_places[i], name))
            return EXCLUSION_STARTS_PROGRAMS;
    }
    return EXCLUSION_TAKEN;
}

static enum exclusion_verdict judge_text(const char *path)
{
    size_t size = strlen(path);

    if (size > LIMIT_EXCLUSION_PATH || !text_is_utf8(path, size))
        return EXCLUSION_FORM;
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)path[i] < ' ' || path[i] == 0x7f)
            return EXCLUSION_FORM;
    }
    return strpbrk(path, "*?[]{}\\") != NULL ? EXCLUSION_GLOB : EXCLUSION_TAKEN;
}

static enum exclusion_verdict judge_names(const char *name)
{
    unsigned depth = 0;

    while (*name != '\0') {
        size_t size = strcspn(name, "/");

        if (size == 0 || size > LIMIT_PATH_COMPONENT || ++depth > LIMIT_PATH_DEPTH)
            return EXCLUSION_FORM;
        if (name[0] == '.' && (size == 1 || (size == 2 && name[1] == '.')))
            return EXCLUSION_DOTS;
        name += size + (name[size] == '/');
    }
    return EXCLUSION_TAKEN;
}

/* The path without the slash at its end; it has been judged to fit. */
static void strip(const char *path, char out[LIMIT_EXCLUSION_PATH + 1])
{
    size_t size;

    snprintf(out, LIMIT_EXCLUSION_PATH + 1, "%s", path);
    size = strlen(out);
    if (size > 0 && out[size - 1] == '/')
        out[size - 1] = '\0';
}

enum exclusion_verdict exclusion_judge_form(const char *path, bool per_user)
{
    const char *front = per_user ? "~/" : "/";
    char plain[LIMIT_EXCLUSION_PATH + 1];
    enum exclusion_verdict verdict = judge_text(path);
    const char *name = path + strlen(front);

    if (verdict != EXCLUSION_TAKEN)
        return verdict;
    if (strncmp(path, front, strlen(front)) != 0)
        return EXCLUSION_NOT_ABSOLUTE;
    if (*name == '\0')
        return per_user ? EXCLUSION_HOME : EXCLUSION_ROOT;
    verdict = judge_names(name);
    if (verdict != EXCLUSION_TAKEN)
        return verdict;
    strip(path, plain);
    return per_user ? judge_home(plain + strlen(front)) : judge_system(plain);
}

/* On a way that has come to what is `*software`'s; the base's owner: to no such thing yet. */
static bool may_own(const struct exclusion_base *base, uid_t owner, uid_t *software)
{
    if (owner == base->owner || owner == base->user || owner == *software)
        return true;
    if (!base->software || *software != base->owner ||
        !exclusion_account_is_software(base->folder, owner))
        return false;
    *software = owner;
    return true;
}

/* POSIX ACLs show as the group's bits. */
static enum exclusion_verdict judge_rights(const struct exclusion_base *base, int fd,
                                           uid_t *software, struct stat *status)
{
    if (fstat(fd, status) < 0)
        return EXCLUSION_NOT_SEEN;
    if (S_ISLNK(status->st_mode))
        return EXCLUSION_LINK;
    if (!may_own(base, status->st_uid, software))
        return EXCLUSION_OWNER;
    if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return EXCLUSION_WRITABLE;
    return EXCLUSION_TAKEN;
}

static enum exclusion_verdict verdict_of(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return EXCLUSION_ABSENT;
    case ELOOP:
        return EXCLUSION_LINK;
    default:
        return EXCLUSION_NOT_SEEN;
    }
}

/* Moves *fd to the next name on the way. */
static enum exclusion_verdict step(int *fd, const char *name, size_t size)
{
    char component[LIMIT_PATH_COMPONENT + 1];
    struct error err;
    int inner;

    memcpy(component, name, size);
    component[size] = '\0';
    errno = 0;
    if (path_open(*fd, component, O_PATH, 0, &inner, &err) < 0)
        return verdict_of(errno);
    close(*fd);
    *fd = inner;
    return EXCLUSION_TAKEN;
}

enum exclusion_verdict exclusion_judge_way(const struct exclusion_base *base, const char *path)
{
    const char *name = path + strcspn(path, "/") + 1;
    enum exclusion_verdict verdict;
    struct stat status = {0};
    uid_t software = base->owner;
    struct error err;
    int fd;

    if (path_open(base->folder, ".", O_PATH | O_DIRECTORY, 0, &fd, &err) < 0)
        return EXCLUSION_NOT_SEEN;
    verdict = judge_rights(base, fd, &software, &status);
    while (verdict == EXCLUSION_TAKEN && *name != '\0') {
        size_t size = strcspn(name, "/");

        verdict = size <= LIMIT_PATH_COMPONENT ? step(&fd, name, size) : EXCLUSION_FORM;
        if (verdict == EXCLUSION_TAKEN)
            verdict = judge_rights(base, fd, &software, &status);
        name += size + (name[size] == '/');
    }
    if (verdict == EXCLUSION_TAKEN && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
        verdict = EXCLUSION_KIND;
    if (verdict == EXCLUSION_TAKEN && base->software &&
        exclusion_account_lives_in(base->folder, path))
        verdict = EXCLUSION_HOMES;
    close(fd);
    return verdict;
}
