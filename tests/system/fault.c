/* SPDX-License-Identifier: ISC
 *
 * fault [OPTION]... -- PROGRAM ARGUMENT...: runs a program and all that it starts, and does to one
 * system call of theirs what could happen to it: the process is killed before it, it fails, it does
 * its work in part. The programs need no seam for it. Sandboxed ones are reached as well: a call
 * that their sandbox allows stops for the tracer. What the dynamic loader does is left alone, what a program writes
 * to its standard streams, and programs that are not sallyport-NAME.
 *
 *   -p PROGRAM    calls of this program only: "agent" is sallyport-agent; "spawn" is a child before
 *                 its exec; "driver" is any driver
 *   -c CLASSES    which calls: change, open, message, read, with commas (fault-calls.c); default change
 *   -f PHASE      calls within this phase of an import only (fault-phase.c)
 *   -n N          the Nth of those calls; 0, the default: none, count them
 *   -e WHAT       what happens: kill (the default), short, flip (a read gives one other byte), or a
 *                 name of an error
 *   -s            from the Nth call on to every one; with EINTR to every other one: who is
 *                 interrupted without end never gets on, and may not
 *   -t SECONDS    all is ended as hanging after these; default 60
 *
 * SIGTERM and SIGINT are passed on to PROGRAM; its exit status is ours, 128 and the signal where it
 * died of one. Descriptor 3 gets lines: "hit PHASE PROGRAM CALL" for what was done, "count PHASE
 * PROGRAM NUMBER" where nothing was asked for, "orphan PROGRAM" for a process that outlived PROGRAM
 * by ORPHAN_SECONDS, "hang".
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/system/fault.h"

#define REPORT_FD       3
#define TASKS           512 /* threads of all processes at one time */
#define NAMES           32  /* programs */
#define ORPHAN_SECONDS  5
#define DEFAULT_SECONDS 60
#define SYSCALL_STOP    (SIGTRAP | 0x80)
#define SHORT           (-1)
#define FLIP            (-2)
#define KILL            0

/* One thread of a traced process. */
struct task {
    pid_t pid, group; /* 0: free place */
    char program[32];
    bool named;   /* sallyport-NAME */
    bool ours;    /* that, and past its dynamic loader; or a child of one */
    bool changed; /* the call under way is not the one that was made */
    int fails;    /* with this error; 0: with the result that it has */
#ifdef __x86_64__
    struct user_regs_struct registers; /* as the call was made */
#endif
};

struct fault {
    const char *program;
    unsigned classes;
    bool in_phase, steadily;
    enum fault_phase only;
    long number;
    int what; /* KILL, SHORT, FLIP, or an error number */
    unsigned seconds;
};

struct tracer {
    struct fault fault;
    struct task tasks[TASKS];
    enum fault_phase phase;
    pid_t root;
    int status; /* of the root; -1: runs */
    long seen, hits;
    char names[NAMES][32];
    long counts[FAULT_PHASES][NAMES];
};

static volatile sig_atomic_t root_pid, time_is_over;

static void on_signal(int number)
{
    if (number == SIGALRM)
        time_is_over = 1;
    else
        kill((pid_t)root_pid, number);
}

/* Again each second: a signal just before a wait would not end it. */
static void set_alarm(unsigned seconds)
{
    const struct itimerval timer = {.it_value = {(time_t)seconds, 0}, .it_interval = {1, 0}};

    (void)setitimer(ITIMER_REAL, &timer, NULL);
}

static struct task *find_task(struct tracer *tracer, pid_t pid)
{
    for (size_t i = 0; i < TASKS; i++) {
        if (tracer->tasks[i].pid == pid)
            return &tracer->tasks[i];
    }
    return NULL;
}

/* A number out of /proc/PID/status; 0: not there. */
static pid_t status_number(pid_t pid, const char *key)
{
    char path[64], line[256];
    long number = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    file = fopen(path, "re");
    while (file != NULL && number == 0 && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, key, strlen(key)) == 0)
            number = strtol(line + strlen(key), NULL, 10);
    }
    if (file != NULL)
        fclose(file);
    return (pid_t)number;
}

