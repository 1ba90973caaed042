/* A child process and all of its own children: started together, stopped together.
 *
 * On Windows they are a job object and a process group; elsewhere a process group. A child that
 * leaves its process group (setsid) is no longer reached; nothing leaves a job.
 *
 * If the host ends, the system ends them: on Windows all of them; on Linux the child alone, unless
 * it is a set-user-ID program; elsewhere none.
 *
 * child_start and child_wait are for one thread, one after the other; if that ends between them,
 * so does the child on Linux. The other functions are for any thread.
 */
#ifndef EXAMPLES_CHILD_PROCESS_H
#define EXAMPLES_CHILD_PROCESS_H

/* 0: it stays, whatever becomes of the host and of the thread. */
#ifndef CHILD_ENDS_WITH_HOST
#define CHILD_ENDS_WITH_HOST 1
#endif

#include "platform.h"
#include "text.h"

#ifndef _WIN32
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#endif

typedef struct CHILD {
    LOCK lock; /* guards the rest */
    BOOL running;
    DWORD exit_code;
#ifdef _WIN32
    HANDLE process;
    HANDLE job;
    DWORD id;
#else
    pid_t id; /* of the process and of its group */
#endif
} CHILD;

static inline void child_init(CHILD* child) {
    memset(child, 0, sizeof *child);
    lock_init(&child->lock);
}

static inline void child_destroy(CHILD* child) {
    lock_destroy(&child->lock);
}

static inline BOOL child_is_running(CHILD* child) {
    BOOL running;
    lock_acquire(&child->lock);
    running = child->running;
    lock_release(&child->lock);
    return running;
}

#ifdef _WIN32

/* Ctrl+Break reaches a child on the console of the process that sends it. A resource monitor is a
 * service and has none; then the child gets one without a window. */
static inline BOOL child_shares_console(void) {
    return GetConsoleCP() != 0;
}

/* Starts suspended, so that it is in the job before it has children. */
static inline DWORD child_create(CHILD* child, WCHAR* command_line, LPCWSTR directory,
                                 LPSTARTUPINFOW startup) {
    PROCESS_INFORMATION process;
    DWORD flags = CREATE_SUSPENDED | CREATE_NEW_PROCESS_GROUP | EXTENDED_STARTUPINFO_PRESENT;
    if (!child_shares_console()) flags |= CREATE_NO_WINDOW;
    if (!CreateProcessW(NULL, command_line, NULL, NULL, TRUE, flags, NULL, directory, startup,
                        &process)) {
        return GetLastError();
    }
    if (!AssignProcessToJobObject(child->job, process.hProcess)) {
        DWORD error = GetLastError();
        TerminateProcess(process.hProcess, ERROR_PROCESS_ABORTED);
        CloseHandle(process.hThread);
        CloseHandle(process.hProcess);
        return error;
    }
    child->process = process.hProcess;
    child->id = process.dwProcessId;
    child->running = TRUE;
    ResumeThread(process.hThread);
    CloseHandle(process.hThread);
    return ERROR_SUCCESS;
}

