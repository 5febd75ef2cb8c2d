/* SPDX-License-Identifier: Apache-2.0 */
/* What the exporter knows of itself: its configuration's state and its use of the machine. */

#include "exporter/self_metrics.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "exporter/cleanup.h"

static double count_open_fds(void)
{
    DIR *directory = opendir("/proc/self/fd");
    const struct dirent *entry;
    double count = 0;

    if (directory == NULL) {
        return NAN;
    }
    while ((entry = readdir(directory)) != NULL) {
        count += entry->d_name[0] != '.';
    }
    (void)closedir(directory);
    return count - 1; /* The directory itself was open. */
}

/* The kernel tells when a process started in ticks since the boot, by the clock that includes
 * time suspended. */
static double unix_time_of_boot(void)
{
    struct timespec now;
    struct timespec since_boot;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)clock_gettime(CLOCK_BOOTTIME, &since_boot);
    return (double)(now.tv_sec - since_boot.tv_sec) +
           (double)(now.tv_nsec - since_boot.tv_nsec) / 1e9;
}

/* proc(5): fields 14, 15, 20, 22, 23 and 24. The command's name, field 2, may hold anything, hence
 * the last parenthesis. */
static void read_stat(struct process_usage *usage)
{
    CLEANUP(close_file) FILE *file = fopen("/proc/self/stat", "re");
    double ticks_per_second = (double)sysconf(_SC_CLK_TCK);
    char line[1024];
    const char *fields;
    unsigned long long user, system, start, size;
    long threads, resident;

    if (file == NULL || fgets(line, sizeof line, file) == NULL ||
        (fields = strrchr(line, ')')) == NULL ||
        sscanf(fields + 1,
               " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %ld %*d "
               "%llu %llu %ld",
               &user, &system, &threads, &start, &size, &resident) != 6) {
        return;
    }
    usage->cpu_seconds = (double)(user + system) / ticks_per_second;
    usage->threads = (double)threads;
    usage->virtual_bytes = (double)size;
    usage->resident_bytes = (double)resident * (double)sysconf(_SC_PAGESIZE);
    usage->start_time =
        nearbyint(unix_time_of_boot() * ticks_per_second + (double)start) / ticks_per_second;
}

void process_usage_read(struct process_usage *ret_usage)
{
    /* Kept from the first reading, so that it does not follow steps of the clock. */
    static _Atomic double start_time;
    struct rlimit limit;

    *ret_usage = (struct process_usage){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    read_stat(ret_usage);
    ret_usage->open_fds = count_open_fds();
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        ret_usage->max_fds = limit.rlim_cur == RLIM_INFINITY ? INFINITY : (double)limit.rlim_cur;
    }
    if (start_time != 0) {
        ret_usage->start_time = start_time;
    } else if (!isnan(ret_usage->start_time)) {
        start_time = ret_usage->start_time;
    }
}
