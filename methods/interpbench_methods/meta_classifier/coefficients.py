"""Written by `fit.py` from 132 pairs of modular_subtraction, sparse_parity; do not edit."""

from .coefficient import Coefficient

COEFFICIENTS = {
    "log weight norm": Coefficient(centre=2.95136, scale=0.513721, weight=-0.972755),
    "log minimal norm": Coefficient(centre=2.79964, scale=0.395749, weight=1.50181),
    "log embedding norm": Coefficient(centre=2.1507, scale=0.581683, weight=-2.12324),
    "log effective rank": Coefficient(centre=2.53658, scale=0.379304, weight=-2.78778),
    "log train loss": Coefficient(centre=-6.01787, scale=3.30413, weight=-1.39071),
    "mean tempered margin": Coefficient(centre=5.49744, scale=0.695489, weight=-0.54961),
    "5th percentile of tempered margins": Coefficient(centre=4.32401, scale=0.595953, weight=0.290287),
    "log sharpness": Coefficient(centre=-0.107263, scale=2.75247, weight=0.728038),
}
