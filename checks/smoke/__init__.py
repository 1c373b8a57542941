"""Smoke: does what a customer does succeed, on the site that is live?"""
