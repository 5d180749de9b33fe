#include <config.h>

#include "main/threads.h"

#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint64_t large = 4 << 20;		/* octets */

static bool has_two_processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		return CPU_COUNT(&set) >= 2;
	return sysconf(_SC_NPROCESSORS_ONLN) >= 2;
}

static bool is_large(const struct cli_files *files)
{
	uint64_t sum = 0;
	struct stat st;

	for (size_t i = 0; i < files->n && sum <= large; i++)
		if (stat(files->v[i], &st) == 0 && S_ISREG(st.st_mode))
			sum += (uint64_t)st.st_size;
	return sum > large;
}

unsigned threads_wanted(const struct cli *cli)
{
	if (cli->threads != 0)
		return (unsigned)cli->threads;
	return has_two_processors() && is_large(&cli->files) ? 2 : 1;
}
