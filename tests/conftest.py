"""One thread, as in a cell; property tests are reproducible and without deadline, since machines are loaded."""

import torch
from hypothesis import settings

torch.set_num_threads(1)

settings.register_profile("interpbench", deadline=None, derandomize=True)
settings.load_profile("interpbench")
