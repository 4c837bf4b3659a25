"""`marketplace demo`: a story (data), played over HTTP and shown."""
