"""Security: is the site trusted, does it hold its secrets, and would anything turn its pods away?"""
