"""The static site of the leaderboard: one folder of pages that need no server and no network.

`sources` say what is shown, `overview`, `track_page`, `method_page` and `task_page` make page models of it, `files`
renders every file of the site, and `write` puts them into a folder, all or none. What a single question looks like is
up to the plug of its track (`views`).
"""
