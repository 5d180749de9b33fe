/*
 * What went wrong outside our code: a file, a socket, memory, the user's words.
 *
 * Bad bytes in a message are no error but data (wire/problems.def).  A function that can
 * fail fills a struct nf_err and returns -1 or NULL; main prints it once and takes the
 * exit code from its kind.
 */
#ifndef NF_BASE_ERR_H
#define NF_BASE_ERR_H

enum nf_err_kind {
	NF_ERR_NONE,
	NF_ERR_USAGE,	/* the user's words are wrong */
	NF_ERR_ENV,	/* no such file, not a capture, no permission, no memory */
	NF_ERR_DAMAGE,	/* an input ended in damage; what came before it was read */
};

struct nf_err {
	enum nf_err_kind kind;
	char text[400];	/* one line without "nfpcap: " and without a newline */
};

/* Fill ERR (which may be NULL) and return -1, so that a caller can return it on. */
int nf_err_set(struct nf_err *err, enum nf_err_kind kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same for memory that could not be had. */
int nf_err_memory(struct nf_err *err);

#endif