/* "sallyport-agent" is "agent". */
static void name_program(struct task *task)
{
    static const char prefix[] = "sallyport-";
    char path[64], line[256];
    const char *name;
    ssize_t size;
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)task->pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    size = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
    if (fd >= 0)
        close(fd);
    line[size > 0 ? size : 0] = '\0';
    name = strrchr(line, '/');
    name = name != NULL ? name + 1 : line;
    task->ours = false; /* until its libraries are loaded */
    task->named = strncmp(name, prefix, strlen(prefix)) == 0;
    if (task->named)
        name += strlen(prefix);
    snprintf(task->program, sizeof(task->program), "%.31s", name);
}

static struct task *add_task(struct tracer *tracer, pid_t pid)
{
    struct task *task = find_task(tracer, 0);
    const struct task *of;

    if (task == NULL)
        exit(126);
    *task = (struct task){.pid = pid, .group = status_number(pid, "Tgid:")};
    of = task->group != pid ? find_task(tracer, task->group) : NULL;
    snprintf(task->program, sizeof(task->program), "%s", of != NULL ? of->program : "spawn");
    task->ours = pid != tracer->root;
    return task;
}

static size_t name_index(struct tracer *tracer, const char *program)
{
    size_t i = 0;

    while (i < NAMES - 1 && tracer->names[i][0] != '\0' && strcmp(tracer->names[i], program) != 0)
        i++;
    memcpy(tracer->names[i], program, strlen(program) + 1);
    return i;
}

static bool is_meant(struct tracer *tracer, const struct task *task, const struct fault_call *call,
                     const unsigned long long *args)
{
    const struct fault *fault = &tracer->fault;

    if (!task->ours || (call->descriptor && args[0] <= STDERR_FILENO))
        return false;
    if (fault->program != NULL &&
        strncmp(fault->program, task->program, strlen(fault->program)) != 0)
        return false;
    if (fault->in_phase && tracer->phase != fault->only)
        return false;
    if ((fault_call_classes(call, task->pid, args) & fault->classes) == 0)
        return false;
    return (fault->what != SHORT && fault->what != FLIP) || (call->short_able && args[2] > 1);
}

/* A call that fails is not made: closing no descriptor is made in its place, which every sandbox
 * allows. A short one is made for half of its bytes. */
static void change_call(const struct tracer *tracer, struct task *task)
{
#ifdef __x86_64__
    struct user_regs_struct registers;

    if (ptrace(PTRACE_GETREGS, task->pid, 0, &registers) < 0)
        return;
    task->registers = registers;
    task->changed = true;
    task->fails = 0;
    if (tracer->fault.what == SHORT) {
        registers.rdx = (registers.rdx + 1) / 2;
    } else if (tracer->fault.what != FLIP) {
        task->fails = tracer->fault.what;
        registers.orig_rax = SYS_close;
        registers.rdi = (unsigned long long)-1;
    }
    (void)ptrace(PTRACE_SETREGS, task->pid, 0, &registers);
#endif
}

#ifdef __x86_64__
/* The byte in the middle of what was read. */
static void flip_byte(const struct task *task, unsigned long long count)
{
    void *place = (void *)(uintptr_t)(task->registers.rsi + count / 2);
    long word = ptrace(PTRACE_PEEKDATA, task->pid, place, 0);

    (void)ptrace(PTRACE_POKEDATA, task->pid, place, (void *)(word ^ 0xff));
}
#endif

static void mend_registers(const struct tracer *tracer, struct task *task)
{
#ifdef __x86_64__
    struct user_regs_struct registers;

    if (ptrace(PTRACE_GETREGS, task->pid, 0, &registers) < 0)
        return;
    if (tracer->fault.what == FLIP && (long long)registers.rax > 0)
        flip_byte(task, registers.rax);
    registers.rdi = task->registers.rdi;
    registers.rdx = task->registers.rdx;
    if (task->fails != 0)
        registers.rax = (unsigned long long)-task->fails;
    (void)ptrace(PTRACE_SETREGS, task->pid, 0, &registers);
#endif
    task->changed = false;
}

