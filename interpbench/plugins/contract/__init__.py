"""The contract of plug-ins: each fault is named in a sentence, none is a traceback."""
