"""Configuration: does every setting name this site, and no other?"""