static bool is_hit(struct tracer *tracer)
{
    const struct fault *fault = &tracer->fault;
    long past = ++tracer->seen - fault->number;

    if (fault->number == 0 || past < 0 || (past > 0 && !fault->steadily))
        return false;
    return fault->what != EINTR || past % 2 == 0;
}

static void enter_call(struct tracer *tracer, struct task *task, const unsigned long long *args,
                       const struct fault_call *call)
{
    if (call == NULL)
        return;
    fault_phase_call(&tracer->phase, task->program, call);
    if (!is_meant(tracer, task, call, args))
        return;
    tracer->counts[tracer->phase][name_index(tracer, task->program)]++;
    if (!is_hit(tracer))
        return;
    if (tracer->hits++ == 0)
        dprintf(REPORT_FD, "hit %s %s %s\n", fault_phase_name(tracer->phase), task->program,
                call->name);
    if (tracer->fault.what == KILL)
        kill(task->group, SIGKILL);
    else
        change_call(tracer, task);
}

static void at_call(struct tracer *tracer, struct task *task)
{
    struct __ptrace_syscall_info call;
    unsigned long long args[6];

    if (ptrace(PTRACE_GET_SYSCALL_INFO, task->pid, (void *)sizeof(call), &call) <= 0)
        return;
    if (call.op == PTRACE_SYSCALL_INFO_EXIT && task->changed)
        mend_registers(tracer, task);
    if (call.op != PTRACE_SYSCALL_INFO_SECCOMP)
        return;
    if (call.seccomp.nr == SYS_set_robust_list) /* the loader's last but one before main */
        task->ours = task->named;
    for (size_t i = 0; i < 6; i++)
        args[i] = call.seccomp.args[i];
    enter_call(tracer, task, args, fault_call_find((long)call.seccomp.nr));
}

/* The end of a call that was changed is of interest; and the filter stops those that may be. */
static void go_on(const struct task *task, int signal_number)
{
    (void)ptrace(task->changed ? PTRACE_SYSCALL : PTRACE_CONT, task->pid, 0,
                 (void *)(intptr_t)signal_number);
}

static void on_stop(struct tracer *tracer, pid_t pid, int status)
{
    struct task *task = find_task(tracer, pid);
    int number = WSTOPSIG(status), event = status >> 16;

    if (task == NULL) {
        task = add_task(tracer, pid);
        number = number == SIGSTOP ? 0 : number; /* of the attachment */
    } else if (number == SYSCALL_STOP || event == PTRACE_EVENT_SECCOMP) {
        at_call(tracer, task);
        number = 0;
    } else if (event == PTRACE_EVENT_EXEC) {
        name_program(task);
        fault_phase_started(&tracer->phase, task->program);
        number = 0;
    } else if (event != 0) {
        number = event == PTRACE_EVENT_STOP ? number : 0;
    } else if (number == SIGSTOP) {
        number = 0;
    }
    go_on(task, number);
}

static void on_end(struct tracer *tracer, pid_t pid, int status)
{
    struct task *task = find_task(tracer, pid);

    if (pid == tracer->root) {
        tracer->status = status;
        set_alarm(ORPHAN_SECONDS);
    }
    if (task == NULL)
        return;
    if (task->group == pid)
        fault_phase_ended(&tracer->phase, task->program);
    task->pid = 0;
}

static void end_all(struct tracer *tracer)
{
    for (size_t i = 0; i < TASKS; i++) {
        struct task *task = &tracer->tasks[i];

        if (task->pid == 0)
            continue;
        if (tracer->status != -1 && task->group == task->pid)
            dprintf(REPORT_FD, "orphan %s\n", task->program);
        kill(task->pid, SIGKILL);
    }
    if (tracer->status == -1)
        dprintf(REPORT_FD, "hang\n");
    time_is_over = 0;
}

/* Until the last process has ended. */
static void trace(struct tracer *tracer)
{
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, __WALL);

        if (time_is_over)
            end_all(tracer);
        if (pid < 0 && errno != EINTR)
            return;
        if (pid > 0 && WIFSTOPPED(status))
            on_stop(tracer, pid, status);
        else if (pid > 0)
            on_end(tracer, pid, status);
    }
}