/* Its standard handles are the null device, and it inherits no others. */
static inline DWORD child_create_without_handles(CHILD* child, WCHAR* command_line,
                                                 LPCWSTR directory) {
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    HANDLE null_device =
        CreateFileW(L"NUL", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                    &inherited, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    SIZE_T size = 0;
    STARTUPINFOEXW startup;
    DWORD error = ERROR_SUCCESS;
    if (null_device == INVALID_HANDLE_VALUE) return GetLastError();
    memset(&startup, 0, sizeof startup);
    startup.StartupInfo.cb = sizeof startup;
    startup.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    startup.StartupInfo.hStdInput = null_device;
    startup.StartupInfo.hStdOutput = null_device;
    startup.StartupInfo.hStdError = null_device;
    InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    startup.lpAttributeList = (LPPROC_THREAD_ATTRIBUTE_LIST)malloc(size);
    if (startup.lpAttributeList == NULL) {
        error = ERROR_NOT_ENOUGH_MEMORY;
    } else if (!InitializeProcThreadAttributeList(startup.lpAttributeList, 1, 0, &size)) {
        error = GetLastError();
    } else {
        if (UpdateProcThreadAttribute(startup.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST,
                                      &null_device, sizeof null_device, NULL, NULL)) {
            error = child_create(child, command_line, directory, &startup.StartupInfo);
        } else {
            error = GetLastError();
        }
        DeleteProcThreadAttributeList(startup.lpAttributeList);
    }
    free(startup.lpAttributeList);
    CloseHandle(null_device);
    return error;
}

/* directory may be NULL. ERROR_FILE_NOT_FOUND and the like if the command can't be started. */
static inline DWORD child_start(CHILD* child, LPCWSTR command_line, LPCWSTR directory) {
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits;
    WCHAR* writable = text_copy(command_line); /* as CreateProcess wants it */
    DWORD error = ERROR_SUCCESS;
    if (writable == NULL) return ERROR_NOT_ENOUGH_MEMORY;
    lock_acquire(&child->lock);
    child->job = CreateJobObjectW(NULL, NULL);
    memset(&limits, 0, sizeof limits);
    if (CHILD_ENDS_WITH_HOST) {
        limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    }
    if (child->job == NULL ||
        !SetInformationJobObject(child->job, JobObjectExtendedLimitInformation, &limits,
                                 sizeof limits)) {
        error = GetLastError();
    } else {
        error = child_create_without_handles(child, writable, directory);
    }
    if (error != ERROR_SUCCESS && child->job != NULL) CloseHandle(child->job);
    lock_release(&child->lock);
    free(writable);
    return error;
}

/* Waits until the process has ended, ends what is left of its children, and returns its exit
 * code. */
static inline DWORD child_wait(CHILD* child) {
    DWORD exit_code = 0;
    WaitForSingleObject(child->process, INFINITE);
    lock_acquire(&child->lock);
    GetExitCodeProcess(child->process, &exit_code);
    TerminateJobObject(child->job, ERROR_PROCESS_ABORTED);
    CloseHandle(child->process);
    CloseHandle(child->job);
    child->exit_code = exit_code;
    child->running = FALSE;
    lock_release(&child->lock);
    return exit_code;
}

/* Ctrl+Break, to all of its process group. FALSE: it can't be asked. */
static inline BOOL child_ask_to_stop(CHILD* child) {
    static LOCK console = LOCK_INITIALIZER; /* a process has one at a time */
    BOOL asked = TRUE;
    lock_acquire(&console);
    lock_acquire(&child->lock);
    if (child->running) {
        const BOOL visits = !child_shares_console() && AttachConsole(child->id);
        asked = GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, child->id);
        if (visits) FreeConsole();
    }
    lock_release(&child->lock);
    lock_release(&console);
    return asked;
}

static inline void child_kill(CHILD* child) {
    lock_acquire(&child->lock);
    if (child->running) TerminateJobObject(child->job, ERROR_PROCESS_ABORTED);
    lock_release(&child->lock);
}

#else

/* Splits a command line at its spaces, as a shell does it with '...', "..." and \; nothing else of
 * a shell's is known. The words stand in one block, the array first; free it. NULL if a quote is
 * not closed, there is no word, or no memory. */
static inline char** child_split(const char* line) {
    const size_t length = strlen(line);
    /* Each word takes two bytes or more of the line, its space included. */
    char** words = (char**)malloc((length / 2 + 2) * sizeof(char*) + length + 1);
    char* out = words != NULL ? (char*)(words + length / 2 + 2) : NULL;
    size_t count = 0;
    char quote = 0;
    if (words == NULL) return NULL;
    while (*line != 0) {
        while (*line == ' ' || *line == '\t') ++line;
        if (*line == 0) break;
        words[count++] = out;
        for (; *line != 0 && (quote != 0 || (*line != ' ' && *line != '\t')); ++line) {
            if (quote == 0 && (*line == '\'' || *line == '"')) {
                quote = *line;
            } else if (*line == quote) {
                quote = 0;
            } else {
                if (*line == '\\' && quote != '\'' && line[1] != 0) ++line;
                *out++ = *line;
            }
        }
        *out++ = 0;
    }
    words[count] = NULL;
    if (quote != 0 || count == 0) {
        free(words);
        return NULL;
    }
    return words;
}

