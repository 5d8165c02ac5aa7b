"""Times one use of CPython's weakref: python3 -c ... CASE ROUNDS.

Prints nanoseconds an operation: median and tenth percentile.
"""

import sys
import timeit

SETUP = """
import weakref

class Value:
    __slots__ = ("number", "__weakref__")
    def __init__(self, number):
        self.number = number
    def read(self):
        return self.number

def callback(_):
    pass

def action():
    pass

owner = Value(1)
ref = weakref.ref(owner)
proxy = weakref.proxy(owner)
kept = [Value(number) for number in range(1000)]
values = weakref.WeakValueDictionary(enumerate(kept))
keys = weakref.WeakKeyDictionary((key, 1) for key in kept)
dying_values = weakref.WeakValueDictionary()
dying_keys = weakref.WeakKeyDictionary()
dying_set = weakref.WeakSet()
other = Value(2)
"""

CASES = {
    "reference, called": "ref()",
    # `other` has no other reference: one is made and freed each time.
    "reference, created and dropped": "weakref.ref(other)",
    "callback, created and dropped": "weakref.ref(other, callback)",
    "callback, with its object's life": "o = Value(1); r = weakref.ref(o, callback); del o",
    "finalizer, with its object's life": "o = Value(1); weakref.finalize(o, action); del o",
    "proxy, a method called": "proxy.read()",
    "value map, get": "values[7]",
    "value map, insert and death": "o = Value(1); dying_values[1] = o; del o",
    "key map, get": "keys[kept[7]]",
    "key map, insert and death": "o = Value(1); dying_keys[o] = 1; del o",
    "set, insert and death": "o = Value(1); dying_set.add(o); del o",
}

case, rounds = sys.argv[1], int(sys.argv[2])
timer = timeit.Timer(CASES[case], SETUP)
number = 1
while timer.timeit(number) < 0.004:
    number *= 2
samples = sorted(time / number * 1e9 for time in timer.repeat(rounds, number))
print(samples[len(samples) // 2], samples[len(samples) // 10])
