"""Messaging: is every message taken, by the right consumer, on the right site, from the right bus?"""