static void report_counts(const struct tracer *tracer)
{
    for (size_t phase = 0; phase < FAULT_PHASES; phase++) {
        for (size_t name = 0; name < NAMES; name++) {
            if (tracer->counts[phase][name] > 0)
                dprintf(REPORT_FD, "count %s %s %ld\n", fault_phase_name((enum fault_phase)phase),
                        tracer->names[name], tracer->counts[phase][name]);
        }
    }
}

static int start(struct tracer *tracer, char **argv)
{
    const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK |
                         PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
                         PTRACE_O_TRACESECCOMP;
    int status;

    tracer->root = fork();
    if (tracer->root == 0) {
        close(REPORT_FD);
        if (ptrace(PTRACE_TRACEME, 0, 0, 0) == 0 && raise(SIGSTOP) == 0 &&
            fault_filter_install(tracer->fault.classes) == 0)
            execvp(argv[0], argv);
        _exit(126);
    }
    if (tracer->root < 0 || waitpid(tracer->root, &status, 0) != tracer->root ||
        !WIFSTOPPED(status) || ptrace(PTRACE_SETOPTIONS, tracer->root, 0, (void *)options) < 0)
        return -1;
    tracer->status = -1;
    root_pid = tracer->root;
    go_on(add_task(tracer, tracer->root), 0);
    return 0;
}

static int parse_error(const char *name, int *what)
{
    static const struct {
        const char *name;
        int what;
    } rows[] = {{"kill", KILL},   {"short", SHORT},   {"flip", FLIP},
                {"EIO", EIO},     {"ENOSPC", ENOSPC}, {"EMFILE", EMFILE},
                {"EINTR", EINTR}, {"ENOMEM", ENOMEM}, {"ENODEV", ENODEV}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].name, name) == 0) {
            *what = rows[i].what;
#ifndef __x86_64__
            return *what == KILL ? 0 : -1;
#endif
            return 0;
        }
    }
    return -1;
}

static int parse_number(const char *text, long *number)
{
    char *end;

    *number = strtol(text, &end, 10);
    return *text != '\0' && *end == '\0' && *number >= 0 ? 0 : -1;
}

static int parse(int argc, char **argv, struct fault *fault)
{
    long seconds = DEFAULT_SECONDS;
    int option, result = 0;

    *fault = (struct fault){.classes = FAULT_CHANGE};
    while (result == 0 && (option = getopt(argc, argv, "+p:c:f:n:e:st:")) != -1) {
        if (option == 'p')
            fault->program = optarg;
        else if (option == 'c')
            result = (fault->classes = fault_call_parse(optarg)) != 0 ? 0 : -1;
        else if (option == 'f')
            result = fault_phase_find(optarg, &fault->only);
        else if (option == 'n')
            result = parse_number(optarg, &fault->number);
        else if (option == 'e')
            result = parse_error(optarg, &fault->what);
        else if (option == 't')
            result = parse_number(optarg, &seconds);
        else if (option != 's')
            result = -1;
        fault->in_phase |= option == 'f';
        fault->steadily |= option == 's';
    }
    fault->seconds = (unsigned)seconds;
    return result == 0 && optind < argc ? 0 : -1;
}

int main(int argc, char **argv)
{
    static struct tracer tracer;
    struct sigaction action = {.sa_handler = on_signal}; /* without SA_RESTART: waiting ends */

    if (parse(argc, argv, &tracer.fault) < 0) {
        fprintf(stderr, "usage: fault [-p PROGRAM] [-c CLASSES] [-f PHASE] [-n N] [-e WHAT] [-s] "
                        "[-t SECONDS] -- PROGRAM ARGUMENT...\n");
        return 2;
    }
    if (start(&tracer, argv + optind) < 0)
        return 126;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGALRM, &action, NULL);
    set_alarm(tracer.fault.seconds);
    trace(&tracer);
    if (tracer.hits == 0)
        report_counts(&tracer);
    return WIFEXITED(tracer.status) ? WEXITSTATUS(tracer.status) : 128 + WTERMSIG(tracer.status);
}
