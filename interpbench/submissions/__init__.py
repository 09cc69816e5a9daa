"""Submissions: a finished run as one file that somebody else can check without running the method."""
