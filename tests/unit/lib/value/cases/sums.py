#!/usr/bin/python3
"""Sums and differences as Python's decimal reckons them, for test_decimal.c.

    sums.py > sums.txt
"""
import decimal
import random
from decimal import Decimal

EXACT = decimal.Context(prec=400, Emin=-999, Emax=999)


def number(rng):
    digits = rng.choice([1, 2, 3, 19, 37, 38])
    mantissa = rng.choice([rng.randrange(10 ** digits), 10 ** digits - 1, 10 ** (digits - 1)])
    magnitude = rng.choice([rng.randint(-130, 125), rng.randint(-3, 3), 125, -130])
    return Decimal(mantissa * rng.choice([1, -1])).scaleb(magnitude - len(str(mantissa)) + 1, EXACT)


def shown(value):
    value = value.normalize(EXACT)
    if not value:
        return "0"
    if len(value.as_tuple().digits) > 38:
        return "precision"
    if value.adjusted() > 125:
        return "overflow"
    if value.adjusted() < -130:
        return "underflow"
    return format(value, "f")


def main():
    rng = random.Random(20240229)
    print("# a b, then a + b, a - b and the sign of their order (sums.py)")
    for _ in range(500):
        a, b = number(rng), number(rng)
        if rng.random() < 0.3:  # near each other, so that digits cancel
            b = a + EXACT.multiply(a, Decimal(rng.choice(["1e-37", "-1e-37", "1e-20", "0", "-1", "-2"])))
            if len(b.normalize(EXACT).as_tuple().digits) > 38 or b and not -130 <= b.adjusted() <= 125:
                continue
        order = (a > b) - (a < b)
        print(f"{a} {b}\t{shown(EXACT.add(a, b))} {shown(EXACT.subtract(a, b))} {order}")


main()
