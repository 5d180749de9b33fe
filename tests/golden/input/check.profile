# What matters here.
v9-count-mismatch = error	# our collector trusts it
hlt-low-fill=off
