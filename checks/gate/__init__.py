"""Gate: can this run be trusted at all?"""
