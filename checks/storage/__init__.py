"""Storage: do the accounts and what listens to them serve the site that is to work?"""
