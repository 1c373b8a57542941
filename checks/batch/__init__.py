"""Batch: are the schedules live where they must be, and only there?"""
