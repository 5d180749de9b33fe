"""nfpcap as it is run here, and captures that are built for it."""
import atexit
import os
import shutil
import subprocess
import tempfile

PROGRAM = os.environ.get('NFPCAP', './nfpcap')
BUILD = os.environ.get('PCAPS_BUILD', 'pcaps/build')
DIRECTORY = tempfile.mkdtemp()
PATIENCE = 300
atexit.register(shutil.rmtree, DIRECTORY)


def run(*arguments):
    """Exit code, output, messages."""
    done = subprocess.run([PROGRAM] + list(arguments), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def wrong_codes(command, *cases):
    """Of (exit code, arguments of COMMAND) those that end with another."""
    for wanted, arguments in cases:
        code, _, err = run(command, *arguments)
        if code != wanted:
            yield '%s %s: %d, not %d %s' % (command, arguments, code, wanted, err)


def built(name, text):
    """A capture of TEXT, as pcaps/build makes it."""
    source, path = (os.path.join(DIRECTORY, name + end) for end in ('.txt', '.pcap'))
    with open(source, 'w') as f:
        f.write(text)
    with open(path, 'wb') as f:
        subprocess.run([BUILD, source], stdout=f, check=True)
    return path
