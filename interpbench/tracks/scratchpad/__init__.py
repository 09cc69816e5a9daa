"""The scratchpad track: a network states steps and then an answer; do the steps decide the answer?"""
