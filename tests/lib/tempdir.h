/*
 * A folder for the files of a test, and what is in them.
 *
 *	struct tempdir t;
 *	tempdir_open(&t);
 *	... tempdir_path(&t, "out.gz") ...
 *	tempdir_close(&t);	with all files in it
 */
#ifndef NF_TESTS_TEMPDIR_H
#define NF_TESTS_TEMPDIR_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct tempdir {
	char name[64];
	char path[4][400];	/* of the last four that were asked for */
	unsigned next;
};

static inline void tempdir_open(struct tempdir *t)
{
	memset(t, 0, sizeof(*t));
	strcpy(t->name, "/tmp/nfpcap-test-XXXXXX");
	if (mkdtemp(t->name) == NULL)
		abort();
}

static inline const char *tempdir_path(struct tempdir *t, const char *name)
{
	char *path = t->path[t->next++ % 4];
	size_t n = strlen(t->name), len = strlen(name);

	if (len >= sizeof(t->path[0]) - n - 1)
		abort();
	memcpy(path, t->name, n);
	path[n] = '/';
	memcpy(path + n + 1, name, len + 1);
	return path;
}

/* The names in it, in order, a blank behind each. */
static inline const char *tempdir_list(const struct tempdir *t, char *list, size_t n)
{
	struct dirent **entries;
	int found = scandir(t->name, &entries, NULL, alphasort);
	size_t at = 0;

	list[0] = '\0';
	for (int i = 0; i < found; i++) {
		if (entries[i]->d_name[0] != '.' && at < n)
			at += (size_t)snprintf(list + at, n - at, "%s ", entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return list;
}

static inline void tempdir_close(struct tempdir *t)
{
	struct dirent *entry;
	DIR *dir = opendir(t->name);

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		unlink(tempdir_path(t, entry->d_name));
	if (dir != NULL)
		closedir(dir);
	rmdir(t->name);
}

/* How many octets of the file at PATH went to P; -1 where there is none. */
static inline long tempdir_read(const char *path, void *p, size_t n)
{
	int fd = open(path, O_RDONLY);
	ssize_t got = fd >= 0 ? read(fd, p, n) : -1;

	if (fd >= 0)
		close(fd);
	return (long)got;
}

static inline void tempdir_write(const char *path, const void *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, p, n) != (ssize_t)n)
		abort();
	close(fd);
}

#endif
