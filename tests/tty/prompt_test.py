#!/usr/bin/python3
"""The prompt as a person meets it: keys typed into m31sh in tmux, the screen read back."""
import os
import re
import subprocess
import sys
import tempfile
import time

BUILD = os.environ['M31_BUILD_DIR']
SLOW = 6 if 'torment' in BUILD or 'asan' in BUILD else 1


class Terminal:
    def __init__(self, home):
        self.socket = os.path.join(home, 'tmux')
        env = (f'env XDG_DATA_HOME={home} XDG_STATE_HOME={home} XDG_CONFIG_HOME={home} NO_COLOR=1 '
               'TERM=xterm ASAN_OPTIONS=detect_leaks=0')
        self.tmux('new-session', '-d', '-x', '100', '-y', '30', f'{env} {BUILD}/m31sh; echo "exit=$?"; sleep 60')
        self.wait('m31>')

    def tmux(self, *arguments):
        return subprocess.run(['tmux', '-S', self.socket, '-f', '/dev/null'] + list(arguments), check=True,
                              stdout=subprocess.PIPE).stdout.decode()

    def screen(self):
        return self.tmux('capture-pane', '-p')

    def type(self, *keys):
        self.tmux('send-keys', *keys)

    def line(self, text):
        self.tmux('send-keys', '-l', text)
        self.type('Enter')

    def wait(self, text, seconds=10):
        """Until the screen holds `text` (tmux cuts spaces off line ends)."""
        end = time.time() + seconds * SLOW
        while time.time() < end:
            if text in self.screen():
                return
            time.sleep(0.02)
        raise AssertionError(f'no {text!r} on the screen:\n{self.screen()}')

    def close(self):
        subprocess.run(['tmux', '-S', self.socket, 'kill-server'], stderr=subprocess.DEVNULL)


def values(t):
    t.line('1 + 2')
    t.wait('3\nm31>')
    t.line('"a text"')
    t.wait('"a text"\nm31>')
    t.line('[("the", 10), ("a", 9)]')
    t.wait('the  10\na     9\n')


def bindings_and_functions(t):
    t.line('x = 20')
    t.line('fn double(n: Int): n * 2')
    t.line('double(x) + 2')
    t.wait('42\nm31>')


def block_over_lines(t):
    t.line('fn triple(n: Int):')
    t.wait('...>')
    t.line('  n * 3')
    t.line('')
    t.line('triple(5)')
    t.wait('15\nm31>')


def mistake_keeps_the_session(t):
    t.line('y = 7')
    t.line('y + "a"')
    t.wait('^')
    t.line('y + 1')
    t.wait('8\nm31>')


def control_c_stops_a_loop(t):
    t.line('kept = 11')
    t.line('while True: kept = 11')
    time.sleep(0.3)
    t.type('C-c')
    t.wait('interrupted')
    t.line('kept * 2')
    t.wait('22\nm31>')


def control_c_clears_the_line(t):
    t.tmux('send-keys', '-l', 'garbage (((')
    t.type('C-c')
    t.line('5 * 5')
    t.wait('25\nm31>')


def editing_and_history(t):
    t.tmux('send-keys', '-l', '10 * 1')
    t.type('BSpace')
    t.tmux('send-keys', '-l', '7')
    t.type('C-a')
    t.tmux('send-keys', '-l', '1 + ')
    t.type('Enter')
    t.wait('71\nm31>')
    t.type('Up')
    t.wait('m31> 1 + 10 * 7')
    t.tmux('send-keys', '-l', '0')
    t.type('Enter')
    t.wait('701\nm31>')


def paste_is_one_cell(t):
    t.tmux('set-buffer', 'a = 1\nb = 2\na + b\n')
    t.tmux('paste-buffer', '-p')
    t.type('Enter')
    t.wait('3\nm31>')


def progress_of_a_long_flow(t):
    with tempfile.NamedTemporaryFile('w') as file:
        file.write(('x' * 1023 + '\n') * 3072)
        file.flush()
        t.line(f'n = 0; for l in files("{file.name}"): n += 1; sys.sleep(1ms)')
        seen = []                                      # how far, in tenths of MB
        end = time.time() + 20 * SLOW
        while 'sys.sleep(1ms)\nm31>' not in t.screen():   # it is erased, and the prompt where it was
            found = re.search(r' \d+ %  (\d)\.(\d) of 3\.1 MB, ', t.screen())
            if found and (not seen or seen[-1] != int(found.group(1) + found.group(2))):
                seen.append(int(found.group(1) + found.group(2)))
            if time.time() > end:
                raise AssertionError(f'no end:\n{t.screen()}')
        if len(seen) < 2 or seen != sorted(seen):
            raise AssertionError(f'no progress was shown: {seen}')
        t.line('n')
        t.wait('3072\nm31>')
        if '%' in t.screen():
            raise AssertionError('the bar is still there:\n' + t.screen())
        # Quick work shows none, and neither does a pipe.
        t.line(f'files("{file.name}") | count')
        t.wait('3072\nm31>')
        code = f'for l in files("{file.name}"): sys.sleep(1ms)'
        done = subprocess.run([f'{BUILD}/m31sh', '-c', code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
        if done.stdout or done.stderr:
            raise AssertionError(f'in a pipe: {done}')


def control_d_leaves(t):
    t.type('C-d')
    t.wait('exit=0')


def main():
    failed = 0
    cases = [values, bindings_and_functions, block_over_lines, mistake_keeps_the_session, control_c_stops_a_loop,
             control_c_clears_the_line, editing_and_history, paste_is_one_cell, progress_of_a_long_flow, control_d_leaves]
    for case in cases:
        with tempfile.TemporaryDirectory() as home:
            terminal = Terminal(home)
            try:
                case(terminal)
                print('ok     ' + case.__name__)
            except AssertionError as error:
                failed += 1
                print(f'FAILED {case.__name__}\n{error}')
            finally:
                terminal.close()
    print(f'{len(cases) - failed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
