"""What the real bodies mean: a table per platform, worked out by hand from the bodies.

The figures come from the JSON and `reference/webhooks.md`, not from what the code says
of them; a comment stands where a sum had to be made.
"""
