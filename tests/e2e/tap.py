"""Tests of a program, told as TAP in the order in which they stand.

A test is a function that yields what is wrong; the first line of its docstring is what it says.
"""
tests = []


def test(function):
    tests.append(function)
    return function


def faults_of(function):
    try:
        yield from function()
    except (OSError, RuntimeError) as error:
        yield '%s: %s' % (type(error).__name__, error)


def run():
    """Those of the program itself, not of what it imports: True if one failed."""
    own = [function for function in tests if function.__module__ == '__main__']
    failed = False
    print('1..%d' % len(own))
    for number, function in enumerate(own, 1):
        faults = list(faults_of(function))
        failed |= bool(faults)
        print('%s %d - %s' % ('not ok' if faults else 'ok', number,
                              function.__doc__.splitlines()[0]))
        for fault in faults:
            print('# ' + fault.replace('\n', ' '), flush=True)
    return failed
