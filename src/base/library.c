#include <config.h>

#include "base/library.h"

#include <string.h>
#ifdef HAVE_DLOPEN
#include <dlfcn.h>
#endif

#ifdef HAVE_DLOPEN

static int failed(struct nf_err *err)
{
	const char *why = dlerror();

	return nf_err_set(err, NF_ERR_ENV, "%s", why != NULL ? why : "unknown error");
}

/* POSIX has dlsym give functions as pointers to objects: their octets are what counts. */
static int bind_all(const struct nf_library *l, void *library, struct nf_err *err)
{
	char *call = l->calls;

	for (size_t i = 0; i < l->n; i++) {
		void *function = dlsym(library, l->names[i]);

		if (function == NULL)
			return failed(err);
		memcpy(call + i * sizeof(function), &function, sizeof(function));
	}
	return 0;
}

static int load(const struct nf_library *l, struct nf_err *err)
{
	void *library = dlopen(l->soname, RTLD_LAZY | RTLD_LOCAL);

	if (library == NULL)
		return failed(err);
	if (bind_all(l, library, err) < 0) {
		dlclose(library);
		return -1;
	}
	return 0;
}

#else

static int load(const struct nf_library *l, struct nf_err *err)
{
	return nf_err_set(err, NF_ERR_ENV, "%s: libraries cannot be loaded here", l->soname);
}

#endif

int nf_library_load(struct nf_library *l, struct nf_err *err)
{
	if (l->loaded || l->soname == NULL)
		return 0;
	if (load(l, err) < 0)
		return -1;
	l->loaded = true;
	return 0;
}
