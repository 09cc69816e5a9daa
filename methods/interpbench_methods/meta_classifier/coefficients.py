"""Written by `fit.py` from 234 pairs of majority, modular_subtraction, reverse_sequence, sparse_parity; do not edit."""

from .coefficient import Coefficient

COEFFICIENTS = {
    "log weight norm": Coefficient(centre=2.89481, scale=0.633882, weight=-1.31381),
    "log minimal norm": Coefficient(centre=2.77736, scale=0.611166, weight=1.0491),
    "log embedding norm": Coefficient(centre=1.72854, scale=0.734525, weight=-1.98848),
    "log effective rank": Coefficient(centre=2.52203, scale=0.408622, weight=-4.1791),
    "log train loss": Coefficient(centre=-6.87228, scale=2.86901, weight=-0.293984),
    "mean tempered margin": Coefficient(centre=6.18651, scale=2.83248, weight=-0.0858092),
    "5th percentile of tempered margins": Coefficient(centre=4.31844, scale=0.673734, weight=0.498735),
    "log sharpness": Coefficient(centre=-0.315236, scale=2.88619, weight=0.181588),
}
