#include <config.h>

#include "tui/app.h"

bool app_save(struct app *app)
{
	(void)app;
	return false;
}
