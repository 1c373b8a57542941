"""Integration: does anything still point at a legacy endpoint?"""