/* What the child does between fork and exec: only what is safe there. */
static inline void child_become(char* const* words, const char* directory, pid_t host,
                                int failure) {
    sigset_t none;
    int null_device, error;
#if defined(__linux__) && CHILD_ENDS_WITH_HOST
    /* The system ends it when the thread that has made it ends: the watcher, or the whole host. */
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != host) _exit(1); /* the host has ended before that */
#else
    (void)host;
#endif
    setpgid(0, 0);
    for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    null_device = open("/dev/null", O_RDWR);
    for (int number = 0; number < 3; ++number) dup2(null_device, number);
    if (null_device > 2) close(null_device);
    if (directory == NULL || chdir(directory) == 0) execvp(words[0], words);
    error = errno;
    while (write(failure, &error, sizeof error) < 0 && errno == EINTR) continue;
    _exit(127);
}

/* In a process group of its own, with no signal blocked or ignored, and the null device for its
 * standard handles. What these examples open themselves is closed on exec. */
static inline DWORD child_spawn(CHILD* child, char* const* words, const char* directory) {
    const pid_t host = getpid();
    sigset_t all, before;
    int failure[2]; /* closed by exec, or told why there is none */
    int error = 0;
    pid_t id;
    if (pipe(failure) != 0) return last_error();
    /* Not inherited by what other threads start meanwhile, or but for a moment. */
    fcntl(failure[0], F_SETFD, FD_CLOEXEC);
    fcntl(failure[1], F_SETFD, FD_CLOEXEC);
    /* No handler of the host's runs in the child. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    id = fork();
    if (id == 0) child_become(words, directory, host, failure[1]);
    if (id < 0) error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(failure[1]);
    if (id > 0) {
        setpgid(id, id); /* whichever of the two comes first */
        while (read(failure[0], &error, sizeof error) < 0 && errno == EINTR) continue;
        if (error != 0) {
            while (waitpid(id, NULL, 0) < 0 && errno == EINTR) continue;
        }
    }
    close(failure[0]);
    child->id = id;
    if (error == 0) return ERROR_SUCCESS;
    errno = error;
    return last_error();
}

static inline DWORD child_start(CHILD* child, LPCWSTR command_line, LPCWSTR directory) {
    char* line = text_to_utf8(command_line);
    char* folder = directory != NULL ? text_to_utf8(directory) : NULL;
    char** words = line != NULL ? child_split(line) : NULL;
    struct stat found;
    DWORD error = ERROR_SUCCESS;
    if (line == NULL || (directory != NULL && folder == NULL)) {
        error = ERROR_NOT_ENOUGH_MEMORY;
    } else if (words == NULL) {
        error = ERROR_INVALID_PARAMETER;
    } else if (folder != NULL && (stat(folder, &found) != 0 || !S_ISDIR(found.st_mode))) {
        error = ERROR_DIRECTORY;
    } else {
        lock_acquire(&child->lock);
        error = child_spawn(child, words, folder);
        child->running = error == ERROR_SUCCESS;
        lock_release(&child->lock);
    }
    free(words);
    free(folder);
    free(line);
    return error;
}

static inline DWORD child_wait(CHILD* child) {
    siginfo_t info;
    int status = 0;
    /* First without reaping it: its id stays its own, and its group can be signaled by it. */
    while (waitid(P_PID, (id_t)child->id, &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
        continue;
    }
    lock_acquire(&child->lock);
    kill(-child->id, SIGKILL);
    while (waitpid(child->id, &status, 0) < 0 && errno == EINTR) continue;
    child->exit_code = (DWORD)(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
    child->running = FALSE;
    lock_release(&child->lock);
    return child->exit_code;
}

static inline BOOL child_signal(CHILD* child, int signal) {
    lock_acquire(&child->lock);
    if (child->running) kill(-child->id, signal);
    lock_release(&child->lock);
    return TRUE;
}

static inline BOOL child_ask_to_stop(CHILD* child) {
    return child_signal(child, SIGTERM);
}

static inline void child_kill(CHILD* child) {
    child_signal(child, SIGKILL);
}

#endif

#endif
