# line 2 is wrong
v9-count-mismatch = fatal
