"""What people say under posts: language, tone, emotions, themes, and when it turns.

`reading` reads one comment; everything it needs is loaded at the first one, so that a
process that reads none pays for none. `analysis` says what many of them add up to.
"""
