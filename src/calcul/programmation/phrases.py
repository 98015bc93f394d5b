def describe_cause(f, c, p):
    return c
