#include <config.h>

#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

int nf_err_set(struct nf_err *err, enum nf_err_kind kind, const char *format, ...)
{
	va_list ap;

	if (err == NULL)
		return -1;
	err->kind = kind;
	va_start(ap, format);
	vsnprintf(err->text, sizeof(err->text), format, ap);
	va_end(ap);
	return -1;
}

int nf_err_memory(struct nf_err *err)
{
	return nf_err_set(err, NF_ERR_ENV, "out of memory");
}
