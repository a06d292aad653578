"""The coin of versions, by the words of common/arrivals/version_order.h: an
oracle, and the source of the numbers in the unit tests."""

from results import MASK, mix


def order(seed, name, count, round_):
    """The versions of the instance, by index, in the order of that round."""
    hashed = 0xCBF29CE484222325
    for byte in f"{name}\nversions".encode():
        hashed = (hashed ^ byte) * 0x100000001B3 & MASK
    draws = mix(mix(hashed ^ seed) + round_ * 0x9E3779B97F4A7C15 & MASK)
    return sorted(range(count), key=lambda v: mix(draws + v & MASK))
