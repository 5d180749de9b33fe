"""Tests of a program, told as TAP in the order in which they stand.

A test is a function that yields what is wrong.  What it says is the first line of its docstring,
or what `test` is given; with it, programs that have to be installed.
"""
import shutil

MOST_FAULTS = 20
tests = []


class Failure(RuntimeError):
    """What a test cannot go on after."""


class Test:
    def __init__(self, what, programs, function):
        self.what, self.programs, self.function = what, programs, function

    def faults(self):
        try:
            yield from self.function()
        except Failure as failure:
            yield str(failure)
        except (OSError, RuntimeError) as error:
            yield '%s: %s' % (type(error).__name__, error)


def test(what, *programs):
    """`@test`, or `@test(WHAT, PROGRAM...)`."""
    if callable(what):
        tests.append(Test(what.__doc__.splitlines()[0], (), what))
        return what

    def add(function):
        tests.append(Test(what, programs, function))
        return function
    return add


def missing(one):
    """Why a test is skipped, or None."""
    for program in one.programs:
        if not shutil.which(program):
            return program + ' is not installed (./setup test installs it)'
    return None


def run(skipped=missing):
    """Those of the program itself, not of what it imports: True if one failed."""
    own = [one for one in tests if one.function.__module__ == '__main__']
    failed = False
    print('1..%d' % len(own))
    for number, one in enumerate(own, 1):
        why = skipped(one)
        if why:
            print('ok %d - %s # SKIP %s' % (number, one.what, why))
            continue
        faults = list(one.faults())
        failed |= bool(faults)
        print('%s %d - %s' % ('not ok' if faults else 'ok', number, one.what))
        for fault in faults[:MOST_FAULTS]:
            print('# ' + fault.replace('\n', '\n# '))
        print(end='', flush=True)
    return failed
